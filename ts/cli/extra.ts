// The commands that runc does not have. They need Node, whoever starts them.
//
// One of two words is a verb of runc's with something of ours behind it. A container of that name is meant if nothing
// follows: `checkpoint diff` is about the container `diff`, `checkpoint diff A B` about two checkpoints. Only `checkpoint
// list` needs nothing to follow: engines have options before the name of the container.
export type ExtraCommand = readonly [name: string, summary: string];

const needNothing = ['checkpoint list'];

export const extraCommands: readonly ExtraCommand[] = [
	['check', 'tell what this machine can do, and what is missing'],
	['completion', 'print a script that completes commands in bash, zsh or fish'],
	['setup-criu', 'put a CRIU that works on this kernel into /opt/ctnative/criu, if there is none'],
	['checkpoint list', 'list checkpoints: of a kubelet, or in directories'],
	['checkpoint show', 'tell of checkpoints how large they are'],
	['checkpoint inspect', 'tell what is in a checkpoint: processes, files, sockets, mounts'],
	['checkpoint diff', 'tell what is different in two checkpoints, down to pages'],
	['checkpoint export', 'write a checkpoint as an archive that podman takes'],
	['checkpoint import', 'take a checkpoint from an archive of podman, CRI-O or containerd'],
	['checkpoint memparse', 'print or search the memory of a checkpoint'],
	['checkpoint verify', 'tell whether the files of a checkpoint are as they were written'],
];

/** A command of ours, and what follows it. */
export interface ExtraLine {
	readonly name: string;
	readonly words: readonly string[];
}

/** The command that a line is, if it is one of ours. */
export const asExtra = (words: readonly string[], commands: readonly ExtraCommand[]): ExtraLine | undefined => {
	const [first, second, ...rest] = words;
	const names = new Set(commands.map(([name]) => name));
	if (first !== undefined && names.has(first)) {
		return {name: first, words: words.slice(1)};
	}

	const name = `${first ?? ''} ${second ?? ''}`;
	return (rest.length > 0 || needNothing.includes(name)) && names.has(name) ? {name, words: rest} : undefined;
};
