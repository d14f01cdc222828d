/* What transports promise, between two processes that are stopped, killed and interrupted. */
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cases.h"

#define GIB (UINT64_C(1) << 30)

unsigned char source[SOURCE_BYTES + CHUNK_MOST], taken[CHUNK_MOST];
static uint64_t chance = UINT64_C(0x9e3779b97f4a7c15);

static uint64_t next_chance(void)
{
	chance ^= chance << 13;
	chance ^= chance >> 7;
	chance ^= chance << 17;
	return chance;
}

static void fill_source(void)
{
	for (size_t i = 0; i < SOURCE_BYTES; i++)
		source[i] = (unsigned char)(next_chance() >> 24);
	memcpy(source + SOURCE_BYTES, source, CHUNK_MOST);
}

/* As often a few bytes as many. */
static size_t random_size(void)
{
	uint64_t number = next_chance();
	return 1 + (size_t)((number >> 8) % (UINT64_C(1) << (number % 18)));
}

static uint64_t produce(struct end *end, uint64_t total)
{
	uint64_t sent = 0;
	while (sent < total) {
		size_t n = random_size();
		if (n > total - sent)
			n = (size_t)(total - sent);
		size_t done = end_send(end, source + sent % SOURCE_BYTES, n);
		sent += done;
		if (done < n)
			break;
	}
	return sent;
}

static uint64_t consume(struct end *end, uint64_t from, uint64_t total)
{
	uint64_t got = from;
	while (got < total) {
		size_t n = random_size(), there = end_await(end);
		if (there == 0)
			break;
		n = n < there ? n : there;
		end_take(end, taken, n);
		CHECK(memcmp(taken, source + got % SOURCE_BYTES, n) == 0);
		got += n;
	}
	return got;
}

void check_child(pid_t child, int signal)
{
	int status;
	while (waitpid(child, &status, 0) < 0)
		CHECK(errno == EINTR);
	CHECK(signal == 0 ? WIFEXITED(status) && WEXITSTATUS(status) == 0
			  : WIFSIGNALED(status) && WTERMSIG(status) == signal);
}

pid_t fork_consumer(struct pair *pair, uint64_t total)
{
	pid_t child = fork();
	CHECK(child >= 0);
	if (child != 0)
		return child;
	struct end end;
	end_open(&end, pair, SIDE_SERVER);
	uint64_t got = consume(&end, 0, total);
	CHECK(lost_wakeups == 0);
	end_close(&end);
	_exit(got == total ? 0 : 2);
}

/* --- integrity -------------------------------------------------------------------------- */

static void stream(const struct transport *transport)
{
	struct pair pair;
	struct end end;
	pair_make(&pair, transport);
	pid_t child = fork_consumer(&pair, GIB);
	end_open(&end, &pair, SIDE_CLIENT);
	CHECK(produce(&end, GIB) == GIB);
	CHECK(lost_wakeups == 0);
	check_child(child, 0);
	end_close(&end);
}

static _Atomic unsigned interruptions;
static pthread_t program_thread;

static void interrupted(int number)
{
	(void)number;
	/* Handlers are the program's threads' business. */
	if (!pthread_equal(pthread_self(), program_thread))
		_exit(3);
	atomic_fetch_add(&interruptions, 1);
}

static void start_interrupting(void)
{
	struct sigaction action = {.sa_handler = interrupted};
	struct itimerval often = {{0, 1000}, {0, 1000}};
	program_thread = pthread_self();
	CHECK(sigaction(SIGALRM, &action, NULL) == 0 && setitimer(ITIMER_REAL, &often, NULL) == 0);
}

static void signals(const struct transport *transport)
{
	struct pair pair;
	struct end end;
	pair_make(&pair, transport);
	pid_t child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		start_interrupting();
		end_open(&end, &pair, SIDE_SERVER);
		CHECK(consume(&end, 0, GIB) == GIB && interruptions > 10);
		_exit(0);
	}
	start_interrupting();
	end_open(&end, &pair, SIDE_CLIENT);
	CHECK(produce(&end, GIB) == GIB && interruptions > 10);
	CHECK(lost_wakeups == 0);
	check_child(child, 0);
}

/* --- deaths ------------------------------------------------------------------------------- */

enum { KILLS = 40 };

/* Kills `victim` within 20 ms from a process that isn't in the way. */
static pid_t fork_killer(pid_t victim)
{
	useconds_t after_us = (useconds_t)(1000 + next_chance() % 20000);
	pid_t killer = fork();
	CHECK(killer >= 0);
	if (killer == 0) {
		usleep(after_us);
		kill(victim, SIGKILL);
		_exit(0);
	}
	return killer;
}

static void kill_consumer(const struct transport *transport)
{
	for (int i = 0; i < KILLS; i++) {
		struct pair pair;
		struct end end;
		pair_make(&pair, transport);
		pid_t child = fork_consumer(&pair, UINT64_MAX);
		end_open(&end, &pair, SIDE_CLIENT);
		pid_t killer = fork_killer(child);
		uint64_t sent = produce(&end, UINT64_MAX);
		CHECK(sent == atomic_load(&end.connection.record->out.position));
		check_child(child, SIGKILL);
		check_child(killer, 0);
		end_close(&end);
		segment_release(&pair.mapping);
	}
}

static void kill_producer(const struct transport *transport)
{
	for (int i = 0; i < KILLS; i++) {
		struct pair pair;
		struct end end;
		pair_make(&pair, transport);
		pid_t child = fork();
		CHECK(child >= 0);
		if (child == 0) {
			end_open(&end, &pair, SIDE_CLIENT);
			produce(&end, UINT64_MAX);
			_exit(1);
		}
		end_open(&end, &pair, SIDE_SERVER);
		pid_t killer = fork_killer(child);
		consume(&end, 0, UINT64_MAX);
		check_child(child, SIGKILL);
		check_child(killer, 0);
		end_close(&end);
		segment_release(&pair.mapping);
	}
}

/* --- a child that reads on when its parent, whose door it is, dies ------------------------- */

struct heritage {
	_Atomic uint32_t begun; /* there is an heir */
	_Atomic uint32_t over;  /* the producer has left the ring */
	uint64_t last_tail;
};

static void read_as_heir(struct end *end, struct heritage *heritage)
{
	uint64_t got = 0, end_at = UINT64_MAX;
	while (got < end_at) {
		/* acquire: last_tail comes with it. */
		if (atomic_load_explicit(&heritage->over, memory_order_acquire))
			end_at = heritage->last_tail;
		CHECK(!end_is_alone(end)); /* the producer waits for this process's word */
		uint64_t there = atomic_load(&end->connection.in->tail) - got;
		CHECK(there <= end->connection.mapping.ring_bytes);
		size_t n = there < CHUNK_MOST ? (size_t)there : CHUNK_MOST;
		if (n == 0)
			continue;
		end_take(end, taken, n);
		CHECK(memcmp(taken, source + got % SOURCE_BYTES, n) == 0);
		got += n;
	}
	CHECK(got == end_at && atomic_load(&end->connection.in->tail) == end_at);
}

/* The parent only serves. Its child's outcome comes through the pipe. */
static void serve_heir(struct pair *pair, struct heritage *heritage, int report)
{
	struct end end;
	end_open(&end, pair, SIDE_SERVER);
	pid_t child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		atomic_store(&heritage->begun, 1);
		read_as_heir(&end, heritage);
		CHECK(write(report, "", 1) == 1);
		end_close(&end);
		_exit(0);
	}
	for (;;)
		pause();
}

static void heir(const struct transport *transport)
{
	for (int i = 0; i < KILLS; i++) {
		struct pair pair;
		struct end end;
		int report[2];
		char byte;
		struct heritage *heritage = mmap(NULL, sizeof *heritage, PROT_READ | PROT_WRITE,
						 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		CHECK(heritage != MAP_FAILED && pipe(report) == 0);
		pair_make(&pair, transport);
		pid_t parent = fork();
		CHECK(parent >= 0);
		if (parent == 0)
			serve_heir(&pair, heritage, report[1]);
		close(report[1]);
		end_open(&end, &pair, SIDE_CLIENT);
		while (!atomic_load(&heritage->begun))
			usleep(100);
		pid_t killer = fork_killer(parent);
		heritage->last_tail = produce(&end, UINT64_MAX);
		atomic_store_explicit(&heritage->over, 1, memory_order_release);
		CHECK(read(report[0], &byte, 1) == 1);
		check_child(parent, SIGKILL);
		check_child(killer, 0);
		close(report[0]);
		end_close(&end);
		segment_release(&pair.mapping);
	}
}

/* --- a hard retreat in the midst of it -------------------------------------------------------- */

static void expose(const struct transport *transport)
{
	for (int i = 0; i < KILLS; i++) {
		struct pair pair;
		struct end end;
		pair_make(&pair, transport);
		_Atomic uint32_t *frozen = &pair.mapping.segment->lanes[SIDE_CLIENT].retreat;
		pid_t child = fork();
		CHECK(child >= 0);
		if (child == 0) {
			end_open(&end, &pair, SIDE_SERVER);
			consume(&end, 0, next_chance() % 4000000 + 100000);
			transport->expose(&end.connection);
			atomic_store(frozen, RETREAT_HARD);
			CHECK(read(end.socket, taken, 1) == 1);
			_exit(0);
		}
		end_open(&end, &pair, SIDE_CLIENT);
		struct connection *connection = &end.connection;
		uint64_t sent = 0;
		while (atomic_load(frozen) == RETREAT_NONE) {
			uint64_t head = atomic_load(&connection->out->head);
			size_t room = connection->mapping.ring_bytes - (size_t)(sent - head);
			size_t n = random_size();
			ssize_t put = room == 0 ? 0
						: transport->put(connection,
								 source + sent % SOURCE_BYTES,
								 n < room ? n : room, room);
			CHECK(put >= 0);
			sent += (uint64_t)put;
		}
		for (uint64_t at = atomic_load(&connection->out->head); at < sent; at++)
			CHECK(connection->out_ring[at % connection->mapping.ring_bytes] ==
			      source[at % SOURCE_BYTES]);
		CHECK(write(end.socket, "", 1) == 1);
		check_child(child, 0);
		end_close(&end);
		segment_release(&pair.mapping);
	}
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(const struct transport *);
	} cases[] = {
		{"stream", stream}, {"signals", signals},
		{"heir", heir},     {"kill-consumer", kill_consumer},
		{"expose", expose}, {"kill-producer", kill_producer},
		{"cost", cost},     {"strangers", strangers},
	};
	const struct transport *transport = argc == 3 ? transport_by_name(argv[2]) : NULL;
	fill_source();
	for (size_t i = 0; transport != NULL && i < sizeof cases / sizeof cases[0]; i++)
		if (strcmp(cases[i].name, argv[1]) == 0) {
			cases[i].run(transport);
			return 0;
		}
	fprintf(stderr, "usage: fastsock-transports CASE TRANSPORT\n");
	return 2;
}
