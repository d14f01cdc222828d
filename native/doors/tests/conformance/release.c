/* DOOR_RELEASE: when the sender's copy is closed, and when it isn't. */
#include "check.h"

static door_desc_t released(int fd)
{
	door_desc_t desc = {.d_attributes = DOOR_DESCRIPTOR | DOOR_RELEASE};
	desc.d_data.d_desc.d_descriptor = fd;
	return desc;
}

/* --- the client's --- */

static void release_on_early_errors(void)
{
	int fd = dup(0);
	door_desc_t desc[2] = {released(fd), released(0)};
	char *data = (char *)&desc;
	int refuse = door_create(nothing, NULL, DOOR_REFUSE_DESC);
	int limited = door_create(nothing, NULL, 0), sized = door_create(nothing, NULL, 0);
	int revoked = door_create(nothing, NULL, 0), copy = dup(revoked);
	CHECK(door_setparam(limited, DOOR_PARAM_DESC_MAX, 1) == 0);
	CHECK(door_setparam(sized, DOOR_PARAM_DATA_MAX, 4) == 0);
	CHECK_FAILS(door_call(-1, &(door_arg_t){NULL, 0, desc, 1, NULL, 0}), EBADF);
	CHECK_FAILS(door_call(0, &(door_arg_t){NULL, 0, desc, 1, NULL, 0}), EBADF);
	CHECK_FAILS(door_call(refuse, &(door_arg_t){NULL, 0, desc, 1, NULL, 0}), ENOTSUP);
	CHECK_FAILS(door_call(limited, &(door_arg_t){NULL, 0, desc, 2, NULL, 0}), ENFILE);
	CHECK_FAILS(door_call(sized, &(door_arg_t){data, 5, desc, 1, NULL, 0}), ENOBUFS);
	CHECK(door_revoke(revoked) == 0);
	CHECK_FAILS(door_call(copy, &(door_arg_t){NULL, 0, desc, 1, NULL, 0}), EBADF);
	CHECK(is_open(fd) && is_open(0));
}

static void release_on_bad_descriptors(void)
{
	int door = door_create(nothing, NULL, 0);
	for (int bad = 0; bad < 3; bad++) {
		door_desc_t desc[3] = {released(dup(0)), released(dup(0)), released(dup(0))};
		int numbers[3];
		for (int i = 0; i < 3; i++)
			numbers[i] = desc[i].d_data.d_desc.d_descriptor;
		close(numbers[bad]);
		CHECK_FAILS(door_call(door, &(door_arg_t){NULL, 0, desc, 3, NULL, 0}), EINVAL);
		for (int i = 0; i < 3; i++)
			CHECK(!is_open(numbers[i]));
	}
}

static PROCEDURE(falls_off)
{
	for (uint_t i = 0; i < count; i++)
		close(descs[i].d_data.d_desc.d_descriptor);
}

static void release_on_interruption(void)
{
	int door = door_create(falls_off, NULL, 0), fd = dup(0);
	door_desc_t desc = released(fd);
	CHECK_FAILS(door_call(door, &(door_arg_t){NULL, 0, &desc, 1, NULL, 0}), EINTR);
	CHECK(!is_open(fd));
}

/* A call that no thread took is as if it had not been made: the descriptor stays,
 * and no copy of it lingers anywhere. */
static void release_while_waiting(void)
{
	int ends[2];
	char byte;
	CHECK(pipe2(ends, O_NONBLOCK) == 0);
	door_server_create(no_threads);
	int door = door_create(nothing, NULL, 0);
	door_desc_t desc = released(ends[1]);
	count_signals(SIGALRM);
	for (int i = 0; i < 3; i++) {
		ualarm(100000, 0);
		CHECK_FAILS(door_call(door, &(door_arg_t){NULL, 0, &desc, 1, NULL, 0}), EAGAIN);
		CHECK(is_open(ends[1]));
	}
	CHECK(read(ends[0], &byte, 1) == -1 && errno == EAGAIN);
	close(ends[1]);
	WAIT_FOR(read(ends[0], &byte, 1) == 0); /* end of file: nobody holds it */
}

static void *revokes_later(void *door)
{
	usleep(200000);
	CHECK(door_revoke(*(int *)door) == 0);
	return NULL;
}

static void release_and_revocation_while_waiting(void)
{
	pthread_t thread;
	int fd = dup(0);
	door_desc_t desc = released(fd);
	door_server_create(no_threads);
	int door = door_create(nothing, NULL, 0), copy = dup(door);
	CHECK(pthread_create(&thread, NULL, revokes_later, &door) == 0);
	CHECK_FAILS(door_call(copy, &(door_arg_t){NULL, 0, &desc, 1, NULL, 0}), EBADF);
	CHECK(is_open(fd));
	CHECK(pthread_join(thread, NULL) == 0);
}

/* What is wrong with the arguments shows only once a thread would take them. */
static void arguments_wait_for_a_thread(void)
{
	door_desc_t untagged = {0};
	static door_desc_t many[1025];
	door_server_create(no_threads);
	int door = door_create(nothing, NULL, 0);
	count_signals(SIGALRM);
	ualarm(100000, 0);
	CHECK_FAILS(door_call(door, &(door_arg_t){NULL, 0, &untagged, 1, NULL, 0}), EAGAIN);
	ualarm(100000, 0);
	CHECK_FAILS(door_call(door, &(door_arg_t){(char *)16, 1, NULL, 0, NULL, 0}), EAGAIN);
	ualarm(100000, 0);
	CHECK_FAILS(door_call(door, &(door_arg_t){NULL, 0, many, 1025, NULL, 0}), EAGAIN);
}

/* --- the server's --- */

struct watched_server {
	_Atomic int entered;
	_Atomic int go;
	_Atomic int fd;
};

static struct watched_server *shared;

/* Gives its descriptor away after the caller has gone. */
static PROCEDURE(returns_late)
{
	door_desc_t desc = released(dup(0));
	shared->fd = desc.d_data.d_desc.d_descriptor;
	shared->entered = 1;
	while (!shared->go)
		usleep(1000);
	shared->go = 0;
	door_return("late", 4, &desc, 1);
	abort(); /* it doesn't return */
}

static PROCEDURE(is_closed)
{
	char answer = !is_open(shared->fd);
	door_return(&answer, 1, NULL, 0);
}

static PROCEDURE(returns_late_or_asks)
{
	if (bytes > 0)
		is_closed(cookie, data, bytes, descs, count);
	returns_late(cookie, data, bytes, descs, count);
}

static int make_late(void)
{
	return door_create(returns_late_or_asks, NULL, 0);
}

static bool asks_closed(int door)
{
	char answer = 0;
	door_arg_t arg = {"?", 1, NULL, 0, &answer, 1};
	CHECK(door_call(door, &arg) == 0);
	return answer == 1;
}

/* What the client would have accepted makes no difference once it is gone. */
static void return_without_caller(bool accepts)
{
	shared = shared_memory(sizeof *shared);
	struct remote far = remote(make_late);
	pid_t child = settled_fork();
	if (child == 0) {
		door_call(far.door, accepts ? &(door_arg_t){0} : NULL);
		_exit(1);
	}
	WAIT_FOR(shared->entered);
	end(child);
	usleep(50000); /* so that the server can know */
	shared->go = 1;
	WAIT_FOR(asks_closed(far.door));
	remote_end(&far);
}

static void release_without_caller(void)
{
	return_without_caller(true);
}

static void results_for_nobody(void)
{
	return_without_caller(false);
}

static int gone_number;

static PROCEDURE(returns_with_release)
{
	door_desc_t desc = released(dup(0));
	gone_number = desc.d_data.d_desc.d_descriptor;
	door_return(NULL, 0, &desc, 1);
}

static PROCEDURE(returns_whether_gone)
{
	char gone = !is_open(gone_number);
	door_return(&gone, 1, NULL, 0);
}

static PROCEDURE(release_then_tell)
{
	if (bytes == 0)
		returns_with_release(cookie, data, bytes, descs, count);
	returns_whether_gone(cookie, data, bytes, descs, count);
}

static int make_release_then_tell(void)
{
	return door_create(release_then_tell, NULL, 0);
}

static void release_on_return(void)
{
	char buffer[64];
	struct remote far = remote(make_release_then_tell);
	door_arg_t arg = {NULL, 0, NULL, 0, buffer, sizeof buffer};
	CHECK(door_call(far.door, &arg) == 0 && arg.desc_num == 1);
	CHECK(is_open(arg.desc_ptr->d_data.d_desc.d_descriptor));
	arg = (door_arg_t){"?", 1, NULL, 0, buffer, sizeof buffer};
	CHECK(door_call(far.door, &arg) == 0 && buffer[0] == 1);
	remote_end(&far);
}

const struct test release_tests[] = {
	{"release-on-early-errors", release_on_early_errors},
	{"release-on-bad-descriptors", release_on_bad_descriptors},
	{"release-on-interruption", release_on_interruption},
	{"release-while-waiting", release_while_waiting},
	{"release-and-revocation-while-waiting", release_and_revocation_while_waiting},
	{"arguments-wait-for-a-thread", arguments_wait_for_a_thread},
	{"release-without-caller", release_without_caller},
	{"results-for-nobody", results_for_nobody},
	{"release-on-return", release_on_return},
	{NULL, NULL},
};
