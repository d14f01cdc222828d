#include <stdlib.h>

#include "clock.h"
#include "meter.h"

/* A batch lasts at least this many clock readings, as in a trial. */
enum { CLOCK_SHARE = 100 };

int meter_create(struct meter *meter)
{
	*meter = (struct meter){.clock_cost_ps = clock_cost_ps()};
	meter->samples_ns = calloc(METER_SAMPLES_MAX, sizeof *meter->samples_ns);
	return meter->samples_ns == NULL ? -1 : 0;
}

void meter_free(struct meter *meter)
{
	free(meter->samples_ns);
}

void meter_start(struct meter *meter)
{
	meter->count = 0;
}

int meter_wants(const struct meter *meter, uint64_t deadline_ns)
{
	if (meter->count < METER_SAMPLES_MIN)
		return 1;
	return meter->count < METER_SAMPLES_MAX && clock_now_ns() < deadline_ns;
}

void meter_add(struct meter *meter, uint64_t elapsed_ns)
{
	meter->samples_ns[meter->count++] = elapsed_ns;
}

static int ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

double meter_median_ns(struct meter *meter, uint64_t batch)
{
	qsort(meter->samples_ns, meter->count, sizeof *meter->samples_ns, ascending);
	double elapsed_ns = (double)meter->samples_ns[meter->count / 2];
	double ns = (elapsed_ns - (double)meter->clock_cost_ps / 1000.0) / (double)batch;
	return ns > 0 ? ns : 0;
}

static uint64_t time_batch(meter_fn run, void *argument, uint64_t batch)
{
	uint64_t start_ns = clock_now_ns();
	run(argument, batch);
	return clock_now_ns() - start_ns;
}

double meter_repeat_ns(struct meter *meter, meter_fn run, void *argument, uint64_t duration_ns)
{
	uint64_t deadline_ns = clock_now_ns() + duration_ns;
	uint64_t least_ns = CLOCK_SHARE * meter->clock_cost_ps / 1000u;
	uint64_t batch = 1;
	/* Twice: what is called for the first time is slow, and one batch may be
	 * interrupted. */
	while (time_batch(run, argument, batch) < least_ns ||
	       time_batch(run, argument, batch) < least_ns)
		batch *= 2;
	meter_start(meter);
	while (meter_wants(meter, deadline_ns))
		meter_add(meter, time_batch(run, argument, batch));
	return meter_median_ns(meter, batch);
}
