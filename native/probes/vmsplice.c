/*
 * vmsplice: two pipes that the sender fills by reference.
 *
 * The sender's pages themselves become the pipe's content: one copy per
 * message, by the kernel, when the receiver reads. The sender must not touch
 * the pages before that, so of a stream one message at a time is outstanding.
 */
#include <fcntl.h>
#include <sys/uio.h>

#include "pipe_pair.h"

static ssize_t vmsplice_out(int fd, const void *data, size_t n)
{
	struct iovec pages = {.iov_base = (void *)(uintptr_t)data, .iov_len = n};
	return vmsplice(fd, &pages, 1, 0);
}

static ssize_t vmsplice_out_nonblocking(int fd, const void *data, size_t n)
{
	struct iovec pages = {.iov_base = (void *)(uintptr_t)data, .iov_len = n};
	return vmsplice(fd, &pages, 1, SPLICE_F_NONBLOCK);
}

static int open_pair(struct peer *peer, int in_fd, int out_fd)
{
	struct pipe_pair *pair = peer->state;
	if (pipe_pair_open(peer, in_fd, out_fd) < 0)
		return -1;
	pair->out.out = pair->out.blocking ? vmsplice_out : vmsplice_out_nonblocking;
	return 0;
}

static int vmsplice_server_open(struct peer *peer)
{
	int in_fd, out_fd;
	if (pipe_pair_create(peer, &in_fd, &out_fd) < 0)
		return -1;
	return open_pair(peer, in_fd, out_fd);
}

static int vmsplice_client_open(struct peer *peer)
{
	return open_pair(peer, peer->rendezvous.fds[1], peer->rendezvous.fds[0]);
}

static uint32_t vmsplice_stream_window(const struct peer *peer)
{
	(void)peer;
	return 1;
}

const struct probe_ops probe_vmsplice = {
	.name = "vmsplice",
	.patterns = PATTERNS_MESSAGE,
	.waits = WAITS_ALL,
	.state_bytes = sizeof(struct pipe_pair),
	.options = pipe_pair_options,
	.server_open = vmsplice_server_open,
	.client_open = vmsplice_client_open,
	.send = pipe_pair_send,
	.recv = pipe_pair_recv,
	.stream_window = vmsplice_stream_window,
	.close = pipe_pair_close,
};
