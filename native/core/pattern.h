/* Message patterns: what an operation is, on both sides. One file each. */
#ifndef IPCBENCH_PATTERN_H
#define IPCBENCH_PATTERN_H

#include "verify.h"
#include "window.h"

struct pattern_ops {
	/* Both sides run `count` operations and compare every byte. The server's is
	 * not called for probes with `call`, which verify in peer_serve(). With
	 * callers, each of them runs `count`. */
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

/* The request-and-reply exchange, shared by echo, rpc and load. */
int exchange_batch(struct peer *peer, uint64_t count);
int exchange_verify_client(struct peer *peer, uint64_t count);
int exchange_verify_server(struct peer *peer, uint64_t count);

/* Operation number `operation` alone. */
int exchange_verify_client_one(struct peer *peer, uint64_t operation);
int exchange_verify_server_one(struct peer *peer, uint64_t operation);

int exchange_server_window(struct peer *peer, struct window *window);

extern const struct pattern_ops pattern_exchange, pattern_stream, pattern_connect, pattern_load;

const struct pattern_ops *pattern_of(const struct cell *cell);

#endif
