/*
 * Event counters of one peer (perf_event_open): user and kernel cycles and
 * instructions, cache, TLB and branch misses where the hardware counts them, and a
 * few of the kernel's own that are there on every machine.
 *
 * Each event has a descriptor of its own and is available or not by itself: a group
 * is scheduled as a whole or not at all, and more events than the processor has
 * counters would then never count. Where they don't all fit the kernel rotates them,
 * and each says for how long it was on.
 *
 * A process that has events, enabled or not, pays for them whenever the kernel switches
 * to it or from it: what is timed should not be counted, nor what is counted timed.
 */
#ifndef IPCBENCH_COUNTERS_H
#define IPCBENCH_COUNTERS_H

#include <stdbool.h>

#include "results_page.h"

struct counters {
	int fds[EVENT_COUNT]; /* -1 = could not be opened */
};

/* Opens what there is, for this thread and all that are made later, and says in `page`
 * what there isn't. Counting begins at once. */
void counters_open(struct counters *counters, struct page_counters *page);

/* At a window's start (`end` false) stores the counts so far in `page`, at its end
 * turns them into differences. Without counters, NULL, does nothing. */
void counters_sample(const struct counters *counters, struct page_counters *page, bool end);

void counters_close(struct counters *counters);

#endif
