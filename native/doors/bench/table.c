/* The table of door-bench: pure, from the measurements. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

struct figure {
	double median, low, high;
};

static int ascending(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;
	return (left > right) - (left < right);
}

static struct figure figure_of(const double *values, int rounds)
{
	double sorted[ROUNDS_MAX];
	memcpy(sorted, values, (size_t)rounds * sizeof *values);
	qsort(sorted, (size_t)rounds, sizeof *sorted, ascending);
	return (struct figure){(sorted[(rounds - 1) / 2] + sorted[rounds / 2]) / 2, sorted[0],
			       sorted[rounds - 1]};
}

static void print_times(const char *label, const struct measurement *m, int rounds)
{
	struct figure it = figure_of(m->ns, rounds);
	printf("%-44s %10.1f  [%.1f .. %.1f]\n", label, it.median, it.low, it.high);
}

/* above / (factor x first + second + third), round by round. */
static struct figure ratio(const struct measurement *above, double factor,
			   const struct measurement *first, const struct measurement *second,
			   const struct measurement *third, int rounds)
{
	double values[ROUNDS_MAX];
	for (int i = 0; i < rounds; i++)
		values[i] = above->ns[i] /
			    (factor * first->ns[i] + (second != NULL ? second->ns[i] : 0) +
			     (third != NULL ? third->ns[i] : 0));
	return figure_of(values, rounds);
}

static void print_ratio(const char *label, struct figure it)
{
	printf("%-44s %10.2f  [%.2f .. %.2f]\n", label, it.median, it.low, it.high);
}

static void print_control(int rounds)
{
	/* The floor is the faster way to bounce a line. */
	bool one = figure_of(all.one_line.ns, rounds).median <
		   figure_of(all.two_lines.ns, rounds).median;
	const struct measurement *floor = one ? &all.one_line : &all.two_lines;
	printf("%-44s %10s  [range]\n", "round trip, ns", "median");
	print_times("a  cache line each way, two cores", &all.two_lines, rounds);
	print_times("a' one cache line, two cores", &all.one_line, rounds);
	print_times("b  null call, two cores, adaptive", &all.null_far, rounds);
	print_times("c  futex each way, one core", &all.futex, rounds);
	print_times("d  null call, one core, asleep", &all.null_near, rounds);
	print_ratio(one ? "b / a'" : "b / a", ratio(&all.null_far, 1, floor, NULL, NULL, rounds));
	print_ratio("d / c", ratio(&all.null_near, 1, &all.futex, NULL, NULL, rounds));
}

static void print_data(int rounds)
{
	printf("\nargument of N bytes, two cores, adaptive; times in ns\n"
	       "%8s %10s %10s %10s %10s %18s %18s\n",
	       "N", "warm", "other", "passed", "call", "call/(2 warm+b)", "call/(passed+b-a)");
	for (int i = 0; i < SIZES; i++) {
		double least[ROUNDS_MAX];
		for (int round = 0; round < rounds; round++)
			least[round] = all.call[i].ns[round] /
				       (all.passed[i].ns[round] + all.null_far.ns[round] -
					all.two_lines.ns[round]);
		struct figure own = ratio(&all.call[i], 2, &all.warm[i], &all.null_far, NULL,
					  rounds);
		struct figure passed = figure_of(least, rounds);
		printf("%8zu %10.0f %10.0f %10.0f %10.0f %5.2f [%4.2f..%4.2f] %5.2f "
		       "[%4.2f..%4.2f]\n",
		       all.call[i].bytes, figure_of(all.warm[i].ns, rounds).median,
		       figure_of(all.written[i].ns, rounds).median,
		       figure_of(all.passed[i].ns, rounds).median,
		       figure_of(all.call[i].ns, rounds).median, own.median, own.low, own.high,
		       passed.median, passed.low, passed.high);
	}
	printf("warm: one copy, all in this core's caches; other: one copy of what another core\n"
	       "has just written; passed: a copy into shared memory here, a copy out of it on the\n"
	       "other core, and a cache line each way, which is the least that a call does\n");
}

static void print_curve(int rounds)
{
	double peak = 0;
	for (int i = 0; i < CURVE; i++) {
		double rate = 1e9 / figure_of(all.curve[i].ns, rounds).median;
		peak = rate > peak ? rate : peak;
	}
	printf("\nnull calls by client threads on all %d processors\n%9s %12s %8s  [range]\n",
	       CPU_COUNT(&allowed), "threads", "calls/s", "of peak");
	for (int i = 0; i < CURVE; i++) {
		struct figure it = figure_of(all.curve[i].ns, rounds);
		printf("%9zu %12.0f %7.0f%%  [%.0f .. %.0f]\n", all.curve[i].bytes, 1e9 / it.median,
		       1e11 / it.median / peak, 1e9 / it.high, 1e9 / it.low);
	}
}

void print_table(int rounds)
{
	print_control(rounds);
	print_data(rounds);
	print_curve(rounds);
}
