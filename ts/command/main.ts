// The native command: QuickJS as the host of the same command line that Node has.
//
// The build loads this file and all that it imports, and writes the memory of the engine into the
// executable. So nothing here may look at the machine before start().
import './engine.js';
import {extraCommands} from '../cli/extra.js';
import type {Host} from '../cli/host.js';
import {runRuntimeLine} from '../cli/runtime-line.js';
import {verbs} from '../cli/table.js';
import {handOver} from './hand-over.js';
import type {QuickHost} from './host.js';
import {QuickNative} from './quick-native.js';

/** Defined by the executable, and by the bundler. */
declare const host: QuickHost;
declare const packageVersion: string;
declare const programHash: string;

const native = new QuickNative(host);

/** Looked up one by one: taking all of them out takes longer than the few that anybody asks for. */
const env = new Proxy<Host['env']>({}, {get: (_, name) => host.variable(name as string)});

const hostOf = (args: readonly string[]): Host => ({
	native,
	version: packageVersion,
	args,
	env,
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
	handOver: () => handOver(host, args),
});

for (const {load} of verbs.values()) {
	void load(); // Not when it is called for: while the build loads all of this
}

/** The executable calls it, with argv. */
export const start = (argv: readonly string[]): void => {
	const args = argv.slice(1);
	void (async () => {
		const result = await runRuntimeLine(hostOf(args), extraCommands);
		host.exit(typeof result === 'number' ? result : handOver(host, args));
	})();
};
