/* The clock of every figure: CLOCK_MONOTONIC_RAW, which no time daemon slews.
 * A fenced rdtscp costs the same on current x86 machines (27 ns against 29 ns
 * where this was measured), so the portable clock wins; see
 * docs/decisions/0002-clock.md. */
#ifndef IPCBENCH_CLOCK_H
#define IPCBENCH_CLOCK_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

static inline uint64_t clock_now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC_RAW, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Cost of one clock_now_ns() in picoseconds: the best of a few short loops,
 * since disturbance only ever adds. Takes about 0.2 ms. */
uint64_t clock_cost_ps(void);

/* Smallest step between two values that the clock shows, in ns: many processors count in
 * steps of their bus clock. 1 where none is seen. Takes about 0.1 ms. */
uint64_t clock_step_ns(void);

/* That of a clock whose successive readings differ by so much. */
uint64_t clock_step_of(const uint64_t *differences_ns, size_t count);

#endif
