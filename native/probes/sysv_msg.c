/*
 * sysv-msg: one System V message queue; type 1 travels to the server, type 2
 * back.
 *
 * Two copies per message, both by the kernel: into the queue and out of it. A
 * message may have kernel.msgmax bytes, and has to fit into the queue
 * (kernel.msgmnb).
 */
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>

#include "wait.h"

enum { REQUEST = 1, REPLY = 2 };

/* msgsnd wants its type right in front of the data. */
_Static_assert(PAYLOAD_HEADROOM >= sizeof(long), "no room for a message type");

struct sysv_msg_state {
	int queue;
	bool open;
	long out_type;
	long in_type;
};

static void sysv_msg_support(struct probe_support *support)
{
	struct msginfo info;
	if (msgctl(0, IPC_INFO, (struct msqid_ds *)(void *)&info) < 0) {
		support->available = false;
		snprintf(support->reason, sizeof support->reason, "msgctl(IPC_INFO): %s",
			 strerror(errno));
		snprintf(support->remedy, sizeof support->remedy,
			 "a kernel with CONFIG_SYSVIPC is needed");
		return;
	}
	bool by_queue = info.msgmnb < info.msgmax;
	const char *name = by_queue ? "kernel.msgmnb" : "kernel.msgmax";
	int limit = by_queue ? info.msgmnb : info.msgmax;
	if ((uint64_t)limit >= support->size_max)
		return;
	support->size_max = (uint64_t)limit;
	snprintf(support->reason, sizeof support->reason, "%s is %d bytes", name, limit);
	snprintf(support->remedy, sizeof support->remedy,
		 "raise the limit as root: sysctl %s=BYTES", name);
}

static int sysv_msg_server_open(struct peer *peer)
{
	struct sysv_msg_state *state = peer->state;
	PEER_TRY(peer, state->queue = msgget((key_t)peer->cell->key, IPC_CREAT | IPC_EXCL | 0600));
	state->open = true;
	state->out_type = REPLY;
	state->in_type = REQUEST;
	memcpy(peer->rendezvous.blob, &state->queue, sizeof state->queue);
	peer->rendezvous.blob_bytes = sizeof state->queue;
	return 0;
}

static int sysv_msg_client_open(struct peer *peer)
{
	struct sysv_msg_state *state = peer->state;
	memcpy(&state->queue, peer->rendezvous.blob, sizeof state->queue);
	state->out_type = REQUEST;
	state->in_type = REPLY;
	return 0;
}

/* The message that starts `headroom` bytes before the payload. */
static long *message_at(const void *payload)
{
	return (long *)((unsigned char *)(uintptr_t)payload - sizeof(long));
}

static int sysv_msg_send(struct peer *peer, const void *data, size_t n)
{
	struct sysv_msg_state *state = peer->state;
	long *message = message_at(data);
	struct spin spin = {0};
	int flags = peer->cell->wait == WAIT_BLOCK ? 0 : IPC_NOWAIT;
	*message = state->out_type;
	while (msgsnd(state->queue, message, n, flags) < 0) {
		if (errno == EAGAIN) {
			if (!spin_again(peer, &spin, false))
				flags = 0;
		} else if (errno != EINTR) {
			return peer_fail(peer, errno, "msgsnd of %zu bytes", n);
		}
	}
	return 0;
}

static int sysv_msg_recv(struct peer *peer, void *data, size_t n)
{
	struct sysv_msg_state *state = peer->state;
	struct spin spin = {0};
	int flags = peer->cell->wait == WAIT_BLOCK ? 0 : IPC_NOWAIT;
	ssize_t got;
	while ((got = msgrcv(state->queue, message_at(data), n, state->in_type, flags)) < 0) {
		if (errno == ENOMSG) {
			if (!spin_again(peer, &spin, false))
				flags = 0;
		} else if (errno != EINTR) {
			return peer_fail(peer, errno, "msgrcv of %zu bytes", n);
		}
	}
	if ((size_t)got != n)
		return peer_fail(peer, EBADMSG, "msgrcv: %zd of %zu bytes", got, n);
	return 0;
}

static void sysv_msg_close(struct peer *peer)
{
	struct sysv_msg_state *state = peer->state;
	if (state->open)
		msgctl(state->queue, IPC_RMID, NULL);
}

const struct probe_ops probe_sysv_msg = {
	.name = "sysv-msg",
	.patterns = PATTERNS_MESSAGE,
	.waits = WAITS_ALL,
	.state_bytes = sizeof(struct sysv_msg_state),
	.support = sysv_msg_support,
	.server_open = sysv_msg_server_open,
	.client_open = sysv_msg_client_open,
	.send = sysv_msg_send,
	.recv = sysv_msg_recv,
	.close = sysv_msg_close,
};
