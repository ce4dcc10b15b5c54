// How each kind of image begins, and whether it is made of messages alone.

/**
 * Magic numbers (CRIU's image format). Most images start with a common magic and then their own;
 * `inventory` has its own only, and the service images have another common one.
 */
export const magics = {
	apparmor: 0x5942_3047,
	autofs: 0x4935_3943,
	'binfmt-misc': 0x6734_3323,
	'bpfmap-data': 0x6432_4033,
	'bpfmap-file': 0x5750_6142,
	cgroup: 0x5938_3330,
	core: 0x5505_3847,
	cpuinfo: 0x6140_4013,
	creds: 0x5402_3547,
	eventfd: 0x4452_3722,
	eventpoll: 0x4502_3858,
	'eventpoll-tfd': 0x4443_3746,
	'ext-files': 0x5925_5641,
	'fanotify-file': 0x5509_6122,
	'fanotify-mark': 0x5650_6035,
	fdinfo: 0x5621_3732,
	fifo: 0x5836_4939,
	'fifo-data': 0x5933_3054,
	'file-locks': 0x5432_3616,
	files: 0x5630_3138,
	fs: 0x5140_3912,
	'ghost-file': 0x5258_3605,
	ids: 0x5443_2030,
	inetsk: 0x5644_3851,
	'inotify-file': 0x4842_4431,
	'inotify-wd': 0x5456_2009,
	inventory: 0x5831_3116,
	'ipcns-msg': 0x5545_3737,
	'ipcns-sem': 0x5957_3019,
	'ipcns-shm': 0x4628_3044,
	'ipcns-var': 0x5311_5007,
	'irmap-cache': 0x5700_4059,
	itimers: 0x5746_4056,
	'memfd-inode': 0x4845_3499,
	mm: 0x5749_2820,
	mnts: 0x5556_3928,
	netdev: 0x5737_3951,
	'netlink-sk': 0x5800_5614,
	netns: 0x5593_3752,
	'ns-files': 0x6139_4011,
	packetsk: 0x6045_4618,
	pagemap: 0x5608_4025,
	pidfd: 0x5443_5556,
	pidns: 0x6115_7326,
	pipes: 0x5651_3555,
	'pipes-data': 0x5645_3709,
	'posix-timers': 0x5260_3957,
	pstree: 0x5027_3030,
	'reg-files': 0x5036_3636,
	'remap-fpath': 0x5913_3954,
	rlimit: 0x5711_3925,
	seccomp: 0x6441_3049,
	sigacts: 0x5534_4201,
	signal: 0x5925_5647,
	signalfd: 0x5732_3820,
	'sk-queues': 0x5626_4026,
	stats: 0x5709_3306,
	'tcp-stream': 0x5146_5506,
	timens: 0x4311_4433,
	timerfd: 0x5049_3712,
	'tty-data': 0x5941_3026,
	'tty-files': 0x5943_3025,
	'tty-info': 0x5945_3036,
	tunfile: 0x5714_3751,
	unixsk: 0x5437_3943,
	userns: 0x5547_4906,
	utsns: 0x5447_3203,
	vmas: 0x5412_3737,
} as const;

export type ImageType = keyof typeof magics;

/** Starts every image but inventory and the service ones. */
export const commonMagic = 0x5456_4319;
/** Starts the images that are not needed for a restore. */
export const serviceMagic = 0x5510_5940;

export const serviceTypes: readonly ImageType[] = ['stats', 'irmap-cache'];

/** Kinds in which plain bytes follow a message: only their first message can be told apart. */
export const payloadTypes: readonly ImageType[] = [
	'bpfmap-data', 'fifo-data', 'ghost-file', 'ipcns-msg', 'ipcns-sem', 'ipcns-shm', 'pipes-data', 'sk-queues', 'tcp-stream',
];
