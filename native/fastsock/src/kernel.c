/* What the kernel's own connection says, and bells through it. */
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>

#include "inside.h"
#include "real.h"
#include "usdt.h"
#include "waiting.h"

static int tcp_info_of(int fd, struct tcp_info *info)
{
	socklen_t length = sizeof *info;
	memset(info, 0, sizeof *info);
	return raw_getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, &length);
}

int kernel_bytes_sent(int fd, uint64_t *bytes)
{
	struct tcp_info info;
	if (tcp_info_of(fd, &info) < 0)
		return -1;
	*bytes = info.tcpi_bytes_sent - info.tcpi_bytes_retrans + info.tcpi_notsent_bytes;
	return 0;
}

/* The states, as linux/tcp.h doesn't name them, in which the other side's FIN was counted. */
enum { CLOSED = 7, CLOSE_WAIT = 8, LAST_ACK = 9, CLOSING = 11, TIME_WAIT = 6 };

/*
 * Whether the FIN is among the bytes received. A connection that had been shut down here
 * before is closed once the FIN is there, and one that was reset is closed without any: if
 * it was a FIN, all that was ever sent came before it.
 */
static bool fin_was_counted(const struct tcp_info *info, uint64_t sent)
{
	if (info->tcpi_state == CLOSED)
		return info->tcpi_bytes_received > sent;
	return info->tcpi_state == CLOSE_WAIT || info->tcpi_state == LAST_ACK ||
	       info->tcpi_state == CLOSING || info->tcpi_state == TIME_WAIT;
}

int kernel_bytes_taken(int fd, uint64_t sent, uint64_t *bytes)
{
	struct tcp_info info;
	int before, after;
	/* Bytes that arrive in between would be counted in one and not the other. */
	do {
		if (raw_ioctl(fd, SIOCINQ, &before) < 0 || tcp_info_of(fd, &info) < 0 ||
		    raw_ioctl(fd, SIOCINQ, &after) < 0)
			return -1;
	} while (before != after);
	uint64_t fin = fin_was_counted(&info, sent) ? 1 : 0;
	*bytes = info.tcpi_bytes_received - (uint64_t)before - fin;
	return 0;
}

/* Soon enough for an end; what is asked in between is answered by the rings. */
#define ASK_AGAIN_NS 500000

bool end_is_due(_Atomic uint64_t *asked_ns)
{
	uint64_t now = clock_ns();
	/* relaxed: two threads that ask at once do no harm. */
	if (now - atomic_load_explicit(asked_ns, memory_order_relaxed) < ASK_AGAIN_NS)
		return false;
	atomic_store_explicit(asked_ns, now, memory_order_relaxed);
	return true;
}

bool kernel_says_gone(const struct connection *connection, int fd)
{
	struct pollfd poller = {.fd = fd, .events = POLLRDHUP};
	struct timespec now = {0};
	if (raw_ppoll(&poller, 1, &now, NULL) <= 0)
		return false;
	if (poller.revents & (POLLHUP | POLLERR | POLLNVAL))
		return true;
	/* Whoever shuts down in order says so in the segment before the kernel does. */
	return !flag(&connection->in->finished);
}

/*
 * A process that ends with unheard bells in its queue resets the connection, though
 * it had read all there was to read: TCP would have shown the end of file.
 */
bool reset_is_bells(const struct connection *connection)
{
	const struct progress *out = &connection->record->out;
	if (!lanes_live(connection) || phase_of(out) != PHASE_RING ||
	    flag(&connection->in->aborted) ||
	    atomic_load_explicit(&connection->out->bells, memory_order_relaxed) == 0)
		return false;
	/* acquire: the consumer's last word. */
	uint64_t head = atomic_load_explicit(&connection->out->head, memory_order_acquire);
	return head == position_of(out);
}

/* Ended without a word, and with bytes in its ring that it hadn't read. */
static bool died_unread(const struct connection *connection)
{
	const struct record *record = connection->record;
	const struct progress *out = &record->out;
	if (!lanes_live(connection) || phase_of(out) != PHASE_RING || flag(&record->shut_in) ||
	    flag(&connection->in->finished) || flag(&connection->in->aborted))
		return false;
	/* acquire: the consumer's last word. */
	return atomic_load_explicit(&connection->out->head, memory_order_acquire) !=
	       position_of(out);
}

/* For the answer to a byte, which takes no longer on this machine. */
#define RESET_NS 10000000

bool reset_by_death(struct connection *connection, int fd)
{
	struct pollfd poller = {.fd = fd, .events = POLLRDHUP};
	struct timespec now = {0}, a_moment = {.tv_nsec = RESET_NS};
	if (!died_unread(connection) || raw_ppoll(&poller, 1, &now, NULL) <= 0 ||
	    (poller.revents & (POLLERR | POLLHUP)) ||
	    atomic_exchange(&connection->record->reset_noted, 1))
		return false;
	atomic_store_explicit(&connection->record->broken, 1, memory_order_relaxed);
	/* Nobody has the other end any more: its system answers with a reset. */
	raw_send(fd, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	poller.events = 0;
	raw_ppoll(&poller, 1, &a_moment, NULL);
	return true;
}

int connection_true_error(struct connection *connection, int error)
{
	/* What the kernel calls a reset after an end in order. */
	if (error == EPIPE && flag(&connection->record->reset_noted))
		return ECONNRESET;
	if (error != ECONNRESET)
		return error;
	if (reset_is_bells(connection))
		return 0;
	atomic_store(&connection->record->reset_noted, 1);
	return error;
}

ssize_t true_end(struct connection *connection, int fd, ssize_t got)
{
	if (got > 0 || got == -EAGAIN || got == -EINTR)
		return got;
	int error = (int)-got;
	if (error == 0 && reset_by_death(connection, fd)) {
		socklen_t length = sizeof error;
		raw_getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
		return -ECONNRESET;
	}
	/* One that the kernel has told a call that waited. */
	if (error == 0)
		error = atomic_exchange(&connection->record->error, 0);
	error = connection_true_error(connection, error);
	/* Nothing more is put into the ring: the kernel has the error for who sends. */
	if (error == ECONNRESET)
		atomic_store_explicit(&connection->record->broken, 1, memory_order_relaxed);
	return -error;
}

int kernel_verdict(struct connection *connection, int fd)
{
	struct record *record = connection->record;
	int error = atomic_exchange(&record->error, 0);
	if (error == 0) {
		char byte;
		ssize_t got = raw_recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
		if (got > 0)
			return -EAGAIN; /* a bell */
		if (got == 0)
			return 0;
		error = errno;
	}
	return -error;
}

uint64_t take_bells(int fd, uint64_t n)
{
	char bells[256];
	uint64_t taken = 0;
	while (taken < n) {
		size_t most = n - taken < sizeof bells ? (size_t)(n - taken) : sizeof bells;
		ssize_t got = raw_recv(fd, bells, most, MSG_DONTWAIT);
		if (got <= 0)
			break;
		taken += (uint64_t)got;
	}
	return taken;
}

bool bell_ring(struct connection *connection, int fd)
{
	struct progress *out = &connection->record->out;
	if (phase_of(out) == PHASE_KERNEL)
		enter_ring(connection, fd);
	/* On any other route a byte would be the program's; one that nobody hears makes a
	 * reset of an end; and after the end there are none. */
	if (phase_of(out) != PHASE_RING || flag(&connection->out->closed) ||
	    flag(&connection->record->shut_out))
		return false;
	/* release: counted before it can be heard. */
	atomic_store_explicit(&connection->out->bells, ++out->bells, memory_order_release);
	if (raw_send(fd, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1) {
		atomic_fetch_add_explicit(&connection->wakeups_sent, 1, memory_order_relaxed);
		return true;
	}
	/* Unsent: with a full queue the other side is readable as it is. */
	atomic_store_explicit(&connection->out->bells, --out->bells, memory_order_release);
	return false;
}

static bool ring_in_turn(struct connection *connection, int fd)
{
	if (!turn_take(&connection->record->out.turn))
		return false;
	bool has_rung = bell_ring(connection, fd);
	turn_pass(&connection->record->out.turn);
	return has_rung;
}

/* Unless the sleep that awaits it was woken by another bell of this process: token.h. */
static void ring_for(struct connection *connection, int fd, uint64_t token)
{
	if (!token_was_rung(token) && ring_in_turn(connection, fd) && token != 0)
		token_note_rung(token);
}

/*
 * seq_cst, here and where somebody goes to sleep: either the sleeper's mark is
 * seen by who has just published, or what was published by the sleeper's last look.
 */
static uint32_t take_mark(_Atomic uint32_t *awaited)
{
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load_explicit(awaited, memory_order_relaxed) == 0)
		return 0;
	return atomic_exchange(awaited, 0);
}

static void wake(struct connection *connection, int fd, struct lane *lane,
		 _Atomic uint32_t *awaited, _Atomic uint32_t *signal)
{
	uint32_t mark = take_mark(awaited);
	if (mark != 0) {
		USDT2(fastsock, wake, connection, mark);
		/* relaxed: how long to poll is a guess. */
		atomic_store_explicit(&connection->has_woken, 1, memory_order_relaxed);
	}
	if (mark & SLEEPS_FUTEX) {
		connection->transport->wake(connection, lane, signal);
		atomic_fetch_add_explicit(&connection->wakeups_sent, 1, memory_order_relaxed);
	}
	if (mark & SLEEPS_KERNEL)
		/* relaxed, after the mark was taken with acquire: that mark's token, or a later
		 * one, whose sleeper has found what was put here. Nobody sleeps by a token for
		 * room. */
		ring_for(connection, fd,
			 signal == &lane->data_signal
				 ? atomic_load_explicit(&lane->data_token, memory_order_relaxed)
				 : 0);
}

void wake_data(struct connection *connection, int fd)
{
	struct lane *lane = connection->out;
	wake(connection, fd, lane, &lane->data_awaited, &lane->data_signal);
}

void wake_room(struct connection *connection, int fd)
{
	struct lane *lane = connection->in;
	wake(connection, fd, lane, &lane->room_awaited, &lane->room_signal);
}
