/*
 * unix-dgram: two UNIX datagram sockets, each bound to a name and connected to
 * the other's.
 *
 * Two copies per message, both by the kernel. Reliable and in order, unlike
 * UDP: a sender waits while the receiver's queue (net.unix.max_dgram_qlen) is
 * full.
 */
#include <string.h>

#include "datagram.h"
#include "unix_socket.h"

static int open_bound(struct peer *peer, const char *who)
{
	struct socket_state *state = peer->state;
	int fd;
	if (unix_socket_name(peer, who, &state->address, &state->address_bytes) < 0)
		return -1;
	PEER_TRY(peer, fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	state->channel.fd = fd;
	PEER_TRY(peer, bind(fd, (struct sockaddr *)&state->address, state->address_bytes));
	if (socket_adopt(peer, fd) < 0)
		return -1;
	state->channel.datagrams = true;
	return socket_fit_datagram(peer, fd, peer->out_bytes);
}

static int connect_to(struct peer *peer, const char *who)
{
	struct socket_state *state = peer->state;
	struct sockaddr_storage other;
	socklen_t bytes;
	if (unix_socket_name(peer, who, &other, &bytes) < 0)
		return -1;
	PEER_TRY(peer, connect(state->channel.fd, (struct sockaddr *)&other, bytes));
	return 0;
}

static int unix_dgram_server_open(struct peer *peer)
{
	return open_bound(peer, "server");
}

static int unix_dgram_client_open(struct peer *peer)
{
	return open_bound(peer, "client");
}

static int unix_dgram_connect(struct peer *peer)
{
	return connect_to(peer, "server");
}

static int unix_dgram_accept(struct peer *peer)
{
	return connect_to(peer, "client");
}

static int unix_dgram_disconnect(struct peer *peer)
{
	(void)peer;
	return 0;
}

const struct probe_ops probe_unix_dgram = {
	.name = "unix-dgram",
	.patterns = PATTERNS_MESSAGE,
	.waits = WAITS_ALL,
	.state_bytes = sizeof(struct socket_state),
	.options = unix_datagram_options,
	.support = datagram_unix_support,
	.server_open = unix_dgram_server_open,
	.client_open = unix_dgram_client_open,
	.connect = unix_dgram_connect,
	.accept = unix_dgram_accept,
	.disconnect = unix_dgram_disconnect,
	.send = socket_send,
	.recv = socket_recv,
	.close = socket_close,
};
