/* Calls that write, of one buffer or several. Messages are in calls_messages.c. */
#include <limits.h>
#include <sys/param.h>

#include "interpose.h"

#define CALL_BYTES_MOST ((size_t)(INT_MAX & ~4095))

/* What the library can't do, or the kernel would have more to say about. */
#define FLAGS_OF_KERNEL (MSG_ZEROCOPY | MSG_FASTOPEN)

static ssize_t send_piece(struct connection *connection, int fd, const void *data, size_t n,
			  int flags)
{
	struct iovec piece = {.iov_base = (void *)data, .iov_len = MIN(n, CALL_BYTES_MOST)};
	return call_result(connection, fd, connection_send(connection, fd, &piece, 1, flags));
}

EXPORTED ssize_t write(int fd, const void *data, size_t n)
{
	struct connection *connection = call_begin(fd);
	if (connection == NULL)
		return REAL(write)(fd, data, n);
	return send_piece(connection, fd, data, n, 0);
}

EXPORTED ssize_t __write(int fd, const void *data, size_t n)
{
	return write(fd, data, n);
}

/* The connection, if its library is to send. */
static struct connection *sender(int fd, int flags)
{
	if (flags & FLAGS_OF_KERNEL) {
		leave_to_kernel(fd, "zero copy");
		return NULL;
	}
	return call_begin(fd);
}

EXPORTED ssize_t send(int fd, const void *data, size_t n, int flags)
{
	struct connection *connection = sender(fd, flags);
	if (connection == NULL)
		return REAL(send)(fd, data, n, flags);
	return send_piece(connection, fd, data, n, flags);
}

EXPORTED ssize_t __send(int fd, const void *data, size_t n, int flags)
{
	return send(fd, data, n, flags);
}

/* A connected TCP socket doesn't look at the address. */
EXPORTED ssize_t sendto(int fd, const void *data, size_t n, int flags, __CONST_SOCKADDR_ARG address,
			socklen_t length)
{
	struct connection *connection = sender(fd, flags);
	if (connection == NULL)
		return REAL(sendto)(fd, data, n, flags, address, length);
	return send_piece(connection, fd, data, n, flags);
}

/* --- several buffers --------------------------------------------------------------------- */

static ssize_t send_pieces(struct connection *connection, int fd, const struct iovec *pieces,
			   int count, int flags)
{
	if (count < 0 || count > IOV_MAX) {
		errno = EINVAL;
		return call_result(connection, fd, -1);
	}
	ssize_t sent = connection_send(connection, fd, pieces, (size_t)count, flags);
	return call_result(connection, fd, sent);
}

EXPORTED ssize_t writev(int fd, const struct iovec *pieces, int count)
{
	struct connection *connection = call_begin(fd);
	if (connection == NULL)
		return REAL(writev)(fd, pieces, count);
	return send_pieces(connection, fd, pieces, count, 0);
}

/* At the descriptor's own position: all that a socket has. */
static bool is_plain_write(off64_t offset, int flags)
{
	return offset == -1 &&
	       (flags & ~(RWF_HIPRI | RWF_DSYNC | RWF_SYNC | RWF_NOWAIT | RWF_APPEND)) == 0;
}

EXPORTED ssize_t pwritev2(int fd, const struct iovec *pieces, int count, off_t offset, int flags)
{
	struct connection *connection = is_plain_write(offset, flags) ? call_begin(fd) : NULL;
	if (connection == NULL)
		return REAL(pwritev2)(fd, pieces, count, offset, flags);
	return send_pieces(connection, fd, pieces, count, flags & RWF_NOWAIT ? MSG_DONTWAIT : 0);
}

EXPORTED ssize_t pwritev64v2(int fd, const struct iovec *pieces, int count, off64_t offset,
			     int flags)
{
	return pwritev2(fd, pieces, count, offset, flags);
}
