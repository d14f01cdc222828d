/* A peer that dies holding buffers, and figures that say who held what for how long. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static void a_peer_that_dies_with_buffers(void)
{
	struct pair_of_sides both = open_both(8, 64, 2);
	struct bufpool_buffer mine, passed, one;
	CHECK(bufpool_allocate(both.first, &mine) == BUFPOOL_OK);
	CHECK(bufpool_allocate(both.first, &passed) == BUFPOOL_OK);
	bufpool_pass(both.first, &passed);
	pid_t child = fork();
	if (child == 0) {
		for (int i = 0; i < 9; i++)
			CHECK(bufpool_obtain(both.second, BUFPOOL_GROW, NULL, NULL, &one) == 0);
		CHECK(bufpool_take(both.second, passed.index, passed.ticket, &one) == 0);
		kill(getpid(), SIGKILL);
	}
	CHECK(waitpid(child, NULL, 0) == child);
	CHECK(in_use(both.first) == 11);
	CHECK(bufpool_reclaim(both.first) == 10);
	CHECK(in_use(both.first) == 1);
	CHECK(bufpool_free(both.first, &passed) == BUFPOOL_NOT_HELD);
	CHECK(bufpool_free(both.first, &mine) == BUFPOOL_OK);
	close_both(&both);
}

/* What the dead one had passed to us before stays ours. */
static void what_it_had_passed_before(void)
{
	struct pair_of_sides both = open_both(4, 64, 1);
	struct bufpool_buffer theirs, taken;
	CHECK(bufpool_allocate(both.second, &theirs) == BUFPOOL_OK);
	bufpool_pass(both.second, &theirs);
	CHECK(bufpool_take(both.first, theirs.index, theirs.ticket, &taken) == BUFPOOL_OK);
	CHECK(bufpool_reclaim(both.first) == 0);
	CHECK(bufpool_free(both.first, &taken) == BUFPOOL_OK);
	close_both(&both);
}

static void a_wait_ends_when_the_peer_is_dead(void)
{
	struct pair_of_sides both = open_both(1, 64, 1);
	struct bufpool_buffer only, one;
	CHECK(bufpool_allocate(both.second, &only) == BUFPOOL_OK);
	pid_t child = fork();
	if (child == 0) {
		usleep(30000);
		CHECK(bufpool_reclaim(both.first) == 1);
		_exit(0);
	}
	CHECK(bufpool_obtain(both.first, BUFPOOL_WAIT, NULL, NULL, &one) == BUFPOOL_OK);
	CHECK(waitpid(child, NULL, 0) == child);
	close_both(&both);
}

static void times_of_holdings(void)
{
	struct pair_of_sides both = open_both(2, 64, 1);
	struct bufpool_buffer one;
	struct bufpool_usage usage;
	uint32_t holdings[2];
	bufpool_time(both.first, 2);
	for (int i = 0; i < 6; i++) {
		CHECK(bufpool_allocate(both.first, &one) == BUFPOOL_OK);
		usleep(2000);
		bufpool_pass(both.first, &one);
		CHECK(bufpool_free(both.second, &one) == BUFPOOL_OK);
	}
	bufpool_usage(both.second, &usage);
	CHECK(usage.holdings == 6 && usage.timed == 3 && usage.touched == 1);
	CHECK(usage.held_ns >= 3 * 2000000u);
	CHECK(bufpool_holdings(both.first, holdings, 2) == 2);
	CHECK(holdings[0] == 6 && holdings[1] == 0);
	close_both(&both);
}

const struct test death_tests[] = {
	{"a-peer-that-dies-with-buffers", a_peer_that_dies_with_buffers},
	{"what-it-had-passed-before", what_it_had_passed_before},
	{"a-wait-ends-when-the-peer-is-dead", a_wait_ends_when_the_peer_is_dead},
	{"times-of-holdings", times_of_holdings},
	{NULL, NULL},
};
