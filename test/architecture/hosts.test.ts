// What runs in both hosts is said in one place (test/quickjs/suite.ts), and what does not is little and has a reason.
import test from 'ava';
import {notHere, otherRooms, testFiles} from '../quickjs/suite.js';
import {readSource, sourceFiles} from '../support/sources.js';

/** Tests of these belong to both hosts, whatever the list says. */
const both = ['cgroups', 'checkpoint', 'container', 'criu', 'images', 'launch', 'linux', 'network', 'oci', 'plan', 'quickjs', 'seccomp', 'state', 'system'];
const files = sourceFiles(['.test.ts'], 'test');

test('no room of what both hosts have is left out as a whole', t => {
	t.deepEqual(both.filter(room => otherRooms[room] !== undefined || !testFiles().some(path => path.startsWith(`test/${room}/`))), []);
});

test('what is left out is there, and has a reason', t => {
	t.deepEqual(Object.entries(otherRooms).filter(([room, reason]) => reason === '' || !files.some(path => path.startsWith(`test/${room}/`))), []);
	t.deepEqual(Object.entries(notHere).filter(([place, reason]) => {
		const [path, title] = place.split(' › ') as [string, string | undefined];
		return reason === '' || !files.includes(path) || otherRooms[path.split('/')[1]!] !== undefined || (title !== undefined && !readSource(path).includes(`'${title}'`));
	}), []);
});

test('little is left out', t => {
	t.true(Object.keys(notHere).length <= 24, 'rather give test/quickjs/inside what a test needs');
	t.true(testFiles().length > 4 * Object.keys(notHere).length);
});
