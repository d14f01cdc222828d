/*
 * socketpair: a connected pair of UNIX stream sockets, without a name.
 *
 * Two copies per message, both by the kernel: into socket buffers and out.
 */
#include "socket.h"

static int socketpair_server_open(struct peer *peer)
{
	int ends[2];
	PEER_TRY(peer, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
	peer->rendezvous.fds[peer->rendezvous.fd_count++] = ends[1];
	return socket_adopt(peer, ends[0]);
}

static int socketpair_client_open(struct peer *peer)
{
	return socket_adopt(peer, peer->rendezvous.fds[0]);
}

const struct probe_ops probe_socketpair = {
	.name = "socketpair",
	.patterns = PATTERNS_MESSAGE,
	.waits = WAITS_ALL,
	.state_bytes = sizeof(struct socket_state),
	.options = socket_options,
	.server_open = socketpair_server_open,
	.client_open = socketpair_client_open,
	.send = socket_send,
	.recv = socket_recv,
	.close = socket_close,
};
