/*
 * door-bench: what libdoor's calls cost beside what they can't be cheaper than.
 *
 *   door-bench [ROUNDS [MILLISECONDS]]
 *
 * A client and a server process. In every round each measurement runs once, for
 * about MILLISECONDS; every other round in reverse order, so that a disturbance or
 * a drift meets all alike. A figure is the median over rounds of the mean in a
 * round, a ratio the median of the rounds' ratios; their ranges stand beside
 * them. A first round, not counted, warms up and finds the counts.
 */
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

struct shared *shared;
struct doors doors;
cpu_set_t allowed;
double round_ns;
static int cpus[PLACES];

static struct measurement *measurement(size_t i)
{
	return (struct measurement *)(void *)&all + i;
}

static void carry_out(int rounds)
{
	pin(cpus[PLACE_NEAR]);
	for (size_t i = 0; i < MEASUREMENTS; i++)
		calibrate(measurement(i));
	for (int round = 0; round < rounds; round++)
		for (size_t i = 0; i < MEASUREMENTS; i++) {
			struct measurement *m = measurement(round % 2 == 0 ? i
									   : MEASUREMENTS - 1 - i);
			m->ns[round] = measure(m);
		}
}

/* --- set-up ------------------------------------------------------------------------------ */

static int core_of(int cpu)
{
	char path[96];
	int core = -1, package = -1;
	const char *files[] = {"core_id", "physical_package_id"};
	int *values[] = {&core, &package};
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/topology/%s", cpu,
			 files[i]);
		FILE *file = fopen(path, "re");
		if (file == NULL)
			return cpu;
		if (fscanf(file, "%d", values[i]) != 1)
			core = -1;
		fclose(file);
	}
	return core < 0 ? cpu : package * 65536 + core;
}

/* The first allowed processor, and the first one on another core. */
static bool choose_processors(void)
{
	check(sched_getaffinity(0, sizeof allowed, &allowed), "sched_getaffinity");
	cpus[PLACE_NEAR] = -1;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET((size_t)cpu, &allowed))
			continue;
		if (cpus[PLACE_NEAR] < 0)
			cpus[PLACE_NEAR] = cpu;
		if (core_of(cpu) == core_of(cpus[PLACE_NEAR]))
			continue;
		cpus[PLACE_FAR] = cpu;
		return true;
	}
	return false;
}

static void client(int rounds)
{
	const char *spin = getenv("LIBDOOR_SPIN_NS"), *handoff = getenv("LIBDOOR_HANDOFF");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prepare();
	carry_out(rounds);
	printf("%d rounds of %.0f ms; client on processor %d, server on %d and %d\n"
	       "LIBDOOR_SPIN_NS %s, LIBDOOR_HANDOFF %s\n\n",
	       rounds, round_ns / 1e6, cpus[PLACE_NEAR], cpus[PLACE_FAR], cpus[PLACE_NEAR],
	       spin != NULL ? spin : "not set", handoff != NULL ? handoff : "not set");
	print_table(rounds);
	fflush(stdout);
	_exit(0);
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 31, status = 0;
	int milliseconds = argc > 2 ? atoi(argv[2]) : 5;
	if (argc > 3 || rounds < 1 || rounds > ROUNDS_MAX || milliseconds < 1) {
		fprintf(stderr, "usage: door-bench [ROUNDS [MILLISECONDS]]\n");
		return 2;
	}
	if (!choose_processors()) {
		printf("not available: two processors on different cores are needed\n");
		return 3;
	}
	round_ns = milliseconds * 1e6;
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	check(shared == MAP_FAILED ? -1 : 0, "mmap");
	server_start(cpus);
	pid_t child = fork();
	check(child, "fork");
	if (child == 0)
		client(rounds);
	check(waitpid(child, &status, 0), "waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
