/* The server of door-bench: three doors, and the partners. */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <door.h>

#include "bench.h"

long check(long result, const char *what)
{
	if (result >= 0)
		return result;
	perror(what);
	exit(1);
}

void check_made(int error)
{
	errno = error;
	check(-error, "pthread_create");
}

void pin(int cpu)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	check(sched_setaffinity(0, sizeof set, &set), "sched_setaffinity");
}

void futex_sleep(_Atomic uint32_t *word, uint32_t value)
{
	syscall(SYS_futex, word, FUTEX_WAIT, value, NULL, NULL, 0);
}

void futex_wake_one(_Atomic uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

/* --- partners ------------------------------------------------------------------ */

/* Throughout: release and acquire, so that what was written before a count, which
 * is `source`, is there after it. */

static void answer(uint32_t count, uint32_t step)
{
	_Atomic uint32_t *reply = step == 2 ? &shared->ping : &shared->pong;
	for (uint32_t i = 1; i <= count; i++) {
		uint32_t due = step == 2 ? 2 * i - 1 : i;
		while (atomic_load_explicit(&shared->ping, memory_order_acquire) != due)
			;
		atomic_store_explicit(reply, step * i, memory_order_release);
	}
}

static void answer_asleep(uint32_t count)
{
	for (uint32_t i = 1; i <= count; i++) {
		while (atomic_load_explicit(&shared->ping, memory_order_acquire) != i)
			futex_sleep(&shared->ping, i - 1);
		atomic_store_explicit(&shared->pong, i, memory_order_release);
		futex_wake_one(&shared->pong);
	}
}

static void write_source(uint32_t count, size_t bytes)
{
	for (uint32_t i = 1; i <= count; i++) {
		while (atomic_load_explicit(&shared->ping, memory_order_acquire) != i)
			;
		memset(shared->source, (int)(i & 0xff), bytes);
		atomic_store_explicit(&shared->pong, i, memory_order_release);
	}
}

static void copy_source(uint32_t count, size_t bytes)
{
	static char copy[BYTES_MAX];
	for (uint32_t i = 1; i <= count; i++) {
		while (atomic_load_explicit(&shared->ping, memory_order_acquire) != i)
			;
		memcpy(copy, shared->source, bytes);
		/* The copy must happen, as far as the compiler knows. */
		__asm__ volatile("" : : "r"(copy) : "memory");
		atomic_store_explicit(&shared->pong, i, memory_order_release);
	}
}

static void run_task(const struct partner *partner)
{
	switch (partner->task) {
	case TASK_TWO_LINES:
		answer(partner->count, 1);
		break;
	case TASK_ONE_LINE:
		answer(partner->count, 2);
		break;
	case TASK_FUTEX:
		answer_asleep(partner->count);
		break;
	case TASK_WRITE:
		write_source(partner->count, partner->bytes);
		break;
	case TASK_COPY:
		copy_source(partner->count, partner->bytes);
		break;
	}
}

struct start {
	struct partner *partner;
	int cpu;
};

static void *partner_main(void *argument)
{
	struct start start = *(struct start *)argument;
	uint32_t seen = 0;
	free(argument);
	pin(start.cpu);
	for (;; seen++) {
		/* acquire: the task was written before. */
		while (atomic_load_explicit(&start.partner->generation, memory_order_acquire) ==
		       seen)
			futex_sleep(&start.partner->generation, seen);
		run_task(start.partner);
	}
	return NULL;
}

void partner_start(enum place place, enum task task, uint32_t count, size_t bytes)
{
	struct partner *partner = &shared->partners[place];
	/* relaxed: the partner reads them after the generation. */
	atomic_store_explicit(&shared->ping, 0, memory_order_relaxed);
	atomic_store_explicit(&shared->pong, 0, memory_order_relaxed);
	partner->task = task;
	partner->count = count;
	partner->bytes = bytes;
	atomic_fetch_add_explicit(&partner->generation, 1, memory_order_release);
	futex_wake_one(&partner->generation);
}

/* --- doors ------------------------------------------------------------------------ */

static void procedure(void *cookie, char *data, size_t n, door_desc_t *descs, uint_t count)
{
	(void)cookie, (void)data, (void)n, (void)descs, (void)count;
	door_return(NULL, 0, NULL, 0);
}

/* A thread of a private pool, where its maker is. */
static int make_thread(door_info_t *info, void *(*startf)(void *), void *argument, void *cookie)
{
	pthread_t thread;
	(void)info, (void)cookie;
	if (pthread_create(&thread, NULL, startf, argument) != 0)
		return -1;
	pthread_detach(thread);
	return 1;
}

void server_start(const int places[PLACES])
{
	pthread_t thread;
	doors.anywhere = (int)check(door_create(procedure, NULL, 0), "door_create");
	for (int place = 0; place < PLACES; place++) {
		struct start *start = malloc(sizeof *start);
		check(start == NULL ? -1 : 0, "malloc");
		*start = (struct start){&shared->partners[place], places[place]};
		check_made(pthread_create(&thread, NULL, partner_main, start));
		pthread_detach(thread);
		pin(places[place]); /* which the pool's threads inherit */
		doors.at[place] =
			(int)check(door_xcreate(procedure, NULL, 0, make_thread, NULL, NULL, 1),
				   "door_xcreate");
		check(sched_setaffinity(0, sizeof allowed, &allowed), "sched_setaffinity");
	}
}
