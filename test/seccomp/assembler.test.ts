import test from 'ava';
import {Assembler} from '../../ts/seccomp/assembler.js';
import type {Label} from '../../ts/seccomp/assembler.js';
import {BpfProgram, seccompData} from '../support/bpf.js';

const pad = (asm: Assembler, next: Label, count: number): Label => {
	let label = next;
	for (let n = 0; n < count; n++) {
		label = asm.load(0, label);
	}

	return label;
};

test('a jump reaches both its targets, however far each is', t => {
	for (let beyond = 0; beyond <= 4; beyond++) {
		for (let between = 250; between <= 260; between++) {
			for (const swapped of [false, true]) {
				const asm = new Assembler();
				const far = pad(asm, asm.ret(9), beyond);
				const near = asm.load(0, asm.ret(2));
				pad(asm, near, between);
				asm.load(0, swapped ? asm.jump('EQ', 7, near, far) : asm.jump('EQ', 7, far, near));
				const program = new BpfProgram(asm.finish());
				const values = [7, 8].map(nr => program.run(seccompData({nr, arch: 0})).value);

				t.deepEqual(values, swapped ? [2, 9] : [9, 2], `${beyond} ${between}`);
			}
		}
	}
});

test('a jump that goes to one place is none', t => {
	const asm = new Assembler();
	const end = asm.ret(3);

	t.is(asm.jump('GE', 7, end, end), end);
	t.is(asm.length, 1);
});
