/*
 * What the buffers of a probe's library are used for in the timed window: counted at
 * moments that don't depend on the load, by a thread that sleeps in between. The
 * library's own books say how long holdings last; the two are independent of each
 * other, so that one can be checked by the other.
 */
#ifndef IPCBENCH_BUFFERS_H
#define IPCBENCH_BUFFERS_H

#include "probe.h"

#define BUFFERS_MAX 2048

/* The books as they are now; all 0 = there are none; in_use_ns of all time up to now. `taken` says
 * of each buffer how often it was taken, and *count of how many. Looks and peak are not the
 * library's. */
typedef void (*buffers_read)(struct page_buffers *books, uint32_t *in_use, uint32_t *taken,
			     uint32_t *count);

struct buffers_watch;

/* Starts to look, about every gap_ns: often enough for the window, rare enough to cost next
 * to nothing. NULL after a report. */
struct buffers_watch *buffers_watch_start(struct peer *peer, buffers_read read, uint32_t gap_ns);

/* Ends it, and writes what the window was like to the page. NULL is no watch. */
void buffers_watch_end(struct buffers_watch *watch);

#endif
