/*
 * eventfd: two event counters hand control over; the payload lies in shared
 * memory.
 *
 * Two copies per message, both by the peers. Four system calls per round trip:
 * each side writes a counter and reads the other.
 */
#include <fcntl.h>
#include <sys/eventfd.h>

#include "channel.h"
#include "slots.h"

struct eventfd_state {
	struct channel in;
	struct channel out;
	struct slots slots;
};

static const char *const eventfd_options[] = {"ready", NULL};

static int open_channels(struct peer *peer, int in, int out)
{
	struct eventfd_state *state = peer->state;
	return channel_open(peer, &state->in, in) < 0 ? -1 : channel_open(peer, &state->out, out);
}

/* The rendezvous' descriptors: memory, requests, replies. */
static int eventfd_server_open(struct peer *peer)
{
	struct eventfd_state *state = peer->state;
	struct rendezvous *rendezvous = &peer->rendezvous;
	int requests, replies, copy;
	if (slots_create(peer, &state->slots) < 0)
		return -1;
	PEER_TRY(peer, requests = eventfd(0, EFD_CLOEXEC));
	PEER_TRY(peer, copy = fcntl(requests, F_DUPFD_CLOEXEC, 3));
	rendezvous->fds[rendezvous->fd_count++] = copy;
	PEER_TRY(peer, replies = eventfd(0, EFD_CLOEXEC));
	PEER_TRY(peer, copy = fcntl(replies, F_DUPFD_CLOEXEC, 3));
	rendezvous->fds[rendezvous->fd_count++] = copy;
	return open_channels(peer, requests, replies);
}

static int eventfd_client_open(struct peer *peer)
{
	struct eventfd_state *state = peer->state;
	if (slots_attach(peer, &state->slots) < 0)
		return -1;
	return open_channels(peer, peer->rendezvous.fds[2], peer->rendezvous.fds[1]);
}

static int eventfd_send(struct peer *peer, const void *data, size_t n)
{
	struct eventfd_state *state = peer->state;
	static const uint64_t one = 1;
	slots_put(&state->slots, data, n);
	return channel_send(peer, &state->out, &one, sizeof one);
}

static int eventfd_recv(struct peer *peer, void *data, size_t n)
{
	struct eventfd_state *state = peer->state;
	uint64_t count;
	if (channel_recv(peer, &state->in, &count, sizeof count) < 0)
		return -1;
	slots_take(&state->slots, data, n);
	return 0;
}

static void eventfd_close(struct peer *peer)
{
	struct eventfd_state *state = peer->state;
	channel_close(&state->in);
	channel_close(&state->out);
	slots_unmap(peer, &state->slots);
}

const struct probe_ops probe_eventfd = {
	.name = "eventfd",
	.patterns = PATTERNS_MESSAGE,
	.waits = WAITS_ALL,
	.state_bytes = sizeof(struct eventfd_state),
	.options = eventfd_options,
	.server_open = eventfd_server_open,
	.client_open = eventfd_client_open,
	.send = eventfd_send,
	.recv = eventfd_recv,
	.stream_window = slots_stream_window,
	.close = eventfd_close,
};
