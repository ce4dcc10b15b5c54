import {execFileSync} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import type {Config} from '../../ts/oci/config.js';
import {defaultConfig} from '../../ts/oci/spec.js';
import {validateConfig} from '../../ts/oci/validate/index.js';
import {runcSpec} from '../support/runc-spec.js';
import {testUnless} from '../support/skip.js';

const runc = ['/usr/sbin/runc', '/usr/bin/runc', '/usr/local/sbin/runc'].find(path => existsSync(path));
const testWithRunc = testUnless(runc === undefined ? 'runc is not installed' : undefined);

const writtenByRunc = (...args: string[]): Config => {
	const directory = mkdtempSync(join(tmpdir(), 'ctnative-spec-'));
	try {
		execFileSync(runc!, ['spec', '--bundle', directory, ...args]);
		return JSON.parse(readFileSync(join(directory, 'config.json'), 'utf8')) as Config;
	} finally {
		rmSync(directory, {recursive: true});
	}
};

/**
 * What runc has changed in the course of time, taken out: the version it names, ambient capabilities
 * (gone with 1.2), and the TPM's directory as a masked path (new with 1.3).
 */
const comparable = ({process, linux, ...config}: Config): unknown => {
	const capabilities = {...process!.capabilities, ambient: undefined};
	const maskedPaths = linux!.maskedPaths!.filter(path => path !== '/sys/devices/virtual/tpm');
	return {...config, ociVersion: undefined, process: {...process, capabilities}, linux: {...linux, maskedPaths}};
};

const cgroupVersion = existsSync('/sys/fs/cgroup/cgroup.controllers') ? 2 : 1;

testWithRunc('the default config is what runc spec writes', t => {
	t.deepEqual(comparable(defaultConfig({cgroupVersion})), comparable(writtenByRunc()));
});

testWithRunc('the default config without privileges is what runc spec --rootless writes', t => {
	const rootless = {uid: process.geteuid!(), gid: process.getegid!()};
	t.deepEqual(comparable(defaultConfig({cgroupVersion, rootless})), comparable(writtenByRunc('--rootless')));
});

testWithRunc('what runc spec writes is valid', t => {
	for (const config of [writtenByRunc(), writtenByRunc('--rootless')]) {
		const valid = validateConfig(config, {bundle: '/bundle'});
		t.deepEqual(valid as Config, config);
	}
});

test('the default configs are valid', t => {
	for (const cgroupVersion of [1, 2] as const) {
		for (const rootless of [undefined, {uid: 1000, gid: 1000}]) {
			const config = validateConfig(defaultConfig({cgroupVersion, rootless}), {bundle: '/bundle', cgroupVersion, rootless: rootless !== undefined});
			t.is(config.linux.namespaces!.some(({type}) => type === 'cgroup'), cgroupVersion === 2);
		}
	}
});

test('the spec that other tests start from is valid', t => {
	t.notThrows(() => validateConfig(runcSpec(), {bundle: '/bundle'}));
});
