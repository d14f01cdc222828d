/*
 * load: an open loop. Requests are due at times that don't depend on the
 * answers; a request whose time has come while the last answer is still out is
 * late, and its response time counts from when it was due. So a slow answer
 * can't hide the requests behind it (coordinated omission; Tene, and
 * Schroeder, Wierman, Harchol-Balter: Open Versus Closed, NSDI 2006). The
 * service time, from the actual send, is kept beside it.
 *
 * One connection: requests go one after the other. Those that were due within
 * the window but not sent by its end are counted as unsent.
 */
#include <math.h>
#include <time.h>

#include "clock.h"
#include "pattern.h"
#include "payload.h"

/* The client sleeps until this long before a request is due and spins the
 * rest, so that timer slack and its own wake-up stay out of the figures. */
#define SPIN_BEFORE_NS 150000u

struct schedule {
	uint64_t interval_ns;
	bool poisson;
	uint64_t state; /* xorshift64 */
	double due_ns;  /* since the window's start */
};

static double gap_ns(struct schedule *schedule)
{
	if (!schedule->poisson)
		return (double)schedule->interval_ns;
	schedule->state ^= schedule->state << 13;
	schedule->state ^= schedule->state >> 7;
	schedule->state ^= schedule->state << 17;
	/* 53 random bits in (0, 1]: exponential gaps by inversion. */
	double uniform = (double)((schedule->state >> 11) + 1) * 0x1p-53;
	return -log(uniform) * (double)schedule->interval_ns;
}

static void wait_until(uint64_t due_ns)
{
	uint64_t now = clock_now_ns();
	if (due_ns > now + SPIN_BEFORE_NS) {
		uint64_t rest = due_ns - now - SPIN_BEFORE_NS;
		struct timespec time = {.tv_sec = (time_t)(rest / 1000000000u),
					.tv_nsec = (long)(rest % 1000000000u)};
		clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
	}
	while (clock_now_ns() < due_ns)
		cpu_relax();
}

static void record_service(struct results_page *page, uint64_t elapsed_ns)
{
	uint64_t ps = elapsed_ns * 1000u;
	if (page->service_count == 0 || ps < page->service_min_ps)
		page->service_min_ps = ps;
	if (ps > page->service_max_ps)
		page->service_max_ps = ps;
	page->service_histogram[histogram_bucket(ps)]++;
	page->service_sum_ps += ps;
	page->service_count++;
}

/* Requests that were due before the end and weren't sent. */
static uint64_t unsent(struct schedule *schedule, double end_ns)
{
	uint64_t count = 0;
	if (!schedule->poisson && schedule->due_ns < end_ns)
		return (uint64_t)((end_ns - schedule->due_ns) / (double)schedule->interval_ns);
	for (; schedule->due_ns < end_ns; schedule->due_ns += gap_ns(schedule))
		count++;
	return count;
}

static int client_window(struct peer *peer, struct window *window)
{
	struct schedule schedule = {.interval_ns = 1000000000u / peer->cell->rate,
				    .poisson = peer->cell->poisson,
				    .state = clock_now_ns() | 1u};
	struct recorder recorder;
	double duration = (double)window->duration_ns;
	bool last = false;

	window->batch = 1;
	if (window->records)
		recorder_start(&recorder, peer->page, 1);
	uint64_t start_ns = clock_now_ns();
	for (schedule.due_ns = gap_ns(&schedule); !last; schedule.due_ns += gap_ns(&schedule)) {
		uint64_t due_ns = start_ns + (uint64_t)schedule.due_ns;
		wait_until(due_ns);
		last = window_ending(window) || (schedule.due_ns >= duration && !window->held);
		if (last)
			window_announce_last(peer, window->ops + 1);
		uint64_t sent_ns = clock_now_ns();
		if (exchange_batch(peer, 1) < 0)
			return -1;
		uint64_t end_ns = clock_now_ns();
		window->ops++;
		window->elapsed_ns = end_ns - start_ns;
		if (window->records) {
			recorder_add(&recorder, end_ns - due_ns);
			record_service(peer->page, end_ns - sent_ns);
		}
		window_progress(peer, window);
	}
	if (window->records)
		peer->page->unsent_ops = unsent(&schedule, duration);
	return 0;
}

const struct pattern_ops pattern_load = {
	.verify_client = exchange_verify_client,
	.verify_server = exchange_verify_server,
	.client_window = client_window,
	.server_window = exchange_server_window,
};
