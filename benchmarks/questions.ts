/** The questions, in the order of their numbers; each is a file of this name. */
export const questions: ReadonlyArray<readonly [name: string, question: string]> = [
	['lifecycle', 'What does the life of a container cost a Node program?'],
	['downtime', 'For how long is a workload gone that is checkpointed and restored?'],
];
