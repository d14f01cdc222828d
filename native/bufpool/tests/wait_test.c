/* Waiting: nobody is forgotten, nobody starves, and a wait can be given up. */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "layout.h"

static uint64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static struct pair_of_sides both;

static uint64_t waits_of(const struct bufpool *pool)
{
	struct bufpool_counts counts;
	bufpool_counts(pool, &counts);
	return counts.waits;
}

static void wait_until_queued(const struct bufpool *pool, uint32_t threads)
{
	while (atomic_load(&pool->queued) < threads)
		usleep(100);
}

/* --- order --- */

enum { QUEUE = 6 };

static struct {
	_Atomic uint32_t served;
	uint32_t order[QUEUE];
} line;

static void *queue_up(void *number)
{
	struct bufpool_buffer one;
	CHECK(bufpool_obtain(both.first, BUFPOOL_WAIT, NULL, NULL, &one) == BUFPOOL_OK);
	line.order[(uintptr_t)number] = atomic_fetch_add(&line.served, 1);
	CHECK(bufpool_free(both.first, &one) == BUFPOOL_OK);
	return NULL;
}

static void first_come_first_served(void)
{
	pthread_t threads[QUEUE];
	struct bufpool_buffer only;
	both = open_both(1, 64, 1);
	CHECK(bufpool_allocate(both.second, &only) == BUFPOOL_OK);
	for (uintptr_t i = 0; i < QUEUE; i++) {
		CHECK(pthread_create(&threads[i], NULL, queue_up, (void *)i) == 0);
		wait_until_queued(both.first, (uint32_t)i + 1);
	}
	CHECK(bufpool_free(both.second, &only) == BUFPOOL_OK);
	for (uint32_t i = 0; i < QUEUE; i++)
		pthread_join(threads[i], NULL);
	for (uint32_t i = 0; i < QUEUE; i++)
		CHECK(line.order[i] == i);
	CHECK(waits_of(both.first) == QUEUE);
}

/* --- both sides, many threads, few buffers --- */

enum { SIDE_THREADS = 6, TURNS = 4000 };

static void *take_turns(void *side)
{
	struct bufpool *pool = side == NULL ? both.first : both.second;
	for (int i = 0; i < TURNS; i++) {
		struct bufpool_buffer one;
		CHECK(bufpool_obtain(pool, BUFPOOL_WAIT, NULL, NULL, &one) == BUFPOOL_OK);
		*(volatile uint64_t *)(void *)one.data += 1;
		if (i % 32 == 0)
			sched_yield();
		CHECK(bufpool_free(pool, &one) == BUFPOOL_OK);
	}
	return NULL;
}

/* A lost wake-up would cost a nap of 50 ms each: that many would be seen. */
static void no_wake_up_is_lost(void)
{
	pthread_t threads[2 * SIDE_THREADS];
	both = open_both(2, 64, 1);
	uint64_t start = now_ms();
	for (int i = 0; i < 2 * SIDE_THREADS; i++)
		CHECK(pthread_create(&threads[i], NULL, take_turns, i % 2 ? (void *)1 : NULL) == 0);
	for (int i = 0; i < 2 * SIDE_THREADS; i++)
		pthread_join(threads[i], NULL);
	CHECK(in_use(both.first) == 0);
	printf("%d turns with %llu waits in %llu ms\n", 2 * SIDE_THREADS * TURNS,
	       (unsigned long long)(waits_of(both.first) + waits_of(both.second)),
	       (unsigned long long)(now_ms() - start));
	/* The counters in the buffers were only ever touched by holders. */
	uint64_t sum = 0;
	for (int i = 0; i < 2; i++)
		sum += *(uint64_t *)(void *)(both.first->buffers + 64 * i);
	CHECK(sum == 2 * SIDE_THREADS * TURNS);
}

/* --- a side that takes and frees all the time --- */

static _Atomic bool greedy_ends;

static void *be_greedy(void *unused)
{
	struct bufpool_buffer one;
	(void)unused;
	while (!greedy_ends) {
		if (bufpool_obtain(both.second, BUFPOOL_WAIT, NULL, NULL, &one) != BUFPOOL_OK)
			continue;
		for (volatile int i = 0; i < 200; i = i + 1)
			;
		CHECK(bufpool_free(both.second, &one) == BUFPOOL_OK);
	}
	return NULL;
}

static void the_modest_get_their_turn(void)
{
	pthread_t greedy[2];
	struct bufpool_buffer one;
	both = open_both(1, 64, 1);
	for (int i = 0; i < 2; i++)
		CHECK(pthread_create(&greedy[i], NULL, be_greedy, NULL) == 0);
	for (int i = 0; i < 200; i++) {
		CHECK(bufpool_obtain(both.first, BUFPOOL_WAIT, NULL, NULL, &one) == BUFPOOL_OK);
		CHECK(bufpool_free(both.first, &one) == BUFPOOL_OK);
		usleep(100);
	}
	greedy_ends = true;
	for (int i = 0; i < 2; i++)
		pthread_join(greedy[i], NULL);
}

/* --- giving up --- */

static bool at_once(void *asked)
{
	return ++*(int *)asked > 1;
}

static void a_wait_that_is_given_up(void)
{
	struct bufpool_buffer only, one;
	int asked = 0;
	both = open_both(1, 64, 1);
	CHECK(bufpool_allocate(both.first, &only) == BUFPOOL_OK);
	CHECK(bufpool_obtain(both.first, BUFPOOL_WAIT, at_once, &asked, &one) == BUFPOOL_ENDED);
	CHECK(atomic_load(&both.first->queued) == 0 && both.first->head->waiting[0] == 0);
	CHECK(bufpool_free(both.first, &only) == BUFPOOL_OK);
	CHECK(bufpool_obtain(both.first, BUFPOOL_WAIT, at_once, &asked, &one) == BUFPOOL_OK);
}

static void a_cancelled_wait(void)
{
	pthread_t first, second;
	struct bufpool_buffer only;
	both = open_both(1, 64, 1);
	CHECK(bufpool_allocate(both.first, &only) == BUFPOOL_OK);
	CHECK(pthread_create(&first, NULL, queue_up, (void *)0) == 0);
	wait_until_queued(both.first, 1);
	CHECK(pthread_create(&second, NULL, queue_up, (void *)1) == 0);
	wait_until_queued(both.first, 2);
	CHECK(pthread_cancel(first) == 0);
	pthread_join(first, NULL);
	CHECK(atomic_load(&both.first->queued) == 1);
	CHECK(bufpool_free(both.first, &only) == BUFPOOL_OK);
	pthread_join(second, NULL);
	CHECK(line.served == 1 && in_use(both.first) == 0);
}

/* A peer that clears the marks and never wakes anybody costs time, not the buffer. */
static void a_peer_that_wakes_nobody(void)
{
	pthread_t thread;
	struct bufpool_buffer only;
	both = open_both(1, 64, 1);
	CHECK(bufpool_allocate(both.second, &only) == BUFPOOL_OK);
	CHECK(pthread_create(&thread, NULL, queue_up, (void *)0) == 0);
	wait_until_queued(both.first, 1);
	usleep(20000);
	atomic_store(&both.second->head->waiting[0], 0);
	CHECK(bufpool_free(both.second, &only) == BUFPOOL_OK);
	pthread_join(thread, NULL);
}

/* Nor does one that says for ever that it starves. */
static void a_peer_that_always_starves(void)
{
	struct bufpool_buffer one;
	both = open_both(1, 64, 1);
	for (int i = 0; i < 20; i++) {
		atomic_store(&both.second->head->starving[1], 1);
		CHECK(bufpool_obtain(both.first, BUFPOOL_WAIT, NULL, NULL, &one) == BUFPOOL_OK);
		CHECK(bufpool_free(both.first, &one) == BUFPOOL_OK);
	}
}

const struct test wait_tests[] = {
	{"first-come-first-served", first_come_first_served},
	{"no-wake-up-is-lost", no_wake_up_is_lost},
	{"the-modest-get-their-turn", the_modest_get_their_turn},
	{"a-wait-that-is-given-up", a_wait_that_is_given_up},
	{"a-cancelled-wait", a_cancelled_wait},
	{"a-peer-that-wakes-nobody", a_peer_that_wakes_nobody},
	{"a-peer-that-always-starves", a_peer_that_always_starves},
	{NULL, NULL},
};
