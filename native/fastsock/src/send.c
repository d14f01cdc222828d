/* Sending: into the kernel, or into the ring. */
#include <signal.h>
#include <string.h>

#include "doors.h"
#include "inside.h"
#include "real.h"
#include "waiting.h"
#include "watched.h"

enum { PIECES_AT_ONCE = 64 };

/* Every so many sends that find earlier bytes unread, the reader's life is checked. */
enum { SENDS_PER_CHECK = 64 };

static ssize_t into_kernel(int fd, const struct cursor *from, int flags)
{
	struct iovec pieces[PIECES_AT_ONCE];
	struct msghdr message = cursor_message(from, SIZE_MAX, pieces, PIECES_AT_ONCE);
	ssize_t sent = raw_sendmsg(fd, &message, flags | MSG_DONTWAIT | MSG_NOSIGNAL);
	return sent < 0 ? -errno : sent;
}

static bool reader_is_gone(struct connection *connection, int fd, uint64_t room)
{
	struct record *record = connection->record;
	if (flag(&connection->out->closed) || flag(&record->broken))
		return true;
	bool behind = room < connection->mapping.ring_bytes;
	/* relaxed: how often it is checked need not be exact. */
	if (!behind ||
	    (room > 0 && atomic_fetch_add_explicit(&record->unread_sends, 1, memory_order_relaxed) %
					 SENDS_PER_CHECK !=
				 SENDS_PER_CHECK - 1) ||
	    !end_is_due(&record->asked_out_ns))
		return false;
	if (!kernel_says_gone(connection, fd))
		return false;
	atomic_store_explicit(&record->broken, 1, memory_order_relaxed);
	return true;
}

/* Into the kernel, which has the error to tell. */
static ssize_t to_nobody(struct connection *connection, int fd, const struct cursor *from)
{
	int taken = atomic_exchange(&connection->record->error, 0);
	if (taken != 0 && !(taken == ECONNRESET && reset_is_bells(connection)))
		return -taken;
	bool reset = reset_by_death(connection, fd);
	ssize_t sent = into_kernel(fd, from, 0);
	if (sent == -ECONNRESET && reset_is_bells(connection))
		sent = into_kernel(fd, from, 0);
	return sent == -EPIPE && reset ? -ECONNRESET : sent;
}

/* Fills the ring as far as it goes: a count, or a negative errno. */
static ssize_t into_ring(struct connection *connection, int fd, const struct cursor *from,
			 bool *again)
{
	struct cursor walker = *from;
	ssize_t done = 0;
	*again = false;
	while (walker.left > 0) {
		uint64_t room = room_in_ring(connection);
		if (room == UINT64_MAX)
			atomic_store_explicit(&connection->record->broken, 1, memory_order_relaxed);
		if (reader_is_gone(connection, fd, room))
			return done > 0 ? done : to_nobody(connection, fd, from);
		if (room == 0 && watched_ring_full(connection))
			room = room_in_ring(connection);
		if (room == 0 || room == UINT64_MAX)
			break;
		struct iovec stretch = cursor_stretch(&walker);
		ssize_t put = connection->transport->put(connection, stretch.iov_base,
							 stretch.iov_len, (size_t)room);
		if (put < 0) {
			leave_ring(connection, fd);
			*again = done == 0;
			return done;
		}
		if (put == 0)
			break;
		done += put;
		cursor_advance(&walker, (size_t)put);
	}
	/* Nothing to send is sent, however full the ring is. */
	return done > 0 || from->left == 0 ? done : -EAGAIN;
}

ssize_t send_step(struct connection *connection, int fd, struct cursor *from, int flags)
{
	struct progress *out = &connection->record->out;
	if (flag(&connection->record->shut_out))
		return -EPIPE;
	for (;;) {
		bool again = false;
		if (lanes_live(connection) && flag(&connection->out->retreat))
			answer_retreat(connection, fd);
		if (phase_of(out) == PHASE_KERNEL && lanes_live(connection))
			enter_ring(connection, fd);
		if (phase_of(out) != PHASE_RING)
			return into_kernel(fd, from, flags);
		ssize_t sent = into_ring(connection, fd, from, &again);
		if (!again)
			return sent;
	}
}

/* --- sending all of it ------------------------------------------------------------------- */

static ssize_t take_turn_and_step(struct connection *connection, int fd, struct cursor *from,
				  int flags, bool *by_ring)
{
	if (!turn_take(&connection->record->out.turn))
		return -EDEADLK; /* a handler interrupted this thread's own call */
	ssize_t sent = send_step(connection, fd, from, flags);
	*by_ring = phase_of(&connection->record->out) == PHASE_RING;
	turn_pass(&connection->record->out.turn);
	if (sent > 0 && *by_ring)
		wake_data(connection, fd);
	return sent;
}

static int fail(int error, int flags)
{
	if (error == EPIPE && !(flags & MSG_NOSIGNAL))
		raise(SIGPIPE);
	errno = error == EDEADLK ? EAGAIN : error;
	return -1;
}

/* Urgent data are the kernel's: everything goes back to it first, in order. */
static ssize_t send_urgent(struct connection *connection, int fd, const struct iovec *pieces,
			   size_t count, int flags)
{
	struct msghdr message = {.msg_iov = (struct iovec *)(uintptr_t)pieces, .msg_iovlen = count};
	connection_retreat_softly(connection, fd, "urgent data");
	return raw_sendmsg(fd, &message, flags);
}

static void count_sent(struct connection *connection, size_t n, bool by_ring)
{
	_Atomic uint64_t *counter = by_ring ? &connection->ring_sent : &connection->kernel_sent;
	atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

/* A call whose arguments are in order, and which isn't the kernel's. */
static ssize_t send_pieces(struct connection *connection, int fd, struct cursor from, int flags,
			   bool patient)
{
	struct record *record = connection->record;
	bool waiting = false;
	uint64_t deadline = 0;
	ssize_t done = 0;
	int error = 0;
	do {
		bool by_ring = false;
		ssize_t sent = take_turn_and_step(connection, fd, &from, flags, &by_ring);
		if (sent >= 0) {
			count_sent(connection, (size_t)sent, by_ring);
			done += sent;
			cursor_advance(&from, (size_t)sent);
			/* Nothing to send is nothing to wait for. */
			if (!patient || sent == 0)
				break;
			continue;
		}
		error = (int)-sent;
		if (sent != -EAGAIN || !patient)
			break;
		if (deadline == 0) {
			uint64_t timeout = atomic_load_explicit(&record->sndtimeo_ns,
								memory_order_relaxed);
			deadline = timeout == 0 ? UINT64_MAX : clock_ns() + timeout;
		}
		if (!waiting)
			begin_wait(connection);
		waiting = true;
		error = wait_for_room(connection, fd, deadline);
		fd = descriptor_of(connection, fd);
		if (error != 0)
			break;
	} while (from.left > 0);
	if (waiting)
		end_wait(connection);
	if (done > 0)
		connection_moved(connection);
	return done > 0 || error == 0 ? done : -error;
}

/* --- signal handlers ------------------------------------------------------------------ */

/*
 * A handler may send on the very connection that the interrupted call was about to send
 * on, or to ring a bell of. A system call would have been over by then, so what the handler
 * sends is taken in, and goes as soon as the call is that far.
 */
enum { OWED_MOST = 512 };

static _Thread_local __attribute__((tls_model("initial-exec"))) struct {
	struct connection *connection; /* a reference, while there is something */
	int fd;
	volatile size_t n;
	volatile bool paying; /* some is on its way: what comes now is to follow it */
	unsigned char bytes[OWED_MOST];
} owed;

/* What is owed now, which then is no more; 0 = nothing, and nobody to owe it to. Handlers
 * may add to it at any time but here. */
static size_t take_owed(unsigned char bytes[OWED_MOST])
{
	sigset_t before;
	signals_block(&before);
	size_t n = owed.n;
	struct connection *connection = owed.connection;
	memcpy(bytes, owed.bytes, n);
	owed.n = 0;
	if (n == 0) {
		owed.connection = NULL;
		owed.paying = false;
	}
	signals_restore(&before);
	if (n == 0)
		connection_release(connection);
	return n;
}

static void pay(void)
{
	int error = errno;
	unsigned char bytes[OWED_MOST];
	struct cursor from;
	if (owed.paying)
		return;
	owed.paying = true;
	for (struct iovec piece = {.iov_base = bytes}; (piece.iov_len = take_owed(bytes)) > 0;) {
		cursor_open(&from, &piece, 1);
		send_pieces(owed.connection, owed.fd, from, MSG_NOSIGNAL, true);
	}
	errno = error;
}

static bool must_owe(const struct connection *connection)
{
	return __builtin_expect(owed.connection != NULL, 0) && owed.connection == connection;
}

/* What is sent, or -EAGAIN. */
static ssize_t owe(struct connection *connection, int fd, const struct cursor *from)
{
	struct cursor walker = *from;
	if (from->left > OWED_MOST - owed.n ||
	    (owed.connection != NULL && owed.connection != connection))
		return -EAGAIN;
	if (owed.connection == NULL)
		connection_reference(connection);
	owed.connection = connection;
	owed.fd = fd;
	while (walker.left > 0) {
		struct iovec stretch = cursor_stretch(&walker);
		memcpy(owed.bytes + owed.n, stretch.iov_base, stretch.iov_len);
		owed.n += stretch.iov_len;
		cursor_advance(&walker, stretch.iov_len);
	}
	turn_owe(pay);
	return (ssize_t)from->left;
}

/* --- the call ----------------------------------------------------------------------------- */

ssize_t connection_send(struct connection *connection, int fd, const struct iovec *pieces,
			size_t count, int flags)
{
	struct cursor from;
	int before = errno;
	if (is_plain(connection)) {
		struct msghdr message = {.msg_iov = (struct iovec *)(uintptr_t)pieces,
					 .msg_iovlen = count};
		return raw_sendmsg(fd, &message, flags);
	}
	if (flags & MSG_OOB)
		return send_urgent(connection, fd, pieces, count, flags);
	if (cursor_open(&from, pieces, count) < 0)
		return -1;
	connection_upgrade(connection, fd);
	bool patient = !(flags & MSG_DONTWAIT) && !flag(&connection->record->nonblocking);
	ssize_t sent = -EDEADLK;
	if (!must_owe(connection))
		sent = send_pieces(connection, fd, from, flags, patient);
	/* A handler interrupted this thread's own call. */
	if (sent == -EDEADLK && patient)
		sent = owe(connection, fd, &from);
	if (sent < 0)
		return fail((int)-sent, flags);
	/* A call that succeeds leaves it alone, whatever was tried meanwhile. */
	errno = before;
	return sent;
}
