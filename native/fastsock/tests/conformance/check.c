#include "check.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <sys/time.h>
#include <time.h>

struct shared *shared;
int side;
atomic_int signals_counted;

void check_failed(const char *file, int line, const char *what)
{
	int error = errno;
	const char *name = strrchr(file, '/') != NULL ? strrchr(file, '/') + 1 : file;
	fprintf(stderr, "%s:%d: %s: CHECK(%s) failed, errno %d (%s)\n", name, line,
		side == CLIENT ? "client" : "server", what, error, strerror(error));
	if (shared != NULL)
		shared->failed = 1;
	_exit(1);
}

void skip(const char *reason)
{
	fprintf(stderr, "skipped: %s\n", reason);
	_exit(SKIPPED);
}

/* --- taking turns --- */

void step(uint32_t number)
{
	shared->step[side] = number;
}

void await_step(uint32_t number)
{
	WAIT_FOR(shared->step[!side] >= number || shared->failed);
	CHECK(!shared->failed);
}

void await_end(void)
{
	WAIT_FOR(kill(shared->pid[!side], 0) != 0 || shared->failed);
	CHECK(!shared->failed);
}

/* --- sockets --- */

int tcp_socket(int family, int flags)
{
	int fd = socket(family, SOCK_STREAM | flags, 0);
	CHECK(fd >= 0);
	return fd;
}

static socklen_t address_of(struct sockaddr_storage *storage, const char *text, uint16_t port)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)storage;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)storage;
	memset(storage, 0, sizeof *storage);
	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		return sizeof *v4;
	}
	CHECK(inet_pton(AF_INET6, text, &v6->sin6_addr) == 1);
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(port);
	return sizeof *v6;
}

int connect_to(const char *address)
{
	struct sockaddr_storage storage;
	WAIT_FOR(shared->port != 0);
	socklen_t length = address_of(&storage, address, (uint16_t)shared->port);
	int fd = tcp_socket(storage.ss_family, 0);
	CHECK_IS(connect(fd, (struct sockaddr *)&storage, length), 0);
	return fd;
}

int connect_to_other(void)
{
	return connect_to("127.0.0.1");
}

int listen_at(int family, const char *address)
{
	struct sockaddr_storage storage;
	socklen_t length = address_of(&storage, address, 0);
	int fd = tcp_socket(family, SOCK_CLOEXEC);
	if (bind(fd, (struct sockaddr *)&storage, length) < 0 && errno == EADDRNOTAVAIL)
		skip("the system doesn't have this address");
	CHECK_IS(listen(fd, 1024), 0);
	length = sizeof storage;
	CHECK_IS(getsockname(fd, (struct sockaddr *)&storage, &length), 0);
	/* At the same place in both families. */
	shared->port = ntohs(((struct sockaddr_in *)&storage)->sin_port);
	return fd;
}

int accept_one(int listener)
{
	int fd = accept(listener, NULL, NULL);
	CHECK(fd >= 0);
	return fd;
}

void warm_up(int fd)
{
	for (int i = 0; i < 12; i++) {
		if (side == CLIENT)
			ping(fd);
		else
			pong(fd);
	}
}

/* --- data --- */

static uint64_t word_at(uint64_t index)
{
	uint64_t x = (index + 1) * UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	return x ^ (x >> 27);
}

static unsigned char byte_at(uint64_t position)
{
	uint64_t word = word_at(position / 8);
	unsigned char bytes[8];
	memcpy(bytes, &word, sizeof bytes);
	return bytes[position % 8];
}

void fill(void *data, uint64_t position, size_t n)
{
	unsigned char *to = data;
	for (; n > 0 && position % 8 != 0; n--)
		*to++ = byte_at(position++);
	for (; n >= 8; n -= 8, to += 8, position += 8) {
		uint64_t word = word_at(position / 8);
		memcpy(to, &word, sizeof word);
	}
	for (; n > 0; n--)
		*to++ = byte_at(position++);
}

bool holds(const void *data, uint64_t position, size_t n)
{
	const unsigned char *from = data;
	for (; n > 0 && position % 8 != 0; n--)
		if (*from++ != byte_at(position++))
			return false;
	for (; n >= 8; n -= 8, from += 8, position += 8) {
		uint64_t word = word_at(position / 8);
		if (memcmp(from, &word, sizeof word) != 0)
			return false;
	}
	for (; n > 0; n--)
		if (*from++ != byte_at(position++))
			return false;
	return true;
}

void send_pattern(int fd, uint64_t position, size_t n)
{
	char *data = malloc(n + 1);
	CHECK(data != NULL);
	fill(data, position, n);
	CHECK_IS(send(fd, data, n, 0), n);
	free(data);
}

void receive_pattern(int fd, uint64_t position, size_t n)
{
	size_t most = n < 262144 ? n : 262144;
	char *data = malloc(most + 1);
	CHECK(data != NULL);
	while (n > 0) {
		ssize_t got = recv(fd, data, n < most ? n : most, 0);
		CHECK(got > 0);
		CHECK(holds(data, position, (size_t)got));
		position += (uint64_t)got;
		n -= (size_t)got;
	}
	free(data);
}

void expect_end(int fd)
{
	char byte;
	CHECK_IS(recv(fd, &byte, 1, 0), 0);
	CHECK_IS(recv(fd, &byte, 1, 0), 0);
}

void ping(int fd)
{
	char byte = 'p';
	CHECK_IS(send(fd, &byte, 1, 0), 1);
	CHECK_IS(recv(fd, &byte, 1, 0), 1);
	CHECK_IS(byte, 'q');
}

void pong(int fd)
{
	char byte;
	CHECK_IS(recv(fd, &byte, 1, 0), 1);
	CHECK_IS(byte, 'p');
	byte = 'q';
	CHECK_IS(send(fd, &byte, 1, 0), 1);
}

int unread(int fd)
{
	int bytes = -1;
	CHECK_IS(ioctl(fd, FIONREAD, &bytes), 0);
	return bytes;
}

uint64_t send_until_full(int fd, uint64_t position)
{
	static char data[65536];
	uint64_t total = 0;
	for (;;) {
		fill(data, position + total, sizeof data);
		ssize_t sent = send(fd, data, sizeof data, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent < 0)
			break;
		CHECK(sent > 0);
		total += (uint64_t)sent;
	}
	CHECK_IS(errno, EAGAIN);
	return total;
}

/* --- time, signals, processes --- */

uint64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void sleep_ms(unsigned ms)
{
	struct timespec left = {ms / 1000, (long)(ms % 1000) * 1000000};
	while (nanosleep(&left, &left) != 0 && errno == EINTR)
		;
}

void nonblocking(int fd, bool on)
{
	int flags = fcntl(fd, F_GETFL);
	CHECK(flags >= 0);
	CHECK_IS(fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK), 0);
}

static void count_signal(int number)
{
	(void)number;
	atomic_fetch_add(&signals_counted, 1);
}

void count_signals(int number, int flags)
{
	struct sigaction action = {.sa_handler = count_signal, .sa_flags = flags};
	signals_counted = 0;
	CHECK_IS(sigaction(number, &action, NULL), 0);
}

void alarm_in(unsigned ms, bool again)
{
	struct itimerval timer = {0};
	timer.it_value.tv_sec = ms / 1000;
	timer.it_value.tv_usec = (suseconds_t)(ms % 1000) * 1000;
	if (again)
		timer.it_interval = timer.it_value;
	CHECK_IS(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

pthread_t start(void *(*run)(void *), void *argument)
{
	pthread_t thread;
	CHECK_IS(pthread_create(&thread, NULL, run, argument), 0);
	return thread;
}

void join(pthread_t thread)
{
	CHECK_IS(pthread_join(thread, NULL), 0);
}

void join_child(pid_t child)
{
	int status;
	CHECK_IS(waitpid(child, &status, 0), child);
	CHECK_IS(status, 0);
}

int open_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int count = 0;
	CHECK(directory != NULL);
	for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
		count += entry->d_name[0] != '.';
	closedir(directory);
	return count - 1;
}

long resident_kib(void)
{
	char line[256];
	long kib = -1;
	FILE *file = fopen("/proc/self/smaps_rollup", "r");
	CHECK(file != NULL);
	while (fgets(line, sizeof line, file) != NULL)
		if (sscanf(line, "Rss: %ld kB", &kib) == 1)
			break;
	fclose(file);
	CHECK(kib >= 0);
	return kib;
}
