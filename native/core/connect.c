/*
 * connect: one operation makes a connection, has it accepted, and closes it on
 * both sides. No data moves, but in the verify phase a message and its reply go
 * over every connection, so that it is known to lead to the right server.
 *
 * Where a probe calls, a connection counts as made once a first call went through
 * it, and the server's part of both is its threads' business.
 */
#include "pattern.h"
#include "payload.h"

static int client_batch(struct peer *peer, uint64_t count)
{
	const struct probe_ops *ops = peer->ops;
	for (uint64_t i = 0; i < count; i++)
		if (ops->connect(peer) < 0 || ops->disconnect(peer) < 0)
			return -1;
	return 0;
}

static int client_window(struct peer *peer, struct window *window)
{
	return window_run(peer, window, client_batch);
}

static int server_window(struct peer *peer, struct window *window)
{
	const struct probe_ops *ops = peer->ops;
	do {
		if (ops->accept(peer) < 0 || ops->disconnect(peer) < 0)
			return -1;
	} while (!window_over(peer, ++window->ops));
	return 0;
}

static int verify_client(struct peer *peer, uint64_t count)
{
	const struct probe_ops *ops = peer->ops;
	for (uint64_t i = 0; i < count; i++) {
		if (ops->connect(peer) < 0 || exchange_verify_client_one(peer, i) < 0 ||
		    ops->disconnect(peer) < 0)
			return -1;
	}
	return 0;
}

static int verify_server(struct peer *peer, uint64_t count)
{
	const struct probe_ops *ops = peer->ops;
	for (uint64_t i = 0; i < count; i++) {
		if (ops->accept(peer) < 0 || exchange_verify_server_one(peer, i) < 0 ||
		    ops->disconnect(peer) < 0)
			return -1;
	}
	return 0;
}

const struct pattern_ops pattern_connect = {
	.verify_client = verify_client,
	.verify_server = verify_server,
	.client_window = client_window,
	.server_window = server_window,
};
