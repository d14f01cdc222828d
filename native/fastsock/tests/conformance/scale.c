/* Many connections: one after the other, and all at once. */
#include "check.h"

#include <sys/resource.h>

/* --- one after the other --- */

enum { ONE_SHOTS = 10000, LONGER_SHOTS = 1000, SETTLED = 300, GROWTH_KIB = 3072 };

static struct {
	int descriptors;
	long kib;
} before;

/* Threads of the library may still be closing what the last connection had: the least of
 * some looks. */
static int settled_descriptors(void)
{
	int least = open_descriptors();
	for (int i = 0; i < 20; i++) {
		sleep_ms(1);
		int now = open_descriptors();
		least = now < least ? now : least;
	}
	return least;
}

static void note_growth(int done, int total)
{
	if (done == SETTLED) {
		before.descriptors = settled_descriptors();
		before.kib = resident_kib();
	} else if (done == total) {
		WAIT_FOR(open_descriptors() <= before.descriptors);
		long grown = resident_kib() - before.kib;
		if (grown > GROWTH_KIB)
			fprintf(stderr, "grown by %ld KiB\n", grown);
		CHECK(grown <= GROWTH_KIB || SANITIZED);
	}
}

static void connect_often(int times, int exchanges)
{
	for (int i = 1; i <= times; i++) {
		int fd = connect_to_other();
		for (int j = 0; j < exchanges; j++)
			ping(fd);
		close(fd);
		note_growth(i, times);
	}
}

static void accept_often(int listener, int times, int exchanges)
{
	for (int i = 1; i <= times; i++) {
		int fd = accept_one(listener);
		for (int j = 0; j < exchanges; j++)
			pong(fd);
		expect_end(fd);
		close(fd);
		note_growth(i, times);
	}
}

static void one_shots(int fd)
{
	(void)fd;
	connect_often(ONE_SHOTS, 1);
}

static void serve_one_shots(int listener)
{
	accept_often(listener, ONE_SHOTS, 1);
}

static void longer_shots(int fd)
{
	(void)fd;
	connect_often(LONGER_SHOTS, 12);
}

static void serve_longer_shots(int listener)
{
	accept_often(listener, LONGER_SHOTS, 12);
}

/* --- all at once --- */

enum { OPEN = 1000, IDLE_MS = 1000, IDLE_CPU_MS = 20, KIB_PER_CONNECTION = 512 };

static int open_fds[OPEN];

static long cpu_ms(void)
{
	struct rusage usage;
	CHECK_IS(getrusage(RUSAGE_SELF, &usage), 0);
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
}

static void raise_limit(void)
{
	struct rlimit limit;
	CHECK_IS(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	CHECK_IS(setrlimit(RLIMIT_NOFILE, &limit), 0);
	if (limit.rlim_cur < 4 * OPEN)
		skip("too few descriptors are allowed");
}

static void be_idle(long kib)
{
	long each = (resident_kib() - kib) / OPEN;
	CHECK(each <= KIB_PER_CONNECTION || SANITIZED);
	step(1);
	await_step(1);
	long cpu = cpu_ms();
	sleep_ms(IDLE_MS);
	cpu = cpu_ms() - cpu;
	if (getenv("FASTSOCK_TEST_VERBOSE") != NULL)
		fprintf(stderr, "%ld KiB per connection, %ld ms of CPU when idle\n", each, cpu);
	CHECK(cpu <= IDLE_CPU_MS);
}

static void thousand_open(int fd)
{
	raise_limit();
	long kib = resident_kib();
	for (int i = 0; i < OPEN; i++) {
		fd = open_fds[i] = connect_to_other();
		warm_up(fd);
	}
	be_idle(kib);
	for (int i = 0; i < OPEN; i++)
		ping(open_fds[i]);
	for (int i = 0; i < OPEN; i++)
		close(open_fds[i]);
}

static void serve_thousand(int listener)
{
	raise_limit();
	long kib = resident_kib();
	for (int i = 0; i < OPEN; i++) {
		open_fds[i] = accept_one(listener);
		warm_up(open_fds[i]);
	}
	be_idle(kib);
	for (int i = 0; i < OPEN; i++)
		pong(open_fds[i]);
	for (int i = 0; i < OPEN; i++)
		expect_end(open_fds[i]);
}

/* A waiting thread waits, and doesn't spin. */
static void wait_idle(int fd)
{
	char byte;
	step(1);
	long cpu = cpu_ms();
	CHECK_IS(recv(fd, &byte, 1, 0), 1);
	CHECK(cpu_ms() - cpu <= IDLE_CPU_MS);
}

static void keep_waiting(int fd)
{
	await_step(1);
	sleep_ms(300);
	CHECK_IS(send(fd, "x", 1, 0), 1);
	expect_end(fd);
}

const struct test scale_tests[] = {
	{"one-shots", one_shots, serve_one_shots, BARE | UNCERTAIN},
	{"longer-shots", longer_shots, serve_longer_shots, BARE},
	{"thousand", thousand_open, serve_thousand, BARE},
	{"waiting", wait_idle, keep_waiting, 0},
	{NULL, NULL, NULL, 0},
};
