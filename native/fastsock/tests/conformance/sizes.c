/* Messages of all sizes, taken in pieces of all sizes. */
#include "check.h"

static const size_t sizes[] = {1,     2,      3,      7,      8,      63,      64,      65,
			       1000,  4095,   4096,   4097,   16384,  65535,   65536,   65537,
			       98304, 131071, 131072, 131073, 262144, 1048576, 3000001, 8388608};
enum { SIZES = sizeof sizes / sizeof sizes[0] };

static void send_sizes(int fd)
{
	char byte;
	for (size_t i = 0; i < SIZES; i++) {
		send_pattern(fd, i, sizes[i]);
		CHECK_IS(recv(fd, &byte, 1, 0), 1);
	}
}

static void receive_sizes(int fd)
{
	for (size_t i = 0; i < SIZES; i++) {
		receive_pattern(fd, i, sizes[i]);
		CHECK_IS(send(fd, "", 1, 0), 1);
	}
	expect_end(fd);
}

static void send_bytes(int fd)
{
	unsigned char byte;
	for (uint64_t i = 0; i < 3000; i++) {
		fill(&byte, i, 1);
		CHECK_IS(write(fd, &byte, 1), 1);
	}
}

static void receive_bytes(int fd)
{
	unsigned char byte;
	for (uint64_t i = 0; i < 3000; i++) {
		CHECK_IS(read(fd, &byte, 1), 1);
		CHECK(holds(&byte, i, 1));
	}
	expect_end(fd);
}

static void send_hundred(int fd)
{
	send_pattern(fd, 0, 100);
	step(1);
	await_step(1);
	send_pattern(fd, 100, 100);
	step(2);
	await_step(2);
}

/* What is there is given at once, and no more than was asked for. */
static void take_parts(int fd)
{
	char data[1000];
	await_step(1);
	WAIT_FOR(unread(fd) == 100);
	CHECK_IS(recv(fd, data, sizeof data, 0), 100);
	CHECK(holds(data, 0, 100));
	step(1);
	await_step(2);
	WAIT_FOR(unread(fd) == 100);
	CHECK_IS(recv(fd, data, 7, 0), 7);
	CHECK_IS(read(fd, data + 7, 60), 60);
	CHECK_IS(recv(fd, data + 67, 500, 0), 33);
	CHECK(holds(data, 100, 100));
	step(2);
}

enum { LONG_BYTES = 3 << 20 };

static void send_in_parts(int fd)
{
	char *data = malloc(LONG_BYTES);
	CHECK(data != NULL);
	fill(data, 0, LONG_BYTES);
	nonblocking(fd, true);
	for (size_t done = 0; done < LONG_BYTES;) {
		ssize_t sent = send(fd, data + done, LONG_BYTES - done, 0);
		if (sent < 0) {
			struct pollfd poller = {.fd = fd, .events = POLLOUT};
			CHECK_IS(errno, EAGAIN);
			CHECK_IS(poll(&poller, 1, PATIENCE_MS), 1);
			CHECK_IS(poller.revents, POLLOUT);
			continue;
		}
		CHECK(sent > 0);
		done += (size_t)sent;
	}
	free(data);
}

static void receive_slowly(int fd)
{
	unsigned char data[40000];
	uint64_t position = 0;
	for (unsigned turn = 1; position < LONG_BYTES; turn = turn * 5 % 39989) {
		ssize_t got = recv(fd, data, turn, 0);
		CHECK(got > 0 && (size_t)got <= turn);
		CHECK(holds(data, position, (size_t)got));
		position += (uint64_t)got;
		if (turn % 97 == 0)
			sleep_ms(1);
	}
	expect_end(fd);
}

/* Sizes that go up and down, there and back. */
static void send_and_hear(int fd)
{
	for (unsigned i = 0, size = 1; i < 400; i++, size = size * 7 % 9973) {
		send_pattern(fd, i, size);
		receive_pattern(fd, i + 1, size);
	}
}

static void hear_and_send(int fd)
{
	for (unsigned i = 0, size = 1; i < 400; i++, size = size * 7 % 9973) {
		receive_pattern(fd, i, size);
		send_pattern(fd, i + 1, size);
	}
}

const struct test size_tests[] = {
	{"one-way", send_sizes, receive_sizes, 0},
	{"bytes", send_bytes, receive_bytes, 0},
	{"parts", send_hundred, take_parts, 0},
	{"partial-writes", send_in_parts, receive_slowly, 0},
	{"round-trips", send_and_hear, hear_and_send, 0},
	{NULL, NULL, NULL, 0},
};
