// Where the state of containers is, if nobody says: as runc has it, by its own name.
import {isMapOfMachine} from '../linux/user-namespaces.js';

type Environment = Readonly<Record<string, string | undefined>>;

const systemRoot = '/run/ctnative';

/**
 * Whether only `/proc/self/uid_map` can tell: uid 0 may be that of a user namespace, as rootless podman makes one before it
 * calls a runtime. Who names root as its user there is as good as root.
 */
export const dependsOnUidMap = (env: Environment, uid: number): boolean => uid === 0 && Boolean(env['XDG_RUNTIME_DIR']) && env['USER'] !== 'root';

/**
 * A user without privileges has a directory of its own, which goes away with its last session.
 *
 * @param uidMap Of this process, where `dependsOnUidMap()`.
 */
export const defaultRoot = (env: Environment, uid: number, uidMap = ''): string => {
	const isOrdinary = uid !== 0 || (dependsOnUidMap(env, uid) && !isMapOfMachine(uidMap));
	return isOrdinary && env['XDG_RUNTIME_DIR'] ? `${env['XDG_RUNTIME_DIR']}/ctnative` : systemRoot;
};
