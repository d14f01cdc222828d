/*
 * tcp: TCP over the loopback interface, IPv4, TCP_NODELAY on both ends.
 *
 * Two copies per message, both by the kernel, and the whole protocol stack
 * between them: segments, acknowledgements, the loopback's soft interrupt.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "socket.h"

static int no_delay(struct peer *peer, int fd)
{
	int on = 1;
	PEER_TRY(peer, setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
	return 0;
}

static void prepare(struct socket_state *state)
{
	state->domain = AF_INET;
	state->type = SOCK_STREAM;
	state->configure = no_delay;
}

static int tcp_server_open(struct peer *peer)
{
	struct socket_state *state = peer->state;
	struct sockaddr_in name = {.sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	prepare(state);
	memcpy(&state->address, &name, sizeof name);
	state->address_bytes = sizeof name;
	return socket_listen(peer);
}

static int tcp_client_open(struct peer *peer)
{
	prepare(peer->state);
	return socket_learn(peer);
}

const struct probe_ops probe_tcp = {
	.name = "tcp",
	.patterns = PATTERNS_CONNECTED,
	.waits = WAITS_ALL,
	.state_bytes = sizeof(struct socket_state),
	.options = socket_options,
	.support = loopback_support,
	.server_open = tcp_server_open,
	.client_open = tcp_client_open,
	.connect = socket_connect,
	.accept = socket_accept,
	.disconnect = socket_disconnect,
	.send = socket_send,
	.recv = socket_recv,
	.close = socket_close,
};
