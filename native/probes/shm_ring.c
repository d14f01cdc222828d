/*
 * shm-ring: a byte ring in shared memory for each direction.
 *
 * Two copies per message, both by the peers: into the ring and out of it. With
 * wait policy spin no system call is made at all: this is what the machine's
 * caches can do, and the reference for everything that claims to be fast.
 */
#include <sys/mman.h>

#include "ring.h"
#include "shared_memory.h"

struct shm_ring_state {
	struct ring *rings; /* [0] requests, [1] replies */
	struct ring_end out;
	struct ring_end in;
};

static const size_t mapped_bytes = 2 * sizeof(struct ring);

static int shm_ring_server_open(struct peer *peer)
{
	struct shm_ring_state *state = peer->state;
	if (shared_memory_create(peer, mapped_bytes, (void **)&state->rings) < 0)
		return -1;
	state->in.ring = &state->rings[0];
	state->out.ring = &state->rings[1];
	return 0;
}

static int shm_ring_client_open(struct peer *peer)
{
	struct shm_ring_state *state = peer->state;
	if (shared_memory_attach(peer, mapped_bytes, (void **)&state->rings) < 0)
		return -1;
	state->out.ring = &state->rings[0];
	state->in.ring = &state->rings[1];
	return 0;
}

static int shm_ring_send(struct peer *peer, const void *data, size_t n)
{
	return ring_send(peer, &((struct shm_ring_state *)peer->state)->out, data, n);
}

static int shm_ring_recv(struct peer *peer, void *data, size_t n)
{
	return ring_recv(peer, &((struct shm_ring_state *)peer->state)->in, data, n);
}

static void shm_ring_close(struct peer *peer)
{
	struct shm_ring_state *state = peer->state;
	if (state->rings != NULL)
		munmap(state->rings, mapped_bytes);
}

const struct probe_ops probe_shm_ring = {
	.name = "shm-ring",
	.patterns = PATTERN_BIT(PATTERN_ECHO),
	.waits = WAITS_ALL,
	.state_bytes = sizeof(struct shm_ring_state),
	.server_open = shm_ring_server_open,
	.client_open = shm_ring_client_open,
	.send = shm_ring_send,
	.recv = shm_ring_recv,
	.close = shm_ring_close,
};
