// What a restore refuses of a machine, as values. On real images: test/system/checkpoint-seal.test.ts.
import {readFileSync} from 'node:fs';
import test from 'ava';
import {refuseForeignHost} from '../../ts/checkpoint/fits.js';
import {lookAtHost, parseCpuFeatures, type HostFacts} from '../../ts/checkpoint/host.js';
import {linuxNative} from '../../ts/native/linux.js';
import type {Manifest} from '../../ts/checkpoint/manifest.js';

const here: HostFacts = {version: '0', kernel: '6.1', architecture: 'x64', cpuFeatures: ['avx', 'sse2', 'xsave']};

const manifest = (host: Partial<HostFacts> | undefined): Manifest =>
	({version: 1, id: 'a', created: '', criu: '4.2', mounts: [], stdio: [], network: 'own', terminal: false, host: host && {...here, ...host}});

test('a CPU that lacks something is refused, one that has more is not', t => {
	t.throws(() => refuseForeignHost(manifest({cpuFeatures: ['avx', 'avx512f', 'sse2', 'amx_tile']}), here, false), {code: 'ERR_CHECKPOINT_IMAGES', message: /lacks .*: avx512f, amx_tile \(.*cpuCap/});
	t.notThrows(() => refuseForeignHost(manifest({cpuFeatures: ['avx', 'avx512f']}), here, true), 'unless cpuCap says how to look');
	t.notThrows(() => refuseForeignHost(manifest({cpuFeatures: ['sse2']}), here, false));
	t.notThrows(() => refuseForeignHost(manifest(undefined), here, false), 'images of runc');
	t.throws(() => refuseForeignHost(manifest({architecture: 'arm64'}), here, false), {message: /made on arm64, and this is x64/});
});

test('of the flags of a CPU those are kept that a program can use', t => {
	t.deepEqual(parseCpuFeatures('processor\t: 0\nflags\t\t: fpu vme sse2 nopl hypervisor avx2 md_clear xsavec ssbd\n\nprocessor\t: 1\nflags\t\t: none\n'), ['avx2', 'sse2', 'xsavec']);
	t.deepEqual(parseCpuFeatures('Features\t: fp asimd evtstrm sve crc32\n'), ['asimd', 'crc32', 'fp', 'sve']);
	t.deepEqual(parseCpuFeatures(''), []);
});

test('this machine is looked at', async t => {
	const facts = await lookAtHost(linuxNative());
	t.is(facts.kernel, readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim());
	t.is(facts.architecture, process.arch);
	t.true(facts.cpuFeatures.length > 5);
	t.regex(facts.version, /^\d+\.\d+/);
});
