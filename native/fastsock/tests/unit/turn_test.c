/* Turns, and what they stand on: numbers of processes and threads. */
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process.h"
#include "real.h"
#include "record.h"
#include "unit.h"
#include "waiting.h"

static struct record *record;

static void set_up(void)
{
	CHECK(records_init() == 0);
	record = record_take();
	CHECK(record != NULL);
}

static void reaped(pid_t pid)
{
	int status;
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

enum { ROUNDS = 50000 };

static void *count_up(void *argument)
{
	for (int i = 0; i < ROUNDS; i++) {
		CHECK(turn_take(&record->out.turn));
		record->out.bells++;
		turn_pass(&record->out.turn);
	}
	return argument;
}

static void turn_excludes(void)
{
	pthread_t threads[3];
	set_up();
	pid_t pid = fork();
	for (int i = 0; i < 3; i++)
		CHECK(pthread_create(&threads[i], NULL, count_up, NULL) == 0);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	if (pid == 0)
		_exit(0);
	reaped(pid);
	CHECK(record->out.bells == 6 * ROUNDS && record->out.turn.holder == 0);
}

static void handler(int number)
{
	(void)number;
	CHECK(!turn_take(&record->out.turn));
	CHECK(turn_take(&record->in.turn));
	turn_pass(&record->in.turn);
}

static void turn_own(void)
{
	set_up();
	signal(SIGUSR1, handler);
	CHECK(turn_take(&record->out.turn));
	raise(SIGUSR1);
	turn_pass(&record->out.turn);
	CHECK(turn_take(&record->out.turn));
	turn_pass(&record->out.turn);
}

/* The holder is killed; it is not even reaped. */
static void turn_dead(void)
{
	set_up();
	pid_t pid = fork();
	if (pid == 0) {
		CHECK(turn_take(&record->out.turn));
		kill(getpid(), SIGKILL);
	}
	siginfo_t info;
	CHECK(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0);
	CHECK(record->out.turn.holder == (uint32_t)pid);
	uint64_t start = clock_ns();
	CHECK(turn_take(&record->out.turn));
	CHECK(clock_ns() - start < UINT64_C(2000000000));
	turn_pass(&record->out.turn);
	CHECK(turn_take(&record->in.turn));
	turn_pass(&record->in.turn);
	waitpid(pid, NULL, 0);
	/* One that is reaped, and one that had this thread's number. */
	record->out.turn.holder = (uint32_t)pid;
	CHECK(turn_take(&record->out.turn));
	turn_pass(&record->out.turn);
	record->out.turn.holder = (uint32_t)getpid();
	CHECK(turn_take(&record->out.turn));
	turn_pass(&record->out.turn);
}

/* A holder that lives is waited for, however long it takes. */
static void turn_alive(void)
{
	set_up();
	pid_t pid = fork();
	if (pid == 0) {
		CHECK(turn_take(&record->out.turn));
		record->broken = 1;
		usleep(200000);
		record->out.bells = 1;
		turn_pass(&record->out.turn);
		_exit(0);
	}
	while (record->broken == 0)
		usleep(1000);
	CHECK(turn_take(&record->out.turn));
	CHECK(record->out.bells == 1);
	turn_pass(&record->out.turn);
	reaped(pid);
}

static void numbers(void)
{
	uint32_t mine = thread_number(), generation = process_generation();
	CHECK(mine == (uint32_t)getpid() && generation != 0 && thread_number() == mine);
	pid_t pid = fork();
	if (pid == 0) {
		CHECK(process_generation() != generation);
		CHECK(thread_number() == (uint32_t)getpid());
		_exit(0);
	}
	reaped(pid);
	/* fork() as nobody interposes it */
	pid = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
	if (pid == 0)
		_exit(thread_number() == (uint32_t)syscall(SYS_getpid) ? 0 : 1);
	reaped(pid);
	CHECK(process_generation() == generation);
}

const struct unit_case turn_cases[] = {
	{"turn-excludes", turn_excludes}, {"turn-own", turn_own},       {"turn-dead", turn_dead},
	{"turn-alive", turn_alive},       {"process-numbers", numbers}, {NULL, NULL},
};
