/*
 * signal: queued real-time signals hand control over; the payload lies in shared
 * memory.
 *
 * Two copies per message, both by the peers. Each side queues a signal and
 * takes with sigwaitinfo, four system calls per round trip; no handler runs.
 */
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "slots.h"
#include "wait.h"

struct signal_state {
	struct slots slots;
	sigset_t set;
	pid_t other; /* 0 = not yet known */
	siginfo_t info;
};

static int block_signal(struct peer *peer)
{
	struct signal_state *state = peer->state;
	sigemptyset(&state->set);
	sigaddset(&state->set, SIGRTMIN);
	state->info.si_signo = SIGRTMIN;
	state->info.si_code = SI_QUEUE;
	state->info.si_pid = getpid();
	state->info.si_uid = getuid();
	PEER_TRY(peer, sigprocmask(SIG_BLOCK, &state->set, NULL));
	return 0;
}

static int signal_server_open(struct peer *peer)
{
	return block_signal(peer) < 0
		       ? -1
		       : slots_create(peer, &((struct signal_state *)peer->state)->slots);
}

static int signal_client_open(struct peer *peer)
{
	return block_signal(peer) < 0
		       ? -1
		       : slots_attach(peer, &((struct signal_state *)peer->state)->slots);
}

/* Both peers wrote their pids to the results page before anything else. */
static pid_t other_peer(const struct peer *peer)
{
	const struct results_page *page = peer->page;
	return peer->role == ROLE_SERVER ? page->usage_client.pid : page->usage_server.pid;
}

static int signal_send(struct peer *peer, const void *data, size_t n)
{
	struct signal_state *state = peer->state;
	if (state->other == 0)
		state->other = other_peer(peer);
	slots_put(&state->slots, data, n);
	/* glibc's sigqueue() asks for the caller's pid and uid each time, two more
	 * system calls that belong to no mechanism. */
	PEER_TRY(peer, syscall(SYS_rt_sigqueueinfo, state->other, SIGRTMIN, &state->info));
	return 0;
}

static int signal_recv(struct peer *peer, void *data, size_t n)
{
	static const struct timespec at_once = {0, 0};
	struct signal_state *state = peer->state;
	struct spin spin = {0};
	bool may_sleep = peer->cell->wait == WAIT_BLOCK;
	siginfo_t info;
	while ((may_sleep ? sigwaitinfo(&state->set, &info)
			  : sigtimedwait(&state->set, &info, &at_once)) < 0) {
		if (errno == EAGAIN)
			may_sleep = !spin_again(peer, &spin, false);
		else if (errno != EINTR)
			return peer_fail(peer, errno, "sigwaitinfo");
	}
	slots_take(&state->slots, data, n);
	return 0;
}

static void signal_close(struct peer *peer)
{
	slots_unmap(peer, &((struct signal_state *)peer->state)->slots);
}

const struct probe_ops probe_signal = {
	.name = "signal",
	.patterns = PATTERNS_MESSAGE,
	.waits = WAITS_ALL,
	.state_bytes = sizeof(struct signal_state),
	.server_open = signal_server_open,
	.client_open = signal_client_open,
	.send = signal_send,
	.recv = signal_recv,
	.stream_window = slots_stream_window,
	.close = signal_close,
};
