/* epoll_wait() and its forms: rings first, then a short spin, then the kernel. */
#include <errno.h>
#include <limits.h>

#include "config.h"
#include "instance.h"
#include "interpose.h"
#include "sleeping.h"
#include "token.h"
#include "waiting.h"

/* The kernel is asked at least every so often while the rings keep us busy. */
#define KERNEL_EVERY_NS 50000u
enum { KERNEL_EVERY_CALLS = 64 };
/* ... and while spinning. */
#define PEEK_EVERY_NS 10000u
enum { LOOKS_PER_READING = 8 };

struct wait {
	struct instance *instance;
	int epfd;
	struct epoll_event *events;
	int max;
	uint64_t deadline_ns;
	const sigset_t *mask;
	bool hot; /* found by a look: something may come without the kernel */
};

static const struct timespec at_once = {0};

static bool kernel_is_due(struct instance *instance)
{
	uint64_t now = clock_ns();
	/* relaxed: counts, of which some may be lost. */
	uint32_t calls = atomic_load_explicit(&instance->calls, memory_order_relaxed) + 1;
	uint64_t asked_ns = atomic_load_explicit(&instance->asked_ns, memory_order_relaxed);
	bool due = calls >= KERNEL_EVERY_CALLS || now - asked_ns >= KERNEL_EVERY_NS;
	atomic_store_explicit(&instance->calls, due ? 0 : calls, memory_order_relaxed);
	if (due)
		atomic_store_explicit(&instance->asked_ns, now, memory_order_relaxed);
	return due;
}

/* What is there now: a count, or -1 with errno. The turn is held. */
static int look(struct wait *wait, bool ask_kernel)
{
	struct instance *instance = wait->instance;
	int n = 0;
	/* Another thread sleeps by it: what we are told here it may not hear. */
	if (instance->token != 0) {
		instance_end_token(instance, wait->epfd);
		instance->shared = true;
	}
	instance->round++;
	if (ask_kernel) {
		n = kernel_epoll_wait(wait->epfd, wait->events, wait->max, &at_once, wait->mask);
		if (n < 0)
			return -1;
		n = instance_hear(instance, wait->epfd, wait->events, n);
	}
	if (n < wait->max)
		n += instance_collect(instance, wait->epfd, wait->events + n, wait->max - n);
	wait->hot = instance->adopted > 0 && instance->hot_count > 0;
	return n;
}

static int look_in_turn(struct wait *wait, bool ask_kernel)
{
	if (!turn_take(&wait->instance->turn)) {
		errno = EINTR;
		return -1;
	}
	int n = look(wait, ask_kernel);
	turn_pass(&wait->instance->turn);
	return n;
}

/* After a look. */
static int spin(struct wait *wait)
{
	/* relaxed: what spinning is worth is a guess anyway. */
	_Atomic uint32_t *spin_ns = &wait->instance->spin_ns;
	uint32_t learnt = atomic_load_explicit(spin_ns, memory_order_relaxed);
	uint32_t length = learnt < config.spin_ns ? learnt : config.spin_ns;
	if (length == 0 || !wait->hot || !can_spin())
		return 0;
	uint64_t now = clock_ns(), end = now + length, peek = now + PEEK_EVERY_NS;
	int n = 0;
	if (end > wait->deadline_ns)
		end = wait->deadline_ns;
	do {
		bool due = now >= peek;
		for (int i = 0; i < LOOKS_PER_READING && n == 0; i++) {
			cpu_relax();
			n = look_in_turn(wait, due && i == 0);
		}
		now = clock_ns();
		if (due)
			peek = now + PEEK_EVERY_NS;
	} while (n == 0 && now < end);
	atomic_store_explicit(spin_ns, spin_learn(learnt, n > 0), memory_order_relaxed);
	return n;
}

/* A point in time from now on, no later than `until_ns`. */
static uint64_t sooner(uint64_t until_ns, uint64_t most_ns)
{
	uint64_t then = clock_ns() + most_ns;
	return then < until_ns ? then : until_ns;
}

/* A sleep, from its arming on. */
struct sleeper {
	struct instance *instance;
	struct armed armed;
};

static void is_awake(struct sleeper *sleeper)
{
	/* First: from here on the bells are anybody's. */
	token_end(sleeper->armed.token);
	instance_woken(sleeper->instance);
}

/* What it left in the instance, whose turn is held. */
static void clear_up(struct sleeper *sleeper)
{
	if (sleeper->instance->token == sleeper->armed.token)
		sleeper->instance->token = 0;
	instance_disarm_nested(sleeper->instance);
}

/* Of a thread that is cancelled in its sleep. */
static void abandon(void *argument)
{
	struct sleeper *sleeper = argument;
	is_awake(sleeper);
	if (turn_take(&sleeper->instance->turn)) {
		clear_up(sleeper);
		turn_pass(&sleeper->instance->turn);
	}
	instance_release(sleeper->instance);
}

static int sleep_as(struct sleeper *sleeper, const struct wait *wait, uint64_t until_ns)
{
	struct timespec left;
	const struct timespec *timeout = time_left(until_ns, &left);
	volatile int n;
	pthread_cleanup_push(abandon, sleeper);
	n = kernel_epoll_wait(wait->epfd, wait->events, wait->max, timeout, wait->mask);
	pthread_cleanup_pop(0);
	int error = errno;
	is_awake(sleeper);
	errno = error;
	return n;
}

/* How a sleep has ended. */
enum ending { ENDED_BY_EVENT, ENDED_IN_VAIN, ENDED_BY_TIME };

/* A sleep: events, 0 when there were none for the program, -1 with errno. `nap_ns` is of the
 * last one, see longer_nap(). */
static int sleep_in_kernel(const struct wait *wait, enum ending *ending, uint64_t *nap_ns)
{
	struct instance *instance = wait->instance;
	struct sleeper sleeper = {.instance = instance};
	uint64_t until_ns = wait->deadline_ns, token_ns = sooner(NEVER_NS, TOKEN_NS);
	*ending = ENDED_BY_EVENT;
	const struct armed *armed = &sleeper.armed;
	if (instance_arm_by_token(instance, wait->epfd, token_ns, &sleeper.armed)) {
		is_awake(&sleeper);
		return 0;
	}
	if (armed->token != 0 && token_ns < until_ns)
		until_ns = token_ns;
	*nap_ns = armed->naps ? longer_nap(*nap_ns) : 0;
	if (armed->awaits_room)
		until_ns = sooner(until_ns, armed->naps ? *nap_ns : ROOM_LOOK_NS);
	int n = sleep_as(&sleeper, wait, until_ns), error = errno;
	if (n == 0)
		*ending = until_ns == wait->deadline_ns ? ENDED_BY_TIME : ENDED_IN_VAIN;
	if (turn_take(&instance->turn)) {
		clear_up(&sleeper);
		/* Who sleeps long does so without a token, so as not to wake up in between. */
		instance->calm = n == 0;
		instance->round++;
		if (n > 0)
			n = instance_hear(instance, wait->epfd, wait->events, n);
		/* What came in a moment ago without a bell comes with the rest. */
		if (n > 0 && n < wait->max)
			n += instance_collect(instance, wait->epfd, wait->events + n,
					      wait->max - n);
		turn_pass(&instance->turn);
	}
	errno = error;
	return n;
}

static int wait_in(struct wait *wait)
{
	bool at_rest = wait->deadline_ns <= clock_ns();
	bool due = at_rest || kernel_is_due(wait->instance);
	enum ending ending = ENDED_BY_EVENT;
	uint64_t nap_ns = 0;
	for (;;) {
		int n = look_in_turn(wait, due);
		if (n != 0 || at_rest)
			return n;
		/* Who has slept for a while goes on sleeping. */
		n = ending == ENDED_IN_VAIN ? 0 : spin(wait);
		if (n == 0)
			n = sleep_in_kernel(wait, &ending, &nap_ns);
		if (n != 0)
			return n;
		/* Not at once again: who slept has heard the kernel. */
		due = false;
		at_rest = ending == ENDED_BY_TIME || wait->deadline_ns <= clock_ns();
	}
}

static int wait_for_events(int epfd, struct epoll_event *events, int max,
			   const struct timespec *timeout, const sigset_t *mask)
{
	struct wait wait = {.epfd = epfd, .events = events, .max = max, .mask = mask};
	int before = errno;
	pthread_testcancel();
	if (max > 0 && (size_t)max <= INT_MAX / sizeof(struct epoll_event))
		wait.instance = instance_get(epfd);
	if (wait.instance == NULL)
		return kernel_epoll_wait(epfd, events, max, timeout, mask);
	int n = deadline_after(timeout, &wait.deadline_ns);
	if (n == 0)
		n = wait_in(&wait);
	/* A call that succeeds leaves it alone, whatever was tried meanwhile. */
	int error = n < 0 ? errno : before;
	instance_release(wait.instance);
	errno = error;
	return n;
}

static const struct timespec *from_ms(int ms, struct timespec *timeout)
{
	if (ms < 0)
		return NULL;
	timeout->tv_sec = ms / 1000;
	timeout->tv_nsec = (long)(ms % 1000) * (long)NS_PER_MS;
	return timeout;
}

EXPORTED int epoll_wait(int epfd, struct epoll_event *events, int max, int ms)
{
	struct timespec timeout;
	return wait_for_events(epfd, events, max, from_ms(ms, &timeout), NULL);
}

EXPORTED int epoll_pwait(int epfd, struct epoll_event *events, int max, int ms,
			 const sigset_t *mask)
{
	struct timespec timeout;
	return wait_for_events(epfd, events, max, from_ms(ms, &timeout), mask);
}

EXPORTED int epoll_pwait2(int epfd, struct epoll_event *events, int max,
			  const struct timespec *timeout, const sigset_t *mask)
{
	return wait_for_events(epfd, events, max, timeout, mask);
}
