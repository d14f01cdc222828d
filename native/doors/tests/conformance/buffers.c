/* The buffers that arguments travel in: whoever frees them, none is lost, and what a call
 * means doesn't change. */
#include "check.h"

#include <door_buffers.h>

enum { BYTES = 1000 };

static uint32_t in_use(void)
{
	struct door_buffers_usage usage;
	door_buffers_usage(&usage);
	return usage.in_use;
}

/* What is in use while a call is served, and once it is over. */
static _Atomic uint32_t during;

static PROCEDURE(looks)
{
	during = in_use();
	door_return(data, bytes, NULL, 0);
}

static void call_once(int door)
{
	static _Thread_local char data[BYTES], buffer[BYTES];
	door_arg_t arg = {data, sizeof data, NULL, 0, buffer, sizeof buffer};
	memset(data, 7, sizeof data);
	CHECK(door_call(door, &arg) == 0 && arg.data_size == sizeof data);
	CHECK(memcmp(buffer, data, sizeof data) == 0);
}

static void early_release(void)
{
	int door = door_create(looks, NULL, 0);
	CHECK(door_buffers(DOOR_BUFFERS_EARLY) == DOOR_BUFFERS_EARLY);
	call_once(door);
	CHECK(during == 0 && in_use() == 0);
}

static void held_until_the_return(void)
{
	int door = door_create(looks, NULL, 0);
	CHECK(door_buffers(DOOR_BUFFERS_HOLD) == DOOR_BUFFERS_EARLY);
	call_once(door);
	CHECK(during == 1 && in_use() == 0);
	CHECK(door_buffers(-1) == DOOR_BUFFERS_HOLD);
}

static void choices_of_the_environment(void)
{
	CHECK(setenv("LIBDOOR_BUFFERS", "hold", 1) == 0);
	CHECK(setenv("LIBDOOR_EXHAUSTED", "fail", 1) == 0);
	CHECK(setenv("LIBDOOR_BUFFER_BYTES", "2048", 1) == 0);
	int door = door_create(looks, NULL, 0);
	call_once(door);
	CHECK(during == 1);
	struct door_buffers_usage usage;
	door_buffers_usage(&usage);
	CHECK(usage.buffer_bytes == 2048 && usage.holdings == 2 && usage.touched == 2);
	CHECK(door_exhausted(-1) == DOOR_EXHAUSTED_FAIL);
	CHECK_FAILS(door_buffers(2), EINVAL);
	CHECK_FAILS(door_exhausted(3), EINVAL);
}

/* --- exhaustion: one buffer, held by a call that is under way --- */

static _Atomic bool goes_on, inside;

static PROCEDURE(waits_here)
{
	if (bytes > 0 && data[0] == 1) {
		inside = true;
		WAIT_FOR(goes_on);
	}
	door_return(NULL, 0, NULL, 0);
}

static int send_it(int door, char first)
{
	char data[BYTES] = {first};
	door_arg_t arg = {data, sizeof data, NULL, 0, NULL, 0};
	return door_call(door, &arg);
}

static void *holds_the_buffer(void *door)
{
	CHECK(send_it(*(int *)door, 1) == 0);
	return NULL;
}

static pthread_t exhaust(int *door, int policy)
{
	pthread_t thread;
	CHECK(setenv("LIBDOOR_BUFFER_COUNT", "1", 1) == 0);
	door_buffers(DOOR_BUFFERS_HOLD);
	door_exhausted(policy);
	*door = door_create(waits_here, NULL, 0);
	CHECK(pthread_create(&thread, NULL, holds_the_buffer, door) == 0);
	WAIT_FOR(inside);
	return thread;
}

static void finish(pthread_t thread)
{
	goes_on = true;
	CHECK(pthread_join(thread, NULL) == 0);
	CHECK(in_use() == 0);
}

static void refused_without_a_buffer(void)
{
	int door;
	pthread_t thread = exhaust(&door, DOOR_EXHAUSTED_FAIL);
	CHECK_FAILS(send_it(door, 0), EAGAIN);
	char small[100] = {0};
	door_arg_t arg = {small, sizeof small, NULL, 0, NULL, 0};
	CHECK(door_call(door, &arg) == 0);
	finish(thread);
	CHECK(send_it(door, 0) == 0);
}

static void more_buffers_on_demand(void)
{
	int door;
	struct door_buffers_usage usage;
	pthread_t thread = exhaust(&door, DOOR_EXHAUSTED_GROW);
	CHECK(send_it(door, 0) == 0);
	door_buffers_usage(&usage);
	CHECK(usage.areas == 2 && usage.touched == 2 && usage.in_use == 1);
	finish(thread);
}

static void *sends_it(void *door)
{
	CHECK(send_it(*(int *)door, 0) == 0);
	return NULL;
}

static uint64_t waits(void)
{
	struct door_buffers_usage usage;
	door_buffers_usage(&usage);
	return usage.waits;
}

static void waits_for_a_buffer(void)
{
	int door;
	pthread_t waiting, thread = exhaust(&door, DOOR_EXHAUSTED_WAIT);
	CHECK(pthread_create(&waiting, NULL, sends_it, &door) == 0);
	WAIT_FOR(waits() == 1);
	goes_on = true;
	CHECK(pthread_join(waiting, NULL) == 0);
	finish(thread);
}

static void *is_interrupted(void *door)
{
	CHECK_FAILS(send_it(*(int *)door, 0), EAGAIN);
	return NULL;
}

static void a_signal_while_it_waits_for_a_buffer(void)
{
	int door;
	pthread_t waiting, thread = exhaust(&door, DOOR_EXHAUSTED_WAIT);
	count_signals(SIGUSR1);
	CHECK(pthread_create(&waiting, NULL, is_interrupted, &door) == 0);
	WAIT_FOR(waits() == 1);
	CHECK(pthread_kill(waiting, SIGUSR1) == 0);
	CHECK(pthread_join(waiting, NULL) == 0);
	CHECK(signals_counted == 1);
	finish(thread);
}

static void a_cancelled_wait_for_a_buffer(void)
{
	int door;
	void *result;
	pthread_t waiting, thread = exhaust(&door, DOOR_EXHAUSTED_WAIT);
	CHECK(pthread_create(&waiting, NULL, sends_it, &door) == 0);
	WAIT_FOR(waits() == 1);
	CHECK(pthread_cancel(waiting) == 0);
	CHECK(pthread_join(waiting, &result) == 0 && result == PTHREAD_CANCELED);
	finish(thread);
	CHECK(send_it(door, 0) == 0);
}

/* --- what is given up --- */

/* A call that a signal ends while it is served: its buffer is freed when the server is done. */
static void *ends_by_a_signal(void *door)
{
	CHECK_FAILS(send_it(*(int *)door, 1), EINTR);
	return NULL;
}

static void a_call_that_is_given_up(void)
{
	pthread_t thread;
	door_buffers(DOOR_BUFFERS_HOLD);
	int door = door_create(waits_here, NULL, DOOR_NO_CANCEL);
	count_signals(SIGUSR1);
	CHECK(pthread_create(&thread, NULL, ends_by_a_signal, &door) == 0);
	WAIT_FOR(inside);
	/* The handler must run within the call, which is asleep soon. */
	usleep(50000);
	CHECK(pthread_kill(thread, SIGUSR1) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
	CHECK(in_use() <= 1);
	goes_on = true;
	CHECK(send_it(door, 0) == 0);
	WAIT_FOR(in_use() == 0);
}

static PROCEDURE(fails_to_return)
{
	static char many[BYTES];
	door_desc_t wrong = {.d_attributes = 0};
	for (int i = 0; i < 5; i++)
		CHECK_FAILS(door_return(many, sizeof many, &wrong, 1), EINVAL);
	door_return(many, sizeof many, NULL, 0);
}

static void results_that_could_not_be_returned(void)
{
	char data[BYTES] = {0}, buffer[BYTES];
	int door = door_create(fails_to_return, NULL, 0);
	door_arg_t arg = {data, sizeof data, NULL, 0, buffer, sizeof buffer};
	CHECK(door_call(door, &arg) == 0 && arg.data_size == BYTES);
	CHECK(in_use() == 0);
}

/* Each server process has buffers of its own; they go with it. */
static void buffers_go_with_the_server(void)
{
	struct remote far = remote(make_echo), other = remote(make_echo);
	struct door_buffers_usage usage;
	call_once(far.door);
	call_once(other.door);
	door_buffers_usage(&usage);
	CHECK(usage.areas == 2 && usage.in_use == 0);
	CHECK(kill(far.server, SIGKILL) == 0 && waitpid(far.server, NULL, 0) == far.server);
	char data[BYTES] = {0};
	door_arg_t arg = {data, sizeof data, NULL, 0, NULL, 0};
	WAIT_FOR(door_call(far.door, &arg) == -1 && errno == EBADF);
	call_once(other.door);
	door_buffers_usage(&usage);
	CHECK(usage.areas == 1);
	remote_end(&other);
}

const struct test buffer_tests[] = {
	{"early-release", early_release},
	{"held-until-the-return", held_until_the_return},
	{"choices-of-the-environment", choices_of_the_environment},
	{"refused-without-a-buffer", refused_without_a_buffer},
	{"more-buffers-on-demand", more_buffers_on_demand},
	{"waits-for-a-buffer", waits_for_a_buffer},
	{"a-signal-while-it-waits-for-a-buffer", a_signal_while_it_waits_for_a_buffer},
	{"a-cancelled-wait-for-a-buffer", a_cancelled_wait_for_a_buffer},
	{"a-call-that-is-given-up", a_call_that_is_given_up},
	{"results-that-could-not-be-returned", results_that_could_not_be_returned},
	{"buffers-go-with-the-server", buffers_go_with_the_server},
	{NULL, NULL},
};
