import {existsSync} from 'node:fs';
import test from 'ava';
import {compile, runProgram} from '../nsenter/compile.js';

const include = '/opt/ctnative/quickjs/include';
const testHere = existsSync(include) ? test : test.skip;

testHere('the command’s own memcpy, memmove and malloc do what a C library’s do', t => {
	const tool = compile(t, ['test/command/libc_tool.c'], ['-O2', '-fno-builtin', '-isystem', include]);
	t.is(runProgram(tool, [], ''), '');
});
