/* Calls that read, of one buffer or several. Messages are in calls_messages.c. */
#include <limits.h>
#include <sys/param.h>

#include "interpose.h"

/* The most that a call moves: the kernel's limit. */
#define CALL_BYTES_MOST ((size_t)(INT_MAX & ~4095))

static ssize_t receive(struct connection *connection, int fd, void *data, size_t n, int flags)
{
	struct iovec piece = {.iov_base = data, .iov_len = MIN(n, CALL_BYTES_MOST)};
	return call_result(connection, fd, connection_receive(connection, fd, &piece, 1, flags));
}

/* read() of nothing doesn't wait, recv() of nothing does. */
static ssize_t read_nothing(struct connection *connection, int fd)
{
	return call_result(connection, fd, 0);
}

EXPORTED ssize_t read(int fd, void *data, size_t n)
{
	struct connection *connection = call_begin(fd);
	if (connection == NULL)
		return REAL(read)(fd, data, n);
	if (n == 0)
		return read_nothing(connection, fd);
	return receive(connection, fd, data, n, 0);
}

EXPORTED ssize_t __read(int fd, void *data, size_t n)
{
	return read(fd, data, n);
}

EXPORTED ssize_t __read_chk(int fd, void *data, size_t n, size_t size)
{
	if (n > size)
		__chk_fail();
	return read(fd, data, n);
}

EXPORTED ssize_t recv(int fd, void *data, size_t n, int flags)
{
	struct connection *connection = call_begin(fd);
	if (connection == NULL || (flags & MSG_ERRQUEUE)) {
		if (connection != NULL)
			connection_release(connection);
		return REAL(recv)(fd, data, n, flags);
	}
	return receive(connection, fd, data, n, flags);
}

EXPORTED ssize_t __recv(int fd, void *data, size_t n, int flags)
{
	return recv(fd, data, n, flags);
}

EXPORTED ssize_t __recv_chk(int fd, void *data, size_t n, size_t size, int flags)
{
	if (n > size)
		__chk_fail();
	return recv(fd, data, n, flags);
}

EXPORTED ssize_t recvfrom(int fd, void *restrict data, size_t n, int flags, __SOCKADDR_ARG address,
			  socklen_t *restrict length)
{
	struct connection *connection = call_begin(fd);
	if (connection == NULL || (flags & MSG_ERRQUEUE)) {
		if (connection != NULL)
			connection_release(connection);
		return REAL(recvfrom)(fd, data, n, flags, address, length);
	}
	ssize_t got = receive(connection, fd, data, n, flags);
	/* TCP tells no address. */
	if (got >= 0 && address.__sockaddr__ != NULL && length != NULL)
		*length = 0;
	return got;
}

EXPORTED ssize_t __recvfrom_chk(int fd, void *data, size_t n, size_t size, int flags,
				__SOCKADDR_ARG address, socklen_t *length)
{
	if (n > size)
		__chk_fail();
	return recvfrom(fd, data, n, flags, address, length);
}

/* --- several buffers --------------------------------------------------------------------- */

static ssize_t receive_pieces(struct connection *connection, int fd, const struct iovec *pieces,
			      int count, int flags)
{
	size_t bytes = 0;
	if (count < 0 || count > IOV_MAX) {
		errno = EINVAL;
		return call_result(connection, fd, -1);
	}
	for (int i = 0; i < count && bytes == 0; i++)
		bytes = pieces[i].iov_len;
	if (bytes == 0)
		return read_nothing(connection, fd);
	ssize_t got = connection_receive(connection, fd, pieces, (size_t)count, flags);
	return call_result(connection, fd, got);
}

EXPORTED ssize_t readv(int fd, const struct iovec *pieces, int count)
{
	struct connection *connection = call_begin(fd);
	if (connection == NULL)
		return REAL(readv)(fd, pieces, count);
	return receive_pieces(connection, fd, pieces, count, 0);
}

/* At the descriptor's own position: all that a socket has. */
static bool is_plain_read(off64_t offset, int flags)
{
	return offset == -1 && (flags & ~(RWF_HIPRI | RWF_NOWAIT)) == 0;
}

EXPORTED ssize_t preadv2(int fd, const struct iovec *pieces, int count, off_t offset, int flags)
{
	struct connection *connection = is_plain_read(offset, flags) ? call_begin(fd) : NULL;
	if (connection == NULL)
		return REAL(preadv2)(fd, pieces, count, offset, flags);
	return receive_pieces(connection, fd, pieces, count, flags & RWF_NOWAIT ? MSG_DONTWAIT : 0);
}

EXPORTED ssize_t preadv64v2(int fd, const struct iovec *pieces, int count, off64_t offset,
			    int flags)
{
	return preadv2(fd, pieces, count, offset, flags);
}
