#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bcopy.h"
#include "clock.h"
#include "cpu.h"
#include "peer.h"

enum { PAGE_BYTES = 4096, ROUNDS_MAX = 1 << 16, ROUNDS_MIN = 31, POLLS_PER_YIELD = 256 };

enum turn { TURN_WRITE, TURN_COPY, TURN_END };

struct copying {
	size_t bytes;
	int writer_cpu;
	int copier_cpu;
	uint64_t duration_ns;
	unsigned char *source; /* written by the writer only */
	unsigned char *target;
	uint64_t *samples_ns;
	alignas(CACHE_LINE_BYTES) _Atomic uint32_t turn;
};

/* 0 or an errno. */
static int bind_to(int cpu)
{
	cpu_set_t set;
	if (cpu < 0)
		return 0;
	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	return sched_setaffinity(0, sizeof set, &set) < 0 ? errno : 0;
}

/* Returns the turn that it is now: anything but `other`. Yields now and then, for
 * both threads may have to share one processor. */
static enum turn wait_while(struct copying *copying, enum turn other)
{
	for (uint32_t polls = 1;; polls++) {
		/* acquire: pairs with the release of pass_on: the bytes written before it */
		uint32_t turn = atomic_load_explicit(&copying->turn, memory_order_acquire);
		if (turn != other)
			return turn;
		cpu_relax();
		if (polls % POLLS_PER_YIELD == 0)
			sched_yield();
	}
}

static void pass_on(struct copying *copying, enum turn turn)
{
	atomic_store_explicit(&copying->turn, turn, memory_order_release);
}

static void *write_rounds(void *argument)
{
	struct copying *copying = argument;
	for (int round = 0; wait_while(copying, TURN_COPY) == TURN_WRITE; round++) {
		memset(copying->source, round, copying->bytes);
		pass_on(copying, TURN_COPY);
	}
	return NULL;
}

static uint64_t time_one(struct copying *copying)
{
	wait_while(copying, TURN_WRITE);
	uint64_t start = clock_now_ns();
	memcpy(copying->target, copying->source, copying->bytes);
	/* A copy that nobody looks at may be left out by the compiler. */
	__asm__ volatile("" : : "r"(copying->target) : "memory");
	uint64_t end = clock_now_ns();
	return end - start;
}

static size_t copy_rounds(struct copying *copying)
{
	uint64_t deadline = clock_now_ns() + copying->duration_ns;
	size_t rounds = 0;
	while (rounds < ROUNDS_MAX && (rounds < ROUNDS_MIN || clock_now_ns() < deadline)) {
		copying->samples_ns[rounds++] = time_one(copying);
		pass_on(copying, TURN_WRITE);
	}
	wait_while(copying, TURN_WRITE);
	pass_on(copying, TURN_END);
	return rounds;
}

static int ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

static void print_median(const struct copying *copying, size_t rounds)
{
	qsort(copying->samples_ns, rounds, sizeof *copying->samples_ns, ascending);
	double median_ns = (double)copying->samples_ns[rounds / 2];
	double copy_ns = median_ns - (double)clock_cost_ps() / 1000.0;
	printf("{\"bytes\":%zu,\"rounds\":%zu,\"copy_ns\":%.3f}\n", copying->bytes, rounds,
	       copy_ns > 0 ? copy_ns : 0);
}

static int measure(struct copying *copying)
{
	pthread_t writer;
	/* A thread starts where the one that makes it is bound. */
	int error = bind_to(copying->writer_cpu);
	if (error == 0)
		error = pthread_create(&writer, NULL, write_rounds, copying);
	if (error != 0) {
		fprintf(stderr, "ipcbench-peer: bcopy: the writer on processor %d: %s\n",
			copying->writer_cpu, strerror(error));
		return PEER_EXIT_USAGE;
	}
	error = bind_to(copying->copier_cpu);
	if (error != 0)
		fprintf(stderr, "ipcbench-peer: bcopy: the copier on processor %d: %s\n",
			copying->copier_cpu, strerror(error));
	memset(copying->target, 1, copying->bytes);
	size_t rounds = copy_rounds(copying);
	pthread_join(writer, NULL);
	if (error != 0)
		return PEER_EXIT_USAGE;
	print_median(copying, rounds);
	return 0;
}

static bool parse(const char *text, long long low, long long high, long long *value)
{
	char *end;
	errno = 0;
	*value = strtoll(text, &end, 10);
	return errno == 0 && end != text && *end == '\0' && *value >= low && *value <= high;
}

int bcopy_main(int argc, char **argv)
{
	long long bytes, writer_cpu, copier_cpu, duration_ns;
	if (argc != 4 || !parse(argv[0], 1, SIZE_MAX_BYTES, &bytes) ||
	    !parse(argv[1], -1, CPU_SETSIZE - 1, &writer_cpu) ||
	    !parse(argv[2], -1, CPU_SETSIZE - 1, &copier_cpu) ||
	    !parse(argv[3], 0, 60000000000, &duration_ns)) {
		fprintf(stderr,
			"usage: ipcbench-peer bcopy BYTES WRITER-CPU COPIER-CPU DURATION-NS\n");
		return PEER_EXIT_USAGE;
	}
	struct copying copying = {.bytes = (size_t)bytes,
				  .writer_cpu = (int)writer_cpu,
				  .copier_cpu = (int)copier_cpu,
				  .duration_ns = (uint64_t)duration_ns};
	size_t room = ((size_t)bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
	copying.source = aligned_alloc(PAGE_BYTES, room);
	copying.target = aligned_alloc(PAGE_BYTES, room);
	copying.samples_ns = calloc(ROUNDS_MAX, sizeof *copying.samples_ns);
	int status = PEER_EXIT_USAGE;
	if (copying.source != NULL && copying.target != NULL && copying.samples_ns != NULL)
		status = measure(&copying);
	else
		perror("ipcbench-peer: bcopy: no memory");
	free(copying.source);
	free(copying.target);
	free(copying.samples_ns);
	return status;
}
