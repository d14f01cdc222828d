/* Calls that make another descriptor of what one refers to. */
#include <fcntl.h>
#include <stdarg.h>

#include "epoll.h"
#include "interpose.h"
#include "own.h"
#include "real.h"

/* After it was made; `connection` is the reference that goes into the table. */
static int duplicated(int from, int to, struct connection *connection)
{
	int error = errno;
	if (to < 0 || !table_is_this_process()) {
		if (connection != NULL)
			connection_release(connection);
		errno = error;
		return to;
	}
	table_renew(to);
	/* stdio is there, and reads and writes past us. */
	if (to <= STDERR_FILENO && connection != NULL) {
		leave_to_kernel(from, "stdio");
		if (!table_has(from)) {
			connection_release(connection);
			connection = NULL;
		}
	}
	if (connection != NULL) {
		struct connection *stale = table_put(to, connection);
		if (stale != NULL)
			connection_release(stale);
	}
	epoll_duplicated(from, to);
	errno = error;
	return to;
}

/*
 * The connection of what is to be duplicated. In the child of vfork() the copy is
 * for another program, and can't be noted: it goes back to the kernel.
 */
static struct connection *duplicable(int from)
{
	struct connection *connection = table_get(from);
	if (connection == NULL || table_is_this_process())
		return connection;
	connection_release(connection);
	leave_to_kernel(from, "exec");
	return NULL;
}

/* --- onto the lowest number ------------------------------------------------------------- */

EXPORTED int dup(int fd)
{
	struct connection *connection = duplicable(fd);
	return duplicated(fd, REAL(dup)(fd), connection);
}

static int duplicate_from(int fd, int command, long lowest)
{
	struct connection *connection = duplicable(fd);
	return duplicated(fd, REAL(fcntl)(fd, command, lowest), connection);
}

/* --- onto a number ------------------------------------------------------------------------ */

/* False when the number is one that the program can't have. */
static bool make_way(int from, int to, struct connection **displaced)
{
	*displaced = NULL;
	if (!table_is_this_process())
		return true;
	if (is_own_descriptor(to) || is_own_descriptor(from)) {
		errno = EBADF;
		return false;
	}
	/* What is there stays if there is nothing to take its place. */
	if (raw_fcntl(from, F_GETFD, 0) >= 0)
		*displaced = forget_descriptor(to);
	return true;
}

static void displace(struct connection *displaced)
{
	int error = errno;
	if (displaced != NULL)
		connection_release(displaced);
	errno = error;
}

EXPORTED int dup2(int from, int to)
{
	struct connection *displaced;
	if (from == to)
		return REAL(dup2)(from, to);
	if (!make_way(from, to, &displaced))
		return -1;
	struct connection *connection = duplicable(from);
	int result = duplicated(from, REAL(dup2)(from, to), connection);
	displace(displaced);
	return result;
}

EXPORTED int __dup2(int from, int to)
{
	return dup2(from, to);
}

EXPORTED int dup3(int from, int to, int flags)
{
	struct connection *displaced;
	if (from == to || (flags & ~O_CLOEXEC))
		return REAL(dup3)(from, to, flags);
	if (!make_way(from, to, &displaced))
		return -1;
	struct connection *connection = duplicable(from);
	int result = duplicated(from, REAL(dup3)(from, to, flags), connection);
	displace(displaced);
	return result;
}

/* --- fcntl ---------------------------------------------------------------------------------- */

static int set_flags(int fd, long flags)
{
	int result = REAL(fcntl)(fd, F_SETFL, flags);
	struct connection *connection = result < 0 ? NULL : table_get(fd);
	if (connection == NULL)
		return result;
	atomic_store(&connection->record->nonblocking, flags & O_NONBLOCK ? 1 : 0);
	connection_release(connection);
	if (flags & O_ASYNC)
		leave_to_kernel(fd, "SIGIO");
	return result;
}

static int control(int fd, int command, long argument)
{
	switch (command) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		return duplicate_from(fd, command, argument);
	case F_SETFL:
		return set_flags(fd, argument);
	case F_GETFD:
	case F_SETFD:
		if (is_own_descriptor(fd)) {
			errno = EBADF;
			return -1;
		}
	}
	return REAL(fcntl)(fd, command, argument);
}

/* As the system's own: an argument of any kind fits, and one that isn't there is any. */
#define CONTROL(name)                                                                              \
	EXPORTED int name(int fd, int command, ...)                                                \
	{                                                                                          \
		va_list arguments;                                                                 \
		va_start(arguments, command);                                                      \
		long argument = va_arg(arguments, long);                                           \
		va_end(arguments);                                                                 \
		return control(fd, command, argument);                                             \
	}

CONTROL(fcntl)
CONTROL(fcntl64)
CONTROL(__fcntl)
