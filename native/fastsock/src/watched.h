/*
 * Watchers: threads that sleep in the kernel, and epoll instances, that count on a
 * bell of a connection while others of this process send and receive by it. Who
 * takes in a bell, or fills the ring, sees to it that the next bell comes.
 */
#ifndef FASTSOCK_WATCHED_H
#define FASTSOCK_WATCHED_H

#include "connection.h"

/* Whether the kernel has more to say of it than the rings: how it came to its end. */
static inline bool has_ended(struct connection *connection)
{
	return (connection_look(connection, POLLRDHUP) & POLLRDHUP) != 0 ||
	       atomic_load_explicit(&connection->record->broken, memory_order_relaxed) != 0 ||
	       atomic_load_explicit(&connection->out->closed, memory_order_relaxed) != 0;
}

static inline void watch(struct connection *connection)
{
	/* seq_cst: before the arming, so that one of the two below or the watcher sees
	 * the other. */
	atomic_fetch_add(&connection->record->watchers, 1);
}

static inline void unwatch(struct connection *connection)
{
	atomic_fetch_sub(&connection->record->watchers, 1);
}

/* Marks its lane for who sleeps in the kernel: each bell is rung. */
void connection_await_data(struct connection *connection);

/* After bells were taken in, before the ring is looked at again. */
static inline void watched_bells_taken(struct connection *connection)
{
	if (atomic_load(&connection->record->watchers) != 0)
		connection_await_data(connection);
}

/* After the ring was found full, before it is looked at a last time. True if there
 * are any: then it must be. */
static inline bool watched_ring_full(struct connection *connection)
{
	if (atomic_load(&connection->record->watchers) == 0)
		return false;
	atomic_fetch_or(&connection->out->room_awaited, SLEEPS_KERNEL);
	return true;
}

#endif
