/* The flags of recv() and send(). */
#include "check.h"

#include <sys/epoll.h>
#include <sys/select.h>

static void send_five_and_five(int fd)
{
	send_pattern(fd, 0, 5);
	step(1);
	await_step(1);
	send_pattern(fd, 5, 5);
	await_step(2);
}

static void peek(int fd)
{
	char data[20];
	await_step(1);
	CHECK_IS(recv(fd, data, sizeof data, MSG_PEEK), 5);
	CHECK(holds(data, 0, 5));
	CHECK_IS(recv(fd, data, 3, MSG_PEEK), 3);
	CHECK(holds(data, 0, 3));
	CHECK_IS(unread(fd), 5);
	step(1);
	CHECK_IS(recv(fd, data, 10, MSG_PEEK | MSG_WAITALL), 10);
	CHECK(holds(data, 0, 10));
	CHECK_IS(recv(fd, data, 4, 0), 4);
	CHECK_IS(recv(fd, data + 4, 20, MSG_PEEK | MSG_DONTWAIT), 6);
	CHECK(holds(data, 0, 10));
	CHECK_IS(recv(fd, data + 4, 6, 0), 6);
	CHECK_FAILS(recv(fd, data, 1, MSG_PEEK | MSG_DONTWAIT), EAGAIN);
	step(2);
	CHECK_IS(recv(fd, data, 1, MSG_PEEK), 0);
	expect_end(fd);
}

static void send_later(int fd)
{
	await_step(1);
	sleep_ms(10);
	send_pattern(fd, 0, 30);
	step(1);
	await_step(2);
}

static void peek_waits(int fd)
{
	char data[40];
	step(1);
	CHECK_IS(recv(fd, data, sizeof data, MSG_PEEK), 30);
	CHECK(holds(data, 0, 30));
	receive_pattern(fd, 0, 30);
	step(2);
}

static void send_thirty(int fd)
{
	await_step(1);
	send_pattern(fd, 0, 30);
	step(1);
	await_step(2);
}

static void do_not_wait(int fd)
{
	char data[100];
	CHECK_FAILS(recv(fd, data, 100, MSG_DONTWAIT), EAGAIN);
	CHECK_FAILS(recv(fd, data, 100, MSG_DONTWAIT | MSG_WAITALL), EAGAIN);
	step(1);
	await_step(1);
	WAIT_FOR(unread(fd) == 30);
	CHECK_IS(recv(fd, data, 100, MSG_DONTWAIT | MSG_WAITALL), 30);
	CHECK(holds(data, 0, 30));
	CHECK_FAILS(recv(fd, data, 100, MSG_DONTWAIT), EAGAIN);
	step(2);
	WAIT_FOR(recv(fd, data, 1, MSG_DONTWAIT) == 0);
}

static void send_in_bits(int fd)
{
	for (uint64_t i = 0; i < 10; i++) {
		send_pattern(fd, i * 100, 100);
		sleep_ms(1);
	}
	send_pattern(fd, 1000, 300000);
	send_pattern(fd, 301000, 50);
}

static void wait_for_all(int fd)
{
	static char data[300000];
	CHECK_IS(recv(fd, data, 1000, MSG_WAITALL), 1000);
	CHECK(holds(data, 0, 1000));
	CHECK_IS(recv(fd, data, 300000, MSG_WAITALL), 300000);
	CHECK(holds(data, 1000, 300000));
	/* The end comes before all. */
	CHECK_IS(recv(fd, data, 1000, MSG_WAITALL), 50);
	CHECK(holds(data, 301000, 50));
	CHECK_IS(recv(fd, data, 1000, MSG_WAITALL), 0);
}

static void send_hundred_and_more(int fd)
{
	send_pattern(fd, 0, 100);
	step(1);
	await_step(1);
	send_pattern(fd, 100, 200000);
}

/* TCP throws away what MSG_TRUNC asks for, and writes nowhere. */
static void discard(int fd)
{
	char data[100] = {0};
	await_step(1);
	WAIT_FOR(unread(fd) == 100);
	CHECK_IS(recv(fd, NULL, 40, MSG_TRUNC), 40);
	CHECK_IS(recv(fd, data, 10, MSG_TRUNC), 10);
	CHECK_IS(data[0] | data[9], 0);
	CHECK_IS(recv(fd, data, 50, 0), 50);
	CHECK(holds(data, 50, 50));
	step(1);
	CHECK_IS(recv(fd, NULL, 150000, MSG_TRUNC | MSG_WAITALL), 150000);
	receive_pattern(fd, 150100, 50000);
	expect_end(fd);
}

static void send_more(int fd)
{
	char data[300];
	fill(data, 0, sizeof data);
	CHECK_IS(send(fd, data, 100, MSG_MORE), 100);
	CHECK_IS(send(fd, data + 100, 100, MSG_MORE | MSG_DONTWAIT), 100);
	CHECK_IS(send(fd, data + 200, 100, MSG_EOR), 100);
	await_step(1);
	/* Nothing follows: it is sent nevertheless, after a while at most. */
	CHECK_IS(send(fd, data, 100, MSG_MORE), 100);
	await_step(2);
}

static void receive_more(int fd)
{
	receive_pattern(fd, 0, 300);
	step(1);
	receive_pattern(fd, 0, 100);
	step(2);
}

static void error_queue(int fd)
{
	char data[10];
	await_step(1);
	CHECK_FAILS(recv(fd, data, sizeof data, MSG_ERRQUEUE), EAGAIN);
	receive_pattern(fd, 0, 10);
	CHECK_FAILS(recv(fd, data, sizeof data, MSG_ERRQUEUE | MSG_DONTWAIT), EAGAIN);
	step(1);
}

static void send_ten(int fd)
{
	send_pattern(fd, 0, 10);
	step(1);
	await_step(1);
}

/* --- errno: a call that succeeds leaves it alone, however long it has waited --- */

enum { ROUNDS_OF_ERRNO = 4, MUCH = 1 << 20 };

static void answer_late(int fd)
{
	for (uint32_t i = 0; i < ROUNDS_OF_ERRNO; i++) {
		await_step(i + 1);
		sleep_ms(40);
		send_pattern(fd, (uint64_t)i * 10, 10);
	}
	await_step(ROUNDS_OF_ERRNO + 1);
	sleep_ms(40);
	receive_pattern(fd, 0, MUCH);
}

static int wait_by_epoll(int fd)
{
	struct epoll_event event = {.events = EPOLLIN};
	int set = epoll_create1(0);
	CHECK_IS(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event), 0);
	errno = 0;
	int n = epoll_wait(set, &event, 1, PATIENCE_MS);
	CHECK_IS(errno, 0);
	close(set);
	return n;
}

static int wait_by_select(int fd)
{
	fd_set in;
	FD_ZERO(&in);
	FD_SET(fd, &in);
	return select(fd + 1, &in, NULL, NULL, NULL);
}

static int wait_for_input(int fd, uint32_t round)
{
	struct pollfd poller = {.fd = fd, .events = POLLIN};
	switch (round) {
	case 1:
		return poll(&poller, 1, PATIENCE_MS);
	case 2:
		return wait_by_select(fd);
	case 3:
		return wait_by_epoll(fd);
	default:
		return 1;
	}
}

static void errno_stays(int fd)
{
	static char data[MUCH];
	for (uint32_t i = 0; i < ROUNDS_OF_ERRNO; i++) {
		step(i + 1);
		errno = 0;
		CHECK_IS(wait_for_input(fd, i), 1);
		CHECK_IS(errno, 0);
		CHECK_IS(recv(fd, data, 10, 0), 10);
		CHECK_IS(errno, 0);
	}
	fill(data, 0, MUCH);
	step(ROUNDS_OF_ERRNO + 1);
	errno = 0;
	CHECK_IS(send(fd, data, MUCH, 0), MUCH);
	CHECK_IS(errno, 0);
}

const struct test flag_tests[] = {
	{"peek", send_five_and_five, peek, 0},
	{"peek-waits", send_later, peek_waits, 0},
	{"dontwait", send_thirty, do_not_wait, 0},
	{"waitall", send_in_bits, wait_for_all, 0},
	{"trunc", send_hundred_and_more, discard, 0},
	{"more", send_more, receive_more, 0},
	{"error-queue", send_ten, error_queue, 0},
	{"errno", answer_late, errno_stays, 0},
	{NULL, NULL, NULL, 0},
};
