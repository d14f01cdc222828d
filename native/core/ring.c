#include <string.h>

#include "ring.h"

/* The longest piece that fits: what is left, what is free (or filled), what is
 * contiguous, and what is published at once. */
static uint32_t piece(size_t left, uint32_t ready, uint32_t position)
{
	uint32_t contiguous = RING_BYTES - position % RING_BYTES;
	uint32_t length = ready < contiguous ? ready : contiguous;
	if (length > RING_PIECE_BYTES)
		length = RING_PIECE_BYTES;
	return left < length ? (uint32_t)left : length;
}

int ring_send(struct peer *peer, struct ring_end *end, const void *data, size_t n)
{
	struct ring *ring = end->ring;
	for (const unsigned char *from = data; n > 0;) {
		uint32_t space = RING_BYTES - (end->own - end->other);
		if (space == 0) {
			/* The wait acquires: the consumer has read what we overwrite next. */
			if (gate_wait(peer, &ring->tail, end->other, &end->other) < 0)
				return -1;
			continue;
		}
		uint32_t length = piece(n, space, end->own);
		memcpy(ring->data + end->own % RING_BYTES, from, length);
		end->own += length;
		from += length;
		n -= length;
		if (gate_set(peer, &ring->head, end->own) < 0)
			return -1;
	}
	return 0;
}

int ring_recv(struct peer *peer, struct ring_end *end, void *data, size_t n)
{
	struct ring *ring = end->ring;
	for (unsigned char *to = data; n > 0;) {
		uint32_t filled = end->other - end->own;
		if (filled == 0) {
			if (gate_wait(peer, &ring->head, end->other, &end->other) < 0)
				return -1;
			continue;
		}
		uint32_t length = piece(n, filled, end->own);
		memcpy(to, ring->data + end->own % RING_BYTES, length);
		end->own += length;
		to += length;
		n -= length;
		if (gate_set(peer, &ring->tail, end->own) < 0)
			return -1;
	}
	return 0;
}
