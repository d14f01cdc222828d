/*
 * How a window ends. The client decides, by the clock, after each batch. The
 * server must know which operation is the last, without a message of its own
 * and without waiting for one that never comes: before the last batch the
 * client stores the number of the window's last operation in page->last_op;
 * the server compares its own count after each operation. The store happens
 * before the batch's first send, the load after the receive of the last one,
 * so the server can neither miss it nor stop early.
 */
#include "window.h"
#include "clock.h"

/* A batch lasts at least this many clock readings, so that the clock is below
 * 1 % of it. */
enum { CLOCK_SHARE = 100 };

void window_announce_last(struct peer *peer, uint64_t last)
{
	/* release: the server sees it no later than the data of the operation. */
	atomic_store_explicit(&peer->page->last_op, last, memory_order_release);
}

bool window_over(struct peer *peer, uint64_t served)
{
	/* acquire: pairs with window_announce_last(); a line that nobody writes
	 * meanwhile stays in this processor's cache. */
	return served >= atomic_load_explicit(&peer->page->last_op, memory_order_acquire);
}

void window_calibrate(const struct peer *peer, struct window *window, uint64_t elapsed_ns)
{
	if (window->calibrates && elapsed_ns < CLOCK_SHARE * peer->clock_cost_ps / 1000u)
		window->batch *= 2;
}

void window_read_flags(const struct results_page *page, struct window *window)
{
	/* relaxed: flags that may be seen a batch late. A hold ends once. */
	window->stopped = atomic_load_explicit(&page->stop, memory_order_relaxed) != 0;
	window->held = window->held && atomic_load_explicit(&page->hold, memory_order_relaxed) != 0;
}

bool window_ending(const struct window *window)
{
	return window->stopped || (!window->held && window->elapsed_ns >= window->duration_ns);
}

void window_progress(struct peer *peer, struct window *window)
{
	struct results_page *page = peer->page;
	/* relaxed: for display. */
	atomic_store_explicit(&page->progress_ops, window->ops, memory_order_relaxed);
	atomic_store_explicit(&page->progress_ns, window->elapsed_ns, memory_order_relaxed);
	window_read_flags(page, window);
}

int window_run(struct peer *peer, struct window *window, batch_fn run_batch)
{
	struct recorder recorder;
	uint64_t first_ns = 0, start_ns, end_ns;
	bool last = window_ending(window);

	if (window->records)
		recorder_start(&recorder, peer->page, window->batch);
	for (;;) {
		if (last)
			window_announce_last(peer, window->ops + window->batch);
		start_ns = clock_now_ns();
		if (run_batch(peer, window->batch) < 0)
			return -1;
		end_ns = clock_now_ns();
		window->ops += window->batch;
		if (first_ns == 0)
			first_ns = start_ns;
		window->elapsed_ns = end_ns - first_ns;
		if (window->records)
			recorder_add(&recorder, end_ns - start_ns);
		if (last)
			return 0;
		window_calibrate(peer, window, end_ns - start_ns);
		window_progress(peer, window);
		last = window_ending(window);
	}
}
