// A state directory, a bundle and an id of a test, for the native command.
import {spawnSync} from 'node:child_process';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {makeBundle, tempDir, type BundleOptions} from '../support/bundle.js';
import {nativeCommand} from './hosts.js';

let count = 0;

export class Place {
	readonly state: string;
	readonly bundle: string;
	readonly id = `command-${process.pid}-${++count}`;

	constructor(t: ExecutionContext, options: BundleOptions = {}) {
		this.state = join(tempDir(t), 'state');
		this.bundle = makeBundle(t, options);
		t.teardown(() => {
			spawnSync(nativeCommand, ['--root', this.state, 'delete', '--force', this.id]);
		});
	}

	line(verb: string, ...more: string[]): string[] {
		return ['--root', this.state, verb, ...more, ...(verb === 'create' || verb === 'run' ? ['--bundle', this.bundle] : []), this.id];
	}
}
