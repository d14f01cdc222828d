/* Time, spinning and sleeping. */
#include <errno.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "config.h"
#include "real.h"
#include "waiting.h"

/*
 * A waiter at the shortest spin never learns that a longer one has become worth it.
 * So after this many in vain, which are counted in the length itself, it tries the
 * longest once: 50 us in 256 sleeps.
 */
#define TRY_AFTER 256u

uint64_t clock_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

bool can_spin(void)
{
	/* Not this thread's own processors: peers that are pinned to one each must
	 * spin, and peers that share one learn not to. Relaxed: all find the same. */
	static atomic_int known;
	enum { UNKNOWN, NO, YES };
	int answer = atomic_load_explicit(&known, memory_order_relaxed);
	if (answer == UNKNOWN) {
		answer = sysconf(_SC_NPROCESSORS_ONLN) >= 2 ? YES : NO;
		atomic_store_explicit(&known, answer, memory_order_relaxed);
	}
	return answer == YES;
}

bool spin_is_trial(uint32_t spin_ns)
{
	return spin_ns == config.spin_ns - 1;
}

uint32_t spin_learn(uint32_t spin_ns, bool worth_it)
{
	uint32_t most = config.spin_ns, trial = most - 1;
	if (most <= SPIN_LEAST_NS)
		return most;
	if (worth_it)
		return spin_ns >= most / 4 ? most : spin_ns * 4;
	if (spin_ns < SPIN_LEAST_NS || spin_ns == trial)
		return SPIN_LEAST_NS;
	if (spin_ns < SPIN_LEAST_NS + TRY_AFTER)
		return spin_ns + 1 < SPIN_LEAST_NS + TRY_AFTER && spin_ns + 1 < most ? spin_ns + 1
										     : trial;
	return spin_ns / 2 > SPIN_LEAST_NS ? spin_ns / 2 : SPIN_LEAST_NS;
}

int futex_wait(_Atomic uint32_t *word, uint32_t value, uint64_t timeout_ns)
{
	struct timespec timeout = {.tv_sec = (time_t)(timeout_ns / 1000000000u),
				   .tv_nsec = (long)(timeout_ns % 1000000000u)};
	long result = raw_syscall(SYS_futex, word, FUTEX_WAIT, value,
				  timeout_ns == 0 ? NULL : &timeout, NULL, 0);
	return result == 0 || errno == EAGAIN ? 0 : -1;
}

void futex_wake_all(_Atomic uint32_t *word)
{
	int error = errno;
	raw_syscall(SYS_futex, word, FUTEX_WAKE, 0x7fffffff, NULL, NULL, 0);
	errno = error;
}
