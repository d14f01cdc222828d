/* A trial's phases, in lock step over the control channel: verify, warm-up
 * (which also calibrates the batch), timed. What an operation is, is the
 * pattern's business. */
#include "loop.h"
#include "callers.h"
#include "clock.h"
#include "control.h"
#include "pattern.h"
#include "report.h"
#include "served.h"
#include "usage.h"

/* Operations, and bytes one way, that the verify phase compares at most. */
enum { VERIFY_OPS = 64, VERIFY_BYTES = 4 << 20 };

const struct pattern_ops *pattern_of(const struct cell *cell)
{
	switch (cell->pattern) {
	case PATTERN_STREAM:
		return &pattern_stream;
	case PATTERN_CONNECT:
		return &pattern_connect;
	case PATTERN_LOAD:
		return &pattern_load;
	default:
		return &pattern_exchange;
	}
}

/* --- verify ------------------------------------------------------------- */

static uint64_t verify_ops(const struct peer *peer)
{
	size_t larger = peer->out_bytes > peer->in_bytes ? peer->out_bytes : peer->in_bytes;
	uint64_t fitting = VERIFY_BYTES / (larger + 1);
	return fitting < 1 ? 1 : fitting > VERIFY_OPS ? VERIFY_OPS : fitting;
}

/* --- phases ------------------------------------------------------------- */

static void write_window(struct results_page *page, const struct window *window, uint64_t ops)
{
	page->ops = ops;
	page->window_ns = window->elapsed_ns;
}

static int begin_phase(struct peer *peer, enum page_phase phase)
{
	struct results_page *page = peer->page;
	/* relaxed: the control channel orders them before anything the server does. */
	atomic_store_explicit(&page->last_op, UINT64_MAX, memory_order_relaxed);
	atomic_store_explicit(&page->progress_ops, 0, memory_order_relaxed);
	atomic_store_explicit(&page->progress_ns, 0, memory_order_relaxed);
	atomic_store_explicit(&page->phase, phase, memory_order_relaxed);
	if (control_send(peer, CONTROL_PHASE, phase) < 0)
		return -1;
	return control_expect(peer, CONTROL_GO, NULL);
}

static int end_phase(struct peer *peer)
{
	if (control_send(peer, CONTROL_END, 0) < 0)
		return -1;
	return control_expect(peer, CONTROL_DONE, NULL);
}

static int client_phase(struct peer *peer, enum page_phase phase, struct window *window)
{
	const struct pattern_ops *pattern = pattern_of(peer->cell);
	if (begin_phase(peer, phase) < 0)
		return -1;
	if (phase == PHASE_TIMED)
		usage_begin(peer);
	int result = phase == PHASE_VERIFY ? pattern->verify_client(peer, verify_ops(peer))
					   : pattern->client_window(peer, window);
	if (result < 0)
		return -1;
	if (phase == PHASE_TIMED)
		usage_end(peer, window->ops);
	return end_phase(peer);
}

int loop_client(struct peer *peer)
{
	struct results_page *page = peer->page;
	bool times = !pattern_of(peer->cell)->server_times;
	struct window warmup = {
		.duration_ns = peer->cell->warmup_ns, .batch = 1, .calibrates = true};
	struct window timed = {.duration_ns = peer->cell->duration_ns, .records = times};

	/* relaxed: set before the peers were started. */
	warmup.held = atomic_load_explicit(&page->hold, memory_order_relaxed) != 0;
	page->clock_cost_ps = peer->clock_cost_ps;
	page->clock_step_ns = clock_step_ns();
	page->request_bytes = peer->cell->pattern == PATTERN_CONNECT ? 0 : peer->out_bytes;
	page->reply_bytes = peer->cell->pattern == PATTERN_CONNECT ? 0 : peer->in_bytes;
	page->adaptive_spin_ns = peer->spin_ns;

	if (client_phase(peer, PHASE_VERIFY, NULL) < 0)
		return -1;
	page->verified_ops = peer->moves_nothing ? 0 : verify_ops(peer) * callers_count(peer);
	if (client_phase(peer, PHASE_WARMUP, &warmup) < 0)
		return -1;
	page->warmup_ops = warmup.ops;
	timed.batch = warmup.batch;
	if (client_phase(peer, PHASE_TIMED, &timed) < 0)
		return -1;
	if (times)
		write_window(page, &timed, timed.ops);
	peer->report->status = warmup.stopped || timed.stopped ? PAGE_STOPPED : PAGE_OK;
	return control_send(peer, CONTROL_PHASE, PHASE_CLOSE);
}

/* Serves one phase. A probe with `call` serves in threads of its own, so that
 * nothing is to be done here until the client is through. */
static int server_phase(struct peer *peer, enum page_phase phase, struct window *window)
{
	const struct pattern_ops *pattern = pattern_of(peer->cell);
	bool calls = peer->ops->call != NULL;

	served_reset(peer);
	/* relaxed: see peer_serve(). */
	atomic_store_explicit(&peer->phase, phase, memory_order_relaxed);
	if (phase == PHASE_TIMED)
		usage_begin(peer);
	if (control_send(peer, CONTROL_GO, 0) < 0)
		return -1;
	if (!calls) {
		int result = phase == PHASE_VERIFY ? pattern->verify_server(peer, verify_ops(peer))
						   : pattern->server_window(peer, window);
		if (result < 0)
			return -1;
		if (phase == PHASE_TIMED)
			usage_end(peer, window->ops);
	}
	if (control_expect(peer, CONTROL_END, NULL) < 0)
		return -1;
	if (calls && phase == PHASE_TIMED)
		usage_end(peer, served_sum(peer));
	if (calls && report_failed(peer->report))
		return -1;
	return control_send(peer, CONTROL_DONE, 0);
}

int loop_server(struct peer *peer)
{
	bool times = pattern_of(peer->cell)->server_times;
	struct window warmup = {.batch = 1, .calibrates = true};
	struct window timed = {.records = times};
	uint64_t phase;
	for (;;) {
		if (control_expect(peer, CONTROL_PHASE, &phase) < 0)
			return -1;
		if (phase == PHASE_CLOSE)
			break;
		timed.batch = warmup.batch;
		if (server_phase(peer, (enum page_phase)phase,
				 phase == PHASE_TIMED ? &timed : &warmup) < 0)
			return -1;
	}
	if (times)
		/* The clock started at the first arrival. */
		write_window(peer->page, &timed, timed.ops - 1);
	peer->report->status = PAGE_OK;
	return 0;
}
