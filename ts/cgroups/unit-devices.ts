// Device rules as systemd has them: a list of what is allowed, by number or by the name of a driver.
import {isAll, type DeviceRule} from './devices.js';
import type {UnitProperty} from './unit-properties.js';

type Numbered = DeviceRule & {readonly type: 'b' | 'c'};

const byType = (rule: DeviceRule): Numbered[] => rule.type === 'a'
	? [{...rule, type: 'b'}, {...rule, type: 'c'}]
	: [rule as Numbered];

const covers = (wide: number | undefined, narrow: number | undefined): boolean => wide === undefined || wide === narrow;

const meets = (one: number | undefined, other: number | undefined): boolean => covers(one, other) || other === undefined;

/** What is left of an allowed entry behind a later rule that denies. */
const without = (isExact: boolean, entry: Numbered, denied: Numbered): Numbered[] => {
	if (entry.type !== denied.type || !meets(entry.major, denied.major) || !meets(entry.minor, denied.minor)) {
		return [entry];
	}

	const access = [...entry.access].filter(letter => !denied.access.includes(letter)).join('');
	const isWhole = covers(denied.major, entry.major) && covers(denied.minor, entry.minor);
	return !isWhole && !isExact ? [entry] : access === '' ? [] : [{...entry, access}];
};

/** Name of the driver that has this major number (proc_devices(5)). */
const driverOf = (devices: string, {type, major}: Numbered): string | undefined => {
	const section = devices.split(/\n\n/).find(part => part.startsWith(type === 'c' ? 'Character' : 'Block'));
	return section?.split('\n').map(line => /^\s*(\d+) (.+)$/.exec(line)).find(match => Number(match?.[1]) === major)?.[2];
};

/**
 * The properties.
 *
 * On v1 systemd writes to the same files as we do, and may do so again: it is told of no more than
 * the rules allow. On v2 it has a program of its own beside ours, and both have to allow a device:
 * there it is told of no less.
 *
 * @param rules As deviceRules() gives them.
 * @param devices Text of /proc/devices.
 */
export const deviceProperties = (mode: 'v1' | 'hybrid' | 'v2', rules: readonly DeviceRule[], devices: string): UnitProperty[] => {
	const isExact = mode !== 'v2';
	const [first, ...rest] = rules;
	if (first !== undefined && isAll(first) && first.allow && (!isExact || rest.every(({allow}) => allow))) {
		return [['DevicePolicy', 's', 'auto'], ['DeviceAllow', 'a(ss)', []]];
	}

	let entries: Numbered[] = [];
	for (const rule of rules.filter(rule => !isAll(rule)).flatMap(byType)) {
		entries = rule.allow ? [...entries, rule] : entries.flatMap(entry => without(isExact, entry, rule));
	}

	// Of two entries with one path systemd takes the later
	const allowed = new Map<string, string>();
	for (const entry of entries) {
		const kind = entry.type === 'c' ? 'char' : 'block';
		const {major, minor, access} = entry;
		const driver = minor !== undefined ? undefined : major === undefined ? '*' : driverOf(devices, entry);
		const path = major !== undefined && minor !== undefined ? `/dev/${kind}/${major}:${minor}` : `${kind}-${driver ?? '*'}`;
		if (driver !== undefined || path.startsWith('/') || !isExact) {
			const letters = access + (allowed.get(path) ?? '');
			allowed.set(path, [...'rwm'].filter(letter => letters.includes(letter)).join(''));
		}
	}

	return [['DevicePolicy', 's', 'strict'], ['DeviceAllow', 'a(ss)', []], ['DeviceAllow', 'a(ss)', [...allowed]]];
};
