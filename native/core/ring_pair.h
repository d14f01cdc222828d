/* Two rings, one for each direction, as the probes on rings use them. */
#ifndef IPCBENCH_RING_PAIR_H
#define IPCBENCH_RING_PAIR_H

#include "ring.h"

struct ring_pair {
	struct ring *rings; /* [0] requests, [1] replies; NULL = not mapped */
	struct ring_end out;
	struct ring_end in;
};

#define RING_PAIR_BYTES (2 * sizeof(struct ring))

/* Takes over zeroed memory of RING_PAIR_BYTES. */
void ring_pair_use(struct peer *peer, void *memory);

int ring_pair_send(struct peer *peer, const void *data, size_t n);
int ring_pair_recv(struct peer *peer, void *data, size_t n);
void ring_pair_close(struct peer *peer);

#endif
