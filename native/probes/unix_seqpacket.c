/*
 * unix-seqpacket: a UNIX socket that is connected like a stream and keeps
 * message boundaries like a datagram.
 *
 * Two copies per message, both by the kernel. A message has to fit into the
 * send buffer as a whole.
 */
#include "datagram.h"
#include "unix_socket.h"

static int configure(struct peer *peer, int fd)
{
	((struct socket_state *)peer->state)->channel.datagrams = true;
	return socket_fit_datagram(peer, fd, peer->out_bytes);
}

static int unix_seqpacket_server_open(struct peer *peer)
{
	((struct socket_state *)peer->state)->configure = configure;
	return unix_socket_serve(peer, SOCK_SEQPACKET);
}

static int unix_seqpacket_client_open(struct peer *peer)
{
	((struct socket_state *)peer->state)->configure = configure;
	return unix_socket_learn(peer, SOCK_SEQPACKET);
}

const struct probe_ops probe_unix_seqpacket = {
	.name = "unix-seqpacket",
	.patterns = PATTERNS_CONNECTED,
	.waits = WAITS_ALL,
	.state_bytes = sizeof(struct socket_state),
	.options = unix_datagram_options,
	.support = datagram_unix_support,
	.server_open = unix_seqpacket_server_open,
	.client_open = unix_seqpacket_client_open,
	.connect = socket_connect,
	.accept = socket_accept,
	.disconnect = socket_disconnect,
	.send = socket_send,
	.recv = socket_recv,
	.close = socket_close,
};
