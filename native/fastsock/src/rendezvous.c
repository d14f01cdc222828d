/* Offers and answers: one message each, over an abstract UNIX socket per connection. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "real.h"
#include "rendezvous.h"

#define NAME_PREFIX "fastsock/2/"

/* Other users may connect, too. Not all of them are turned away in one call. */
enum { BACKLOG = 4, TURNED_AWAY_MOST = 8 };

#define MESSAGE_MAGIC UINT32_C(0x4b534f46)

enum kind { KIND_OFFER = 1, KIND_ANSWER };

struct message {
	uint32_t magic;
	uint32_t version;
	uint32_t kind;
	uint32_t transport;
	uint32_t count; /* descriptors of the transport */
};

enum { VERSION = 2, DESCRIPTORS_MOST = 1 + TRANSPORT_DESCRIPTORS };

/* Room for descriptors; what the alignment leaves over may bring more. */
union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int) * DESCRIPTORS_MOST)];
};
enum { RECEIVED_MOST = sizeof(union control) / sizeof(int) };

static int fail(int fd, int error)
{
	if (fd >= 0)
		raw_close(fd);
	errno = error;
	return -1;
}

/* --- names ------------------------------------------------------------------------ */

/* An address as its significant bytes, so that both sides write the same. */
struct point {
	unsigned char address[16];
	size_t bytes; /* 4 or 16 */
	unsigned port;
};

static int point_of(const struct sockaddr_storage *from, struct point *point)
{
	const struct sockaddr_in *v4 = (const void *)from;
	const struct sockaddr_in6 *v6 = (const void *)from;
	const unsigned char *address = v6->sin6_addr.s6_addr;
	if (from->ss_family == AF_INET) {
		*point = (struct point){.bytes = 4, .port = ntohs(v4->sin_port)};
		memcpy(point->address, &v4->sin_addr, 4);
		return 0;
	}
	if (from->ss_family != AF_INET6) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	point->bytes = IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr) ? 4 : 16;
	point->port = ntohs(v6->sin6_port);
	memcpy(point->address, address + 16 - point->bytes, point->bytes);
	return 0;
}

static int points_of(int fd, struct point *local, struct point *remote)
{
	struct sockaddr_storage address;
	socklen_t length = sizeof address;
	if (raw_getsockname(fd, (struct sockaddr *)&address, &length) < 0 ||
	    point_of(&address, local) < 0)
		return -1;
	length = sizeof address;
	if (raw_getpeername(fd, (struct sockaddr *)&address, &length) < 0)
		return -1;
	return point_of(&address, remote);
}

static char *write_point(char *at, const char *end, const struct point *point)
{
	for (size_t i = 0; i < point->bytes; i++)
		at += snprintf(at, (size_t)(end - at), "%02x", point->address[i]);
	return at + snprintf(at, (size_t)(end - at), ":%u", point->port);
}

/* Where the sides of the TCP connection `fd` meet: the server's end is named first. */
static int name_of(int fd, bool server, struct sockaddr_un *name, socklen_t *length)
{
	struct point local, remote;
	if (points_of(fd, &local, &remote) < 0)
		return -1;
	const struct point *first = server ? &local : &remote;
	const struct point *second = server ? &remote : &local;
	*name = (struct sockaddr_un){.sun_family = AF_UNIX};
	const char *end = name->sun_path + sizeof name->sun_path;
	char *at = name->sun_path + 1;
	at += snprintf(at, (size_t)(end - at), NAME_PREFIX "%c/", first->bytes == 4 ? '4' : '6');
	at = write_point(at, end, first);
	*at++ = '/';
	at = write_point(at, end, second);
	*length = (socklen_t)(at - (char *)name);
	return 0;
}

/* --- messages --------------------------------------------------------------------- */

static int unix_socket(void)
{
	return move_high(raw_socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

/* The kernel's word, of when the other side connected, or listened. */
static bool same_user(int fd)
{
	struct ucred peer;
	socklen_t length = sizeof peer;
	return raw_getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 &&
	       length == sizeof peer && peer.uid == (uid_t)raw_syscall(SYS_geteuid);
}

static int send_message(int fd, struct message message, const int *fds, int count)
{
	struct iovec piece = {&message, sizeof message};
	union control control = {.bytes = {0}};
	struct msghdr header = {.msg_iov = &piece, .msg_iovlen = 1};
	if (count > 0) {
		size_t bytes = sizeof(int) * (size_t)count;
		header.msg_control = control.bytes;
		header.msg_controllen = CMSG_SPACE(bytes);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(bytes);
		memcpy(CMSG_DATA(&control.header), fds, bytes);
	}
	return raw_sendmsg(fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -1 : 0;
}

/* All descriptors that came, out of the program's way. Returns their number. */
static int take_descriptors(struct msghdr *header, int fds[RECEIVED_MOST])
{
	int count = 0;
	for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part != NULL;
	     part = CMSG_NXTHDR(header, part)) {
		if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
			continue;
		size_t n = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n && count < RECEIVED_MOST; i++) {
			memcpy(&fds[count], CMSG_DATA(part) + i * sizeof(int), sizeof(int));
			fds[count] = move_high(fds[count]);
			count++;
		}
	}
	return count;
}

static bool valid(const struct message *message, enum kind kind, int received)
{
	uint32_t count = message->count;
	return message->magic == MESSAGE_MAGIC && message->version == VERSION &&
	       message->kind == (uint32_t)kind && message->transport < TRANSPORTS &&
	       count <= TRANSPORT_DESCRIPTORS &&
	       (uint32_t)received == count + (kind == KIND_OFFER ? 1 : 0);
}

static int receive_message(int fd, enum kind kind, struct arrival *arrival)
{
	struct message message = {0};
	struct iovec piece = {&message, sizeof message};
	union control control;
	struct msghdr header = {.msg_iov = &piece,
				.msg_iovlen = 1,
				.msg_control = control.bytes,
				.msg_controllen = sizeof control.bytes};
	int fds[RECEIVED_MOST];
	ssize_t n = raw_recvmsg(fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n < 0)
		return -1;
	int received = take_descriptors(&header, fds);
	if (n != sizeof message || (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 ||
	    !valid(&message, kind, received)) {
		while (received > 0)
			raw_close(fds[--received]);
		errno = n == 0 ? ECONNRESET : EPROTO;
		return -1;
	}
	int others = kind == KIND_OFFER ? 1 : 0;
	*arrival = (struct arrival){.transport = message.transport,
				    .segment = others == 1 ? fds[0] : -1,
				    .count = received - others,
				    .connection = -1};
	for (int i = 0; i < TRANSPORT_DESCRIPTORS; i++)
		arrival->fds[i] = i < arrival->count ? fds[others + i] : -1;
	return 0;
}

/* --- server ----------------------------------------------------------------------- */

int rendezvous_listen(int fd)
{
	struct sockaddr_un name;
	socklen_t length;
	if (name_of(fd, true, &name, &length) < 0)
		return -1;
	int listening = unix_socket();
	if (listening < 0)
		return -1;
	if (raw_bind(listening, (struct sockaddr *)&name, length) < 0 ||
	    raw_listen(listening, BACKLOG) < 0)
		return fail(listening, errno);
	return listening;
}

/* A descriptor of its own for a connection that took the listener's number. */
static int take_waiting(int waiting, struct arrival *arrival)
{
	if (receive_message(waiting, KIND_OFFER, arrival) < 0)
		return -1;
	arrival->connection = raw_fcntl(waiting, F_DUPFD_CLOEXEC, waiting);
	if (arrival->connection >= 0)
		return 0;
	int error = errno;
	raw_close(arrival->segment);
	for (int i = 0; i < arrival->count; i++)
		raw_close(arrival->fds[i]);
	errno = error;
	return -1;
}

int rendezvous_take(int listening, struct arrival *arrival)
{
	for (int i = 0; i < TURNED_AWAY_MOST; i++) {
		int fd = raw_accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0 && errno == EINVAL) /* it listens no more: see below */
			return take_waiting(listening, arrival);
		if (fd < 0)
			return -1;
		if (!same_user(fd)) {
			raw_close(fd);
			continue;
		}
		if (receive_message(fd, KIND_OFFER, arrival) == 0) {
			arrival->connection = move_high(fd);
			return 0;
		}
		/* Between the client's connect and its message: there is one client only,
		 * so from here on its connection stands where the listener was. */
		if (errno == EAGAIN && raw_syscall(SYS_dup3, fd, listening, O_CLOEXEC) >= 0)
			return fail(fd, EAGAIN);
		return fail(fd, errno);
	}
	errno = EAGAIN;
	return -1;
}

int rendezvous_answer(int connection, uint32_t transport, const int *fds, int count)
{
	struct message message = {MESSAGE_MAGIC, VERSION, KIND_ANSWER, transport, (uint32_t)count};
	int result = -1;
	if (count < 0 || count > TRANSPORT_DESCRIPTORS)
		errno = EINVAL;
	else
		result = send_message(connection, message, fds, count);
	int error = errno;
	raw_close(connection);
	errno = error;
	return result;
}

/* --- client ----------------------------------------------------------------------- */

int rendezvous_meet(int fd)
{
	struct sockaddr_un name;
	socklen_t length;
	if (name_of(fd, false, &name, &length) < 0)
		return -1;
	int connection = unix_socket();
	if (connection < 0)
		return -1;
	if (raw_connect(connection, (struct sockaddr *)&name, length) < 0)
		return fail(connection, errno);
	return same_user(connection) ? connection : fail(connection, EACCES);
}

int rendezvous_offer(int connection, int segment, uint32_t transport, const int *fds, int count)
{
	struct message message = {MESSAGE_MAGIC, VERSION, KIND_OFFER, transport, (uint32_t)count};
	int all[DESCRIPTORS_MOST] = {segment};
	if (count < 0 || count > TRANSPORT_DESCRIPTORS) {
		errno = EINVAL;
		return -1;
	}
	for (int i = 0; i < count; i++)
		all[1 + i] = fds[i];
	return send_message(connection, message, all, 1 + count);
}

int rendezvous_hear(int connection, struct arrival *arrival)
{
	return receive_message(connection, KIND_ANSWER, arrival);
}
