// Which devices a container may use: the rules of config.json, and what every container is given.
import type {DeviceCgroup} from '../oci/config.js';

/** Every container may make any device node, and use these: without them few programs run. */
const always: readonly DeviceCgroup[] = [
	{allow: true, type: 'c', access: 'm'},
	{allow: true, type: 'b', access: 'm'},
	// 10:200 is /dev/net/tun, which runc allows, too
	...[[1, 3], [1, 5], [1, 7], [1, 8], [1, 9], [5, 0], [5, 2], [10, 200]].map(([major, minor]) =>
		({allow: true, type: 'c', major: major!, minor: minor!, access: 'rwm'}) as const),
	{allow: true, type: 'c', major: 136, access: 'rwm'}, // /dev/pts/*
];

/** A rule with nothing left open. */
export interface DeviceRule {
	readonly allow: boolean;
	readonly type: 'a' | 'b' | 'c';
	/** undefined: any */
	readonly major: number | undefined;
	readonly minor: number | undefined;
	readonly access: string;
}

const wildcard = (number: number | undefined): number | undefined => number === undefined || number < 0 ? undefined : number;

const complete = ({allow = false, type = 'a', major, minor, access}: DeviceCgroup): DeviceRule =>
	({allow, type, major: wildcard(major), minor: wildcard(minor), access: access || 'rwm'});

/** About every device and every access. */
export const isAll = ({type, major, minor, access}: DeviceRule): boolean =>
	type === 'a' && major === undefined && minor === undefined && ['r', 'w', 'm'].every(letter => access.includes(letter));

/**
 * The rules to apply, in order, to a cgroup that denies everything.
 *
 * As in runc, deny is the start even when config.json does not say so; of several rules the later
 * one wins, and one about all devices makes those before it void.
 */
export const deviceRules = (rules: readonly DeviceCgroup[] = []): DeviceRule[] => {
	const given = rules.map(rule => complete(rule));
	const reset = given.findLastIndex(rule => isAll(rule));
	const tail = given.slice(reset + 1);
	if (reset >= 0 && given[reset]!.allow) {
		return [given[reset]!, ...tail];
	}

	return [...tail, ...usual];
};

/** The rules that nearly every container has, and their lines: once for all. */
const usual = always.map(rule => complete(rule));

const star = (number: number | undefined): string => number === undefined ? '*' : String(number);

export interface DeviceLine {
	readonly file: 'devices.allow' | 'devices.deny';
	readonly line: string;
}

const linesOf = (rule: DeviceRule): DeviceLine[] => {
	const file = rule.allow ? 'devices.allow' : 'devices.deny';
	if (isAll(rule)) {
		return [{file, line: 'a'}];
	}

	const types = rule.type === 'a' ? ['b', 'c'] : [rule.type];
	return types.map(type => ({file, line: `${type} ${star(rule.major)}:${star(rule.minor)} ${rule.access}`}));
};

const usualLines = new Map(usual.map(rule => [rule, linesOf(rule)]));

/** Lines for devices.allow and devices.deny of a v1 cgroup; `a` of both kinds means all. */
export const deviceLinesV1 = (rules: readonly DeviceRule[]): readonly DeviceLine[] => [
	{file: 'devices.deny', line: 'a'},
	...rules.flatMap(rule => usualLines.get(rule) ?? linesOf(rule)),
];
