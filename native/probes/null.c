/*
 * null: an empty operation.
 *
 * Its figure is what the harness itself costs per operation: the loop, the
 * call through the table, producing and reading one byte. Nothing is moved, so
 * nothing can be verified.
 *
 * In pattern rpc the operation is the work alone (--service-time), done by the
 * client: a delay of known length, to check what compares two of them.
 */
#include "clock.h"
#include "cpu.h"
#include "probe.h"

static const struct probe_ops null_working;

static int null_open(struct peer *peer)
{
	/* Another table, not a condition in the call: that would count as the
	 * harness's cost. */
	if (peer->cell->pattern == PATTERN_RPC)
		peer->ops = &null_working;
	return 0;
}

static int null_call(struct peer *peer)
{
	(void)peer;
	return 0;
}

/* Readings of the clock are tens of nanoseconds apart; a delay whose ends always fell
 * between the same two would have a median that jumps. */
#define DITHER_NS 64u

static uint32_t dither_ns(void)
{
	static uint32_t state = 2463534242u; /* xorshift, Marsaglia 2003 */
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % DITHER_NS;
}

/* As a server's work, see core/exchange.c, but dithered. */
static int null_work(struct peer *peer)
{
	if (peer->cell->service_ns == 0)
		return 0;
	uint64_t until = clock_now_ns() + peer->cell->service_ns + dither_ns();
	while (clock_now_ns() < until)
		cpu_relax();
	return 0;
}

static void null_close(struct peer *peer)
{
	(void)peer;
}

static const struct probe_ops null_working = {
	.name = "null",
	.patterns = PATTERN_BIT(PATTERN_RPC),
	.waits = WAITS_ALL,
	.moves_nothing = true,
	.server_open = null_open,
	.client_open = null_open,
	.call = null_work,
	.close = null_close,
};

const struct probe_ops probe_null = {
	.name = "null",
	.patterns = PATTERN_BIT(PATTERN_ECHO) | PATTERN_BIT(PATTERN_RPC),
	.waits = WAITS_ALL,
	.moves_nothing = true,
	.server_open = null_open,
	.client_open = null_open,
	.call = null_call,
	.close = null_close,
};
