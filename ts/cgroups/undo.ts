// What to write to a cgroup file so that it is again as it was.

/** Files with a line for each device or interface: a write changes one, and this takes one away that was not there. */
const absent: ReadonlyArray<readonly [file: RegExp, rest: string]> = [
	[/^blkio\..*_device$/, '0'],
	[/^io\.max$/, 'rbps=max wbps=max riops=max wiops=max'],
	[/^io\.(bfq\.)?weight$/, 'default'],
	[/^rdma\.max$/, 'hca_handle=max hca_object=max'],
	[/^net_prio\.ifpriomap$/, '0'],
	[/^misc\.max$/, 'max'],
];

/**
 * The value that undoes a write.
 *
 * @param file Name of the file.
 * @param value What is to be written.
 * @param before The text of the file now.
 */
export const undoValue = (file: string, value: string, before: string): string => {
	const lines = before.trim().split('\n');
	if (file === 'memory.oom_control') {
		return /^oom_kill_disable (\d)/m.exec(before)?.[1] ?? '0';
	}

	const rest = absent.find(([pattern]) => pattern.test(file))?.[1];
	if (rest === undefined) {
		return before.trim() || '\n'; // An empty write would not be one
	}

	const [key, second] = value.trim().split(' ');
	if (second === undefined) { // io.weight without a device
		return (lines[0] ?? '').replace(/^default /, '');
	}

	return lines.find(line => line.startsWith(`${key!} `)) ?? `${key!} ${rest}`;
};
