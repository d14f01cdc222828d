/* A window: a stretch of operations under the clock, warm-up or timed. */
#ifndef IPCBENCH_WINDOW_H
#define IPCBENCH_WINDOW_H

#include "histogram.h"
#include "probe.h"

struct window {
	uint64_t duration_ns;
	uint64_t batch; /* operations per sample; calibrated by a warm-up */
	bool calibrates;
	bool records; /* samples go to the results page */
	bool held;    /* a warm-up that goes on until the command line releases it */
	/* results */
	uint64_t ops;
	uint64_t elapsed_ns;
	bool stopped;
};

typedef int (*batch_fn)(struct peer *peer, uint64_t count);

/* The client's window: runs batches until the duration is over, and tells the
 * server the number of the last operation before that one's batch begins. */
int window_run(struct peer *peer, struct window *window, batch_fn run_batch);

/* Doubles the batch while it is too short for the clock. */
void window_calibrate(const struct peer *peer, struct window *window, uint64_t elapsed_ns);

/* Shows the window's state to the command line and reads its flags. */
void window_progress(struct peer *peer, struct window *window);

/* Reads the command line's flags: stop, and hold as long as it was set. */
void window_read_flags(const struct results_page *page, struct window *window);

/* True once the window's last batch is to come: its time is up and it isn't held, or
 * it was stopped. */
bool window_ending(const struct window *window);

/* Tells the server that operation `last` ends the window. */
void window_announce_last(struct peer *peer, uint64_t last);

/* Server: true once the operation that was just served, the window's
 * `served`th, was the last. */
bool window_over(struct peer *peer, uint64_t served);

#endif
