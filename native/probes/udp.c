/*
 * udp: UDP over the loopback interface, IPv4, both sockets connected.
 *
 * Two copies per message, both by the kernel. A datagram has at most 65,507
 * bytes. The receiver's buffer drops what doesn't fit, so a stream keeps no more
 * messages outstanding than surely do.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "socket.h"

enum { LARGEST = 65507 };

static void udp_support(struct probe_support *support)
{
	support->size_max = LARGEST;
	snprintf(support->reason, sizeof support->reason,
		 "an IPv4 datagram carries at most %d bytes", LARGEST);
	loopback_support(support);
}

static int open_bound(struct peer *peer)
{
	struct socket_state *state = peer->state;
	struct sockaddr_in name = {.sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd;
	PEER_TRY(peer, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	state->channel.fd = fd;
	PEER_TRY(peer, bind(fd, (struct sockaddr *)&name, sizeof name));
	state->address_bytes = sizeof state->address;
	PEER_TRY(peer, getsockname(fd, (struct sockaddr *)&state->address, &state->address_bytes));
	if (socket_adopt(peer, fd) < 0)
		return -1;
	state->channel.datagrams = true;
	return 0;
}

static int udp_server_open(struct peer *peer)
{
	struct socket_state *state = peer->state;
	if (open_bound(peer) < 0)
		return -1;
	memcpy(peer->rendezvous.blob, &state->address, state->address_bytes);
	peer->rendezvous.blob_bytes = state->address_bytes;
	return 0;
}

static int udp_client_open(struct peer *peer)
{
	if (open_bound(peer) < 0)
		return -1;
	return socket_learn(peer);
}

/* The client connects and says so with an empty datagram, by which the server
 * learns where to connect back to. */
static int udp_connect(struct peer *peer)
{
	struct socket_state *state = peer->state;
	int fd = state->channel.fd;
	PEER_TRY(peer, connect(fd, (struct sockaddr *)&state->address, state->address_bytes));
	PEER_TRY(peer, send(fd, "", 0, 0));
	return 0;
}

static int udp_accept(struct peer *peer)
{
	struct socket_state *state = peer->state;
	struct sockaddr_storage client;
	socklen_t bytes = sizeof client;
	int fd = state->channel.fd;
	char nothing;
	ssize_t got;
	/* The datagram was sent before the client reported that it is open. */
	PEER_TRY(peer, got = recvfrom(fd, &nothing, 0, 0, (struct sockaddr *)&client, &bytes));
	PEER_TRY(peer, connect(fd, (struct sockaddr *)&client, bytes));
	return got == 0 ? 0 : peer_fail(peer, EPROTO, "unexpected datagram of %zd bytes", got);
}

static int udp_disconnect(struct peer *peer)
{
	(void)peer;
	return 0;
}

const struct probe_ops probe_udp = {
	.name = "udp",
	.patterns = PATTERNS_MESSAGE,
	.waits = WAITS_ALL,
	.state_bytes = sizeof(struct socket_state),
	.options = datagram_options,
	.support = udp_support,
	.server_open = udp_server_open,
	.client_open = udp_client_open,
	.connect = udp_connect,
	.accept = udp_accept,
	.disconnect = udp_disconnect,
	.send = socket_send,
	.recv = socket_recv,
	.stream_window = socket_stream_window,
	.close = socket_close,
};
