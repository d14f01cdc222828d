#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control.h"

struct message {
	uint32_t kind;
	uint32_t blob_bytes;
	uint64_t value;
	char blob[sizeof((struct rendezvous *)0)->blob];
};

enum { FDS_MAX = sizeof((struct rendezvous *)0)->fds / sizeof(int) };

/* Ancillary data needs cmsghdr's alignment. */
union ancillary {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int) * FDS_MAX)];
};

static int transmit(struct peer *peer, const struct message *message, const int *fds,
		    uint32_t fd_count)
{
	union ancillary ancillary = {0};
	struct iovec data = {.iov_base = (void *)message, .iov_len = sizeof *message};
	struct msghdr header = {.msg_iov = &data, .msg_iovlen = 1};
	if (fd_count > 0) {
		header.msg_control = ancillary.bytes;
		header.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
		struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
		rights->cmsg_level = SOL_SOCKET;
		rights->cmsg_type = SCM_RIGHTS;
		rights->cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
		memcpy(CMSG_DATA(rights), fds, sizeof(int) * fd_count);
	}
	ssize_t sent;
	do
		sent = sendmsg(peer->control, &header, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return peer_fail(peer, errno, "control channel: the other peer is gone");
	return 0;
}

static int receive(struct peer *peer, enum control_kind kind, struct message *message, int *fds,
		   uint32_t *fd_count)
{
	union ancillary ancillary;
	struct iovec data = {.iov_base = message, .iov_len = sizeof *message};
	struct msghdr header = {.msg_iov = &data,
				.msg_iovlen = 1,
				.msg_control = ancillary.bytes,
				.msg_controllen = sizeof ancillary.bytes};
	ssize_t got;
	do
		got = recvmsg(peer->control, &header, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got <= 0)
		return peer_fail(peer, got < 0 ? errno : ECONNRESET,
				 "control channel: the other peer is gone");
	if (got != sizeof *message || message->kind != (uint32_t)kind)
		return peer_fail(peer, EPROTO, "control channel: expected message %d, got %u",
				 (int)kind, message->kind);
	struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
	if (fds != NULL && rights != NULL && rights->cmsg_type == SCM_RIGHTS) {
		*fd_count = (uint32_t)((rights->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(fds, CMSG_DATA(rights), sizeof(int) * *fd_count);
	}
	return 0;
}

int control_send(struct peer *peer, enum control_kind kind, uint64_t value)
{
	struct message message = {.kind = (uint32_t)kind, .value = value};
	return transmit(peer, &message, NULL, 0);
}

int control_expect(struct peer *peer, enum control_kind kind, uint64_t *value)
{
	struct message message;
	if (receive(peer, kind, &message, NULL, NULL) < 0)
		return -1;
	if (value != NULL)
		*value = message.value;
	return 0;
}

int control_send_rendezvous(struct peer *peer)
{
	struct rendezvous *rendezvous = &peer->rendezvous;
	struct message message = {.kind = CONTROL_RENDEZVOUS, .blob_bytes = rendezvous->blob_bytes};
	memcpy(message.blob, rendezvous->blob, rendezvous->blob_bytes);
	int result = transmit(peer, &message, rendezvous->fds, rendezvous->fd_count);
	for (uint32_t i = 0; i < rendezvous->fd_count; i++)
		close(rendezvous->fds[i]);
	rendezvous->fd_count = 0;
	return result;
}

int control_receive_rendezvous(struct peer *peer)
{
	struct rendezvous *rendezvous = &peer->rendezvous;
	struct message message;
	if (receive(peer, CONTROL_RENDEZVOUS, &message, rendezvous->fds, &rendezvous->fd_count) < 0)
		return -1;
	rendezvous->blob_bytes = message.blob_bytes;
	memcpy(rendezvous->blob, message.blob, sizeof rendezvous->blob);
	return 0;
}
