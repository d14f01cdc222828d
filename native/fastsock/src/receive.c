/* Receiving: from the kernel, from the ring, and over the seams between them. */
#include <string.h>

#include "inside.h"
#include "real.h"
#include "waiting.h"
#include "watched.h"

enum { PIECES_AT_ONCE = 64 };

/* Every so many empty looks in a row the kernel is asked whether the end has come. */
enum { LOOKS_PER_QUESTION = 16 };

/* Of the kernel's queue: a count or a negative errno. */
static ssize_t from_kernel(int fd, const struct cursor *to, size_t most, int flags)
{
	struct iovec pieces[PIECES_AT_ONCE];
	struct msghdr message = cursor_message(to, most, pieces, PIECES_AT_ONCE);
	ssize_t got = raw_recvmsg(fd, &message, (flags & ~MSG_WAITALL) | MSG_DONTWAIT);
	return got < 0 ? -errno : got;
}

static ssize_t broken(struct connection *connection)
{
	atomic_store_explicit(&connection->record->broken, 1, memory_order_relaxed);
	return -ECONNRESET;
}

static bool was_asked_to_retreat_hard(const struct connection *connection)
{
	/* relaxed: set by this side, under this turn. */
	return atomic_load_explicit(&connection->in->retreat, memory_order_relaxed) == RETREAT_HARD;
}

static void go_to_ring(struct connection *connection)
{
	bool hard = was_asked_to_retreat_hard(connection);
	set_phase(&connection->record->in, hard ? PHASE_FROZEN : PHASE_RING);
}

/*
 * The producer has gone over to the ring: how much is still to come out of the
 * kernel before it? `just_got` bytes were taken since the route was last looked at;
 * bells among them are at their end. Returns how many of them are data, or an error.
 */
static ssize_t cross_over(struct connection *connection, int fd, size_t just_got, bool peeked)
{
	struct progress *in = &connection->record->in;
	/* relaxed: the route was read with acquire. */
	uint64_t before = atomic_load_explicit(&connection->in->kernel_bytes, memory_order_relaxed);
	uint64_t taken;
	/* Nothing was ever in the ring, and no bell was rung: no seam. */
	if (route_of(connection->in) == ROUTE_KERNEL_AGAIN &&
	    atomic_load_explicit(&connection->in->last_tail, memory_order_relaxed) == 0 &&
	    atomic_load_explicit(&connection->in->last_bells, memory_order_relaxed) == 0) {
		set_phase(in, PHASE_KERNEL_AGAIN);
		return (ssize_t)just_got;
	}
	uint64_t rung = atomic_load_explicit(&connection->in->bells, memory_order_acquire);
	if (kernel_bytes_taken(fd, before + rung, &taken) < 0)
		return -errno;
	if (peeked && taken <= before) {
		uint64_t left = before - taken;
		return (ssize_t)(just_got < left ? just_got : left);
	}
	uint64_t bells = taken > before ? taken - before : 0;
	if (bells > just_got)
		return broken(connection);
	in->bells += bells;
	in->kernel = taken < before ? before - taken : 0;
	if (in->kernel > 0)
		set_phase(in, PHASE_BEFORE_RING);
	else
		go_to_ring(connection);
	return (ssize_t)(just_got - bells);
}

static bool producer_moved_on(const struct connection *connection)
{
	return lanes_live(connection) && route_of(connection->in) != ROUTE_KERNEL;
}

/* 0 with *again set: the phase has changed, look again. */
static ssize_t step_kernel(struct connection *connection, int fd, struct cursor *to, int flags,
			   bool *again)
{
	*again = false;
	if (producer_moved_on(connection)) {
		ssize_t crossed = cross_over(connection, fd, 0, false);
		*again = crossed == 0;
		return crossed;
	}
	ssize_t got = from_kernel(fd, to, to->left, flags);
	/* No bell is sent before the route is moved on: was it in the meantime? */
	if (!producer_moved_on(connection))
		return got;
	if (got < 0 && got != -EAGAIN)
		atomic_store(&connection->record->error, (int32_t)-got);
	got = cross_over(connection, fd, got > 0 ? (size_t)got : 0, (flags & MSG_PEEK) != 0);
	*again = got == 0;
	return got;
}

static void copy_out(const struct connection *connection, uint64_t position, struct cursor to,
		     size_t n)
{
	uint32_t size = connection->mapping.ring_bytes;
	while (n > 0) {
		struct iovec stretch = cursor_stretch(&to);
		size_t at = (size_t)(position & (size - 1));
		size_t step = stretch.iov_len < n ? stretch.iov_len : n;
		if (step > size - at)
			step = size - at;
		memcpy(stretch.iov_base, connection->in_ring + at, step);
		cursor_advance(&to, step);
		position += step;
		n -= step;
	}
}

/* What is taken in pieces gives room early: the producer goes on meanwhile. */
enum { TAKE_BYTES = 32 * 1024 };

static ssize_t take(struct connection *connection, struct cursor *to, size_t n, int flags)
{
	struct progress *in = &connection->record->in;
	struct cursor walker = *to;
	uint64_t position = position_of(in);
	for (size_t done = 0; done < n;) {
		size_t step = n - done < TAKE_BYTES ? n - done : TAKE_BYTES;
		/* TCP throws away what it is told to. */
		if (!(flags & MSG_TRUNC))
			copy_out(connection, position, walker, step);
		cursor_advance(&walker, step);
		position += step;
		done += step;
		if (flags & MSG_PEEK)
			continue;
		set_position(in, position);
		/* release: the copy is done before the room is given away. */
		atomic_store_explicit(&connection->in->head, position, memory_order_release);
	}
	return (ssize_t)n;
}

static ssize_t step_before_ring(struct connection *connection, int fd, struct cursor *to, int flags)
{
	struct progress *in = &connection->record->in;
	bool peeks = (flags & MSG_PEEK) != 0;
	size_t most = in->kernel < to->left ? (size_t)in->kernel : to->left;
	ssize_t got = from_kernel(fd, to, most, flags);
	bool all = got > 0 && (uint64_t)got == in->kernel;
	if (got > 0 && !peeks)
		in->kernel -= (uint64_t)got;
	if (all && !peeks)
		go_to_ring(connection);
	uint64_t unread = unread_in_ring(connection);
	if (!all || unread == UINT64_MAX || was_asked_to_retreat_hard(connection))
		return got;
	/* What follows is there as well. */
	struct cursor rest = *to;
	cursor_advance(&rest, (size_t)got);
	return got +
	       take(connection, &rest, unread < rest.left ? (size_t)unread : rest.left, flags);
}

static bool time_to_ask(struct record *record)
{
	if (atomic_exchange_explicit(&record->ask_kernel, 0, memory_order_relaxed))
		return true;
	/* relaxed: a guess at how often is good enough. */
	uint32_t looks = atomic_fetch_add_explicit(&record->idle_looks, 1, memory_order_relaxed) +
			 1;
	return looks % LOOKS_PER_QUESTION == 0 && end_is_due(&record->asked_in_ns);
}

static void hear_bells(struct connection *connection, int fd, uint64_t rung)
{
	struct progress *in = &connection->record->in;
	if (rung <= in->bells || bells_are_a_sleepers(connection))
		return;
	in->bells += take_bells(fd, rung - in->bells);
	watched_bells_taken(connection);
}

/* The ring was empty after `rung` bells were counted. 0 with *again set: look again. */
static ssize_t step_empty(struct connection *connection, int fd, uint64_t rung, bool *again)
{
	struct record *record = connection->record;
	struct lane *lane = connection->in;
	*again = true;
	/* A bell stays in the kernel's queue until the ring is found empty after it was
	 * rung: so long as there are data, whoever sleeps on the descriptor is woken. */
	hear_bells(connection, fd, rung);
	if (route_of(lane) == ROUTE_KERNEL_AGAIN) {
		set_phase(&record->in, PHASE_AFTER_RING);
		return 0;
	}
	bool finished = flag(&lane->finished);
	/* acquire by unread_in_ring: what came before the end. */
	if (unread_in_ring(connection) != 0)
		return 0;
	*again = false;
	if (flag(&record->shut_in))
		return 0;
	if (finished) {
		int verdict = kernel_verdict(connection, fd);
		return verdict == -EAGAIN ? 0 : verdict;
	}
	if (!time_to_ask(record))
		return -EAGAIN;
	int verdict = kernel_verdict(connection, fd);
	if (verdict == -EAGAIN)
		return -EAGAIN;
	/* The end: was there a last word before it? */
	*again = unread_in_ring(connection) != 0;
	if (*again)
		atomic_store_explicit(&record->ask_kernel, 1, memory_order_relaxed);
	if (*again && verdict != 0)
		atomic_store(&record->error, -verdict);
	return *again ? 0 : verdict;
}

static ssize_t step_ring(struct connection *connection, int fd, struct cursor *to, int flags,
			 bool *again)
{
	*again = false;
	/* acquire: data that were published before these bells are seen. */
	uint64_t rung = atomic_load_explicit(&connection->in->bells, memory_order_acquire);
	uint64_t unread = unread_in_ring(connection);
	if (unread == UINT64_MAX)
		return broken(connection);
	if (unread == 0)
		return step_empty(connection, fd, rung, again);
	atomic_store_explicit(&connection->record->idle_looks, 0, memory_order_relaxed);
	size_t n = unread < to->left ? (size_t)unread : to->left;
	return take(connection, to, n, flags);
}

/* The producer has left the ring for good; bells may still be in the kernel's queue. */
static ssize_t step_after_ring(struct connection *connection, int fd)
{
	struct progress *in = &connection->record->in;
	/* relaxed: the route was read with acquire. */
	uint64_t bells = atomic_load_explicit(&connection->in->last_bells, memory_order_relaxed);
	uint64_t tail = atomic_load_explicit(&connection->in->last_tail, memory_order_relaxed);
	if (tail != position_of(in))
		return broken(connection);
	hear_bells(connection, fd, bells);
	/* The kernel is asked by who may sleep in it: see by_kernel(). */
	if (in->bells >= bells) {
		set_phase(in, PHASE_KERNEL_AGAIN);
		return -EAGAIN;
	}
	/* Bells that were counted come before the end, or never: the peer made them up. */
	return kernel_verdict(connection, fd);
}

static ssize_t step_frozen(struct connection *connection, bool *again)
{
	*again = route_of(connection->in) == ROUTE_KERNEL_AGAIN;
	if (*again)
		set_phase(&connection->record->in, PHASE_AFTER_RING);
	return *again ? 0 : -EAGAIN;
}

static ssize_t step(struct connection *connection, int fd, struct cursor *to, int flags)
{
	struct progress *in = &connection->record->in;
	for (;;) {
		bool again = false;
		ssize_t got = 0;
		switch (phase_of(in)) {
		case PHASE_KERNEL:
			got = step_kernel(connection, fd, to, flags, &again);
			break;
		case PHASE_BEFORE_RING:
			return step_before_ring(connection, fd, to, flags);
		case PHASE_RING:
			got = step_ring(connection, fd, to, flags, &again);
			break;
		case PHASE_FROZEN:
			got = step_frozen(connection, &again);
			break;
		case PHASE_AFTER_RING:
			return step_after_ring(connection, fd);
		case PHASE_KERNEL_AGAIN:
			return from_kernel(fd, to, to->left, flags);
		}
		if (!again)
			return got;
	}
}

ssize_t receive_step(struct connection *connection, int fd, struct cursor *to, int flags)
{
	ssize_t got = step(connection, fd, to, flags);
	return to->left == 0 ? got : true_end(connection, fd, got);
}
