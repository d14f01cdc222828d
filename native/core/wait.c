#include <linux/futex.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "wait.h"

uint64_t wait_spin_bound_ns(const struct cell *cell)
{
	bool one_processor = cell->client_cpu >= 0 && cell->client_cpu == cell->server_cpu;
	return cell->wait != WAIT_ADAPTIVE || one_processor ? 0 : ADAPTIVE_SPIN_NS;
}

int wait_ready(struct peer *peer, struct spin *spin, int fd, short events)
{
	if (spin_again(peer, spin, false))
		return 0;
	struct pollfd ready = {.fd = fd, .events = events};
	if (poll(&ready, 1, -1) < 0 && errno != EINTR)
		return peer_fail(peer, errno, "poll while waiting for the other peer");
	*spin = (struct spin){0};
	return 0;
}

static long futex(_Atomic uint32_t *word, int operation, uint32_t value)
{
	return syscall(SYS_futex, word, operation, value, NULL, NULL, 0);
}

int gate_set(struct peer *peer, struct gate *gate, uint32_t value)
{
	if (peer->cell->wait == WAIT_SPIN) {
		/* release: pairs with the waiter's acquire, so that it sees the
		 * payload. Nobody sleeps under this policy. */
		atomic_store_explicit(&gate->value, value, memory_order_release);
		return 0;
	}
	/* seq_cst on both, here and in gate_wait(): either we see the sleeper, or
	 * it sees the value before it sleeps (Dekker's argument; release and
	 * acquire alone would let both loads pass both stores). */
	atomic_store_explicit(&gate->value, value, memory_order_seq_cst);
	if (atomic_load_explicit(&gate->sleepers, memory_order_seq_cst) != 0)
		PEER_TRY(peer, futex(&gate->value, FUTEX_WAKE, 1));
	return 0;
}

static int gate_sleep(struct peer *peer, struct gate *gate, uint32_t old)
{
	/* seq_cst: see gate_set(). */
	atomic_store_explicit(&gate->sleepers, 1, memory_order_seq_cst);
	while (atomic_load_explicit(&gate->value, memory_order_seq_cst) == old)
		if (futex(&gate->value, FUTEX_WAIT, old) < 0 && errno != EAGAIN && errno != EINTR)
			return peer_fail(peer, errno, "futex wait");
	/* relaxed: a wake-up too many is harmless. */
	atomic_store_explicit(&gate->sleepers, 0, memory_order_relaxed);
	return 0;
}

int gate_wait(struct peer *peer, struct gate *gate, uint32_t old, uint32_t *value)
{
	struct spin spin = {0};
	/* acquire: pairs with the store in gate_set(). */
	while ((*value = atomic_load_explicit(&gate->value, memory_order_acquire)) == old) {
		if (spin_again(peer, &spin, true))
			continue;
		if (gate_sleep(peer, gate, old) < 0)
			return -1;
	}
	return 0;
}
