// The commands that runc does not have. They need Node, whoever starts them.
export const extraCommands: ReadonlyArray<readonly [name: string, summary: string]> = [
	['check', 'tell what this machine can do, and what is missing'],
	['setup-criu', 'put a CRIU that works on this kernel into /opt/ctnative/criu, if there is none'],
];
