/*
 * Places: the connections of this process that calls of its door can reach.
 *
 * One door serves all of them. A caller names a connection by its key, which only the
 * other side of that connection has been told (in the segment). So a caller can do to
 * connections only what it could do anyway: wake those that it shares, and deliver
 * bytes into them.
 */
#ifndef FASTSOCK_PLACES_H
#define FASTSOCK_PLACES_H

#include "connection.h"
#include "doors.h"
#include "record.h"

struct landing;
struct place;

/* What calls may touch of a connection; all of it stays until place_leave(). */
struct resident {
	struct lane *in, *out;
	struct landing *landing; /* NULL = bytes are not accepted */
};

/*
 * This process's door, made at first use, also in a child of fork. -1 with errno.
 * The library's own: not to be closed.
 */
int places_door(void);

/* A place and its key; NULL with errno. After places_door(). */
struct place *place_take(const struct resident *resident, uint64_t *key);

/* After this no call touches the resident. In a child a no-op for the parent's places. */
void place_leave(struct place *place, uint32_t generation);

/* Bytes from a call: those that continue what has arrived are put into the ring, as far
 * as there is room, and who sleeps for them is woken. */
void landing_accept(const struct resident *resident, const struct door_request *request,
		    const unsigned char *data, size_t n, struct door_answer *answer);

#endif
