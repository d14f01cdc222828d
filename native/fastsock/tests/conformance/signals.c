/* Calls that wait, and signals that come. */
#include "check.h"

#include <setjmp.h>
#include <sys/time.h>

static void send_when_asked(int fd)
{
	await_step(1);
	sleep_ms(60);
	send_pattern(fd, 0, 10);
	await_step(2);
}

static void interrupted(int fd)
{
	char data[10];
	count_signals(SIGALRM, 0);
	alarm_in(15, false);
	CHECK_FAILS(recv(fd, data, 10, 0), EINTR);
	CHECK_IS(signals_counted, 1);
	alarm_in(15, false);
	CHECK_FAILS(read(fd, data, 10), EINTR);
	CHECK_IS(signals_counted, 2);
	step(1);
	receive_pattern(fd, 0, 10);
	step(2);
}

static void restarted(int fd)
{
	count_signals(SIGALRM, SA_RESTART);
	step(1);
	alarm_in(15, true);
	receive_pattern(fd, 0, 10);
	CHECK(signals_counted >= 2);
	alarm_in(0, false);
	step(2);
}

static void ignored(int fd)
{
	signal(SIGALRM, SIG_IGN);
	step(1);
	alarm_in(15, false);
	receive_pattern(fd, 0, 10);
	step(2);
}

/* With a time limit a call isn't started again. */
static void limited(int fd)
{
	char data[10];
	struct timeval limit = {5, 0};
	CHECK_IS(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0);
	count_signals(SIGALRM, SA_RESTART);
	alarm_in(15, false);
	CHECK_FAILS(recv(fd, data, 10, 0), EINTR);
	step(1);
	receive_pattern(fd, 0, 10);
	step(2);
}

static void send_part(int fd)
{
	send_pattern(fd, 0, 30);
	step(1);
	await_step(1);
	send_pattern(fd, 30, 10);
}

/* What came before the signal is returned. */
static void interrupted_in_between(int fd)
{
	char data[100];
	count_signals(SIGALRM, 0);
	await_step(1);
	WAIT_FOR(unread(fd) == 30);
	alarm_in(15, false);
	CHECK_IS(recv(fd, data, 100, MSG_WAITALL), 30);
	CHECK_IS(signals_counted, 1);
	CHECK(holds(data, 0, 30));
	step(1);
	receive_pattern(fd, 30, 10);
	expect_end(fd);
}

static void interrupted_sender(int fd)
{
	static char data[32 << 20];
	count_signals(SIGALRM, 0);
	fill(data, 0, sizeof data);
	alarm_in(30, false);
	ssize_t sent = send(fd, data, sizeof data, 0);
	CHECK(sent > 0 && (size_t)sent < sizeof data);
	CHECK_IS(signals_counted, 1);
	uint64_t total = (uint64_t)sent;
	while ((sent = send(fd, data + total, 1, MSG_DONTWAIT)) == 1)
		total++;
	alarm_in(15, false);
	CHECK_FAILS(send(fd, data + total, 100, 0), EINTR);
	CHECK_IS(signals_counted, 2);
	step(1);
	CHECK_IS(send(fd, data + total, sizeof data - total, 0), sizeof data - total);
}

/* Nothing was sent before the signal: the call goes on. */
static void restarted_sender(int fd)
{
	static char data[1000];
	count_signals(SIGALRM, SA_RESTART);
	uint64_t total = send_until_full(fd, 0);
	while (send(fd, "", 1, MSG_DONTWAIT) == 1)
		total++;
	alarm_in(20, true);
	shared->number[0] = total;
	step(1);
	CHECK_IS(send(fd, data, sizeof data, 0), sizeof data);
	CHECK(signals_counted >= 1);
	alarm_in(0, false);
}

static void receive_everything(int fd)
{
	await_step(1);
	receive_pattern(fd, 0, 32 << 20);
	expect_end(fd);
}

static void drain_later(int fd)
{
	static char data[65536];
	uint64_t total = 0;
	await_step(1);
	sleep_ms(70);
	for (;;) {
		ssize_t got = recv(fd, data, sizeof data, 0);
		CHECK(got >= 0);
		if (got == 0)
			break;
		total += (uint64_t)got;
	}
	CHECK_IS(total, shared->number[0] + 1000);
}

static int handled_fd;

static void write_in_handler(int number)
{
	int error = errno;
	(void)number;
	if (write(handled_fd, "h", 1) != 1)
		abort();
	errno = error;
}

/* A handler that uses the very connection on which the call waits. */
static void handler_writes(int fd)
{
	struct sigaction action = {.sa_handler = write_in_handler, .sa_flags = SA_RESTART};
	handled_fd = fd;
	CHECK_IS(sigaction(SIGALRM, &action, NULL), 0);
	for (uint64_t i = 0; i < 5; i++) {
		alarm_in(5, false);
		receive_pattern(fd, i * 100, 100);
	}
}

static void answer_handler(int fd)
{
	char byte;
	for (uint64_t i = 0; i < 5; i++) {
		CHECK_IS(recv(fd, &byte, 1, 0), 1);
		CHECK_IS(byte, 'h');
		send_pattern(fd, i * 100, 100);
	}
	expect_end(fd);
}

enum { AMID_MESSAGES = 20000, AMID_BYTES = 40 };

static atomic_int written_by_handler;

static void write_one_in_handler(int number)
{
	write_in_handler(number);
	written_by_handler++;
}

/* What a handler sends while the interrupted call sends on the same connection. */
static void handler_writes_amid(int fd)
{
	char data[AMID_BYTES];
	struct sigaction action = {.sa_handler = write_one_in_handler, .sa_flags = SA_RESTART};
	/* More often than a handler takes to send, and nothing else would ever run. */
	long us = THREAD_SANITIZED ? 2000 : 100;
	struct itimerval often = {{0, us}, {0, us}}, never = {{0, 0}, {0, 0}};
	memset(data, 'm', sizeof data);
	handled_fd = fd;
	CHECK_IS(sigaction(SIGALRM, &action, NULL), 0);
	CHECK_IS(setitimer(ITIMER_REAL, &often, NULL), 0);
	for (int i = 0; i < AMID_MESSAGES; i++)
		for (size_t n = 0; n < sizeof data;) {
			ssize_t sent = write(fd, data, sizeof data - n);
			CHECK(sent > 0);
			n += (size_t)sent;
		}
	CHECK_IS(setitimer(ITIMER_REAL, &never, NULL), 0);
	shared->number[0] = (uint64_t)written_by_handler;
	step(1);
	CHECK_IS(shutdown(fd, SHUT_WR), 0);
	expect_end(fd);
}

static void count_both(int fd)
{
	static char data[65536];
	uint64_t counts[2] = {0};
	for (ssize_t got; (got = recv(fd, data, sizeof data, 0)) != 0;) {
		CHECK(got > 0);
		for (ssize_t i = 0; i < got; i++) {
			CHECK(data[i] == 'm' || data[i] == 'h');
			counts[data[i] == 'h']++;
		}
	}
	await_step(1);
	CHECK_IS(counts[0], AMID_MESSAGES * AMID_BYTES);
	CHECK_IS(counts[1], shared->number[0]);
}

static sigjmp_buf before;

static void jump(int number)
{
	siglongjmp(before, number);
}

/* A handler that never returns to the call. */
static void jumps_out(int fd)
{
	char byte;
	struct sigaction action = {.sa_handler = jump};
	CHECK_IS(sigaction(SIGALRM, &action, NULL), 0);
	for (volatile int i = 0; i < 5; i++)
		if (sigsetjmp(before, 1) == 0) {
			alarm_in(5, false);
			(void)!recv(fd, &byte, 1, 0);
			CHECK(!"a byte, though none was sent");
		}
	step(1);
	receive_pattern(fd, 0, 10);
	send_pattern(fd, 0, 10);
	step(2);
}

/* Many signals amid traffic. */
static void disturbed(int fd)
{
	count_signals(SIGALRM, SA_RESTART);
	alarm_in(1, true);
	for (uint64_t i = 0; i < 300; i++) {
		send_pattern(fd, i * 20000, 20000);
		receive_pattern(fd, i * 10, 10);
	}
	alarm_in(0, false);
}

static void undisturbed(int fd)
{
	for (uint64_t i = 0; i < 300; i++) {
		receive_pattern(fd, i * 20000, 20000);
		send_pattern(fd, i * 10, 10);
	}
	expect_end(fd);
}

const struct test signal_tests[] = {
	{"interrupted", send_when_asked, interrupted, 0},
	{"restarted", send_when_asked, restarted, HANDLED_AMID},
	{"ignored", send_when_asked, ignored, 0},
	{"limited", send_when_asked, limited, 0},
	{"in-between", send_part, interrupted_in_between, 0},
	{"sender-interrupted", interrupted_sender, receive_everything, 0},
	{"sender-restarted", restarted_sender, drain_later, 0},
	{"handler-writes", handler_writes, answer_handler, HANDLED_AMID},
	{"handler-writes-amid", handler_writes_amid, count_both, 0},
	{"jumps-out", send_when_asked, jumps_out, 0},
	{"disturbed", disturbed, undisturbed, 0},
	{NULL, NULL, NULL, 0},
};
