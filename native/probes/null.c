/*
 * null: an empty operation.
 *
 * Its figure is what the harness itself costs per operation: the loop, the
 * call through the table, producing and reading one byte. Nothing is moved, so
 * nothing can be verified.
 */
#include "probe.h"

static int null_open(struct peer *peer)
{
	(void)peer;
	return 0;
}

static int null_call(struct peer *peer)
{
	(void)peer;
	return 0;
}

static void null_close(struct peer *peer)
{
	(void)peer;
}

const struct probe_ops probe_null = {
	.name = "null",
	.patterns = PATTERN_BIT(PATTERN_ECHO),
	.waits = WAITS_ALL,
	.moves_nothing = true,
	.server_open = null_open,
	.client_open = null_open,
	.call = null_call,
	.close = null_close,
};
