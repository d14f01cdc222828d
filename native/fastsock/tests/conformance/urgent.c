/* Urgent data: one byte beside the stream, and a mark in it. */
#include "check.h"

static void send_urgent(int fd)
{
	await_step(1);
	send_pattern(fd, 0, 1000);
	CHECK_IS(send(fd, "X", 1, MSG_OOB), 1);
	send_pattern(fd, 1000, 1000);
	step(1);
	await_step(2);
	send_pattern(fd, 2000, 100);
	await_step(3);
}

static int at_mark(int fd)
{
	int answer = -1;
	CHECK_IS(ioctl(fd, SIOCATMARK, &answer), 0);
	return answer;
}

static void await_urgent(int fd)
{
	char byte;
	count_signals(SIGURG, SA_RESTART);
	CHECK_IS(fcntl(fd, F_SETOWN, getpid()), 0);
	CHECK_FAILS(recv(fd, &byte, 1, MSG_OOB), EINVAL);
	step(1);
	await_step(1);
	WAIT_FOR(signals_counted > 0);
}

static void receive_urgent(int fd)
{
	char data[4000];
	await_urgent(fd);
	struct pollfd poller = {.fd = fd, .events = POLLPRI};
	CHECK_IS(poll(&poller, 1, PATIENCE_MS), 1);
	CHECK_IS(poller.revents, POLLPRI);
	CHECK_IS(recv(fd, data, 1, MSG_OOB), 1);
	CHECK_IS(data[0], 'X');
	/* A read stops at the mark, though there is more. */
	size_t done = 0;
	while (!at_mark(fd)) {
		ssize_t got = recv(fd, data + done, sizeof data - done, 0);
		CHECK(got > 0);
		done += (size_t)got;
	}
	CHECK_IS(done, 1000);
	CHECK(holds(data, 0, 1000));
	receive_pattern(fd, 1000, 1000);
	CHECK_IS(at_mark(fd), 0);
	step(2);
	receive_pattern(fd, 2000, 100);
	step(3);
	expect_end(fd);
}

static void receive_inline(int fd)
{
	char data[4000];
	int on = 1;
	CHECK_IS(setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &on, sizeof on), 0);
	await_urgent(fd);
	CHECK_FAILS(recv(fd, data, 1, MSG_OOB), EINVAL);
	for (size_t done = 0; done < 1000;) {
		ssize_t got = recv(fd, data + done, sizeof data - done, 0);
		CHECK(got > 0 && done + (size_t)got <= 1000);
		done += (size_t)got;
	}
	CHECK(holds(data, 0, 1000));
	CHECK_IS(at_mark(fd), 1);
	CHECK_IS(recv(fd, data, 1, 0), 1);
	CHECK_IS(data[0], 'X');
	receive_pattern(fd, 1000, 1000);
	step(2);
	receive_pattern(fd, 2000, 100);
	step(3);
	expect_end(fd);
}

/* A reader that knows nothing of urgent data doesn't see it. */
static void receive_unaware(int fd)
{
	step(1);
	receive_pattern(fd, 0, 2000);
	step(2);
	receive_pattern(fd, 2000, 100);
	step(3);
	expect_end(fd);
}

const struct test urgent_tests[] = {
	{"beside", send_urgent, receive_urgent, 0},
	{"inline", send_urgent, receive_inline, 0},
	{"unaware", send_urgent, receive_unaware, 0},
	{NULL, NULL, NULL, 0},
};
