// Something that takes its time: a promise of its result, and what happens until then.

/**
 * `await` it for the result; iterate over it, with `for await`, to hear of each event as it happens.
 *
 * Iterating starts with the first event, whenever it begins. It ends with the operation, and throws what that throws.
 */
export class Operation<Result, Event> implements Promise<Result>, AsyncIterable<Event> {
	readonly [Symbol.toStringTag] = 'Operation';
	readonly #promise: Promise<Result>;
	readonly #events: Event[] = [];
	#isOver = false;
	#wake: () => void = () => {};
	/** Settles at the next event, and at the end. */
	#next: Promise<void>;

	/** @param body Begins at once; it tells its events to the function that it is given. */
	constructor(body: (emit: (event: Event) => void) => Promise<Result>) {
		this.#next = this.#arm();
		const work = body(event => {
			this.#events.push(event);
			this.#turn();
		});
		this.#promise = work.finally(() => { // No handler: a failure that nobody waits for is to be noticed
			this.#isOver = true;
			this.#turn();
		});
	}

	then<Fulfilled = Result, Rejected = never>(onFulfilled?: ((value: Result) => Fulfilled | PromiseLike<Fulfilled>) | null, onRejected?: ((reason: unknown) => Rejected | PromiseLike<Rejected>) | null): Promise<Fulfilled | Rejected> {
		return this.#promise.then(onFulfilled, onRejected);
	}

	catch<Rejected = never>(onRejected?: ((reason: unknown) => Rejected | PromiseLike<Rejected>) | null): Promise<Result | Rejected> {
		return this.#promise.catch(onRejected);
	}

	finally(onFinally?: (() => void) | null): Promise<Result> {
		return this.#promise.finally(onFinally);
	}

	async * [Symbol.asyncIterator](): AsyncGenerator<Event, void, undefined> {
		for (let index = 0; ; index++) {
			while (index === this.#events.length && !this.#isOver) {
				await this.#next;
			}

			const event = this.#events[index];
			if (event === undefined) {
				break;
			}

			yield event;
		}

		await this.#promise;
	}

	#arm(): Promise<void> {
		return new Promise(resolve => {
			this.#wake = resolve;
		});
	}

	#turn(): void {
		const wake = this.#wake;
		this.#next = this.#arm();
		wake();
	}
}
