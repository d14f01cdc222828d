/* What doors tell of themselves and of their callers. */
#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "credentials.h"
#include "stat.h"

static int failed(int error)
{
	errno = error;
	return -1;
}

/* As door_identify(), also of a file that a door is attached to. */
static int identify(int fd, struct door_identity *identity)
{
	if (door_identify(fd, identity) < 0 &&
	    (attach_resolve(fd) < 0 || door_identify(fd, identity) < 0))
		return failed(EBADF);
	return 0;
}

/* Of another process's door, or of one of ours that is revoked. */
static void info_there(int fd, const struct door_identity *identity, door_info_t *info)
{
	const struct door_page *page;
	*info = (door_info_t){.di_target = -1,
			      .di_attributes = identity->attributes,
			      .di_uniquifier = identity->id};
	if (identity->server == getpid()) {
		info->di_target = identity->server;
		info->di_attributes |= DOOR_LOCAL | DOOR_REVOKED;
	} else if ((page = client_page(fd)) != NULL) {
		info->di_target = page->server;
		info->di_proc = page->procedure;
		info->di_data = page->cookie;
		/* less than at the creation: UNREF is used up */
		info->di_attributes = atomic_load(&page->attributes);
		if (atomic_load(&page->revoked))
			info->di_attributes |= DOOR_REVOKED;
	} else {
		info->di_attributes |= DOOR_REVOKED;
	}
}

static int info_of(int fd, door_info_t *info)
{
	struct door_identity identity;
	struct door *door;
	if (fd == DOOR_QUERY) {
		door = pool_bound_door();
		return door != NULL ? door_info_here(door, info) : failed(EBADF);
	}
	if (identify(fd, &identity) < 0) {
		/* Its server ended before the descriptor's first use. */
		if (!descriptor_is_attached(fd))
			return failed(EBADF);
		*info = (door_info_t){.di_target = -1, .di_attributes = DOOR_REVOKED};
		return 0;
	}
	door = door_here(fd);
	if (door == NULL) {
		info_there(fd, &identity, info);
		return 0;
	}
	door_info_here(door, info);
	door_release_locked(door);
	return 0;
}

int door_info(int fd, door_info_t *info)
{
	door_info_t answer;
	if (info_of(fd, &answer) < 0)
		return -1;
	if (!writable(info, sizeof *info))
		return failed(EFAULT);
	*info = answer;
	return 0;
}

/* --- the caller ------------------------------------------------------------------ */

int door_cred(door_cred_t *cred)
{
	struct ucred_s caller;
	int error = credentials_of_caller(&caller);
	if (error == 0 && !writable(cred, sizeof *cred))
		error = EFAULT;
	if (error != 0)
		return failed(error);
	*cred = (door_cred_t){.dc_euid = caller.euid,
			      .dc_egid = caller.egid,
			      .dc_ruid = caller.ruid,
			      .dc_rgid = caller.rgid,
			      .dc_pid = caller.pid};
	return 0;
}

/* --- parameters --------------------------------------------------------------------- */

int door_getparam(int fd, int param, size_t *value)
{
	const struct door_page *page = client_page(fd);
	/* acquire: as in door_call(). */
	if (page == NULL || atomic_load_explicit(&page->revoked, memory_order_acquire))
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
	if (identify(fd, &identity) < 0)
		return -1;
	struct door *door = door_here(fd);
	if (door == NULL)
		return failed(identity.server == getpid() ? EBADF : EPERM);
	int error = set(door, param, value);
	door_release_locked(door);
	return error == 0 ? 0 : failed(error);
}
