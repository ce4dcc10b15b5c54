import stylistic from '@stylistic/eslint-plugin';
import tseslint from 'typescript-eslint';

// Only the TypeScript sources are linted: the few scripts in JavaScript belong to no tsconfig,
// and rules with types could not be asked about them.
export default tseslint.config(
	{ignores: ['dist/', 'build/', 'prebuilds/', 'node_modules/', '**/*.gen.ts', '**/*.d.ts', '**/*.js', '**/*.mjs']},
	...tseslint.configs.recommended,
	{
		plugins: {'@stylistic': stylistic},
		languageOptions: {parserOptions: {project: './tsconfig.json', tsconfigRootDir: import.meta.dirname}},
		rules: {
			'@stylistic/indent': ['error', 'tab', {SwitchCase: 1}],
			'@stylistic/quotes': ['error', 'single', {avoidEscape: true}],
			'@stylistic/semi': 'error',
			'@stylistic/comma-dangle': ['error', 'always-multiline'],
			'@stylistic/object-curly-spacing': ['error', 'never'],
			'@stylistic/no-trailing-spaces': 'error',
			'@stylistic/eol-last': 'error',
			'@typescript-eslint/no-floating-promises': 'error',
			'@typescript-eslint/no-misused-promises': 'error',
			'@typescript-eslint/await-thenable': 'error',
			'@typescript-eslint/consistent-type-imports': 'error',
			'@typescript-eslint/no-non-null-assertion': 'off',
			'@typescript-eslint/no-empty-object-type': 'off',
			'no-warning-comments': ['error', {terms: ['todo', 'fixme', 'xxx']}],
			'prefer-const': 'error',
			'@typescript-eslint/no-unused-vars': ['error', {ignoreRestSiblings: true}],
			eqeqeq: 'error',
		},
	},
);
