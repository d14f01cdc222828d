/* The outgoing direction's way: to the ring, and back to the kernel. */
#include <string.h>

#include "inside.h"
#include "own.h"
#include "real.h"
#include "stats.h"
#include "table.h"
#include "waiting.h"

uint64_t unread_in_ring(const struct connection *connection)
{
	/* acquire: the bytes up to tail are there. */
	uint64_t tail = atomic_load_explicit(&connection->in->tail, memory_order_acquire);
	uint64_t unread = tail - position_of(&connection->record->in);
	return unread <= connection->mapping.ring_bytes ? unread : UINT64_MAX;
}

/* Whether the other side counts what has arrived: then who died while sending may
 * have left the position behind. */
static bool arrival_counts(const struct connection *connection)
{
	return connection->transport->expose != NULL;
}

uint64_t room_in_ring(const struct connection *connection)
{
	/* acquire: the consumer has copied what lies below head. */
	uint64_t head = atomic_load_explicit(&connection->out->head, memory_order_acquire);
	uint64_t position = position_of(&connection->record->out);
	uint32_t size = connection->mapping.ring_bytes;
	if (position - head <= size)
		return size - (position - head);
	return arrival_counts(connection) && head - position <= size ? size : UINT64_MAX;
}

/* To what has arrived. The turn of record->out is held. */
static void catch_up(struct connection *connection)
{
	struct progress *out = &connection->record->out;
	uint64_t tail = atomic_load_explicit(&connection->out->tail, memory_order_acquire);
	if (arrival_counts(connection) && tail - position_of(out) <= connection->mapping.ring_bytes)
		set_position(out, tail);
}

bool enter_ring(struct connection *connection, int fd)
{
	struct progress *out = &connection->record->out;
	struct lane *lane = connection->out;
	uint64_t sent;
	/* acquire: ready is the last thing that the other side sets. */
	enum side other = connection->side == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT;
	if (atomic_load_explicit(&connection->stage, memory_order_acquire) != STAGE_MAPPED ||
	    !flag(&connection->mapping.segment->ready[other]) || flag(&lane->retreat) ||
	    flag(&connection->record->shut_out) || kernel_bytes_sent(fd, &sent) < 0)
		return false;
	push_begin(connection, fd);
	atomic_store_explicit(&lane->kernel_bytes, sent, memory_order_relaxed);
	/* release: kernel_bytes is seen with it. */
	atomic_store_explicit(&lane->route, ROUTE_RING, memory_order_release);
	set_phase(out, PHASE_RING);
	return true;
}

void leave_ring(struct connection *connection, int fd)
{
	struct progress *out = &connection->record->out;
	struct lane *lane = connection->out;
	atomic_store_explicit(&lane->last_tail, position_of(out), memory_order_relaxed);
	atomic_store_explicit(&lane->last_bells, out->bells, memory_order_relaxed);
	/* release: both are seen with it. */
	atomic_store_explicit(&lane->route, ROUTE_KERNEL_AGAIN, memory_order_release);
	set_phase(out, PHASE_KERNEL_AGAIN);
	push_end(connection, fd);
}

/* Sends all of it into the kernel's connection, however long that takes. */
static bool send_all(int fd, const unsigned char *data, size_t n)
{
	while (n > 0) {
		ssize_t sent = raw_send(fd, data, n, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent > 0) {
			data += sent;
			n -= (size_t)sent;
		} else if (errno == EAGAIN) {
			struct pollfd poller = {.fd = fd, .events = POLLOUT};
			raw_ppoll(&poller, 1, NULL, NULL);
		} else if (errno != EINTR) {
			return false;
		}
	}
	return true;
}

/* What the consumer has left unread follows the bells through the kernel. */
static void carry_rest(struct connection *connection, int fd, uint64_t head)
{
	uint64_t tail = position_of(&connection->record->out);
	uint32_t size = connection->mapping.ring_bytes;
	const unsigned char *ring = connection->mapping.rings[connection->side];
	while (head != tail) {
		size_t at = (size_t)(head & (size - 1));
		size_t n = (size_t)(tail - head) < size - at ? (size_t)(tail - head) : size - at;
		if (!send_all(fd, ring + at, n))
			return;
		head += n;
	}
}

bool answer_retreat(struct connection *connection, int fd)
{
	struct progress *out = &connection->record->out;
	struct lane *lane = connection->out;
	enum phase phase = phase_of(out);
	/* acquire: a hard retreat's head is seen with it. */
	uint32_t asked = atomic_load_explicit(&lane->retreat, memory_order_acquire);
	if (asked == RETREAT_NONE || phase == PHASE_KERNEL_AGAIN)
		return false;
	uint64_t sent;
	if (phase == PHASE_KERNEL) {
		if (kernel_bytes_sent(fd, &sent) < 0)
			return false;
		atomic_store_explicit(&lane->kernel_bytes, sent, memory_order_relaxed);
	} else {
		/* relaxed: once, for it may change. */
		uint64_t head = atomic_load_explicit(&lane->head, memory_order_relaxed);
		catch_up(connection);
		if (asked == RETREAT_HARD &&
		    position_of(out) - head <= connection->mapping.ring_bytes) {
			carry_rest(connection, fd, head);
			set_position(out, head);
		}
	}
	leave_ring(connection, fd);
	/* Who waits for the answer sleeps on it. */
	atomic_fetch_add(&lane->data_signal, 1);
	futex_wake_all(&lane->data_signal);
	return true;
}

void look_for_retreat(struct connection *connection, int fd)
{
	if (!lanes_live(connection) || !flag(&connection->out->retreat) ||
	    phase_of(&connection->record->out) == PHASE_KERNEL_AGAIN)
		return;
	if (!turn_take(&connection->record->out.turn))
		return;
	answer_retreat(connection, fd);
	turn_pass(&connection->record->out.turn);
}

/* --- asking the other side ---------------------------------------------------------- */

/* The other side carries from its own mapping: what lies elsewhere is put there. */
static void expose_unread(struct connection *connection)
{
	if (connection->opened && connection->transport->expose != NULL)
		connection->transport->expose(connection);
}

static void ask_for_retreat(struct connection *connection, int fd, enum retreat how)
{
	struct progress *in = &connection->record->in;
	if (!turn_take(&in->turn))
		return;
	enum phase phase = phase_of(in);
	bool asks = phase != PHASE_KERNEL_AGAIN && phase != PHASE_FROZEN;
	if (asks && how == RETREAT_HARD) {
		expose_unread(connection);
		if (phase == PHASE_RING)
			set_phase(in, PHASE_FROZEN);
	}
	if (asks)
		/* release: head, and what was exposed, are seen with it. */
		atomic_store_explicit(&connection->in->retreat, how, memory_order_release);
	turn_pass(&in->turn);
	if (!asks)
		return;
	/* Wakes the other side however it sleeps; it looks around before it sleeps again. */
	atomic_fetch_or(&connection->in->room_awaited, SLEEPS_FUTEX);
	wake_room(connection, fd);
	lane_await_data(connection->out, SLEEPS_FUTEX | SLEEPS_KERNEL, 0);
	wake_data(connection, fd);
}

static bool incoming_is_kernels(struct connection *connection, int fd)
{
	struct iovec nothing = {0};
	struct cursor cursor;
	if (!turn_take(&connection->record->in.turn))
		return true;
	/* A step of nothing takes in what the producer has answered. */
	cursor_open(&cursor, &nothing, 1);
	receive_step(connection, fd, &cursor, MSG_PEEK);
	enum phase phase = phase_of(&connection->record->in);
	turn_pass(&connection->record->in.turn);
	return phase == PHASE_KERNEL_AGAIN;
}

/* How long who asked for a hard retreat waits for the other side to come by. */
#define RETREAT_PATIENCE_NS UINT64_C(5000000000)

/* Both ends may be this very process, and this thread the one to answer. */
static void answer_others(int fd, struct connection *connection, void *argument)
{
	(void)argument;
	look_for_retreat(connection, fd);
}

static void await_retreat(struct connection *connection, int fd)
{
	uint64_t deadline = clock_ns() + RETREAT_PATIENCE_NS;
	while (!incoming_is_kernels(connection, fd)) {
		if (clock_ns() > deadline || kernel_says_gone(connection, fd)) {
			stats_retreated(connection, "retreat without an answer");
			return;
		}
		table_each(answer_others, NULL);
		uint32_t seen = atomic_load(&connection->in->data_signal);
		if (route_of(connection->in) != ROUTE_KERNEL_AGAIN)
			futex_wait(&connection->in->data_signal, seen, 10000000);
	}
}

static void forget_upgrade(struct connection *connection)
{
	if (!turn_take(&connection->record->out.turn))
		return;
	if (!lanes_live(connection)) {
		atomic_store_explicit(&connection->stage, STAGE_PLAIN, memory_order_release);
		own_close(connection->rendezvous);
		connection->rendezvous = -1;
	}
	turn_pass(&connection->record->out.turn);
}

static void leave_in_turn(struct connection *connection, int fd)
{
	struct progress *out = &connection->record->out;
	if (!turn_take(&out->turn))
		return;
	uint64_t sent;
	enum phase phase = phase_of(out);
	if (phase == PHASE_KERNEL && kernel_bytes_sent(fd, &sent) == 0) {
		atomic_store_explicit(&connection->out->kernel_bytes, sent, memory_order_relaxed);
		leave_ring(connection, fd);
	} else if (phase == PHASE_RING) {
		catch_up(connection);
		leave_ring(connection, fd);
	}
	turn_pass(&out->turn);
	wake_data(connection, fd);
}

static void retreat(struct connection *connection, int fd, enum retreat how, const char *reason)
{
	forget_upgrade(connection);
	if (!lanes_live(connection))
		return;
	if (phase_of(&connection->record->in) == PHASE_KERNEL_AGAIN &&
	    phase_of(&connection->record->out) == PHASE_KERNEL_AGAIN)
		return;
	stats_retreated(connection, reason);
	/* First the asking, which may ring: after leaving no bell may follow. */
	ask_for_retreat(connection, fd, how);
	leave_in_turn(connection, fd);
}

void connection_retreat(struct connection *connection, int fd, const char *reason)
{
	retreat(connection, fd, RETREAT_HARD, reason);
	if (lanes_live(connection))
		await_retreat(connection, fd);
}

void connection_retreat_softly(struct connection *connection, int fd, const char *reason)
{
	retreat(connection, fd, RETREAT_SOFT, reason);
}
