/*
 * A trial's phases: verify, warm-up (which also chooses the batch), timed.
 *
 * How a window ends. The client decides, by the clock, after each batch. The
 * server must know which operation is the last, without a message of its own
 * and without waiting for one that never comes: before the last batch the
 * client stores the number of the window's last operation in page->last_op;
 * the server compares its own count after each operation. The store happens
 * before the batch's first send, the load after the receive of the last one,
 * so the server can neither miss it nor stop early.
 */
#include <sched.h>
#include <string.h>
#include <sys/resource.h>

#include "clock.h"
#include "control.h"
#include "histogram.h"
#include "loop.h"
#include "payload.h"

enum {
	/* A batch lasts at least this many clock readings, so that the clock is
	 * below 1 % of it. */
	CLOCK_SHARE = 100,
	/* Operations, and bytes one way, that the verify phase compares at most. */
	VERIFY_OPS = 64,
	VERIFY_BYTES = 4 << 20,
};

/* --- one operation ------------------------------------------------------ */

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

static inline int echo_call(struct peer *peer, const struct exchange *x)
{
	payload_produce(x->out, x->out_bytes, x->stamp);
	if (x->call(peer) < 0)
		return -1;
	payload_consume(x->in, x->in_bytes);
	return 0;
}

static inline int echo_client(struct peer *peer, const struct exchange *x)
{
	payload_produce(x->out, x->out_bytes, x->stamp);
	if (x->send(peer, x->out, x->out_bytes) < 0 || x->recv(peer, x->in, x->in_bytes) < 0)
		return -1;
	payload_consume(x->in, x->in_bytes);
	return 0;
}

static inline int echo_server(struct peer *peer, const struct exchange *x)
{
	if (x->recv(peer, x->in, x->in_bytes) < 0)
		return -1;
	payload_consume(x->in, x->in_bytes);
	payload_produce(x->out, x->out_bytes, x->stamp);
	return x->send(peer, x->out, x->out_bytes);
}

/* The only loop that repeats an operation under the clock. It is inlined into
 * one function per operation, so that the operation is inlined in turn: with
 * that, the harness costs under 3 ns per operation (see probes/null.c). */
static inline __attribute__((always_inline)) int
repeat(struct peer *peer, uint64_t count, int (*operation)(struct peer *, const struct exchange *))
{
	struct exchange exchange = exchange_of(peer);
	for (; exchange.stamp < count; exchange.stamp++)
		if (operation(peer, &exchange) < 0)
			return -1;
	return 0;
}

static int repeat_echo_call(struct peer *peer, uint64_t count)
{
	return repeat(peer, count, echo_call);
}

static int repeat_echo_client(struct peer *peer, uint64_t count)
{
	return repeat(peer, count, echo_client);
}

typedef int (*batch_fn)(struct peer *peer, uint64_t count);

static batch_fn client_batch(const struct peer *peer)
{
	return peer->ops->call != NULL ? repeat_echo_call : repeat_echo_client;
}

/* --- use of the machine ------------------------------------------------- */

static uint64_t timeval_ns(struct timeval time)
{
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_usec * 1000u;
}

/* Called twice: at a window's start it stores the counters, at its end it
 * turns them into differences. */
static void usage_sample(struct page_usage *usage, bool end)
{
	struct rusage now;
	uint64_t wall = clock_now_ns();
	getrusage(RUSAGE_SELF, &now);
	uint64_t values[] = {wall,
			     timeval_ns(now.ru_utime),
			     timeval_ns(now.ru_stime),
			     (uint64_t)now.ru_nvcsw,
			     (uint64_t)now.ru_nivcsw,
			     (uint64_t)now.ru_minflt,
			     (uint64_t)now.ru_majflt};
	uint64_t *fields[] = {&usage->wall_ns,
			      &usage->user_ns,
			      &usage->system_ns,
			      &usage->voluntary_switches,
			      &usage->involuntary_switches,
			      &usage->minor_faults,
			      &usage->major_faults};
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
		*fields[i] = end ? values[i] - *fields[i] : values[i];
	*(end ? &usage->cpu_last : &usage->cpu_first) = sched_getcpu();
}

static void usage_end(struct peer *peer, struct page_usage *usage, uint64_t ops)
{
	usage_sample(usage, true);
	usage->ops = ops;
	usage->bytes_sent = ops * peer->out_bytes;
	usage->bytes_received = ops * peer->in_bytes;
}

/* --- verify ------------------------------------------------------------- */

static uint64_t verify_ops(const struct peer *peer)
{
	size_t larger = peer->out_bytes > peer->in_bytes ? peer->out_bytes : peer->in_bytes;
	uint64_t fitting = VERIFY_BYTES / (larger + 1);
	return fitting < 1 ? 1 : fitting > VERIFY_OPS ? VERIFY_OPS : fitting;
}

/* Requests and replies have patterns of their own. */
static uint64_t request_seed(uint64_t operation)
{
	return 2 * operation;
}

static uint64_t reply_seed(uint64_t operation)
{
	return 2 * operation + 1;
}

static int verify_received(struct peer *peer, uint64_t seed)
{
	long at = payload_compare(peer->in, peer->in_bytes, seed);
	if (at < 0)
		return 0;
	return peer_fail(peer, EBADMSG,
			 "payload verification: byte %ld of %zu is wrong in operation %llu", at,
			 peer->in_bytes, (unsigned long long)peer->operations);
}

static int verify_client(struct peer *peer)
{
	const struct probe_ops *ops = peer->ops;
	uint64_t count = verify_ops(peer);
	for (peer->operations = 0; peer->operations < count; peer->operations++) {
		payload_fill(peer->out, peer->out_bytes, request_seed(peer->operations));
		memset(peer->in, 0, peer->in_bytes);
		if (ops->call != NULL) {
			if (ops->call(peer) < 0)
				return -1;
		} else if (ops->send(peer, peer->out, peer->out_bytes) < 0 ||
			   ops->recv(peer, peer->in, peer->in_bytes) < 0) {
			return -1;
		}
		if (!ops->moves_nothing && verify_received(peer, reply_seed(peer->operations)) < 0)
			return -1;
	}
	peer->page->verified_ops = ops->moves_nothing ? 0 : count;
	return 0;
}

static int verify_server(struct peer *peer)
{
	const struct probe_ops *ops = peer->ops;
	uint64_t count = verify_ops(peer);
	bool flip = peer->cell->fault != NULL && strcmp(peer->cell->fault, "flip-byte") == 0;
	for (peer->operations = 0; peer->operations < count; peer->operations++) {
		memset(peer->in, 0, peer->in_bytes);
		if (ops->recv(peer, peer->in, peer->in_bytes) < 0 ||
		    verify_received(peer, request_seed(peer->operations)) < 0)
			return -1;
		payload_fill(peer->out, peer->out_bytes, reply_seed(peer->operations));
		if (flip)
			peer->out[peer->out_bytes / 2] ^= 1u;
		if (ops->send(peer, peer->out, peer->out_bytes) < 0)
			return -1;
	}
	return 0;
}

/* --- client windows ----------------------------------------------------- */

struct window {
	uint64_t duration_ns;
	uint64_t batch;
	bool timed;
	/* results */
	uint64_t ops;
	uint64_t elapsed_ns;
	bool stopped;
};

static int run_window(struct peer *peer, struct window *window, uint64_t clock_cost)
{
	struct results_page *page = peer->page;
	batch_fn run_batch = client_batch(peer);
	struct recorder recorder;
	uint64_t enough_ns = CLOCK_SHARE * clock_cost / 1000u;
	uint64_t first_ns = 0, start_ns, end_ns = 0;
	bool last = window->duration_ns == 0;

	if (window->timed)
		recorder_start(&recorder, page, window->batch);
	for (;;) {
		if (last) /* release: the server must see it no later than the batch's data */
			atomic_store_explicit(&page->last_op, window->ops + window->batch,
					      memory_order_release);
		start_ns = clock_now_ns();
		if (run_batch(peer, window->batch) < 0)
			return -1;
		end_ns = clock_now_ns();
		window->ops += window->batch;
		if (first_ns == 0)
			first_ns = start_ns;
		if (window->timed)
			recorder_add(&recorder, end_ns - start_ns);
		if (last)
			break;
		if (!window->timed && end_ns - start_ns < enough_ns)
			window->batch *= 2;
		/* relaxed: display, and a flag that may be seen a batch late. */
		atomic_store_explicit(&page->progress_ops, window->ops, memory_order_relaxed);
		atomic_store_explicit(&page->progress_ns, end_ns - first_ns, memory_order_relaxed);
		window->stopped = atomic_load_explicit(&page->stop, memory_order_relaxed) != 0;
		last = window->stopped || end_ns - first_ns >= window->duration_ns;
	}
	window->elapsed_ns = end_ns - first_ns;
	return 0;
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

int loop_client(struct peer *peer)
{
	struct results_page *page = peer->page;
	struct window warmup = {.duration_ns = peer->cell->warmup_ns, .batch = 1};
	struct window timed = {.duration_ns = peer->cell->duration_ns, .timed = true};
	uint64_t clock_cost = clock_cost_ps();

	page->clock_cost_ps = clock_cost;
	page->request_bytes = peer->out_bytes;
	page->reply_bytes = peer->in_bytes;
	page->adaptive_spin_ns = peer->spin_ns;

	if (begin_phase(peer, PHASE_VERIFY) < 0 || verify_client(peer) < 0 || end_phase(peer) < 0)
		return -1;
	if (begin_phase(peer, PHASE_WARMUP) < 0 || run_window(peer, &warmup, clock_cost) < 0 ||
	    end_phase(peer) < 0)
		return -1;
	page->warmup_ops = warmup.ops;
	timed.batch = warmup.batch;

	if (begin_phase(peer, PHASE_TIMED) < 0)
		return -1;
	usage_sample(&page->usage_client, false);
	if (run_window(peer, &timed, clock_cost) < 0)
		return -1;
	usage_end(peer, &page->usage_client, timed.ops);
	if (end_phase(peer) < 0)
		return -1;

	page->ops = timed.ops;
	page->window_ns = timed.elapsed_ns;
	peer->report->status = warmup.stopped || timed.stopped ? PAGE_STOPPED : PAGE_OK;
	return control_send(peer, CONTROL_PHASE, PHASE_CLOSE);
}

/* --- server ------------------------------------------------------------- */

/* Serves until the client has said which operation is the last. A probe that
 * is a call serves in threads of its own, and nothing is to be done here. */
static int serve_window(struct peer *peer, uint64_t *served)
{
	struct results_page *page = peer->page;
	struct exchange exchange = exchange_of(peer);
	*served = 0;
	if (peer->ops->call != NULL)
		return 0;
	do {
		if (echo_server(peer, &exchange) < 0)
			return -1;
		exchange.stamp = ++*served;
		/* acquire: pairs with the client's store; a line that nobody
		 * writes meanwhile stays in this processor's cache. */
	} while (*served < atomic_load_explicit(&page->last_op, memory_order_acquire));
	return 0;
}

int loop_server(struct peer *peer)
{
	struct page_usage *usage = &peer->page->usage_server;
	uint64_t phase, served = 0;
	for (;;) {
		if (control_expect(peer, CONTROL_PHASE, &phase) < 0)
			return -1;
		if (phase == PHASE_CLOSE)
			break;
		if (phase == PHASE_TIMED)
			usage_sample(usage, false);
		if (control_send(peer, CONTROL_GO, 0) < 0)
			return -1;
		if (phase == PHASE_VERIFY && peer->ops->call == NULL) {
			if (verify_server(peer) < 0)
				return -1;
		} else if (serve_window(peer, &served) < 0) {
			return -1;
		}
		if (peer->ops->call == NULL && phase == PHASE_TIMED)
			usage_end(peer, usage, served);
		if (control_expect(peer, CONTROL_END, NULL) < 0)
			return -1;
		if (peer->ops->call != NULL && phase == PHASE_TIMED)
			usage_end(peer, usage, peer->page->usage_client.ops);
		if (control_send(peer, CONTROL_DONE, 0) < 0)
			return -1;
	}
	peer->report->status = PAGE_OK;
	return 0;
}
