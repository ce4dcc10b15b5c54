// user_namespaces(7): whose user namespace a process is in.

/** In that of the machine every id is itself. */
export const isMapOfMachine = (uidMap: string): boolean => /^\s*0\s+0\s+4294967295\s*$/.test(uidMap);
