/* Ends in order: close, exit, shutdown. */
#include "check.h"

#include <sys/syscall.h>

static void send_and_close(int fd)
{
	send_pattern(fd, 0, 50000);
	close(fd);
	CHECK_FAILS(send(fd, "x", 1, 0), EBADF);
	CHECK_FAILS(close(fd), EBADF);
	CHECK_FAILS(shutdown(fd, SHUT_WR), EBADF);
	step(1);
	await_step(1);
}

static void receive_to_end(int fd)
{
	await_step(1);
	receive_pattern(fd, 0, 50000);
	expect_end(fd);
	step(1);
}

static void send_and_exit(int fd)
{
	send_pattern(fd, 0, 50000);
}

static void send_and_exit_at_once(int fd)
{
	send_pattern(fd, 0, 50000);
	_exit(0);
}

static void send_and_die(int fd)
{
	send_pattern(fd, 0, 50000);
	kill(getpid(), SIGKILL);
}

/* Data outlives who sent it. */
static void receive_from_dead(int fd)
{
	await_end();
	sleep_ms(5);
	CHECK_IS(unread(fd), 50000);
	receive_pattern(fd, 0, 20000);
	sleep_ms(1);
	receive_pattern(fd, 20000, 30000);
	expect_end(fd);
}

static void send_much_and_exit(int fd)
{
	send_pattern(fd, 0, 4 << 20);
	_exit(0);
}

static void receive_much(int fd)
{
	sleep_ms(10);
	receive_pattern(fd, 0, 4 << 20);
	expect_end(fd);
}

static void receive_blocked(int fd)
{
	char data[10];
	step(1);
	CHECK_IS(recv(fd, data, sizeof data, 0), 0);
	expect_end(fd);
}

static void close_later(int fd)
{
	await_step(1);
	sleep_ms(15);
	close(fd);
	await_end();
}

static void exit_later(int fd)
{
	(void)fd;
	await_step(1);
	sleep_ms(15);
	_exit(0);
}

static void die_later(int fd)
{
	(void)fd;
	await_step(1);
	sleep_ms(15);
	kill(getpid(), SIGKILL);
}

static void shutdown_later(int fd)
{
	await_step(1);
	sleep_ms(15);
	CHECK_IS(shutdown(fd, SHUT_WR), 0);
	await_end();
}

/* --- shutdown --- */

static void half_close(int fd)
{
	count_signals(SIGPIPE, 0);
	send_pattern(fd, 0, 1000);
	CHECK_IS(shutdown(fd, SHUT_WR), 0);
	CHECK_FAILS(send(fd, "x", 1, MSG_NOSIGNAL), EPIPE);
	CHECK_IS(signals_counted, 0);
	CHECK_FAILS(send(fd, "x", 1, 0), EPIPE);
	CHECK_IS(signals_counted, 1);
	CHECK_FAILS(write(fd, "x", 1), EPIPE);
	CHECK_IS(signals_counted, 2);
	CHECK_IS(shutdown(fd, SHUT_WR), 0);
	receive_pattern(fd, 0, 500000);
	expect_end(fd);
}

static void answer_half_closed(int fd)
{
	receive_pattern(fd, 0, 1000);
	expect_end(fd);
	sleep_ms(2);
	send_pattern(fd, 0, 200000);
	send_pattern(fd, 200000, 300000);
	expect_end(fd);
}

static void shut_reading(int fd)
{
	char data[200];
	CHECK_IS(shutdown(fd, SHUT_RD), 0);
	CHECK_IS(recv(fd, data, sizeof data, 0), 0);
	CHECK_IS(recv(fd, data, sizeof data, MSG_DONTWAIT), 0);
	CHECK_IS(shutdown(fd, SHUT_RD), 0);
	send_pattern(fd, 0, 100);
	step(1);
	await_step(1);
	/* Linux still gives what comes afterwards. */
	WAIT_FOR(recv(fd, data, sizeof data, 0) == 100);
	CHECK(holds(data, 0, 100));
	CHECK_IS(recv(fd, data, sizeof data, 0), 0);
}

static void send_to_shut(int fd)
{
	await_step(1);
	receive_pattern(fd, 0, 100);
	send_pattern(fd, 0, 100);
	step(1);
	expect_end(fd);
}

static void shut_both(int fd)
{
	char byte;
	send_pattern(fd, 0, 1000);
	CHECK_FAILS(shutdown(fd, 17), EINVAL);
	CHECK_IS(shutdown(fd, SHUT_RDWR), 0);
	CHECK_IS(recv(fd, &byte, 1, 0), 0);
	CHECK_FAILS(send(fd, "x", 1, MSG_NOSIGNAL), EPIPE);
	step(1);
	await_step(1);
	close(fd);
}

static void see_both_shut(int fd)
{
	await_step(1);
	receive_pattern(fd, 0, 1000);
	expect_end(fd);
	step(1);
}

/* Unread data that came before shutdown(SHUT_RD) can still be read. */
static void shut_with_data(int fd)
{
	char data[200];
	await_step(1);
	WAIT_FOR(unread(fd) == 150);
	CHECK_IS(shutdown(fd, SHUT_RD), 0);
	CHECK_IS(recv(fd, data, 100, 0), 100);
	CHECK_IS(recv(fd, data + 100, 100, 0), 50);
	CHECK(holds(data, 0, 150));
	CHECK_IS(recv(fd, data, 100, 0), 0);
	step(1);
}

static void send_before_shut(int fd)
{
	send_pattern(fd, 0, 150);
	step(1);
	await_step(1);
}

/* Both ends at the same time. */
static void close_crosswise(int fd)
{
	send_pattern(fd, 0, 10000);
	CHECK_IS(shutdown(fd, SHUT_WR), 0);
	receive_pattern(fd, 0, 10000);
	expect_end(fd);
}

/*
 * A client that has shut down finds all that was sent, however much of it came before the
 * two sides found each other, and when it reads nothing until the connection is over.
 */
enum { EARLY = 300, LATE = 700, EXCHANGES_MOST = 7 };

static void read_when_over(int fd)
{
	(void)fd;
	for (uint32_t i = 0; i < EXCHANGES_MOST; i++) {
		int connection = connect_to_other();
		for (uint32_t j = 0; j < i; j++)
			ping(connection);
		await_step(3 * i + 1);
		for (int j = 0; j < 4; j++)
			CHECK_IS(send(connection, "x", 1, 0), 1);
		await_step(3 * i + 2);
		CHECK_IS(shutdown(connection, SHUT_WR), 0);
		await_step(3 * i + 3);
		receive_pattern(connection, 0, EARLY + LATE);
		expect_end(connection);
		close(connection);
	}
}

static void send_to_late(int listener)
{
	char data[4];
	for (uint32_t i = 0; i < EXCHANGES_MOST; i++) {
		int connection = accept_one(listener);
		for (uint32_t j = 0; j < i; j++)
			pong(connection);
		send_pattern(connection, 0, EARLY);
		step(3 * i + 1);
		for (int j = 0; j < 4; j++)
			CHECK_IS(recv(connection, data, 1, 0), 1);
		send_pattern(connection, EARLY, LATE);
		step(3 * i + 2);
		expect_end(connection);
		close(connection);
		step(3 * i + 3);
	}
}

/* --- the number is another file's afterwards --- */

static void use_number(int fd, int (*close_it)(int fd))
{
	char data[10];
	send_pattern(fd, 0, 10);
	await_step(1);
	CHECK_IS(close_it(fd), 0);
	int file = memfd_create("file", 0);
	if (file != fd) {
		CHECK_IS(dup2(file, fd), fd);
		close(file);
	}
	CHECK_IS(write(fd, "0123456789", 10), 10);
	CHECK_IS(pread(fd, data, 4, 3), 4);
	CHECK_IS(memcmp(data, "3456", 4), 0);
	CHECK_FAILS(send(fd, "x", 1, 0), ENOTSOCK);
	step(1);
	await_end();
}

static void reuse_number(int fd)
{
	use_number(fd, close);
}

/* As libuv does it. */
static int close_by_number(int fd)
{
	return (int)syscall(SYS_close, fd);
}

static void reuse_number_past_close(int fd)
{
	use_number(fd, close_by_number);
}

static void see_no_file(int fd)
{
	receive_pattern(fd, 0, 10);
	step(1);
	expect_end(fd);
	await_step(1);
}

static void linger_long(int fd)
{
	struct linger linger = {1, 5};
	CHECK_IS(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger), 0);
	send_pattern(fd, 0, 50000);
	CHECK_IS(close(fd), 0);
	step(1);
	await_step(1);
}

const struct test end_tests[] = {
	{"close", send_and_close, receive_to_end, 0},
	{"return", send_and_exit, receive_from_dead, 0},
	{"exit", send_and_exit_at_once, receive_from_dead, 0},
	{"killed", send_and_die, receive_from_dead, LEFT_DIES},
	{"much-and-exit", send_much_and_exit, receive_much, 0},
	{"close-wakes", close_later, receive_blocked, 0},
	{"exit-wakes", exit_later, receive_blocked, 0},
	{"death-wakes", die_later, receive_blocked, LEFT_DIES},
	{"shutdown-wakes", shutdown_later, receive_blocked, 0},
	{"half-close", half_close, answer_half_closed, 0},
	{"shut-reading", shut_reading, send_to_shut, 0},
	{"shut-both", shut_both, see_both_shut, 0},
	{"shut-with-data", shut_with_data, send_before_shut, 0},
	{"crosswise", close_crosswise, close_crosswise, 0},
	{"read-when-over", read_when_over, send_to_late, BARE | UNCERTAIN},
	{"number-reused", reuse_number, see_no_file, 0},
	{"number-reused-past-close", reuse_number_past_close, see_no_file, 0},
	{"linger", linger_long, receive_to_end, 0},
	{NULL, NULL, NULL, 0},
};
