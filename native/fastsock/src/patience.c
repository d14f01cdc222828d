/* Waiting for the other side: first spinning, then on a futex, then in the kernel. */
#include <fcntl.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "inside.h"
#include "own.h"
#include "real.h"
#include "usdt.h"
#include "waiting.h"

/* A futex doesn't hear of the kernel's end of the connection: not longer than this. */
#define DATA_FUTEX_NS UINT64_C(2000000)
#define ROOM_FUTEX_NS UINT64_C(20000000)

/* Looks between two readings of the clock. */
enum { LOOKS_PER_READING = 16 };

static bool data_may_be_there(const struct connection *connection)
{
	const struct lane *lane = connection->in;
	const struct progress *in = &connection->record->in;
	switch (phase_of(in)) {
	case PHASE_RING:
		/* relaxed: a hint; who takes the turn looks properly. */
		return atomic_load_explicit(&lane->tail, memory_order_relaxed) != position_of(in) ||
		       atomic_load_explicit(&lane->finished, memory_order_relaxed) ||
		       atomic_load_explicit(&lane->route, memory_order_relaxed) != ROUTE_RING;
	case PHASE_KERNEL:
		return atomic_load_explicit(&lane->route, memory_order_relaxed) != ROUTE_KERNEL;
	case PHASE_FROZEN:
		return route_of(lane) == ROUTE_KERNEL_AGAIN;
	default:
		return false;
	}
}

static bool room_may_be_there(const struct connection *connection)
{
	const struct lane *lane = connection->out;
	uint64_t room = room_in_ring(connection);
	return room >= room_worth_telling(connection) || flag(&lane->closed) ||
	       flag(&lane->retreat) || phase_of(&connection->record->out) != PHASE_RING;
}

/*
 * Whom this side has just woken may take longer to come than it is usually worth to poll: if we
 * slept meanwhile it would wait for our waking up next, longer than it polls, and so on in turn,
 * each byte at the price of a wake-up, until one of them happens to be quick.
 */
static uint64_t spin_length(struct connection *connection)
{
	enum { WAKING_UP = 4 };
	uint32_t length = atomic_load_explicit(&connection->spin_ns, memory_order_relaxed);
	if (atomic_load_explicit(&connection->has_woken, memory_order_relaxed) == 0)
		return length;
	atomic_store_explicit(&connection->has_woken, 0, memory_order_relaxed);
	/* Where polling was in vain so far, one attempt is enough. */
	return spin_is_trial(length) ? length : (uint64_t)WAKING_UP * length;
}

static bool spin(struct connection *connection, bool (*done)(const struct connection *),
		 uint64_t deadline_ns)
{
	uint32_t learnt = atomic_load_explicit(&connection->spin_ns, memory_order_relaxed);
	if (!can_spin() || learnt == 0)
		return done(connection);
	uint64_t start = clock_ns();
	uint64_t end = start + spin_length(connection);
	if (end > deadline_ns)
		end = deadline_ns;
	bool worth_it = false;
	do {
		for (int i = 0; i < LOOKS_PER_READING && !worth_it; i++) {
			worth_it = done(connection);
			if (!worth_it)
				cpu_relax();
		}
	} while (!worth_it && clock_ns() < end);
	/* relaxed: of two threads that learn at once one is forgotten. */
	learnt = spin_learn(learnt, worth_it);
	atomic_store_explicit(&connection->spin_ns, learnt, memory_order_relaxed);
	return worth_it;
}

static uint64_t slice(uint64_t deadline_ns, uint64_t most)
{
	if (deadline_ns == UINT64_MAX)
		return most;
	uint64_t now = clock_ns();
	uint64_t left = deadline_ns > now ? deadline_ns - now : 1;
	return left < most ? left : most;
}

static bool is_over(uint64_t deadline_ns)
{
	return deadline_ns != UINT64_MAX && clock_ns() >= deadline_ns;
}

/* Whether a handler that came between ends the call: with a time limit every one does. */
static bool must_interrupt(uint64_t deadline_ns)
{
	return deadline_ns != UINT64_MAX || eintr_matters();
}

/* --- calls that wait ------------------------------------------------------------------- */

void begin_wait(struct connection *connection)
{
	atomic_fetch_add(&connection->waiters, 1);
}

void end_wait(struct connection *connection)
{
	/* seq_cst: whoever comes last sees what the close has left. */
	if (atomic_fetch_sub(&connection->waiters, 1) != 1)
		return;
	int fd = atomic_exchange(&connection->stand_in, -1);
	if (fd < 0)
		return;
	int error = errno;
	connection_close(connection, fd);
	own_close(fd);
	errno = error;
}

bool outlives_close(struct connection *connection, int fd)
{
	if (atomic_load(&connection->waiters) == 0)
		return false;
	/* As one of them: whoever ends last finds the descriptor. */
	begin_wait(connection);
	int error = errno;
	int high = own_descriptor(move_high(raw_fcntl(fd, F_DUPFD_CLOEXEC, 0)));
	atomic_store(&connection->stand_in, high);
	end_wait(connection);
	errno = error;
	return high >= 0;
}

/* A call that was cancelled holds nothing any more. */
static void abandon(void *argument)
{
	struct connection *connection = argument;
	end_wait(connection);
	connection_release(connection);
}

static void cancel_if_asked(struct connection *connection)
{
	pthread_cleanup_push(abandon, connection);
	pthread_testcancel();
	pthread_cleanup_pop(0);
}

/* As libc does it: a thread that is cancelled in its sleep ends there. */
static long sleep_cancellably(struct connection *connection, long number, long a, long b, long c,
			      long d, long e)
{
	volatile long result;
	pthread_cleanup_push(abandon, connection);
	int before;
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &before);
	result = raw_syscall(number, a, b, c, d, e, 0);
	int error = errno;
	pthread_setcanceltype(before, NULL);
	errno = error;
	pthread_cleanup_pop(0);
	return result;
}

ssize_t receive_asleep(struct connection *connection, int fd, struct msghdr *message, int flags)
{
	if ((flags & MSG_DONTWAIT) || flag(&connection->record->nonblocking))
		return raw_recvmsg(fd, message, flags);
	return sleep_cancellably(connection, SYS_recvmsg, fd, (long)message, flags, 0, 0);
}

/* Until the kernel says one of `events` of it: 0, or an errno. */
static int poll_asleep(struct connection *connection, int fd, short events, uint64_t deadline_ns)
{
	struct pollfd poller = {.fd = fd, .events = events};
	uint64_t left = slice(deadline_ns, UINT64_MAX);
	struct timespec timeout = {.tv_sec = (time_t)(left / 1000000000u),
				   .tv_nsec = (long)(left % 1000000000u)};
	long limit = deadline_ns == UINT64_MAX ? 0 : (long)&timeout;
	long ready = sleep_cancellably(connection, SYS_ppoll, (long)&poller, 1, limit, 0, 0);
	if (ready < 0)
		return errno == EINTR && !must_interrupt(deadline_ns) ? 0 : errno;
	return ready == 0 ? EAGAIN : 0;
}

/* --- data ---------------------------------------------------------------------------- */

/* True when there may be data, or a signal ended the wait: *error says which. */
static bool futex_for_data(struct connection *connection, uint64_t deadline_ns, int *error)
{
	struct lane *lane = connection->in;
	uint32_t seen = atomic_load(&lane->data_signal);
	/* seq_cst: see take_mark(). */
	atomic_fetch_or(&lane->data_awaited, SLEEPS_FUTEX);
	/* The looks that follow come after the mark; so below. */
	atomic_thread_fence(memory_order_seq_cst);
	if (data_may_be_there(connection))
		return true;
	USDT1(fastsock, sleep, connection);
	if (futex_wait(&lane->data_signal, seen, slice(deadline_ns, DATA_FUTEX_NS)) == 0)
		return true;
	if (errno == EINTR && must_interrupt(deadline_ns))
		*error = EINTR;
	return *error != 0 || data_may_be_there(connection);
}

/*
 * The last and longest sleep is the kernel's own blocking receive, of a byte that
 * stays where it is: signals, SO_RCVTIMEO, resets and the end of file are then
 * exactly what they are for TCP.
 */
static int kernel_sleep(struct connection *connection, int fd, uint64_t deadline_ns)
{
	USDT1(fastsock, sleep, connection);
	if (deadline_ns != UINT64_MAX) {
		int error = poll_asleep(connection, fd, POLLIN, deadline_ns);
		atomic_store_explicit(&connection->record->ask_kernel, 1, memory_order_relaxed);
		return error;
	}
	char byte;
	ssize_t got = sleep_cancellably(connection, SYS_recvfrom, fd, (long)&byte, 1, MSG_PEEK, 0);
	if (got > 0)
		return 0;
	atomic_store_explicit(&connection->record->ask_kernel, 1, memory_order_relaxed);
	if (got == 0)
		return 0;
	if (errno == EINTR || errno == EAGAIN)
		return errno;
	atomic_store(&connection->record->error, errno);
	return 0;
}

int wait_for_data(struct connection *connection, int fd, uint64_t deadline_ns)
{
	if (lanes_live(connection)) {
		int error = 0;
		if (spin(connection, data_may_be_there, deadline_ns))
			return 0;
		if (is_over(deadline_ns))
			return EAGAIN;
		if (futex_for_data(connection, deadline_ns, &error))
			return error;
		look_for_retreat(connection, fd);
		lane_await_data(connection->in, SLEEPS_KERNEL, 0);
		atomic_thread_fence(memory_order_seq_cst);
		if (data_may_be_there(connection))
			return 0;
	}
	return is_over(deadline_ns) ? EAGAIN : kernel_sleep(connection, fd, deadline_ns);
}

/* --- room ---------------------------------------------------------------------------- */

int wait_for_room(struct connection *connection, int fd, uint64_t deadline_ns)
{
	if (!lanes_live(connection) || phase_of(&connection->record->out) != PHASE_RING)
		return poll_asleep(connection, fd, POLLOUT, deadline_ns);
	/* A handler that comes while we spin interrupts nothing. */
	if (!eintr_matters() && spin(connection, room_may_be_there, deadline_ns))
		return 0;
	struct lane *lane = connection->out;
	for (;;) {
		uint32_t seen = atomic_load(&lane->room_signal);
		/* seq_cst: see take_mark(). */
		atomic_fetch_or(&lane->room_awaited, SLEEPS_FUTEX);
		atomic_thread_fence(memory_order_seq_cst);
		if (room_may_be_there(connection))
			return 0;
		if (is_over(deadline_ns))
			return EAGAIN;
		USDT1(fastsock, sleep, connection);
		int woken = futex_wait(&lane->room_signal, seen, slice(deadline_ns, ROOM_FUTEX_NS));
		if (woken < 0 && errno == EINTR && must_interrupt(deadline_ns))
			return EINTR;
		cancel_if_asked(connection);
		fd = descriptor_of(connection, fd);
		if (woken == 0 || room_in_ring(connection) > 0 ||
		    flag(&connection->record->shut_out))
			return 0;
		if (kernel_says_gone(connection, fd)) {
			atomic_store_explicit(&connection->record->broken, 1, memory_order_relaxed);
			return 0;
		}
	}
}
