// The guard of a dump and whoever waits for an end are threads of one process, which the kernel takes for one when it tells of a stop.
import test from 'ava';
import {compile, runProgram, sanitizers} from './compile.js';

test('who asks whether a process has ended does not take a stop from the thread that traces it', t => {
	const program = compile(t, ['test/nsenter/reap_tool.c', 'src-native/sys/process.c'], sanitizers);
	t.deepEqual(runProgram(program, [], '').trimEnd().split('\n'), [
		'lives -1 -1',
		'0',
		'told',
		'1',
		'0 -1 9',
		'0',
	]);
});
