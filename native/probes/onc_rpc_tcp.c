/*
 * onc-rpc-tcp: remote procedure calls by libtirpc over TCP on the loopback interface.
 *
 * Per message two copies by the kernel, as the socket makes them, and two by the
 * library, which marshals into a buffer of its own and out of one (XDR).
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "onc_rpc.h"
#include "socket.h"

static int no_delay(struct peer *peer, int fd)
{
	int on = 1;
	PEER_TRY(peer, setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
	return 0;
}

static int onc_rpc_tcp_server_open(struct peer *peer)
{
	struct sockaddr_in name = {.sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd;
	PEER_TRY(peer, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
	PEER_TRY(peer, bind(fd, (struct sockaddr *)&name, sizeof name));
	PEER_TRY(peer, listen(fd, 1));
	/* Accepted sockets inherit it. */
	return no_delay(peer, fd) < 0 ? -1 : onc_rpc_serve(peer, fd, false);
}

static int onc_rpc_tcp_client_open(struct peer *peer)
{
	int fd;
	PEER_TRY(peer, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
	return no_delay(peer, fd) < 0 ? -1 : onc_rpc_bind(peer, fd, false);
}

static void onc_rpc_tcp_support(struct probe_support *support)
{
	onc_rpc_support(support);
	loopback_support(support);
}

const struct probe_ops probe_onc_rpc_tcp = {
	.name = "onc-rpc-tcp",
	.patterns = PATTERNS_CALL,
	.waits = WAIT_BIT(WAIT_BLOCK),
	.state_bytes = sizeof(struct onc_rpc_state),
	.options = onc_rpc_options,
	.support = onc_rpc_tcp_support,
	.server_open = onc_rpc_tcp_server_open,
	.client_open = onc_rpc_tcp_client_open,
	.call = onc_rpc_call,
	.close = onc_rpc_close,
};
