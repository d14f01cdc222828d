/*
 * A peer that writes whatever it likes into what it shares:
 *   fastsock-scribble [--library FILE] [--transport NAME] [ROUNDS [SEED]]
 * The client overwrites the shared segment while traffic runs. The server may see any
 * data and any error; it must not crash, write beyond its buffers, or wait on when
 * the client has gone.
 */

#include "pair.h"

enum { ROUNDS = 6, TRAFFIC_MS = 150, END_MS = 3000, BYTES = 40000 };

/* --- the victim --- */

/* A buffer that ends where nothing is mapped. */
static char *guarded(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t whole = (BYTES + page - 1) / page * page;
	char *at = mmap(NULL, whole + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(at != MAP_FAILED);
	CHECK_IS(mprotect(at + page, whole, PROT_READ | PROT_WRITE), 0);
	return at + page + whole - BYTES;
}

static void serve(int pattern, unsigned *seed)
{
	char *data = guarded();
	int fd = pair_connection();
	struct timeval limit = {0, 200000};
	warm_up(fd);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
	for (;;) {
		size_t n = 1 + (size_t)rand_r(seed) % BYTES;
		struct pollfd poller = {.fd = fd, .events = POLLIN};
		int bytes;
		if (pattern == 1)
			poll(&poller, 1, 100);
		if (pattern == 2)
			ioctl(fd, FIONREAD, &bytes);
		ssize_t got = recv(fd, data + BYTES - n, n, pattern == 1 ? MSG_DONTWAIT : 0);
		CHECK(got <= (ssize_t)n);
		if (got < 0 && errno == EAGAIN && shared->step[CLIENT] < 3)
			continue;
		if (got <= 0)
			break;
		ssize_t sent = send(fd, data + BYTES - got, (size_t)got, MSG_NOSIGNAL);
		CHECK(sent <= got);
		if (sent <= 0 && errno != EAGAIN)
			break;
	}
	close(fd);
}

/* --- the attacker --- */

struct target {
	uint64_t *words;
	size_t count;
};

static struct target targets[8];
static size_t target_count;
static unsigned scribble_seed;

/* Every shared mapping of the library that can be written. */
static void find_targets(void)
{
	char line[512], rights[8];
	unsigned long from, to;
	FILE *maps = fopen("/proc/self/maps", "r");
	CHECK(maps != NULL);
	while (fgets(line, sizeof line, maps) != NULL && target_count < 8)
		if (strstr(line, "memfd:fastsock") != NULL &&
		    sscanf(line, "%lx-%lx %7s", &from, &to, rights) == 3 &&
		    strcmp(rights, "rw-s") == 0)
			targets[target_count++] = (struct target){(uint64_t *)from,
								  (to - from) / sizeof(uint64_t)};
	fclose(maps);
}

static uint64_t some_value(unsigned *seed)
{
	uint64_t random = (uint64_t)rand_r(seed) << 32 ^ (uint64_t)rand_r(seed);
	switch (rand_r(seed) % 6) {
	case 0:
		return 0;
	case 1:
		return UINT64_MAX;
	case 2:
		return random % 8;
	case 3:
		return random % 1000000;
	case 4:
		return UINT64_C(1) << (random % 64);
	default:
		return random;
	}
}

/* Mostly where the lanes are, at times everywhere. */
static void *scribble(void *argument)
{
	atomic_bool *stop = argument;
	unsigned *seed = &scribble_seed;
	while (!*stop) {
		struct target *target = &targets[(size_t)rand_r(seed) % target_count];
		size_t span = rand_r(seed) % 8 ? 1024 / sizeof(uint64_t) : target->count;
		volatile uint64_t *word = &target->words[(size_t)rand_r(seed) % span];
		if (rand_r(seed) % 3)
			*word = some_value(seed);
		else
			*word += some_value(seed) % 64;
		if (rand_r(seed) % 4 == 0)
			usleep((useconds_t)rand_r(seed) % 300);
	}
	return NULL;
}

static void attack(unsigned *seed)
{
	static char data[BYTES];
	atomic_bool stop = false;
	int fd = pair_connection();
	warm_up(fd);
	find_targets();
	if (target_count == 0)
		exit(getenv("LD_PRELOAD") == NULL ? 0 : 3);
	step(2);
	scribble_seed = *seed;
	start(scribble, &stop);
	for (uint64_t end = now_ms() + TRAFFIC_MS; now_ms() < end;) {
		size_t n = 1 + (size_t)rand_r(seed) % BYTES;
		if (send(fd, data, n, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno != EAGAIN)
			usleep(1000);
		if (recv(fd, data, sizeof data, MSG_DONTWAIT) < 0 && errno != EAGAIN)
			usleep(1000);
	}
	stop = true;
	step(3);
	/* By the system: this process's own library may be in any state. */
	_exit(0);
}

static void play(int argc, char **argv)
{
	CHECK(argc == 3);
	unsigned seed = (unsigned)atoi(argv[2]) + (unsigned)side;
	if (side == SERVER)
		serve(atoi(argv[1]) % 3, &seed);
	else
		attack(&seed);
}

/* --- from outside --- */

static void one_round(const struct pair_setting *setting, unsigned number, unsigned *seed)
{
	char pattern[12], start[12], program[] = "scribble";
	char *arguments[] = {program, pattern, start, NULL};
	pid_t pid[2];
	snprintf(pattern, sizeof pattern, "%u", number);
	snprintf(start, sizeof start, "%d", rand_r(seed) % 1000000);
	pair_start(setting, arguments, pid);
	/* The attacker may harm itself; then it is the one that is killed. */
	int attacker = pair_wait(pid[CLIENT], END_MS);
	CHECK(!WIFEXITED(attacker) || WEXITSTATUS(attacker) != 3);
	int victim = pair_wait(pid[SERVER], END_MS);
	if (victim != 0)
		fprintf(stderr, "round %u, seed %s: the victim %s, status %x\n", number, start,
			victim == -1 ? "hung" : "failed", (unsigned)victim);
	CHECK_IS(victim, 0);
}

int main(int argc, char **argv)
{
	struct pair_setting setting = {0};
	int first = pair_begin(argc, argv, &setting, play);
	unsigned rounds = argc > first ? (unsigned)atoi(argv[first]) : ROUNDS;
	unsigned seed = argc > first + 1 ? (unsigned)atoi(argv[first + 1]) : (unsigned)getpid();
	printf("seed %u\n", seed);
	for (unsigned i = 0; i < rounds; i++)
		one_round(&setting, i, &seed);
	printf("%u rounds\n", rounds);
	return 0;
}
