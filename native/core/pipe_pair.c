#include <fcntl.h>
#include <stdlib.h>

#include "pipe_pair.h"

const char *const pipe_pair_options[] = {CHANNEL_OPTIONS, "pipe-size", NULL};

static int set_capacity(struct peer *peer, int fd)
{
	const char *text = cell_option(peer->cell, "pipe-size", NULL);
	if (text == NULL || fcntl(fd, F_SETPIPE_SZ, atoi(text)) >= 0)
		return 0;
	if (errno == EPERM)
		return peer_unavailable(peer, "raise fs.pipe-max-size as root",
					"pipe-size=%s is more than fs.pipe-max-size", text);
	return peer_fail(peer, errno, "fcntl(F_SETPIPE_SZ, %s)", text);
}

int pipe_pair_create(struct peer *peer, int *in_fd, int *out_fd)
{
	struct rendezvous *rendezvous = &peer->rendezvous;
	int requests[2], replies[2];
	PEER_TRY(peer, pipe2(requests, O_CLOEXEC));
	rendezvous->fds[rendezvous->fd_count++] = requests[1];
	PEER_TRY(peer, pipe2(replies, O_CLOEXEC));
	rendezvous->fds[rendezvous->fd_count++] = replies[0];
	*in_fd = requests[0];
	*out_fd = replies[1];
	return 0;
}

int pipe_pair_open(struct peer *peer, int in_fd, int out_fd)
{
	struct pipe_pair *pair = peer->state;
	if (channel_open(peer, &pair->in, in_fd) < 0 || channel_open(peer, &pair->out, out_fd) < 0)
		return -1;
	return set_capacity(peer, out_fd);
}

int pipe_pair_send(struct peer *peer, const void *data, size_t n)
{
	return channel_send(peer, &((struct pipe_pair *)peer->state)->out, data, n);
}

int pipe_pair_recv(struct peer *peer, void *data, size_t n)
{
	return channel_recv(peer, &((struct pipe_pair *)peer->state)->in, data, n);
}

void pipe_pair_close(struct peer *peer)
{
	struct pipe_pair *pair = peer->state;
	channel_close(&pair->in);
	channel_close(&pair->out);
}
