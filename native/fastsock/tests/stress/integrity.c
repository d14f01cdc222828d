/*
 * Data in random pieces by random calls, both ways at once, summed up at both ends:
 *   fastsock-integrity [--library FILE] [--transport NAME] [MIB [SEED]]
 * FASTSOCK_INTEGRITY_MIB raises the amount: 10240 for 10 GiB.
 */
#include "pair.h"

enum { MIB = 48, MOST = 200000, PATIENCE_PER_MIB_MS = 500 };

static uint64_t total_bytes;
static unsigned start_seed;

/* Any order or value but the right one gives another sum. */
struct sum {
	uint64_t value, position;
};

static void add_to(struct sum *sum, const unsigned char *data, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sum->value = sum->value * 31 + data[i];
	sum->position += n;
}

static size_t some_size(unsigned *seed)
{
	switch (rand_r(seed) % 4) {
	case 0:
		return 1 + (size_t)rand_r(seed) % 64;
	case 1:
		return 1 + (size_t)rand_r(seed) % 5000;
	default:
		return 1 + (size_t)rand_r(seed) % MOST;
	}
}

static void *produce(void *argument)
{
	static unsigned char data[MOST];
	unsigned seed = start_seed + 1000;
	struct sum sum = {0};
	while (sum.position < total_bytes) {
		size_t n = some_size(&seed);
		if (n > total_bytes - sum.position)
			n = (size_t)(total_bytes - sum.position);
		fill(data, sum.position, n);
		const struct call *call = &writers[(size_t)rand_r(&seed) % writer_count];
		ssize_t sent = call->move(*(int *)argument, data, n);
		if (sent <= 0)
			fprintf(stderr, "%s: %zd\n", call->name, sent);
		CHECK(sent > 0 && (size_t)sent <= n);
		add_to(&sum, data, (size_t)sent);
	}
	shared->number[side] = sum.value;
	return NULL;
}

static uint64_t consume(int fd)
{
	static unsigned char data[MOST];
	unsigned seed = start_seed + 2000;
	struct sum sum = {0};
	while (sum.position < total_bytes) {
		size_t n = some_size(&seed);
		if (n > total_bytes - sum.position)
			n = (size_t)(total_bytes - sum.position);
		const struct call *call = &readers[(size_t)rand_r(&seed) % reader_count];
		ssize_t got = call->move(fd, data, n);
		if (got <= 0)
			fprintf(stderr, "%s: %zd\n", call->name, got);
		CHECK(got > 0 && (size_t)got <= n);
		if (!holds(data, sum.position, (size_t)got))
			fprintf(stderr, "%s: wrong from %llu on\n", call->name,
				(unsigned long long)sum.position);
		CHECK(holds(data, sum.position, (size_t)got));
		add_to(&sum, data, (size_t)got);
	}
	return sum.value;
}

static void play(int argc, char **argv)
{
	CHECK(argc == 3);
	total_bytes = (uint64_t)atoll(argv[1]) << 20;
	start_seed = (unsigned)atoi(argv[2]) + (unsigned)side;
	int fd = pair_connection();
	pthread_t producer = start(produce, &fd);
	uint64_t sum = consume(fd);
	join(producer);
	step(2);
	await_step(2);
	CHECK(sum == shared->number[!side]);
	CHECK_IS(shutdown(fd, SHUT_WR), 0);
	expect_end(fd);
}

int main(int argc, char **argv)
{
	struct pair_setting setting = {0};
	int first = pair_begin(argc, argv, &setting, play);
	const char *raised = getenv("FASTSOCK_INTEGRITY_MIB");
	unsigned mib = raised != NULL ? (unsigned)atoi(raised) : MIB;
	if (argc > first)
		mib = (unsigned)atoi(argv[first]);
	unsigned seed = argc > first + 1 ? (unsigned)atoi(argv[first + 1]) : (unsigned)getpid();
	char amount[16], start_text[16], program[] = "integrity";
	char *arguments[] = {program, amount, start_text, NULL};
	pid_t pid[2];
	snprintf(amount, sizeof amount, "%u", mib);
	snprintf(start_text, sizeof start_text, "%u", seed % 1000000);
	pair_start(&setting, arguments, pid);
	unsigned patience = 20000 + mib * PATIENCE_PER_MIB_MS;
	int client = pair_wait(pid[CLIENT], patience), server = pair_wait(pid[SERVER], 2000);
	printf("%u MiB each way, seed %u: client %x, server %x\n", mib, seed, (unsigned)client,
	       (unsigned)server);
	return client != 0 || server != 0;
}
