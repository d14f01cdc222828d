#include <string.h>

#include "clock.h"
#include "copies.h"
#include "handoff.h"
#include "meter.h"
#include "place.h"
#include "test.h"

static void median(void)
{
	struct meter meter;
	CHECK(meter_create(&meter) == 0);
	meter.clock_cost_ps = 20000;
	meter_start(&meter);
	for (uint64_t ns = 1; ns <= 9; ns++)
		meter_add(&meter, ns == 9 ? 100000 : ns * 100 + 20);
	CHECK(meter_median_ns(&meter, 1) == 500);
	CHECK(meter_median_ns(&meter, 5) == 100);
	meter.clock_cost_ps = 1000000;
	CHECK(meter_median_ns(&meter, 1) == 0);
	meter_free(&meter);
}

/* Readings of a clock that counts in steps, as they come one after the other. */
static uint64_t step_seen(uint64_t step, uint64_t least_cost, uint64_t most_cost)
{
	enum { READINGS = 4000 };
	uint64_t differences[READINGS], at = 0, last = 0;
	unsigned random = 1;
	for (int i = 0; i < READINGS; i++) {
		random = random * 1664525u + 1013904223u;
		at += least_cost + (random >> 16) % (most_cost - least_cost + 1);
		uint64_t shown = at / step * step;
		differences[i] = i % 1000 == 999 ? 5000u + (unsigned)i : shown - last;
		last = shown;
	}
	return clock_step_of(differences, READINGS);
}

static void clock_steps(void)
{
	CHECK(step_seen(1, 25, 33) == 1);
	CHECK(step_seen(1, 30, 30) == 1);
	CHECK(step_seen(10, 27, 33) == 10);
	CHECK(step_seen(10, 30, 41) == 10);
	CHECK(step_seen(42, 20, 30) == 42);
	CHECK(step_seen(1000, 20, 30) == 1000);
	uint64_t own = clock_step_ns();
	CHECK(own >= 1 && own < 1000000);
}

/* Enough samples when there is no time, no more than there is room for. */
static void series(void)
{
	struct meter meter;
	CHECK(meter_create(&meter) == 0);
	meter_start(&meter);
	while (meter_wants(&meter, 0))
		meter_add(&meter, 1);
	CHECK(meter.count == METER_SAMPLES_MIN);
	while (meter_wants(&meter, UINT64_MAX))
		meter_add(&meter, 1);
	CHECK(meter.count == METER_SAMPLES_MAX);
	meter_free(&meter);
}

static void spin_10_us(void *count, uint64_t times)
{
	for (uint64_t i = 0; i < times; i++) {
		uint64_t until = clock_now_ns() + 10000;
		while (clock_now_ns() < until)
			;
		++*(uint64_t *)count;
	}
}

static void repeat(void)
{
	struct meter meter;
	uint64_t count = 0;
	CHECK(meter_create(&meter) == 0);
	CHECK(meter_repeat_ns(&meter, spin_10_us, &count, 5000000) >= 9000);
	CHECK(count >= METER_SAMPLES_MIN && meter.count >= METER_SAMPLES_MIN);
	meter_free(&meter);
}

/* More bytes cost more; and the copier has what the writer wrote last. */
static void copying(void)
{
	struct meter meter;
	struct copies copies;
	int here, there, cpu;
	place_pair(&here, &there);
	CHECK(here >= 0 && here != there);
	CHECK(meter_create(&meter) == 0 && copies_create(&copies, 1 << 20) == 0);
	CHECK(copies_warm_ns(&copies, &meter, 1 << 20, 5000000) >
	      copies_warm_ns(&copies, &meter, 64, 1000000));
	/* -1: on one processor the two share it. */
	const struct copies_cross what = {
		.writer_cpu = there, .copier_cpu = here, .bytes = 1 << 16, .duration_ns = 1000000};
	double ns = -1;
	memset(copies.source, 99, 1 << 16);
	CHECK(copies_cross_ns(&copies, &meter, &what, &ns, &cpu) == 0 && ns > 0);
	CHECK(memcmp(copies.target, copies.source, 1 << 16) != 0); /* one round was not copied */
	CHECK(copies.target[0] == copies.target[(1 << 16) - 1] && copies.target[0] != 99);
	copies_free(&copies);
	meter_free(&meter);
}

static void handoffs(void)
{
	struct meter meter;
	int here, there;
	double line_ns = 0, same_ns = 0, two_ns = 0;
	place_pair(&here, &there);
	CHECK(meter_create(&meter) == 0);
	if (there >= 0) {
		CHECK(handoff_line_ns(&meter, here, there, 1000000, &line_ns) == 0 && line_ns > 0);
		CHECK(handoff_futex_ns(&meter, here, there, 1000000, &two_ns) == 0);
		CHECK(two_ns > 0);
	}
	CHECK(handoff_futex_ns(&meter, here, here, 1000000, &same_ns) == 0 && same_ns > 0);
	/* No such processor. */
	CHECK(handoff_futex_ns(&meter, here, 1023, 1000000, &same_ns) != 0);
	CHECK(handoff_line_ns(&meter, here, 1023, 1000000, &line_ns) != 0);
	meter_free(&meter);
}

const struct test meter_tests[] = {{"clock.steps", clock_steps},
				   {"meter.median", median},
				   {"meter.series", series},
				   {"meter.repeat", repeat},
				   {"meter.copying", copying},
				   {"meter.handoffs", handoffs},
				   {NULL, NULL}};
