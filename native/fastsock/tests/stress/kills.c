/*
 * One side is killed at a random moment under load:
 *   fastsock-kills [--library FILE] [--transport NAME] [KILLS [SEED]]
 * The other one is told as TCP tells it, at once; what it has received until then is
 * what was sent; and nothing is left anywhere. FASTSOCK_KILLS raises the number.
 */
#include <dirent.h>
#include <sched.h>
#include <sys/epoll.h>

#include "../conformance/network.h"
#include "pair.h"

enum { KILLS = 20, SURVIVOR_MS = 2000, CHUNK = 70000 };

static char data[CHUNK];

/* --- the sides --- */

static bool take(int fd, uint64_t *position, size_t most, int flags)
{
	ssize_t got = recv(fd, data, most, flags);
	if (got < 0 && errno == EAGAIN && (flags & MSG_DONTWAIT))
		return true;
	if (is_end(got))
		return false;
	CHECK(got > 0);
	CHECK(holds(data, *position, (size_t)got));
	*position += (uint64_t)got;
	return true;
}

static bool put(int fd, uint64_t *position, size_t n, int flags)
{
	fill(data, *position, n);
	ssize_t sent = send(fd, data, n, flags | MSG_NOSIGNAL);
	if (sent < 0 && errno == EAGAIN && (flags & MSG_DONTWAIT))
		return true;
	if (sent < 0 && is_end(sent))
		return false;
	CHECK(sent > 0);
	*position += (uint64_t)sent;
	return true;
}

static void round_trips(int fd, unsigned *seed)
{
	uint64_t sent = 0, received = 0;
	for (;;) {
		if (side == CLIENT && !put(fd, &sent, 1 + (size_t)rand_r(seed) % 4000, 0))
			return;
		if (!take(fd, &received, CHUNK, 0))
			return;
		if (side == SERVER && !put(fd, &sent, 1 + (size_t)rand_r(seed) % 4000, 0))
			return;
	}
}

static void one_way(int fd, unsigned *seed, int producer)
{
	uint64_t position = 0;
	bool more = true;
	while (more) {
		size_t n = 1 + (size_t)rand_r(seed) % CHUNK;
		more = side == producer ? put(fd, &position, n, 0) : take(fd, &position, n, 0);
	}
}

static void both_by_poll(int fd, unsigned *seed)
{
	uint64_t sent = 0, received = 0;
	struct pollfd poller = {.fd = fd, .events = POLLIN | POLLOUT};
	for (;;) {
		size_t n = 1 + (size_t)rand_r(seed) % CHUNK;
		CHECK_IS(poll(&poller, 1, -1), 1);
		if ((poller.revents & ~POLLOUT) && !take(fd, &received, n, MSG_DONTWAIT))
			return;
		if ((poller.revents & POLLOUT) && !put(fd, &sent, n, MSG_DONTWAIT))
			return;
	}
}

static void both_by_epoll(int fd, unsigned *seed)
{
	uint64_t sent = 0, received = 0;
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET};
	int set = epoll_create1(EPOLL_CLOEXEC);
	CHECK_IS(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event), 0);
	for (;;) {
		uint64_t before;
		CHECK_IS(epoll_wait(set, &event, 1, -1), 1);
		do {
			before = sent + received;
			size_t n = 1 + (size_t)rand_r(seed) % CHUNK;
			if (!take(fd, &received, n, MSG_DONTWAIT) ||
			    !put(fd, &sent, n, MSG_DONTWAIT))
				return;
		} while (sent + received != before);
	}
}

/* Nothing moves, and both sleep. */
static void idle(int fd)
{
	uint64_t position = 0;
	struct pollfd poller = {.fd = fd, .events = POLLIN};
	if (side == SERVER)
		CHECK_IS(poll(&poller, 1, -1), 1);
	CHECK(!take(fd, &position, 1, 0));
}

/* Some exchanges that may end at any moment. */
static bool exchange(int fd)
{
	char byte = 0;
	for (int i = 0; i < 12; i++) {
		if (side == CLIENT && send(fd, &byte, 1, MSG_NOSIGNAL) != 1)
			return false;
		if (recv(fd, &byte, 1, 0) != 1)
			return false;
		if (side == SERVER && send(fd, &byte, 1, MSG_NOSIGNAL) != 1)
			return false;
	}
	return true;
}

static bool is_mapped(void)
{
	char line[512];
	bool found = false;
	FILE *maps = fopen("/proc/self/maps", "r");
	CHECK(maps != NULL);
	while (fgets(line, sizeof line, maps) != NULL)
		found = found || strstr(line, "memfd:fastsock") != NULL;
	fclose(maps);
	return found;
}

enum { PATTERNS = 6 };

/* The process's own door, once it has had a connection by doors: it stays, with its end,
 * its page, its bell, its buffers, and the two sets that are watched for callers and servers. */
static int kept_for_doors(void)
{
	const char *transport = getenv("FASTSOCK_TRANSPORT");
	return transport != NULL && strstr(transport, "doors") != NULL ? 7 : 0;
}

static void play(int argc, char **argv)
{
	CHECK(argc == 3);
	int pattern = atoi(argv[1]), before = open_descriptors();
	unsigned seed = (unsigned)atoi(argv[2]) + (unsigned)side;
	int fd = pair_connection();
	if (exchange(fd)) {
		if (pattern == 0)
			round_trips(fd, &seed);
		else if (pattern == 1 || pattern == 2)
			one_way(fd, &seed, pattern == 1 ? CLIENT : SERVER);
		else if (pattern == 3)
			both_by_poll(fd, &seed);
		else if (pattern == 4)
			both_by_epoll(fd, &seed);
		else
			idle(fd);
	}
	close(fd);
	int most = before + 1 + (pattern == 4) + kept_for_doors();
	/* Nothing of the connection is kept: but for the epoll set. */
	WAIT_FOR(!is_mapped());
	WAIT_FOR(open_descriptors() <= most);
}

/* --- from outside --- */

static bool own_names;

/* Names that are this library's; in a network of one's own, any abstract name. */
static int names_left(void)
{
	char line[512];
	int count = 0;
	FILE *names = fopen("/proc/net/unix", "r");
	CHECK(names != NULL);
	while (fgets(line, sizeof line, names) != NULL)
		count += own_names && strstr(line, " @") != NULL;
	fclose(names);
	return count;
}

static int files_left(const char *path)
{
	DIR *directory = opendir(path);
	int count = 0;
	if (directory == NULL)
		return 0;
	for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
		count += strstr(entry->d_name, "fastsock") != NULL;
	closedir(directory);
	return count;
}

static void kill_one(const struct pair_setting *setting, unsigned number, unsigned *seed)
{
	char pattern[12], start[12];
	char program[] = "kills";
	char *arguments[] = {program, pattern, start, NULL};
	pid_t pid[2];
	int victim = rand_r(seed) % 2;
	snprintf(pattern, sizeof pattern, "%u", number % PATTERNS);
	snprintf(start, sizeof start, "%d", rand_r(seed) % 1000000);
	pair_start(setting, arguments, pid);
	WAIT_FOR(shared->step[CLIENT] == 1 && shared->step[SERVER] == 1);
	/* A third of them while the two sides come to know each other. */
	usleep((useconds_t)rand_r(seed) % (number % 3 == 0 ? 1500 : 15000));
	kill(pid[victim], SIGKILL);
	uint64_t began = now_ms();
	int status = pair_wait(pid[!victim], SURVIVOR_MS);
	pair_wait(pid[victim], SURVIVOR_MS);
	if (status != 0)
		fprintf(stderr, "kill %u, pattern %s, seed %s: the surviving %s %s, status %x\n",
			number, pattern, start, victim == CLIENT ? "server" : "client",
			status == -1 ? "hung" : "failed", (unsigned)status);
	else if (getenv("FASTSOCK_TEST_VERBOSE") != NULL)
		fprintf(stderr, "kill %u: pattern %s, %d ms\n", number, pattern,
			(int)(now_ms() - began));
	CHECK_IS(status, 0);
}

int main(int argc, char **argv)
{
	struct pair_setting setting = {0};
	int first = pair_begin(argc, argv, &setting, play);
	const char *raised = getenv("FASTSOCK_KILLS");
	unsigned kills = raised != NULL ? (unsigned)atoi(raised) : KILLS;
	unsigned seed = argc > first + 1 ? (unsigned)atoi(argv[first + 1]) : (unsigned)getpid();
	if (argc > first)
		kills = (unsigned)atoi(argv[first]);
	printf("seed %u\n", seed);
	own_names = own_network() == 0;
	int shm = files_left("/dev/shm"), tmp = files_left("/tmp");
	for (unsigned i = 0; i < kills; i++)
		kill_one(&setting, i, &seed);
	WAIT_FOR(names_left() == 0);
	WAIT_FOR(files_left("/dev/shm") <= shm && files_left("/tmp") <= tmp);
	printf("%u kills%s\n", kills, own_names ? "" : ", names not looked at");
	return 0;
}
