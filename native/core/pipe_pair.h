/* What the probes on pipes share: a channel to read from and one to write to.
 *
 * Options: those of channel.h, and
 *   pipe-size   capacity of the pipe in bytes (F_SETPIPE_SZ) */
#ifndef IPCBENCH_PIPE_PAIR_H
#define IPCBENCH_PIPE_PAIR_H

#include <unistd.h>

#include "channel.h"

struct pipe_pair {
	struct channel in;
	struct channel out;
};

extern const char *const pipe_pair_options[];

/* Server: makes both pipes; the client's ends go into the rendezvous (to write,
 * to read), the server's come back. */
int pipe_pair_create(struct peer *peer, int *in_fd, int *out_fd);
int pipe_pair_open(struct peer *peer, int in_fd, int out_fd);
int pipe_pair_send(struct peer *peer, const void *data, size_t n);
int pipe_pair_recv(struct peer *peer, void *data, size_t n);
void pipe_pair_close(struct peer *peer);

#endif
