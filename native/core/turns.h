/* Two threads that take turns, spinning: a word on a cache line of its own. */
#ifndef IPCBENCH_TURNS_H
#define IPCBENCH_TURNS_H

#include <sched.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>

#include "cpu.h"

struct turns {
	alignas(CACHE_LINE_BYTES) _Atomic uint32_t turn;
	char rest[CACHE_LINE_BYTES - sizeof(uint32_t)];
};

static inline void turns_start(struct turns *turns, uint32_t turn)
{
	/* relaxed: before there is another thread. */
	atomic_store_explicit(&turns->turn, turn, memory_order_relaxed);
}

static inline void turns_pass(struct turns *turns, uint32_t turn)
{
	/* release: what was written in this turn is seen in the next. */
	atomic_store_explicit(&turns->turn, turn, memory_order_release);
}

/* Returns the turn that it is now: anything but `other`. Looks without a pause at
 * first, for the line is what is waited for; yields now and then, for both threads may
 * have to share one processor. */
static inline uint32_t turns_await(struct turns *turns, uint32_t other)
{
	enum { EAGER_POLLS = 64, POLLS_PER_YIELD = 256 };
	for (uint32_t polls = 1;; polls++) {
		/* acquire: pairs with the release of turns_pass() */
		uint32_t turn = atomic_load_explicit(&turns->turn, memory_order_acquire);
		if (turn != other)
			return turn;
		if (polls > EAGER_POLLS)
			cpu_relax();
		if (polls % POLLS_PER_YIELD == 0)
			sched_yield();
	}
}

#endif
