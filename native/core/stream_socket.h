/* What the probes on connected stream sockets share: moving bytes over the one
 * descriptor in peer->state. */
#ifndef IPCBENCH_STREAM_SOCKET_H
#define IPCBENCH_STREAM_SOCKET_H

#include "wait.h"

struct stream_state {
	int fd;     /* connected, 0 = none yet */
	int listen; /* server only, 0 = none */
};

/* Takes the first connection off state->listen. */
int stream_accept(struct peer *peer);
int stream_send(struct peer *peer, const void *data, size_t n);
int stream_recv(struct peer *peer, void *data, size_t n);
void stream_close(struct peer *peer);

#endif
