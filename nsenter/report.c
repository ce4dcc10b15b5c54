/* SPDX-License-Identifier: Apache-2.0 */
/* What init tells the host, over one SEQPACKET socket; and how it waits for the answer. */
#include <linux/socket.h>

#include "init.h"

/* uapi has no msghdr: it is the C library's there, in this shape (recvmsg(2)). */
struct message {
	void *name;
	int name_length;
	struct {
		const void *base;
		uint64_t length;
	} *parts;
	uint64_t part_count;
	void *control;
	uint64_t control_length;
	int flags;
};

struct control {
	uint64_t length;
	int level, type;
	int fd;
	int pad;
};

enum { SOL_SOCKET_ = 1, SCM_RIGHTS_ = 1, MSG_NOSIGNAL_ = 0x4000 };

_Noreturn void init_exit(int code)
{
	for (;;)
		sys(__NR_exit_group, code);
}

/* fd: a descriptor to send along, or -1. */
int report_send(struct init *init, uint32_t kind, uint32_t value, int err, int fd)
{
	struct ctn_report report = {
		.magic = CTN_REPORT_MAGIC,
		.kind = kind,
		.op_index = init->index,
		.op_code = init->code,
		.err = err,
		.value = value,
	};
	struct control control = {.length = 20, .level = SOL_SOCKET_, .type = SCM_RIGHTS_, .fd = fd};
	struct message message = {0};
	__typeof__(*message.parts) part = {&report, sizeof report};

	for (uint32_t i = 0; init->detail && init->detail[i] && i < sizeof report.detail - 1; i++)
		report.detail[i] = init->detail[i];
	message.parts = &part;
	message.part_count = 1;
	if (fd >= 0) {
		message.control = &control;
		message.control_length = sizeof control;
	}
	return sys(__NR_sendmsg, init->sync, &message, MSG_NOSIGNAL_);
}

/* Waits for the host's one byte. When the host is gone, this container is nobody's: ends it. */
int report_wait(struct init *init)
{
	char go;
	long n;

	do
		n = sys(__NR_read, init->sync, &go, 1);
	while (n == -EINTR);
	if (n != 1)
		init_exit(1);
	return 0;
}

int step_sync(struct init *init, const struct ctn_step_sync *step)
{
	int err = report_send(init, CTN_REPORT_SYNC, step->point, 0, -1);

	if (err < 0)
		return err;
	return report_wait(init);
}
