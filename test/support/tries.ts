/** How many tries a test by chance makes: a twentieth where an interpreter runs it (test/quickjs/). */
export const tries = (count: number): number => 'scriptArgs' in globalThis ? Math.ceil(count / 20) : count;
