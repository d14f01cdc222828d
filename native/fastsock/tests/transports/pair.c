/* Set-up, and the least that is needed around the hooks: room, data, sleeping. */
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "own.h"
#include "pair.h"
#include "waiting.h"

#define SLICE_NS UINT64_C(200000000)

unsigned lost_wakeups;

/* Nobody here closes what isn't his. */
int own_descriptor(int fd)
{
	return fd;
}

void disown_descriptor(int fd)
{
	(void)fd;
}

void pair_make(struct pair *pair, const struct transport *transport)
{
	int fd;
	*pair = (struct pair){.transport = transport};
	CHECK(segment_create(&pair->mapping, RING_BYTES_DEFAULT, transport->number, &fd) == 0);
	close(fd);
	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair->sockets) == 0);
}

static void pass(int socket, const int *fds, int count)
{
	char byte = (char)count, control[CMSG_SPACE(sizeof(int))] = {0};
	struct iovec data = {&byte, 1};
	struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
	if (count > 0) {
		message.msg_control = control;
		message.msg_controllen = sizeof control;
		struct cmsghdr *header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(header), fds, sizeof(int));
	}
	ssize_t sent;
	while ((sent = sendmsg(socket, &message, MSG_NOSIGNAL)) < 0 && errno == EINTR)
		;
	CHECK(sent == 1);
}

static int hear(int socket, int *fds)
{
	char byte, control[CMSG_SPACE(sizeof(int))];
	struct iovec data = {&byte, 1};
	struct msghdr message = {.msg_iov = &data,
				 .msg_iovlen = 1,
				 .msg_control = control,
				 .msg_controllen = sizeof control};
	ssize_t got;
	while ((got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR)
		;
	CHECK(got == 1);
	if (byte > 0)
		memcpy(fds, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(int));
	return byte;
}

void end_open(struct end *end, struct pair *pair, enum side side)
{
	enum side other = side == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT;
	int fds[TRANSPORT_DESCRIPTORS];
	struct connection *connection = &end->connection;
	memset(end, 0, sizeof *end);
	close(pair->sockets[other]);
	end->socket = pair->sockets[side];
	connection->side = side;
	connection->transport = pair->transport;
	connection->mapping = pair->mapping;
	connection->out = &pair->mapping.segment->lanes[side];
	connection->in = &pair->mapping.segment->lanes[other];
	connection->out_ring = pair->mapping.rings[side];
	connection->in_ring = pair->mapping.rings[other];
	/* Shared with this process's children, as records are. */
	connection->record = mmap(NULL, sizeof(struct record), PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(connection->record != MAP_FAILED);
	int count = pair->transport->open(connection, fds);
	CHECK(count >= 0);
	pass(end->socket, fds, count);
	count = hear(end->socket, fds);
	CHECK(pair->transport->attach(connection, fds, count) == 0);
}

void end_close(struct end *end)
{
	end->connection.transport->close(&end->connection);
	munmap(end->connection.record, sizeof(struct record));
	close(end->socket);
}

bool end_is_alone(const struct end *end)
{
	struct pollfd poller = {.fd = end->socket};
	return poll(&poller, 1, 0) == 1 && (poller.revents & POLLHUP);
}

static uint32_t take_mark(_Atomic uint32_t *awaited)
{
	atomic_thread_fence(memory_order_seq_cst);
	return atomic_load(awaited) == 0 ? 0 : atomic_exchange(awaited, 0);
}

static void wake(struct connection *connection, struct lane *lane, _Atomic uint32_t *awaited,
		 _Atomic uint32_t *signal)
{
	if (take_mark(awaited) & SLEEPS_FUTEX)
		connection->transport->wake(connection, lane, signal);
}

static uint64_t room_of(const struct connection *connection)
{
	uint64_t unread = atomic_load(&connection->record->out.position) -
			  atomic_load(&connection->out->head);
	CHECK(unread <= connection->mapping.ring_bytes);
	return connection->mapping.ring_bytes - unread;
}

static uint64_t unread_of(const struct connection *connection)
{
	uint64_t unread = atomic_load(&connection->in->tail) -
			  atomic_load(&connection->record->in.position);
	CHECK(unread <= connection->mapping.ring_bytes);
	return unread;
}

/* Looks for a while, then sleeps once. */
static void await(const struct connection *connection, uint64_t (*look)(const struct connection *),
		  _Atomic uint32_t *awaited, _Atomic uint32_t *signal)
{
	uint64_t end_ns = clock_ns() + SPIN_MOST_NS;
	do {
		if (look(connection) > 0)
			return;
		cpu_relax();
	} while (clock_ns() < end_ns);
	uint32_t seen = atomic_load(signal);
	atomic_fetch_or(awaited, SLEEPS_FUTEX);
	if (look(connection) > 0)
		return;
	if (futex_wait(signal, seen, SLICE_NS) == 0 || errno != ETIMEDOUT || look(connection) == 0)
		return;
	/* Published a moment ago, by one who was about to wake? Then he does, if late. */
	if (futex_wait(signal, seen, 10 * SLICE_NS) < 0 && errno == ETIMEDOUT)
		lost_wakeups++;
}

size_t end_send(struct end *end, const unsigned char *data, size_t n)
{
	struct connection *connection = &end->connection;
	struct lane *lane = connection->out;
	size_t done = 0;
	while (done < n) {
		uint64_t room = room_of(connection);
		if (room == 0) {
			if (end_is_alone(end))
				return done;
			await(connection, room_of, &lane->room_awaited, &lane->room_signal);
			continue;
		}
		ssize_t put = connection->transport->put(connection, data + done, n - done,
							 (size_t)room);
		if (put < 0)
			return done;
		done += (size_t)put;
		wake(connection, lane, &lane->data_awaited, &lane->data_signal);
	}
	return done;
}

size_t end_await(struct end *end)
{
	struct connection *connection = &end->connection;
	struct lane *lane = connection->in;
	for (;;) {
		uint64_t unread = unread_of(connection);
		if (unread > 0)
			return (size_t)unread;
		if (end_is_alone(end))
			return (size_t)unread_of(connection);
		await(connection, unread_of, &lane->data_awaited, &lane->data_signal);
	}
}

void end_take(struct end *end, unsigned char *data, size_t n)
{
	struct connection *connection = &end->connection;
	struct lane *lane = connection->in;
	uint32_t size = connection->mapping.ring_bytes;
	uint64_t position = atomic_load(&connection->record->in.position);
	size_t at = (size_t)(position & (size - 1));
	size_t first = n < size - at ? n : size - at;
	memcpy(data, connection->in_ring + at, first);
	memcpy(data + first, connection->in_ring, n - first);
	/* As the library does: relaxed, then release. */
	atomic_store_explicit(&connection->record->in.position, position + n, memory_order_relaxed);
	atomic_store_explicit(&lane->head, position + n, memory_order_release);
	/* A waiting writer is told of every room: more wake-ups than the library makes. */
	wake(connection, lane, &lane->room_awaited, &lane->room_signal);
}
