/* The measurements of door-bench: the time of `count` operations, in ns. */
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include <door.h>

#include "bench.h"

static double clock_ns; /* one reading's cost, as a pair of readings shows it */
static char copy_to[BYTES_MAX], copy_from[BYTES_MAX];

static double now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC_RAW, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static double two_lines(uint32_t count, size_t bytes)
{
	double start = 0;
	partner_start(PLACE_FAR, TASK_TWO_LINES, count + 1, bytes);
	for (uint32_t i = 1; i <= count + 1; i++) {
		/* release and acquire as in the partner. */
		atomic_store_explicit(&shared->ping, i, memory_order_release);
		while (atomic_load_explicit(&shared->pong, memory_order_acquire) != i)
			;
		if (i == 1)
			start = now_ns(); /* the partner is awake */
	}
	return now_ns() - start;
}

static double one_line(uint32_t count, size_t bytes)
{
	double start = 0;
	partner_start(PLACE_FAR, TASK_ONE_LINE, count + 1, bytes);
	for (uint32_t i = 1; i <= count + 1; i++) {
		atomic_store_explicit(&shared->ping, 2 * i - 1, memory_order_release);
		while (atomic_load_explicit(&shared->ping, memory_order_acquire) != 2 * i)
			;
		if (i == 1)
			start = now_ns();
	}
	return now_ns() - start;
}

static double futex(uint32_t count, size_t bytes)
{
	double start = 0;
	partner_start(PLACE_NEAR, TASK_FUTEX, count + 1, bytes);
	for (uint32_t i = 1; i <= count + 1; i++) {
		atomic_store_explicit(&shared->ping, i, memory_order_release);
		futex_wake_one(&shared->ping);
		while (atomic_load_explicit(&shared->pong, memory_order_acquire) != i)
			futex_sleep(&shared->pong, i - 1);
		if (i == 1)
			start = now_ns();
	}
	return now_ns() - start;
}

static double call(int door, uint32_t count, size_t bytes)
{
	double start = now_ns();
	for (uint32_t i = 0; i < count; i++) {
		door_arg_t arg = {.data_ptr = copy_from, .data_size = bytes};
		check(door_call(door, &arg), "door_call");
	}
	return now_ns() - start;
}

static double call_far(uint32_t count, size_t bytes)
{
	return call(doors.at[PLACE_FAR], count, bytes);
}

static double call_near(uint32_t count, size_t bytes)
{
	return call(doors.at[PLACE_NEAR], count, bytes);
}

/* The copy must happen, as far as the compiler knows. */
static void copy(const char *from, size_t bytes)
{
	memcpy(copy_to, from, bytes);
	__asm__ volatile("" : : "r"(copy_to) : "memory");
}

static double copy_warm(uint32_t count, size_t bytes)
{
	double start = now_ns();
	for (uint32_t i = 0; i < count; i++)
		copy(copy_from, bytes);
	return now_ns() - start;
}

/* Only the copy is under the clock, whose own cost is taken off. */
static double copy_written_far(uint32_t count, size_t bytes)
{
	double sum = 0;
	partner_start(PLACE_FAR, TASK_WRITE, count, bytes);
	for (uint32_t i = 1; i <= count; i++) {
		atomic_store_explicit(&shared->ping, i, memory_order_release);
		while (atomic_load_explicit(&shared->pong, memory_order_acquire) != i)
			;
		double start = now_ns();
		copy(shared->source, bytes);
		sum += now_ns() - start - clock_ns;
	}
	return sum;
}

/* What a call can't do without: a copy into memory that the other core has read
 * before, one out of it there, and a cache line each way. */
static double pass(uint32_t count, size_t bytes)
{
	double start = 0;
	partner_start(PLACE_FAR, TASK_COPY, count + 1, bytes);
	for (uint32_t i = 1; i <= count + 1; i++) {
		memcpy(shared->source, copy_from, bytes);
		/* release and acquire as in the partner. */
		atomic_store_explicit(&shared->ping, i, memory_order_release);
		while (atomic_load_explicit(&shared->pong, memory_order_acquire) != i)
			;
		if (i == 1)
			start = now_ns();
	}
	return now_ns() - start;
}

/* --- throughput ---------------------------------------------------------------------- */

static struct crowd {
	pthread_barrier_t begin;
	_Atomic bool stop;
} crowd;

struct worker {
	_Alignas(64) pthread_t thread;
	uint64_t calls;
	double first_ns;
	double last_ns;
};

static void *work(void *argument)
{
	struct worker *worker = argument;
	door_arg_t arg = {0};
	uint64_t calls = 0;
	check(door_call(doors.anywhere, &arg), "door_call"); /* makes the session */
	pthread_barrier_wait(&crowd.begin);
	worker->first_ns = now_ns();
	/* relaxed: may be seen a call late. */
	for (; !atomic_load_explicit(&crowd.stop, memory_order_relaxed); calls++)
		check(door_call(doors.anywhere, &arg), "door_call");
	worker->last_ns = now_ns();
	worker->calls = calls;
	return NULL;
}

/* ns per call of `threads` threads together, on all processors. */
static double throughput(size_t threads)
{
	static struct worker workers[THREADS_MAX];
	/* Longer than the others: the scheduler takes a while to spread them. */
	double length_ns = 4 * round_ns;
	struct timespec time = {.tv_nsec = (long)length_ns % 1000000000,
				.tv_sec = (time_t)(length_ns / 1e9)};
	double first = 0, last = 0, calls = 0;
	pthread_attr_t everywhere;
	pthread_attr_init(&everywhere);
	pthread_attr_setaffinity_np(&everywhere, sizeof allowed, &allowed);
	pthread_barrier_init(&crowd.begin, NULL, (unsigned)threads + 1);
	atomic_store(&crowd.stop, false);
	for (size_t i = 0; i < threads; i++)
		check_made(pthread_create(&workers[i].thread, &everywhere, work, &workers[i]));
	pthread_barrier_wait(&crowd.begin);
	clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
	atomic_store(&crowd.stop, true);
	for (size_t i = 0; i < threads; i++) {
		const struct worker *worker = &workers[i];
		pthread_join(worker->thread, NULL);
		first = i == 0 || worker->first_ns < first ? worker->first_ns : first;
		last = worker->last_ns > last ? worker->last_ns : last;
		calls += (double)worker->calls;
	}
	pthread_barrier_destroy(&crowd.begin);
	pthread_attr_destroy(&everywhere);
	return (last - first) / (calls > 0 ? calls : 1);
}

/* --- all of them ---------------------------------------------------------------------- */

struct measurements all = {.two_lines.run = two_lines,
			   .one_line.run = one_line,
			   .null_far.run = call_far,
			   .futex.run = futex,
			   .null_near.run = call_near};

void prepare(void)
{
	for (size_t i = 0; i < SIZES; i++) {
		all.warm[i].run = copy_warm;
		all.written[i].run = copy_written_far;
		all.passed[i].run = pass;
		all.call[i].run = call_far;
		all.warm[i].bytes = all.written[i].bytes = (size_t)4096 << 2 * i;
		all.passed[i].bytes = all.call[i].bytes = all.warm[i].bytes;
	}
	for (size_t i = 0; i < CURVE; i++)
		all.curve[i].bytes = (size_t)1 << i;
	memset(copy_from, 1, sizeof copy_from);
	memset(copy_to, 1, sizeof copy_to);
	clock_ns = 1e9;
	for (int i = 0; i < 1000; i++) {
		double start = now_ns(), pair = now_ns() - start;
		clock_ns = pair < clock_ns ? pair : clock_ns;
	}
}

/* The shortest of three, lest a disturbance make the count too small. */
static double best_of_three(const struct measurement *m)
{
	double best = m->run(m->count, m->bytes);
	for (int i = 0; i < 2; i++) {
		double again = m->run(m->count, m->bytes);
		best = again < best ? again : best;
	}
	return best;
}

void calibrate(struct measurement *m)
{
	if (m->run == NULL) {
		throughput(m->bytes);
		return;
	}
	for (m->count = 8; m->count < 1u << 24; m->count *= 2)
		if (best_of_three(m) > round_ns / 2)
			return;
}

double measure(const struct measurement *m)
{
	if (m->run == NULL)
		return throughput(m->bytes);
	/* Caches and spins are as the measurement before left them. */
	m->run(m->count / 16 + 1, m->bytes);
	return m->run(m->count, m->bytes) / m->count;
}
