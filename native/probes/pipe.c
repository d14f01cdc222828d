/*
 * pipe: two pipes, one for each direction.
 *
 * Two copies per message, both by the kernel: into the pipe's pages and out of
 * them. A pipe holds 64 KiB by default, so a longer message is passed on in
 * pieces while both sides run.
 */
#include "pipe_pair.h"

static int pipe_server_open(struct peer *peer)
{
	int in_fd, out_fd;
	if (pipe_pair_create(peer, &in_fd, &out_fd) < 0)
		return -1;
	return pipe_pair_open(peer, in_fd, out_fd);
}

static int pipe_client_open(struct peer *peer)
{
	return pipe_pair_open(peer, peer->rendezvous.fds[1], peer->rendezvous.fds[0]);
}

const struct probe_ops probe_pipe = {
	.name = "pipe",
	.patterns = PATTERNS_MESSAGE,
	.waits = WAITS_ALL,
	.state_bytes = sizeof(struct pipe_pair),
	.options = pipe_pair_options,
	.server_open = pipe_server_open,
	.client_open = pipe_client_open,
	.send = pipe_pair_send,
	.recv = pipe_pair_recv,
	.close = pipe_pair_close,
};
