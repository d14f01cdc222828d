/* Calls that close descriptors. The library's own survive them. */
#include <limits.h>
#include <linux/close_range.h>
#include <stdio.h>
#include <sys/resource.h>

#include "epoll.h"
#include "inside.h"
#include "interpose.h"
#include "own.h"

/* --- how connections leave the table -------------------------------------------------------- */

static bool is_kernels_for_good(const struct connection *connection)
{
	/* acquire: whoever made it plain had given up what it had. */
	if (atomic_load_explicit(&connection->stage, memory_order_acquire) == STAGE_PLAIN)
		return true;
	return lanes_live(connection) && phase_of(&connection->record->in) == PHASE_KERNEL_AGAIN &&
	       phase_of(&connection->record->out) == PHASE_KERNEL_AGAIN;
}

/* Nothing is left to do for it: no call need look for it any more. */
static void drop(int fd)
{
	bool last;
	struct connection *connection = table_take_last(fd, &last);
	if (connection != NULL)
		connection_release(connection);
}

void call_done(struct connection *connection, int fd)
{
	/* relaxed: one that is seen late is dropped later. */
	if (__builtin_expect(atomic_load_explicit(&connection->stage, memory_order_relaxed) ==
				     STAGE_PLAIN,
			     0)) {
		int error = errno;
		drop(fd);
		connection_release(connection);
		errno = error;
		return;
	}
	connection_release(connection);
}

void leave_to_kernel(int fd, const char *reason)
{
	struct connection *connection = table_get(fd);
	if (connection == NULL)
		return;
	int error = errno;
	connection_retreat(connection, fd, reason);
	/* The child of a vfork() has other descriptors than the table. */
	if (is_kernels_for_good(connection) && table_is_this_process())
		drop(fd);
	connection_release(connection);
	errno = error;
}

struct connection *forget_descriptor(int fd)
{
	bool last;
	epoll_forget(fd);
	struct connection *connection = table_take_last(fd, &last);
	if (last && !outlives_close(connection, fd))
		connection_close(connection, fd);
	return connection;
}

/* --- close ------------------------------------------------------------------------------------ */

int close_by(int fd, int (*system_close)(int fd))
{
	if (table_has(fd) && !table_is_this_process())
		return system_close(fd);
	struct connection *connection = forget_descriptor(fd);
	int result = system_close(fd);
	if (connection != NULL) {
		int error = errno;
		connection_release(connection);
		errno = error;
	}
	return result;
}

EXPORTED int close(int fd)
{
	if (is_own_descriptor(fd) && table_is_this_process()) {
		errno = EBADF;
		return -1;
	}
	return close_by(fd, REAL(close));
}

EXPORTED int __close(int fd)
{
	return close(fd);
}

/* The stream's data goes first, by the kernel: the connection left with fdopen(). */
EXPORTED int fclose(FILE *stream)
{
	int fd = fileno_unlocked(stream);
	if (fd >= 0 && table_is_this_process()) {
		epoll_forget(fd);
		if (table_has(fd))
			leave_to_kernel(fd, "stdio");
		table_renew(fd);
	}
	return REAL(fclose)(stream);
}

/* --- ranges --------------------------------------------------------------------------------------
 */

/* No descriptor is beyond this, unless the limit was lowered. */
static unsigned last_descriptor(unsigned last)
{
	struct rlimit limit;
	unsigned most = 1u << 20;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max < most)
		most = (unsigned)limit.rlim_max;
	return last < most ? last : most;
}

static void forget_range(unsigned first, unsigned last)
{
	last = last_descriptor(last);
	for (unsigned fd = first; fd <= last; fd++) {
		if (is_own_descriptor((int)fd))
			continue;
		/* Closed at once, so that a number isn't without its connection for long. */
		if (table_has((int)fd))
			close((int)fd);
		else
			forget_descriptor((int)fd);
	}
}

EXPORTED int close_range(unsigned first, unsigned last, int flags)
{
	if ((flags & CLOSE_RANGE_CLOEXEC) || first > last || !table_is_this_process() ||
	    (flags & ~(int)CLOSE_RANGE_UNSHARE))
		return REAL(close_range)(first, last, flags);
	if (!real_exists(REAL_NUMBER_close_range)) {
		errno = ENOSYS;
		return -1;
	}
	forget_range(first, last);
	for (;;) {
		int own = first <= INT_MAX ? next_own_descriptor((int)first) : -1;
		bool split = own >= 0 && (unsigned)own <= last;
		unsigned until = split ? (unsigned)own : last;
		if (!split || until > first) {
			int result = REAL(close_range)(first, split ? until - 1 : last, flags);
			if (result < 0 || !split)
				return result;
		}
		if (until == last)
			return 0;
		first = until + 1;
		flags = 0; /* unshared by now */
	}
}

EXPORTED void closefrom(int first)
{
	unsigned from = first < 0 ? 0 : (unsigned)first;
	int error = errno;
	if (!table_is_this_process() || close_range(from, UINT_MAX, 0) < 0) {
		errno = error;
		REAL(closefrom)(first);
	}
}
