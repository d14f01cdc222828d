/* Message patterns: what an operation is, on both sides. One file each. */
#ifndef IPCBENCH_PATTERN_H
#define IPCBENCH_PATTERN_H

#include "window.h"

struct pattern_ops {
	/* Both sides run `count` operations and compare every byte. The server's is
	 * not called for probes with `call`, which verify in peer_serve(). */
	int (*verify_client)(struct peer *peer, uint64_t count);
	int (*verify_server)(struct peer *peer, uint64_t count);
	/* One window. The server's counts into window->ops. */
	int (*client_window)(struct peer *peer, struct window *window);
	int (*server_window)(struct peer *peer, struct window *window);
	/* The server holds the clock. */
	bool server_times;
	/* Operations carry nothing back. */
	bool one_way;
};

/* Parts of the sequence that produces the verify phase's payloads. */
static inline uint64_t request_seed(uint64_t operation)
{
	return 2 * operation;
}

static inline uint64_t reply_seed(uint64_t operation)
{
	return 2 * operation + 1;
}

/* Compares what was received; a difference is a failure of this peer. */
int verify_received(struct peer *peer, const void *data, size_t n, uint64_t seed,
		    uint64_t operation);

/* Fills peer->out, corrupting a byte where the test-only fault asks for it. */
void verify_fill(struct peer *peer, void *data, size_t n, uint64_t seed);

/* The request-and-reply exchange, shared by echo, rpc and load. */
int exchange_batch(struct peer *peer, uint64_t count);
int exchange_verify_client(struct peer *peer, uint64_t count);
int exchange_verify_server(struct peer *peer, uint64_t count);
int exchange_server_window(struct peer *peer, struct window *window);

extern const struct pattern_ops pattern_exchange, pattern_stream, pattern_connect, pattern_load;

const struct pattern_ops *pattern_of(const struct cell *cell);

#endif
