/*
 * shm-ring: a byte ring in shared memory for each direction.
 *
 * Two copies per message, both by the peers: into the ring and out of it. With
 * wait policy spin no system call is made at all: this is what the machine's
 * caches can do, and the reference for everything that claims to be fast.
 */
#include "ring_pair.h"
#include "shared_memory.h"

static int shm_ring_server_open(struct peer *peer)
{
	void *memory;
	if (shared_memory_create(peer, RING_PAIR_BYTES, &memory) < 0)
		return -1;
	ring_pair_use(peer, memory);
	return 0;
}

static int shm_ring_client_open(struct peer *peer)
{
	void *memory;
	if (shared_memory_attach(peer, RING_PAIR_BYTES, &memory) < 0)
		return -1;
	ring_pair_use(peer, memory);
	return 0;
}

const struct probe_ops probe_shm_ring = {
	.name = "shm-ring",
	.patterns = PATTERNS_MESSAGE,
	.waits = WAITS_ALL,
	.state_bytes = sizeof(struct ring_pair),
	.server_open = shm_ring_server_open,
	.client_open = shm_ring_client_open,
	.send = ring_pair_send,
	.recv = ring_pair_recv,
	.close = ring_pair_close,
};
