/* epoll_wait() and its forms: rings first, then a short spin, then the kernel. */
#include <errno.h>
#include <limits.h>

#include "config.h"
#include "instance.h"
#include "interpose.h"
#include "sleeping.h"
#include "waiting.h"

/* The kernel is asked at least every so often while the rings keep us busy. */
#define KERNEL_EVERY_NS 20000u
enum { KERNEL_EVERY_CALLS = 16 };
/* ... and while spinning. */
#define PEEK_EVERY_NS 10000u
/* A sleeper that awaits room in a ring looks for itself now and then. */
#define ROOM_LOOK_NS (20 * NS_PER_MS)
enum { LOOKS_PER_READING = 8 };

struct wait {
	struct instance *instance;
	int epfd;
	struct epoll_event *events;
	int max;
	uint64_t deadline_ns;
	const sigset_t *mask;
};

static const struct timespec at_once = {0};

static bool kernel_is_due(struct instance *instance)
{
	uint64_t now = clock_ns();
	if (++instance->calls < KERNEL_EVERY_CALLS && now - instance->asked_ns < KERNEL_EVERY_NS)
		return false;
	instance->calls = 0;
	instance->asked_ns = now;
	return true;
}

/* What is there now: a count, or -1 with errno. The turn is held. */
static int look(const struct wait *wait, bool ask_kernel)
{
	struct instance *instance = wait->instance;
	int n = 0;
	instance->round++;
	if (ask_kernel) {
		n = kernel_epoll_wait(wait->epfd, wait->events, wait->max, &at_once, wait->mask);
		if (n < 0)
			return -1;
		n = instance_hear(instance, wait->epfd, wait->events, n);
	}
	if (n < wait->max)
		n += instance_collect(instance, wait->epfd, wait->events + n, wait->max - n);
	return n;
}

static int look_in_turn(const struct wait *wait, bool ask_kernel)
{
	if (!turn_take(&wait->instance->turn)) {
		errno = EINTR;
		return -1;
	}
	int n = look(wait, ask_kernel);
	turn_pass(&wait->instance->turn);
	return n;
}

static int spin(const struct wait *wait)
{
	struct instance *instance = wait->instance;
	uint32_t length = instance->spin_ns < config.spin_ns ? instance->spin_ns : config.spin_ns;
	/* relaxed by intention: what spinning is worth is a guess anyway. */
	if (length == 0 || instance->adopted == 0 || instance->hot_count == 0 || !can_spin())
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
	instance->spin_ns = spin_learn(instance->spin_ns, n > 0);
	return n;
}

/* A sleep: events, 0 when there were none for the program, -1 with errno. */
static int sleep_in_kernel(const struct wait *wait, bool *over)
{
	struct instance *instance = wait->instance;
	struct timespec left;
	*over = false;
	if (instance_arm(instance, wait->epfd)) {
		instance_woken(instance);
		return 0;
	}
	/* The bell of room can be taken in by a thread that receives. */
	uint64_t until_ns = wait->deadline_ns;
	if (instance->awaits_room && clock_ns() + ROOM_LOOK_NS < until_ns)
		until_ns = clock_ns() + ROOM_LOOK_NS;
	const struct timespec *timeout = time_left(until_ns, &left);
	int n = kernel_epoll_wait(wait->epfd, wait->events, wait->max, timeout, wait->mask);
	int error = errno;
	instance_woken(instance);
	*over = n == 0 && until_ns == wait->deadline_ns;
	if (turn_take(&instance->turn)) {
		instance->round++;
		instance_disarm_nested(instance);
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

static int wait_in(const struct wait *wait)
{
	bool at_rest = wait->deadline_ns <= clock_ns();
	bool due = at_rest || kernel_is_due(wait->instance);
	for (;;) {
		bool over;
		int n = look_in_turn(wait, due);
		if (n != 0 || at_rest)
			return n;
		n = spin(wait);
		if (n == 0)
			n = sleep_in_kernel(wait, &over);
		else
			return n;
		if (n != 0)
			return n;
		/* Not at once again: who slept has heard the kernel. */
		due = false;
		at_rest = over || wait->deadline_ns <= clock_ns();
	}
}

static int wait_for_events(int epfd, struct epoll_event *events, int max,
			   const struct timespec *timeout, const sigset_t *mask)
{
	struct wait wait = {.epfd = epfd, .events = events, .max = max, .mask = mask};
	if (max > 0 && (size_t)max <= INT_MAX / sizeof(struct epoll_event))
		wait.instance = instance_get(epfd);
	if (wait.instance == NULL)
		return kernel_epoll_wait(epfd, events, max, timeout, mask);
	int n = deadline_after(timeout, &wait.deadline_ns);
	if (n == 0)
		n = wait_in(&wait);
	int error = errno;
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
