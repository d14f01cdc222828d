#include "clock.h"

enum { LOOPS = 5, READINGS = 1000 };

uint64_t clock_cost_ps(void)
{
	uint64_t best = UINT64_MAX;
	for (int loop = 0; loop < LOOPS; loop++) {
		uint64_t start = clock_now_ns();
		uint64_t last = start;
		for (int i = 0; i < READINGS; i++)
			last = clock_now_ns();
		uint64_t cost = (last - start) * 1000u / READINGS;
		if (cost < best)
			best = cost;
	}
	return best;
}

/* Differences beyond are interruptions, or steps of a clock too coarse for any of this. */
enum { DIFFERENCES = 4000, DIFFERENCE_MAX = 1024 };

/* Values that differ only by rounding: a step is more than that. */
struct cluster {
	uint64_t first, last;
};

/* The next values from `from` on that are not rare; none: first is DIFFERENCE_MAX. */
static struct cluster next_cluster(const size_t counts[DIFFERENCE_MAX], uint64_t from, size_t rare)
{
	struct cluster found = {.first = from};
	while (found.first < DIFFERENCE_MAX && counts[found.first] <= rare)
		found.first++;
	found.last = found.first;
	while (found.last + 1 < DIFFERENCE_MAX && counts[found.last + 1] > rare)
		found.last++;
	return found;
}

uint64_t clock_step_of(const uint64_t *differences_ns, size_t count)
{
	enum { ROUNDING = 3 };
	size_t counts[DIFFERENCE_MAX] = {0}, rare = count / 500;
	uint64_t least = UINT64_MAX, step = UINT64_MAX;
	for (size_t i = 0; i < count; i++) {
		uint64_t ns = differences_ns[i];
		if (ns > 0 && ns < least)
			least = ns;
		if (ns < DIFFERENCE_MAX)
			counts[ns]++;
	}
	/* A clock that stands still between readings shows its step when it moves. */
	if (counts[0] > rare)
		return least == UINT64_MAX ? 1 : least;
	struct cluster one = next_cluster(counts, 1, rare);
	while (one.first < DIFFERENCE_MAX) {
		struct cluster next = next_cluster(counts, one.last + 1, rare);
		/* Values spread out: the clock is finer than its readings scatter. */
		if (one.last - one.first >= ROUNDING)
			return 1;
		uint64_t gap = (next.first + next.last - one.first - one.last + 1) / 2;
		if (next.first < DIFFERENCE_MAX && gap < step)
			step = gap;
		one = next;
	}
	return step > ROUNDING && step != UINT64_MAX ? step : 1;
}

uint64_t clock_step_ns(void)
{
	uint64_t differences[DIFFERENCES];
	uint64_t last = clock_now_ns();
	for (int i = 0; i < DIFFERENCES; i++) {
		uint64_t now = clock_now_ns();
		differences[i] = now - last;
		last = now;
	}
	return clock_step_of(differences, DIFFERENCES);
}
