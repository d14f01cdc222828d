/* Time, processors, spinning and sleeping. */
#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>

#include "impl.h"

int set_create(void)
{
	return move_high((int)syscall(SYS_epoll_create1, EPOLL_CLOEXEC));
}

int set_change(int set, int operation, int fd, struct epoll_event *event)
{
	return (int)syscall(SYS_epoll_ctl, set, operation, fd, event);
}

int set_wait(int set, struct epoll_event *events, int most)
{
	return (int)syscall(SYS_epoll_pwait, set, events, most, -1, NULL, (size_t)0);
}

uint64_t clock_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int only_cpu(void)
{
	cpu_set_t set;
	if (sched_getaffinity(0, sizeof set, &set) < 0 || CPU_COUNT(&set) != 1)
		return -1;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET((size_t)cpu, &set))
			return cpu;
	return -1;
}

uint64_t spin_limit_ns(void)
{
	static _Atomic uint64_t limit; /* 0 = not yet known, else the limit + 1 */
	uint64_t known = atomic_load_explicit(&limit, memory_order_relaxed);
	if (known != 0)
		return known - 1;
	const char *text = getenv("LIBDOOR_SPIN_NS");
	char *rest = NULL;
	unsigned long long asked = text != NULL ? strtoull(text, &rest, 10) : SPIN_NS;
	if (text != NULL && (rest == text || *rest != '\0' || asked > SPIN_NS_MAX))
		asked = SPIN_NS;
	/* relaxed: every thread computes the same. */
	atomic_store_explicit(&limit, asked + 1, memory_order_relaxed);
	return asked;
}

bool spinner_starts(struct spinner *spinner)
{
	if (spin_limit_ns() == 0)
		return false;
	if (spinner->skip == 0)
		return true;
	spinner->skip--;
	return false;
}

long futex_wait(_Atomic uint32_t *word, uint32_t value)
{
	return syscall(SYS_futex, word, FUTEX_WAIT, value, NULL, NULL, 0);
}

long futex_wait_until_signal(_Atomic uint32_t *word, uint32_t value, uint64_t most_ns)
{
	/* With a time-out a signal interrupts the wait even under SA_RESTART. */
	struct timespec most = {.tv_sec = (time_t)(most_ns / 1000000000u),
				.tv_nsec = (long)(most_ns % 1000000000u)};
	return syscall(SYS_futex, word, FUTEX_WAIT, value, &most, NULL, 0);
}

void futex_wake(_Atomic uint32_t *word, int count)
{
	syscall(SYS_futex, word, FUTEX_WAKE, count, NULL, NULL, 0);
}

void bell_ring(struct bell *bell)
{
	atomic_fetch_add(&bell->rung, 1);
	/* seq_cst, as in park(): either we see the thread on top, or it sees our
	 * request when it looks around before it sleeps. */
	uint32_t top = atomic_load(&bell->top);
	if (top == BELL_NOBODY)
		return;
	_Atomic uint32_t *word = &bell->words[top % BELL_WORDS];
	atomic_fetch_add(word, 1);
	futex_wake(word, 1);
}
