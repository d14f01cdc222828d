/*
 * Calls that make a descriptor number mean something else. The library keeps,
 * per thread, which session a number leads to, so that a call needs no system
 * call to find out; here it learns when that is no longer so.
 */
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "impl.h"

#define EXPORTED __attribute__((visibility("default")))

EXPORTED int close(int fd)
{
	client_forget_descriptor(fd);
	return (int)syscall(SYS_close, fd);
}

EXPORTED int dup2(int from, int to)
{
	if (from != to)
		client_forget_descriptor(to);
#ifdef SYS_dup2
	return (int)syscall(SYS_dup2, from, to);
#else
	return from == to ? to : (int)syscall(SYS_dup3, from, to, 0);
#endif
}

EXPORTED int dup3(int from, int to, int flags)
{
	client_forget_descriptor(to);
	return (int)syscall(SYS_dup3, from, to, flags);
}

EXPORTED int close_range(unsigned first, unsigned last, int flags)
{
	for (unsigned fd = first; fd <= last && fd < CLIENT_NUMBERS; fd++)
		client_forget_descriptor((int)fd);
	return (int)syscall(SYS_close_range, first, last, flags);
}

EXPORTED void closefrom(int first)
{
	close_range(first < 0 ? 0 : (unsigned)first, ~0u, 0);
}
