// The native command: QuickJS as the host of the same command line that Node has.
import {extraCommands} from '../cli/extra.js';
import type {Host} from '../cli/host.js';
import {runRuntimeLine} from '../cli/runtime-line.js';
import {handOver} from './hand-over.js';
import type {QuickHost} from './host.js';
import {QuickNative} from './quick-native.js';

/** Defined by the executable, and by the bundler. */
declare const host: QuickHost;
declare const packageVersion: string;

const env = Object.fromEntries(host.env.map(entry => {
	const end = entry.indexOf('=');
	return [entry.slice(0, end), entry.slice(end + 1)];
}));

const native = new QuickNative(host);

const quickHost: Host = {
	native,
	version: packageVersion,
	args: host.args.slice(1),
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

			host.keep(host.wait(fd, next), false);
		};

		next();
	},
	systemd: undefined,
	handOver: () => handOver(host, env),
};

void (async () => {
	const result = await runRuntimeLine(quickHost, extraCommands);
	host.exit(typeof result === 'number' ? result : handOver(host, env));
})();
