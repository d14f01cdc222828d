/* What doors tell of themselves and of their callers. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "impl.h"

static int failed(int error)
{
	errno = error;
	return -1;
}

int door_info(int fd, door_info_t *info)
{
	struct door_identity identity;
	door_info_t answer = {0};
	if (fd == DOOR_QUERY) {
		struct door *bound = pool_bound_door();
		if (bound == NULL)
			return failed(EBADF);
		door_info_here(bound, &answer);
	} else {
		if (door_identify(fd, &identity) < 0 &&
		    (attach_resolve(fd) < 0 || door_identify(fd, &identity) < 0))
			return failed(EBADF);
		struct door *door = door_here(fd);
		const struct door_page *page;
		answer.di_target = -1;
		answer.di_attributes = identity.attributes;
		answer.di_uniquifier = identity.id;
		if (door != NULL) {
			door_info_here(door, &answer);
			door_release_locked(door);
		} else if ((page = client_page(fd)) != NULL) {
			answer.di_target = page->server;
			answer.di_proc = page->procedure;
			answer.di_data = page->cookie;
			if (atomic_load(&page->revoked))
				answer.di_attributes |= DOOR_REVOKED;
		} else {
			answer.di_attributes |= DOOR_REVOKED;
		}
	}
	if (!writable(info, sizeof *info))
		return failed(EFAULT);
	*info = answer;
	return 0;
}

/* --- the caller ------------------------------------------------------------------ */

/* Effective ids are the process's own affair at the moment of the call: they
 * are read while the caller waits. */
static int effective_ids(const struct ucred *caller, door_cred_t *cred)
{
	char path[64], line[256];
	unsigned real, effective;
	snprintf(path, sizeof path, "/proc/%d/status", (int)caller->pid);
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return -1;
	while (fgets(line, sizeof line, file) != NULL) {
		if (sscanf(line, "Uid: %u %u", &real, &effective) == 2) {
			cred->dc_ruid = real;
			cred->dc_euid = effective;
		} else if (sscanf(line, "Gid: %u %u", &real, &effective) == 2) {
			cred->dc_rgid = real;
			cred->dc_egid = effective;
		}
	}
	fclose(file);
	return 0;
}

int door_cred(door_cred_t *cred)
{
	const struct ucred *caller = pool_caller();
	if (caller == NULL)
		return failed(EINVAL);
	if (!writable(cred, sizeof *cred))
		return failed(EFAULT);
	door_cred_t answer = {.dc_euid = caller->uid,
			      .dc_egid = caller->gid,
			      .dc_ruid = caller->uid,
			      .dc_rgid = caller->gid,
			      .dc_pid = caller->pid};
	effective_ids(caller, &answer);
	*cred = answer;
	return 0;
}

/* --- parameters --------------------------------------------------------------------- */

int door_getparam(int fd, int param, size_t *value)
{
	const struct door_page *page = client_page(fd);
	if (page == NULL)
		return failed(EBADF);
	if (param < DOOR_PARAM_DESC_MAX || param > DOOR_PARAM_DATA_MIN)
		return failed(EINVAL);
	if (!writable(value, sizeof *value))
		return failed(EFAULT);
	*value = param == DOOR_PARAM_DESC_MAX   ? atomic_load(&page->desc_max)
		 : param == DOOR_PARAM_DATA_MAX ? atomic_load(&page->data_max)
						: atomic_load(&page->data_min);
	return 0;
}

static int set(struct door *door, int param, size_t value)
{
	struct door_page *page = door->page;
	switch (param) {
	case DOOR_PARAM_DESC_MAX:
		if (value > INT_MAX)
			return ERANGE;
		if ((door->attributes & DOOR_REFUSE_DESC) && value != 0)
			return ENOTSUP;
		atomic_store(&page->desc_max, value);
		return 0;
	case DOOR_PARAM_DATA_MAX:
		if (value < atomic_load(&page->data_min))
			return EINVAL;
		atomic_store(&page->data_max, value);
		return 0;
	case DOOR_PARAM_DATA_MIN:
		if (value > atomic_load(&page->data_max))
			return EINVAL;
		atomic_store(&page->data_min, value);
		return 0;
	default:
		return EINVAL;
	}
}

int door_setparam(int fd, int param, size_t value)
{
	struct door_identity identity;
	if (door_identify(fd, &identity) < 0)
		return failed(EBADF);
	struct door *door = door_here(fd);
	if (door == NULL)
		return failed(identity.server == getpid() ? EBADF : EPERM);
	int error = set(door, param, value);
	door_release_locked(door);
	return error == 0 ? 0 : failed(error);
}
