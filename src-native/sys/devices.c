/* SPDX-License-Identifier: Apache-2.0 */
/* Device control of a cgroup2: a program of BPF_PROG_TYPE_CGROUP_DEVICE, attached to its directory. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../auto.h"
#include "../ctn_list.h"
#include "sys.h"

int ctn_host_devices(const struct ctn_list *list, const struct ctn_host_devices *op, struct ctn_result *result)
{
	uint32_t length;
	const void *program = ctn_list_blob(list, op->program, &length);
	auto_fd directory = open(ctn_list_string(list, op->path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_fd loaded = -1;
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
		.insns = (uintptr_t)program,
		.insn_cnt = length / sizeof(struct bpf_insn),
		.license = (uintptr_t)"Apache-2.0",
	};

	(void)result;
	if (directory < 0)
		return -errno;
	loaded = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof attr);
	if (loaded < 0)
		return -errno;
	attr = (union bpf_attr){
		.target_fd = directory,
		.attach_bpf_fd = loaded,
		.attach_type = BPF_CGROUP_DEVICE,
		.attach_flags = BPF_F_ALLOW_MULTI,
	};
	return syscall(SYS_bpf, BPF_PROG_ATTACH, &attr, sizeof attr) < 0 ? -errno : 0;
}
