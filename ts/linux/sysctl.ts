// Names of kernel parameters (sysctl(8), sysctl.d(5)).

/**
 * The path of a parameter below /proc/sys, or undefined if the name leads anywhere else.
 *
 * Whichever of `.` and `/` comes first in the name is its separator, and the other one stands for
 * itself: `net.ipv4.conf.eno2/100.rp_filter` and `net/ipv4/conf/eno2.100/rp_filter` are the same.
 */
export const sysctlPath = (name: string): string | undefined => {
	const path = /[./]/.exec(name)?.[0] === '/' ? name : name.replace(/[./]/g, char => char === '.' ? '/' : '.');
	return path.split('/').some(part => part === '' || part === '.' || part === '..') ? undefined : path;
};
