/* The rendezvous, beside real TCP connections. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rendezvous.h"
#include "unit.h"

struct pair {
	int client, server;
};

/* A connection from an address of one family to a listener of perhaps another. */
static struct pair connected(int listener_family, const char *to)
{
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr *address = listener_family == AF_INET ? (struct sockaddr *)&v4
							      : (struct sockaddr *)&v6;
	socklen_t length = listener_family == AF_INET ? sizeof v4 : sizeof v6;
	/* A mapped address is loopback, too. */
	CHECK(inet_pton(AF_INET6, to, &v6.sin6_addr) == 1);
	int listener = socket(listener_family, SOCK_STREAM, 0);
	CHECK(bind(listener, address, length) == 0 && listen(listener, 1) == 0);
	CHECK(getsockname(listener, address, &length) == 0);
	bool mapped = listener_family == AF_INET6 && strncmp(to, "::ffff:", 7) == 0;
	if (mapped)
		v4.sin_port = v6.sin6_port;
	struct pair pair = {.client = socket(mapped ? AF_INET : listener_family, SOCK_STREAM, 0)};
	CHECK(connect(pair.client, mapped ? (struct sockaddr *)&v4 : address,
		      mapped ? sizeof v4 : length) == 0);
	pair.server = accept(listener, NULL, NULL);
	CHECK(pair.server >= 0);
	close(listener);
	return pair;
}

static bool same_file(int fd, int ends[2], const char *text)
{
	char back[16] = {0};
	return write(ends[1], text, strlen(text)) == (ssize_t)strlen(text) &&
	       read(fd, back, sizeof back) == (ssize_t)strlen(text) && strcmp(back, text) == 0;
}

static bool ours(int fd)
{
	return fd >= 256 && (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0;
}

static void whole(int family, const char *to)
{
	struct pair pair = connected(family, to);
	struct arrival offer, answer;
	int segment[2], other[2];
	CHECK(pipe(segment) == 0 && pipe(other) == 0);
	CHECK(rendezvous_meet(pair.client) < 0 && errno == ECONNREFUSED);
	int listening = rendezvous_listen(pair.server);
	CHECK(ours(listening));
	CHECK(rendezvous_listen(pair.server) < 0 && errno == EADDRINUSE);
	CHECK(rendezvous_take(listening, &offer) < 0 && errno == EAGAIN);
	int connection = rendezvous_meet(pair.client);
	CHECK(ours(connection));
	CHECK(rendezvous_offer(connection, segment[0], TRANSPORT_DOORS, other, 1) == 0);
	CHECK(rendezvous_hear(connection, &answer) < 0 && errno == EAGAIN);
	CHECK(rendezvous_take(listening, &offer) == 0);
	CHECK(offer.transport == TRANSPORT_DOORS && offer.count == 1 && ours(offer.segment) &&
	      ours(offer.fds[0]) && ours(offer.connection));
	CHECK(same_file(offer.segment, segment, "segment"));
	CHECK(same_file(offer.fds[0], other, "other"));
	CHECK(rendezvous_answer(offer.connection, TRANSPORT_MMAP_SEM, NULL, 0) == 0);
	CHECK(rendezvous_hear(connection, &answer) == 0);
	CHECK(answer.transport == TRANSPORT_MMAP_SEM && answer.count == 0 && answer.segment == -1 &&
	      answer.fds[0] == -1);
	CHECK(rendezvous_hear(connection, &answer) < 0 && errno == ECONNRESET);
}

static void meet_v4(void)
{
	whole(AF_INET, "::");
}

static void meet_v6(void)
{
	whole(AF_INET6, "::1");
}

static void meet_mapped(void)
{
	whole(AF_INET6, "::ffff:127.0.0.1");
}

/* The name, as another program would find it. */
static struct sockaddr_un name_of(int listening, socklen_t *length)
{
	struct sockaddr_un name;
	*length = sizeof name;
	CHECK(getsockname(listening, (struct sockaddr *)&name, length) == 0);
	CHECK(memcmp(name.sun_path, "\0fastsock/2/4/7f000001:", 23) == 0);
	return name;
}

static int stranger(int listening)
{
	socklen_t length;
	struct sockaddr_un name = name_of(listening, &length);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	CHECK(connect(fd, (struct sockaddr *)&name, length) == 0);
	return fd;
}

/* What isn't an offer is refused, and its descriptors don't stay open. */
static void meet_nonsense(void)
{
	for (int kind = 0; kind < 3; kind++) {
		struct pair pair = connected(AF_INET, "::");
		int listening = rendezvous_listen(pair.server);
		int fd = stranger(listening), before = dup(0);
		struct arrival arrival;
		close(before);
		if (kind == 0)
			CHECK(send(fd, "nonsense", 8, 0) == 8);
		else if (kind == 1)
			CHECK(send(fd, &(uint32_t[5]){0x4b534f46, 2, 1, 0, 0}, 20, 0) == 20);
		else
			CHECK(shutdown(fd, SHUT_WR) == 0);
		CHECK(rendezvous_take(listening, &arrival) < 0);
		CHECK(errno == (kind == 2 ? ECONNRESET : EPROTO));
		int after = dup(0);
		CHECK(after == before);
		close(after);
		close(fd);
		close(listening);
	}
}

static void send_many(int fd, int count)
{
	uint32_t words[5] = {0x4b534f46, 2, 1, 0, 1};
	struct iovec piece = {words, sizeof words};
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(64 * sizeof(int))];
	} control = {.bytes = {0}};
	struct msghdr message = {.msg_iov = &piece,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = CMSG_SPACE((size_t)count * sizeof(int))};
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
	for (int i = 0; i < count; i++)
		((int *)CMSG_DATA(&control.header))[i] = fd;
	CHECK(sendmsg(fd, &message, 0) == sizeof words);
}

static int open_descriptors(void)
{
	int n = 0;
	for (int fd = 0; fd < 65536; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void meet_excess(void)
{
	const int counts[] = {1, 3, 4, 5, 60};
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		struct pair pair = connected(AF_INET, "::");
		int listening = rendezvous_listen(pair.server), fd = stranger(listening);
		struct arrival arrival;
		int before = open_descriptors();
		send_many(fd, counts[i]);
		CHECK(rendezvous_take(listening, &arrival) < 0 && errno == EPROTO);
		CHECK(open_descriptors() == before);
		close(fd);
		close(listening);
	}
}

/* The message comes a little after the connection. */
static void meet_late(void)
{
	struct pair pair = connected(AF_INET, "::");
	int listening = rendezvous_listen(pair.server), fd = stranger(listening);
	struct arrival arrival;
	CHECK(rendezvous_take(listening, &arrival) < 0 && errno == EAGAIN);
	CHECK(rendezvous_take(listening, &arrival) < 0 && errno == EAGAIN);
	send_many(fd, 2);
	CHECK(rendezvous_take(listening, &arrival) == 0);
	CHECK(arrival.count == 1 && ours(arrival.connection) && arrival.connection != listening);
	close(listening);
	CHECK(rendezvous_answer(arrival.connection, 0, NULL, 0) == 0);
	char text[64];
	CHECK(recv(fd, text, sizeof text, 0) == 20);
}

/* Another user's process is turned away, and doesn't turn away the right one. */
static void meet_stranger(void)
{
	if (geteuid() != 0)
		exit(77);
	struct pair pair = connected(AF_INET, "::");
	int listening = rendezvous_listen(pair.server), status;
	struct arrival arrival;
	pid_t pid = fork();
	if (pid == 0) {
		CHECK(setuid(65534) == 0);
		errno = 0;
		CHECK(rendezvous_meet(pair.client) < 0 && errno == EACCES);
		int fd = stranger(listening);
		send_many(fd, 2);
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	int connection = rendezvous_meet(pair.client);
	CHECK(connection >= 0 && rendezvous_offer(connection, 0, 0, NULL, 0) == 0);
	CHECK(rendezvous_take(listening, &arrival) == 0 && arrival.count == 0);
}

const struct unit_case meeting_cases[] = {
	{"rendezvous-v4", meet_v4},
	{"rendezvous-v6", meet_v6},
	{"rendezvous-mapped", meet_mapped},
	{"rendezvous-nonsense", meet_nonsense},
	{"rendezvous-excess", meet_excess},
	{"rendezvous-late", meet_late},
	{"rendezvous-stranger", meet_stranger},
	{NULL, NULL},
};
