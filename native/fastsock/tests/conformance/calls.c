#include "calls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* What fortified programs call. */
ssize_t __read_chk(int fd, void *data, size_t n, size_t size);
ssize_t __recv_chk(int fd, void *data, size_t n, size_t size, int flags);
ssize_t __recvfrom_chk(int fd, void *data, size_t n, size_t size, int flags,
		       struct sockaddr *address, socklen_t *length);

static size_t at_most(size_t n, size_t most)
{
	return n < most ? n : most;
}

/* Three pieces of unequal length, one of them empty. */
static int pieces(struct iovec piece[4], char *data, size_t n)
{
	size_t first = n / 7, second = n / 3;
	piece[0] = (struct iovec){data, first};
	piece[1] = (struct iovec){NULL, 0};
	piece[2] = (struct iovec){data + first, second};
	piece[3] = (struct iovec){data + first + second, n - first - second};
	return 4;
}

/* --- out --- */

static ssize_t by_write(int fd, void *data, size_t n)
{
	return write(fd, data, n);
}

static ssize_t by_writev(int fd, void *data, size_t n)
{
	struct iovec piece[4];
	return writev(fd, piece, pieces(piece, data, n));
}

static ssize_t by_pwritev2(int fd, void *data, size_t n)
{
	struct iovec piece[4];
	return pwritev2(fd, piece, pieces(piece, data, n), -1, 0);
}

static ssize_t by_send(int fd, void *data, size_t n)
{
	return send(fd, data, n, MSG_NOSIGNAL);
}

static ssize_t by_sendto(int fd, void *data, size_t n)
{
	return sendto(fd, data, n, 0, NULL, 0);
}

static ssize_t by_sendmsg(int fd, void *data, size_t n)
{
	struct iovec piece[4];
	struct msghdr message = {.msg_iov = piece};
	message.msg_iovlen = (size_t)pieces(piece, data, n);
	return sendmsg(fd, &message, 0);
}

static ssize_t sum(const struct mmsghdr *messages, int count)
{
	ssize_t total = count < 0 ? -1 : 0;
	for (int i = 0; i < count; i++)
		total += messages[i].msg_len;
	return total;
}

/* Two messages; of the second nothing must go when the first went in part. */
static ssize_t by_sendmmsg(int fd, void *data, size_t n)
{
	struct iovec half[2] = {{data, n / 2}, {(char *)data + n / 2, n - n / 2}};
	struct mmsghdr messages[2] = {{.msg_hdr = {.msg_iov = half, .msg_iovlen = 1}},
				      {.msg_hdr = {.msg_iov = half + 1, .msg_iovlen = 1}}};
	unsigned first = n < 2 ? 1 : 0;
	int sent = sendmmsg(fd, messages + first, 2 - first, MSG_NOSIGNAL);
	if (sent == 2 && messages[0].msg_len < half[0].iov_len) {
		errno = EPROTO;
		return -1;
	}
	return sum(messages + first, sent);
}

static ssize_t by_sendfile(int fd, void *data, size_t n)
{
	n = at_most(n, CALL_MOST_BYTES);
	int file = memfd_create("sendfile", MFD_CLOEXEC);
	off_t offset = 10;
	if (file < 0 || pwrite(file, data, n, offset) != (ssize_t)n)
		return -1;
	ssize_t sent = sendfile(fd, file, &offset, n);
	int error = errno;
	close(file);
	errno = error;
	if (sent >= 0 && offset != 10 + sent) {
		errno = EPROTO;
		return -1;
	}
	return sent;
}

/* Through a pipe. What has left the pipe can't come back: all of it is to be sent. */
static ssize_t by_splice(int fd, void *data, size_t n)
{
	int ends[2];
	ssize_t total = 0, sent = 0;
	n = at_most(n, 16384);
	if (pipe(ends) < 0 || write(ends[1], data, n) != (ssize_t)n)
		return -1;
	while (total < (ssize_t)n) {
		sent = splice(ends[0], NULL, fd, NULL, n - (size_t)total, 0);
		if (sent <= 0)
			break;
		total += sent;
	}
	int error = errno;
	close(ends[0]);
	close(ends[1]);
	errno = error;
	return total > 0 ? total : sent;
}

/* --- in --- */

static ssize_t by_read(int fd, void *data, size_t n)
{
	return read(fd, data, n);
}

static ssize_t by_readv(int fd, void *data, size_t n)
{
	struct iovec piece[4];
	return readv(fd, piece, pieces(piece, data, n));
}

static ssize_t by_preadv2(int fd, void *data, size_t n)
{
	struct iovec piece[4];
	return preadv2(fd, piece, pieces(piece, data, n), -1, 0);
}

static ssize_t by_recv(int fd, void *data, size_t n)
{
	return recv(fd, data, n, 0);
}

static ssize_t by_recv_all(int fd, void *data, size_t n)
{
	return recv(fd, data, n, MSG_WAITALL);
}

static ssize_t by_recvfrom(int fd, void *data, size_t n)
{
	struct sockaddr_storage address;
	socklen_t length = sizeof address;
	return recvfrom(fd, data, n, 0, (struct sockaddr *)&address, &length);
}

static ssize_t by_recvmsg(int fd, void *data, size_t n)
{
	struct iovec piece[4];
	struct msghdr message = {.msg_iov = piece};
	message.msg_iovlen = (size_t)pieces(piece, data, n);
	return recvmsg(fd, &message, 0);
}

/* The second message takes what there is when the first was filled. */
static ssize_t by_recvmmsg(int fd, void *data, size_t n)
{
	struct iovec half[2] = {{data, n / 2}, {(char *)data + n / 2, n - n / 2}};
	struct mmsghdr messages[2] = {{.msg_hdr = {.msg_iov = half, .msg_iovlen = 1}},
				      {.msg_hdr = {.msg_iov = half + 1, .msg_iovlen = 1}}};
	unsigned first = n < 2 ? 1 : 0;
	int received = recvmmsg(fd, messages + first, 2 - first, MSG_WAITFORONE, NULL);
	size_t whole = half[0].iov_len;
	if (received == 2 && messages[0].msg_len < whole)
		memmove((char *)data + messages[0].msg_len, half[1].iov_base, messages[1].msg_len);
	return sum(messages + first, received);
}

static ssize_t by_splice_in(int fd, void *data, size_t n)
{
	int ends[2];
	if (pipe(ends) < 0)
		return -1;
	ssize_t got = splice(fd, NULL, ends[1], NULL, at_most(n, 16384), 0);
	int error = errno;
	if (got > 0 && read(ends[0], data, (size_t)got) != got)
		got = -1;
	close(ends[0]);
	close(ends[1]);
	errno = error;
	return got;
}

static ssize_t by_read_chk(int fd, void *data, size_t n)
{
	return __read_chk(fd, data, n, n);
}

static ssize_t by_recv_chk(int fd, void *data, size_t n)
{
	return __recv_chk(fd, data, n, n, 0);
}

static ssize_t by_recvfrom_chk(int fd, void *data, size_t n)
{
	return __recvfrom_chk(fd, data, n, n, 0, NULL, NULL);
}

const struct call writers[] = {
	{"write", by_write},       {"writev", by_writev},     {"pwritev2", by_pwritev2},
	{"send", by_send},         {"sendto", by_sendto},     {"sendmsg", by_sendmsg},
	{"sendmmsg", by_sendmmsg}, {"sendfile", by_sendfile}, {"splice", by_splice},
};
const size_t writer_count = sizeof writers / sizeof writers[0];

const struct call readers[] = {
	{"read", by_read},         {"readv", by_readv},       {"preadv2", by_preadv2},
	{"recv", by_recv},         {"recv-all", by_recv_all}, {"recvfrom", by_recvfrom},
	{"recvmsg", by_recvmsg},   {"recvmmsg", by_recvmmsg}, {"splice", by_splice_in},
	{"read_chk", by_read_chk}, {"recv_chk", by_recv_chk}, {"recvfrom_chk", by_recvfrom_chk},
};
const size_t reader_count = sizeof readers / sizeof readers[0];
