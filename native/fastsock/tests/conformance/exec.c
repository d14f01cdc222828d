/* exec, posix_spawn, vfork: connections that another program inherits. */
#include "check.h"

#include <spawn.h>

extern char **environ;

void helper_arguments(char *arguments[5], const char *helper, int fd)
{
	static char program[] = "/proc/self/exe", number[16];
	snprintf(number, sizeof number, "%d", fd);
	arguments[0] = program;
	arguments[1] = (char *)"--helper";
	arguments[2] = (char *)helper;
	arguments[3] = number;
	arguments[4] = NULL;
}

/* What a program does that was started with a connection in which there is data. */
static void take_over(int fd)
{
	receive_pattern(fd, 1000, 9000);
	send_pattern(fd, 0, 3000);
	for (uint64_t i = 0; i < 20; i++) {
		receive_pattern(fd, i, 100);
		send_pattern(fd, i, 100);
	}
	expect_end(fd);
}

static void take_passed(int fd)
{
	take_over(fd);
}

const struct helper helpers[] = {
	{"take-over", take_over}, {"take-passed", take_passed}, {NULL, NULL}};

/* Part is read before, part is there, part comes later. */
static void feed(int fd)
{
	send_pattern(fd, 0, 6000);
	step(1);
	sleep_ms(20);
	send_pattern(fd, 6000, 4000);
	receive_pattern(fd, 0, 3000);
	for (uint64_t i = 0; i < 20; i++) {
		send_pattern(fd, i, 100);
		receive_pattern(fd, i, 100);
	}
	CHECK_IS(shutdown(fd, SHUT_WR), 0);
	expect_end(fd);
}

static void read_some(int fd)
{
	await_step(1);
	receive_pattern(fd, 0, 1000);
}

static void exec_helper(int fd)
{
	char *arguments[5];
	read_some(fd);
	helper_arguments(arguments, "take-over", fd);
	execv(arguments[0], arguments);
	CHECK(!"exec came back");
}

static void exec_in_child(int fd)
{
	char *arguments[5];
	read_some(fd);
	helper_arguments(arguments, "take-over", 0);
	pid_t child = fork();
	if (child == 0) {
		CHECK_IS(dup2(fd, 0), 0);
		close(fd);
		execv(arguments[0], arguments);
		_exit(127);
	}
	close(fd);
	join_child(child);
}

/* A program without the library, as one that was linked statically. */
static void exec_plain(int fd)
{
	char *arguments[5];
	read_some(fd);
	CHECK_IS(unsetenv("LD_PRELOAD"), 0);
	helper_arguments(arguments, "take-over", fd);
	execve(arguments[0], arguments, environ);
	CHECK(!"exec came back");
}

static void vfork_helper(int fd)
{
	char *arguments[5];
	read_some(fd);
	helper_arguments(arguments, "take-over", fd);
	pid_t child = vfork();
	if (child == 0) {
		execv(arguments[0], arguments);
		_exit(127);
	}
	close(fd);
	join_child(child);
}

static void spawn_helper(int fd)
{
	char *arguments[5];
	pid_t child;
	posix_spawn_file_actions_t actions;
	read_some(fd);
	helper_arguments(arguments, "take-over", 7);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fd, 7);
	CHECK_IS(posix_spawn(&child, arguments[0], &actions, NULL, arguments, environ), 0);
	posix_spawn_file_actions_destroy(&actions);
	close(fd);
	join_child(child);
}

/* --- inetd --- */

static void exec_cat(int fd)
{
	CHECK_IS(dup2(fd, 0), 0);
	CHECK_IS(dup2(fd, 1), 1);
	close(fd);
	execlp("cat", "cat", (char *)NULL);
	CHECK(!"exec came back");
}

static void use_cat(int fd)
{
	send_pattern(fd, 0, 30000);
	receive_pattern(fd, 0, 30000);
	sleep_ms(5);
	send_pattern(fd, 30000, 30000);
	CHECK_IS(shutdown(fd, SHUT_WR), 0);
	receive_pattern(fd, 30000, 30000);
	expect_end(fd);
}

/* --- not the connection's business --- */

static void exchange(int fd, int times)
{
	for (int i = 0; i < times; i++) {
		send_pattern(fd, 0, 1000);
		receive_pattern(fd, 0, 1000);
	}
}

static void others_run(int fd)
{
	int status;
	exchange(fd, 5);
	CHECK_IS(system("exit 3"), 3 << 8);
	exchange(fd, 5);
	FILE *pipe = popen("echo hello", "r");
	char line[20];
	CHECK(pipe != NULL && fgets(line, sizeof line, pipe) != NULL);
	CHECK_IS(strcmp(line, "hello\n"), 0);
	CHECK_IS(pclose(pipe), 0);
	exchange(fd, 5);
	char *arguments[] = {(char *)"true", NULL};
	pid_t child;
	CHECK_IS(posix_spawnp(&child, "true", NULL, NULL, arguments, environ), 0);
	CHECK_IS(waitpid(child, &status, 0), child);
	exchange(fd, 5);
	CHECK_FAILS(execv("/nonexistent", arguments), ENOENT);
	exchange(fd, 5);
	child = vfork();
	if (child == 0)
		_exit(0);
	join_child(child);
	exchange(fd, 5);
}

static void echo_to_end(int fd)
{
	char data[1000];
	ssize_t got;
	while ((got = recv(fd, data, sizeof data, 0)) > 0)
		CHECK_IS(send(fd, data, (size_t)got, 0), got);
	CHECK_IS(got, 0);
}

/* A descriptor that is closed by exec: with it goes the connection. */
static void close_on_exec(int fd)
{
	send_pattern(fd, 0, 1000);
	CHECK_IS(fcntl(fd, F_SETFD, FD_CLOEXEC), 0);
	execlp("sleep", "sleep", "0.05", (char *)NULL);
	CHECK(!"exec came back");
}

static void see_end(int fd)
{
	receive_pattern(fd, 0, 1000);
	expect_end(fd);
	CHECK_IS(kill(shared->pid[!side], 0), 0);
}

const struct test exec_tests[] = {
	{"helper", exec_helper, feed, 0},
	{"child", exec_in_child, feed, 0},
	{"plain", exec_plain, feed, 0},
	{"vfork", vfork_helper, feed, 0},
	{"spawn", spawn_helper, feed, 0},
	{"cat", exec_cat, use_cat, 0},
	{"others", others_run, echo_to_end, 0},
	{"close-on-exec", close_on_exec, see_end, 0},
	{NULL, NULL, NULL, 0},
};
