/*
 * echo and rpc: the client sends a request and waits for the reply. They differ
 * only in the reply's size and in the work that the server does in between.
 */
#include <string.h>

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

static int repeat_calls(struct peer *peer, uint64_t count)
{
	return repeat(peer, count, by_call);
}

static int repeat_messages(struct peer *peer, uint64_t count)
{
	return repeat(peer, count, by_messages);
}

int exchange_batch(struct peer *peer, uint64_t count)
{
	return peer->ops->call != NULL ? repeat_calls(peer, count) : repeat_messages(peer, count);
}

static int client_window(struct peer *peer, struct window *window)
{
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

void peer_serve(struct peer *peer, const void *request, size_t n, void *reply)
{
	/* relaxed: the phase changes only between calls, ordered by the control
	 * channel and the call itself. */
	uint64_t operation = atomic_fetch_add_explicit(&peer->served, 1, memory_order_relaxed);
	if (atomic_load_explicit(&peer->phase, memory_order_relaxed) == PHASE_VERIFY) {
		if (n != peer->in_bytes)
			peer_fail(peer, EBADMSG, "a request of %zu bytes where %zu were due", n,
				  peer->in_bytes);
		else if (verify_received(peer, request, n, request_seed(operation), operation) == 0)
			verify_fill(peer, reply, peer->out_bytes, reply_seed(operation));
		return;
	}
	payload_consume(request, n);
	work(peer->cell->service_ns);
	payload_produce(reply, peer->out_bytes, operation);
}

int exchange_verify_client(struct peer *peer, uint64_t count)
{
	const struct probe_ops *ops = peer->ops;
	for (uint64_t i = 0; i < count; i++) {
		payload_fill(peer->out, peer->out_bytes, request_seed(i));
		memset(peer->in, 0, peer->in_bytes);
		if (ops->call != NULL) {
			if (ops->call(peer) < 0)
				return -1;
		} else if (ops->send(peer, peer->out, peer->out_bytes) < 0 ||
			   ops->recv(peer, peer->in, peer->in_bytes) < 0) {
			return -1;
		}
		if (!peer->moves_nothing &&
		    verify_received(peer, peer->in, peer->in_bytes, reply_seed(i), i) < 0)
			return -1;
	}
	return 0;
}

int exchange_verify_server(struct peer *peer, uint64_t count)
{
	const struct probe_ops *ops = peer->ops;
	for (uint64_t i = 0; i < count; i++) {
		memset(peer->in, 0, peer->in_bytes);
		if (ops->recv(peer, peer->in, peer->in_bytes) < 0 ||
		    verify_received(peer, peer->in, peer->in_bytes, request_seed(i), i) < 0)
			return -1;
		verify_fill(peer, peer->out, peer->out_bytes, reply_seed(i));
		if (ops->send(peer, peer->out, peer->out_bytes) < 0)
			return -1;
	}
	return 0;
}

const struct pattern_ops pattern_exchange = {
	.verify_client = exchange_verify_client,
	.verify_server = exchange_verify_server,
	.client_window = client_window,
	.server_window = exchange_server_window,
};
