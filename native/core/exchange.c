/*
 * echo and rpc: the client sends a request and waits for the reply. They differ
 * only in the reply's size and in the work that the server does in between.
 */
#include <string.h>

#include "callers.h"
#include "clock.h"
#include "pattern.h"
#include "payload.h"

/* What an operation needs of its peer, copied out once per batch so that the
 * compiler can keep it in registers across the calls of the hooks. */
struct exchange {
	int (*send)(struct peer *peer, const void *data, size_t n);
	int (*recv)(struct peer *peer, void *data, size_t n);
	int (*call)(struct peer *peer);
	unsigned char *out;
	unsigned char *in;
	size_t out_bytes;
	size_t in_bytes;
	uint64_t stamp; /* what the payload is produced with */
};

static inline struct exchange exchange_of(const struct peer *peer)
{
	return (struct exchange){.send = peer->ops->send,
				 .recv = peer->ops->recv,
				 .call = peer->ops->call,
				 .out = peer->out,
				 .in = peer->in,
				 .out_bytes = peer->out_bytes,
				 .in_bytes = peer->in_bytes};
}

static inline int by_call(struct peer *peer, const struct exchange *x)
{
	payload_produce(x->out, x->out_bytes, x->stamp);
	if (x->call(peer) < 0)
		return -1;
	payload_consume(x->in, x->in_bytes);
	return 0;
}

static inline int by_messages(struct peer *peer, const struct exchange *x)
{
	payload_produce(x->out, x->out_bytes, x->stamp);
	if (x->send(peer, x->out, x->out_bytes) < 0 || x->recv(peer, x->in, x->in_bytes) < 0)
		return -1;
	payload_consume(x->in, x->in_bytes);
	return 0;
}

/* The only loop that repeats an exchange under the clock. It is inlined into
 * one function per kind, so that the exchange is inlined in turn: with that, the
 * harness costs about 2 ns per operation (see probes/null.c). */
static inline __attribute__((always_inline)) int
repeat(struct peer *peer, uint64_t count, int (*operation)(struct peer *, const struct exchange *))
{
	struct exchange exchange = exchange_of(peer);
	for (; exchange.stamp < count; exchange.stamp++)
		if (operation(peer, &exchange) < 0)
			return -1;
	return 0;
}

/* On a cache line of its own: where the linker happens to put the loop changes an
 * empty operation by 0.3 ns. */
#define TIMED_LOOP __attribute__((aligned(64)))

TIMED_LOOP static int repeat_calls(struct peer *peer, uint64_t count)
{
	return repeat(peer, count, by_call);
}

TIMED_LOOP static int repeat_messages(struct peer *peer, uint64_t count)
{
	return repeat(peer, count, by_messages);
}

int exchange_batch(struct peer *peer, uint64_t count)
{
	return peer->ops->call != NULL ? repeat_calls(peer, count) : repeat_messages(peer, count);
}

static int client_window(struct peer *peer, struct window *window)
{
	if (peer->callers != NULL)
		return callers_window(peer, window, repeat_calls);
	return window_run(peer, window, peer->ops->call != NULL ? repeat_calls : repeat_messages);
}

/* The server's work per request: time that passes on its processor. */
static void work(uint64_t service_ns)
{
	if (service_ns == 0)
		return;
	uint64_t until = clock_now_ns() + service_ns;
	while (clock_now_ns() < until)
		cpu_relax();
}

int exchange_server_window(struct peer *peer, struct window *window)
{
	struct exchange x = exchange_of(peer);
	uint64_t service_ns = peer->cell->service_ns;
	do {
		if (x.recv(peer, x.in, x.in_bytes) < 0)
			return -1;
		payload_consume(x.in, x.in_bytes);
		work(service_ns);
		payload_produce(x.out, x.out_bytes, x.stamp);
		if (x.send(peer, x.out, x.out_bytes) < 0)
			return -1;
	} while (!window_over(peer, ++x.stamp));
	window->ops = x.stamp;
	return 0;
}

/* Verifies a request that says which operation it is, and makes its reply. */
static void serve_verified(struct peer *peer, const void *request, size_t n, void *reply)
{
	uint32_t number;
	if (verify_call(peer, request, n, &number) == 0)
		verify_fill(peer, reply, peer->out_bytes, reply_seed(number));
}

void peer_serve(struct peer *peer, const void *request, size_t n, void *reply)
{
	uint64_t operation = peer_count_served(peer);
	/* relaxed: the phase changes only between calls, ordered by the control
	 * channel and the call itself. */
	if (atomic_load_explicit(&peer->phase, memory_order_relaxed) == PHASE_VERIFY) {
		serve_verified(peer, request, n, reply);
		return;
	}
	payload_consume(request, n);
	work(peer->cell->service_ns);
	payload_produce(reply, peer->out_bytes, operation);
}

static int verify_by_call(struct peer *peer, uint64_t operation)
{
	uint32_t number = verify_number(operation, peer->out_bytes);
	verify_fill_call(peer->out, peer->out_bytes, number);
	memset(peer->in, 0, peer->in_bytes);
	if (peer->ops->call(peer) < 0)
		return -1;
	if (peer->moves_nothing)
		return 0;
	return verify_received(peer, peer->in, peer->in_bytes, reply_seed(number), operation);
}

int exchange_verify_client_one(struct peer *peer, uint64_t operation)
{
	const struct probe_ops *ops = peer->ops;
	if (ops->call != NULL)
		return verify_by_call(peer, operation);
	payload_fill(peer->out, peer->out_bytes, request_seed(operation));
	memset(peer->in, 0, peer->in_bytes);
	if (ops->send(peer, peer->out, peer->out_bytes) < 0 ||
	    ops->recv(peer, peer->in, peer->in_bytes) < 0)
		return -1;
	if (peer->moves_nothing)
		return 0;
	return verify_received(peer, peer->in, peer->in_bytes, reply_seed(operation), operation);
}

int exchange_verify_server_one(struct peer *peer, uint64_t operation)
{
	const struct probe_ops *ops = peer->ops;
	memset(peer->in, 0, peer->in_bytes);
	if (ops->recv(peer, peer->in, peer->in_bytes) < 0 ||
	    verify_received(peer, peer->in, peer->in_bytes, request_seed(operation), operation) < 0)
		return -1;
	verify_fill(peer, peer->out, peer->out_bytes, reply_seed(operation));
	return ops->send(peer, peer->out, peer->out_bytes);
}

int exchange_verify_client(struct peer *peer, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		if (exchange_verify_client_one(peer, i) < 0)
			return -1;
	return 0;
}

int exchange_verify_server(struct peer *peer, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		if (exchange_verify_server_one(peer, i) < 0)
			return -1;
	return 0;
}

/* A caller's part of the verify phase: operations that no other caller has, all
 * callers at once. */
static int verify_caller(struct peer *caller, uint32_t index, void *argument)
{
	uint64_t count = *(const uint64_t *)argument;
	for (uint64_t i = 0; i < count; i++)
		if (exchange_verify_client_one(caller, index * count + i) < 0)
			return -1;
	return 0;
}

static int verify_client(struct peer *peer, uint64_t count)
{
	return peer->callers != NULL ? callers_run(peer->callers, verify_caller, &count)
				     : exchange_verify_client(peer, count);
}

const struct pattern_ops pattern_exchange = {
	.verify_client = verify_client,
	.verify_server = exchange_verify_server,
	.client_window = client_window,
	.server_window = exchange_server_window,
};
