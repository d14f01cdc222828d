/*
 * futex: hand-off of control by a shared word, with a futex to sleep on.
 *
 * One slot for each direction: the sender copies the payload in and advances
 * the slot's gate; the receiver waits for the gate and copies out. In an
 * exchange the slot is free again when the answer has come, so no second
 * gate is needed for "empty". What futex costs beyond shm-ring is nothing but
 * its lack of a queue; with wait policy block it is the kernel's cheapest
 * hand-off.
 */
#include <string.h>
#include <sys/mman.h>

#include "shared_memory.h"
#include "wait.h"

struct slot {
	struct gate full;
	unsigned char data[SIZE_MAX_BYTES];
};

struct futex_state {
	struct slot *slots; /* [0] requests, [1] replies */
	struct slot *out;
	struct slot *in;
	uint32_t sent;
	uint32_t received;
};

static const size_t mapped_bytes = 2 * sizeof(struct slot);

static int futex_server_open(struct peer *peer)
{
	struct futex_state *state = peer->state;
	if (shared_memory_create(peer, mapped_bytes, (void **)&state->slots) < 0)
		return -1;
	state->in = &state->slots[0];
	state->out = &state->slots[1];
	return 0;
}

static int futex_client_open(struct peer *peer)
{
	struct futex_state *state = peer->state;
	if (shared_memory_attach(peer, mapped_bytes, (void **)&state->slots) < 0)
		return -1;
	state->out = &state->slots[0];
	state->in = &state->slots[1];
	return 0;
}

static int futex_send(struct peer *peer, const void *data, size_t n)
{
	struct futex_state *state = peer->state;
	memcpy(state->out->data, data, n);
	return gate_set(peer, &state->out->full, ++state->sent);
}

static int futex_recv(struct peer *peer, void *data, size_t n)
{
	struct futex_state *state = peer->state;
	if (gate_wait(peer, &state->in->full, state->received, &state->received) < 0)
		return -1;
	memcpy(data, state->in->data, n);
	return 0;
}

static void futex_close(struct peer *peer)
{
	struct futex_state *state = peer->state;
	if (state->slots != NULL)
		munmap(state->slots, mapped_bytes);
}

const struct probe_ops probe_futex = {
	.name = "futex",
	.patterns = PATTERN_BIT(PATTERN_ECHO),
	.waits = WAITS_ALL,
	.state_bytes = sizeof(struct futex_state),
	.server_open = futex_server_open,
	.client_open = futex_client_open,
	.send = futex_send,
	.recv = futex_recv,
	.close = futex_close,
};
