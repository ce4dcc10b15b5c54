/** The questions, in the order of their numbers; each is a file of this name. */
export const questions: ReadonlyArray<readonly [name: string, question: string]> = [
	['lifecycle', 'What does the life of a container cost a Node program?'],
	['exec', 'How long does a further program in a running container take?'],
	['command', 'How long does the command line take?'],
	['downtime', 'For how long is a workload gone that is checkpointed and restored?'],
	['fanout', 'How fast do many containers come from one checkpoint?'],
	['growth', 'Does it get slower the more containers there are?'],
	['micro', 'What do the decisions cost, in Node and in the engine of the command?'],
];
