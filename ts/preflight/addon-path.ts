// Where the addon of this process came from: the kernel knows what is mapped.

/** The path of our addon in the text of /proc/self/maps (proc_pid_maps(5)). */
export const addonPath = (maps: string): string | undefined =>
	/^(?:\S+ +){5}(\/.*\/(?:build\/Release|prebuilds\/[^/\n]+)\/(?:ctnative|node\.napi)\.node)(?: \(deleted\))?$/m.exec(maps)?.[1];
