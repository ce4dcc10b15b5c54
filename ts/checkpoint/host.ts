// The machine that a checkpoint is made on, or to be restored on: what programs may depend on.
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Native} from '../native/native.js';
import {lineOf, textOf} from '../native/results.js';

export interface HostFacts {
	/** Of ctnative. */
	readonly version: string;
	/** Release of the kernel, such as `6.1.0-18-amd64`. */
	readonly kernel: string;
	/** As Node calls it: `x64`, `arm64`. */
	readonly architecture: string;
	/** Instruction sets of the CPU, in the words of /proc/cpuinfo; sorted. */
	readonly cpuFeatures: readonly string[];
}

/** What programs use and would die of without, or what the layout of saved registers depends on. The other flags are the kernel's. */
const instructions = /^(?:mmx|sse|ssse|pni$|avx|amx|fma|f16c|aes|vaes|pclmul|vpclmul|sha|gfni|bmi|abm$|popcnt|movbe|movdir|cx16|adx|rdrand|rdseed|rdpid|fsgsbase|xsave|xgetbv|erms|rtm|hle|pku$|ospke|clwb|clflushopt|cldemote|waitpkg|serialize|3dnow|fma4|xop|tbm|lahf|user_shstk|neon|asimd|sve|sme|crc32|atomics|fp$|fphp|pmull|lrcpc|paca|pacg|bti|mte)/;

/** @param cpuinfo /proc/cpuinfo, of which the first CPU is looked at. */
export const parseCpuFeatures = (cpuinfo: string): string[] =>
	(/^(?:flags|Features)\s*:\s*(.*)$/m.exec(cpuinfo)?.[1] ?? '').split(/\s+/).filter(flag => instructions.test(flag)).sort();

/** This file is dist/ts/checkpoint/host.js of the package. */
const version = (): string => (JSON.parse(readFileSync(join(__dirname, '../../../package.json'), 'utf8')) as {version: string}).version;

/** A machine stays what it is. */
const known = new WeakMap<Native, Promise<HostFacts>>();

const look = async (native: Native): Promise<HostFacts> => {
	const [release, cpuinfo] = await native.batch([
		{op: 'read', path: '/proc/sys/kernel/osrelease', max: 4096},
		{op: 'read', path: '/proc/cpuinfo', max: 1 << 24},
	]);
	return {version: version(), kernel: lineOf(release), architecture: process.arch, cpuFeatures: parseCpuFeatures(textOf(cpuinfo))};
};

export const lookAtHost = async (native: Native): Promise<HostFacts> => {
	const facts = known.get(native) ?? look(native);
	known.set(native, facts);
	return facts;
};
