// What is only worth it when something is done again: not made at the first time, and kept from the second on.

/** Kinds of one thing, by key. */
const mostKinds = 16;

/** What is made for a key of something; it goes with what it is about. */
export class Repeated<About extends object, Made> {
	readonly #known = new WeakMap<About, Map<string, {made?: Made}>>();

	/** At the first time there is none. */
	get(about: About, key: string, make: () => Made): Made | undefined {
		const kinds = this.#known.get(about) ?? new Map<string, {made?: Made}>();
		const known = kinds.get(key);
		if (known !== undefined) {
			known.made ??= make();
			return known.made;
		}

		if (kinds.size === mostKinds) {
			kinds.clear();
		}

		this.#known.set(about, kinds);
		kinds.set(key, {});
		return undefined;
	}
}
