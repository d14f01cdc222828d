/* What an abandoned call means for the thread that serves it. */
#include "check.h"

#include <sys/prctl.h>

static struct {
	_Atomic int entered;
	_Atomic int cleaned;  /* cleanup handlers that ran */
	_Atomic int go;       /* the procedure may look around */
	_Atomic int survived; /* procedures that went on to door_return() */
} * shared;

static void cleans(void *unused)
{
	(void)unused;
	shared->cleaned++;
}

/* Waits where it can be cancelled. */
static PROCEDURE(waits)
{
	pthread_cleanup_push(cleans, NULL);
	shared->entered++;
	while (!shared->go)
		usleep(1000);
	shared->survived++;
	pthread_cleanup_pop(0);
	door_return("on", 3, NULL, 0);
}

/* Cancellation is off until told to go. */
static PROCEDURE(waits_deaf)
{
	pthread_cleanup_push(cleans, NULL);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	shared->entered++;
	while (!shared->go)
		usleep(1000);
	shared->survived++;
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
	pthread_testcancel();
	pthread_cleanup_pop(0);
	door_return("on", 3, NULL, 0);
}

static int make_waits(void)
{
	door_server_create(cancelable_threads);
	return door_create(waits, NULL, 0);
}

static int make_waits_deaf(void)
{
	door_server_create(cancelable_threads);
	return door_create(waits_deaf, NULL, 0);
}

static int make_waits_no_cancel(void)
{
	door_server_create(cancelable_threads);
	return door_create(waits, NULL, DOOR_NO_CANCEL);
}

/* With the default function's threads, which have cancellation off. */
static int make_waits_default(void)
{
	return door_create(waits, NULL, 0);
}

static struct remote start(int (*make)(void))
{
	shared = shared_memory(sizeof *shared);
	return remote(make);
}

/* A client process that is inside the call once this returns. */
static pid_t client_in_call(const struct remote *far)
{
	int entered = shared->entered;
	pid_t child = settled_fork();
	CHECK(child >= 0);
	if (child == 0) {
		CHECK(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0);
		door_call(far->door, NULL);
		_exit(3);
	}
	WAIT_FOR(shared->entered == entered + 1);
	return child;
}

/* The door serves on. */
static void serves_on(const struct remote *far)
{
	char buffer[8] = "";
	door_arg_t arg = {NULL, 0, NULL, 0, buffer, sizeof buffer};
	shared->go = 1;
	CHECK(door_call(far->door, &arg) == 0 && strcmp(buffer, "on") == 0);
}

static void death_cancels(void)
{
	struct remote far = start(make_waits);
	for (int i = 0; i < 20; i++) {
		end(client_in_call(&far));
		WAIT_FOR(shared->cleaned == i + 1);
	}
	CHECK(shared->survived == 0);
	serves_on(&far);
	remote_end(&far);
}

static void interrupt_soon(void)
{
	count_signals(SIGALRM);
	ualarm(SANITIZED ? 900000 : 100000, 0); /* once the server has the call */
}

static void signal_cancels(void)
{
	struct remote far = start(make_waits);
	for (int i = 0; i < 5; i++) {
		interrupt_soon();
		CHECK_FAILS(door_call(far.door, NULL), EINTR);
		WAIT_FOR(shared->cleaned == i + 1);
	}
	CHECK(shared->survived == 0);
	serves_on(&far);
	remote_end(&far);
}

static void signal_cancels_within_the_process(void)
{
	if (THREAD_SANITIZED)
		skip("ThreadSanitizer doesn't see the locks of a thread that is cancelled");
	shared = shared_memory(sizeof *shared);
	struct remote here = {.door = make_waits()};
	for (int i = 0; i < 5; i++) {
		interrupt_soon();
		CHECK_FAILS(door_call(here.door, NULL), EINTR);
		WAIT_FOR(shared->cleaned == i + 1);
	}
	serves_on(&here);
}

static void disabled_cancellation_stays_pending(void)
{
	struct remote far = start(make_waits_deaf);
	end(client_in_call(&far));
	usleep(200000);
	CHECK(shared->cleaned == 0 && shared->survived == 0);
	shared->go = 1;
	WAIT_FOR(shared->cleaned == 1);
	CHECK(shared->survived == 1); /* up to the moment that it was enabled */
	serves_on(&far);
	remote_end(&far);
}

static void no_cancel_is_left_alone(void)
{
	struct remote far = start(make_waits_no_cancel);
	interrupt_soon();
	CHECK_FAILS(door_call(far.door, NULL), EINTR);
	end(client_in_call(&far));
	usleep(200000);
	CHECK(shared->cleaned == 0);
	shared->go = 1;
	WAIT_FOR(shared->survived == 2);
	serves_on(&far);
	CHECK(shared->cleaned == 0);
	remote_end(&far);
}

/* The default threads drop what they would have returned, and serve again. */
static void results_without_caller_are_dropped(void)
{
	struct remote far = start(make_waits_default);
	for (int i = 0; i < 10; i++)
		end(client_in_call(&far));
	CHECK(shared->cleaned == 0);
	shared->go = 1;
	WAIT_FOR(shared->survived == 10);
	for (int i = 0; i < 10; i++)
		serves_on(&far);
	CHECK(shared->cleaned == 0);
	remote_end(&far);
}

static void *sleeps_then_execs(void *unused)
{
	while (shared->entered == 0)
		usleep(1000);
	execl("/bin/sleep", "sleep", "5", (char *)NULL);
	return unused;
}

/* A client that becomes another program has left its calls. */
static void exec_cancels(void)
{
	struct remote far = start(make_waits);
	CHECK(fcntl(far.door, F_SETFD, 0) == 0); /* even if it keeps the door */
	pid_t child = settled_fork();
	if (child == 0) {
		pthread_t thread;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		CHECK(pthread_create(&thread, NULL, sleeps_then_execs, NULL) == 0);
		door_call(far.door, NULL);
		_exit(3);
	}
	WAIT_FOR(shared->cleaned == 1);
	CHECK(waitpid(child, NULL, WNOHANG) == 0);
	end(child);
	serves_on(&far);
	remote_end(&far);
}

/* --- cancellation of the client's thread --- */

static void *calls(void *door)
{
	door_call(*(int *)door, NULL);
	return "returned";
}

static void cancel_calling_thread(struct remote *far, int after_us)
{
	pthread_t thread;
	void *result;
	int entered = shared->entered;
	CHECK(pthread_create(&thread, NULL, calls, &far->door) == 0);
	WAIT_FOR(shared->entered == entered + 1);
	usleep((useconds_t)after_us);
	CHECK(pthread_cancel(thread) == 0);
	CHECK(pthread_join(thread, &result) == 0);
	CHECK(result == PTHREAD_CANCELED);
}

static void call_is_a_cancellation_point(void)
{
	struct remote far = start(make_waits);
	for (int i = 0; i < 50; i++) {
		cancel_calling_thread(&far, i * 10); /* asleep, or still spinning */
		WAIT_FOR(shared->cleaned == i + 1);
	}
	CHECK(shared->survived == 0);
	serves_on(&far);
	remote_end(&far);
}

static void cancelled_caller_of_no_cancel(void)
{
	struct remote far = start(make_waits_no_cancel);
	cancel_calling_thread(&far, 1000);
	usleep(200000);
	CHECK(shared->cleaned == 0 && shared->survived == 0);
	shared->go = 1;
	WAIT_FOR(shared->survived == 1);
	serves_on(&far);
	remote_end(&far);
}

static void *cancels_itself_and_calls(void *door)
{
	pthread_cancel(pthread_self());
	door_call(*(int *)door, NULL);
	return "returned";
}

/* With cancellation off in the client the call is an ordinary one. */
static void *calls_deaf(void *door)
{
	int old;
	char buffer[8] = "";
	door_arg_t arg = {NULL, 0, NULL, 0, buffer, sizeof buffer};
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
	pthread_cancel(pthread_self());
	CHECK(door_call(*(int *)door, &arg) == 0 && strcmp(buffer, "on") == 0);
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old);
	pthread_testcancel();
	return "returned";
}

static void pending_cancellation(void)
{
	pthread_t thread;
	void *result;
	struct remote far = start(make_waits);
	shared->go = 1;
	for (int i = 0; i < 20; i++) {
		void *(*run)(void *) = i % 2 == 0 ? cancels_itself_and_calls : calls_deaf;
		CHECK(pthread_create(&thread, NULL, run, &far.door) == 0);
		CHECK(pthread_join(thread, &result) == 0);
		CHECK(result == PTHREAD_CANCELED);
	}
	serves_on(&far);
	remote_end(&far);
}

/* Nothing of a cancelled caller's stays: no descriptor, no mapping. */
static void cancelled_callers_leave_nothing(void)
{
	struct remote far = start(make_waits);
	int before = 0;
	for (int i = 0; i < 40; i++) {
		cancel_calling_thread(&far, 0);
		if (i == 10)
			before = open_descriptors();
	}
	WAIT_FOR(open_descriptors() <= before);
	remote_end(&far);
}

const struct test abort_tests[] = {
	{"death-cancels", death_cancels},
	{"signal-cancels", signal_cancels},
	{"signal-cancels-within-the-process", signal_cancels_within_the_process},
	{"disabled-cancellation-stays-pending", disabled_cancellation_stays_pending},
	{"no-cancel-is-left-alone", no_cancel_is_left_alone},
	{"results-without-caller-are-dropped", results_without_caller_are_dropped},
	{"exec-cancels", exec_cancels},
	{"call-is-a-cancellation-point", call_is_a_cancellation_point},
	{"cancelled-caller-of-no-cancel", cancelled_caller_of_no_cancel},
	{"pending-cancellation", pending_cancellation},
	{"cancelled-callers-leave-nothing", cancelled_callers_leave_nothing},
	{NULL, NULL},
};
