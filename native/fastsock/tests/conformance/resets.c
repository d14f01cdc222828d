/* Ends out of order: resets and broken pipes. */
#include "check.h"

static int error_of(int fd)
{
	int error = -1;
	socklen_t length = sizeof error;
	CHECK_IS(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length), 0);
	return error;
}

static void close_unread(int fd)
{
	await_step(1);
	WAIT_FOR(unread(fd) == 100);
	CHECK_IS(close(fd), 0);
	step(1);
	await_end();
}

static void exit_unread(int fd)
{
	await_step(1);
	WAIT_FOR(unread(fd) == 100);
	_exit(0);
}

static void die_unread(int fd)
{
	await_step(1);
	WAIT_FOR(unread(fd) == 100);
	kill(getpid(), SIGKILL);
}

static void receive_reset(int fd)
{
	char byte;
	count_signals(SIGPIPE, 0);
	send_pattern(fd, 0, 100);
	step(1);
	CHECK_FAILS(recv(fd, &byte, 1, 0), ECONNRESET);
	CHECK_IS(recv(fd, &byte, 1, 0), 0);
	CHECK_FAILS(send(fd, "x", 1, MSG_NOSIGNAL), EPIPE);
	CHECK_IS(signals_counted, 0);
	CHECK_FAILS(write(fd, "x", 1), EPIPE);
	CHECK_IS(signals_counted, 1);
	CHECK_FAILS(shutdown(fd, SHUT_WR), ENOTCONN);
}

static void poll_reset(int fd)
{
	char byte;
	struct pollfd poller = {.fd = fd, .events = POLLIN};
	send_pattern(fd, 0, 100);
	step(1);
	CHECK_IS(poll(&poller, 1, PATIENCE_MS), 1);
	CHECK_IS(poller.revents, POLLIN | POLLERR | POLLHUP);
	CHECK_IS(error_of(fd), ECONNRESET);
	CHECK_IS(error_of(fd), 0);
	CHECK_IS(recv(fd, &byte, 1, 0), 0);
}

static void send_to_reset(int fd)
{
	send_pattern(fd, 0, 100);
	step(1);
	await_step(1);
	WAIT_FOR(error_of(fd) == ECONNRESET);
	CHECK_FAILS(send(fd, "x", 1, MSG_NOSIGNAL), EPIPE);
}

/* What came before the reset can still be read. */
static void send_then_reset(int fd)
{
	await_step(1);
	WAIT_FOR(unread(fd) == 100);
	send_pattern(fd, 0, 50);
	close(fd);
	step(1);
	await_end();
}

static void read_then_reset(int fd)
{
	char data[100];
	send_pattern(fd, 0, 100);
	step(1);
	await_step(1);
	sleep_ms(5);
	CHECK_IS(recv(fd, data, 100, 0), 50);
	CHECK(holds(data, 0, 50));
	CHECK_FAILS(recv(fd, data, 1, 0), ECONNRESET);
	CHECK_IS(recv(fd, data, 1, 0), 0);
}

static void abort_by_linger(int fd)
{
	struct linger linger = {1, 0};
	await_step(1);
	CHECK_IS(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger), 0);
	CHECK_IS(close(fd), 0);
	step(1);
	await_end();
}

static void see_abort(int fd)
{
	char byte;
	step(1);
	CHECK_FAILS(recv(fd, &byte, 1, 0), ECONNRESET);
	CHECK_IS(recv(fd, &byte, 1, 0), 0);
}

static void abort_by_exit(int fd)
{
	struct linger linger = {1, 0};
	await_step(1);
	CHECK_IS(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger), 0);
}

/* --- writing to one who has closed --- */

static void close_read(int fd)
{
	close(fd);
	step(1);
	await_end();
}

static void exit_read(int fd)
{
	(void)fd;
}

static void write_to_closed(int fd)
{
	ssize_t sent;
	count_signals(SIGPIPE, 0);
	expect_end(fd);
	/* The first is answered by a reset, a moment later. */
	uint64_t began = now_ms();
	while ((sent = send(fd, "x", 1, 0)) == 1) {
		sleep_ms(1);
		CHECK(now_ms() - began < 2000);
	}
	CHECK_IS(sent, -1);
	CHECK_IS(errno, EPIPE);
	CHECK_IS(signals_counted, 1);
	CHECK_FAILS(send(fd, "x", 1, MSG_NOSIGNAL), EPIPE);
	CHECK_IS(signals_counted, 1);
	signal(SIGPIPE, SIG_IGN);
	CHECK_FAILS(write(fd, "x", 1), EPIPE);
	char byte;
	CHECK_IS(recv(fd, &byte, 1, 0), 0);
}

/* The default action, in a child. */
static void killed_by_pipe(int fd)
{
	expect_end(fd);
	pid_t child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		uint64_t began = now_ms();
		while (now_ms() - began < 2000 && write(fd, "x", 1) >= 0)
			sleep_ms(1);
		_exit(1);
	}
	int status;
	CHECK_IS(waitpid(child, &status, 0), child);
	CHECK(WIFSIGNALED(status));
	CHECK_IS(WTERMSIG(status), SIGPIPE);
}

/* --- the other side goes while this one waits for room --- */

static void send_too_much(int fd)
{
	static char data[16 << 20];
	ssize_t sent;
	signal(SIGPIPE, SIG_IGN);
	step(1);
	sent = send(fd, data, sizeof data, 0);
	CHECK(sent < (ssize_t)sizeof data);
	CHECK(sent > 0 || errno == ECONNRESET || errno == EPIPE);
	if (sent > 0) {
		sent = send(fd, data, 1, 0);
		CHECK_IS(sent, -1);
		CHECK(errno == ECONNRESET || errno == EPIPE);
	}
	CHECK_FAILS(send(fd, data, 1, 0), EPIPE);
}

static void close_on_sender(int fd)
{
	await_step(1);
	sleep_ms(30);
	close(fd);
	await_end();
}

static void die_on_sender(int fd)
{
	(void)fd;
	await_step(1);
	sleep_ms(30);
	kill(getpid(), SIGKILL);
}

const struct test reset_tests[] = {
	{"close-unread", close_unread, receive_reset, 0},
	{"exit-unread", exit_unread, receive_reset, 0},
	{"death-unread", die_unread, receive_reset, LEFT_DIES},
	{"poll", close_unread, poll_reset, 0},
	{"send", close_unread, send_to_reset, 0},
	{"data-before", send_then_reset, read_then_reset, 0},
	{"linger-0", abort_by_linger, see_abort, 0},
	{"linger-0-exit", abort_by_exit, see_abort, 0},
	{"broken-pipe", close_read, write_to_closed, 0},
	{"broken-pipe-exit", exit_read, write_to_closed, 0},
	{"sigpipe", close_read, killed_by_pipe, 0},
	{"close-on-sender", close_on_sender, send_too_much, 0},
	{"death-on-sender", die_on_sender, send_too_much, LEFT_DIES},
	{NULL, NULL, NULL, 0},
};
