/*
 * doors: a call of a door, by libdoor (native/doors).
 *
 * Two copies per message, both by user code: the caller copies into its slot of
 * shared memory, the server's thread out of it onto its own stack, where the
 * procedure sees a private copy; results likewise. With both peers awake on
 * two processors no system call is made. The server's thread is libdoor's, made
 * on demand.
 *
 * Policy adaptive is libdoor's own (a spin of at most 50 us, then a futex);
 * block turns the spin off.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <door.h>

#include "probe.h"

struct doors_state {
	int door; /* 0 = none yet */
};

static void procedure(void *cookie, char *data, size_t n, door_desc_t *descs, uint_t count)
{
	struct peer *peer = cookie;
	(void)descs, (void)count;
	peer_serve(peer, data, n, peer->out);
	door_return((char *)peer->out, peer->out_bytes, NULL, 0);
}

static void choose_waiting(const struct peer *peer)
{
	if (peer->cell->wait == WAIT_BLOCK)
		setenv("LIBDOOR_SPIN_NS", "0", 1);
}

static int doors_server_open(struct peer *peer)
{
	struct doors_state *state = peer->state;
	int copy;
	choose_waiting(peer);
	PEER_TRY(peer, state->door = door_create(procedure, peer, 0));
	PEER_TRY(peer, copy = fcntl(state->door, F_DUPFD_CLOEXEC, 3));
	peer->rendezvous.fds[peer->rendezvous.fd_count++] = copy;
	return 0;
}

static int doors_client_open(struct peer *peer)
{
	struct doors_state *state = peer->state;
	choose_waiting(peer);
	state->door = peer->rendezvous.fds[0];
	return 0;
}

static int doors_call(struct peer *peer)
{
	struct doors_state *state = peer->state;
	door_arg_t arg = {.data_ptr = (char *)peer->out,
			  .data_size = peer->out_bytes,
			  .rbuf = (char *)peer->in,
			  .rsize = peer->in_bytes};
	PEER_TRY(peer, door_call(state->door, &arg));
	if (arg.data_size != peer->in_bytes || arg.rbuf != (char *)peer->in)
		return peer_fail(peer, EMSGSIZE, "a result of %zu bytes where %zu were due",
				 arg.data_size, peer->in_bytes);
	return 0;
}

static void doors_close(struct peer *peer)
{
	struct doors_state *state = peer->state;
	if (state->door > 0 && peer->role == ROLE_SERVER)
		door_revoke(state->door);
	else if (state->door > 0)
		close(state->door);
}

const struct probe_ops probe_doors = {
	.name = "doors",
	.patterns = PATTERNS_CALL,
	.waits = WAIT_BIT(WAIT_BLOCK) | WAIT_BIT(WAIT_ADAPTIVE),
	.state_bytes = sizeof(struct doors_state),
	.server_open = doors_server_open,
	.client_open = doors_client_open,
	.call = doors_call,
	.close = doors_close,
};
