/* How much there is: FIONREAD, SIOCOUTQ, SO_RCVLOWAT. */
#include "check.h"

#include <linux/sockios.h>

static int unsent(int fd)
{
	int bytes = -1;
	CHECK_IS(ioctl(fd, SIOCOUTQ, &bytes), 0);
	return bytes;
}

static void send_hundred(int fd)
{
	WAIT_FOR(unsent(fd) == 0);
	await_step(1);
	send_pattern(fd, 0, 100);
	/* What the other side's system has is sent, read or not. */
	WAIT_FOR(unsent(fd) == 0);
	step(1);
	await_step(2);
	uint64_t total = send_until_full(fd, 100);
	shared->number[0] = total;
	CHECK(unsent(fd) >= 0);
	step(2);
	await_step(3);
	WAIT_FOR(unsent(fd) == 0);
}

static void count_unread(int fd)
{
	CHECK_IS(unread(fd), 0);
	step(1);
	await_step(1);
	WAIT_FOR(unread(fd) == 100);
	receive_pattern(fd, 0, 40);
	CHECK_IS(unread(fd), 60);
	receive_pattern(fd, 40, 60);
	CHECK_IS(unread(fd), 0);
	step(2);
	await_step(2);
	CHECK(unread(fd) > 0);
	receive_pattern(fd, 100, shared->number[0]);
	CHECK_IS(unread(fd), 0);
	step(3);
	expect_end(fd);
	CHECK_IS(unread(fd), 0);
}

static void set_low_water(int fd, int bytes)
{
	int seen = -1;
	socklen_t length = sizeof seen;
	CHECK_IS(setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof bytes), 0);
	CHECK_IS(getsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &seen, &length), 0);
	CHECK_IS(seen, bytes);
}

static int readable(int fd)
{
	struct pollfd poller = {.fd = fd, .events = POLLIN};
	return poll(&poller, 1, 0);
}

static void low_water(int fd)
{
	char data[1000];
	set_low_water(fd, 100);
	step(1);
	await_step(1);
	WAIT_FOR(unread(fd) == 30);
	CHECK_IS(readable(fd), 0);
	CHECK_IS(recv(fd, data, 10, 0), 10);
	CHECK_IS(recv(fd, data + 10, 1000, MSG_DONTWAIT), 20);
	CHECK(holds(data, 0, 30));
	step(2);
	CHECK_IS(recv(fd, data, 1000, 0), 120);
	CHECK(holds(data, 30, 120));
	step(3);
	WAIT_FOR(readable(fd) == 1);
	CHECK(unread(fd) >= 100);
	receive_pattern(fd, 150, 100);
	set_low_water(fd, 1);
	step(4);
	CHECK_IS(recv(fd, data, 1000, 0), 50);
	set_low_water(fd, 100);
	step(5);
	/* The end is news enough. */
	CHECK_IS(recv(fd, data, 1000, 0), 7);
	CHECK_IS(recv(fd, data, 1000, 0), 0);
}

static void send_to_low_water(int fd)
{
	await_step(1);
	send_pattern(fd, 0, 30);
	step(1);
	await_step(2);
	send_pattern(fd, 30, 60);
	sleep_ms(15);
	send_pattern(fd, 90, 60);
	await_step(3);
	send_pattern(fd, 150, 50);
	sleep_ms(5);
	send_pattern(fd, 200, 50);
	await_step(4);
	send_pattern(fd, 250, 50);
	await_step(5);
	send_pattern(fd, 300, 7);
}

/* Many small messages: the count is never more than was sent, and all arrive. */
static void send_many(int fd)
{
	for (uint64_t i = 0; i < 2000; i++) {
		shared->number[1] = i + 1;
		send_pattern(fd, i, 1);
	}
	step(1);
}

static void count_many(int fd)
{
	uint64_t taken = 0;
	while (taken < 2000) {
		int n = unread(fd);
		CHECK(n >= 0 && taken + (uint64_t)n <= shared->number[1]);
		if (n > 0)
			receive_pattern(fd, taken, (size_t)n);
		taken += (uint64_t)n;
	}
	await_step(1);
	expect_end(fd);
}

const struct test counting_tests[] = {
	{"queues", send_hundred, count_unread, 0},
	{"low-water", send_to_low_water, low_water, 0},
	{"many", send_many, count_many, 0},
	{NULL, NULL, NULL, 0},
};
