/*
 * futex: hand-off of control by a shared word, with a futex to sleep on.
 *
 * Two copies per message, both by the peers: into the direction's slot and out
 * of it. The sender advances the slot's gate, the receiver waits for it. With
 * wait policy block it is the kernel's cheapest hand-off.
 */
#include <sys/mman.h>

#include "shared_memory.h"
#include "slots.h"
#include "wait.h"

struct futex_state {
	struct gate *gates; /* [0] requests, [1] replies; the slots follow */
	struct gate *out_gate;
	struct gate *in_gate;
	struct slots slots;
	uint32_t sent;
	uint32_t received;
};

static size_t mapped_bytes(const struct peer *peer)
{
	return 2 * sizeof(struct gate) + slots_bytes(peer);
}

static void use(struct peer *peer, struct gate *gates)
{
	struct futex_state *state = peer->state;
	bool server = peer->role == ROLE_SERVER;
	state->gates = gates;
	state->out_gate = &gates[server];
	state->in_gate = &gates[!server];
	slots_use(peer, &state->slots, &gates[2]);
}

static int futex_server_open(struct peer *peer)
{
	void *memory;
	if (shared_memory_create(peer, mapped_bytes(peer), &memory) < 0)
		return -1;
	use(peer, memory);
	return 0;
}

static int futex_client_open(struct peer *peer)
{
	void *memory;
	if (shared_memory_attach(peer, mapped_bytes(peer), &memory) < 0)
		return -1;
	use(peer, memory);
	return 0;
}

static int futex_send(struct peer *peer, const void *data, size_t n)
{
	struct futex_state *state = peer->state;
	slots_put(&state->slots, data, n);
	return gate_set(peer, state->out_gate, ++state->sent);
}

static int futex_recv(struct peer *peer, void *data, size_t n)
{
	struct futex_state *state = peer->state;
	if (gate_wait(peer, state->in_gate, state->received, &state->received) < 0)
		return -1;
	slots_take(&state->slots, data, n);
	return 0;
}

static void futex_close(struct peer *peer)
{
	struct futex_state *state = peer->state;
	if (state->gates != NULL)
		munmap(state->gates, mapped_bytes(peer));
}

const struct probe_ops probe_futex = {
	.name = "futex",
	.patterns = PATTERNS_MESSAGE,
	.waits = WAITS_ALL,
	.state_bytes = sizeof(struct futex_state),
	.server_open = futex_server_open,
	.client_open = futex_client_open,
	.send = futex_send,
	.recv = futex_recv,
	.stream_window = slots_stream_window,
	.close = futex_close,
};
