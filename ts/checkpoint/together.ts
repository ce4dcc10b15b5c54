/**
 * All of them at once. When this resolves or rejects, with the first failure, none goes on any more: what is made can
 * be taken away.
 */
export const together = async <Results extends readonly unknown[]>(...works: {readonly [Index in keyof Results]: Promise<Results[Index]>}): Promise<Results> => {
	await Promise.allSettled(works);
	return Promise.all(works) as unknown as Promise<Results>;
};
