/* What a short operation costs, outside of any trial: medians, within a given time. */
#ifndef IPCBENCH_METER_H
#define IPCBENCH_METER_H

#include <stddef.h>
#include <stdint.h>

enum { METER_SAMPLES_MAX = 1 << 14, METER_SAMPLES_MIN = 5 };

struct meter {
	uint64_t clock_cost_ps;
	uint64_t *samples_ns; /* METER_SAMPLES_MAX */
	size_t count;
};

/* -1 without memory. */
int meter_create(struct meter *meter);
void meter_free(struct meter *meter);

/* Begins a series of samples. */
void meter_start(struct meter *meter);

/* True while the series is to go on: until the deadline, but not with fewer samples
 * than METER_SAMPLES_MIN, and not with more than there is room for. */
int meter_wants(const struct meter *meter, uint64_t deadline_ns);

void meter_add(struct meter *meter, uint64_t elapsed_ns);

/* The median of the series, in which each sample is of `batch` operations and one
 * reading of the clock: of one operation without it. */
double meter_median_ns(struct meter *meter, uint64_t batch);

/* Repeats an operation `count` times. */
typedef void (*meter_fn)(void *argument, uint64_t count);

/* A series of batches that are long enough for the clock; its median. */
double meter_repeat_ns(struct meter *meter, meter_fn run, void *argument, uint64_t duration_ns);

#endif
