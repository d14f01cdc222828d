/*
 * Many writers, and sleepers that each of their bytes must wake:
 *   fastsock-sleeps [--library FILE] [--transport NAME] [WAKE-UPS [SEED]]
 * The server's threads write single bytes on connections of their own, some at a time,
 * and then wait until the client has taken them: one wake-up that is lost, and the two
 * sides wait for each other. Run without spinning (FASTSOCK_SPIN_NS=0) every wait of the
 * client's is a sleep.
 */
#include "pair.h"

#include <sched.h>
#include <sys/epoll.h>

enum { WRITERS_MOST = 4, CONNECTIONS = 24 };
enum { WAKE_UPS = 60000, STUCK_MS = 20000, BURST_MOST = 5, PAUSE_MOST_US = 120 };

/* Of shared->number: bytes of each writer's that were taken, and how many waits slept. */
enum { WAITS = WRITERS_MOST, OVER };

/* What beside the writing goes on. */
enum disturbance {
	UNDISTURBED,
	EDGES,       /* edge-triggered; what is read, another thread reads */
	TWO_WAITERS, /* in the same instance */
	CHANGES,     /* another thread deletes, adds and modifies */
	POLLER,      /* another thread polls some of the connections, and alone reads them */
	RECEIVER,    /* likewise, one of them, by recv() */
	FORKS,       /* children come and go */
	DISTURBANCES
};

static const char *const names[] = {"undisturbed", "edges",    "two waiters", "changes",
				    "poller",      "receiver", "forks"};

static int fds[CONNECTIONS];
static int active; /* one alone has nobody to make up for a bell that isn't rung */

static int writer_of(int which)
{
	return which % active;
}

/* --- writers --- */

static uint64_t goal; /* bytes of one writer */

static void await_taken(int writer, uint64_t sent)
{
	uint64_t deadline = now_ms() + STUCK_MS;
	for (unsigned i = 1; shared->number[writer] < sent; i++) {
		if (i % 64 == 0)
			usleep(20);
		else
			sched_yield();
		if (i % 1024 == 0 && now_ms() > deadline)
			fprintf(stderr, "writer %d: %llu of %llu bytes were taken\n", writer,
				(unsigned long long)shared->number[writer],
				(unsigned long long)sent);
		CHECK(i % 1024 != 0 || now_ms() <= deadline);
	}
}

struct writer {
	int number;
	unsigned seed;
};

static void *write_all(void *argument)
{
	struct writer *writer = argument;
	for (uint64_t sent = 0; sent < goal;) {
		int burst = 1 + rand_r(&writer->seed) % BURST_MOST;
		for (int i = 0; i < burst; i++, sent++) {
			int which = rand_r(&writer->seed) % (CONNECTIONS / active) * active +
				    writer->number;
			CHECK_IS(send(fds[which], "", 1, 0), 1);
			if (rand_r(&writer->seed) % 8 == 0)
				sched_yield();
		}
		await_taken(writer->number, sent);
		if (rand_r(&writer->seed) % 4 == 0)
			usleep((useconds_t)rand_r(&writer->seed) % PAUSE_MOST_US);
	}
	return NULL;
}

static void serve(unsigned seed)
{
	struct writer parties[WRITERS_MOST];
	pthread_t threads[WRITERS_MOST];
	int listener = listen_at(AF_INET, "127.0.0.1");
	for (int i = 0; i < CONNECTIONS; i++) {
		fds[i] = accept_one(listener);
		warm_up(fds[i]);
	}
	for (int i = 0; i < active; i++) {
		parties[i] = (struct writer){i, seed + (unsigned)i};
		threads[i] = start(write_all, &parties[i]);
	}
	for (int i = 0; i < active; i++)
		join(threads[i]);
	shared->number[OVER] = 1;
	/* Whoever still sleeps finds out. */
	for (int i = 0; i < CONNECTIONS; i++)
		close(fds[i]);
}

/* --- sleepers --- */

static int set;
static enum disturbance disturbance;

static bool is_over(void)
{
	return shared->number[OVER] != 0;
}

static void take_all(int which)
{
	char bytes[64];
	ssize_t got;
	while ((got = recv(fds[which], bytes, sizeof bytes, MSG_DONTWAIT)) > 0)
		shared->number[writer_of(which)] += (uint64_t)got;
	CHECK(got == 0 || errno == EAGAIN || errno == ECONNRESET);
}

/* Who waits for all connections leaves some to the other thread. */
static bool is_anothers(int which)
{
	return (disturbance == POLLER && which < 4) || (disturbance == RECEIVER && which == 0);
}

static void change(int operation, int which)
{
	uint32_t edges = disturbance == EDGES || is_anothers(which) ? EPOLLET : 0;
	struct epoll_event event = {.events = EPOLLIN | edges, .data.u32 = (uint32_t)which};
	CHECK_IS(epoll_ctl(set, operation, fds[which], &event), 0);
}

/* What was heard of goes to another thread, by a pipe. */
static int errands[2];

static void *run_errands(void *argument)
{
	unsigned char which;
	while (read(errands[0], &which, 1) == 1)
		take_all(which);
	return argument;
}

static void serve_event(uint32_t which)
{
	unsigned char errand = (unsigned char)which;
	if (is_anothers((int)which))
		return;
	if (disturbance == EDGES)
		CHECK_IS(write(errands[1], &errand, 1), 1);
	else
		take_all((int)which);
}

static void *wait_for_all(void *argument)
{
	unsigned seed = *(unsigned *)argument;
	while (!is_over()) {
		struct epoll_event events[CONNECTIONS];
		int most = 1 + rand_r(&seed) % CONNECTIONS;
		int n = epoll_wait(set, events, most, -1);
		/* A machine that is stopped and goes on interrupts. */
		CHECK(n >= 0 || errno == EINTR);
		shared->number[WAITS]++;
		for (int i = 0; i < n; i++)
			serve_event(events[i].data.u32);
		if (rand_r(&seed) % 8 == 0)
			sched_yield();
	}
	return NULL;
}

static void change_one(unsigned *seed)
{
	int which = rand_r(seed) % CONNECTIONS;
	if (rand_r(seed) % 2) {
		change(EPOLL_CTL_MOD, which);
		return;
	}
	change(EPOLL_CTL_DEL, which);
	if (rand_r(seed) % 2)
		usleep(20);
	change(EPOLL_CTL_ADD, which);
}

static void poll_some(void)
{
	struct pollfd polled[4];
	for (int i = 0; i < 4; i++)
		polled[i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
	CHECK(poll(polled, 4, -1) > 0 || errno == EINTR);
	for (int i = 0; i < 4; i++)
		if (polled[i].revents != 0)
			take_all(i);
}

static void receive_one(void)
{
	char byte;
	if (recv(fds[0], &byte, 1, 0) == 1)
		shared->number[writer_of(0)]++;
}

static void fork_one(void)
{
	pid_t child = fork();
	CHECK(child >= 0);
	if (child == 0)
		_exit(0);
	CHECK_IS(waitpid(child, NULL, 0), child);
	usleep(2000);
}

static void *disturb(void *argument)
{
	unsigned seed = *(unsigned *)argument + 1;
	while (!is_over()) {
		if (disturbance == CHANGES)
			change_one(&seed);
		else if (disturbance == POLLER)
			poll_some();
		else if (disturbance == RECEIVER)
			receive_one();
		else
			fork_one();
		if (rand_r(&seed) % 4 == 0)
			usleep((useconds_t)rand_r(&seed) % PAUSE_MOST_US);
	}
	return NULL;
}

static void visit(unsigned seed)
{
	unsigned others = seed + 7;
	set = epoll_create1(EPOLL_CLOEXEC);
	CHECK(set >= 0);
	CHECK_IS(pipe(errands), 0);
	for (int i = 0; i < CONNECTIONS; i++) {
		fds[i] = connect_to_other();
		warm_up(fds[i]);
		change(EPOLL_CTL_ADD, i);
	}
	pthread_t errand_thread = start(run_errands, NULL), other;
	bool has_other = disturbance >= TWO_WAITERS;
	if (has_other)
		other = start(disturbance == TWO_WAITERS ? wait_for_all : disturb, &others);
	wait_for_all(&seed);
	if (has_other)
		join(other);
	close(errands[1]);
	join(errand_thread);
}

/* --- from outside --- */

static void play(int argc, char **argv)
{
	CHECK(argc == 5);
	disturbance = (enum disturbance)atoi(argv[1]);
	active = atoi(argv[2]);
	goal = strtoull(argv[3], NULL, 10) / (uint64_t)active;
	if (side == SERVER)
		serve((unsigned)atoi(argv[4]));
	else
		visit((unsigned)atoi(argv[4]));
}

static void one_round(const struct pair_setting *setting, int which, int count, uint64_t wake_ups,
		      unsigned seed)
{
	char number[12], how_many[12], bytes[24], start_seed[12], program[] = "sleeps";
	char *arguments[] = {program, number, how_many, bytes, start_seed, NULL};
	pid_t pid[2];
	snprintf(how_many, sizeof how_many, "%d", count);
	snprintf(number, sizeof number, "%d", which);
	snprintf(bytes, sizeof bytes, "%llu", (unsigned long long)wake_ups);
	snprintf(start_seed, sizeof start_seed, "%u", seed % 1000000);
	pair_start(setting, arguments, pid);
	/* The writers' own watch ends it sooner. */
	int server = pair_wait(pid[SERVER], 3600 * 1000);
	int client = pair_wait(pid[CLIENT], server == 0 ? STUCK_MS : 0);
	printf("%s, %d writers: %llu waits\n", names[which], count,
	       (unsigned long long)shared->number[WAITS]);
	fflush(stdout);
	CHECK_IS(server, 0);
	CHECK_IS(client, 0);
}

int main(int argc, char **argv)
{
	struct pair_setting setting = {0};
	int first = pair_begin(argc, argv, &setting, play);
	uint64_t wake_ups = argc > first ? strtoull(argv[first], NULL, 10) : WAKE_UPS;
	unsigned seed = argc > first + 1 ? (unsigned)atoi(argv[first + 1]) : (unsigned)getpid();
	printf("seed %u\n", seed);
	for (int i = 0; i < 2 * DISTURBANCES; i++)
		one_round(&setting, i / 2, i % 2 ? WRITERS_MOST : 1, wake_ups / 2 / DISTURBANCES,
			  seed + (unsigned)i);
	return 0;
}
