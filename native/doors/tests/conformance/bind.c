/* door_bind(), door_unbind(), and which pool a thread waits in. */
#include "check.h"

static atomic_int doors[2];
static _Atomic(pthread_t) serving;

static void *bound_thread(void *door)
{
	CHECK(door_bind(*(atomic_int *)door) == 0);
	door_return(NULL, 0, NULL, 0);
	return NULL;
}

static void *plain_thread(void *unused)
{
	(void)unused;
	door_return(NULL, 0, NULL, 0);
	return NULL;
}

static pthread_t start_thread(void *(*run)(void *), void *argument)
{
	pthread_t thread;
	CHECK(pthread_create(&thread, NULL, run, argument) == 0);
	return thread;
}

static PROCEDURE(tells_thread)
{
	door_info_t bound;
	serving = pthread_self();
	CHECK(door_info(DOOR_QUERY, &bound) == 0 && bound.di_attributes & DOOR_PRIVATE);
	CHECK(bound.di_data == (uintptr_t)cookie);
	door_return(NULL, 0, NULL, 0);
}

static void bindings(void)
{
	int public = door_create(echo, NULL, 0);
	CHECK_FAILS(door_unbind(), EBADF);
	CHECK_FAILS(door_bind(public), EINVAL);
	CHECK_FAILS(door_bind(0), EBADF);
	CHECK_FAILS(door_bind(-1), EBADF);
	door_server_create(no_threads);
	doors[0] = door_create(tells_thread, NULL, DOOR_PRIVATE);
	pthread_t thread = start_thread(bound_thread, &doors[0]);
	for (int i = 0; i < 100; i++) {
		CHECK(door_call(doors[0], NULL) == 0);
		CHECK(pthread_equal(serving, thread));
	}
	CHECK(door_bind(doors[0]) == 0 && door_unbind() == 0);
	CHECK_FAILS(door_unbind(), EBADF);
}

static int make_private(void)
{
	return door_create(echo, NULL, DOOR_PRIVATE);
}

static void binding_to_another_process(void)
{
	struct remote far = remote(make_private);
	door_info_t facts;
	CHECK(door_info(far.door, &facts) == 0);
	CHECK_FAILS(door_bind(far.door), EINVAL);
	int fresh = open(far.name, O_RDWR);
	CHECK_FAILS(door_bind(fresh), EINVAL);
	remote_end(&far);
}

static void *binds_twice(void *unused)
{
	door_info_t bound;
	CHECK_FAILS(door_info(DOOR_QUERY, &bound), EBADF);
	CHECK(door_bind(doors[0]) == 0);
	CHECK(door_info(DOOR_QUERY, &bound) == 0 && bound.di_data == 1);
	CHECK(door_bind(doors[1]) == 0); /* replaces the first */
	CHECK(door_info(DOOR_QUERY, &bound) == 0 && bound.di_data == 2);
	CHECK_FAILS(door_bind(0), EBADF); /* and what fails changes nothing */
	CHECK(door_info(DOOR_QUERY, &bound) == 0 && bound.di_data == 2);
	CHECK_FAILS(door_info(DOOR_QUERY, (door_info_t *)8), EFAULT);
	door_return(NULL, 0, NULL, 0);
	return unused;
}

static void binding_is_replaced(void)
{
	door_server_create(no_threads);
	doors[0] = door_create(tells_thread, (void *)1, DOOR_PRIVATE);
	doors[1] = door_create(tells_thread, (void *)2, DOOR_PRIVATE);
	pthread_t thread = start_thread(binds_twice, NULL);
	CHECK(door_call(doors[1], NULL) == 0 && pthread_equal(serving, thread));
	count_signals(SIGALRM);
	ualarm(100000, 0);
	CHECK_FAILS(door_call(doors[0], NULL), EAGAIN); /* nobody serves it */
	pthread_t other = start_thread(bound_thread, &doors[0]);
	CHECK(door_call(doors[0], NULL) == 0 && pthread_equal(serving, other));
	CHECK(door_call(doors[1], NULL) == 0 && pthread_equal(serving, thread));
}

static PROCEDURE(unbinds)
{
	door_info_t bound;
	serving = pthread_self();
	if (door_unbind() == 0)
		CHECK_FAILS(door_info(DOOR_QUERY, &bound), EBADF);
	door_return(NULL, 0, NULL, 0);
}

/* A thread that unbinds while it serves waits in the process's pool afterwards. */
static void unbinding_moves_the_thread(void)
{
	door_server_create(no_threads);
	int public = door_create(unbinds, NULL, 0);
	doors[0] = door_create(unbinds, NULL, DOOR_PRIVATE);
	pthread_t thread = start_thread(bound_thread, &doors[0]);
	CHECK(door_call(doors[0], NULL) == 0 && pthread_equal(serving, thread));
	CHECK(door_call(public, NULL) == 0 && pthread_equal(serving, thread));
	count_signals(SIGALRM);
	ualarm(100000, 0);
	CHECK_FAILS(door_call(doors[0], NULL), EAGAIN);
}

static PROCEDURE(binds)
{
	serving = pthread_self();
	CHECK(door_bind(doors[0]) == 0);
	door_return(NULL, 0, NULL, 0);
}

static void binding_moves_the_thread(void)
{
	door_server_create(no_threads);
	int public = door_create(binds, NULL, 0);
	doors[0] = door_create(tells_thread, NULL, DOOR_PRIVATE);
	pthread_t thread = start_thread(plain_thread, NULL);
	CHECK(door_call(public, NULL) == 0 && pthread_equal(serving, thread));
	CHECK(door_call(doors[0], NULL) == 0 && pthread_equal(serving, thread));
	count_signals(SIGALRM);
	ualarm(100000, 0);
	CHECK_FAILS(door_call(public, NULL), EAGAIN);
}

/* --- door_return() as the way into a pool --- */

static PROCEDURE(tells_main)
{
	char main_thread = getpid() == gettid();
	door_return(&main_thread, 1, NULL, 0);
}

static void main_thread_serves(void)
{
	char answer = 0;
	const char *name = fresh_file();
	door_arg_t arg = {NULL, 0, NULL, 0, &answer, 1};
	pid_t child = settled_fork();
	CHECK(child >= 0);
	if (child == 0) {
		door_server_create(no_threads);
		CHECK(fattach(door_create(tells_main, NULL, 0), name) == 0);
		door_return(NULL, 0, NULL, 0);
		_exit(1);
	}
	int door = open(name, O_RDWR);
	for (int i = 0; i < PATIENCE_MS && door_call(door, &arg) < 0; i++) {
		CHECK(errno == EBADF); /* not attached yet */
		usleep(1000);
	}
	CHECK(answer == 1);
	answer = 0;
	CHECK(door_call(door, &arg) == 0 && answer == 1);
	end(child);
	unlink(name);
}

/* A call that came when the pool was empty waits for the thread that joins it. */
static void *joins_later(void *unused)
{
	usleep(100000);
	return plain_thread(unused);
}

static void caller_waits_for_a_thread(void)
{
	door_server_create(no_threads);
	int door = door_create(nothing, NULL, 0);
	for (int i = 0; i < 3; i++) {
		start_thread(joins_later, NULL);
		CHECK(door_call(door, NULL) == 0);
	}
}

const struct test bind_tests[] = {
	{"bindings", bindings},
	{"binding-to-another-process", binding_to_another_process},
	{"binding-is-replaced", binding_is_replaced},
	{"unbinding-moves-the-thread", unbinding_moves_the_thread},
	{"binding-moves-the-thread", binding_moves_the_thread},
	{"main-thread-serves", main_thread_serves},
	{"caller-waits-for-a-thread", caller_waits_for_a_thread},
	{NULL, NULL},
};
