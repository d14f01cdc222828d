/* Messages between the two sides, over socket pairs. */
#include <errno.h>
#include <string.h>

#include "impl.h"

#ifndef SCM_PIDFD
#define SCM_PIDFD 0x04 /* Linux 6.5 */
#endif

union ancillary {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int) * DESCRIPTORS_PER_MESSAGE) +
		   CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(sizeof(int))];
};

int message_send(int socket, int flags, const struct message *message, const int *fds,
		 uint32_t count)
{
	union ancillary ancillary;
	struct iovec data = {.iov_base = (void *)(uintptr_t)message, .iov_len = sizeof *message};
	struct msghdr header = {.msg_iov = &data, .msg_iovlen = 1};
	if (count > 0) {
		memset(&ancillary, 0, sizeof ancillary);
		header.msg_control = ancillary.bytes;
		header.msg_controllen = CMSG_SPACE(sizeof(int) * count);
		struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
		rights->cmsg_level = SOL_SOCKET;
		rights->cmsg_type = SCM_RIGHTS;
		rights->cmsg_len = CMSG_LEN(sizeof(int) * count);
		memcpy(CMSG_DATA(rights), fds, sizeof(int) * count);
	}
	ssize_t sent;
	do
		sent = syscall(SYS_sendmsg, socket, &header, MSG_NOSIGNAL | flags);
	while (sent < 0 && errno == EINTR);
	if (sent >= 0)
		return 0;
	if (errno == EPIPE || errno == ENOTCONN)
		errno = ECONNRESET;
	return -1;
}

struct received {
	int *fds;
	uint32_t most;
	uint32_t count;
	struct sender *sender;
};

static void take_rights(const struct cmsghdr *part, struct received *received)
{
	size_t n = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	for (size_t i = 0; i < n; i++) {
		int fd;
		memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
		if (received->count < received->most)
			received->fds[received->count++] = fd;
		else
			shut(fd);
	}
}

static void take_sender(const struct cmsghdr *part, struct sender *sender)
{
	int pidfd;
	if (part->cmsg_type == SCM_CREDENTIALS && sender != NULL) {
		memcpy(&sender->ids, CMSG_DATA(part), sizeof sender->ids);
	} else if (part->cmsg_type == SCM_PIDFD) {
		memcpy(&pidfd, CMSG_DATA(part), sizeof pidfd);
		if (sender != NULL)
			sender->pidfd = pidfd;
		else
			shut(pidfd);
	}
}

static void take_ancillary(struct msghdr *header, struct received *received)
{
	for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part != NULL;
	     part = CMSG_NXTHDR(header, part)) {
		if (part->cmsg_level != SOL_SOCKET)
			continue;
		if (part->cmsg_type == SCM_RIGHTS)
			take_rights(part, received);
		else
			take_sender(part, received->sender);
	}
}

int message_receive_from(int socket, int flags, struct message *message, int *fds, uint32_t most,
			 uint32_t *count, bool *truncated, struct sender *sender)
{
	struct received received = {.fds = fds, .most = most, .sender = sender};
	union ancillary ancillary;
	struct iovec data = {.iov_base = message, .iov_len = sizeof *message};
	struct msghdr header = {.msg_iov = &data,
				.msg_iovlen = 1,
				.msg_control = ancillary.bytes,
				.msg_controllen = sizeof ancillary.bytes};
	ssize_t got;
	do
		got = syscall(SYS_recvmsg, socket, &header, MSG_CMSG_CLOEXEC | flags);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -1;
	take_ancillary(&header, &received);
	*count = received.count;
	*truncated = (header.msg_flags & MSG_CTRUNC) != 0;
	if (got == sizeof *message && message->magic == WIRE_MAGIC)
		return 0;
	for (uint32_t i = 0; i < *count; i++)
		shut(fds[i]);
	*count = 0;
	errno = got == 0 ? ECONNRESET : EPROTO;
	return -1;
}

int message_receive(int socket, int flags, struct message *message, int *fds, uint32_t most,
		    uint32_t *count, bool *truncated)
{
	return message_receive_from(socket, flags, message, fds, most, count, truncated, NULL);
}
