/*
 * Servers and clients under load, killed at random and started again:
 *   door-stress-kills [KILLS [SEED]]
 * Nobody hangs, survivors see only the errors that are specified, and what they
 * hold afterwards is what they held before.
 */
#include "load.h"

enum { SERVERS = 4, CLIENTS = 4, THREADS = 3, PROCESSES = SERVERS + CLIENTS, HANG_MS = 15000 };

/* The first server and the first client are never killed. */
enum { VETERAN_SERVER = 0, VETERAN_CLIENT = SERVERS };

struct holdings {
	int descriptors;
	int mappings;
	long pages;
};

static struct {
	_Atomic bool stop;
	_Atomic uint64_t beats[CLIENTS][THREADS]; /* ms: when the last call ended */
	_Atomic uint64_t answered, broken;
	_Atomic int before_ready;
	struct holdings before[2], after[2]; /* of the veteran server and client */
	_Atomic int after_ready;
} * shared;

static const char *names[SERVERS];
static pid_t processes[PROCESSES];

static struct holdings holdings(void)
{
	return (struct holdings){open_descriptors(), mappings(), resident_pages()};
}

/* --- servers --- */

static void server(int number)
{
	if (number != VETERAN_SERVER)
		fdetach(names[number]); /* a predecessor's */
	int door = door_create(load_procedure, NULL, 0);
	CHECK(door >= 0);
	if (number == VETERAN_SERVER) {
		CHECK(door_call(door, NULL) == 0);
		shared->before[0] = holdings();
	}
	CHECK(fattach(door, names[number]) == 0);
	while (!shared->stop)
		usleep(10000);
	if (number != VETERAN_SERVER)
		_exit(0);
	/* All clients have ended: their sessions go as the library hears of it. */
	for (int i = 0; i < 5000; i++) {
		shared->after[0] = holdings();
		if (shared->after[0].descriptors <= shared->before[0].descriptors + 2)
			break;
		usleep(1000);
	}
	shared->after_ready++;
	_exit(0);
}

/* --- clients --- */

struct caller {
	int client, thread;
	unsigned random;
};

static bool is_specified(int error)
{
	return error == EBADF || error == EINTR;
}

static void call_some(struct caller *caller)
{
	int door = open(names[random_next(&caller->random) % SERVERS], O_RDWR);
	CHECK(door >= 0);
	for (unsigned n = random_next(&caller->random) % 50; n > 0 && !shared->stop; n--) {
		struct load_result result = load_call(door, &caller->random);
		shared->beats[caller->client][caller->thread] = now_ms();
		CHECK(!result.wrong);
		if (result.error == 0) {
			shared->answered++;
			continue;
		}
		errno = result.error;
		CHECK(is_specified(result.error));
		shared->broken++;
		usleep(1000);
		break;
	}
	close(door);
}

static void *calls(void *argument)
{
	struct caller *caller = argument;
	while (!shared->stop)
		call_some(caller);
	return NULL;
}

static void run_threads(int client, unsigned seed)
{
	pthread_t threads[THREADS];
	struct caller callers[THREADS];
	for (int i = 0; i < THREADS; i++) {
		callers[i] = (struct caller){client, i, seed * 31u + (unsigned)i};
		shared->beats[client][i] = now_ms();
		CHECK(pthread_create(&threads[i], NULL, calls, &callers[i]) == 0);
	}
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
}

static void client(int number, unsigned seed)
{
	if (number == 0) {
		int own = door_create(load_procedure, NULL, 0); /* what the library makes once */
		CHECK(door_call(own, NULL) == 0);
		shared->before[1] = holdings();
	}
	run_threads(number, seed);
	if (number == 0) {
		shared->after[1] = holdings();
		shared->after_ready++;
	}
	_exit(0);
}

/* --- the killer --- */

static void start(int number, unsigned seed)
{
	if (number >= SERVERS) /* its threads have a while to begin */
		for (int i = 0; i < THREADS; i++)
			shared->beats[number - SERVERS][i] = now_ms();
	processes[number] = fork();
	CHECK(processes[number] >= 0);
	if (processes[number] > 0)
		return;
	die_with_parent();
	if (number < SERVERS)
		server(number);
	client(number - SERVERS, seed);
}

/* Time for a debugger. */
static void stay_for_debugger(void)
{
	const char *wait = getenv("DOOR_STRESS_WAIT");
	sleep(wait != NULL ? (unsigned)atoi(wait) : 0);
}

static void check_beats(void)
{
	uint64_t now = now_ms();
	for (int i = 0; i < CLIENTS; i++)
		for (int j = 0; j < THREADS; j++) {
			uint64_t last = shared->beats[i][j];
			if (last + HANG_MS > now)
				continue;
			fprintf(stderr, "client %d (process %d), thread %d hangs\n", i,
				(int)processes[SERVERS + i], j);
			stay_for_debugger();
			CHECK(last + HANG_MS > now);
		}
}

/* Nobody ends but by our hand. */
static void check_alive(void)
{
	for (int i = 0; i < PROCESSES; i++) {
		int status = 0;
		if (waitpid(processes[i], &status, WNOHANG) == 0)
			continue;
		fprintf(stderr, "%s %d ended by itself, status %#x\n",
			i < SERVERS ? "server" : "client", i % SERVERS, (unsigned)status);
		CHECK(false);
	}
}

static void kill_some(int kills, unsigned *random)
{
	for (int done = 0; done < kills; done++) {
		usleep(5000 + random_next(random) % 30000);
		check_beats();
		check_alive();
		int victim;
		do
			victim = (int)(random_next(random) % PROCESSES);
		while (victim == VETERAN_SERVER || victim == VETERAN_CLIENT);
		end(processes[victim]);
		start(victim, random_next(random));
	}
}

/* Clients first: then the veteran server can say what is left of them. */
static void stop_all(void)
{
	shared->stop = true;
	for (int i = PROCESSES; i-- > 0;) {
		int status = -1;
		uint64_t limit = now_ms() + HANG_MS;
		while (waitpid(processes[i], &status, WNOHANG) == 0 && now_ms() < limit)
			usleep(1000);
		if (status == 0)
			continue;
		fprintf(stderr, "%s %d (process %d) did not end well, status %#x\n",
			i < SERVERS ? "server" : "client", i % SERVERS, (int)processes[i],
			(unsigned)status);
		stay_for_debugger();
		CHECK(false);
	}
	CHECK(waitpid(-1, NULL, 0) == -1 && errno == ECHILD);
	CHECK(shared->after_ready == 2);
}

static void check_holdings(const char *who, const struct holdings *before,
			   const struct holdings *after)
{
	printf("%s: %d -> %d descriptors, %d -> %d mappings, %ld -> %ld pages\n", who,
	       before->descriptors, after->descriptors, before->mappings, after->mappings,
	       before->pages, after->pages);
	/* Threads of the pool stay, with their stacks and arenas; sessions don't. */
	CHECK(after->descriptors <= before->descriptors + 4);
	if (!SANITIZED) {
		CHECK(after->mappings <= before->mappings + 150);
		CHECK(after->pages <= before->pages + 8192);
	}
}

static void clean_up(void)
{
	for (int i = 0; i < SERVERS; i++)
		CHECK(unlink(names[i]) == 0);
}

int main(int argc, char **argv)
{
	int kills = argc > 1 ? atoi(argv[1]) : 300;
	unsigned seed = argc > 2 ? (unsigned)atoi(argv[2]) : (unsigned)now_ms();
	unsigned random = seed;
	printf("%d kills, seed %u\n", kills, seed);
	fflush(stdout);
	shared = shared_memory(sizeof *shared);
	for (int i = 0; i < SERVERS; i++)
		names[i] = fresh_file();
	for (int i = 0; i < PROCESSES; i++)
		start(i, random_next(&random));
	kill_some(kills, &random);
	stop_all();
	clean_up();
	printf("%llu calls answered, %llu broken off\n", (unsigned long long)shared->answered,
	       (unsigned long long)shared->broken);
	check_holdings("server", &shared->before[0], &shared->after[0]);
	check_holdings("client", &shared->before[1], &shared->after[1]);
	CHECK(shared->answered > 0);
	return 0;
}
