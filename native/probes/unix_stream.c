/*
 * unix-stream: a UNIX stream socket with a name, a path or an abstract one.
 *
 * Two copies per message, both by the kernel. The name costs at connect only.
 */
#include "unix_socket.h"

static int unix_stream_server_open(struct peer *peer)
{
	return unix_socket_serve(peer, SOCK_STREAM);
}

static int unix_stream_client_open(struct peer *peer)
{
	return unix_socket_learn(peer, SOCK_STREAM);
}

const struct probe_ops probe_unix_stream = {
	.name = "unix-stream",
	.patterns = PATTERNS_CONNECTED,
	.waits = WAITS_ALL,
	.state_bytes = sizeof(struct socket_state),
	.options = unix_socket_options,
	.server_open = unix_stream_server_open,
	.client_open = unix_stream_client_open,
	.connect = socket_connect,
	.accept = socket_accept,
	.disconnect = socket_disconnect,
	.send = socket_send,
	.recv = socket_recv,
	.close = socket_close,
};
