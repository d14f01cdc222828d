/* Recording of samples: a complete log-linear histogram and a bounded list in
 * time order. Nothing here allocates, prints or enters the kernel. */
#ifndef IPCBENCH_HISTOGRAM_H
#define IPCBENCH_HISTOGRAM_H

#include <stdint.h>

#include "results_page.h"

/* The bucket of a value in picoseconds; see results_page.h for the shape. */
static inline uint32_t histogram_bucket(uint64_t ps)
{
	if (ps < (1u << HISTOGRAM_LINEAR_BITS))
		return (uint32_t)ps;
	uint32_t top = 63u - (uint32_t)__builtin_clzll(ps);
	if (top >= HISTOGRAM_TOP_BIT)
		return HISTOGRAM_BUCKETS - 1u;
	uint32_t shift = top - HISTOGRAM_LINEAR_BITS;
	uint32_t within = (uint32_t)(ps >> shift) - (1u << HISTOGRAM_LINEAR_BITS);
	return ((shift + 1u) << HISTOGRAM_LINEAR_BITS) + within;
}

/* Parts of a recording at most. */
#define RESULTS_PARTS_MAX 256u

struct recorder {
	struct results_page *page;
	uint64_t batch;
	uint64_t skip;  /* batches until the next one is kept */
	uint64_t limit; /* samples kept at most, even: RESULTS_SAMPLES_MAX unless changed */
};

void recorder_start(struct recorder *recorder, struct results_page *page, uint64_t batch);

/* Records one batch. Costs about 10 ns, between two timed stretches. */
void recorder_add(struct recorder *recorder, uint64_t elapsed_ns);

/* Adds what several recorders have recorded over one window, each on a page of
 * its own, to `page`, as one recorder would have had it. Thins the parts' lists
 * until each stands for as many batches per sample; together they must fit. The
 * merged list is in time order as far as each part's batches came evenly. */
void recorder_merge(struct results_page *page, struct results_page *const *parts, uint32_t count);

#endif
