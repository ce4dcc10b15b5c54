// Numbers of the kernel's interface, by its own names. Those that travel in 64-bit fields are bigints.
//
// Only values that are the same on x86-64 and arm64 are here: O_DIRECTORY and O_NOFOLLOW, for two,
// are not, and belong to C.

/** clone(2), unshare(2), setns(2). */
export const CLONE_NEWTIME = 0x80n;
export const CLONE_NEWNS = 0x2_0000n;
export const CLONE_NEWCGROUP = 0x200_0000n;
export const CLONE_NEWUTS = 0x400_0000n;
export const CLONE_NEWIPC = 0x800_0000n;
export const CLONE_NEWUSER = 0x1000_0000n;
export const CLONE_NEWPID = 0x2000_0000n;
export const CLONE_NEWNET = 0x4000_0000n;

/** mount(2). */
export const MS_RDONLY = 0x1n;
export const MS_NOSUID = 0x2n;
export const MS_NODEV = 0x4n;
export const MS_NOEXEC = 0x8n;
export const MS_SYNCHRONOUS = 0x10n;
export const MS_REMOUNT = 0x20n;
export const MS_MANDLOCK = 0x40n;
export const MS_DIRSYNC = 0x80n;
export const MS_NOSYMFOLLOW = 0x100n;
export const MS_NOATIME = 0x400n;
export const MS_NODIRATIME = 0x800n;
export const MS_BIND = 0x1000n;
export const MS_MOVE = 0x2000n;
export const MS_REC = 0x4000n;
export const MS_UNBINDABLE = 0x2_0000n;
export const MS_PRIVATE = 0x4_0000n;
export const MS_SLAVE = 0x8_0000n;
export const MS_SHARED = 0x10_0000n;
export const MS_I_VERSION = 0x80_0000n;
export const MS_STRICTATIME = 0x100_0000n;
export const MS_LAZYTIME = 0x200_0000n;

/** fsmount(2), mount_setattr(2). */
export const MOUNT_ATTR_RDONLY = 0x1n;
export const MOUNT_ATTR_NOSUID = 0x2n;
export const MOUNT_ATTR_NODEV = 0x4n;
export const MOUNT_ATTR_NOEXEC = 0x8n;
/** The access-time setting is one value in these three bits; a change has to clear all of them. */
export const MOUNT_ATTR__ATIME = 0x70n;
export const MOUNT_ATTR_RELATIME = 0n;
export const MOUNT_ATTR_NOATIME = 0x10n;
export const MOUNT_ATTR_STRICTATIME = 0x20n;
export const MOUNT_ATTR_NODIRATIME = 0x80n;
export const MOUNT_ATTR_IDMAP = 0x10_0000n;
/** Linux 5.14. */
export const MOUNT_ATTR_NOSYMFOLLOW = 0x20_0000n;

/** umount2(2). */
export const MNT_FORCE = 1;
export const MNT_DETACH = 2;
export const UMOUNT_NOFOLLOW = 8;

/** open(2). */
export const O_RDONLY = 0;
export const O_WRONLY = 0o1;
export const O_RDWR = 0o2;
export const O_CREAT = 0o100;
export const O_EXCL = 0o200;
export const O_NOCTTY = 0o400;
export const O_TRUNC = 0o1000;
export const O_APPEND = 0o2000;
export const O_NONBLOCK = 0o4000;
export const O_CLOEXEC = 0o2000000;
export const O_PATH = 0o10000000;

/** inode(7): the type of a file, and how it is told from its mode. */
export const S_IFMT = 0o170000;
export const S_IFIFO = 0o10000;
export const S_IFCHR = 0o20000;
export const S_IFDIR = 0o40000;
export const S_IFBLK = 0o60000;
export const S_IFREG = 0o100000;
export const S_IFLNK = 0o120000;
export const S_IFSOCK = 0o140000;

/** personality(2). */
export const PER_LINUX = 0n;
export const PER_LINUX32 = 8n;

/** seccomp(2): flags of SECCOMP_SET_MODE_FILTER. */
export const SECCOMP_FILTER_FLAG_TSYNC = 1;
export const SECCOMP_FILTER_FLAG_LOG = 2;
export const SECCOMP_FILTER_FLAG_SPEC_ALLOW = 4;
export const SECCOMP_FILTER_FLAG_NEW_LISTENER = 8;
export const SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV = 0x20;

/** seccomp(2): what a filter returns; the low 16 bits are data. */
export const SECCOMP_RET_KILL_PROCESS = 0x8000_0000;
export const SECCOMP_RET_KILL_THREAD = 0;
export const SECCOMP_RET_TRAP = 0x3_0000;
export const SECCOMP_RET_ERRNO = 0x5_0000;
export const SECCOMP_RET_USER_NOTIF = 0x7fc0_0000;
export const SECCOMP_RET_TRACE = 0x7ff0_0000;
export const SECCOMP_RET_LOG = 0x7ffc_0000;
export const SECCOMP_RET_ALLOW = 0x7fff_0000;

/** statfs(2): f_type of the filesystems that matter here. */
export const CGROUP_SUPER_MAGIC = 0x27e0eb;
export const CGROUP2_SUPER_MAGIC = 0x6367_7270;
export const PROC_SUPER_MAGIC = 0x9fa0;
export const SYSFS_MAGIC = 0x6265_6572;
export const TMPFS_MAGIC = 0x0102_1994;

/** flock(2). */
export const LOCK_SH = 1;
export const LOCK_EX = 2;
export const LOCK_NB = 4;
