/*
 * sysv-shm: a ring of pieces in a System V segment for each direction,
 * signalled by System V semaphores.
 *
 * The classic bounded buffer: `empty` counts free pieces, `occupied` filled
 * ones. Two copies per message, both by the peers, and four semop calls per
 * piece and round trip direction pair: two to send, two to receive.
 */
#include <string.h>

#include "sysv.h"

enum { PIECES = 16, PIECE_BYTES = 16 * 1024, REQUESTS = 0, REPLIES = 1 };

/* Semaphores of direction d: 2d is empty, 2d + 1 is occupied. */
struct direction {
	unsigned char pieces[PIECES][PIECE_BYTES];
};

struct sysv_shm_state {
	struct sysv_area area;
	unsigned sent; /* pieces, modulo PIECES */
	unsigned received;
};

static int sysv_shm_server_open(struct peer *peer)
{
	struct sysv_shm_state *state = peer->state;
	if (sysv_create(peer, &state->area, 4, 2 * sizeof(struct direction)) < 0)
		return -1;
	for (int i = 0; i < PIECES; i++)
		if (sysv_post(peer, &state->area, 2 * REQUESTS) < 0 ||
		    sysv_post(peer, &state->area, 2 * REPLIES) < 0)
			return -1;
	return 0;
}

static int sysv_shm_client_open(struct peer *peer)
{
	return sysv_attach(peer, &((struct sysv_shm_state *)peer->state)->area);
}

static int sysv_shm_send(struct peer *peer, const void *data, size_t n)
{
	struct sysv_shm_state *state = peer->state;
	unsigned short way = peer->role == ROLE_SERVER ? REPLIES : REQUESTS;
	struct direction *ring = (struct direction *)state->area.memory + way;
	for (const unsigned char *from = data; n > 0; state->sent++) {
		size_t length = n < PIECE_BYTES ? n : PIECE_BYTES;
		if (sysv_wait(peer, &state->area, 2 * way) < 0)
			return -1;
		memcpy(ring->pieces[state->sent % PIECES], from, length);
		if (sysv_post(peer, &state->area, 2 * way + 1) < 0)
			return -1;
		from += length;
		n -= length;
	}
	return 0;
}

static int sysv_shm_recv(struct peer *peer, void *data, size_t n)
{
	struct sysv_shm_state *state = peer->state;
	unsigned short way = peer->role == ROLE_SERVER ? REQUESTS : REPLIES;
	struct direction *ring = (struct direction *)state->area.memory + way;
	for (unsigned char *to = data; n > 0; state->received++) {
		size_t length = n < PIECE_BYTES ? n : PIECE_BYTES;
		if (sysv_wait(peer, &state->area, 2 * way + 1) < 0)
			return -1;
		memcpy(to, ring->pieces[state->received % PIECES], length);
		if (sysv_post(peer, &state->area, 2 * way) < 0)
			return -1;
		to += length;
		n -= length;
	}
	return 0;
}

static void sysv_shm_close(struct peer *peer)
{
	sysv_close(&((struct sysv_shm_state *)peer->state)->area);
}

const struct probe_ops probe_sysv_shm = {
	.name = "sysv-shm",
	.patterns = PATTERNS_MESSAGE,
	.waits = WAITS_ALL,
	.state_bytes = sizeof(struct sysv_shm_state),
	.server_open = sysv_shm_server_open,
	.client_open = sysv_shm_client_open,
	.send = sysv_shm_send,
	.recv = sysv_shm_recv,
	.close = sysv_shm_close,
};
