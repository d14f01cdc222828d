/* Readiness: what the rings say, and what the kernel's answers mean. */
#include "inside.h"
#include "real.h"
#include "watched.h"

#define IN_EVENTS  (POLLIN | POLLRDNORM)
#define OUT_EVENTS (POLLOUT | POLLWRNORM)

static bool is_kernels(const struct connection *connection, const struct progress *progress)
{
	(void)connection;
	enum phase phase = phase_of(progress);
	return phase == PHASE_KERNEL || phase == PHASE_KERNEL_AGAIN;
}

bool connection_is_kernels(const struct connection *connection)
{
	if (!lanes_live(connection))
		return true;
	const struct record *record = connection->record;
	bool in = is_kernels(connection, &record->in) &&
		  (phase_of(&record->in) == PHASE_KERNEL_AGAIN ||
		   route_of(connection->in) == ROUTE_KERNEL);
	return in && is_kernels(connection, &record->out);
}

static short look_in(const struct connection *connection, short wanted)
{
	const struct lane *lane = connection->in;
	switch (phase_of(&connection->record->in)) {
	case PHASE_KERNEL:
		/* Some of it is in the ring; what may be before it, the call finds out.
		 * relaxed: a hint that is looked into. */
		if (route_of(lane) != ROUTE_KERNEL &&
		    (atomic_load_explicit(&lane->tail, memory_order_relaxed) != 0 ||
		     flag(&lane->finished)))
			return wanted & IN_EVENTS;
		return 0;
	case PHASE_RING:
		if (unread_in_ring(connection) != 0) {
			bool end = (wanted & POLLRDHUP) && flag(&lane->finished);
			return (short)((wanted & IN_EVENTS) | (end ? POLLRDHUP : 0));
		}
		if (flag(&lane->finished))
			return wanted & (IN_EVENTS | POLLRDHUP);
		return flag(&connection->record->shut_in) ? wanted & IN_EVENTS : 0;
	default:
		return 0;
	}
}

static short look_out(const struct connection *connection, short wanted)
{
	if (phase_of(&connection->record->out) != PHASE_RING)
		return 0;
	bool ready = room_in_ring(connection) >= room_worth_telling(connection) ||
		     flag(&connection->out->closed) || flag(&connection->record->broken) ||
		     flag(&connection->record->shut_out) || flag(&connection->out->retreat);
	return ready ? wanted & OUT_EVENTS : 0;
}

short connection_look(struct connection *connection, short wanted)
{
	if (!lanes_live(connection))
		return 0;
	short in = look_in(connection, wanted);
	return (short)(in | (wanted & OUT_EVENTS ? look_out(connection, wanted) : 0));
}

/* Whether nobody but one watcher counts on the bells. */
static bool is_sole_watcher(struct connection *connection)
{
	/* seq_cst: who comes to count on bells says so, and then arms the lane without a
	 * token. So after the lane was armed with one, either the other is seen here, or it
	 * arms later, and 0 stays in the lane. */
	return atomic_load(&connection->record->watchers) == 1 &&
	       atomic_load(&connection->waiters) == 0 &&
	       atomic_load(&connection->record->holders) == 1;
}

static void arm_data(struct connection *connection, uint64_t token)
{
	if (token == 0 || !is_sole_watcher(connection)) {
		lane_await_data(connection->in, SLEEPS_KERNEL, 0);
		return;
	}
	/* Before the lane has it, and so before any bell is rung for it. */
	atomic_store(&connection->token, token);
	lane_await_data(connection->in, SLEEPS_KERNEL, token);
	if (!is_sole_watcher(connection))
		lane_await_data(connection->in, SLEEPS_KERNEL, 0);
}

void connection_await_data(struct connection *connection)
{
	lane_await_data(connection->in, SLEEPS_KERNEL, 0);
}

short connection_arm(struct connection *connection, short wanted)
{
	return connection_arm_by(connection, wanted, 0);
}

short connection_arm_by(struct connection *connection, short wanted, uint64_t token)
{
	if (!lanes_live(connection))
		return 0;
	/* seq_cst: see take_mark(). */
	if (wanted & (IN_EVENTS | POLLRDHUP))
		arm_data(connection, token);
	if ((wanted & OUT_EVENTS) && phase_of(&connection->record->out) == PHASE_RING)
		atomic_fetch_or(&connection->out->room_awaited, SLEEPS_KERNEL);
	/* The look that follows comes after the marks, as take_mark() has it. */
	atomic_thread_fence(memory_order_seq_cst);
	return connection_look(connection, wanted);
}

short connection_kernel_events(const struct connection *connection, short wanted)
{
	if (connection_is_kernels(connection))
		return wanted;
	bool ring = phase_of(&connection->record->out) == PHASE_RING;
	return (short)((ring ? wanted & ~OUT_EVENTS : wanted) | POLLIN);
}

/* Bells that have done their work go; true when the kernel still has something to say. */
static bool hear(struct connection *connection, int fd)
{
	struct progress *in = &connection->record->in;
	bool end = false;
	if (!turn_take(&in->turn))
		return false;
	struct iovec nothing = {0};
	struct cursor cursor;
	cursor_open(&cursor, &nothing, 1);
	if (phase_of(in) == PHASE_RING) {
		uint64_t rung = atomic_load_explicit(&connection->in->bells, memory_order_acquire);
		if (unread_in_ring(connection) == 0) {
			if (rung > in->bells && !bells_are_a_sleepers(connection)) {
				in->bells += take_bells(fd, rung - in->bells);
				watched_bells_taken(connection);
			}
			char byte;
			ssize_t got = raw_recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
			end = got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
			if (got < 0 && end)
				atomic_store(&connection->record->error, errno);
			if (end)
				atomic_store_explicit(&connection->record->ask_kernel, 1,
						      memory_order_relaxed);
		}
	} else {
		receive_step(connection, fd, &cursor, MSG_PEEK);
		/* What is left in the kernel's queue is the program's. */
		enum phase phase = phase_of(in);
		end = phase == PHASE_KERNEL || phase == PHASE_BEFORE_RING ||
		      phase == PHASE_KERNEL_AGAIN;
	}
	turn_pass(&in->turn);
	return end;
}

short connection_events(struct connection *connection, int fd, short wanted, short heard)
{
	const short always = POLLERR | POLLHUP | POLLNVAL;
	if (connection_is_kernels(connection))
		return heard & (short)(wanted | always);
	look_for_retreat(connection, fd);
	short ended = heard & (POLLHUP | POLLERR | POLLRDHUP);
	short events = heard & (short)(always | (wanted & (POLLRDHUP | POLLPRI | POLLRDBAND)));
	if (phase_of(&connection->record->out) != PHASE_RING)
		events |= heard & (short)(wanted & OUT_EVENTS);
	if ((ended & (POLLERR | POLLHUP)) && !flag(&connection->in->finished) &&
	    !flag(&connection->record->shut_out) && reset_is_bells(connection)) {
		events &= (short)~(POLLERR | POLLHUP);
		events |= wanted & POLLRDHUP;
	}
	if (ended && reset_by_death(connection, fd))
		events |= POLLERR | POLLHUP;
	if (ended) {
		atomic_store_explicit(&connection->record->ask_kernel, 1, memory_order_relaxed);
		/* The end of what comes in can be read; no room comes any more. */
		events |= wanted & IN_EVENTS;
		if (kernel_says_gone(connection, fd)) {
			atomic_store_explicit(&connection->record->broken, 1, memory_order_relaxed);
			events |= wanted & OUT_EVENTS;
		}
	} else if (heard & IN_EVENTS) {
		short ready = connection_look(connection, wanted);
		if ((ready & (IN_EVENTS | POLLRDHUP)) == 0 && hear(connection, fd))
			events |= wanted & IN_EVENTS;
	}
	return (short)(events | connection_look(connection, wanted));
}
