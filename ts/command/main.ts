// The native command: QuickJS as the host of the same command line that Node has.
//
// The build loads this file and all that it imports, and writes the memory of the engine into the
// executable. So nothing here may look at the machine before start().
import './engine.js';
import {extraCommands} from '../cli/extra.js';
import type {Host} from '../cli/host.js';
import {runRuntimeLine} from '../cli/runtime-line.js';
import {verbs} from '../cli/table.js';
import {handOver, type ProgramLine} from './hand-over.js';
import type {QuickHost} from './host.js';
import {QuickNative} from './quick-native.js';

/** Defined by the executable, and by the bundler. */
declare const host: QuickHost;
declare const packageVersion: string;
declare const programHash: string;

const native = new QuickNative(host);

const hostOf = (line: ProgramLine): Host => ({
	native,
	version: packageVersion,
	args: line.args,
	env: line.env,
	uid: host.uid(),
	get cwd() {
		return host.cwd() ?? '/';
	},
	print(fd, text) {
		host.print(fd, text);
	},
	onSignals(signals, handler) {
		const fd = host.signals(signals);
		const next = (): void => {
			for (let signal = host.nextSignal(fd); signal > 0; signal = host.nextSignal(fd)) {
				handler(signal);
			}

			host.keep(host.wait(fd, next, true), false);
		};

		next();
	},
	columns: fd => host.columns(fd),
	systemd: undefined,
	filterVersion: programHash,
	handOver: () => handOver(host, line),
});

for (const {load} of verbs.values()) {
	void load(); // Not when it is called for: while the build loads all of this
}

/** The executable calls it, with argv and the environment: as `NAME=value`, and by name. */
export const start = (argv: readonly string[], environment: readonly string[], env: ProgramLine['env']): void => {
	const line: ProgramLine = {args: argv.slice(1), env, environment};
	void (async () => {
		const result = await runRuntimeLine(hostOf(line), extraCommands);
		host.exit(typeof result === 'number' ? result : handOver(host, line));
	})();
};
