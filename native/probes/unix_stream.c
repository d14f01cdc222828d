/*
 * unix-stream: a UNIX stream socket with a path, connected by name.
 *
 * Two copies per message, both by the kernel. The name costs at connect only;
 * its file lies in the trial's private directory.
 */
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "stream_socket.h"

static int address(struct peer *peer, struct sockaddr_un *name)
{
	*name = (struct sockaddr_un){.sun_family = AF_UNIX};
	return peer_path(peer, "socket", name->sun_path, sizeof name->sun_path);
}

static int unix_stream_server_open(struct peer *peer)
{
	struct stream_state *state = peer->state;
	struct sockaddr_un name;
	if (address(peer, &name) < 0)
		return -1;
	PEER_TRY(peer, state->listen = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
	PEER_TRY(peer, bind(state->listen, (struct sockaddr *)&name, sizeof name));
	PEER_TRY(peer, listen(state->listen, 1));
	return 0;
}

static int unix_stream_client_open(struct peer *peer)
{
	struct stream_state *state = peer->state;
	struct sockaddr_un name;
	if (address(peer, &name) < 0)
		return -1;
	PEER_TRY(peer, state->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
	PEER_TRY(peer, connect(state->fd, (struct sockaddr *)&name, sizeof name));
	return wait_prepare_fd(peer, state->fd);
}

const struct probe_ops probe_unix_stream = {
	.name = "unix-stream",
	.patterns = PATTERN_BIT(PATTERN_ECHO),
	.waits = WAITS_ALL,
	.state_bytes = sizeof(struct stream_state),
	.server_open = unix_stream_server_open,
	.client_open = unix_stream_client_open,
	.server_accept = stream_accept,
	.send = stream_send,
	.recv = stream_recv,
	.close = stream_close,
};
