/* Two processes with one connection between them, as the library would have set it up. */
#ifndef FASTSOCK_PAIR_H
#define FASTSOCK_PAIR_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "connection.h"
#include "transport.h"

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: %s (errno %d)\n", __FILE__, __LINE__, #condition,  \
				errno);                                                            \
			_exit(1);                                                                  \
		}                                                                                  \
	} while (0)

struct pair {
	const struct transport *transport;
	struct mapping mapping; /* inherited by both */
	int sockets[2];         /* by side */
};

struct end {
	struct connection connection;
	int socket; /* hangs up when the other process ends */
};

void pair_make(struct pair *pair, const struct transport *transport);

/* In the process that is to be that side. */
void end_open(struct end *end, struct pair *pair, enum side side);
void end_close(struct end *end);

/* All of it, sleeping for room: the bytes sent before the other side was gone. */
size_t end_send(struct end *end, const unsigned char *data, size_t n);

/* Waits for bytes: how many there are, 0 = the other side is gone and there are none. */
size_t end_await(struct end *end);
/* Takes n that are there. */
void end_take(struct end *end, unsigned char *data, size_t n);

bool end_is_alone(const struct end *end);

/* Sleeps that ended by time though there was something to do: wake-ups that were lost. */
extern unsigned lost_wakeups;

#endif
