#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "callers.h"
#include "control.h"
#include "counters.h"
#include "loop.h"
#include "page.h"
#include "payload.h"
#include "peer.h"
#include "wait.h"

int peer_path(struct peer *peer, const char *name, char *path, size_t size)
{
	int length = snprintf(path, size, "%s/%s", peer->cell->directory, name);
	if (length < 0 || (size_t)length >= size)
		return peer_fail(peer, ENAMETOOLONG,
				 "%s/%s does not fit in %zu bytes; set "
				 "XDG_RUNTIME_DIR to a shorter path",
				 peer->cell->directory, name, size);
	return 0;
}

int peer_option(struct peer *peer, const char *name, long low, long high, long fallback,
		long *value)
{
	const char *text = cell_option(peer->cell, name, NULL);
	char *rest;
	*value = fallback;
	if (text == NULL)
		return 0;
	errno = 0;
	*value = strtol(text, &rest, 10);
	if (errno == 0 && rest != text && *rest == '\0' && *value >= low && *value <= high)
		return 0;
	return peer_unavailable(peer, "", "%s=%s is not a number from %ld to %ld", name, text, low,
				high);
}

static bool takes_option(const struct probe_ops *ops, const struct cell_option *option)
{
	for (const char *const *name = ops->options; name != NULL && *name != NULL; name++)
		if (strlen(*name) == option->name_length &&
		    memcmp(*name, option->name, option->name_length) == 0)
			return true;
	return false;
}

/* How many client threads call at once. */
static int ask_callers(struct peer *peer, long *count)
{
	const unsigned with_callers = PATTERN_BIT(PATTERN_ECHO) | PATTERN_BIT(PATTERN_RPC);
	if (peer_option(peer, CALLERS_OPTION, 1, CALLERS_MAX, 1, count) < 0)
		return -1;
	if (*count > 1 && (PATTERN_BIT(peer->cell->pattern) & with_callers) == 0)
		return peer_unavailable(peer, "patterns echo and rpc",
					"more than one thread does not apply to pattern %s",
					pattern_name(peer->cell->pattern));
	return 0;
}

static int check_cell(struct peer *peer)
{
	long callers;
	const struct cell *cell = peer->cell;
	struct probe_support support;
	probe_support(peer->ops, &support);
	if (!support.available)
		return peer_unavailable(peer, support.remedy, "%s", support.reason);
	uint64_t larger = cell->size_bytes > cell->reply_bytes ? cell->size_bytes
							       : cell->reply_bytes;
	if (larger > support.size_max)
		return peer_unavailable(
			peer, support.remedy, "%llu bytes is more than the %llu that fit: %s",
			(unsigned long long)larger, (unsigned long long)support.size_max,
			support.reason[0] ? support.reason : "the suite's limit");
	if ((peer->ops->patterns & PATTERN_BIT(cell->pattern)) == 0)
		return peer_unavailable(peer, "", "pattern %s does not apply to %s",
					pattern_name(cell->pattern), peer->ops->name);
	for (size_t i = 0; i < cell->option_count; i++)
		if (!takes_option(peer->ops, &cell->options[i]))
			return peer_unavailable(peer, "", "option %.*s does not apply to %s",
						(int)cell->options[i].name_length,
						cell->options[i].name, peer->ops->name);
	if ((peer->ops->waits & WAIT_BIT(cell->wait)) == 0)
		return peer_unavailable(peer, "", "wait policy %s does not apply to %s",
					wait_name(cell->wait), peer->ops->name);
	return ask_callers(peer, &callers);
}

/* The limit on outstanding messages of a stream, for both sides to read. */
static int agree_window(struct peer *peer)
{
	uint32_t most = peer->ops->stream_window != NULL ? peer->ops->stream_window(peer) : 0;
	uint32_t asked = peer->cell->window;
	if (peer->cell->pattern != PATTERN_STREAM)
		return 0;
	if (most > 0 && asked > most)
		return peer_unavailable(peer, "a smaller window, or a larger rcvbuf",
					"%u messages don't fit between the peers: %u do", asked,
					most);
	peer->page->stream_window = asked > 0 ? asked : most;
	return 0;
}

static bool connects_once(const struct peer *peer)
{
	return peer->ops->accept != NULL && peer->cell->pattern != PATTERN_CONNECT;
}

static int run_server(struct peer *peer)
{
	if (check_cell(peer) < 0 || peer->ops->server_open(peer) < 0 || agree_window(peer) < 0 ||
	    control_send_rendezvous(peer) < 0 || control_expect(peer, CONTROL_OPENED, NULL) < 0)
		return -1;
	if (connects_once(peer) && peer->ops->accept(peer) < 0)
		return -1;
	return loop_server(peer);
}

static void open_counters(struct peer *peer, struct counters *counters)
{
	struct page_counters *page = peer->role == ROLE_SERVER ? &peer->page->counters_server
							       : &peer->page->counters_client;
	page->error = COUNTERS_NOT_ASKED;
	if (!peer->cell->counters)
		return;
	counters_open(counters, page);
	peer->counters = counters;
}

static int run_client(struct peer *peer)
{
	long callers;
	if (control_receive_rendezvous(peer) < 0 || peer->ops->client_open(peer) < 0 ||
	    (connects_once(peer) && peer->ops->connect(peer) < 0) ||
	    ask_callers(peer, &callers) < 0 ||
	    (callers > 1 && callers_start(peer, (uint32_t)callers) < 0) ||
	    control_send(peer, CONTROL_OPENED, 0) < 0)
		return -1;
	return loop_client(peer);
}

/* What this side sends and receives per operation, in bytes. */
static void set_directions(struct peer *peer)
{
	const struct cell *cell = peer->cell;
	bool server = peer->role == ROLE_SERVER;
	uint64_t request = cell->size_bytes;
	uint64_t reply = cell->reply_bytes > 0 ? cell->reply_bytes : request;
	if (cell->pattern == PATTERN_STREAM)
		reply = 0;
	peer->out_bytes = server ? reply : request;
	peer->in_bytes = server ? request : reply;
}

int peer_main(enum role role, const struct cell *cell)
{
	/* A peer that is gone is an error with a name, EPIPE, not a death. */
	signal(SIGPIPE, SIG_IGN);
	struct results_page *page = page_map(cell->page_fd);
	if (page == NULL) {
		perror("ipcbench-peer: results page");
		return PEER_EXIT_USAGE;
	}
	bool server = role == ROLE_SERVER;
	struct peer peer = {.role = role,
			    .cell = cell,
			    .ops = probe_find(cell->probe),
			    .page = page,
			    .report = server ? &page->report_server : &page->report_client,
			    .control = cell->control_fd,
			    .spin_ns = wait_spin_bound_ns(cell),
			    .clock_cost_ps = clock_cost_ps()};
	struct counters counters;
	struct page_granted *granted = server ? &page->granted_server : &page->granted_client;
	*granted = (struct page_granted){-1, -1, -1, -1};
	peer.moves_nothing = peer.ops->moves_nothing;
	set_directions(&peer);
	(server ? &page->usage_server : &page->usage_client)->pid = getpid();

	open_counters(&peer, &counters);

	peer.state = calloc(1, peer.ops->state_bytes + 1);
	peer.out = payload_buffer(peer.out_bytes);
	peer.in = payload_buffer(peer.in_bytes);
	int result = -1;
	if (peer.state == NULL || peer.out == NULL || peer.in == NULL) {
		peer_fail(&peer, ENOMEM, "payload buffers of %zu and %zu bytes", peer.out_bytes,
			  peer.in_bytes);
	} else {
		result = server ? run_server(&peer) : run_client(&peer);
		callers_end(&peer);
		peer.ops->close(&peer);
	}
	if (peer.counters != NULL)
		counters_close(&counters);
	free(peer.state);
	return result < 0 ? PEER_EXIT_REPORTED : PEER_EXIT_OK;
}
