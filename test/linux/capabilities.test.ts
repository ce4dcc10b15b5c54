import {readFileSync} from 'node:fs';
import test from 'ava';
import {capabilities, capabilityNames, capabilitySet} from '../../ts/linux/capabilities.js';
import {RLIM_INFINITY, rlimitNumber, rlimits} from '../../ts/linux/rlimits.js';

test('a set is the bits of its names', t => {
	t.deepEqual(capabilitySet(['CAP_CHOWN', 'CAP_SYS_ADMIN', 'CAP_CHOWN']), {mask: 1n | (1n << 21n), unknown: []});
	t.is(capabilitySet(['CAP_CHECKPOINT_RESTORE']).mask, 1n << 40n);
	t.is(capabilitySet().mask, 0n);
	t.is(capabilitySet(capabilities).mask, (1n << 41n) - 1n);
});

test('unknown names are told and left out', t => {
	t.deepEqual(capabilitySet(['CAP_KILL', 'kill', 'CAP_NEW', 'constructor']), {mask: 1n << 5n, unknown: ['kill', 'CAP_NEW', 'constructor']});
});

test('a mask is the names of its bits', t => {
	t.deepEqual(capabilityNames(0b11n | (1n << 63n)), ['CAP_CHOWN', 'CAP_DAC_OVERRIDE']);
	t.deepEqual(capabilityNames(capabilitySet(capabilities).mask), [...capabilities]);
});

test('this kernel has no capability that we do not know', t => {
	t.true(Number(readFileSync('/proc/sys/kernel/cap_last_cap', 'utf8')) < capabilities.length);
});

test('resource limits are in the order of /proc/self/limits', t => {
	t.deepEqual(Object.values(rlimits), Array.from({length: 16}, (_, index) => index));
	t.is(rlimitNumber('RLIMIT_NOFILE'), 7);
	t.is(rlimitNumber('constructor'), undefined);
	t.is(RLIM_INFINITY, 2n ** 64n - 1n);
});
