// The state of a container as OCI shows it to hooks and to `state`.

/** Version of the specification that our state follows. */
export const ociVersion = '1.3.0';

/** `paused` is not OCI's word but runc's, which engines know. */
export type Status = 'creating' | 'created' | 'running' | 'paused' | 'stopped';

/** @see OCI runtime-spec, runtime.md#state */
export interface State {
	readonly ociVersion: string;
	readonly id: string;
	readonly status: Status;
	/** In the runtime's pid namespace. Absent when there is no process (yet, or any more). */
	readonly pid?: number;
	/** Absolute path of the bundle. */
	readonly bundle: string;
	/** Those of the config; absent if it has none. */
	readonly annotations?: Readonly<Record<string, string>>;
}

/** What a state is made of. */
export interface StateFacts {
	readonly id: string;
	readonly status: Status;
	/** Of init; left out of the state unless it is alive. */
	readonly pid?: number | undefined;
	readonly bundle: string;
	readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** The state object, with its keys in the order of the specification. */
export const stateOf = ({id, status, pid, bundle, annotations}: StateFacts): State => ({
	ociVersion,
	id,
	status,
	...(pid === undefined || pid <= 0 || status === 'stopped' ? {} : {pid}),
	bundle,
	...(annotations === undefined || Object.keys(annotations).length === 0 ? {} : {annotations}),
});
