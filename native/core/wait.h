/*
 * Wait policies, the same for every probe:
 *
 *   block     the waiter sleeps in the kernel at once;
 *   spin      the waiter never sleeps: it repeats a non-blocking attempt;
 *   adaptive  it spins for at most peer->spin_ns (recorded in the results), then
 *             sleeps. The bound is 0 when both peers are pinned to one
 *             processor, where spinning can only delay the other side.
 */
#ifndef IPCBENCH_WAIT_H
#define IPCBENCH_WAIT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "clock.h"
#include "cpu.h"
#include "probe.h"

/* About twice what a wake-up across processors costs, the classic bound for
 * two-phase waiting (Karlin, Li, Manasse, Owicki 1991): at worst it doubles the
 * price of a wait. */
#define ADAPTIVE_SPIN_NS 50000u

uint64_t wait_spin_bound_ns(const struct cell *cell);

/* The spinning part of one wait. */
struct spin {
	uint64_t deadline_ns; /* 0 = not started */
	uint32_t rounds;
};

/* True while the policy wants another attempt rather than sleep. `cheap` says
 * that an attempt is a memory access, so that the clock is read only now and
 * then; a system call per attempt hides the clock's cost. */
static inline bool spin_again(const struct peer *peer, struct spin *spin, bool cheap)
{
	if (peer->cell->wait == WAIT_BLOCK)
		return false;
	cpu_relax();
	if (peer->cell->wait == WAIT_SPIN)
		return true;
	if (cheap && ++spin->rounds % 32 != 0)
		return peer->spin_ns > 0;
	uint64_t now = clock_now_ns();
	if (spin->deadline_ns == 0)
		spin->deadline_ns = now + peer->spin_ns;
	return now < spin->deadline_ns;
}

/* After a non-blocking attempt on a descriptor failed with EAGAIN: returns when
 * another one is due, at once while the policy spins, else after a sleep in
 * poll(2) for `events`. */
int wait_ready(struct peer *peer, struct spin *spin, int fd, short events);

/*
 * Shared words. A gate is a counter that one side advances and the other waits
 * for, in memory both have mapped.
 */
struct gate {
	_Atomic uint32_t value;
	_Atomic uint32_t sleepers; /* 1 = the waiter is in, or about to enter, the kernel */
	uint32_t reserved[14];     /* a cache line to itself */
};

_Static_assert(sizeof(struct gate) == CACHE_LINE_BYTES, "a gate fills a cache line");

/* Publishes `value`, and everything written before it, to the waiter. */
int gate_set(struct peer *peer, struct gate *gate, uint32_t value);

/* Returns once gate->value is no longer `old`; what the other side wrote
 * before its gate_set() is then visible. Stores the new value in *value. */
int gate_wait(struct peer *peer, struct gate *gate, uint32_t old, uint32_t *value);

#endif
