/* SO_RCVTIMEO and SO_SNDTIMEO. */
#include "check.h"

#include <sys/time.h>

enum { TIMEOUT_MS = 40, AT_LEAST_MS = 35, AT_MOST_MS = 2000 };

static void set_timeout(int fd, int option, unsigned ms)
{
	struct timeval value = {ms / 1000, (suseconds_t)(ms % 1000) * 1000}, seen;
	socklen_t length = sizeof seen;
	CHECK_IS(setsockopt(fd, SOL_SOCKET, option, &value, sizeof value), 0);
	CHECK_IS(getsockopt(fd, SOL_SOCKET, option, &seen, &length), 0);
	CHECK_IS(seen.tv_sec, value.tv_sec);
	/* In ticks of the kernel's clock. */
	CHECK(llabs((long long)seen.tv_usec - (long long)value.tv_usec) <= 10000);
}

static void expect_timeout(int fd, ssize_t (*call)(int fd))
{
	uint64_t began = now_ms();
	CHECK_FAILS(call(fd), EAGAIN);
	uint64_t took = now_ms() - began;
	CHECK(took >= AT_LEAST_MS && took <= AT_MOST_MS);
}

static ssize_t receive_byte(int fd)
{
	char byte;
	return recv(fd, &byte, 1, 0);
}

static ssize_t peek_byte(int fd)
{
	char byte;
	return recv(fd, &byte, 1, MSG_PEEK);
}

static ssize_t send_byte(int fd)
{
	return send(fd, "", 1, 0);
}

static void receive_in_time(int fd)
{
	char data[100];
	set_timeout(fd, SO_RCVTIMEO, TIMEOUT_MS);
	expect_timeout(fd, receive_byte);
	expect_timeout(fd, peek_byte);
	step(1);
	await_step(1);
	/* All was asked for, some came, and then the time was up. */
	uint64_t began = now_ms();
	CHECK_IS(recv(fd, data, 100, MSG_WAITALL), 30);
	CHECK(now_ms() - began >= AT_LEAST_MS - 10);
	CHECK(holds(data, 0, 30));
	/* Without a limit again. */
	set_timeout(fd, SO_RCVTIMEO, 0);
	step(2);
	receive_pattern(fd, 30, 20);
	expect_end(fd);
}

static void send_late(int fd)
{
	await_step(1);
	send_pattern(fd, 0, 30);
	step(1);
	await_step(2);
	sleep_ms(TIMEOUT_MS * 2);
	send_pattern(fd, 30, 20);
}

static void send_in_time(int fd)
{
	static char data[16 << 20];
	set_timeout(fd, SO_SNDTIMEO, TIMEOUT_MS);
	fill(data, 0, sizeof data);
	uint64_t began = now_ms(), total = 0;
	/* Some fits; then the time is up. */
	ssize_t sent = send(fd, data, sizeof data, 0);
	CHECK(sent > 0 && (size_t)sent < sizeof data);
	CHECK(now_ms() - began >= AT_LEAST_MS);
	total = (uint64_t)sent;
	/* What was freed meanwhile may take some more. */
	while ((sent = send(fd, data + total, 1, MSG_DONTWAIT)) == 1)
		total++;
	expect_timeout(fd, send_byte);
	shared->number[0] = total;
	step(1);
	await_step(1);
	set_timeout(fd, SO_SNDTIMEO, 0);
	send_pattern(fd, total, 1 << 20);
}

static void receive_after(int fd)
{
	await_step(1);
	step(1);
	receive_pattern(fd, 0, shared->number[0] + (1 << 20));
	expect_end(fd);
}

/* The receiver's limit stands while the sender makes it just in time. */
static void send_just_in_time(int fd)
{
	for (uint64_t i = 0; i < 8; i++) {
		sleep_ms(10);
		send_pattern(fd, i * 10, 10);
	}
	await_step(1);
}

static void receive_just_in_time(int fd)
{
	char data[10];
	set_timeout(fd, SO_RCVTIMEO, 1000);
	for (uint64_t i = 0; i < 8; i++) {
		CHECK_IS(recv(fd, data, 10, MSG_WAITALL), 10);
		CHECK(holds(data, i * 10, 10));
	}
	set_timeout(fd, SO_RCVTIMEO, TIMEOUT_MS);
	expect_timeout(fd, receive_byte);
	step(1);
	WAIT_FOR(receive_byte(fd) == 0);
}

const struct test timeout_tests[] = {
	{"receive", send_late, receive_in_time, 0},
	{"send", send_in_time, receive_after, 0},
	{"just-in-time", send_just_in_time, receive_just_in_time, 0},
	{NULL, NULL, NULL, 0},
};
