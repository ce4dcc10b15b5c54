// Engines give all runtimes one root: of what another one made nothing is touched, nor told.
import {spawnSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {tempDir} from '../support/bundle.js';
import {testUnless} from '../support/skip.js';
import {inNative, nativeCommand} from './hosts.js';
import {Place} from './place.js';

const missing = [nativeCommand, '/usr/sbin/runc'].find(path => !existsSync(path));

testUnless(process.getuid!() === 0 ? missing && `${missing} is missing` : 'needs root')('a container of runc that runs is neither listed nor deleted, not even with force', async t => {
	const place = new Place(t, {args: ['sleep', '1000']});
	const runc = (...args: string[]): string => {
		const {stdout, status} = spawnSync('runc', args, {encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore']});
		t.is(status, 0, args.join(' '));
		return stdout;
	};
	t.teardown(() => {
		spawnSync('runc', ['--root', place.state, 'delete', '--force', place.id]);
	});
	t.is(spawnSync('runc', place.line('run', '--detach'), {stdio: 'ignore'}).status, 0);
	const log = join(tempDir(t), 'log');
	for (const line of [place.line('state'), place.line('delete'), place.line('delete', '--force'), [...place.line('kill'), 'KILL'], place.line('pause'), [...place.line('exec'), 'true']]) {
		const {code, err} = await inNative(['--log', log, ...line]);
		t.is(code, line.includes('exec') ? 255 : 1, line.join(' '));
		t.regex(err, /the state of container \S+ is of another runtime, such as runc \(use the program that made it\)/);
	}

	t.is((await inNative(['--root', place.state, 'list', '--quiet'])).out, '');
	t.regex((await inNative(place.line('create'))).err, /container with given ID already exists/);
	t.is((JSON.parse(runc(...place.line('state'))) as {status: string}).status, 'running');
});
