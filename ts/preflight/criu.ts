// Checkpoint and restore: CRIU, and what decides how much of it works, and how fast.
import {CtnError} from '../errors.js';
import type {MachineFacts} from './look.js';
import {bareMessage} from './message.js';
import {hasSysResource} from './privileges.js';
import type {Finding} from './report.js';

const criu = ({criu: probe}: MachineFacts): Finding => {
	const common = {name: 'CRIU', level: 'recommended', missing: 'no container can be checkpointed or restored'} as const;
	return probe instanceof CtnError
		? {...common, ok: false, value: bareMessage(probe), cure: probe.cure}
		: {...common, ok: probe.works, value: `${probe.version?.text ?? 'unknown version'} at ${probe.path}`};
};

const feature = (probe: MachineFacts['criu'], key: 'lazyPages' | 'memTrack', name: string, missing: string): Finding => {
	const common = {name, level: 'optional', missing} as const;
	if (probe instanceof CtnError) {
		return {...common, ok: false, value: 'unknown without a CRIU that works', cure: probe.cure};
	}

	const finding = probe.findings.find(found => found.feature === key);
	return {...common, ok: probe[key], value: probe[key] ? 'yes' : finding?.reason ?? 'no', cure: finding?.cure};
};

const userfaultfd = ({hasUserfaultfd}: MachineFacts): Finding => ({
	name: 'userfaultfd',
	level: 'optional',
	ok: hasUserfaultfd,
	value: hasUserfaultfd ? 'yes' : 'not in this kernel',
	missing: 'memory cannot be brought back page by page as it is touched',
	cure: 'run a kernel with CONFIG_USERFAULTFD',
});

/** CRIU asks for 819 pages, of which the kernel makes 4 MiB; that this fails it notices much later. */
const criuPipe = 4 << 20;

const pipeSize = (facts: MachineFacts): Finding => ({
	name: 'fs.pipe-max-size',
	level: 'optional',
	ok: hasSysResource(facts) || facts.pipeMaxSize >= criuPipe,
	value: `${facts.pipeMaxSize} bytes`,
	missing: `without CAP_SYS_RESOURCE CRIU gets no pipe of ${criuPipe} bytes, so that a dump with lazyPages fails`,
	cure: `sysctl -w fs.pipe-max-size=${criuPipe}`,
});

const programUses: Readonly<Record<string, Pick<Finding, 'level' | 'missing' | 'cure'>>> = {
	tar: {level: 'recommended', missing: 'CRIU saves the files of a tmpfs with it, and /dev of nearly every container is one', cure: 'install tar'},
	ip: {level: 'optional', missing: 'CRIU saves the network devices and routes of a network namespace with it, where that is not left empty', cure: 'install iproute2'},
};

const programs = ({programs: facts}: MachineFacts): Finding[] => facts.map(({name, path}) => ({
	name,
	ok: path !== undefined,
	value: path ?? 'not where CRIU looks for it',
	...programUses[name]!,
}));

export const criuFindings = (facts: MachineFacts): Finding[] => [
	criu(facts),
	feature(facts.criu, 'lazyPages', 'lazy pages', 'a restore has to bring all memory back before the container runs (lazyPages)'),
	feature(facts.criu, 'memTrack', 'memory tracking', 'every checkpoint writes all memory: trackMem, parentImg and pre-dump are not possible'),
	userfaultfd(facts),
	pipeSize(facts),
	...programs(facts),
];
