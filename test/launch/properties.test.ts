// What is true of every launch, whatever the config: each case, and each two cases in one config.
import test from 'ava';
import {CtnError} from '../../ts/errors.js';
import type {Launch} from '../../ts/launch/launch.js';
import {CLONE_NEWNS, MOUNT_ATTR_RDONLY, MS_PRIVATE, MS_SLAVE, MS_UNBINDABLE} from '../../ts/linux/constants.js';
import {encodeBatch, encodePlan} from '../../ts/plan/encode.js';
import {fieldKinds} from '../../ts/plan/layout.js';
import {stepLayouts, wire, type Step} from '../../ts/plan/wire.gen.js';
import {compile, dumpLists} from '../nsenter/compile.js';
import {cases, launchOf, type Case} from './launches.js';

const together = (a: Case, b: Case): Case => ({
	base: a.base === 'runc' || b.base === 'runc' ? 'runc' : 'small',
	edit: config => {
		a.edit?.(config);
		b.edit?.(config);
	},
	cgroups: a.cgroups ?? b.cgroups ?? 'hybrid',
	facts: {...a.facts, ...b.facts},
});

/** Two cases may contradict each other; what is refused is no launch. */
const launches = ((): ReadonlyMap<string, Launch> => {
	const made = new Map<string, Launch>();
	for (const [first, a] of Object.entries(cases)) {
		for (const [second, b] of Object.entries(cases)) {
			try {
				made.set(`${first} + ${second}`, launchOf(together(a, b)));
			} catch (error) {
				if (!(error instanceof CtnError)) {
					throw error;
				}
			}
		}
	}

	return made;
})();

/** Names of the launches for which this is not so. */
const failing = (isTrue: (launch: Launch) => boolean): string[] =>
	[...launches].filter(([, launch]) => !isTrue(launch)).map(([name]) => name);

const position = ({steps}: Launch, op: Step['op']): number => steps.findIndex(step => step.op === op);

/** What makes the root the root. */
const switchOf = (launch: Launch): 'pivot_root' | 'chroot' => position(launch, 'pivot_root') < 0 ? 'chroot' : 'pivot_root';

const positions = ({steps}: Launch, isMeant: (step: Step) => boolean): number[] =>
	[...steps.entries()].filter(([, step]) => isMeant(step)).map(([index]) => index);

/** True if these ops are all there, in this order; only the first of each counts. */
const inOrder = (launch: Launch, ...ops: Array<Step['op']>): boolean => {
	const found = ops.map(op => position(launch, op));
	return found.every((index, place) => index >= 0 && (place === 0 || index > found[place - 1]!));
};

/** Of a step: the descriptors it names. */
const descriptorsOf = (step: Step): number[] =>
	stepLayouts[step.op].fields.filter(([kind]) => fieldKinds[kind] === 'fd').map(([, name]) => (step as unknown as Record<string, number>)[name]!);

test('most cases go together', t => {
	t.true(launches.size > Object.keys(cases).length ** 2 / 2);
});

test('every launch is sound to C, its plan and its host ops', t => {
	const program = compile(t, ['test/nsenter/wire_dump.c']);
	const names = [...launches.keys()];
	const plans = dumpLists(program, [...launches.values()].map(({steps}) => ({magic: wire.planMagic, bytes: encodePlan(steps)})));
	const batches = dumpLists(program, [...launches.values()].map(({descriptors}) => ({magic: wire.batchMagic, bytes: encodeBatch(descriptors)})));

	t.is(plans.length, names.length);
	t.deepEqual(names.filter((_, index) => plans[index]!.at(-1) !== 'sound' || batches[index]!.at(-1) !== 'sound'), []);
});

test('every step names a descriptor that the host opens', t => {
	t.deepEqual(failing(({steps, descriptors}) => steps.flatMap(descriptorsOf).every(fd =>
		fd >= wire.firstFreeFd && fd < wire.firstFreeFd + descriptors.length)), []);
});

test('no descriptor is used by two steps, but the one of /dev/null that hides files', t => {
	t.deepEqual(failing(({steps}) => {
		const used = steps.filter(step => step.op !== 'mask').flatMap(descriptorsOf);
		const hiding = new Set(steps.filter(step => step.op === 'mask').flatMap(descriptorsOf));
		return new Set(used).size === used.length && hiding.size <= 1 && used.every(fd => !hiding.has(fd));
	}), []);
});

test('every descriptor is opened for a step, or is the cgroup to start in', t => {
	t.deepEqual(failing(({steps, descriptors, intoCgroup}) => {
		const used = new Set(steps.flatMap(descriptorsOf));
		return descriptors.every((_, index) => index === intoCgroup || used.has(wire.firstFreeFd + index));
	}), []);
});

test('init joins its cgroups before it does anything else', t => {
	t.deepEqual(failing(launch => positions(launch, step => step.op === 'cgroup_join').every((at, index) => at === index)), []);
});

/** The step from which on there is a mount namespace; undefined if there is none. */
const mountNamespaceAt = (launch: Launch): number | undefined => (launch.flags & CLONE_NEWNS) !== 0n ? 0 : positions(launch, step =>
	(step.op === 'unshare' && (step.flags & CLONE_NEWNS) !== 0n) || (step.op === 'setns' && (step.types & Number(CLONE_NEWNS)) !== 0))[0];

test('a mount namespace is new or joined before the first mount; without one the mounts of the host stay as they are', t => {
	t.deepEqual(failing(launch => {
		const makes = mountNamespaceAt(launch);
		return makes === undefined
			? ['propagation', 'pivot_root', 'cover'].every(op => position(launch, op as 'cover') < 0)
			: makes <= position(launch, 'propagation') && position(launch, 'root_directory') < 0;
	}), []);
});

test('the host gets no mounts back before the first mount is made', t => {
	t.deepEqual(failing(launch => position(launch, 'root_directory') >= 0 || (inOrder(launch, ...(mountNamespaceAt(launch) === undefined ? [] : ['propagation'] as const), 'root', switchOf(launch))
		&& positions(launch, step => ['mount', 'bind', 'device', 'symlink', 'mkdir'].includes(step.op)).every(at => at > position(launch, 'root')))), []);
});

test('without a mount namespace all mounts are below one, and with none in config.json nothing is mounted', t => {
	t.deepEqual(failing(launch => mountNamespaceAt(launch) !== undefined || launch.steps.every(step => step.op !== 'root' || step.at !== '/')), []);
	const mounting = new Set(['mount', 'mount_data', 'bind', 'mount_attr', 'remount', 'mask', 'readonly', 'propagation', 'root', 'cover', 'pivot_root']);
	t.deepEqual(failing(launch => position(launch, 'root_directory') < 0 || positions(launch, step => mounting.has(step.op)).length === 0), []);
});

test('where the root is not exchanged, what the host has mounted is let go of before it is left', t => {
	t.deepEqual(failing(launch => positions(launch, step => step.op === 'cover').every(at => at < position(launch, 'chroot'))
		&& (position(launch, 'pivot_root') < 0) !== (position(launch, 'chroot') < 0)), []);
});

test('the root is shared with no mount of the host', t => {
	t.deepEqual(failing(({steps, descriptors}) => steps.every(step => {
		const op = step.op === 'root' ? descriptors[step.tree - wire.firstFreeFd] : undefined;
		return op?.op !== 'open_tree' || [MS_PRIVATE, MS_SLAVE, MS_UNBINDABLE].includes(op.propagation);
	})), []);
});

test('procfs and sysfs are mounted where no symlink leads', t => {
	t.deepEqual(failing(({steps}) => steps.every(step =>
		step.op !== 'mount' || !['proc', 'sysfs'].includes(step.fstype) || (step.target_flags & wire.target.nofollow) !== 0)), []);
});

test('the root becomes read-only when everything in it is made, and it is the root', t => {
	const isReadonlyRoot = (step: Step): boolean => step.op === 'mount_attr' && step.path === '/' && step.set === MOUNT_ATTR_RDONLY;
	t.true([...launches.values()].some(({steps}) => steps.some(isReadonlyRoot)));
	t.deepEqual(failing(launch => positions(launch, isReadonlyRoot).every(at => at > position(launch, switchOf(launch))
		&& positions(launch, step => ['mkdir', 'mount', 'bind', 'device', 'symlink', 'console'].includes(step.op)).every(other => other < at))), []);
});

test('paths are hidden in the new root', t => {
	t.deepEqual(failing(launch => positions(launch, step => step.op === 'mask' || step.op === 'readonly').every(at => at > position(launch, switchOf(launch)))), []);
});

test('files are made without the umask of the host, the program begins with its own', t => {
	t.deepEqual(failing(launch => {
		const [before, after, ...more] = positions(launch, step => step.op === 'umask');
		const made = positions(launch, step => ['mkdir', 'device', 'mount', 'bind'].includes(step.op));
		return more.length === 0 && made.every(at => at > before! && at < after!) && after! < position(launch, 'exec');
	}), []);
});

const isCreated = (step: Step): boolean => step.op === 'sync' && step.point === wire.sync.created;

test('init says once that the container is created, and becomes the program last', t => {
	t.deepEqual(failing(launch => {
		const [created, ...more] = positions(launch, isCreated);
		return more.length === 0 && created! > position(launch, 'find_program') && position(launch, 'exec') === launch.steps.length - 1;
	}), []);
});

test('nobody is asked ahead who has something else to say, or another than who was started', t => {
	const isAhead = ({asksOnce = false}: Launch): boolean => asksOnce;
	t.true([...launches.values()].some(launch => isAhead(launch)));
	t.deepEqual(failing(launch => !isAhead(launch) || (positions(launch, ({op}) => op === 'sync').length === 1
		&& position(launch, 'fork') < 0 && position(launch, 'wait_start') < 0 && position(launch, 'console') < 0)), []);
});

test('then it waits for start, unless it has no start socket', t => {
	const waits = (launch: Launch): boolean => position(launch, 'wait_start') >= 0;
	t.true([...launches.values()].some(launch => !waits(launch)));
	t.deepEqual(failing(launch => waits(launch) === launch.descriptors.some(({op}) => op === 'listen')
		&& (!waits(launch) || position(launch, 'wait_start') === positions(launch, isCreated)[0]! + 1)), []);
});

test('every launch takes on the ids and capabilities of the program, once', t => {
	t.deepEqual(failing(launch => positions(launch, step => step.op === 'credentials').length === 1), []);
});

test('a filter is loaded after the wait, and with the right to load it', t => {
	t.true([...launches.values()].some(launch => position(launch, 'seccomp') >= 0));
	t.deepEqual(failing(launch => {
		const [seccomp, noNewPrivileges, credentials] = [position(launch, 'seccomp'), position(launch, 'no_new_privs'), position(launch, 'credentials')];
		const may = noNewPrivileges >= 0 ? noNewPrivileges < seccomp : seccomp < credentials;
		return seccomp < 0 || (may && seccomp > Math.max(positions(launch, isCreated)[0]!, position(launch, 'wait_start')));
	}), []);
});

test('the same config and facts give the same launch', t => {
	for (const given of Object.values(cases)) {
		t.deepEqual(launchOf(given), launchOf(given));
	}
});
