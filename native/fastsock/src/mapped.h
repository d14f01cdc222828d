/* What the transports with a ring in the segment share. */
#ifndef FASTSOCK_MAPPED_H
#define FASTSOCK_MAPPED_H

#include "transport.h"

/* As transport.put, into connection->out_ring. */
ssize_t mapped_put(struct connection *connection, const unsigned char *data, size_t n, size_t room);

/* Copies into a ring at `position`, round its end. */
void ring_copy_in(unsigned char *ring, uint32_t ring_bytes, uint64_t position,
		  const unsigned char *data, size_t n);

/* So much is published at a time: the consumer copies while the next is put. */
enum { PUBLISH_BYTES = 16 * 1024 };

/* Counts a signal and wakes who sleeps on it, in whatever process. */
void signal_raise(_Atomic uint32_t *signal);

#endif
