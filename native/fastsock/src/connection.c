/* A connection's life: made for a socket, shared by forks, closed as TCP closes. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/mman.h>

#include "config.h"
#include "inside.h"
#include "own.h"
#include "real.h"
#include "stats.h"
#include "waiting.h"

/* --- the pool: memory that stays a connection's for ever ------------------------------- */

enum { POOL_CHUNK = 64 };

struct pooled {
	struct connection connection; /* first: the two are converted into each other */
	struct pooled *next;
};

static struct {
	atomic_flag busy;
	struct pooled *free;
} pool = {.busy = ATOMIC_FLAG_INIT};

/* Held for a few instructions, at each of which the list is whole. */
static void pool_lock(void)
{
	/* acquire and release: a lock. */
	while (atomic_flag_test_and_set_explicit(&pool.busy, memory_order_acquire))
		cpu_relax();
}

static void pool_unlock(void)
{
	atomic_flag_clear_explicit(&pool.busy, memory_order_release);
}

/* The parent's thread that had it isn't here. */
void connections_after_fork_in_child(void)
{
	pool_unlock();
}

static void pool_give(struct pooled *pooled)
{
	pool_lock();
	pooled->next = pool.free;
	pool.free = pooled;
	pool_unlock();
}

static bool pool_grow(void)
{
	size_t bytes = POOL_CHUNK * sizeof(struct pooled);
	struct pooled *chunk = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (chunk == MAP_FAILED)
		return false;
	for (int i = 0; i < POOL_CHUNK; i++)
		pool_give(&chunk[i]);
	return true;
}

static struct connection *pool_take(void)
{
	for (;;) {
		pool_lock();
		struct pooled *pooled = pool.free;
		if (pooled != NULL)
			pool.free = pooled->next;
		pool_unlock();
		if (pooled != NULL)
			return &pooled->connection;
		if (!pool_grow())
			return NULL;
	}
}

/* --- local? ------------------------------------------------------------------------------ */

/* IPv4 addresses in IPv6 ones are what they stand for. */
static struct in6_addr plain_address(const struct sockaddr_storage *address)
{
	struct in6_addr plain = {0};
	if (address->ss_family == AF_INET6)
		return ((const struct sockaddr_in6 *)address)->sin6_addr;
	plain.s6_addr[10] = plain.s6_addr[11] = 0xff;
	memcpy(&plain.s6_addr[12], &((const struct sockaddr_in *)address)->sin_addr, 4);
	return plain;
}

static bool is_loopback(const struct in6_addr *address)
{
	if (IN6_IS_ADDR_V4MAPPED(address))
		return address->s6_addr[12] == 127;
	return IN6_IS_ADDR_LOOPBACK(address);
}

static bool is_inet(const struct sockaddr_storage *address)
{
	return address->ss_family == AF_INET || address->ss_family == AF_INET6;
}

static uint32_t hash_of(const struct in6_addr *address, const struct sockaddr_storage *whole)
{
	uint64_t halves[2];
	/* At the same place in both families. */
	uint64_t port = ((const struct sockaddr_in *)whole)->sin_port;
	memcpy(halves, address, sizeof halves);
	uint64_t hash = (halves[0] ^ halves[1] << 1 ^ port) * UINT64_C(0x9e3779b97f4a7c15);
	return (uint32_t)(hash >> 32);
}

/* *peer is a hash of the other side's address. */
static bool is_local_tcp(int fd, uint32_t *peer)
{
	int protocol = 0;
	socklen_t length = sizeof protocol;
	struct sockaddr_storage here, there;
	socklen_t here_bytes = sizeof here, there_bytes = sizeof there;
	if (raw_getsockname(fd, (struct sockaddr *)&here, &here_bytes) < 0 || !is_inet(&here) ||
	    raw_getpeername(fd, (struct sockaddr *)&there, &there_bytes) < 0 || !is_inet(&there))
		return false;
	struct in6_addr from = plain_address(&here);
	struct in6_addr to = plain_address(&there);
	if (!IN6_ARE_ADDR_EQUAL(&from, &to) && !(is_loopback(&from) && is_loopback(&to)))
		return false;
	*peer = hash_of(&to, &there);
	return raw_getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &length) == 0 &&
	       protocol == IPPROTO_TCP;
}

/* --- from birth to death ------------------------------------------------------------------- */

static void note_socket_state(struct connection *connection, int fd)
{
	struct record *record = connection->record;
	int flags = raw_fcntl(fd, F_GETFL, 0);
	atomic_store(&record->nonblocking, flags >= 0 && (flags & O_NONBLOCK) ? 1 : 0);
	static const int names[] = {SO_RCVTIMEO, SO_SNDTIMEO};
	_Atomic uint64_t *times[] = {&record->rcvtimeo_ns, &record->sndtimeo_ns};
	for (int i = 0; i < 2; i++) {
		struct timeval time = {0};
		socklen_t length = sizeof time;
		if (raw_getsockopt(fd, SOL_SOCKET, names[i], &time, &length) == 0)
			atomic_store(times[i], (uint64_t)time.tv_sec * 1000000000u +
						       (uint64_t)time.tv_usec * 1000u);
	}
}

const char *connection_obstacle(int fd)
{
	static const int stamps[] = {SO_TIMESTAMP, SO_TIMESTAMPNS, SO_TIMESTAMPING};
	int value = 0;
	socklen_t length = sizeof value;
	if (raw_getsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &value, &length) == 0 && value > 1)
		return "SO_RCVLOWAT";
	for (int i = 0; i < 3; i++) {
		length = sizeof value;
		value = 0;
		if (raw_getsockopt(fd, SOL_SOCKET, stamps[i], &value, &length) == 0 && value != 0)
			return "time stamps";
	}
	int flags = raw_fcntl(fd, F_GETFL, 0);
	return flags >= 0 && (flags & O_ASYNC) ? "SIGIO" : NULL;
}

struct connection *connection_new(int fd, enum side side)
{
	static _Atomic uint64_t identities;
	uint32_t peer;
	if (!is_local_tcp(fd, &peer))
		return NULL;
	struct record *record = record_take();
	struct connection *connection = record == NULL ? NULL : pool_take();
	if (connection == NULL) {
		if (record != NULL)
			record_give_back(record);
		return NULL;
	}
	/* Not the references: a reader that is late may still look at them. */
	memset((char *)connection + sizeof connection->references, 0,
	       sizeof *connection - sizeof connection->references);
	connection->side = side;
	connection->destination = peer;
	connection->born_ns = clock_ns();
	connection->record = record;
	connection->rendezvous = connection->offer = -1;
	connection->stand_in = -1;
	atomic_store_explicit(&connection->spin_ns, config.spin_ns, memory_order_relaxed);
	connection->identity = atomic_fetch_add(&identities, 1) + 1;
	note_socket_state(connection, fd);
	record_sign(record);
	/* release: whoever gets a reference sees the rest. */
	atomic_store_explicit(&connection->references, 1, memory_order_release);
	return connection;
}

void connection_reference(struct connection *connection)
{
	/* relaxed: who calls has one already. */
	atomic_fetch_add_explicit(&connection->references, 1, memory_order_relaxed);
}

/* Bytes may have been moved, but the two sides never found each other. */
static void count_short(const struct connection *connection)
{
	uint32_t stage = atomic_load_explicit(&connection->stage, memory_order_relaxed);
	if (stage != STAGE_MAPPED && stage != STAGE_PLAIN &&
	    (connection->operations > 0 || atomic_load(&connection->record->holders) <= 1))
		stats_passed("too short");
	if (stage == STAGE_FRESH)
		connection_unmet(connection);
}

static void destroy(struct connection *connection)
{
	if (!flag(&connection->let_go))
		count_short(connection);
	if (connection->opened)
		connection->transport->close(connection);
	if (connection->mapping.segment != NULL)
		segment_release(&connection->mapping);
	own_close(connection->rendezvous);
	own_close(connection->offer);
	stats_add(connection);
	if (!flag(&connection->let_go)) {
		record_strike(connection->record);
		record_give_back(connection->record);
	}
	pool_give((struct pooled *)connection);
}

void connection_release(struct connection *connection)
{
	/* acq_rel: the last one sees what all others did. */
	if (atomic_fetch_sub_explicit(&connection->references, 1, memory_order_acq_rel) == 1)
		destroy(connection);
}

/* --- forks ---------------------------------------------------------------------------------- */

void connection_will_fork(struct connection *connection)
{
	/* In turn: an upgrade is either done, and inherited, or is not begun. */
	bool taken = turn_take(&connection->record->out.turn);
	atomic_fetch_add(&connection->record->holders, 1);
	if (taken)
		turn_pass(&connection->record->out.turn);
}

/* Whether this close is the last one of all who share the connection. Should two
 * close at once, none is: then the kernel's end of the connection has to do. */
static bool is_last_close(struct connection *connection)
{
	return !atomic_exchange(&connection->closed, 1) &&
	       record_living_holders(connection->record) == 1;
}

void connection_did_not_fork(struct connection *connection)
{
	atomic_fetch_sub(&connection->record->holders, 1);
}

void connection_exit(struct connection *connection)
{
	uint32_t holders = atomic_load(&connection->record->holders);
	/* First: whoever strikes the name out counts it down. */
	record_strike(connection->record);
	/* The last one's hold is given back with the record, by destroy(). */
	while (holders > 1)
		if (atomic_compare_exchange_weak(&connection->record->holders, &holders,
						 holders - 1)) {
			atomic_store(&connection->let_go, 1);
			return;
		}
}

void connection_hold_again(struct connection *connection)
{
	if (!atomic_exchange(&connection->let_go, 0))
		return;
	atomic_fetch_add(&connection->record->holders, 1);
	record_sign(connection->record);
}

void connection_forked(struct connection *connection)
{
	record_sign(connection->record);
	/* What the parent has moved, the parent tells. */
	connection_told(connection);
}

void connection_told(struct connection *connection)
{
	atomic_store(&connection->ring_sent, 0);
	atomic_store(&connection->ring_received, 0);
	atomic_store(&connection->kernel_sent, 0);
	atomic_store(&connection->kernel_received, 0);
	atomic_store(&connection->wakeups_sent, 0);
}

/* --- the end ---------------------------------------------------------------------------------- */

static void reset_at_close(int fd)
{
	struct linger now = {.l_onoff = 1, .l_linger = 0};
	raw_setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

/*
 * TCP resets a connection that is closed with unread data in it. The system does it for
 * what it has itself, of which bells are none.
 */
static void reset_if_unread(struct connection *connection, int fd)
{
	struct progress *in = &connection->record->in;
	struct iovec nothing = {0};
	struct cursor cursor;
	if (!turn_take(&in->turn))
		return;
	/* Takes in how far the producer has come; hears bells where the ring is empty. */
	cursor_open(&cursor, &nothing, 1);
	receive_step(connection, fd, &cursor, MSG_PEEK);
	enum phase phase = phase_of(in);
	if (phase == PHASE_BEFORE_RING || phase == PHASE_FROZEN ||
	    (phase == PHASE_RING && unread_in_ring(connection) != 0))
		reset_at_close(fd);
	turn_pass(&in->turn);
}

static bool resets_at_close(int fd)
{
	struct linger linger = {0};
	socklen_t length = sizeof linger;
	return raw_getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &length) == 0 && linger.l_onoff &&
	       linger.l_linger == 0;
}

static void say_finished(struct connection *connection, int fd)
{
	/* release: what was sent is there before its end. */
	atomic_store_explicit(&connection->out->finished, 1, memory_order_release);
	wake_data(connection, fd);
}

void connection_close(struct connection *connection, int fd)
{
	int error = errno;
	if (is_last_close(connection) && lanes_live(connection)) {
		look_for_retreat(connection, fd);
		/* release: nothing is taken any more. Before the last bells are heard, so that
		 * few can follow. */
		atomic_store_explicit(&connection->in->closed, 1, memory_order_release);
		reset_if_unread(connection, fd);
		/* A reset isn't an end in order: the kernel's word is all there is of it. */
		if (resets_at_close(fd))
			atomic_store_explicit(&connection->out->aborted, 1, memory_order_release);
		else
			say_finished(connection, fd);
		wake_room(connection, fd);
	}
	errno = error;
}

int connection_shutdown(struct connection *connection, int fd, int how)
{
	struct record *record = connection->record;
	bool out = how == SHUT_WR || how == SHUT_RDWR;
	bool in = how == SHUT_RD || how == SHUT_RDWR;
	if (out && turn_take(&record->out.turn)) {
		atomic_store(&record->shut_out, 1);
		bool live = lanes_live(connection);
		if (live)
			answer_retreat(connection, fd);
		turn_pass(&record->out.turn);
		if (live)
			say_finished(connection, fd);
	}
	int result = raw_shutdown(fd, how);
	if (in && result == 0)
		atomic_store(&record->shut_in, 1);
	return result;
}
