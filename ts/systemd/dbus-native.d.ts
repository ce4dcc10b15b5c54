declare module '@homebridge/dbus-native' {
	/** A message as the library has it. */
	interface Call {
		readonly destination: string;
		readonly path: string;
		readonly interface: string;
		readonly member: string;
		readonly signature?: string;
		readonly body?: readonly unknown[];
	}

	interface Message {
		readonly type: number;
		readonly interface?: string;
		readonly member?: string;
		readonly body?: readonly unknown[];
	}

	interface Bus {
		invoke(call: Call, answer: (error: {readonly name: string; readonly message: string} | null, ...values: unknown[]) => void): void;
		addMatch(rule: string, answer: (error: {readonly name: string; readonly message: string} | null) => void): void;
		readonly connection: {
			readonly stream: {unref(): void; ref(): void; destroy(): void};
			on(event: 'message', listener: (message: Message) => void): void;
			on(event: 'error', listener: (error: Error) => void): void;
			on(event: 'end', listener: () => void): void;
			end(): void;
		};
	}

	const library: {createClient(options: {readonly stream: import('node:net').Socket}): Bus};
	export default library;
}
