/* Calls that take and give messages, one or several. */
#include <string.h>
#include <time.h>

#include "interpose.h"
#include "waiting.h"

/* --- sending -------------------------------------------------------------------------------- */

/* What goes to another process goes back to the kernel first. */
static void leave_passed(const struct msghdr *message)
{
	struct cmsghdr *header = CMSG_FIRSTHDR(message);
	for (; header != NULL; header = CMSG_NXTHDR((struct msghdr *)message, header)) {
		if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS ||
		    header->cmsg_len < CMSG_LEN(0))
			continue;
		size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count; i++) {
			int fd;
			memcpy(&fd, CMSG_DATA(header) + i * sizeof fd, sizeof fd);
			leave_to_kernel(fd, "passed to another process");
		}
	}
}

/* Whether a connection's library can send it: else the connection is the kernel's now. */
static bool is_plain_message(int fd, const struct msghdr *message, int flags)
{
	if (!(flags & (MSG_ZEROCOPY | MSG_FASTOPEN)) && message->msg_controllen == 0)
		return true;
	leave_to_kernel(fd, flags & MSG_ZEROCOPY ? "zero copy" : "ancillary data");
	return false;
}

EXPORTED ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	struct connection *connection = call_begin(fd);
	if (connection != NULL && is_plain_message(fd, message, flags)) {
		ssize_t sent = connection_send(connection, fd, message->msg_iov,
					       message->msg_iovlen, flags);
		return call_result(connection, fd, sent);
	}
	if (connection != NULL)
		connection_release(connection);
	else if (message != NULL && message->msg_control != NULL && message->msg_controllen > 0)
		leave_passed(message);
	return REAL(sendmsg)(fd, message, flags);
}

static int send_each(int fd, struct mmsghdr *messages, unsigned count, int flags)
{
	unsigned done = 0;
	/* As many as the kernel takes in one call. */
	for (; done < count && done < 1024; done++) {
		ssize_t sent = sendmsg(fd, &messages[done].msg_hdr, flags);
		if (sent < 0)
			break;
		messages[done].msg_len = (unsigned)sent;
	}
	return done > 0 || count == 0 ? (int)done : -1;
}

EXPORTED int sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags)
{
	if (table_has(fd))
		return send_each(fd, messages, count, flags);
	for (unsigned i = 0; messages != NULL && i < count; i++)
		if (messages[i].msg_hdr.msg_control != NULL &&
		    messages[i].msg_hdr.msg_controllen > 0)
			leave_passed(&messages[i].msg_hdr);
	return REAL(sendmmsg)(fd, messages, count, flags);
}

EXPORTED int __sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags)
{
	return sendmmsg(fd, messages, count, flags);
}

/* --- receiving ------------------------------------------------------------------------------ */

static ssize_t receive_message(struct connection *connection, int fd, struct msghdr *message,
			       int flags)
{
	ssize_t got = connection_receive(connection, fd, message->msg_iov, message->msg_iovlen,
					 flags & ~MSG_CMSG_CLOEXEC);
	if (got >= 0) {
		/* TCP tells no address, and has nothing beside its bytes. */
		if (message->msg_name != NULL)
			message->msg_namelen = 0;
		message->msg_controllen = 0;
		message->msg_flags = flags & MSG_CMSG_CLOEXEC;
	}
	return call_result(connection, fd, got);
}

/* A reference if the library is to receive. */
static struct connection *receiver(int fd, int flags)
{
	if (flags & MSG_ERRQUEUE)
		return NULL;
	struct connection *connection = call_begin(fd);
	if (connection == NULL || !(flags & MSG_OOB))
		return connection;
	connection_release(connection);
	leave_to_kernel(fd, "out-of-band data");
	return table_get(fd);
}

EXPORTED ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	struct connection *connection = receiver(fd, flags);
	if (connection == NULL)
		return REAL(recvmsg)(fd, message, flags);
	return receive_message(connection, fd, message, flags);
}

/* --- receiving several ------------------------------------------------------------------------ */

static bool is_valid(const struct timespec *timeout)
{
	return timeout->tv_sec >= 0 && timeout->tv_nsec >= 0 && timeout->tv_nsec < 1000000000;
}

/* What is left of the time, as the kernel tells it between messages; false when it's over. */
static bool time_is_left(struct timespec *timeout, uint64_t deadline_ns)
{
	uint64_t now = clock_ns();
	uint64_t left = deadline_ns > now ? deadline_ns - now : 0;
	timeout->tv_sec = (time_t)(left / 1000000000u);
	timeout->tv_nsec = (long)(left % 1000000000u);
	return left > 0;
}

static int receive_each(int fd, struct mmsghdr *messages, unsigned count, int flags,
			struct timespec *timeout)
{
	uint64_t deadline_ns = 0;
	if (timeout != NULL && !is_valid(timeout)) {
		errno = EINVAL;
		return -1;
	}
	if (timeout != NULL)
		deadline_ns = clock_ns() + (uint64_t)timeout->tv_sec * 1000000000u +
			      (uint64_t)timeout->tv_nsec;
	unsigned done = 0;
	while (done < count) {
		ssize_t got = recvmsg(fd, &messages[done].msg_hdr, flags & ~MSG_WAITFORONE);
		if (got < 0)
			break;
		messages[done++].msg_len = (unsigned)got;
		if (flags & MSG_WAITFORONE)
			flags |= MSG_DONTWAIT;
		if (timeout != NULL && !time_is_left(timeout, deadline_ns))
			break;
	}
	return done > 0 || count == 0 ? (int)done : -1;
}

EXPORTED int recvmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags,
		      struct timespec *timeout)
{
	if ((flags & MSG_ERRQUEUE) || !table_has(fd))
		return REAL(recvmmsg)(fd, messages, count, flags, timeout);
	return receive_each(fd, messages, count, flags, timeout);
}
