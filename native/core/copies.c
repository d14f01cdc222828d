#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "copies.h"
#include "place.h"
#include "turns.h"

enum { PAGE_BYTES = 4096 };

int copies_create(struct copies *copies, size_t bytes)
{
	size_t room = (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
	copies->source = aligned_alloc(PAGE_BYTES, room);
	copies->target = aligned_alloc(PAGE_BYTES, room);
	if (copies->source != NULL && copies->target != NULL)
		return 0;
	copies_free(copies);
	return -1;
}

void copies_free(struct copies *copies)
{
	free(copies->source);
	free(copies->target);
	*copies = (struct copies){NULL, NULL};
}

static inline void copy(const struct copies *copies, size_t bytes)
{
	memcpy(copies->target, copies->source, bytes);
	/* A copy that nobody looks at may be left out by the compiler. */
	__asm__ volatile("" : : "r"(copies->target) : "memory");
}

/* --- warm ---------------------------------------------------------------------- */

struct warm {
	const struct copies *copies;
	size_t bytes;
};

static void copy_warm(void *argument, uint64_t count)
{
	const struct warm *warm = argument;
	for (uint64_t i = 0; i < count; i++)
		copy(warm->copies, warm->bytes);
}

double copies_warm_ns(struct copies *copies, struct meter *meter, size_t bytes,
		      uint64_t duration_ns)
{
	struct warm warm = {.copies = copies, .bytes = bytes};
	memset(copies->source, 1, bytes);
	memset(copies->target, 2, bytes);
	return meter_repeat_ns(meter, copy_warm, &warm, duration_ns);
}

/* --- just written by another processor --------------------------------------------- */

enum { TURN_WRITE, TURN_COPY, TURN_END };

struct crossing {
	const struct copies *copies;
	size_t bytes;
	struct turns turns;
};

static void *write_rounds(void *argument)
{
	struct crossing *crossing = argument;
	for (int round = 0; turns_await(&crossing->turns, TURN_COPY) == TURN_WRITE; round++) {
		memset(crossing->copies->source, round, crossing->bytes);
		turns_pass(&crossing->turns, TURN_COPY);
	}
	return NULL;
}

static void copy_rounds(struct crossing *crossing, struct meter *meter, uint64_t duration_ns)
{
	uint64_t deadline_ns = clock_now_ns() + duration_ns;
	meter_start(meter);
	while (meter_wants(meter, deadline_ns)) {
		turns_await(&crossing->turns, TURN_WRITE);
		uint64_t start_ns = clock_now_ns();
		copy(crossing->copies, crossing->bytes);
		meter_add(meter, clock_now_ns() - start_ns);
		turns_pass(&crossing->turns, TURN_WRITE);
	}
	turns_await(&crossing->turns, TURN_WRITE);
	turns_pass(&crossing->turns, TURN_END);
}

int copies_cross_ns(struct copies *copies, struct meter *meter, const struct copies_cross *what,
		    double *ns, int *cpu)
{
	struct crossing crossing = {.copies = copies, .bytes = what->bytes};
	pthread_t writer;
	turns_start(&crossing.turns, TURN_WRITE);
	/* A thread starts where the one that makes it is bound. */
	*cpu = what->writer_cpu;
	int error = place_bind(what->writer_cpu);
	if (error == 0)
		error = pthread_create(&writer, NULL, write_rounds, &crossing);
	if (error != 0)
		return error;
	*cpu = what->copier_cpu;
	error = place_bind(what->copier_cpu);
	memset(copies->target, 1, what->bytes);
	copy_rounds(&crossing, meter, error == 0 ? what->duration_ns : 0);
	pthread_join(writer, NULL);
	if (error == 0)
		*ns = meter_median_ns(meter, 1);
	return error;
}
