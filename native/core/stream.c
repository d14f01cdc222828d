/*
 * stream: the client sends message after message, the server receives them and
 * holds the clock.
 *
 * Where the mechanism itself doesn't stop a sender that is too fast (datagrams
 * would be lost, a slot overwritten), at most `window` messages are
 * outstanding: the server acknowledges every half window with one byte over
 * the mechanism's other direction.
 */
#include <string.h>

#include "clock.h"
#include "pattern.h"
#include "payload.h"

struct flow {
	uint64_t half;     /* messages per acknowledgement, 0 = none */
	uint64_t credit;   /* sender: messages that may still go */
	uint64_t messages; /* so far, either side */
	uint64_t acks;     /* sender: received */
};

static struct flow flow_of(const struct peer *peer)
{
	uint64_t window = peer->page->stream_window;
	return (struct flow){.half = window == 0 ? 0 : (window + 1) / 2, .credit = window};
}

static int take_ack(struct peer *peer, struct flow *flow)
{
	flow->acks++;
	flow->credit += flow->half;
	return peer->ops->recv(peer, peer->in, 1);
}

/* Before the next message is produced: the receiver may still be reading the
 * last one where the sender put it. */
static int await_credit(struct peer *peer, struct flow *flow)
{
	if (flow->half == 0)
		return 0;
	while (flow->credit == 0)
		if (take_ack(peer, flow) < 0)
			return -1;
	flow->credit--;
	return 0;
}

static int send_one(struct peer *peer, struct flow *flow)
{
	flow->messages++;
	return peer->ops->send(peer, peer->out, peer->out_bytes);
}

static int recv_one(struct peer *peer, struct flow *flow)
{
	if (peer->ops->recv(peer, peer->in, peer->in_bytes) < 0)
		return -1;
	flow->messages++;
	if (flow->half > 0 && flow->messages % flow->half == 0)
		return peer->ops->send(peer, peer->out, 1);
	return 0;
}

/* What the server has acknowledged by now but the client hasn't read yet. */
static int settle(struct peer *peer, struct flow *flow)
{
	while (flow->half > 0 && flow->acks < flow->messages / flow->half)
		if (take_ack(peer, flow) < 0)
			return -1;
	return 0;
}

static int verify_client(struct peer *peer, uint64_t count)
{
	struct flow flow = flow_of(peer);
	for (uint64_t i = 0; i < count; i++) {
		if (await_credit(peer, &flow) < 0)
			return -1;
		verify_fill(peer, peer->out, peer->out_bytes, request_seed(i));
		if (send_one(peer, &flow) < 0)
			return -1;
	}
	return settle(peer, &flow);
}

static int verify_server(struct peer *peer, uint64_t count)
{
	struct flow flow = flow_of(peer);
	for (uint64_t i = 0; i < count; i++) {
		memset(peer->in, 0, peer->in_bytes);
		/* Compared before the acknowledgement could let the next one in. */
		if (peer->ops->recv(peer, peer->in, peer->in_bytes) < 0 ||
		    verify_received(peer, peer->in, peer->in_bytes, request_seed(i), i) < 0)
			return -1;
		flow.messages++;
		if (flow.half > 0 && flow.messages % flow.half == 0 &&
		    peer->ops->send(peer, peer->out, 1) < 0)
			return -1;
	}
	return 0;
}

/* The sender looks at the clock once per batch, only to know when to end. */
static int client_window(struct peer *peer, struct window *window)
{
	struct flow flow = flow_of(peer);
	uint64_t first_ns = clock_now_ns(), start_ns = first_ns;
	bool last = window_ending(window);
	for (;;) {
		if (last)
			window_announce_last(peer, window->ops + window->batch);
		for (uint64_t i = 0; i < window->batch; i++) {
			if (await_credit(peer, &flow) < 0)
				return -1;
			payload_produce(peer->out, peer->out_bytes, i);
			if (send_one(peer, &flow) < 0)
				return -1;
		}
		uint64_t now_ns = clock_now_ns();
		window->ops += window->batch;
		window->elapsed_ns = now_ns - first_ns;
		if (last)
			return settle(peer, &flow);
		window_calibrate(peer, window, now_ns - start_ns);
		window_progress(peer, window);
		start_ns = now_ns;
		last = window_ending(window);
	}
}

/* The clock starts when the first message has arrived, so the window holds one
 * message less than were received. */
static int server_window(struct peer *peer, struct window *window)
{
	struct flow flow = flow_of(peer);
	struct recorder recorder;
	if (window->records)
		recorder_start(&recorder, peer->page, window->batch);
	if (recv_one(peer, &flow) < 0)
		return -1;
	uint64_t first_ns = clock_now_ns(), start_ns = first_ns, in_batch = 0;
	while (!window_over(peer, flow.messages)) {
		if (recv_one(peer, &flow) < 0)
			return -1;
		payload_consume(peer->in, peer->in_bytes);
		if (++in_batch < window->batch)
			continue;
		uint64_t now_ns = clock_now_ns();
		if (window->records)
			recorder_add(&recorder, now_ns - start_ns);
		else
			window_calibrate(peer, window, now_ns - start_ns);
		in_batch = 0;
		start_ns = window->records ? clock_now_ns() : now_ns;
	}
	window->ops = flow.messages;
	window->elapsed_ns = clock_now_ns() - first_ns;
	return 0;
}

const struct pattern_ops pattern_stream = {
	.verify_client = verify_client,
	.verify_server = verify_server,
	.client_window = client_window,
	.server_window = server_window,
	.server_times = true,
	.one_way = true,
};
