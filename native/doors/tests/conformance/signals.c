/* Signals in the client: during service, before it, during the spin. */
#include "check.h"

#include <sys/syscall.h>
#include <time.h>

#define LIMIT_S 5

static PROCEDURE(sleeps)
{
	for (;;)
		pause();
}

static int make_sleeper(void)
{
	door_server_create(cancelable_threads);
	return door_create(sleeps, NULL, 0);
}

static void signal_during_service(void)
{
	struct remote far = remote(make_sleeper);
	count_signals(SIGALRM);
	alarm(1);
	CHECK_FAILS(door_call(far.door, NULL), EINTR);
	remote_end(&far);
}

static void signal_before_service(void)
{
	door_server_create(no_threads);
	int door = door_create(nothing, NULL, 0);
	count_signals(SIGALRM);
	alarm(1);
	CHECK_FAILS(door_call(door, NULL), EAGAIN);
}

static PROCEDURE(naps)
{
	usleep(300000);
	door_return("up", 3, NULL, 0);
}

static int make_naps(void)
{
	return door_create(naps, NULL, 0);
}

/* Only handled signals end a call. */
static void signals_without_handler(void)
{
	char buffer[8] = "";
	sigset_t alarms;
	struct remote far = remote(make_naps);
	door_arg_t arg = {NULL, 0, NULL, 0, buffer, sizeof buffer};
	signal(SIGALRM, SIG_IGN);
	ualarm(50000, 0);
	CHECK(door_call(far.door, &arg) == 0 && strcmp(buffer, "up") == 0);
	count_signals(SIGALRM);
	sigemptyset(&alarms);
	sigaddset(&alarms, SIGALRM);
	CHECK(pthread_sigmask(SIG_BLOCK, &alarms, NULL) == 0);
	ualarm(50000, 0);
	CHECK(door_call(far.door, &arg) == 0 && signals_counted == 0);
	CHECK(pthread_sigmask(SIG_UNBLOCK, &alarms, NULL) == 0);
	CHECK(signals_counted == 1);
	remote_end(&far);
}

/* --- at random moments, the spin included --- */

/* Who is ahead in a call, its procedure or the signal's handler. The number of the
 * call stands above the phase, so that a procedure whose caller has given up
 * meddles with no later call. */
enum { POSTED, RUNNING, RETURNING, SIGNALLED, PHASES };

static struct {
	_Atomic uint32_t entered; /* calls that reached the procedure */
	_Atomic uint32_t over;    /* calls that the client has seen end */
	_Atomic uint32_t state;   /* call * PHASES + phase */
} * shared;

static _Atomic bool sender_stops;
static _Atomic uint32_t calls;
static _Atomic int caller; /* thread id */

static uint64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void spin_ns(uint64_t ns)
{
	uint64_t end = now_ns() + ns;
	while (now_ns() < end)
		;
}

static unsigned random_below(unsigned *state, unsigned limit)
{
	*state = *state * 1664525u + 1013904223u;
	return (*state >> 8) % limit;
}

static void send_signal(void)
{
	CHECK(syscall(SYS_tgkill, getpid(), caller, SIGUSR1) == 0);
}

/* Never returns; abandoned threads are cancelled. */
static PROCEDURE(enters_and_sleeps)
{
	shared->entered++;
	for (;;)
		pause();
}

static int make_enters_and_sleeps(void)
{
	door_server_create(cancelable_threads);
	return door_create(enters_and_sleeps, NULL, 0);
}

/* One signal for each call, a random time after the procedure has begun. */
static void *signals_each_call(void *unused)
{
	unsigned seed = 1;
	for (uint32_t done = 0; !sender_stops;) {
		if (shared->entered == done) {
			sched_yield();
			continue;
		}
		done = shared->entered;
		spin_ns(random_below(&seed, 200000));
		send_signal();
	}
	return unused;
}

/* The call is under way when the signal comes, so EINTR is the only outcome. */
static void signal_during_spin(void)
{
	pthread_t sender;
	shared = shared_memory(sizeof *shared);
	struct remote far = remote(make_enters_and_sleeps);
	int rounds = SANITIZED ? 300 : 2000;
	caller = gettid();
	count_signals(SIGUSR1);
	CHECK(pthread_create(&sender, NULL, signals_each_call, NULL) == 0);
	for (int i = 0; i < rounds; i++) {
		uint64_t start = now_ns();
		CHECK_FAILS(door_call(far.door, NULL), EINTR);
		CHECK(now_ns() - start < LIMIT_S * 1000000000ull);
		WAIT_FOR(signals_counted == i + 1);
	}
	sender_stops = true;
	CHECK(pthread_join(sender, NULL) == 0);
	remote_end(&far);
}

/* Signals without end while a call is under way, from a random moment on. */
static void *signals_until_over(void *unused)
{
	unsigned seed = 2;
	for (uint32_t done = 0; !sender_stops;) {
		if (calls == done) {
			sched_yield();
			continue;
		}
		done = calls;
		while (shared->over < done) {
			spin_ns(random_below(&seed, 200000));
			send_signal();
		}
	}
	return unused;
}

static void signal_during_spin_before_service(void)
{
	pthread_t sender;
	shared = shared_memory(sizeof *shared);
	door_server_create(no_threads);
	int door = door_create(nothing, NULL, 0);
	caller = gettid();
	count_signals(SIGUSR1);
	CHECK(pthread_create(&sender, NULL, signals_until_over, NULL) == 0);
	for (int i = 0; i < (SANITIZED ? 300 : 2000); i++) {
		uint64_t start = now_ns();
		calls++;
		CHECK_FAILS(door_call(door, NULL), EAGAIN);
		CHECK(now_ns() - start < LIMIT_S * 1000000000ull);
		shared->over++;
	}
	sender_stops = true;
	CHECK(pthread_join(sender, NULL) == 0);
	/* none of them is still there for a thread that comes late */
	door_server_create(cancelable_threads);
	cancelable_threads(NULL);
	CHECK(door_call(door, NULL) == 0);
}

/* --- the answer and the signal at the same time --- */

static bool pass(uint32_t call, uint32_t from, uint32_t to)
{
	from += call * PHASES;
	return atomic_compare_exchange_strong(&shared->state, &from, call * PHASES + to);
}

static void claim(int number)
{
	(void)number;
	signals_counted++;
	pass(shared->state / PHASES, RUNNING, SIGNALLED);
}

/* Works for 30 to 60 µs and answers, unless the handler ran meanwhile: then the
 * client has to come back without an answer. */
static PROCEDURE(races)
{
	uint32_t call;
	memcpy(&call, data, sizeof call);
	pass(call, POSTED, RUNNING);
	spin_ns(30000 + call * 7919 % 30000);
	if (!pass(call, RUNNING, RETURNING))
		for (int i = 0; i < LIMIT_S * 1000 && shared->over < call; i++)
			usleep(1000);
	door_return((char *)&call, sizeof call, NULL, 0);
}

static int make_races(void)
{
	return door_create(races, NULL, 0);
}

static void one_race(int door, uint32_t call)
{
	uint32_t answer = 0;
	door_arg_t arg = {(char *)&call, sizeof call, NULL, 0, (char *)&answer, sizeof answer};
	int before = signals_counted;
	shared->state = call * PHASES + POSTED;
	calls = call;
	int result = door_call(door, &arg);
	int error = errno;
	if (result == 0) {
		/* No signal came before the procedure was about to answer. */
		CHECK(shared->state == call * PHASES + RETURNING);
		CHECK(answer == call);
	} else {
		CHECK(error == EINTR || error == EAGAIN);
		WAIT_FOR(signals_counted > before);
	}
	shared->over = call;
}

static void *signals_one_per_call(void *unused)
{
	unsigned seed = 3;
	for (uint32_t done = 0; !sender_stops;) {
		if (calls == done) {
			sched_yield();
			continue;
		}
		done = calls;
		spin_ns(random_below(&seed, 100000));
		send_signal();
	}
	return unused;
}

static void signal_against_answer(void)
{
	pthread_t sender;
	shared = shared_memory(sizeof *shared);
	struct remote far = remote(make_races);
	struct sigaction action = {.sa_handler = claim, .sa_flags = SA_RESTART};
	CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
	caller = gettid();
	CHECK(pthread_create(&sender, NULL, signals_one_per_call, NULL) == 0);
	for (uint32_t i = 1; i <= (SANITIZED ? 300 : 2000); i++) {
		uint64_t start = now_ns();
		one_race(far.door, i);
		CHECK(now_ns() - start < LIMIT_S * 1000000000ull);
	}
	sender_stops = true;
	CHECK(pthread_join(sender, NULL) == 0);
	CHECK(signals_counted > 0);
	remote_end(&far);
}

const struct test signal_tests[] = {
	{"signal-during-service", signal_during_service},
	{"signal-before-service", signal_before_service},
	{"signals-without-handler", signals_without_handler},
	{"signal-during-spin", signal_during_spin},
	{"signal-during-spin-before-service", signal_during_spin_before_service},
	{"signal-against-answer", signal_against_answer},
	{NULL, NULL},
};
