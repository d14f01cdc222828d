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
