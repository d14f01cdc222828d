/* What a server thread is bound to, and whom it serves. */
#include <errno.h>
#include <poll.h>

#include "impl.h"

static int refuse(int fd)
{
	struct door_identity identity;
	errno = door_identify_used(fd, &identity) == 0 ? EINVAL : EBADF;
	return -1;
}

static void bind_to(struct door *door)
{
	if (me.bound != NULL)
		door_release_locked(me.bound);
	me.bound = door;
	if (me.pool != NULL)
		me.pool = door != NULL ? door->pool : pool_of_process();
}

int door_bind(int fd)
{
	struct door *door = door_here(fd);
	if (door == NULL)
		return refuse(fd);
	if ((door->attributes & DOOR_PRIVATE) == 0) {
		door_release_locked(door);
		errno = EINVAL;
		return -1;
	}
	bind_to(door);
	return 0;
}

int door_unbind(void)
{
	if (me.bound == NULL) {
		errno = EBADF;
		return -1;
	}
	bind_to(NULL);
	return 0;
}

struct door *pool_bound_door(void)
{
	return me.bound;
}

const struct ucred *pool_caller(void)
{
	return me.serving != NULL ? &me.serving->caller : NULL;
}

bool pool_caller_lives(void)
{
	struct pollfd caller = {.fd = me.serving->pidfd, .events = POLLIN};
	return caller.fd < 0 || poll(&caller, 1, 0) == 0;
}
