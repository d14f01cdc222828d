/* Each thread counts on a line of its own, as long as there are lines: with one
 * for all, threads that serve at once would wait for each other here. */
#include "served.h"

uint64_t peer_count_served(struct peer *peer)
{
	static _Atomic uint32_t threads;
	static _Thread_local uint32_t line; /* 1 + its number, 0 = none yet */
	/* relaxed: a number, no matter whose. */
	if (line == 0)
		line = 1 +
		       atomic_fetch_add_explicit(&threads, 1, memory_order_relaxed) % SERVED_LINES;
	/* release: what the thread read of the peer, which is freed in the end, it read
	 * before; the calls' own synchronisation goes through the other process. */
	return atomic_fetch_add_explicit(&peer->served[line - 1].count, 1, memory_order_release);
}

void served_reset(struct peer *peer)
{
	/* relaxed: no call is under way. */
	for (int i = 0; i < SERVED_LINES; i++)
		atomic_store_explicit(&peer->served[i].count, 0, memory_order_relaxed);
}

uint64_t served_sum(struct peer *peer)
{
	uint64_t sum = 0;
	for (int i = 0; i < SERVED_LINES; i++)
		/* acquire: see peer_count_served(). */
		sum += atomic_load_explicit(&peer->served[i].count, memory_order_acquire);
	return sum;
}
