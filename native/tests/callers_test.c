#include <string.h>

#include "callers.h"
#include "clock.h"
#include "test.h"

enum { COUNT = 5 };

static struct results_page page;
static struct cell cell;
static unsigned char out[64], in[64];
static _Atomic uint64_t calls;
static _Atomic uint64_t fail_at; /* call that fails, 0 = none */

static int call(struct peer *peer)
{
	memcpy(peer->in, peer->out, peer->out_bytes);
	return atomic_fetch_add(&calls, 1) + 1 == atomic_load(&fail_at) ? -1 : 0;
}

static const struct probe_ops ops = {.name = "test", .call = call};

static int batch(struct peer *peer, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		if (peer->ops->call(peer) < 0)
			return -1;
	return 0;
}

static struct peer client(void)
{
	memset(&page, 0, sizeof page);
	atomic_store(&page.last_op, UINT64_MAX);
	atomic_store(&calls, 0);
	return (struct peer){.role = ROLE_CLIENT,
			     .cell = &cell,
			     .ops = &ops,
			     .page = &page,
			     .report = &page.report_client,
			     .out = out,
			     .in = in,
			     .out_bytes = sizeof out,
			     .in_bytes = sizeof in,
			     .clock_cost_ps = 30000};
}

static void adds_up(void)
{
	struct peer peer = client();
	struct window window = {.duration_ns = 5000000, .batch = 4, .records = true};
	atomic_store(&fail_at, 0);
	CHECK(callers_count(&peer) == 1);
	CHECK(callers_start(&peer, COUNT) == 0);
	CHECK(callers_count(&peer) == COUNT);
	uint64_t before_ns = clock_now_ns();
	CHECK(callers_window(&peer, &window, batch) == 0);
	uint64_t wall_ns = clock_now_ns() - before_ns;
	CHECK(window.ops == atomic_load(&calls) && window.ops % 4 == 0);
	CHECK(window.elapsed_ns >= window.duration_ns && window.elapsed_ns <= wall_ns);
	CHECK(atomic_load(&page.last_op) == window.ops);
	CHECK(!window.stopped && window.batch == 4);
	CHECK(page.batch == 4 && page.histogram_count * 4 == window.ops);
	CHECK(page.sample_count >= COUNT && page.sample_count <= RESULTS_SAMPLES_MAX);
	/* The threads' times are within the window, so together in COUNT of them. */
	CHECK(page.sum_ps / 1000 * 4 <= COUNT * window.elapsed_ns);
	callers_end(&peer);
	CHECK(peer.callers == NULL);
}

/* A window of no length has one batch of each; a warm-up makes the batch longer as
 * long as it is short beside the clock, here always or never. */
static void calibrates(void)
{
	struct peer peer = client();
	struct window one = {.batch = 1};
	struct window slow = {.duration_ns = 5000000, .batch = 1, .calibrates = true}, fast = slow;
	atomic_store(&fail_at, 0);
	peer.clock_cost_ps = 1000000000000;
	CHECK(callers_start(&peer, COUNT) == 0);
	CHECK(callers_window(&peer, &one, batch) == 0 && one.ops == COUNT && one.batch == 1);
	CHECK(page.histogram_count == 0);
	CHECK(callers_window(&peer, &slow, batch) == 0 && slow.batch > 1);
	callers_end(&peer);
	peer.clock_cost_ps = 0;
	CHECK(callers_start(&peer, COUNT) == 0);
	CHECK(callers_window(&peer, &fast, batch) == 0 && fast.batch == 1);
	callers_end(&peer);
}

/* One that fails ends the window of all; so does the command line's wish. */
static void ends_early(void)
{
	struct peer peer = client();
	struct window window = {.duration_ns = UINT64_MAX / 2, .batch = 1};
	atomic_store(&fail_at, 100);
	CHECK(callers_start(&peer, COUNT) == 0);
	CHECK(callers_window(&peer, &window, batch) == -1);
	atomic_store(&page.stop, 1);
	CHECK(callers_window(&peer, &window, batch) == 0 && window.stopped);
	callers_end(&peer);
}

struct seen {
	unsigned char *out[COUNT];
	_Atomic uint32_t times[COUNT];
};

static int see(struct peer *caller, uint32_t index, void *argument)
{
	struct seen *seen = argument;
	seen->out[index] = caller->out;
	atomic_fetch_add(&seen->times[index], 1);
	return index == 3 ? -1 : 0;
}

static void each_has_its_own(void)
{
	struct peer peer = client();
	struct seen seen = {0};
	CHECK(callers_start(&peer, COUNT) == 0);
	CHECK(callers_run(peer.callers, see, &seen) == -1);
	for (int i = 0; i < COUNT; i++) {
		CHECK(atomic_load(&seen.times[i]) == 1);
		for (int k = 0; k < i; k++)
			CHECK(seen.out[i] != seen.out[k]);
	}
	callers_end(&peer);
}

const struct test callers_tests[] = {{"callers.adds-up", adds_up},
				     {"callers.calibrates", calibrates},
				     {"callers.ends-early", ends_early},
				     {"callers.each-has-its-own", each_has_its_own},
				     {NULL, NULL}};
