#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "handoff.h"
#include "place.h"
#include "turns.h"

enum { TURN_HERE, TURN_THERE, TURN_END };

/* --- a cache line ------------------------------------------------------------------ */

static void *send_back(void *argument)
{
	struct turns *turns = argument;
	while (turns_await(turns, TURN_HERE) == TURN_THERE)
		turns_pass(turns, TURN_HERE);
	return NULL;
}

static void round_trips_of_line(void *argument, uint64_t count)
{
	struct turns *turns = argument;
	for (uint64_t i = 0; i < count; i++) {
		turns_pass(turns, TURN_THERE);
		turns_await(turns, TURN_THERE);
	}
}

int handoff_line_ns(struct meter *meter, int here, int there, uint64_t duration_ns, double *ns)
{
	struct turns turns;
	pthread_t thread;
	turns_start(&turns, TURN_HERE);
	/* A thread starts where the one that makes it is bound. */
	int error = place_bind(there);
	if (error == 0)
		error = pthread_create(&thread, NULL, send_back, &turns);
	if (error != 0)
		return error;
	error = place_bind(here);
	if (error == 0)
		*ns = meter_repeat_ns(meter, round_trips_of_line, &turns, duration_ns);
	turns_pass(&turns, TURN_END);
	pthread_join(thread, NULL);
	return error;
}

/* --- a futex ------------------------------------------------------------------------ */

/* How long a process sleeps before it looks whether the other one still lives. */
enum { LOOK_EVERY_S = 1 };

struct partner {
	_Atomic uint32_t *turn; /* in memory that both processes have mapped */
	pid_t pid;
	bool died;
};

static void pass(_Atomic uint32_t *turn, uint32_t next)
{
	/* seq_cst: before the system call looks for who sleeps. */
	atomic_store(turn, next);
	syscall(SYS_futex, turn, FUTEX_WAKE, 1, NULL, NULL, 0);
}

/* Sleeps while it is the turn of `other`. Returns false when that took long. */
static bool await(_Atomic uint32_t *turn, uint32_t other)
{
	const struct timespec most = {.tv_sec = LOOK_EVERY_S};
	while (atomic_load(turn) == other)
		if (syscall(SYS_futex, turn, FUTEX_WAIT, other, &most, NULL, 0) < 0 &&
		    errno == ETIMEDOUT)
			return false;
	return true;
}

static _Noreturn void be_partner(_Atomic uint32_t *turn, pid_t parent)
{
	/* Whatever becomes of the parent, nobody is left behind. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(1);
	for (;;) {
		while (!await(turn, TURN_HERE))
			;
		if (atomic_load(turn) == TURN_END)
			_exit(0);
		pass(turn, TURN_HERE);
	}
}

static void round_trips_of_futex(void *argument, uint64_t count)
{
	struct partner *partner = argument;
	for (uint64_t i = 0; i < count && !partner->died; i++) {
		pass(partner->turn, TURN_THERE);
		while (!await(partner->turn, TURN_THERE))
			if (waitpid(partner->pid, NULL, WNOHANG) != 0) {
				partner->died = true;
				return;
			}
	}
}

static int start_partner(struct partner *partner, int here, int there)
{
	pid_t parent = getpid();
	int error = place_bind(there);
	if (error != 0)
		return error;
	partner->pid = fork();
	if (partner->pid < 0)
		return errno;
	if (partner->pid == 0)
		be_partner(partner->turn, parent);
	return place_bind(here);
}

static void end_partner(struct partner *partner)
{
	if (partner->pid <= 0 || partner->died)
		return;
	pass(partner->turn, TURN_END);
	while (waitpid(partner->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

int handoff_futex_ns(struct meter *meter, int here, int there, uint64_t duration_ns, double *ns)
{
	struct partner partner = {.pid = 0};
	void *memory = mmap(NULL, sizeof *partner.turn, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return errno;
	partner.turn = memory;
	int error = start_partner(&partner, here, there);
	if (error == 0)
		*ns = meter_repeat_ns(meter, round_trips_of_futex, &partner, duration_ns);
	if (partner.died)
		error = ECHILD;
	end_partner(&partner);
	munmap(memory, sizeof *partner.turn);
	return error;
}
