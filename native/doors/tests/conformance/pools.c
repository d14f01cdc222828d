/* Pools: growth, order, door_xcreate(), threads that end. */
#include "check.h"

/* --- growth --- */

static atomic_int created;
static _Atomic(pthread_t) creator;
static _Atomic(door_info_t *) created_for;

static void *plain_thread(void *unused)
{
	(void)unused;
	door_return(NULL, 0, NULL, 0);
	return NULL;
}

static void *bound_thread(void *door)
{
	CHECK(door_bind(*(atomic_int *)door) == 0);
	door_return(NULL, 0, NULL, 0);
	return NULL;
}

static void start_thread(void *(*run)(void *), void *argument)
{
	pthread_t thread;
	CHECK(pthread_create(&thread, NULL, run, argument) == 0);
	pthread_detach(thread);
}

static void create_plain(door_info_t *info)
{
	created++;
	creator = pthread_self();
	created_for = info;
	start_thread(plain_thread, NULL);
}

/* The pool was empty when the call was dispatched: the creation function has run
 * by now, in this thread. */
static PROCEDURE(expects_creation)
{
	static atomic_int calls;
	int answer = created;
	if (calls++ == 0)
		CHECK(answer == 2 && pthread_equal(creator, pthread_self()));
	door_return((char *)&answer, sizeof answer, NULL, 0);
}

static int creations(int door)
{
	int seen = -1;
	door_arg_t arg = {NULL, 0, NULL, 0, (char *)&seen, sizeof seen};
	CHECK(door_call(door, &arg) == 0);
	return seen;
}

static void depletion_comes_before_the_procedure(void)
{
	door_server_create(create_plain);
	int door = door_create(expects_creation, NULL, 0);
	CHECK(created == 1);
	usleep(100000); /* the thread is in the pool */
	CHECK(creations(door) == 2 && created_for == NULL);
	usleep(100000); /* two threads now: no need for a third */
	for (int i = 0; i < 20; i++) {
		CHECK(creations(door) == 2);
		usleep(5000);
	}
}

static atomic_int private_door;

static void create_bound(door_info_t *info)
{
	created++;
	created_for = info;
	creator = pthread_self();
	if (created > 1)
		start_thread(bound_thread, &private_door);
}

static void depletion_of_a_private_pool(void)
{
	door_server_create(create_bound);
	private_door = door_create(expects_creation, (void *)44, DOOR_PRIVATE);
	CHECK(created == 1 && created_for->di_data == 44);
	door_info_t *first = created_for;
	start_thread(bound_thread, &private_door);
	CHECK(creations(private_door) == 2);
	CHECK(created_for->di_uniquifier == first->di_uniquifier);
	CHECK(created_for->di_target == getpid());
}

/* --- order: last in, first out --- */

enum { CREW = 3 };

static struct crew {
	_Atomic(pthread_t) served[CREW];
	atomic_int entered;
	atomic_int left;
	atomic_int allowed; /* who entered before this many may leave */
} crew;

static PROCEDURE(waits_for_leave)
{
	int turn = crew.entered;
	crew.served[turn] = pthread_self();
	crew.entered++;
	while (crew.allowed <= turn)
		usleep(1000);
	door_return(NULL, 0, NULL, 0);
}

static void *calls_private(void *unused)
{
	(void)unused;
	CHECK(door_call(private_door, NULL) == 0);
	crew.left++;
	return NULL;
}

static void fill_crew(pthread_t served[CREW])
{
	crew.entered = crew.left = crew.allowed = 0;
	for (int i = 0; i < CREW; i++) {
		start_thread(calls_private, NULL);
		WAIT_FOR(crew.entered == i + 1);
	}
	for (int i = 0; i < CREW; i++) {
		served[i] = crew.served[i];
		crew.allowed = i + 1;
		WAIT_FOR(crew.left == i + 1);
		usleep(50000); /* it has parked before the next one leaves */
	}
}

static void last_in_first_out(void)
{
	pthread_t before[CREW], after[CREW];
	door_server_create(no_threads);
	private_door = door_create(waits_for_leave, NULL, DOOR_PRIVATE);
	for (int i = 0; i < CREW; i++)
		start_thread(bound_thread, &private_door);
	fill_crew(before);
	for (int round = 0; round < 5; round++) {
		fill_crew(after);
		for (int i = 0; i < CREW; i++)
			CHECK(pthread_equal(after[i], before[CREW - 1 - i]));
		memcpy(before, after, sizeof before);
	}
}

/* --- door_xcreate --- */

static atomic_int x_made, x_result;
static atomic_int x_set_up;
static _Atomic door_id_t x_door;

static int xcreate(door_info_t *info, void *(*start)(void *), void *argument, void *cookie)
{
	CHECK(cookie == (void *)8);
	x_door = info->di_uniquifier;
	if (x_result == 1) {
		x_made++;
		start_thread(start, argument);
	}
	return x_result;
}

static int xcreate_one(door_info_t *info, void *(*start)(void *), void *argument, void *cookie)
{
	int result = xcreate(info, start, argument, cookie);
	x_result = 0;
	return result;
}

static void xcreate_all(void)
{
	uint_t bare = DOOR_NO_DEPLETION_CB;
	CHECK_FAILS(door_xcreate(nothing, NULL, 0, NULL, NULL, NULL, 1), EINVAL);
	CHECK_FAILS(door_xcreate(nothing, NULL, 0, xcreate, NULL, (void *)8, 0), EINVAL);
	CHECK_FAILS(door_xcreate(nothing, NULL, 0, xcreate, NULL, (void *)8, -3), EINVAL);
	CHECK_FAILS(door_xcreate(nothing, NULL, DOOR_PRIVCREATE, xcreate, NULL, (void *)8, 1),
		    EINVAL);
	CHECK_FAILS(door_xcreate(nothing, NULL, 0x8000, xcreate, NULL, (void *)8, 1), EINVAL);
	int before = open_descriptors();
	x_result = 0;
	CHECK_FAILS(door_xcreate(nothing, NULL, 0, xcreate, NULL, (void *)8, 1), EINVAL);
	x_result = -1;
	CHECK_FAILS(door_xcreate(nothing, NULL, 0, xcreate, NULL, (void *)8, 1), EPIPE);
	x_result = 1;
	/* some are made, but not all: the door is revoked again */
	CHECK_FAILS(door_xcreate(nothing, NULL, bare, xcreate_one, NULL, (void *)8, 3), EINVAL);
	CHECK(open_descriptors() - before <= 4); /* the library's own, made once */
	x_result = 1;
	x_made = 0;
	int door = door_xcreate(nothing, NULL, bare, xcreate, NULL, (void *)8, 3);
	CHECK(door >= 0 && x_made == 3);
	for (int i = 0; i < 50; i++)
		CHECK(door_call(door, NULL) == 0);
	CHECK(x_made == 3);
	door_info_t facts;
	CHECK(door_info(door, &facts) == 0);
	CHECK(facts.di_attributes & DOOR_PRIVATE && facts.di_attributes & DOOR_PRIVCREATE);
	CHECK(facts.di_uniquifier == x_door);
}

static void sets_up(void *cookie)
{
	CHECK(cookie == (void *)8);
	x_set_up++;
}

static PROCEDURE(tells_cancel_state)
{
	int old;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
	pthread_setcancelstate(old, NULL);
	door_return((char *)&old, sizeof old, NULL, 0);
}

static int cancel_state(int door)
{
	int state = -1;
	door_arg_t arg = {NULL, 0, NULL, 0, (char *)&state, sizeof state};
	CHECK(door_call(door, &arg) == 0);
	return state;
}

static void xcreate_sets_up_threads(void)
{
	uint_t bare = DOOR_NO_DEPLETION_CB;
	x_result = 1;
	int custom = door_xcreate(tells_cancel_state, NULL, bare, xcreate, sets_up, (void *)8, 2);
	CHECK(custom >= 0 && x_set_up == 2);
	CHECK(cancel_state(custom) == PTHREAD_CANCEL_ENABLE);
	int plain = door_xcreate(tells_cancel_state, NULL, bare, xcreate, NULL, (void *)8, 1);
	CHECK(plain >= 0 && x_set_up == 2);
	CHECK(cancel_state(plain) == PTHREAD_CANCEL_DISABLE);
	CHECK(cancel_state(door_create(tells_cancel_state, NULL, 0)) == PTHREAD_CANCEL_DISABLE);
}

static PROCEDURE(tells_x_made)
{
	int made = x_made;
	door_return((char *)&made, sizeof made, NULL, 0);
}

static void xcreate_depletion(void)
{
	int seen = 0;
	x_result = 1;
	int door = door_xcreate(tells_x_made, NULL, 0, xcreate, NULL, (void *)8, 1);
	CHECK(door >= 0 && x_made == 1);
	door_arg_t arg = {NULL, 0, NULL, 0, (char *)&seen, sizeof seen};
	CHECK(door_call(door, &arg) == 0 && seen == 2);
	WAIT_FOR(door_call(door, &arg) == 0 && seen == x_made);
	/* declined: nothing happens but that */
	x_result = 0;
	CHECK(door_call(door, &arg) == 0);
}

static int xcreate_wrong(door_info_t *info, void *(*start)(void *), void *argument, void *cookie)
{
	(void)info, (void)start, (void)argument, (void)cookie;
	return 7;
}

static void xcreate_aborts(void)
{
	int status;
	pid_t child = settled_fork();
	if (child == 0) {
		signal(SIGABRT, SIG_DFL);
		door_xcreate(nothing, NULL, 0, xcreate_wrong, NULL, NULL, 1);
		_exit(0);
	}
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

/* --- threads that end --- */

static atomic_int ended;

static void count_end(void *unused)
{
	(void)unused;
	ended++;
}

static PROCEDURE(falls_off)
{
	CHECK(pthread_setspecific(*(pthread_key_t *)cookie, &ended) == 0);
}

static void procedure_returns(void)
{
	pthread_key_t key;
	CHECK(pthread_key_create(&key, count_end) == 0);
	int door = door_create(falls_off, &key, 0), other = door_create(nothing, NULL, 0);
	for (int i = 0; i < 20; i++)
		CHECK_FAILS(door_call(door, NULL), EINTR);
	CHECK(door_call(other, NULL) == 0);
	WAIT_FOR(ended == 20);
}

static PROCEDURE(exits)
{
	pthread_exit(NULL);
}

static void procedure_exits_its_thread(void)
{
	int door = door_create(exits, NULL, 0), private = door_create(exits, NULL, DOOR_PRIVATE);
	CHECK(private >= 0);
	for (int i = 0; i < 20; i++)
		CHECK_FAILS(door_call(door, NULL), EINTR);
}

static PROCEDURE(tells_depth)
{
	char here[64];
	uintptr_t depth = (uintptr_t)here;
	door_return((char *)&depth, sizeof depth, NULL, 0);
}

/* door_return() gives the stack back: it is no deeper after many calls. */
static void stack_is_reset(void)
{
	static char data[50000];
	uintptr_t first = 0, depth;
	door_server_create(no_threads);
	private_door = door_create(tells_depth, NULL, DOOR_PRIVATE);
	start_thread(bound_thread, &private_door);
	for (int i = 0; i < 2000; i++) {
		door_arg_t arg = {
			data, i % 3 == 1 ? sizeof data : 5, NULL, 0, (char *)&depth, sizeof depth};
		CHECK(door_call(private_door, &arg) == 0 && arg.data_size == sizeof depth);
		if (i == 0)
			first = depth;
		if (i % 3 != 1)
			CHECK(depth == first);
	}
}

const struct test pool_tests[] = {
	{"depletion-comes-before-the-procedure", depletion_comes_before_the_procedure},
	{"depletion-of-a-private-pool", depletion_of_a_private_pool},
	{"last-in-first-out", last_in_first_out},
	{"xcreate-all", xcreate_all},
	{"xcreate-sets-up-threads", xcreate_sets_up_threads},
	{"xcreate-depletion", xcreate_depletion},
	{"xcreate-aborts", xcreate_aborts},
	{"procedure-returns", procedure_returns},
	{"procedure-exits-its-thread", procedure_exits_its_thread},
	{"stack-is-reset", stack_is_reset},
	{NULL, NULL},
};
