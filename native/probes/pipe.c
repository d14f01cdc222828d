/*
 * pipe: two pipes, one for each direction.
 *
 * Two copies per message, both by the kernel: into the pipe's pages and out of
 * them. A pipe holds 64 KiB by default, so a longer message is passed on in
 * pieces while both sides run.
 */
#include <fcntl.h>
#include <unistd.h>

#include "wait.h"

struct pipe_state {
	int read_fd;
	int write_fd;
};

static int prepare(struct peer *peer)
{
	struct pipe_state *state = peer->state;
	return wait_prepare_fd(peer, state->read_fd) < 0 ? -1
							 : wait_prepare_fd(peer, state->write_fd);
}

static int pipe_server_open(struct peer *peer)
{
	struct pipe_state *state = peer->state;
	struct rendezvous *rendezvous = &peer->rendezvous;
	int requests[2], replies[2];
	PEER_TRY(peer, pipe2(requests, O_CLOEXEC));
	state->read_fd = requests[0];
	rendezvous->fds[rendezvous->fd_count++] = requests[1];
	PEER_TRY(peer, pipe2(replies, O_CLOEXEC));
	state->write_fd = replies[1];
	rendezvous->fds[rendezvous->fd_count++] = replies[0];
	return prepare(peer);
}

static int pipe_client_open(struct peer *peer)
{
	struct pipe_state *state = peer->state;
	state->write_fd = peer->rendezvous.fds[0];
	state->read_fd = peer->rendezvous.fds[1];
	return prepare(peer);
}

static int pipe_send(struct peer *peer, const void *data, size_t n)
{
	return wait_write(peer, ((struct pipe_state *)peer->state)->write_fd, data, n);
}

static int pipe_recv(struct peer *peer, void *data, size_t n)
{
	return wait_read(peer, ((struct pipe_state *)peer->state)->read_fd, data, n);
}

static void pipe_close(struct peer *peer)
{
	struct pipe_state *state = peer->state;
	if (state->read_fd > 0)
		close(state->read_fd);
	if (state->write_fd > 0)
		close(state->write_fd);
}

const struct probe_ops probe_pipe = {
	.name = "pipe",
	.patterns = PATTERN_BIT(PATTERN_ECHO),
	.waits = WAITS_ALL,
	.state_bytes = sizeof(struct pipe_state),
	.server_open = pipe_server_open,
	.client_open = pipe_client_open,
	.send = pipe_send,
	.recv = pipe_recv,
	.close = pipe_close,
};
