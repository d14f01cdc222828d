/*
 * onc-rpc-udp: remote procedure calls by libtirpc over UDP on the loopback interface.
 *
 * Per message two copies by the kernel, as the socket makes them, and two by the
 * library, which marshals into a buffer of its own and out of one (XDR).
 * A call and its header must fit into one datagram.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

#include "onc_rpc.h"
#include "socket.h"

enum { LARGEST = 65507, HEADER_BYTES = 507 };

static void onc_rpc_udp_support(struct probe_support *support)
{
	support->size_max = LARGEST - HEADER_BYTES;
	snprintf(support->reason, sizeof support->reason,
		 "a call and its header must fit into a datagram of %d bytes", LARGEST);
	onc_rpc_support(support);
	loopback_support(support);
}

static int bound(struct peer *peer, int *fd)
{
	struct sockaddr_in name = {.sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	PEER_TRY(peer, *fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	PEER_TRY(peer, bind(*fd, (struct sockaddr *)&name, sizeof name));
	return 0;
}

static int onc_rpc_udp_server_open(struct peer *peer)
{
	int fd;
	return bound(peer, &fd) < 0 ? -1 : onc_rpc_serve(peer, fd, true);
}

static int onc_rpc_udp_client_open(struct peer *peer)
{
	int fd;
	return bound(peer, &fd) < 0 ? -1 : onc_rpc_bind(peer, fd, true);
}

const struct probe_ops probe_onc_rpc_udp = {
	.name = "onc-rpc-udp",
	.patterns = PATTERNS_CALL,
	.waits = WAIT_BIT(WAIT_BLOCK),
	.state_bytes = sizeof(struct onc_rpc_state),
	.options = onc_rpc_options,
	.support = onc_rpc_udp_support,
	.server_open = onc_rpc_udp_server_open,
	.client_open = onc_rpc_udp_client_open,
	.call = onc_rpc_call,
	.close = onc_rpc_close,
};
