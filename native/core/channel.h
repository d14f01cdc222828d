/*
 * Channels: moving bytes over a descriptor, whatever call moves them and
 * however the peer waits. Every probe on descriptors uses them, so that a wait
 * policy, a readiness call or a family of calls is the same thing everywhere.
 *
 * Options (of the probes that list them in their tables):
 *   calls    read-write, readv-writev, send-recv, sendto-recvfrom,
 *            sendmsg-recvmsg: the five pairs of 4.2BSD; the last three need a
 *            socket
 *   chunk    at most so many bytes per call
 *   ready    poll, select, epoll: ask for readiness before every receive, as an
 *            event loop does
 */
#ifndef IPCBENCH_CHANNEL_H
#define IPCBENCH_CHANNEL_H

#include <sys/types.h>

#include "wait.h"

enum readiness { READY_NONE, READY_POLL, READY_SELECT, READY_EPOLL };

struct channel {
	int fd;       /* 0 = not open */
	int epoll_fd; /* 0 = none */
	ssize_t (*in)(int fd, void *data, size_t n);
	ssize_t (*out)(int fd, const void *data, size_t n);
	size_t chunk;
	enum readiness readiness;
	bool datagrams; /* one call moves one whole message */
	bool blocking;  /* calls may sleep in the kernel */
};

#define CHANNEL_OPTIONS "chunk", "ready"

/* Takes over `fd`, with read and write, and what the cell's options say. */
int channel_open(struct peer *peer, struct channel *channel, int fd);

/* Moves exactly n bytes, or one message of n bytes. */
int channel_send(struct peer *peer, struct channel *channel, const void *data, size_t n);
int channel_recv(struct peer *peer, struct channel *channel, void *data, size_t n);

/* Reads until the other side has closed. */
int channel_drain(struct peer *peer, struct channel *channel);

void channel_close(struct channel *channel);

#endif
