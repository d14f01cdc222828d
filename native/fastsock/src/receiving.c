/* Calls that receive: steps, and waiting between them. One that succeeds leaves errno alone. */
#include "inside.h"
#include "real.h"
#include "waiting.h"

enum { PIECES_AT_ONCE = 64 };

static void tell_room(struct connection *connection, int fd)
{
	if (!lanes_live(connection) || phase_of(&connection->record->in) != PHASE_RING)
		return;
	uint64_t unread = unread_in_ring(connection);
	uint64_t room = connection->mapping.ring_bytes - (unread == UINT64_MAX ? 0 : unread);
	if (room >= room_worth_telling(connection))
		wake_room(connection, fd);
}

static ssize_t take_turn_and_step(struct connection *connection, int fd, struct cursor *to,
				  int flags)
{
	if (!turn_take(&connection->record->in.turn))
		return -EDEADLK; /* a handler interrupted this thread's own call */
	ssize_t got = receive_step(connection, fd, to, flags);
	turn_pass(&connection->record->in.turn);
	if (got > 0 && (flags & MSG_PEEK) == 0)
		tell_room(connection, fd);
	if (got == -EAGAIN)
		look_for_retreat(connection, fd);
	return got;
}

static uint64_t deadline_of(uint64_t timeout_ns)
{
	return timeout_ns == 0 ? UINT64_MAX : clock_ns() + timeout_ns;
}

static void count_received(struct connection *connection, size_t n)
{
	_Atomic uint64_t *counter = phase_of(&connection->record->in) == PHASE_RING
					    ? &connection->ring_received
					    : &connection->kernel_received;
	atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

/* All that is still to come is the kernel's: so is the call, with all that it can do. */
static ssize_t by_kernel(struct connection *connection, int fd, const struct cursor *to, int flags)
{
	struct iovec pieces[PIECES_AT_ONCE];
	struct msghdr message = cursor_message(to, to->left, pieces, PIECES_AT_ONCE);
	ssize_t got = receive_asleep(connection, fd, &message, flags);
	return true_end(connection, fd, got < 0 ? -errno : got);
}

/* Of nothing: waits for data nevertheless, and tells of an error. */
static ssize_t receive_nothing(struct connection *connection, int fd, int flags)
{
	char byte;
	struct iovec piece = {.iov_base = &byte, .iov_len = 1};
	ssize_t got = connection_receive(connection, fd, &piece, 1,
					 (flags & ~(MSG_WAITALL | MSG_TRUNC)) | MSG_PEEK);
	return got > 0 ? 0 : got;
}

/* A call, as it goes on. */
struct receiving {
	struct cursor to;
	int flags;
	bool patient, waiting;
	bool whole;     /* MSG_WAITALL, of bytes that are taken */
	bool peeks_all; /* of bytes that stay */
	uint64_t deadline_ns;
	ssize_t done;
};

/*
 * Whether a peek that is to see all is to look again. The bytes stay where they are, so
 * that nothing wakes us for more of them: we nap.
 */
static bool peek_again(struct receiving *call, struct connection *connection, int fd)
{
	if (!call->peeks_all || (size_t)call->done == call->to.left)
		return false;
	struct pollfd poller = {.fd = fd, .events = POLLRDHUP};
	struct timespec nap = {.tv_nsec = 1000000};
	bool live = lanes_live(connection);
	bool last = live && (flag(&connection->in->finished) ||
			     route_of(connection->in) == ROUTE_KERNEL_AGAIN ||
			     unread_in_ring(connection) == connection->mapping.ring_bytes);
	/* A last look after the end, a signal or the time limit. */
	if (last || raw_ppoll(&poller, 1, &nap, NULL) != 0 ||
	    (call->deadline_ns != 0 && clock_ns() >= call->deadline_ns))
		call->peeks_all = false;
	return true;
}

static void note_waiting(struct receiving *call, struct connection *connection)
{
	if (call->waiting)
		return;
	begin_wait(connection);
	call->waiting = true;
	call->deadline_ns = deadline_of(
		atomic_load_explicit(&connection->record->rcvtimeo_ns, memory_order_relaxed));
}

/* Some bytes have come; true when that is all. */
static bool note_received(struct receiving *call, struct connection *connection, int fd, size_t got)
{
	if (call->flags & MSG_PEEK) {
		call->done = (ssize_t)got;
		return !peek_again(call, connection, fd);
	}
	count_received(connection, got);
	call->done += (ssize_t)got;
	cursor_advance(&call->to, got);
	return !call->whole || call->to.left == 0;
}

/*
 * Whether to wait before looking: who had to wait for the last bytes of a connection that
 * is the kernel's, as one that takes turns with the other side always has to, saves a
 * system call in vain.
 */
static bool waits_first(const struct receiving *call, struct connection *connection)
{
	/* relaxed: a guess. */
	return call->patient && !call->waiting && !lanes_live(connection) &&
	       phase_of(&connection->record->in) == PHASE_KERNEL &&
	       atomic_exchange_explicit(&connection->waits, 0, memory_order_relaxed);
}

/* Until something is there that may be returned: 0, or an errno. */
static int receive(struct receiving *call, struct connection *connection, int fd)
{
	const struct progress *in = &connection->record->in;
	for (;;) {
		bool kernels = phase_of(in) == PHASE_KERNEL_AGAIN;
		if (call->peeks_all || (kernels && call->patient))
			note_waiting(call, connection);
		ssize_t got = -EAGAIN;
		bool waits = waits_first(call, connection);
		if (kernels)
			got = by_kernel(connection, fd, &call->to, call->flags);
		else if (!waits)
			got = take_turn_and_step(connection, fd, &call->to, call->flags);
		fd = descriptor_of(connection, fd);
		if (got > 0) {
			if (note_received(call, connection, fd, (size_t)got))
				return 0;
			continue;
		}
		if (got == -EAGAIN && !kernels && phase_of(in) == PHASE_KERNEL_AGAIN)
			continue;
		if (got != -EAGAIN || !call->patient || kernels)
			return (int)-got;
		note_waiting(call, connection);
		atomic_store_explicit(&connection->waits, 1, memory_order_relaxed);
		int error = wait_for_data(connection, fd, call->deadline_ns);
		fd = descriptor_of(connection, fd);
		if (error != 0)
			return error;
	}
}

ssize_t connection_receive(struct connection *connection, int fd, const struct iovec *pieces,
			   size_t count, int flags)
{
	struct receiving call = {.flags = flags};
	int before = errno;
	if (is_plain(connection) || (flags & (MSG_OOB | MSG_ERRQUEUE))) {
		struct msghdr message = {.msg_iov = (struct iovec *)(uintptr_t)pieces,
					 .msg_iovlen = count};
		return raw_recvmsg(fd, &message, flags);
	}
	if (cursor_open(&call.to, pieces, count) < 0)
		return -1;
	if (call.to.left == 0)
		return receive_nothing(connection, fd, flags);
	connection_upgrade(connection, fd);
	call.patient = !(flags & MSG_DONTWAIT) && !flag(&connection->record->nonblocking);
	call.whole = call.patient && (flags & MSG_WAITALL) && !(flags & MSG_PEEK);
	call.peeks_all = call.patient && (flags & MSG_WAITALL) && (flags & MSG_PEEK);
	int error = receive(&call, connection, fd);
	if (call.waiting)
		end_wait(connection);
	if (call.done > 0 && !(flags & MSG_PEEK))
		connection_moved(connection);
	if (call.done > 0 || error == 0) {
		errno = before;
		return call.done;
	}
	errno = error == EDEADLK ? EAGAIN : error;
	return -1;
}
