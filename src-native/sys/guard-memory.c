/* SPDX-License-Identifier: Apache-2.0 */
/* What CRIU puts into a process while it dumps it: code over its own, memory that both share, descriptors. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../auto.h"
#include "guard.h"

#if defined(__x86_64__)
static const unsigned char call_bytes[] = {0x0f, 0x05}; /* syscall */
#else
static const unsigned char call_bytes[] = {0x01, 0x00, 0x00, 0xd4}; /* svc #0 */
#endif

enum { VDSO_MOST = 65536 };

struct mapping {
	uint64_t start, end;
	char flags[5];
	char name[64];
};

int ctn_guard_memory(pid_t pid, int is_write, uint64_t at, void *bytes, size_t size)
{
	char path[64];
	auto_fd fd = -1;
	ssize_t n;

	snprintf(path, sizeof path, "/proc/%d/mem", pid);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = is_write ? pwrite(fd, bytes, size, (off_t)at) : pread(fd, bytes, size, (off_t)at);
	if (n < 0)
		return -errno;
	return (size_t)n == size ? 0 : -EIO;
}

/* Calls back with each mapping, until that says other than 0. */
static int each_mapping(pid_t pid, int (*look)(const struct mapping *mapping, void *data), void *data)
{
	char line[512];
	FILE *maps;
	int result = 0;

	snprintf(line, sizeof line, "/proc/%d/maps", pid);
	maps = fopen(line, "re");
	if (!maps)
		return -errno;
	while (!result && fgets(line, sizeof line, maps)) {
		struct mapping mapping = {0};

		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %*s %*s %*s %63s", &mapping.start, &mapping.end, mapping.flags, mapping.name) >= 3)
			result = look(&mapping, data);
	}
	fclose(maps);
	return result;
}

/* CRIU's code is in memory that it shares with it: at first all in one, then code and data apart. */
static int is_like_criu(const struct mapping *mapping)
{
	return mapping->flags[3] == 's' && (!strcmp(mapping->flags, "rwxs") || !strcmp(mapping->name, "/memfd:CRIUMFD"));
}

static int note(const struct mapping *mapping, void *data)
{
	struct ctn_guard_process *process = data;

	if (!process->text && mapping->flags[2] == 'x')
		process->text = mapping->start;
	if (is_like_criu(mapping) && process->area_count < CTN_GUARD_AREAS)
		process->areas[process->area_count++] = mapping->start;
	return 0;
}

/* Descriptors of a process, sorted as they come; their count. All of them, or -errno: those that are not there are closed one day. */
static int list_fds(pid_t pid, int **fds)
{
	char path[64];
	struct dirent *entry;
	int count = 0;
	DIR *list;

	snprintf(path, sizeof path, "/proc/%d/fd", pid);
	list = opendir(path);
	if (!list)
		return -errno;
	while (count >= 0 && (entry = readdir(list))) {
		int *more;

		if (*entry->d_name == '.')
			continue;
		more = realloc(*fds, (count + 1) * sizeof **fds);
		if (more) {
			*fds = more;
			more[count++] = atoi(entry->d_name);
		} else {
			count = -ENOMEM;
		}
	}
	closedir(list);
	return count;
}

int ctn_guard_save_process(struct ctn_guard_process *process)
{
	int result = each_mapping(process->pid, note, process);

	if (result >= 0 && process->text)
		result = ctn_guard_memory(process->pid, 0, process->text, process->bytes, sizeof process->bytes);
	if (result >= 0)
		result = list_fds(process->pid, &process->fds);
	if (result >= 0)
		process->fd_count = (size_t)result;
	return result;
}

static int restore_text(const struct ctn_guard_process *process)
{
	unsigned char now[CTN_GUARD_TEXT];
	int err;

	if (!process->text)
		return 0;
	err = ctn_guard_memory(process->pid, 0, process->text, now, sizeof now);
	if (err < 0 || !memcmp(now, process->bytes, sizeof now))
		return err;
	return ctn_guard_memory(process->pid, 1, process->text, (void *)process->bytes, sizeof process->bytes);
}

/* A place in the process at which the kernel is called: the vdso has one for what it cannot answer by itself. */
static int find_call(const struct mapping *mapping, void *data)
{
	auto_free unsigned char *bytes = NULL;
	const unsigned char *found;
	struct { pid_t pid; uint64_t at; } *wanted = data;
	uint64_t size = mapping->end - mapping->start;

	if (strcmp(mapping->name, "[vdso]") || size > VDSO_MOST)
		return 0;
	bytes = malloc(size);
	if (!bytes)
		return -ENOMEM;
	if (ctn_guard_memory(wanted->pid, 0, mapping->start, bytes, size) < 0)
		return -EIO;
	found = memmem(bytes, size, call_bytes, sizeof call_bytes);
	if (!found)
		return 0;
	wanted->at = mapping->start + (uint64_t)(found - bytes);
	return 1;
}

struct foreign {
	const struct ctn_guard_process *process;
	struct mapping areas[CTN_GUARD_AREAS];
	size_t count;
};

static int note_foreign(const struct mapping *mapping, void *data)
{
	struct foreign *foreign = data;
	const struct ctn_guard_process *process = foreign->process;
	size_t i = 0;

	while (i < process->area_count && process->areas[i] != mapping->start)
		i++;
	if (is_like_criu(mapping) && i == process->area_count && foreign->count < CTN_GUARD_AREAS)
		foreign->areas[foreign->count++] = *mapping;
	return 0;
}

int ctn_guard_is_touched(const struct ctn_guard_process *process)
{
	unsigned char now[CTN_GUARD_TEXT];
	struct foreign foreign = {.process = process};

	if (process->text && ctn_guard_memory(process->pid, 0, process->text, now, sizeof now) >= 0 && memcmp(now, process->bytes, sizeof now))
		return 1;
	return each_mapping(process->pid, note_foreign, &foreign) >= 0 && foreign.count > 0;
}

static int was_open(const struct ctn_guard_process *process, int fd)
{
	for (size_t i = 0; i < process->fd_count; i++)
		if (process->fds[i] == fd)
			return 1;
	return 0;
}

int ctn_guard_clean(const struct ctn_guard_process *process, const struct ctn_guard_thread *held)
{
	struct { pid_t pid; uint64_t at; } call = {process->pid, 0};
	struct foreign foreign = {.process = process};
	auto_free int *fds = NULL;
	int err = restore_text(process), count;

	if (err < 0)
		return err;
	count = list_fds(process->pid, &fds);
	if (count < 0)
		return count;
	err = each_mapping(process->pid, note_foreign, &foreign);
	if (err >= 0)
		err = each_mapping(process->pid, find_call, &call);
	if (err <= 0) /* Without a vdso they stay */
		return err;
	err = 0;
	for (int i = 0; i < count && err >= 0; i++)
		if (!was_open(process, fds[i]))
			err = ctn_guard_call(held, call.at, SYS_close, (uint64_t)fds[i], 0);
	for (size_t i = 0; i < foreign.count && err >= 0; i++)
		err = ctn_guard_call(held, call.at, SYS_munmap, foreign.areas[i].start, foreign.areas[i].end - foreign.areas[i].start);
	return err;
}
