/*
 * pipe: two pipes, one for each direction.
 *
 * Two copies per message, both by the kernel: into the pipe's pages and out of
 * them. A pipe holds 64 KiB by default, so a longer message is passed on in
 * pieces while both sides run.
 */
#include <fcntl.h>

#include "channel.h"
#include "pipe_pair.h"

static int pipe_server_open(struct peer *peer)
{
	struct rendezvous *rendezvous = &peer->rendezvous;
	int requests[2], replies[2];
	PEER_TRY(peer, pipe2(requests, O_CLOEXEC));
	rendezvous->fds[rendezvous->fd_count++] = requests[1];
	PEER_TRY(peer, pipe2(replies, O_CLOEXEC));
	rendezvous->fds[rendezvous->fd_count++] = replies[0];
	return pipe_pair_open(peer, requests[0], replies[1]);
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
