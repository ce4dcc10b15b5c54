// The failures that people meet, and what to do: one line a cause. All were met with CRIU 4.2.1, or are
// in CRIU's tracker.

export interface Cause {
	/** Matches one of the telling lines of the log. */
	readonly line: RegExp;
	/** One sentence. */
	readonly cure: string;
}

export const noRoomCure = 'there is no room for the images: free some, or take another directory';

export const causes: readonly Cause[] = [
	// Options
	{line: /Connected TCP socket/, cure: 'set tcpEstablished, for the dump and the restore'},
	{line: /In-flight connection/, cure: 'set tcpSkipInFlight, and the client will try again; or have the program accept it first'},
	{line: /Timeout reached/, cure: 'a process cannot be halted, as it waits in the kernel: try again later, or set timeout to more seconds'},
	{line: /Can't dump half of stream unix connection/, cure: 'only datagram unix sockets can be connected to a peer outside; have the program close the connection'},
	{line: /External socket is used/, cure: 'set extUnixSk (for datagram sockets), or have the program close the connection'},
	{line: /Some file locks are hold/, cure: 'set fileLocks'},
	{line: /Can't create link remap/, cure: 'set linkRemap'},
	{line: /Can't dump ghost file .* increase limit/, cure: 'set ghostLimit to more bytes than the deleted file has'},
	{line: /is not a session leader/, cure: 'the process has the terminal of its caller: set shellJob, or start it in a session of its own'},
	{line: /session leader of .* is outside/, cure: 'the first process of a container has to be the leader of its session (setsid)'},
	{line: /fsnotify:\s+Can't dump that handle/, cure: 'set forceIrmap, and irmapScanPaths to the watched directories'},
	{line: /doesn't have a proper root mount/, cure: "add it to external as 'mnt[/its/path]:name'"},
	{line: /No mapping for .* mountpoint/, cure: "add every external mount of the dump to external as 'mnt[name]:/path/on/the/host'"},
	{line: /Tracking memory is not available/, cure: 'this kernel has no CONFIG_MEM_SOFT_DIRTY: leave out trackMem and parentImg, or use lazyPages'},
	// The container
	{line: /Can't get rlimit .*Operation not permitted/, cure: 'a process with another uid cannot be read without CAP_SYS_RESOURCE: give the container a user namespace (an identity mapping is enough)'},
	{line: /\[io_uring\]|send_fds failed \(-22\)|Can't retrieve FDs from socket/, cure: 'the process uses io_uring, most likely, which CRIU cannot dump: refuse io_uring_setup in the seccomp profile'},
	{line: /unix: Can't connect \d+ socket/, cure: 'the socket outside is gone, or its path is not the same in the container as on the host: mount it there'},
	{line: /Unix socket \d+ without peer/, cure: 'the peer is in another network namespace, where CRIU does not look: have the program close the connection, or give the container the network of the host and set extUnixSk'},
	{line: /Unix socket \d+ not found/, cure: 'the socket is of another network namespace, such as the stdio of a program that was itself given sockets: give the container pipes or files'},
	{line: /Can't lookup mount=.* for fd=[012] /, cure: 'stdio is a file outside of the container: give it pipes'},
	{line: /Unable to reopen the pipe/, cure: 'the container had pipes for stdio: give the restore pipes, too'},
	{line: /Can't lookup mount=/, cure: 'the file is outside of the container: close it, or add it to external'},
	{line: /Unable to interrupt task: .*Operation not permitted/, cure: 'a debugger or another CRIU is attached to the process'},
	{line: /Unable to interrupt task: .*No such process/, cure: 'the process has ended'},
	{line: /Abort restore of existing cgroups/, cure: 'the cgroups are there: set manageCgroupsMode to soft or full, or leave it out'},
	// What has changed since the dump
	{line: /has bad size \d+ \(expect \d+\)/, cure: 'the file has changed since the dump: put it back as it was'},
	{line: /has bad mode/, cure: 'the file has other permissions than at the dump: put them back, or set skipFileRwxCheck'},
	{line: /Unable to open \S+\.img: Permission denied/, cure: 'the root of the user namespace must be able to enter the directory of the images and all above it: chgrp and chmod g+x, or chmod a+x'},
	{line: /Can't open file .*No such file or directory/, cure: 'the file is gone since the dump: put it back'},
	{line: /Can't fork for \d+: File exists/, cure: 'the pid is taken: end that process, or give the container a pid namespace'},
	{line: /Can't stat mountpoint|not a mount point|overmounted/, cure: 'root has to be a mount point with the root filesystem of the dump'},
	{line: /Can't create a temporary directory: Read-only/, cure: 'CRIU needs a directory tmp in a root filesystem that is read-only: make one'},
	{line: /Unexpected EOF on \(empty-image\)|Can't open inventory|No inventory/, cure: 'the directory has no checkpoint, or not all of it'},
	{line: /CPU .*(do not match|incompatible|not supported)/, cure: 'the CPU has not all features of the one where the dump was made: restore on one that has, or set cpuCap if the program needs none of them'},
	{line: /Can't mmap (?:file|vma)|unable to map/i, cure: 'a mapped file differs from what it was at the dump'},
	// The machine
	{line: /execvp\("(ip|tar)"/, cure: 'a program is missing that CRIU runs: install iproute2 and tar'},
	{line: /execvp\("ip6?tables-restore"|iptables-restore returned/, cure: 'leave networkLock at nftables'},
	{line: /No space left on device/, cure: noRoomCure},
	{line: /Can't connect to server/, cure: 'no page server listens there: start it first'},
	{line: /Can't get 1:\d+ opt: Operation not supported/, cure: 'this kernel needs CRIU 4.2 or newer for network sockets'},
	{line: /Unexpected rt vDSO area bounds|vdso: Failed to fill/, cure: 'this CRIU is too old for the kernel: run ctnative setup-criu'},
	{line: /CAP_SYS_ADMIN|CAP_CHECKPOINT_RESTORE/, cure: 'run as root, or set unprivileged with CAP_CHECKPOINT_RESTORE'},
];

/** What to do about a failure with these lines, if it is one we know. The first line that is known decides. */
export const cureFor = (lines: readonly string[]): string | undefined => {
	for (const text of lines) {
		const cause = causes.find(({line}) => line.test(text));
		if (cause !== undefined) {
			return cause.cure;
		}
	}

	return undefined;
};
