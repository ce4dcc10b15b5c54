// What a log of CRIU says of a failure. Its last lines say nothing, and nor does cr_errmsg in a
// response: that is the first error, which without CAP_SYS_RESOURCE is always a harmless one.

/** Errors that come with every failure, or with none. */
const noise = /RLIMIT_NOFILE|Dump core|Dump files|Dumping FAILED|Restoring FAILED|cgroupd: recv req|Unable to open fd|Unable to detach from|Unable to get \$HOME|Unable to create tun/;

const isError = (line: string): boolean => line.includes('Error (') && !noise.test(line);

/** Where nothing is logged as an error, these are: a task that is not there, a server that does not answer. */
const isHint = (line: string): boolean => /Warn {2}\(|Can't |Unable to |Failed to /.test(line) && !noise.test(line);

const mostLines = 8;

/**
 * The lines of a log (level 4) that tell the cause: the first errors, with the line before the first.
 *
 * Without errors the last warnings. Empty if there is nothing of the kind.
 */
export const tellingLines = (log: string): string[] => {
	const lines = log.split('\n').filter(line => line.trim() !== '');
	const first = lines.findIndex(isError);
	if (first === -1) {
		return lines.filter(isHint).slice(-3);
	}

	return [...lines.slice(Math.max(0, first - 1), first), ...lines.slice(first).filter(isError).slice(0, mostLines)];
};

/** A line without its time, process and place: `inet: Connected TCP socket in image`. */
const bare = (line: string): string => line
	.replace(/^(?:pie: +\d+: +)?(?:\(\d+\.\d+\) +)?(?:\d+: +)?/, '')
	.replace(/^(?:Error|Warn +) ?\([^)]*\): */, '')
	.trim();

/** The cause in one line, of what tellingLines() gave. */
export const headline = (lines: readonly string[]): string | undefined => {
	const line = lines.find(isError) ?? lines.findLast(isHint);
	return line === undefined ? undefined : bare(line);
};
