/*
 * socketpair: a connected pair of UNIX stream sockets, without a name.
 *
 * Two copies per message, both by the kernel: into socket buffers and out.
 */
#include <sys/socket.h>

#include "stream_socket.h"

static int socketpair_server_open(struct peer *peer)
{
	struct stream_state *state = peer->state;
	int ends[2];
	PEER_TRY(peer, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
	state->fd = ends[0];
	peer->rendezvous.fds[peer->rendezvous.fd_count++] = ends[1];
	return wait_prepare_fd(peer, state->fd);
}

static int socketpair_client_open(struct peer *peer)
{
	struct stream_state *state = peer->state;
	state->fd = peer->rendezvous.fds[0];
	return wait_prepare_fd(peer, state->fd);
}

const struct probe_ops probe_socketpair = {
	.name = "socketpair",
	.patterns = PATTERN_BIT(PATTERN_ECHO),
	.waits = WAITS_ALL,
	.state_bytes = sizeof(struct stream_state),
	.server_open = socketpair_server_open,
	.client_open = socketpair_client_open,
	.send = stream_send,
	.recv = stream_recv,
	.close = stream_close,
};
