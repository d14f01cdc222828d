/* Calls that make and end connections. */
#include <netinet/in.h>

#include "config.h"
#include "interpose.h"
#include "real.h"

EXPORTED int socket(int domain, int type, int protocol)
{
	int fd = REAL(socket)(domain, type, protocol);
	if (fd >= 0 && table_is_this_process())
		table_renew(fd);
	return fd;
}

/* A reference of one that was there before it was known to be closed. */
static void drop_stale(struct connection *stale)
{
	if (stale != NULL)
		connection_release(stale);
}

static void enter(int fd, enum side side)
{
	int error = errno;
	/* On the lowest numbers stdio is, which reads and writes past us. */
	if (!config.off && fd > STDERR_FILENO && !table_is_never(fd) && table_is_this_process()) {
		struct connection *connection = connection_new(fd, side);
		if (connection != NULL)
			drop_stale(table_put(fd, connection));
		else
			table_renew(fd);
	}
	errno = error;
}

/* --- connect ---------------------------------------------------------------------------- */

/* A connection that is dissolved, so that the socket may be used again. */
static int disconnect(int fd, const struct sockaddr *address, socklen_t length)
{
	if (table_has(fd))
		leave_to_kernel(fd, "disconnected");
	int result = REAL(connect)(fd, address, length);
	if (result == 0 && table_is_this_process())
		table_renew(fd);
	return result;
}

static bool may_be_local(const struct sockaddr *address, socklen_t length)
{
	return address != NULL && length >= sizeof address->sa_family &&
	       (address->sa_family == AF_INET || address->sa_family == AF_INET6);
}

EXPORTED int connect(int fd, __CONST_SOCKADDR_ARG name, socklen_t length)
{
	const struct sockaddr *address = name.__sockaddr__;
	if (address != NULL && length >= sizeof address->sa_family &&
	    address->sa_family == AF_UNSPEC)
		return disconnect(fd, address, length);
	int result = REAL(connect)(fd, name, length);
	if (config.off || fd <= STDERR_FILENO || !may_be_local(address, length))
		return result;
	if (result == 0)
		enter(fd, SIDE_CLIENT);
	/* It goes on without the program: the first use of the connection finds it. */
	else if ((errno == EINPROGRESS || errno == EINTR) && table_is_this_process())
		table_connecting(fd);
	return result;
}

EXPORTED int __connect(int fd, __CONST_SOCKADDR_ARG address, socklen_t length)
{
	return connect(fd, address, length);
}

/* --- accept ------------------------------------------------------------------------------- */

static int accepted(int fd, const struct sockaddr *address)
{
	if (fd < 0 || !table_is_this_process())
		return fd;
	table_renew(fd);
	/* Where the program was told the address, others cost nothing. */
	if (address == NULL || address->sa_family == AF_INET || address->sa_family == AF_INET6)
		enter(fd, SIDE_SERVER);
	return fd;
}

/* Whether enough of the address was stored to tell its family. */
static const struct sockaddr *told(const struct sockaddr *address, const socklen_t *length,
				   socklen_t room)
{
	socklen_t enough = sizeof address->sa_family;
	return address != NULL && length != NULL && room >= enough && *length >= enough ? address
											: NULL;
}

EXPORTED int accept(int fd, __SOCKADDR_ARG address, socklen_t *length)
{
	socklen_t room = address.__sockaddr__ != NULL && length != NULL ? *length : 0;
	int made = REAL(accept)(fd, address, length);
	return made < 0 ? made : accepted(made, told(address.__sockaddr__, length, room));
}

EXPORTED int accept4(int fd, __SOCKADDR_ARG address, socklen_t *length, int flags)
{
	socklen_t room = address.__sockaddr__ != NULL && length != NULL ? *length : 0;
	int made = REAL(accept4)(fd, address, length, flags);
	return made < 0 ? made : accepted(made, told(address.__sockaddr__, length, room));
}

/* --- shutdown -------------------------------------------------------------------------------- */

EXPORTED int shutdown(int fd, int how)
{
	struct connection *connection = table_get(fd);
	if (connection == NULL)
		return REAL(shutdown)(fd, how);
	return (int)call_result(connection, fd, connection_shutdown(connection, fd, how));
}
