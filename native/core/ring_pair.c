#include <sys/mman.h>

#include "ring_pair.h"

void ring_pair_use(struct peer *peer, void *memory)
{
	struct ring_pair *pair = peer->state;
	bool server = peer->role == ROLE_SERVER;
	pair->rings = memory;
	pair->out.ring = &pair->rings[server];
	pair->in.ring = &pair->rings[!server];
}

int ring_pair_send(struct peer *peer, const void *data, size_t n)
{
	return ring_send(peer, &((struct ring_pair *)peer->state)->out, data, n);
}

int ring_pair_recv(struct peer *peer, void *data, size_t n)
{
	return ring_recv(peer, &((struct ring_pair *)peer->state)->in, data, n);
}

void ring_pair_close(struct peer *peer)
{
	struct ring_pair *pair = peer->state;
	if (pair->rings != NULL)
		munmap(pair->rings, RING_PAIR_BYTES);
}
