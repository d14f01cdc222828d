/*
 * Transports: how bytes get into the ring of the other side, and how it is woken.
 *
 *   mmap-sem    the ring is in the shared segment; a futex wakes
 *   mmap-doors  the ring is in the shared segment; a door call wakes
 *   doors       the ring is in the consumer's memory; a door call carries the bytes
 *               there, and wakes
 *
 * Everything else (routes, bells, ends of file) is the same for all of them.
 */
#ifndef FASTSOCK_TRANSPORT_H
#define FASTSOCK_TRANSPORT_H

#include <stddef.h>
#include <stdint.h>

#include "connection.h"

enum transport_number { TRANSPORT_MMAP_SEM, TRANSPORT_MMAP_DOORS, TRANSPORT_DOORS, TRANSPORTS };

/* Descriptors that travel with an offer or an answer beside the segment. */
enum { TRANSPORT_DESCRIPTORS = 1 };

struct transport {
	const char *name;
	enum transport_number number;
	/*
	 * Makes what this side contributes, before the segment is announced, and puts
	 * the descriptors that the other side needs into fds (owned by the transport).
	 * Returns their number, or -1 with errno.
	 */
	int (*open)(struct connection *connection, int fds[TRANSPORT_DESCRIPTORS]);
	/* Takes over the other side's descriptors. 0 or -1 with errno. */
	int (*attach)(struct connection *connection, const int *fds, int count);
	/*
	 * Puts up to n bytes into the ring at record->out.position, of which `room` are
	 * free, and publishes them. The turn of record->out is held. Returns the bytes
	 * put, advanced in record->out.position, or -1 with errno when the other side
	 * can't be reached: then the connection goes back to the kernel.
	 */
	ssize_t (*put)(struct connection *connection, const unsigned char *data, size_t n,
		       size_t room);
	/* Wakes who sleeps in a futex on one of the two signals of a lane. */
	void (*wake)(struct connection *connection, struct lane *lane, _Atomic uint32_t *signal);
	void (*close)(struct connection *connection);
	/*
	 * NULL where incoming bytes lie in the segment. Else: puts those that are unread
	 * there, for a hard retreat, and accepts no more. The turn of record->in is held.
	 * Also in children of the process that opened it.
	 */
	void (*expose)(struct connection *connection);
};

extern const struct transport transport_mmap_sem;
extern const struct transport transport_mmap_doors;
extern const struct transport transport_doors;

/* By name or number; NULL when there is none. */
const struct transport *transport_by_name(const char *name);
const struct transport *transport_by_number(uint32_t number);

#endif
