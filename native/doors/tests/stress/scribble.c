/*
 * Clients that break the rules beside clients that keep them:
 *   door-stress-scribble ATTACK [SECONDS [SEED]]
 * The attackers speak the wire protocol themselves. The server must not crash,
 * and honest clients must go on getting right answers in bearable time.
 */
#include "attack.h"
#include "load.h"

#include <sys/resource.h>

enum { HONEST = 3, ATTACKERS = 2, LIMIT_MS = SANITIZED ? 20000 : 5000 };

static struct {
	_Atomic bool stop;
	_Atomic uint64_t began_ms[HONEST]; /* of the call under way; 0 = none */
	_Atomic uint64_t slowest_ms;
	_Atomic uint64_t answered, episodes;
} * shared;

static const char *name;

/* --- the server: honest calls are checked, others looked at --- */

static PROCEDURE(looks)
{
	struct load load;
	unsigned sum = 0;
	if (bytes >= sizeof load) {
		memcpy(&load, data, sizeof load);
		if (load.magic == LOAD_MAGIC && load.bytes == bytes && load.descs == count)
			load_procedure(cookie, data, bytes, descs, count);
	}
	for (size_t i = 0; i < bytes; i++)
		sum += (unsigned char)data[i];
	for (uint_t i = 0; i < count; i++)
		close(descs[i].d_data.d_desc.d_descriptor);
	door_desc_t desc = {.d_attributes = DOOR_DESCRIPTOR};
	/* with a descriptor, or a lot of data, or nothing */
	static char much[100000];
	size_t size = sum % 3 == 1 ? sizeof much : 0;
	if (door_return(much, size, &desc, sum % 3 == 2) < 0)
		door_return(NULL, 0, NULL, 0);
}

static int make_looks(void)
{
	return door_create(looks, NULL, 0);
}

/* --- honest clients --- */

static void honest(int number, unsigned random)
{
	die_with_parent();
	int door = open(name, O_RDWR);
	CHECK(door >= 0);
	while (!shared->stop) {
		shared->began_ms[number] = now_ms();
		struct load_result result = load_call(door, &random);
		shared->began_ms[number] = 0;
		errno = result.error;
		CHECK(result.error == 0 && !result.wrong);
		uint64_t slowest = shared->slowest_ms;
		while (result.took_ms > slowest &&
		       !atomic_compare_exchange_weak(&shared->slowest_ms, &slowest, result.took_ms))
			;
		shared->answered++;
		/* Often long enough for the server's threads to fall asleep. */
		usleep(random_next(&random) % 3 == 0 ? random_next(&random) % 20000 : 0);
		/* Newcomers must get in, too. */
		if (random_next(&random) % 32 == 0) {
			close(door);
			door = open(name, O_RDWR);
			CHECK(door >= 0);
		}
	}
	_exit(0);
}

/* --- attackers --- */

static void attacker(const struct attack *attack, unsigned random)
{
	die_with_parent();
	struct rlimit limit = {.rlim_cur = 4096, .rlim_max = 4096};
	setrlimit(RLIMIT_NOFILE, &limit);
	while (!shared->stop) {
		int door = attack_open(name);
		if (door < 0)
			continue;
		shared->episodes++;
		attack->run(door, name, &random);
		close(door);
	}
	_exit(0);
}

/* --- the referee --- */

static pid_t start_honest(int number, unsigned seed)
{
	pid_t child = fork();
	CHECK(child >= 0);
	if (child == 0)
		honest(number, seed);
	return child;
}

static pid_t start_attacker(const struct attack *attack, unsigned seed)
{
	pid_t child = fork();
	CHECK(child >= 0);
	if (child == 0)
		attacker(attack, seed);
	return child;
}

static void check_running(pid_t pid, const char *who)
{
	int status = 0;
	if (waitpid(pid, &status, WNOHANG) == 0)
		return;
	fprintf(stderr, "%s ended, status %#x\n", who, (unsigned)status);
	CHECK(false);
}

static void check_speed(void)
{
	for (int i = 0; i < HONEST; i++) {
		uint64_t began = shared->began_ms[i], now = now_ms();
		if (began == 0 || now < began + LIMIT_MS)
			continue;
		fprintf(stderr, "an honest call takes longer than %d ms\n", LIMIT_MS);
		const char *wait = getenv("DOOR_STRESS_WAIT"); /* for a debugger */
		sleep(wait != NULL ? (unsigned)atoi(wait) : 0);
		CHECK(false);
	}
}

static void referee(const struct attack *attack, int seconds, unsigned random)
{
	pid_t server = serve(make_looks, name), clients[HONEST], attackers[ATTACKERS];
	for (int i = 0; i < HONEST; i++)
		clients[i] = start_honest(i, random_next(&random));
	for (int i = 0; i < ATTACKERS; i++)
		attackers[i] = start_attacker(attack, random_next(&random));
	uint64_t end_ms = now_ms() + (uint64_t)seconds * 1000u;
	while (now_ms() < end_ms) {
		usleep(50000);
		check_speed();
		check_running(server, "the server");
		for (int i = 0; i < HONEST; i++)
			check_running(clients[i], "an honest client");
		/* Attackers may harm themselves; some are killed in the act. */
		int victim = (int)(random_next(&random) % ATTACKERS);
		if (!attack->lasting && random_next(&random) % 4 == 0)
			kill(attackers[victim], SIGKILL);
		if (waitpid(attackers[victim], NULL, WNOHANG) == attackers[victim])
			attackers[victim] = start_attacker(attack, random_next(&random));
	}
	for (int i = 0; i < ATTACKERS; i++)
		end(attackers[i]);
	CHECK(shared->episodes > 0);
	/* What they left behind is not what stops an honest call. */
	uint64_t answered = shared->answered;
	for (int i = 0; i < LIMIT_MS && shared->answered < answered + 20; i++)
		usleep(1000);
	CHECK(shared->answered >= answered + 20);
	shared->stop = true;
	for (int i = 0; i < HONEST; i++)
		join_child(clients[i]);
	check_running(server, "the server");
	end(server);
}

int main(int argc, char **argv)
{
	int seconds = argc > 2 ? atoi(argv[2]) : 5;
	unsigned seed = argc > 3 ? (unsigned)atoi(argv[3]) : (unsigned)now_ms();
	const struct attack *attack = attacks;
	while (attack->name != NULL && (argc < 2 || strcmp(attack->name, argv[1]) != 0))
		attack++;
	if (attack->name == NULL)
		return 2;
	printf("%s, %d s, seed %u\n", attack->name, seconds, seed);
	fflush(stdout);
	shared = shared_memory(sizeof *shared);
	name = fresh_file();
	referee(attack, seconds, seed);
	unlink(name);
	printf("%llu episodes, %llu honest calls, the slowest took %llu ms\n",
	       (unsigned long long)shared->episodes, (unsigned long long)shared->answered,
	       (unsigned long long)shared->slowest_ms);
	CHECK(shared->slowest_ms < LIMIT_MS);
	return 0;
}
