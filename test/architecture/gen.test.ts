import {execFileSync} from 'node:child_process';
import {cpSync, existsSync, readFileSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {tempDir} from '../support/bundle.js';
import {projectPath} from '../support/paths.js';
import {readSource, sourceFiles} from '../support/sources.js';

test('the generated files are the ones that scripts/gen makes', t => {
	// In a copy of the tree: whatever gen writes, it must not be where other tests read
	const copy = tempDir(t);
	for (const name of ['scripts', 'src-native', 'nsenter', 'proto', 'ts', 'package.json']) {
		if (existsSync(projectPath(name))) {
			cpSync(projectPath(name), join(copy, name), {recursive: true});
		}
	}

	symlinkSync(projectPath('node_modules'), join(copy, 'node_modules'));
	const generated = sourceFiles([''], 'ts', 'src-native', 'nsenter', 'proto').filter(path => /\.gen\.\w+$/.test(path));
	t.true(generated.length > 0);
	generated.forEach(path => execFileSync('rm', ['--', join(copy, path)]));
	execFileSync('bash', ['scripts/gen'], {cwd: copy, stdio: ['ignore', 'ignore', 'inherit']});
	for (const path of generated) {
		t.is(readFileSync(join(copy, path), 'utf8'), readSource(path), `${path} is not what scripts/gen makes: run npm run gen`);
	}
});
