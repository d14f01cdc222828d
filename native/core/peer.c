#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "control.h"
#include "loop.h"
#include "page.h"
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

/* A payload buffer that starts on a page, behind a page for its headroom; its
 * memory is present. */
static unsigned char *payload_buffer(size_t n)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	unsigned char *memory = mmap(NULL, n + 2 * page, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	return memory == MAP_FAILED ? NULL : memory + page;
}

static int check_cell(struct peer *peer)
{
	const struct cell *cell = peer->cell;
	struct probe_support support;
	probe_support(peer->ops, &support);
	if (!support.available)
		return peer_unavailable(peer, support.remedy, "%s", support.reason);
	if (cell->size_bytes > support.size_max)
		return peer_unavailable(
			peer, support.remedy, "%llu bytes is more than the %llu that fit: %s",
			(unsigned long long)cell->size_bytes, (unsigned long long)support.size_max,
			support.reason[0] ? support.reason : "the suite's limit");
	if ((peer->ops->patterns & PATTERN_BIT(cell->pattern)) == 0)
		return peer_unavailable(peer, "", "pattern %s does not apply to %s",
					pattern_name(cell->pattern), peer->ops->name);
	if ((peer->ops->waits & WAIT_BIT(cell->wait)) == 0)
		return peer_unavailable(peer, "", "wait policy %s does not apply to %s",
					wait_name(cell->wait), peer->ops->name);
	return 0;
}

static int run_server(struct peer *peer)
{
	if (check_cell(peer) < 0 || peer->ops->server_open(peer) < 0 ||
	    control_send_rendezvous(peer) < 0 || control_expect(peer, CONTROL_OPENED, NULL) < 0)
		return -1;
	if (peer->ops->server_accept != NULL && peer->ops->server_accept(peer) < 0)
		return -1;
	return loop_server(peer);
}

static int run_client(struct peer *peer)
{
	if (control_receive_rendezvous(peer) < 0 || peer->ops->client_open(peer) < 0 ||
	    control_send(peer, CONTROL_OPENED, 0) < 0)
		return -1;
	return loop_client(peer);
}

int peer_main(enum role role, const struct cell *cell)
{
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
			    .out_bytes = (size_t)cell->size_bytes,
			    .in_bytes = (size_t)cell->size_bytes,
			    .spin_ns = wait_spin_bound_ns(cell)};
	(server ? &page->usage_server : &page->usage_client)->pid = getpid();

	peer.state = calloc(1, peer.ops->state_bytes + 1);
	peer.out = payload_buffer(peer.out_bytes);
	peer.in = payload_buffer(peer.in_bytes);
	int result = -1;
	if (peer.state == NULL || peer.out == NULL || peer.in == NULL) {
		peer_fail(&peer, ENOMEM, "payload buffers of %zu and %zu bytes", peer.out_bytes,
			  peer.in_bytes);
	} else {
		result = server ? run_server(&peer) : run_client(&peer);
		peer.ops->close(&peer);
	}
	free(peer.state);
	return result < 0 ? PEER_EXIT_REPORTED : PEER_EXIT_OK;
}
