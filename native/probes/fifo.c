/*
 * fifo: two named pipes in the trial's directory.
 *
 * The same kernel object as a pipe, found by name: what differs is opening it.
 */
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "pipe_pair.h"

static int open_fifo(struct peer *peer, const char *name, int *fd)
{
	char path[PATH_MAX];
	if (peer_path(peer, name, path, sizeof path) < 0)
		return -1;
	/* Read and write, so that no open waits for the other side's. */
	PEER_TRY(peer, *fd = open(path, O_RDWR | O_CLOEXEC));
	return 0;
}

static int make_fifo(struct peer *peer, const char *name)
{
	char path[PATH_MAX];
	if (peer_path(peer, name, path, sizeof path) < 0)
		return -1;
	PEER_TRY(peer, mkfifo(path, 0600));
	return 0;
}

static int open_both(struct peer *peer, const char *in, const char *out)
{
	int in_fd, out_fd;
	if (open_fifo(peer, in, &in_fd) < 0 || open_fifo(peer, out, &out_fd) < 0)
		return -1;
	return pipe_pair_open(peer, in_fd, out_fd);
}

static int fifo_server_open(struct peer *peer)
{
	if (make_fifo(peer, "requests") < 0 || make_fifo(peer, "replies") < 0)
		return -1;
	return open_both(peer, "requests", "replies");
}

static int fifo_client_open(struct peer *peer)
{
	return open_both(peer, "replies", "requests");
}

const struct probe_ops probe_fifo = {
	.name = "fifo",
	.patterns = PATTERNS_MESSAGE,
	.waits = WAITS_ALL,
	.state_bytes = sizeof(struct pipe_pair),
	.options = pipe_pair_options,
	.server_open = fifo_server_open,
	.client_open = fifo_client_open,
	.send = pipe_pair_send,
	.recv = pipe_pair_recv,
	.close = pipe_pair_close,
};
