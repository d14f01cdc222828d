/* exec, exit, death, revocation. */
#include "check.h"

#include <sys/prctl.h>

static struct {
	_Atomic int entered;
	_Atomic int go;
	_Atomic int results[64]; /* of client threads and processes: 0 or an errno; -1 = none yet */
} * shared;

static void begin(void)
{
	shared = shared_memory(sizeof *shared);
	for (int i = 0; i < 64; i++)
		shared->results[i] = -1;
}

static void *calls(void *argument)
{
	int *number = argument; /* the door, then where the result goes */
	int result = door_call(number[0], NULL) == 0 ? 0 : errno;
	shared->results[number[1]] = result;
	return NULL;
}

static void start_caller(int door, int place)
{
	static int arguments[64][2];
	pthread_t thread;
	arguments[place][0] = door;
	arguments[place][1] = place;
	CHECK(pthread_create(&thread, NULL, calls, arguments[place]) == 0);
	pthread_detach(thread);
}

static PROCEDURE(waits)
{
	shared->entered++;
	while (!shared->go)
		usleep(1000);
	door_return(NULL, 0, NULL, 0);
}

/* --- the server ends --- */

static int make_waits(void)
{
	return door_create(waits, NULL, 0);
}

static PROCEDURE(exits)
{
	shared->entered++;
	exit(0);
}

static PROCEDURE(execs)
{
	shared->entered++;
	execl("/bin/sleep", "sleep", "5", (char *)NULL);
}

static int make_exits(void)
{
	return door_create(exits, NULL, 0);
}

static int make_execs(void)
{
	return door_create(execs, NULL, 0);
}

static void server_dies(void)
{
	begin();
	struct remote far = remote(make_waits);
	start_caller(far.door, 0);
	WAIT_FOR(shared->entered == 1);
	kill(far.server, SIGKILL);
	WAIT_FOR(shared->results[0] >= 0);
	CHECK(shared->results[0] == EINTR);
	CHECK_FAILS(door_call(far.door, NULL), EBADF);
	door_info_t facts;
	CHECK(door_info(far.door, &facts) == 0 && facts.di_target == -1);
	remote_end(&far);
}

static void server_exits(void)
{
	door_info_t facts;
	begin();
	struct remote far = remote(make_exits);
	CHECK_FAILS(door_call(far.door, NULL), EINTR);
	WAIT_FOR(door_call(far.door, NULL) == -1 && errno == EBADF);
	WAIT_FOR(door_info(far.door, &facts) == 0 && facts.di_target == -1);
	CHECK(shared->entered == 1);
	remote_end(&far);
}

/* The process lives, its doors don't. */
static void server_execs(void)
{
	begin();
	struct remote far = remote(make_execs);
	int copy = dup(far.door);
	CHECK_FAILS(door_call(far.door, NULL), EINTR);
	WAIT_FOR(door_call(copy, NULL) == -1 && errno == EBADF);
	CHECK_FAILS(door_call(open(far.name, O_RDWR), NULL), EBADF);
	door_info_t facts;
	CHECK(door_info(copy, &facts) == 0 && facts.di_target == -1);
	CHECK(waitpid(far.server, NULL, WNOHANG) == 0);
	remote_end(&far);
}

static int make_one_thread(void)
{
	int door = door_create(waits, NULL, 0); /* whose thread is the only one */
	door_server_create(no_threads);
	return door;
}

/* Of three callers one is served and two wait. */
static void waiters_and_active(struct remote *far)
{
	begin();
	*far = remote(make_one_thread);
	for (int i = 0; i < 3; i++)
		start_caller(far->door, i);
	WAIT_FOR(shared->entered == 1);
	usleep(200000); /* all have posted */
	CHECK(shared->results[0] + shared->results[1] + shared->results[2] == -3);
}

static int results_of(int error)
{
	int count = 0;
	for (int i = 0; i < 64; i++)
		count += shared->results[i] == error;
	return count;
}

static void waiters_of_a_dead_server(void)
{
	struct remote far;
	waiters_and_active(&far);
	kill(far.server, SIGKILL);
	WAIT_FOR(results_of(-1) == 61);
	CHECK(results_of(EINTR) == 1 && results_of(EBADF) == 2);
	remote_end(&far);
}

/* A child of the server's holds copies of what it held, but not its doors. */
static int make_with_child(void)
{
	int door = make_waits();
	pid_t child = settled_fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, 0);
		alarm(10);
		for (;;)
			pause();
	}
	shared->results[63] = child;
	return door;
}

static void server_dies_before_its_child(void)
{
	begin();
	struct remote far = remote(make_with_child);
	pid_t child = shared->results[63];
	start_caller(far.door, 0);
	WAIT_FOR(shared->entered == 1);
	kill(far.server, SIGKILL);
	WAIT_FOR(shared->results[0] >= 0);
	CHECK(shared->results[0] == EINTR);
	CHECK(kill(child, 0) == 0); /* it lived all the time */
	kill(child, SIGKILL);
	remote_end(&far);
}

/* A child that was made while calls were served holds copies of their sessions, too. */
static PROCEDURE(forks_and_waits)
{
	pid_t child = settled_fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, 0);
		alarm(10);
		for (;;)
			pause();
	}
	shared->results[63] = child;
	waits(NULL, NULL, 0, NULL, 0);
}

static int make_forks_and_waits(void)
{
	return door_create(forks_and_waits, NULL, 0);
}

static void server_dies_before_a_child_of_calls(void)
{
	begin();
	struct remote far = remote(make_forks_and_waits);
	start_caller(far.door, 0);
	WAIT_FOR(shared->entered == 1);
	pid_t child = shared->results[63];
	kill(far.server, SIGKILL);
	WAIT_FOR(shared->results[0] >= 0);
	CHECK(shared->results[0] == EINTR);
	CHECK(kill(child, 0) == 0); /* it lived all the time */
	kill(child, SIGKILL);
	remote_end(&far);
}

/* --- revocation --- */

static void revocation(void)
{
	int door = door_create(nothing, NULL, 0);
	int copy = dup(door);
	CHECK(door_call(copy, NULL) == 0);
	CHECK_FAILS(door_revoke(0), EBADF);
	CHECK_FAILS(door_revoke(-1), EBADF);
	CHECK(door_revoke(door) == 0);
	CHECK(!is_open(door));
	CHECK_FAILS(door_call(copy, NULL), EBADF);
	CHECK_FAILS(door_revoke(copy), EBADF);
	CHECK(is_open(copy));
}

/* Active calls finish, waiters wake with EBADF. */
static void revocation_during_calls(void)
{
	begin();
	int door = make_one_thread(), copy = dup(door);
	for (int i = 0; i < 3; i++)
		start_caller(copy, i);
	WAIT_FOR(shared->entered == 1);
	usleep(200000);
	CHECK(door_revoke(door) == 0);
	WAIT_FOR(results_of(EBADF) == 2);
	usleep(100000);
	CHECK(results_of(-1) == 62); /* the third is served still */
	shared->go = 1;
	WAIT_FOR(results_of(0) == 1);
}

static atomic_bool copied; /* an order that ThreadSanitizer can see, too */

static PROCEDURE(revokes)
{
	CHECK(copied);
	CHECK(door_revoke(*(atomic_int *)cookie) == 0);
	door_return("done", 5, NULL, 0);
}

static void revocation_by_the_procedure(void)
{
	static atomic_int door;
	char buffer[8] = "";
	door = door_create(revokes, &door, 0);
	int copy = dup(door);
	copied = true;
	door_arg_t arg = {NULL, 0, NULL, 0, buffer, sizeof buffer};
	CHECK(door_call(copy, &arg) == 0 && strcmp(buffer, "done") == 0);
	CHECK_FAILS(door_call(copy, &arg), EBADF);
}

const struct test life_tests[] = {
	{"server-dies", server_dies},
	{"server-exits", server_exits},
	{"server-execs", server_execs},
	{"waiters-of-a-dead-server", waiters_of_a_dead_server},
	{"server-dies-before-its-child", server_dies_before_its_child},
	{"server-dies-before-a-child-of-calls", server_dies_before_a_child_of_calls},
	{"revocation", revocation},
	{"revocation-during-calls", revocation_during_calls},
	{"revocation-by-the-procedure", revocation_by_the_procedure},
	{NULL, NULL},
};
