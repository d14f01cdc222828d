/* fork(): connections that several processes have. */
#include "check.h"

static void exchange(int fd, uint64_t position)
{
	send_pattern(fd, position, 1000);
	receive_pattern(fd, position, 1000);
}

static void echo_to_end(int fd)
{
	char data[5000];
	ssize_t got;
	while ((got = recv(fd, data, sizeof data, 0)) > 0)
		CHECK_IS(send(fd, data, (size_t)got, 0), got);
	CHECK_IS(got, 0);
}

static pid_t child_of(void)
{
	fflush(NULL);
	pid_t child = fork();
	CHECK(child >= 0);
	return child;
}

static void child_continues(int fd)
{
	exchange(fd, 0);
	pid_t child = child_of();
	if (child == 0) {
		for (uint64_t i = 0; i < 20; i++)
			exchange(fd, i);
		exit(0);
	}
	close(fd);
	join_child(child);
}

/* Parent and child by turns, of which each takes what comes next in the stream. */
static void by_turns(int fd)
{
	int to_child[2], to_parent[2];
	char token;
	CHECK_IS(pipe(to_child), 0);
	CHECK_IS(pipe(to_parent), 0);
	pid_t child = child_of();
	int in = child == 0 ? to_child[0] : to_parent[0];
	int out = child == 0 ? to_parent[1] : to_child[1];
	for (uint64_t i = 0; i < 20; i++) {
		if (child == 0)
			CHECK_IS(read(in, &token, 1), 1);
		/* What the other one has sent. */
		if (child == 0 || i > 0)
			receive_pattern(fd, child == 0 ? i : i - 1, 500);
		exchange(fd, i);
		send_pattern(fd, i, 500);
		CHECK_IS(write(out, "t", 1), 1);
		if (child != 0)
			CHECK_IS(read(in, &token, 1), 1);
	}
	if (child == 0)
		exit(0);
	receive_pattern(fd, 19, 500);
	join_child(child);
}

static void child_ends(int fd)
{
	for (int i = 0; i < 3; i++) {
		pid_t child = child_of();
		if (child == 0) {
			if (i > 0)
				exchange(fd, 100);
			if (i == 2)
				exit(0);
			_exit(0);
		}
		join_child(child);
		exchange(fd, (uint64_t)i);
	}
}

static void child_is_killed(int fd)
{
	int status;
	pid_t child = child_of();
	if (child == 0) {
		exchange(fd, 0);
		kill(getpid(), SIGKILL);
	}
	CHECK_IS(waitpid(child, &status, 0), child);
	for (uint64_t i = 0; i < 20; i++)
		exchange(fd, i);
}

/* As a daemon: the process that made the connection ends. */
static void parent_ends(int fd)
{
	if (child_of() != 0)
		_exit(0);
	setsid();
	sleep_ms(5);
	for (uint64_t i = 0; i < 20; i++)
		exchange(fd, i);
	exit(0);
}

static void child_reads_parent_writes(int fd)
{
	pid_t child = child_of();
	if (child == 0) {
		receive_pattern(fd, 0, 1 << 20);
		exit(0);
	}
	for (uint64_t i = 0; i < 64; i++)
		send_pattern(fd, i * 16384, 16384);
	join_child(child);
}

/* As long as one process has it open the other side doesn't see an end. */
static void last_one_closes(int fd)
{
	pid_t child = child_of();
	if (child == 0) {
		close(fd);
		exit(0);
	}
	join_child(child);
	child = child_of();
	if (child == 0) {
		sleep_ms(20);
		send_pattern(fd, 0, 100);
		exit(0);
	}
	close(fd);
	join_child(child);
}

static void receive_hundred(int fd)
{
	receive_pattern(fd, 0, 100);
	expect_end(fd);
}

/* shutdown() is for all of them. */
static void child_shuts_down(int fd)
{
	pid_t child = child_of();
	if (child == 0) {
		send_pattern(fd, 0, 100);
		CHECK_IS(shutdown(fd, SHUT_WR), 0);
		exit(0);
	}
	join_child(child);
	CHECK_FAILS(send(fd, "x", 1, MSG_NOSIGNAL), EPIPE);
	expect_end(fd);
}

/* Grandchildren, one after the other. */
static void generations(int fd)
{
	for (uint64_t i = 0; i < 5; i++) {
		exchange(fd, i);
		pid_t child = child_of();
		if (child != 0) {
			join_child(child);
			exit(0);
		}
	}
	exchange(fd, 5);
	exit(0);
}

/* --- servers --- */

enum { CONNECTIONS = 20 };

static void serve_by_children(int listener)
{
	for (int i = 0; i < CONNECTIONS; i++) {
		int fd = accept_one(listener);
		pid_t child = child_of();
		if (child == 0) {
			close(listener);
			warm_up(fd);
			echo_to_end(fd);
			exit(0);
		}
		close(fd);
	}
	while (wait(NULL) > 0)
		;
}

static void serve_by_workers(int listener)
{
	for (int i = 0; i < 2; i++)
		if (child_of() == 0) {
			for (int j = 0; j < CONNECTIONS / 2; j++) {
				int fd = accept_one(listener);
				warm_up(fd);
				echo_to_end(fd);
				close(fd);
			}
			exit(0);
		}
	int status;
	while (wait(&status) > 0)
		CHECK_IS(status, 0);
}

/* Made before the fork, first used after it. */
static void serve_late(int listener)
{
	for (int i = 0; i < CONNECTIONS; i++) {
		int fd = accept_one(listener);
		pong(fd);
		pid_t child = child_of();
		if (child == 0) {
			for (int j = 0; j < 11; j++)
				pong(fd);
			echo_to_end(fd);
			exit(0);
		}
		close(fd);
		join_child(child);
	}
}

static void visit(int fd)
{
	for (int i = 0; i < CONNECTIONS; i++) {
		fd = connect_to_other();
		warm_up(fd);
		for (uint64_t j = 0; j < 10; j++)
			exchange(fd, j);
		close(fd);
	}
}

/* A child that was killed shares nothing any more. */
static void outlive_child(int fd)
{
	fd = connect_to_other();
	pid_t child = child_of();
	if (child == 0) {
		shared->number[0] = 1;
		for (;;)
			pause();
	}
	int status;
	WAIT_FOR(shared->number[0] == 1);
	CHECK_IS(kill(child, SIGKILL), 0);
	CHECK_IS(waitpid(child, &status, 0), child);
	warm_up(fd);
	exchange(fd, 0);
	close(fd);
}

static void serve_one(int listener)
{
	int fd = accept_one(listener);
	warm_up(fd);
	echo_to_end(fd);
}

/* --- threads open, use and close connections while another one forks --- */

enum { VISITORS = 2, VISITS = 60, OFTEN = 8 };

static atomic_int visitors_done;

static void *visit_often(void *unused)
{
	(void)unused;
	for (int i = 0; i < VISITS; i++) {
		int fd = connect_to_other();
		for (int j = 0; j < OFTEN; j++)
			ping(fd);
		close(fd);
	}
	atomic_fetch_add(&visitors_done, 1);
	return NULL;
}

static void fork_amid_visits(int fd)
{
	pthread_t visitors[VISITORS];
	(void)fd;
	for (int i = 0; i < VISITORS; i++)
		visitors[i] = start(visit_often, NULL);
	while (visitors_done < VISITORS) {
		pid_t child = fork();
		CHECK(child >= 0);
		if (child == 0)
			_exit(0);
		join_child(child);
	}
	for (int i = 0; i < VISITORS; i++)
		join(visitors[i]);
}

static void *receive_visitor(void *argument)
{
	int listener = *(int *)argument;
	for (int i = 0; i < VISITS; i++) {
		int fd = accept_one(listener);
		for (int j = 0; j < OFTEN; j++)
			pong(fd);
		expect_end(fd);
		close(fd);
	}
	return NULL;
}

static void receive_visitors(int listener)
{
	pthread_t threads[VISITORS];
	for (int i = 0; i < VISITORS; i++)
		threads[i] = start(receive_visitor, &listener);
	for (int i = 0; i < VISITORS; i++)
		join(threads[i]);
}

const struct test process_tests[] = {
	{"child-continues", child_continues, echo_to_end, 0},
	{"by-turns", by_turns, echo_to_end, 0},
	{"child-ends", child_ends, echo_to_end, 0},
	{"child-killed", child_is_killed, echo_to_end, LEFT_DIES},
	{"parent-ends", parent_ends, echo_to_end, 0},
	{"halves", child_reads_parent_writes, echo_to_end, 0},
	{"last-closes", last_one_closes, receive_hundred, 0},
	{"child-shuts-down", child_shuts_down, receive_hundred, 0},
	{"generations", generations, echo_to_end, 0},
	{"server-forks", visit, serve_by_children, BARE},
	{"server-prefork", visit, serve_by_workers, BARE},
	{"server-late", visit, serve_late, BARE | UNCERTAIN},
	{"outlives-child", outlive_child, serve_one, BARE},
	{"fork-amid-visits", fork_amid_visits, receive_visitors, BARE},
	{NULL, NULL, NULL, 0},
};
