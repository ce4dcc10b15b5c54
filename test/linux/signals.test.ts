import {constants} from 'node:os';
import test from 'ava';
import {parseSignal, signalName, signals} from '../../ts/linux/signals.js';

test('the numbers are those of this machine', t => {
	for (const [name, number] of Object.entries<number>(signals)) {
		t.is(number, constants.signals[name as NodeJS.Signals], name);
		t.is(signalName(number), name);
	}
});

test('a signal goes by name in any case, with SIG or without, or by number', t => {
	for (const signal of ['KILL', 'SIGKILL', 'kill', 'sigKill', '9', 9]) {
		t.is(parseSignal(signal), 9, String(signal));
	}

	t.is(parseSignal('IOT'), signals.SIGABRT);
	t.is(parseSignal('poll'), signals.SIGIO);
	t.is(parseSignal(0), 0);
	t.is(parseSignal('0'), 0);
});

test('real-time signals count from 34 and from 64', t => {
	t.is(parseSignal('RTMIN'), 34);
	t.is(parseSignal('sigrtmin+3'), 37);
	t.is(parseSignal('SIGRTMAX'), 64);
	t.is(parseSignal('RTMAX-1'), 63);
	t.is(parseSignal('RTMIN+30'), 64);
	t.is(signalName(37), 'SIGRTMIN+3');
	t.is(parseSignal(signalName(50)), 50);
	t.is(signalName(33), '33');
});

test('there is no other signal', t => {
	for (const signal of ['', 'SIG', 'FOO', 'SIGSIGKILL', ' 9', '9 ', '0x9', '-9', '+9', 65, -1, 1.5, Number.NaN, '65', '999', 'RTMIN+31', 'RTMAX-31', 'RTMIN-1', 'toString', '__proto__', undefined, null, {}]) {
		t.throws(() => parseSignal(signal as string), {code: 'ERR_ARGUMENT', message: /^there is no signal /}, String(signal));
	}
});
