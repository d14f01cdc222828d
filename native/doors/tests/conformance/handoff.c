/* The experimental hand-off by notifications: what a call means doesn't change. */
#include "check.h"

#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* Whether this kernel can notify at all. */
static bool has_notifications(void)
{
	uint32_t action = SECCOMP_RET_USER_NOTIF;
	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

static struct remote notified(int (*make)(void))
{
	if (!has_notifications())
		skip("this kernel has no seccomp notifications");
	CHECK(setenv("LIBDOOR_HANDOFF", "seccomp", 1) == 0);
	return remote(make);
}

/* Only a thread with a filter is in mode 2, so the hand-off is what is tested. */
static bool is_filtered(void)
{
	return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 2;
}

static void handoff_calls(void)
{
	static char data[100000], buffer[100000];
	struct remote far = notified(make_echo);
	for (size_t n = 0; n <= sizeof data; n = n * 3 + 1) {
		memset(data, (int)(n % 251), n);
		for (int i = 0; i < 50; i++) {
			door_arg_t arg = {data, n, NULL, 0, buffer, sizeof buffer};
			CHECK(door_call(far.door, &arg) == 0 && arg.data_size == n);
			CHECK(n == 0 || memcmp(buffer, data, n) == 0);
		}
	}
	CHECK(is_filtered());
	remote_end(&far);
}

/* A filter serves one session; the others of the thread use futexes. */
static void handoff_of_one_session(void)
{
	struct remote far = notified(make_nothing), other = remote(make_nothing);
	for (int i = 0; i < 100; i++)
		CHECK(door_call(far.door, NULL) == 0 && door_call(other.door, NULL) == 0);
	remote_end(&other);
	CHECK(door_call(far.door, NULL) == 0);
	remote_end(&far);
}

static PROCEDURE(dies)
{
	_exit(0);
}

static int make_dies(void)
{
	return door_create(dies, NULL, 0);
}

static void handoff_and_death(void)
{
	struct remote far = notified(make_dies);
	CHECK_FAILS(door_call(far.door, NULL), EINTR);
	CHECK_FAILS(door_call(far.door, NULL), EBADF);
	CHECK(is_filtered());
	remote_end(&far);
}

static void ignore(int number)
{
	(void)number;
}

static PROCEDURE(sleeps)
{
	for (;;)
		pause();
}

static int make_sleeps(void)
{
	return door_create(sleeps, NULL, 0);
}

static void handoff_and_signals(void)
{
	struct remote far = notified(make_sleeps);
	struct sigaction action = {.sa_handler = ignore}; /* without SA_RESTART */
	CHECK(sigaction(SIGALRM, &action, NULL) == 0);
	ualarm(100000, 0);
	CHECK_FAILS(door_call(far.door, NULL), EINTR);
	remote_end(&far);
}

const struct test handoff_tests[] = {
	{"handoff-calls", handoff_calls},
	{"handoff-of-one-session", handoff_of_one_session},
	{"handoff-and-death", handoff_and_death},
	{"handoff-and-signals", handoff_and_signals},
	{NULL, NULL},
};
