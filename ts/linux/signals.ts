// Signals by name and number (signal(7); the same on x86-64 and arm64).
import {CtnError} from '../errors.js';

export const signals = {
	SIGHUP: 1,
	SIGINT: 2,
	SIGQUIT: 3,
	SIGILL: 4,
	SIGTRAP: 5,
	SIGABRT: 6,
	SIGBUS: 7,
	SIGFPE: 8,
	SIGKILL: 9,
	SIGUSR1: 10,
	SIGSEGV: 11,
	SIGUSR2: 12,
	SIGPIPE: 13,
	SIGALRM: 14,
	SIGTERM: 15,
	SIGSTKFLT: 16,
	SIGCHLD: 17,
	SIGCONT: 18,
	SIGSTOP: 19,
	SIGTSTP: 20,
	SIGTTIN: 21,
	SIGTTOU: 22,
	SIGURG: 23,
	SIGXCPU: 24,
	SIGXFSZ: 25,
	SIGVTALRM: 26,
	SIGPROF: 27,
	SIGWINCH: 28,
	SIGIO: 29,
	SIGPWR: 30,
	SIGSYS: 31,
} as const;

export type SignalName = keyof typeof signals;

/** A name (`SIGTERM`, `TERM`, `RTMIN+1`; any case) or a number, as a number or in digits. */
export type Signal = SignalName | number | (string & {});

/** The first two real-time signals are kept by the C libraries: 34 is what programs call SIGRTMIN. */
const rtMin = 34;
const rtMax = 64;

const byName = new Map<string, number>([
	...Object.entries(signals),
	['SIGIOT', signals.SIGABRT],
	['SIGCLD', signals.SIGCHLD],
	['SIGPOLL', signals.SIGIO],
]);

const byNumber = new Map<number, SignalName>(Object.entries(signals).map(([name, number]) => [number, name as SignalName]));

const realTime = (name: string): number | undefined => {
	const match = /^SIGRT(?:MIN(?:\+(\d{1,2}))?|MAX(?:-(\d{1,2}))?)$/.exec(name);
	if (!match) {
		return undefined;
	}

	return name.startsWith('SIGRTMIN') ? rtMin + Number(match[1] ?? 0) : rtMax - Number(match[2] ?? 0);
};

const numberOf = (signal: unknown): number | undefined => {
	if (typeof signal === 'number') {
		return signal;
	}

	if (typeof signal !== 'string') {
		return undefined;
	}

	if (/^\d{1,3}$/.test(signal)) {
		return Number(signal);
	}

	const upper = signal.toUpperCase();
	const name = upper.startsWith('SIG') ? upper : `SIG${upper}`;
	const real = realTime(name);
	return real === undefined ? byName.get(name) : real >= rtMin ? real : undefined;
};

/**
 * The number of a signal; 0, which only asks whether the process is there, is one.
 *
 * @throws CtnError `ERR_ARGUMENT` if there is no such signal.
 */
export const parseSignal = (signal: Signal): number => {
	const number = numberOf(signal);
	if (number === undefined || !Number.isInteger(number) || number < 0 || number > rtMax) {
		throw new CtnError('ERR_ARGUMENT', `there is no signal ${String(signal)}`, {
			subject: String(signal),
			cure: 'use a name such as SIGTERM, or a number from 0 to 64',
		});
	}

	return number;
};

/** The name of a signal: `SIGTERM`, `SIGRTMIN+1`, or the number in digits where it has none. */
export const signalName = (number: number): string => {
	const name = byNumber.get(number);
	if (name !== undefined) {
		return name;
	}

	return number >= rtMin && number <= rtMax ? `SIGRTMIN+${number - rtMin}` : String(number);
};
