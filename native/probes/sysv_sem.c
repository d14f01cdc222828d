/*
 * sysv-sem: a pair of System V semaphores hands control over; the payload lies
 * in a System V shared memory segment.
 *
 * Two copies per message, both by the peers. Four semop calls per round trip,
 * two of which wait.
 */
#include "slots.h"
#include "sysv.h"

struct sysv_sem_state {
	struct sysv_area area;
	struct slots slots;
};

static int sysv_sem_server_open(struct peer *peer)
{
	struct sysv_sem_state *state = peer->state;
	if (sysv_create(peer, &state->area, 2, slots_bytes(peer)) < 0)
		return -1;
	slots_use(peer, &state->slots, state->area.memory);
	return 0;
}

static int sysv_sem_client_open(struct peer *peer)
{
	struct sysv_sem_state *state = peer->state;
	if (sysv_attach(peer, &state->area) < 0)
		return -1;
	slots_use(peer, &state->slots, state->area.memory);
	return 0;
}

/* Semaphore 0 counts requests, 1 replies. */
static int sysv_sem_send(struct peer *peer, const void *data, size_t n)
{
	struct sysv_sem_state *state = peer->state;
	slots_put(&state->slots, data, n);
	return sysv_post(peer, &state->area, peer->role == ROLE_SERVER);
}

static int sysv_sem_recv(struct peer *peer, void *data, size_t n)
{
	struct sysv_sem_state *state = peer->state;
	if (sysv_wait(peer, &state->area, peer->role == ROLE_CLIENT) < 0)
		return -1;
	slots_take(&state->slots, data, n);
	return 0;
}

static void sysv_sem_close(struct peer *peer)
{
	sysv_close(&((struct sysv_sem_state *)peer->state)->area);
}

const struct probe_ops probe_sysv_sem = {
	.name = "sysv-sem",
	.patterns = PATTERNS_MESSAGE,
	.waits = WAITS_ALL,
	.state_bytes = sizeof(struct sysv_sem_state),
	.server_open = sysv_sem_server_open,
	.client_open = sysv_sem_client_open,
	.send = sysv_sem_send,
	.recv = sysv_sem_recv,
	.stream_window = slots_stream_window,
	.close = sysv_sem_close,
};
