/* O_NONBLOCK, in all the ways it is set. */
#include "check.h"

static void expect_empty(int fd)
{
	char byte;
	CHECK_FAILS(recv(fd, &byte, 1, 0), EAGAIN);
	CHECK_FAILS(read(fd, &byte, 1), EAGAIN);
	CHECK_FAILS(recv(fd, &byte, 1, MSG_WAITALL), EAGAIN);
	CHECK_FAILS(recv(fd, &byte, 1, MSG_PEEK), EAGAIN);
}

static void by_ioctl(int fd, int on)
{
	CHECK_IS(ioctl(fd, FIONBIO, &on), 0);
}

static void empty(int fd)
{
	nonblocking(fd, true);
	expect_empty(fd);
	nonblocking(fd, false);
	step(1);
	receive_pattern(fd, 0, 10);
	by_ioctl(fd, 1);
	expect_empty(fd);
	CHECK_IS(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	by_ioctl(fd, 0);
	step(2);
	receive_pattern(fd, 10, 10);
	/* Of the open file, so all its descriptors have it. */
	int other = dup(fd);
	nonblocking(other, true);
	expect_empty(fd);
	close(other);
	expect_empty(fd);
	step(3);
	WAIT_FOR(unread(fd) == 10);
	char data[100];
	CHECK_IS(recv(fd, data, sizeof data, MSG_WAITALL), 10);
	expect_empty(fd);
	step(4);
}

static void send_tens(int fd)
{
	for (uint64_t i = 0; i < 3; i++) {
		await_step((uint32_t)i + 1);
		sleep_ms(10);
		send_pattern(fd, i * 10, 10);
	}
	await_step(4);
}

static short ready(int fd, short events, int timeout_ms)
{
	struct pollfd poller = {.fd = fd, .events = events};
	CHECK(poll(&poller, 1, timeout_ms) >= 0);
	return poller.revents;
}

static void full(int fd)
{
	nonblocking(fd, true);
	CHECK_IS(ready(fd, POLLOUT, 0), POLLOUT);
	uint64_t total = send_until_full(fd, 0);
	CHECK(total > 0);
	/* The kernel's limit moves while what was sent is on its way. */
	for (int i = 0; i < 20; i++) {
		sleep_ms(1);
		total += send_until_full(fd, total);
	}
	CHECK_FAILS(write(fd, "x", 1), EAGAIN);
	CHECK_IS(ready(fd, POLLOUT | POLLIN, 0), 0);
	shared->number[0] = total;
	step(1);
	CHECK_IS(ready(fd, POLLOUT, PATIENCE_MS), POLLOUT);
	nonblocking(fd, false);
	send_pattern(fd, total, 300000);
}

static void take_all(int fd)
{
	await_step(1);
	sleep_ms(5);
	receive_pattern(fd, 0, shared->number[0] + 300000);
	expect_end(fd);
}

/* What accept() gives doesn't have the listener's flags, but those asked for. */
static void accept_flags(int listener)
{
	static const int flags[] = {0, SOCK_NONBLOCK, SOCK_CLOEXEC, SOCK_NONBLOCK | SOCK_CLOEXEC};
	nonblocking(listener, true);
	CHECK_FAILS(accept(listener, NULL, NULL), EAGAIN);
	CHECK_FAILS(accept4(listener, NULL, NULL, 12345), EINVAL);
	step(1);
	for (size_t i = 0; i < 4; i++) {
		CHECK_IS(ready(listener, POLLIN, PATIENCE_MS), POLLIN);
		int fd = accept4(listener, NULL, NULL, flags[i]);
		CHECK(fd >= 0);
		CHECK_IS(fcntl(fd, F_GETFL) & O_NONBLOCK,
			 flags[i] & SOCK_NONBLOCK ? O_NONBLOCK : 0);
		CHECK_IS(fcntl(fd, F_GETFD), flags[i] & SOCK_CLOEXEC ? FD_CLOEXEC : 0);
		nonblocking(fd, false);
		warm_up(fd);
		nonblocking(fd, flags[i] & SOCK_NONBLOCK);
		CHECK_IS(fcntl(fd, F_GETFD), flags[i] & SOCK_CLOEXEC ? FD_CLOEXEC : 0);
		if (flags[i] & SOCK_NONBLOCK)
			expect_empty(fd);
		CHECK_IS(ready(fd, POLLIN, PATIENCE_MS), POLLIN);
		receive_pattern(fd, 0, 100);
		close(fd);
	}
}

static void connect_four(int fd)
{
	await_step(1);
	for (int i = 0; i < 4; i++) {
		fd = connect_to_other();
		warm_up(fd);
		sleep_ms(5);
		send_pattern(fd, 0, 100);
		expect_end(fd);
		close(fd);
	}
}

static int error_of(int fd)
{
	int error = -1;
	socklen_t length = sizeof error;
	CHECK_IS(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length), 0);
	return error;
}

static int begin_connect(int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = tcp_socket(AF_INET, SOCK_NONBLOCK | SOCK_CLOEXEC);
	int result = connect(fd, (struct sockaddr *)&address, sizeof address);
	CHECK(result == 0 || errno == EINPROGRESS);
	return fd;
}

static void connect_nonblocking(int fd)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	WAIT_FOR(shared->port != 0);
	fd = begin_connect((int)shared->port);
	CHECK_IS(ready(fd, POLLOUT, PATIENCE_MS), POLLOUT);
	CHECK_IS(error_of(fd), 0);
	address.sin_port = htons((uint16_t)shared->port);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	/* The first tells that it has succeeded, the second that it has been told. */
	int again = connect(fd, (struct sockaddr *)&address, sizeof address);
	CHECK(again == 0 || errno == EISCONN);
	CHECK_FAILS(connect(fd, (struct sockaddr *)&address, sizeof address), EISCONN);
	expect_empty(fd);
	nonblocking(fd, false);
	warm_up(fd);
	receive_pattern(fd, 0, 1000);
	expect_end(fd);
}

static void accept_and_send(int listener)
{
	int fd = accept_one(listener);
	warm_up(fd);
	send_pattern(fd, 0, 1000);
}

static void connect_refused(int fd)
{
	WAIT_FOR(shared->port != 0);
	await_step(1);
	struct sockaddr_in address = {.sin_family = AF_INET};
	address.sin_port = htons((uint16_t)shared->port);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = tcp_socket(AF_INET, 0);
	CHECK_FAILS(send(fd, "x", 1, MSG_NOSIGNAL), EPIPE);
	CHECK_FAILS(recv(fd, &address, 1, 0), ENOTCONN);
	CHECK_FAILS(connect(fd, (struct sockaddr *)&address, sizeof address), ECONNREFUSED);
	close(fd);
	fd = begin_connect((int)shared->port);
	CHECK(ready(fd, POLLOUT, PATIENCE_MS) & POLLERR);
	CHECK_IS(error_of(fd), ECONNREFUSED);
	CHECK_IS(error_of(fd), 0);
	close(fd);
	step(1);
}

static void refuse(int listener)
{
	close(listener);
	step(1);
	await_step(1);
}

const struct test nonblocking_tests[] = {
	{"empty", send_tens, empty, 0},
	{"full", full, take_all, 0},
	{"accept-flags", connect_four, accept_flags, BARE},
	{"connect", connect_nonblocking, accept_and_send, BARE},
	{"refused", connect_refused, refuse, BARE | UNCERTAIN},
	{NULL, NULL, NULL, 0},
};
