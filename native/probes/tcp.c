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
#include <sys/socket.h>

#include "stream_socket.h"

static int no_delay(struct peer *peer, int fd)
{
	int on = 1;
	PEER_TRY(peer, setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
	return 0;
}

static int tcp_server_open(struct peer *peer)
{
	struct stream_state *state = peer->state;
	struct sockaddr_in name = {.sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof name;
	PEER_TRY(peer, state->listen = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
	PEER_TRY(peer, bind(state->listen, (struct sockaddr *)&name, sizeof name));
	PEER_TRY(peer, listen(state->listen, 1));
	PEER_TRY(peer, getsockname(state->listen, (struct sockaddr *)&name, &length));
	memcpy(peer->rendezvous.blob, &name, sizeof name);
	peer->rendezvous.blob_bytes = sizeof name;
	return 0;
}

static int tcp_client_open(struct peer *peer)
{
	struct stream_state *state = peer->state;
	struct sockaddr_in name;
	memcpy(&name, peer->rendezvous.blob, sizeof name);
	PEER_TRY(peer, state->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
	PEER_TRY(peer, connect(state->fd, (struct sockaddr *)&name, sizeof name));
	return no_delay(peer, state->fd) < 0 ? -1 : wait_prepare_fd(peer, state->fd);
}

static int tcp_server_accept(struct peer *peer)
{
	struct stream_state *state = peer->state;
	return stream_accept(peer) < 0 ? -1 : no_delay(peer, state->fd);
}

const struct probe_ops probe_tcp = {
	.name = "tcp",
	.patterns = PATTERN_BIT(PATTERN_ECHO),
	.waits = WAITS_ALL,
	.state_bytes = sizeof(struct stream_state),
	.server_open = tcp_server_open,
	.client_open = tcp_client_open,
	.server_accept = tcp_server_accept,
	.send = stream_send,
	.recv = stream_recv,
	.close = stream_close,
};
