/* sendfile() into a connection: read where the file is, sent, and counted as sent. */
#include <limits.h>
#include <sys/param.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "interpose.h"

/* On the stack of any thread. */
enum { BOUNCE_BYTES = 16384 };

#define CALL_BYTES_MOST ((size_t)(INT_MAX & ~4095))

/* Where the file ends, as far as that is known; what is sent before it has more to come. */
static bool can_send(int fd, off64_t *size)
{
	struct stat64 status;
	if (fstat64(fd, &status) < 0)
		return false;
	*size = S_ISREG(status.st_mode) ? status.st_size : 0;
	if (S_ISREG(status.st_mode) || S_ISBLK(status.st_mode))
		return true;
	errno = EINVAL;
	return false;
}

/* Sends from `offset` on; what was sent, or -1 with errno when that is nothing. */
static ssize_t send_from(struct connection *connection, int fd, int file, off64_t offset,
			 size_t count, off64_t size)
{
	char bounce[BOUNCE_BYTES];
	size_t done = 0;
	while (done < count) {
		ssize_t got = pread64(file, bounce, MIN(count - done, sizeof bounce),
				      offset + (off64_t)done);
		if (got <= 0)
			return done > 0 ? (ssize_t)done : got;
		bool more = done + (size_t)got < count && offset + (off64_t)done + got < size;
		struct iovec piece = {.iov_base = bounce, .iov_len = (size_t)got};
		ssize_t sent = connection_send(connection, fd, &piece, 1, more ? MSG_MORE : 0);
		if (sent < 0)
			return done > 0 ? (ssize_t)done : -1;
		done += (size_t)sent;
		if (sent < got)
			break;
	}
	return (ssize_t)done;
}

static ssize_t send_file(struct connection *connection, int fd, int file, off64_t *offset,
			 size_t count)
{
	off64_t size;
	if (!can_send(file, &size))
		return -1;
	off64_t from = offset != NULL ? *offset : lseek64(file, 0, SEEK_CUR);
	if (from < 0) {
		if (offset != NULL)
			errno = EINVAL;
		return -1;
	}
	ssize_t sent = send_from(connection, fd, file, from, MIN(count, CALL_BYTES_MOST), size);
	if (sent <= 0)
		return sent;
	if (offset != NULL)
		*offset = from + sent;
	else
		lseek64(file, from + sent, SEEK_SET);
	return sent;
}

EXPORTED ssize_t sendfile64(int fd, int file, off64_t *offset, size_t count)
{
	struct connection *connection = table_get(fd);
	if (connection == NULL)
		return REAL(sendfile64)(fd, file, offset, count);
	return call_result(connection, fd, send_file(connection, fd, file, offset, count));
}

EXPORTED ssize_t sendfile(int fd, int file, off_t *offset, size_t count)
{
	_Static_assert(sizeof(off_t) == sizeof(off64_t), "one function for both");
	return sendfile64(fd, file, (off64_t *)offset, count);
}
