/*
 * What the probes on sockets share: the families of calls, the watermarks, and
 * the life of a connection.
 *
 * Options: those of channel.h, and
 *   sndbuf, rcvbuf   SO_SNDBUF and SO_RCVBUF, the high watermarks, in bytes as
 *                    given to setsockopt; what the kernel granted goes to the page
 *   rcvlowat         SO_RCVLOWAT, the low watermark
 */
#ifndef IPCBENCH_SOCKET_H
#define IPCBENCH_SOCKET_H

#include <sys/socket.h>

#include "channel.h"

struct socket_state {
	struct channel channel;
	int listen; /* server: 0 = none */
	struct sockaddr_storage address;
	socklen_t address_bytes;
	int domain;
	int type;
	int (*configure)(struct peer *peer, int fd); /* of every connected socket; may be NULL */
};

/* A datagram is moved by one call, so "chunk" is for streams only. */
#define DATAGRAM_OPTIONS "ready", "calls", "sndbuf", "rcvbuf", "rcvlowat"
#define SOCKET_OPTIONS   DATAGRAM_OPTIONS, "chunk"

extern const char *const socket_options[];
extern const char *const datagram_options[];

/* Takes over a connected socket: options, wait policy, calls. */
int socket_adopt(struct peer *peer, int fd);

/* Server of a connection-oriented probe: socket, bind to state->address,
 * listen; state->address is then the real one and goes into the rendezvous. */
int socket_listen(struct peer *peer);

/* Client: the address from the rendezvous. */
int socket_learn(struct peer *peer);

/* Hooks for the probe's table. */
int socket_connect(struct peer *peer);
int socket_accept(struct peer *peer);
int socket_disconnect(struct peer *peer);
int socket_send(struct peer *peer, const void *data, size_t n);
int socket_recv(struct peer *peer, void *data, size_t n);
void socket_close(struct peer *peer);

/* Whether the IPv4 loopback can be reached: a container may have it down. */
void loopback_support(struct probe_support *support);

/* How many datagrams of this size surely fit into the receive buffer. */
uint32_t socket_stream_window(const struct peer *peer);

/* Enlarges SO_SNDBUF when a datagram of n bytes doesn't fit, as far as the
 * kernel allows. */
int socket_fit_datagram(struct peer *peer, int fd, size_t n);

#endif
