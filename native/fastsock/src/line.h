/* Lines: what both transports over doors keep of a connection. */
#ifndef FASTSOCK_LINE_H
#define FASTSOCK_LINE_H

#include "doors.h"
#include "places.h"
#include "transport.h"

/* Carried by one call at most: it is copied four times, so it should stay in a cache. */
enum { CARRY_BYTES = 32 * 1024 };

struct parcel {
	struct door_request request;
	unsigned char bytes[CARRY_BYTES];
};

struct line {
	struct place *place;
	uint32_t generation;     /* of the process that the place is in */
	struct landing *landing; /* NULL = the incoming ring is in the segment */
	uint64_t key;            /* of the connection on the other side; set before the door */
	_Atomic int door;        /* of the other side; -1 = not known (yet) */
	uint32_t attempts;
	struct parcel parcel; /* guarded by record->out's turn; untouched unless it is used */
};

/* As transport.open; the landing is the caller's. */
int line_open(struct connection *connection, int fds[TRANSPORT_DESCRIPTORS],
	      struct landing *landing);

/* As in struct transport. close leaves the landing. */
int line_attach(struct connection *connection, const int *fds, int count);
void line_wake(struct connection *connection, struct lane *lane, _Atomic uint32_t *signal);
void line_close(struct connection *connection);

#endif
