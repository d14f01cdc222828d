/* Several descriptors of one connection, and high ones. */
#include "check.h"

#include <dirent.h>

#include <sys/resource.h>

static int by_dup(int fd)
{
	return dup(fd);
}

static int by_dup2(int fd)
{
	return dup2(fd, 300);
}

static int by_dup3(int fd)
{
	return dup3(fd, 301, O_CLOEXEC);
}

static int by_fcntl(int fd)
{
	return fcntl(fd, F_DUPFD, 400);
}

static int by_fcntl_cloexec(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, 400);
}

static int (*const ways[])(int fd) = {by_dup, by_dup2, by_dup3, by_fcntl, by_fcntl_cloexec};
enum { WAYS = sizeof ways / sizeof ways[0] };

static void exchange(int to, int from)
{
	send_pattern(to, 0, 1000);
	receive_pattern(from, 0, 1000);
}

/* The older one is closed each time; the last is moved back at the end. */
static void use_duplicates(int fd)
{
	for (size_t i = 0; i < WAYS; i++) {
		int other = ways[i](fd);
		CHECK(other >= 0 && other != fd);
		CHECK_IS(fcntl(other, F_GETFD), i == 2 || i == 4 ? FD_CLOEXEC : 0);
		exchange(fd, other);
		exchange(other, fd);
		CHECK_IS(close(fd), 0);
		CHECK_FAILS(send(fd, "x", 1, 0), EBADF);
		exchange(other, other);
		fd = other;
	}
	int last = dup(fd);
	CHECK_IS(shutdown(last, SHUT_WR), 0);
	CHECK_FAILS(send(fd, "x", 1, MSG_NOSIGNAL), EPIPE);
}

static void echo_thousands(int fd)
{
	for (size_t i = 0; i < 3 * WAYS; i++) {
		receive_pattern(fd, 0, 1000);
		send_pattern(fd, 0, 1000);
	}
	expect_end(fd);
}

static void odd_duplicates(int fd)
{
	CHECK_IS(dup2(fd, fd), fd);
	CHECK_FAILS(dup3(fd, fd, 0), EINVAL);
	CHECK_FAILS(dup2(-1, fd), EBADF);
	CHECK_FAILS(dup2(fd, -1), EBADF);
	CHECK_FAILS(dup3(fd, 300, 1), EINVAL);
	CHECK_FAILS(fcntl(fd, F_DUPFD, -1), EINVAL);
	exchange(fd, fd);
	/* Another file takes its place: that closes the connection. */
	int file = memfd_create("file", 0);
	CHECK_IS(dup2(file, fd), fd);
	CHECK_IS(write(fd, "abc", 3), 3);
	CHECK_IS(lseek(fd, 0, SEEK_CUR), 3);
	await_step(1);
}

static void echo_once(int fd)
{
	receive_pattern(fd, 0, 1000);
	send_pattern(fd, 0, 1000);
	expect_end(fd);
	step(1);
}

static void use_high(int fd)
{
	struct rlimit limit;
	CHECK_IS(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	CHECK_IS(setrlimit(RLIMIT_NOFILE, &limit), 0);
	static const int numbers[] = {1023, 1024, 1025, 4000};
	for (size_t i = 0; i < 4; i++) {
		if ((rlim_t)numbers[i] >= limit.rlim_max)
			skip("too few descriptors are allowed");
		int high = fcntl(fd, F_DUPFD, numbers[i]);
		CHECK_IS(high, numbers[i]);
		close(fd);
		fd = high;
		exchange(fd, fd);
		send_pattern(fd, 0, 1000);
		struct pollfd poller = {.fd = fd, .events = POLLIN};
		CHECK_IS(poll(&poller, 1, PATIENCE_MS), 1);
		CHECK_IS(poller.revents, POLLIN);
		receive_pattern(fd, 0, 1000);
	}
}

static void echo_high(int fd)
{
	for (int i = 0; i < 8; i++) {
		receive_pattern(fd, 0, 1000);
		send_pattern(fd, 0, 1000);
	}
	expect_end(fd);
}

/* --- all at once --- */

static void by_close_range(void)
{
	CHECK_IS(close_range(3, ~0U, 0), 0);
}

static void by_closefrom(void)
{
	closefrom(3);
}

/* As daemons do: each number, whether it is open or not. */
static void one_by_one(void)
{
	for (int fd = 3; fd < 25000; fd++)
		close(fd);
}

static void close_all(int fd, void (*how)(void))
{
	fd = connect_to_other();
	warm_up(fd);
	send_pattern(fd, 0, 1000);
	how();
	CHECK_FAILS(send(fd, "x", 1, 0), EBADF);
	/* The library goes on to do what it does. */
	fd = connect_to_other();
	CHECK_IS(fd, 3);
	warm_up(fd);
	exchange(fd, fd);
	close(fd);
}

static void close_range_all(int fd)
{
	close_all(fd, by_close_range);
}

static void closefrom_all(int fd)
{
	close_all(fd, by_closefrom);
}

static void close_each(int fd)
{
	close_all(fd, one_by_one);
}

static void accept_twice(int listener)
{
	int fd = accept_one(listener);
	warm_up(fd);
	receive_pattern(fd, 0, 1000);
	expect_end(fd);
	close(fd);
	fd = accept_one(listener);
	warm_up(fd);
	receive_pattern(fd, 0, 1000);
	send_pattern(fd, 0, 1000);
	expect_end(fd);
}

static void close_some(int fd)
{
	int others[3] = {fcntl(fd, F_DUPFD, 100), fcntl(fd, F_DUPFD, 101), fcntl(fd, F_DUPFD, 102)};
	CHECK_IS(close_range(100, 101, 0), 0);
	CHECK_FAILS(send(others[0], "x", 1, 0), EBADF);
	CHECK_FAILS(send(others[1], "x", 1, 0), EBADF);
	exchange(others[2], fd);
	CHECK_IS(close_range(3, ~0U, CLOSE_RANGE_CLOEXEC), 0);
	CHECK_IS(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_FAILS(close_range(5, 4, 0), EINVAL);
	exchange(fd, others[2]);
}

static void echo_twice(int fd)
{
	for (int i = 0; i < 2; i++) {
		receive_pattern(fd, 0, 1000);
		send_pattern(fd, 0, 1000);
	}
	expect_end(fd);
}

/* Nobody else's descriptors are where the program's next one should be. */
static void lowest_numbers(int fd)
{
	int lowest = open("/dev/null", O_RDONLY);
	CHECK_IS(close(lowest), 0);
	fd = connect_to_other();
	CHECK_IS(fd, lowest);
	warm_up(fd);
	int next = open("/dev/null", O_RDONLY);
	CHECK_IS(next, lowest + 1);
	CHECK_IS(close(fd), 0);
	CHECK_IS(open("/dev/null", O_RDONLY), lowest);
}

static void accept_lowest(int listener)
{
	int fd = accept_one(listener);
	CHECK_IS(fd, listener + 1);
	warm_up(fd);
	CHECK_IS(open("/dev/null", O_RDONLY), fd + 1);
	expect_end(fd);
}

/* --- a program that tidies up ------------------------------------------------------- */

/* No program has numbers as high as HIGH without wanting them. */
enum { LOW = 64, HIGH = 1024, OPEN_MOST = 256 };

/* What is open but stdio, in no order; returns how many. */
static int list_open(int numbers[OPEN_MOST])
{
	DIR *directory = opendir("/proc/self/fd");
	int count = 0;
	CHECK(directory != NULL);
	for (struct dirent *entry; (entry = readdir(directory)) != NULL && count < OPEN_MOST;) {
		int number = atoi(entry->d_name);
		if (number > STDERR_FILENO && number != dirfd(directory))
			numbers[count++] = number;
	}
	closedir(directory);
	return count;
}

static int count_high(void)
{
	int numbers[OPEN_MOST], count = list_open(numbers), high = 0;
	for (int i = 0; i < count; i++)
		high += numbers[i] >= HIGH;
	return high;
}

static void take_over(int number, int file)
{
	close(number);
	if (dup2(file, number) == number)
		CHECK_IS(close(number), 0);
	int next = fcntl(file, F_DUPFD, number);
	CHECK(next >= number);
	CHECK_IS(close(next), 0);
}

/* Every number but stdio's and the connection's is closed, then another file's, then closed. */
static void tidy(int fd)
{
	int null = open("/dev/null", O_RDWR), high = count_high(), numbers[OPEN_MOST];
	CHECK(null >= 0);
	for (int number = STDERR_FILENO + 1; number < LOW; number++)
		if (number != fd && number != null)
			take_over(number, null);
	int count = list_open(numbers);
	for (int i = 0; i < count; i++)
		if (numbers[i] != fd && numbers[i] != null)
			take_over(numbers[i], null);
	close(null);
	/* What lies there is not the program's, and not its to end. */
	CHECK_IS(count_high(), high);
}

static void tidy_up(int fd)
{
	for (uint64_t i = 0; i < 3; i++) {
		tidy(fd);
		send_pattern(fd, 0, 100000);
		receive_pattern(fd, 0, 100000);
		ping(fd);
	}
	step(1);
	await_step(1);
}

static void answer_tidy(int fd)
{
	for (uint64_t i = 0; i < 3; i++) {
		receive_pattern(fd, 0, 100000);
		tidy(fd);
		send_pattern(fd, 0, 100000);
		pong(fd);
	}
	step(1);
	await_step(1);
}

const struct test duplicate_tests[] = {
	{"ways", use_duplicates, echo_thousands, 0},
	{"odd", odd_duplicates, echo_once, 0},
	{"high", use_high, echo_high, 0},
	{"close-range", close_range_all, accept_twice, BARE},
	{"closefrom", closefrom_all, accept_twice, BARE},
	{"close-each", close_each, accept_twice, BARE},
	{"close-some", close_some, echo_twice, 0},
	{"lowest", lowest_numbers, accept_lowest, BARE},
	{"tidy-up", tidy_up, answer_tidy, 0},
	{NULL, NULL, NULL, 0},
};
