/*
 * Calls that make a descriptor number mean something else. The library keeps,
 * per thread, which session a number leads to, so that a call needs no system
 * call to find out; here it learns when that is no longer so, and when a copy of
 * a door of this process goes.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "impl.h"

EXPORTED int close(int fd)
{
	client_forget_descriptor(fd);
	return (int)unref_closing(fd, SYS_close, fd, 0, 0);
}

EXPORTED int dup3(int from, int to, int flags)
{
	client_forget_descriptor(to);
	return (int)unref_closing(to, SYS_dup3, from, to, flags);
}

EXPORTED int dup2(int from, int to)
{
	/* Of no effect where both are the same, but for the check. */
	if (from == to)
		return fcntl(from, F_GETFD) < 0 ? -1 : to;
	return dup3(from, to, 0);
}

EXPORTED int close_range(unsigned first, unsigned last, int flags)
{
	for (unsigned fd = first; fd <= last && fd < CLIENT_NUMBERS; fd++) {
		client_forget_descriptor((int)fd);
		/* One by one, as long as somebody wants to know. */
		if (flags == 0 && atomic_load_explicit(&unref_doors, memory_order_relaxed) != 0)
			unref_closing((int)fd, SYS_close, (int)fd, 0, 0);
	}
	return (int)syscall(SYS_close_range, first, last, flags);
}

EXPORTED void closefrom(int first)
{
	close_range(first < 0 ? 0 : (unsigned)first, ~0u, 0);
}
