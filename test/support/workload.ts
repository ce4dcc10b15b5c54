import {execFileSync} from 'node:child_process';
import {mkdirSync, renameSync, statSync} from 'node:fs';
import {projectPath} from './paths.js';

/** Path of a static executable made of test/support/workload/NAME.c or that of another directory, compiled when it is first asked for. */
export const buildWorkload = (name: string, directory = 'test/support/workload'): string => {
	const source = projectPath(directory, `${name}.c`);
	const target = projectPath('dist/workload', name);
	const built = statSync(target, {throwIfNoEntry: false});
	if (built === undefined || built.mtimeMs < statSync(source).mtimeMs) {
		mkdirSync(projectPath('dist/workload'), {recursive: true});
		const unfinished = `${target}.${process.pid}`; // Another test process may be at it too
		execFileSync('cc', ['-std=gnu11', '-O2', '-static', '-Wall', '-Wextra', '-Werror', '-o', unfinished, source], {stdio: ['ignore', 'inherit', 'inherit']});
		renameSync(unfinished, target);
	}

	return target;
};
