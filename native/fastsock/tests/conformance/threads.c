/* Threads that share a connection. */
#include "check.h"

#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/select.h>

/* --- several writers: the bytes of a call stay together --- */

enum { BLOCK = 3000, BLOCKS = 150, WRITERS = 3, WINDOW = 8 };

struct writer {
	int fd;
	unsigned char number;
};

static sem_t window;

static void *write_blocks(void *argument)
{
	struct writer *writer = argument;
	unsigned char block[BLOCK];
	memset(block, writer->number, sizeof block);
	for (int i = 0; i < BLOCKS; i++) {
		CHECK_IS(sem_wait(&window), 0);
		CHECK_IS(send(writer->fd, block, sizeof block, 0), sizeof block);
	}
	return NULL;
}

/* No more is on its way than fits anywhere: a call that waits for room lets others in. */
static void several_writers(int fd)
{
	struct writer writer[WRITERS];
	pthread_t thread[WRITERS];
	char byte;
	CHECK_IS(sem_init(&window, 0, WINDOW), 0);
	for (int i = 0; i < WRITERS; i++) {
		writer[i] = (struct writer){fd, (unsigned char)(i + 1)};
		thread[i] = start(write_blocks, &writer[i]);
	}
	for (int i = 0; i < WRITERS * BLOCKS; i++) {
		CHECK_IS(recv(fd, &byte, 1, 0), 1);
		CHECK_IS(sem_post(&window), 0);
	}
	for (int i = 0; i < WRITERS; i++)
		join(thread[i]);
}

static void check_blocks(int fd)
{
	unsigned char block[BLOCK];
	int seen[WRITERS + 1] = {0};
	for (int i = 0; i < WRITERS * BLOCKS; i++) {
		CHECK_IS(recv(fd, block, sizeof block, MSG_WAITALL), sizeof block);
		CHECK(block[0] >= 1 && block[0] <= WRITERS);
		CHECK(memcmp(block, block + 1, sizeof block - 1) == 0);
		seen[block[0]]++;
		CHECK_IS(send(fd, "", 1, 0), 1);
	}
	for (int i = 1; i <= WRITERS; i++)
		CHECK_IS(seen[i], BLOCKS);
	expect_end(fd);
}

/* --- several readers: each byte goes to one of them --- */

static atomic_ullong bytes_seen, sum_seen;

static void *add_up(void *argument)
{
	int fd = *(int *)argument;
	unsigned char data[1500];
	ssize_t got;
	while ((got = recv(fd, data, sizeof data, 0)) > 0) {
		unsigned long long sum = 0;
		for (ssize_t i = 0; i < got; i++)
			sum += data[i];
		atomic_fetch_add(&sum_seen, sum);
		atomic_fetch_add(&bytes_seen, (unsigned long long)got);
	}
	CHECK_IS(got, 0);
	return NULL;
}

static void several_readers(int fd)
{
	pthread_t thread[3];
	for (int i = 0; i < 3; i++)
		thread[i] = start(add_up, &fd);
	for (int i = 0; i < 3; i++)
		join(thread[i]);
	CHECK_IS(bytes_seen, 400000);
	CHECK_IS(sum_seen, shared->number[0]);
}

static void send_sum(int fd)
{
	static unsigned char data[400000];
	uint64_t sum = 0;
	fill(data, 0, sizeof data);
	for (size_t i = 0; i < sizeof data; i++)
		sum += data[i];
	shared->number[0] = sum;
	for (size_t done = 0; done < sizeof data; done += 1000) {
		CHECK_IS(send(fd, data + done, 1000, 0), 1000);
		if (done % 50000 == 0)
			sleep_ms(1);
	}
	CHECK_IS(shutdown(fd, SHUT_WR), 0);
	expect_end(fd);
}

/* --- both ways at once --- */

enum { DUPLEX_BYTES = 3 << 20 };

static void *write_much(void *argument)
{
	int fd = *(int *)argument;
	for (uint64_t done = 0; done < DUPLEX_BYTES; done += 32768)
		send_pattern(fd, done, 32768);
	return NULL;
}

static void duplex(int fd)
{
	pthread_t writer = start(write_much, &fd);
	receive_pattern(fd, 0, DUPLEX_BYTES);
	join(writer);
}

/* --- one waits, another ends it --- */

static ssize_t result;
static char received[10];

static void *receive_some(void *argument)
{
	result = recv(*(int *)argument, received, sizeof received, 0);
	return NULL;
}

/*
 * Closing what another thread reads from is what the test is about. And where a descriptor
 * was closed in a way of which ThreadSanitizer doesn't hear, it takes the number's next owner,
 * in libdoor's shut(), for the same one.
 */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
	return "race:close_under_reader\nrace:^shut$\n";
}

/* Who waits has the connection until it is done. */
static void close_under_reader(int fd)
{
	int number = fd;
	pthread_t reader = start(receive_some, &number);
	sleep_ms(15);
	CHECK_IS(close(fd), 0);
	CHECK_FAILS(send(fd, "x", 1, 0), EBADF);
	step(1);
	join(reader);
	CHECK_IS(result, 3);
	CHECK(holds(received, 0, 3));
	await_step(1);
}

static void send_three(int fd)
{
	await_step(1);
	send_pattern(fd, 0, 3);
	expect_end(fd);
	step(1);
}

static void shut_under_reader(int fd)
{
	pthread_t reader = start(receive_some, &fd);
	sleep_ms(15);
	CHECK_IS(shutdown(fd, SHUT_RD), 0);
	join(reader);
	CHECK_IS(result, 0);
	send_pattern(fd, 0, 100);
}

static void shut_both_under_reader(int fd)
{
	pthread_t reader = start(receive_some, &fd);
	send_pattern(fd, 0, 100);
	sleep_ms(15);
	CHECK_IS(shutdown(fd, SHUT_RDWR), 0);
	join(reader);
	CHECK_IS(result, 0);
}

static void receive_hundred(int fd)
{
	receive_pattern(fd, 0, 100);
	expect_end(fd);
}

static void *send_forever(void *argument)
{
	static char data[16 << 20];
	result = send(*(int *)argument, data, sizeof data, MSG_NOSIGNAL);
	return NULL;
}

static void shut_under_writer(int fd)
{
	pthread_t writer = start(send_forever, &fd);
	sleep_ms(30);
	CHECK_IS(shutdown(fd, SHUT_WR), 0);
	join(writer);
	CHECK(result > 0 && result < 16 << 20);
	shared->number[0] = (uint64_t)result;
	step(1);
	expect_end(fd);
}

static void count_to_end(int fd)
{
	static char data[65536];
	uint64_t total = 0;
	ssize_t got;
	await_step(1);
	while ((got = recv(fd, data, sizeof data, 0)) > 0)
		total += (uint64_t)got;
	CHECK_IS(got, 0);
	CHECK_IS(total, shared->number[0]);
}

/* --- threads that take turns --- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void *ask_in_turn(void *argument)
{
	for (uint64_t i = 0; i < 200; i++) {
		pthread_mutex_lock(&mutex);
		send_pattern(*(int *)argument, i, 100);
		receive_pattern(*(int *)argument, i, 100);
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

static void threads_by_turns(int fd)
{
	pthread_t thread[4];
	for (int i = 0; i < 4; i++)
		thread[i] = start(ask_in_turn, &fd);
	for (int i = 0; i < 4; i++)
		join(thread[i]);
}

static void echo_to_end(int fd)
{
	char data[1000];
	ssize_t got;
	while ((got = recv(fd, data, sizeof data, 0)) > 0)
		CHECK_IS(send(fd, data, (size_t)got, 0), got);
	CHECK_IS(got, 0);
}

/* A thread is cancelled while it waits; others go on. */
static void cancelled(int fd)
{
	for (int i = 0; i < 5; i++) {
		int number = fd;
		pthread_t reader = start(receive_some, &number);
		sleep_ms(2);
		CHECK_IS(pthread_cancel(reader), 0);
		void *end;
		CHECK_IS(pthread_join(reader, &end), 0);
		CHECK(end == PTHREAD_CANCELED);
	}
	send_pattern(fd, 0, 1000);
	receive_pattern(fd, 0, 1000);
}

static void *poll_for_ever(void *argument)
{
	struct pollfd poller = {.fd = *(int *)argument, .events = POLLPRI};
	poll(&poller, 1, -1);
	return NULL;
}

static void *wait_for_ever(void *argument)
{
	struct epoll_event event;
	epoll_wait(*(int *)argument, &event, 1, -1);
	return NULL;
}

static void cancel_asleep(void *(*sleeper)(void *), int *argument)
{
	pthread_t thread = start(sleeper, argument);
	void *end;
	sleep_ms(3);
	CHECK_IS(pthread_cancel(thread), 0);
	CHECK_IS(pthread_join(thread, &end), 0);
	CHECK(end == PTHREAD_CANCELED);
}

/* How often this process maps what two processes share of a connection. */
static int shared_mappings(void)
{
	char line[512];
	int count = 0;
	FILE *maps = fopen("/proc/self/maps", "re");
	CHECK(maps != NULL);
	while (fgets(line, sizeof line, maps) != NULL)
		count += strstr(line, "memfd:fastsock") != NULL;
	fclose(maps);
	return count;
}

enum { MANY = 200, CANCELLED = 100 };

static void *select_for_ever(void *argument)
{
	const int *copies = argument;
	fd_set exceptional;
	FD_ZERO(&exceptional);
	for (int i = 0; i < MANY; i++)
		FD_SET(copies[i], &exceptional);
	select(FD_SETSIZE, NULL, NULL, &exceptional, NULL);
	return NULL;
}

static long address_space_kib(void)
{
	long pages = 0;
	FILE *statm = fopen("/proc/self/statm", "re");
	CHECK(statm != NULL && fscanf(statm, "%ld", &pages) == 1);
	fclose(statm);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* Sets too large for the stack are given back, too. */
static void cancelled_in_select(int fd)
{
	int copies[MANY];
	long before = 0;
	for (int i = 0; i < MANY; i++)
		copies[i] = dup(fd);
	for (int i = 0; i < CANCELLED; i++) {
		if (i == CANCELLED / 2)
			before = address_space_kib();
		cancel_asleep(select_for_ever, copies);
	}
	CHECK(address_space_kib() - before < CANCELLED / 2 * 4);
	for (int i = 0; i < MANY; i++)
		close(copies[i]);
}

/* Threads that are cancelled in poll() and epoll_wait() hold nothing any more. */
static void cancelled_asleep(int fd)
{
	struct epoll_event event = {.events = EPOLLPRI};
	int set = epoll_create1(0);
	CHECK_IS(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event), 0);
	for (int i = 0; i < 3; i++) {
		cancel_asleep(poll_for_ever, &fd);
		cancel_asleep(wait_for_ever, &set);
	}
	send_pattern(fd, 0, 1000);
	receive_pattern(fd, 0, 1000);
	close(set);
	close(fd);
	CHECK_IS(shared_mappings(), 0);
}

const struct test thread_tests[] = {
	{"writers", several_writers, check_blocks, 0},
	{"readers", several_readers, send_sum, 0},
	{"duplex", duplex, duplex, 0},
	{"close-reader", close_under_reader, send_three, 0},
	{"shut-reader", shut_under_reader, receive_hundred, 0},
	{"shut-both", shut_both_under_reader, receive_hundred, 0},
	{"shut-writer", shut_under_writer, count_to_end, 0},
	{"by-turns", threads_by_turns, echo_to_end, 0},
	{"cancelled", cancelled, echo_to_end, 0},
	{"cancelled-asleep", cancelled_asleep, echo_to_end, UNWOUND},
	{"cancelled-in-select", cancelled_in_select, echo_to_end, UNWOUND},
	{NULL, NULL, NULL, 0},
};
