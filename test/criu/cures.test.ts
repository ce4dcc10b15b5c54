// Excerpts of logs of CRIU 4.2.1 (kernel 6.18) that failed for the reason given, and what is made of them.
import test from 'ava';
import {causes, cureFor} from '../../ts/criu/cures.js';
import {headline, tellingLines} from '../../ts/criu/log.js';

/** What every log ends with. */
const end = '(00.081123) Unfreezing tasks into 1\n(00.081130) Error (criu/cr-dump.c:1975): Dumping FAILED.\n';
const start = '(00.000012) Error (criu/util.c:1534): rlimit: Can\'t setup RLIMIT_NOFILE for self: Operation not permitted\n';

const cases: ReadonlyArray<readonly [what: string, log: string, headline: string, cure: RegExp | undefined]> = [
	['an established connection', '(00.070515) sockets: Searching for socket 0x4867a family 2\n(00.070515) Error (criu/sk-inet.c:200): inet: Connected TCP socket, consider using --tcp-established option.', 'inet: Connected TCP socket, consider using --tcp-established option.', /tcpEstablished/],
	['an established connection in the images', '(00.053678)  30757: Error (criu/sk-inet.c:912): inet: Connected TCP socket in image', 'inet: Connected TCP socket in image', /tcpEstablished/],
	['a unix socket outside', '(00.085531) Error (criu/sk-unix.c:874): unix: External socket is used. Consider using --ext-unix-sk option.', 'unix: External socket is used. Consider using --ext-unix-sk option.', /extUnixSk/],
	['a unix stream outside', "(00.060711) Error (criu/sk-unix.c:881): unix: Can't dump half of stream unix connection. name: (null); peer name: ", "unix: Can't dump half of stream unix connection. name: (null); peer name:", /only datagram/],
	['a lock', '(00.067612) Dumping file-locks\n(00.067613) Error (criu/file-lock.c:110): Some file locks are hold by dumping tasks! You can try --file-locks to dump them.', 'Some file locks are hold by dumping tasks! You can try --file-locks to dump them.', /fileLocks/],
	['a deleted name', "(00.079431) Error (criu/files-reg.c:1122): Can't create link remap for /data/k1. Use link-remap option.", "Can't create link remap for /data/k1. Use link-remap option.", /linkRemap/],
	['a large deleted file', "(00.076874) Error (criu/files-reg.c:1031): Can't dump ghost file /data/g of 3145728 size, increase limit", "Can't dump ghost file /data/g of 3145728 size, increase limit", /ghostLimit/],
	['a terminal', '(00.056967) Error (criu/pstree.c:304): The root process 30256 is not a session leader. Consider using --shell-job option', 'The root process 30256 is not a session leader. Consider using --shell-job option', /shellJob/],
	['a session from outside', '(00.047290) sid=0 pgid=0 pid=1\n(00.047290) Error (criu/cr-dump.c:1528): A session leader of 32359(1) is outside of its pid namespace', 'A session leader of 32359(1) is outside of its pid namespace', /setsid/],
	['another uid', "(00.072997) Error (criu/cr-dump.c:389): Can't get rlimit 0: Operation not permitted", "Can't get rlimit 0: Operation not permitted", /user namespace/],
	['io_uring', "pie: 30286: __fetched msg: 71 0 0\npie: 30286: Error (criu/pie/parasite.c:588): send_fds failed (-22)\npie: 30286: Daemon waits for command\n(00.065189) Error (criu/parasite-syscall.c:280): Can't retrieve FDs from socket", 'send_fds failed (-22)', /io_uring/],
	['stdio on a file', "(00.043752) 30536 fdinfo 0: pos:                0 flags:           100002/0\n(00.043760) Error (criu/files-reg.c:1790): Can't lookup mount=24 for fd=0 path=/dev/null", "Can't lookup mount=24 for fd=0 path=/dev/null", /pipes/],
	['stdio that was a pipe', '(00.061000)      1: Error (criu/pipes.c:174): Unable to reopen the pipe /proc/self/fd/0: No such device or address', 'Unable to reopen the pipe /proc/self/fd/0: No such device or address', /give the restore pipes/],
	['a file outside', "(00.045312) Error (criu/files-reg.c:1790): Can't lookup mount=45 for fd=9 path=/srv/hf", "Can't lookup mount=45 for fd=9 path=/srv/hf", /outside of the container/],
	['inotify on overlay', "(00.061000) Error (criu/fsnotify.c:284): fsnotify: Can't dump that handle", "fsnotify: Can't dump that handle", /forceIrmap/],
	['a bind mount', "(00.034843) Error (criu/mount.c:753): mnt: 68:./ext doesn't have a proper root mount", "mnt: 68:./ext doesn't have a proper root mount", /external/],
	['a bind mount that is not given', '(00.048694) Error (criu/mount.c:3141): mnt: No mapping for 68:(null) mountpoint', 'mnt: No mapping for 68:(null) mountpoint', /external/],
	['no memory tracking', '(00.030363) Error (criu/config.c:1131): Tracking memory is not available. Consider omitting --track-mem option.', 'Tracking memory is not available. Consider omitting --track-mem option.', /CONFIG_MEM_SOFT_DIRTY/],
	['a file that has grown', '(00.039850)  30684: Error (criu/files-reg.c:2175): File data/gr has bad size 212 (expect 89)', 'File data/gr has bad size 212 (expect 89)', /has changed/],
	['a file that is gone', "(00.054037)  30713: Error (criu/files-reg.c:2353): Can't open file data/go on restore: No such file or directory\n(00.054234) Error (criu/cr-restore.c:1269): 30713 killed by signal 9: Killed", "Can't open file data/go on restore: No such file or directory", /is gone/],
	['a pid that is taken', "(00.078486) Creating process using clone3()\n(00.078667) Error (criu/cr-restore.c:1237): Can't fork for 30360: File exists", "Can't fork for 30360: File exists", /pid is taken/],
	['no mount point', "(00.034252)      1: Error (criu/mount-v2.c:634): mnt-v2: Can't stat mountpoint /tmp/.criu.mntns.fU6s4e/mnt-0000000065/proc: No such file or directory", "mnt-v2: Can't stat mountpoint /tmp/.criu.mntns.fU6s4e/mnt-0000000065/proc: No such file or directory", /mount point/],
	['a read-only root without /tmp', "(00.037940)      1: Error (criu/mount.c:2955): mnt: Can't create a temporary directory: Read-only file system", "mnt: Can't create a temporary directory: Read-only file system", /directory tmp/],
	['no images', '(00.027405) No inventory.img image\n(00.027406) Error (criu/protobuf.c:72): Unexpected EOF on (empty-image)', 'Unexpected EOF on (empty-image)', /no checkpoint/],
	['no ip', 'Error (criu/util.c:642): execvp("ip", ...) failed: No such file or directory\n(00.031172) Error (criu/util.c:657): exited, status=1', 'execvp("ip", ...) failed: No such file or directory', /iproute2/],
	['no tar', "(00.029453) mnt: \t68: 29:/ @ ./tmp\nError (criu/util.c:642): execvp(\"tar\", ...) failed: No such file or directory\n(00.031172) Error (criu/util.c:657): exited, status=1\n(00.031184) Error (criu/filesystems.c:426): Can't dump tmpfs content", 'execvp("tar", ...) failed: No such file or directory', /tar/],
	['no iptables', 'Error (criu/util.c:642): execvp("iptables-restore", ...) failed: No such file or directory', 'execvp("iptables-restore", ...) failed: No such file or directory', /nftables/],
	['a full disk', 'Error (criu/page-xfer.c:263): page-xfer: Unable to spice data: No space left on device\nError (criu/bfd.c:131): bfd: Error flushing image: No space left on device', 'page-xfer: Unable to spice data: No space left on device', /no room/],
	['no page server', "(00.065346) Connecting to server 127.0.0.1:9\n(00.065450) Can't connect to server 127.0.0.1:9\n(00.065459) net: Unlock network\n(00.065466) Error (compel/src/lib/infect.c:417): Unable to detach from 30450: No such process", "Can't connect to server 127.0.0.1:9", /no page server/],
	['a debugger', '(00.045566) Warn  (compel/src/lib/infect.c:132): Unable to interrupt task: 30467 (Operation not permitted)\n(00.045579) Error (compel/src/lib/infect.c:417): Unable to detach from 30467: No such process', 'Unable to interrupt task: 30467 (Operation not permitted)', /debugger/],
	['a process that has ended', '(00.000001) Unable to get $HOME directory, local configuration file will not be used.\n(00.047535) Warn  (compel/src/lib/infect.c:132): Unable to interrupt task: 4194000 (No such process)', 'Unable to interrupt task: 4194000 (No such process)', /has ended/],
	['an old CRIU', '(00.014172) Error (criu/vdso.c:381): vdso: Unexpected rt vDSO area bounds\n(00.014174) Error (criu/vdso.c:613): vdso: Failed to fill self vdso symtable', 'vdso: Unexpected rt vDSO area bounds', /setup-criu/],
	['a kernel too new', "(00.055000) Error (criu/sockets.c:518): sockets: Can't get 1:16 opt: Operation not supported", "sockets: Can't get 1:16 opt: Operation not supported", /4\.2/],
	['something new', '(00.055000) Error (criu/new.c:1): the flux capacitor is empty', 'the flux capacitor is empty', undefined],
];

for (const [what, log, expected, cure] of cases) {
	test(`the log of ${what} tells the cause`, t => {
		const lines = tellingLines(start + log + '\n' + end);

		t.is(headline(lines), expected);
		if (cure === undefined) {
			t.is(cureFor(lines), undefined);
		} else {
			t.regex(cureFor(lines) ?? '', cure);
		}
	});
}

test('the line before the first error is told, and what comes with every failure is not', t => {
	t.deepEqual(tellingLines(`${start}(00.067612) Dumping file-locks\n(00.067613) Error (criu/file-lock.c:110): Some file locks\n${end}`), [
		'(00.067612) Dumping file-locks',
		'(00.067613) Error (criu/file-lock.c:110): Some file locks',
	]);
});

test('a log without errors tells nothing', t => {
	t.deepEqual(tellingLines(''), []);
	t.deepEqual(tellingLines(`${start}${end}(00.09) Dumping finished successfully\n`), []);
	t.is(headline([]), undefined);
});

test('of many errors the first are told', t => {
	const lines = tellingLines(Array.from({length: 50}, (_, index) => `(00.1) Error (criu/a.c:1): number ${index}`).join('\n'));

	t.is(lines.length, 8);
	t.is(headline(lines), 'number 0');
});

test('a cure is one sentence without an end', t => {
	t.deepEqual(causes.filter(({cure}) => !/^(?!.*[.\n]$)[a-z"]|^CRIU|^root|^stdio/.test(cure) || cure.endsWith('.')).map(({cure}) => cure), ['CPU'].slice(1));
	t.true(causes.length >= 20);
});
