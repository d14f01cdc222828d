/*
 * onc-rpc-unix: remote procedure calls by libtirpc over a UNIX stream socket.
 *
 * Per message two copies by the kernel, as the socket makes them, and two by the
 * library, which marshals into a buffer of its own and out of one (XDR).
 */
#include <string.h>
#include <sys/un.h>

#include "onc_rpc.h"

static int address(struct peer *peer, struct sockaddr_un *name)
{
	*name = (struct sockaddr_un){.sun_family = AF_UNIX};
	return peer_path(peer, "rpc", name->sun_path, sizeof name->sun_path);
}

static int onc_rpc_unix_server_open(struct peer *peer)
{
	struct sockaddr_un name;
	int fd;
	if (address(peer, &name) < 0)
		return -1;
	PEER_TRY(peer, fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
	PEER_TRY(peer, bind(fd, (struct sockaddr *)&name, sizeof name));
	PEER_TRY(peer, listen(fd, 1));
	return onc_rpc_serve(peer, fd, false);
}

static int onc_rpc_unix_client_open(struct peer *peer)
{
	int fd;
	PEER_TRY(peer, fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
	return onc_rpc_bind(peer, fd, false);
}

const struct probe_ops probe_onc_rpc_unix = {
	.name = "onc-rpc-unix",
	.patterns = PATTERNS_CALL,
	.waits = WAIT_BIT(WAIT_BLOCK),
	.state_bytes = sizeof(struct onc_rpc_state),
	.options = onc_rpc_options,
	.support = onc_rpc_support,
	.server_open = onc_rpc_unix_server_open,
	.client_open = onc_rpc_unix_client_open,
	.call = onc_rpc_call,
	.close = onc_rpc_close,
};
