/*
 * cma: cross-memory attach. The receiver copies straight out of the sender's
 * memory with process_vm_readv; a futex hands over where the message lies.
 *
 * One copy per message, by the kernel in the receiver's context. The sender's
 * buffer must stay as it is until the receiver has it, so of a stream one
 * message is outstanding.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "shared_memory.h"
#include "slots.h"
#include "wait.h"

/* Where the message of a direction lies. */
struct notice {
	struct gate gate;
	uint64_t address;
	uint64_t reserved[7];
};

struct cma_state {
	struct notice *notices; /* [0] requests, [1] replies */
	struct notice *out;
	struct notice *in;
	uint32_t sent;
	uint32_t received;
};

static void cma_support(struct probe_support *support)
{
	char probe = 0;
	struct iovec piece = {.iov_base = &probe, .iov_len = 1};
	if (process_vm_readv(getpid(), &piece, 1, &piece, 1, 0) == 1)
		return;
	support->available = false;
	snprintf(support->reason, sizeof support->reason, "process_vm_readv: %s", strerror(errno));
	snprintf(support->remedy, sizeof support->remedy,
		 "a kernel with CONFIG_CROSS_MEMORY_ATTACH, and no seccomp filter against it");
}

static void use(struct peer *peer, struct notice *notices)
{
	struct cma_state *state = peer->state;
	bool server = peer->role == ROLE_SERVER;
	state->notices = notices;
	state->out = &notices[server];
	state->in = &notices[!server];
	/* Where Yama restricts attaching to descendants, allow it; where there is
	 * no Yama this fails and isn't needed. */
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
}

static int cma_server_open(struct peer *peer)
{
	void *memory;
	if (shared_memory_create(peer, 2 * sizeof(struct notice), &memory) < 0)
		return -1;
	use(peer, memory);
	return 0;
}

static int cma_client_open(struct peer *peer)
{
	void *memory;
	if (shared_memory_attach(peer, 2 * sizeof(struct notice), &memory) < 0)
		return -1;
	use(peer, memory);
	return 0;
}

static int cma_send(struct peer *peer, const void *data, size_t n)
{
	struct cma_state *state = peer->state;
	(void)n;
	state->out->address = (uint64_t)(uintptr_t)data; /* published by the gate */
	return gate_set(peer, &state->out->gate, ++state->sent);
}

static int cma_recv(struct peer *peer, void *data, size_t n)
{
	struct cma_state *state = peer->state;
	const struct results_page *page = peer->page;
	if (gate_wait(peer, &state->in->gate, state->received, &state->received) < 0)
		return -1;
	pid_t sender = peer->role == ROLE_SERVER ? page->usage_client.pid : page->usage_server.pid;
	struct iovec to = {.iov_base = data, .iov_len = n};
	struct iovec from = {.iov_base = (void *)(uintptr_t)state->in->address, .iov_len = n};
	ssize_t got = process_vm_readv(sender, &to, 1, &from, 1, 0);
	if (got < 0 && errno == EPERM)
		return peer_unavailable(peer, "sysctl kernel.yama.ptrace_scope=0, as root",
					"reading the other peer's memory is not permitted");
	if (got != (ssize_t)n)
		return peer_fail(peer, got < 0 ? errno : EIO, "process_vm_readv: %zd of %zu bytes",
				 got, n);
	return 0;
}

static void cma_close(struct peer *peer)
{
	struct cma_state *state = peer->state;
	if (state->notices != NULL)
		munmap(state->notices, 2 * sizeof(struct notice));
}

const struct probe_ops probe_cma = {
	.name = "cma",
	.patterns = PATTERNS_MESSAGE,
	.waits = WAITS_ALL,
	.state_bytes = sizeof(struct cma_state),
	.support = cma_support,
	.server_open = cma_server_open,
	.client_open = cma_client_open,
	.send = cma_send,
	.recv = cma_recv,
	.stream_window = slots_stream_window,
	.close = cma_close,
};
