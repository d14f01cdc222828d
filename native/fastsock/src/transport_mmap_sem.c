/* mmap-sem: the ring is in the segment, and a futex in it wakes. */
#include <errno.h>
#include <string.h>

#include "mapped.h"
#include "waiting.h"

void ring_copy_in(unsigned char *ring, uint32_t ring_bytes, uint64_t position,
		  const unsigned char *data, size_t n)
{
	size_t at = (size_t)(position & (ring_bytes - 1));
	size_t before_end = ring_bytes - at;
	size_t first = n < before_end ? n : before_end;
	memcpy(ring + at, data, first);
	memcpy(ring, data + first, n - first);
}

ssize_t mapped_put(struct connection *connection, const unsigned char *data, size_t n, size_t room)
{
	_Atomic uint64_t *position_word = &connection->record->out.position;
	/* relaxed: written under the turn, which is held. */
	uint64_t position = atomic_load_explicit(position_word, memory_order_relaxed);
	size_t most = n < room ? n : room;
	for (size_t done = 0; done < most;) {
		size_t step = most - done < PUBLISH_BYTES ? most - done : PUBLISH_BYTES;
		ring_copy_in(connection->out_ring, connection->mapping.ring_bytes, position,
			     data + done, step);
		position += step;
		done += step;
		/* First what only this family of processes sees: who takes the turn over from
		 * a holder that died in between must not put anything else where the consumer
		 * may already read. relaxed: guarded by the turn. */
		atomic_store_explicit(position_word, position, memory_order_relaxed);
		/* release: the bytes are there before they are counted. */
		atomic_store_explicit(&connection->out->tail, position, memory_order_release);
	}
	return (ssize_t)most;
}

void signal_raise(_Atomic uint32_t *signal)
{
	/* seq_cst, as the sleeper's look at it: a sleep that begins later finds it changed. */
	atomic_fetch_add(signal, 1);
	futex_wake_all(signal);
}

static int open_nothing(struct connection *connection, int fds[TRANSPORT_DESCRIPTORS])
{
	(void)connection;
	(void)fds;
	return 0;
}

static int attach_nothing(struct connection *connection, const int *fds, int count)
{
	(void)connection;
	(void)fds;
	if (count == 0)
		return 0;
	errno = EPROTO;
	return -1;
}

static void wake(struct connection *connection, struct lane *lane, _Atomic uint32_t *signal)
{
	(void)connection;
	(void)lane;
	signal_raise(signal);
}

static void close_nothing(struct connection *connection)
{
	(void)connection;
}

const struct transport transport_mmap_sem = {
	.name = "mmap-sem",
	.number = TRANSPORT_MMAP_SEM,
	.open = open_nothing,
	.attach = attach_nothing,
	.put = mapped_put,
	.wake = wake,
	.close = close_nothing,
};
