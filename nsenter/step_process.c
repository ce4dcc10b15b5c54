/* SPDX-License-Identifier: Apache-2.0 */
/* What the user's program is allowed to do: ids, capabilities, keyring. */
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <linux/prctl.h>
#include <linux/securebits.h>

#include "init.h"

/* Nobody may look into this process, or take a descriptor from it, before it is the container's. */
int step_undumpable(struct init *init, const struct ctn_step_undumpable *step)
{
	(void)init;
	(void)step;
	return sys(__NR_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
}

int step_map_root(struct init *init, const struct ctn_step_map_root *step)
{
	int err = sys(__NR_setresuid, 0, 0, 0);

	(void)init;
	if (err >= 0)
		err = sys(__NR_setresgid, 0, 0, 0);
	if (err >= 0 && step->drop_groups)
		err = sys(__NR_setgroups, 0, 0);
	return err;
}

int step_keyring(struct init *init, const struct ctn_step_keyring *step)
{
	long keyring;
	uint32_t permissions;

	init->detail = ctn_list_string(&init->plan, step->name);
	keyring = sys(__NR_keyctl, KEYCTL_JOIN_SESSION_KEYRING, init->detail);
	if (keyring < 0)
		return keyring;
	permissions = 0x3f010000 | step->permissions; /* what a new keyring has, and more */
	return sys(__NR_keyctl, KEYCTL_SETPERM, keyring, permissions);
}

int step_no_new_privs(struct init *init, const struct ctn_step_no_new_privs *step)
{
	(void)init;
	(void)step;
	return sys(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

int step_personality(struct init *init, const struct ctn_step_personality *step)
{
	long old = sys(__NR_personality, step->persona);

	(void)init;
	return old < 0 ? old : 0;
}

int step_rlimit(struct init *init, const struct ctn_step_rlimit *step)
{
	struct {
		uint64_t soft, hard;
	} limit = {step->soft, step->hard};

	init->detail = "rlimit";
	return sys(__NR_prlimit64, 0, step->resource, &limit, 0);
}

int step_umask(struct init *init, const struct ctn_step_umask *step)
{
	(void)init;
	sys(__NR_umask, step->mask);
	return 0;
}

static int drop_bounding(uint64_t keep)
{
	for (int cap = 0; cap < 64; cap++) {
		int err;

		if (keep & (1ull << cap))
			continue;
		err = sys(__NR_prctl, PR_CAPBSET_DROP, cap, 0, 0, 0);
		if (err == -EINVAL)
			break; /* past the last capability of this kernel */
		if (err < 0)
			return err;
	}
	return 0;
}

static int set_capabilities(const struct ctn_step_credentials *step)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {
		{step->effective, step->permitted, step->inheritable},
		{step->effective >> 32, step->permitted >> 32, step->inheritable >> 32},
	};
	int err = sys(__NR_capset, &head, data);

	if (err < 0)
		return err;
	sys(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	for (int cap = 0; cap < 64; cap++) {
		if (!(step->ambient & (1ull << cap)))
			continue;
		err = sys(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0);
		if (err < 0)
			return err;
	}
	return 0;
}

/* The bounding set goes while we may still change it, the others when the ids are the user's. */
int step_credentials(struct init *init, const struct ctn_step_credentials *step)
{
	uint32_t length;
	const void *groups = ctn_list_blob(&init->plan, step->groups, &length);
	int err = 0;

	init->detail = "bounding capabilities";
	if (!step->keep_capabilities) {
		err = drop_bounding(step->bounding);
		if (err < 0)
			return err;
		err = sys(__NR_prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0);
		if (err < 0)
			return err;
	}
	init->detail = "groups";
	if (step->set_groups)
		err = sys(__NR_setgroups, length / sizeof(uint32_t), groups);
	if (err < 0)
		return err;
	init->detail = "gid";
	err = sys(__NR_setresgid, step->gid, step->gid, step->gid);
	if (err < 0)
		return err;
	init->detail = "uid";
	err = sys(__NR_setresuid, step->uid, step->uid, step->uid);
	if (err < 0 || step->keep_capabilities)
		return err;
	init->detail = "capabilities";
	return set_capabilities(step);
}
