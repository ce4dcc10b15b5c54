// Annotations of config.json by which whoever writes it has a say outside of the container.

/** The path of a configuration file of CRIU's, as runc has it; empty for none. */
export const criuConfigAnnotation = 'org.criu.config';

/** Names, or beginnings of names that end with a dot. @see features.md of the OCI runtime specification */
export const unsafeAnnotations: readonly string[] = [criuConfigAnnotation, 'org.systemd.property.'];

const isUnsafe = (name: string): boolean => unsafeAnnotations.some(unsafe => unsafe.endsWith('.') ? name.startsWith(unsafe) : name === unsafe);

/** Those of a config that somebody else wrote. */
export const safeAnnotations = <Value>(annotations: Readonly<Record<string, Value>>): Record<string, Value> =>
	Object.fromEntries(Object.entries(annotations).filter(([name]) => !isUnsafe(name)));
