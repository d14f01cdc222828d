/*
 * A single-producer, single-consumer byte ring in memory that both peers have
 * mapped. `head` counts the bytes produced, `tail` those consumed, both
 * modulo 2^32; each is written by one side and waited for by the other.
 * Messages have no frame: both sides know how many bytes to expect.
 */
#ifndef IPCBENCH_RING_H
#define IPCBENCH_RING_H

#include <stddef.h>

#include "wait.h"

/* A power of two, so that positions wrap with the 32-bit counters. */
#define RING_BYTES (256u * 1024u)

/* A long message is published in pieces of this size, so that the consumer's
 * copy overlaps the producer's. */
#define RING_PIECE_BYTES (16u * 1024u)

struct ring {
	struct gate head;
	struct gate tail;
	unsigned char data[RING_BYTES];
};

/* One side's private view: its own counter and the last seen of the other's. */
struct ring_end {
	struct ring *ring;
	uint32_t own;
	uint32_t other;
};

int ring_send(struct peer *peer, struct ring_end *end, const void *data, size_t n);
int ring_recv(struct peer *peer, struct ring_end *end, void *data, size_t n);

#endif
