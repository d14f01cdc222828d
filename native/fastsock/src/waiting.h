/* Time, spinning and sleeping. */
#ifndef FASTSOCK_WAITING_H
#define FASTSOCK_WAITING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

uint64_t clock_ns(void);

static inline void cpu_relax(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("isb" ::: "memory");
#else
	atomic_signal_fence(memory_order_seq_cst);
#endif
}

/* Spins of one waiter: how long is worth it, learnt from whether it was. */
#define SPIN_MOST_NS  200000u
#define SPIN_LEAST_NS 500u

/* Whether this thread may run on a processor while another one runs elsewhere; cached. */
bool can_spin(void);

/* The next spin's length after one that was worth it, or wasn't. */
uint32_t spin_learn(uint32_t spin_ns, bool worth_it);
/* Whether a spin of this length is the one that finds out whether it is worth it again. */
bool spin_is_trial(uint32_t spin_ns);

/* Who awaits room in a ring looks for itself after so long at most: the bell can be taken in
 * by a thread that receives. */
#define ROOM_LOOK_NS UINT64_C(20000000)
#define ROOM_NAP_NS  UINT64_C(50000)

/* A peer that has shut down its side for writing can't ring at all: how long to look away after
 * the last time, 0 at first. */
static inline uint64_t longer_nap(uint64_t nap_ns)
{
	if (nap_ns == 0)
		return ROOM_NAP_NS;
	return nap_ns < ROOM_LOOK_NS / 2 ? 2 * nap_ns : ROOM_LOOK_NS;
}

/* Returns 0 when woken or the word differs, else -1 with EINTR or ETIMEDOUT.
 * `timeout_ns` 0 = for ever. */
int futex_wait(_Atomic uint32_t *word, uint32_t value, uint64_t timeout_ns);
void futex_wake_all(_Atomic uint32_t *word);

/* Whether the program has a handler without SA_RESTART, so that EINTR must be passed on. */
bool eintr_matters(void);

#endif
