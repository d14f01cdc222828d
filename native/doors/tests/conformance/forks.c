/* Forks of servers, and of procedures. */
#include "check.h"

static void child_is_a_client(void)
{
	int door = door_create(echo, NULL, 0);
	char buffer[8];
	CHECK(door_call(door, NULL) == 0);
	pid_t child = settled_fork();
	if (child == 0) {
		door_info_t facts;
		door_arg_t arg = {"kid", 4, NULL, 0, buffer, sizeof buffer};
		CHECK(door_call(door, &arg) == 0 && strcmp(buffer, "kid") == 0);
		CHECK_FAILS(door_revoke(door), EPERM);
		CHECK_FAILS(door_setparam(door, DOOR_PARAM_DATA_MAX, 1), EPERM);
		CHECK(door_info(door, &facts) == 0 && facts.di_target == getppid());
		CHECK((facts.di_attributes & DOOR_LOCAL) == 0);
		_exit(0);
	}
	join_child(child);
	CHECK(door_call(door, NULL) == 0);
}

static PROCEDURE(tells_pid)
{
	pid_t pid = getpid();
	door_return((char *)&pid, sizeof pid, NULL, 0);
}

static pid_t asks(int door)
{
	pid_t pid = 0;
	door_arg_t arg = {NULL, 0, NULL, 0, (char *)&pid, sizeof pid};
	return door_call(door, &arg) == 0 ? pid : -errno;
}

/* A server's child, and its child, can be servers themselves. */
static void children_serve(void)
{
	int door = door_create(tells_pid, NULL, 0);
	CHECK(asks(door) == getpid());
	pid_t parent = getpid(), child = settled_fork();
	if (child == 0) {
		int own = door_create(tells_pid, NULL, 0);
		pid_t self = getpid();
		CHECK(asks(own) == self && asks(door) == parent);
		pid_t grandchild = settled_fork();
		if (grandchild == 0) {
			int third = door_create(tells_pid, NULL, 0);
			CHECK(asks(third) == getpid());
			CHECK(asks(own) == self && asks(door) == parent);
			CHECK_FAILS(door_revoke(own), EPERM);
			CHECK(door_revoke(third) == 0);
			_exit(0);
		}
		join_child(grandchild);
		CHECK(asks(own) == self);
		_exit(0);
	}
	join_child(child);
	CHECK(asks(door) == parent);
}

static void fork_in_a_server_procedure_child(int door)
{
	/* It serves nobody: door_return() here would be the child's first. */
	door_cred_t cred;
	CHECK_FAILS(door_cred(&cred), EINVAL);
	CHECK(asks(door) == getppid());
	_exit(0);
}

static PROCEDURE(forks)
{
	pid_t child = settled_fork();
	if (child == 0)
		fork_in_a_server_procedure_child(*(int *)cookie);
	int status = -1;
	CHECK(waitpid(child, &status, 0) == child);
	door_return((char *)&status, sizeof status, NULL, 0);
}

static void fork_in_a_procedure(void)
{
	int own = door_create(tells_pid, NULL, 0), status = -1;
	int door = door_create(forks, &own, 0);
	for (int i = 0; i < 5; i++) {
		door_arg_t arg = {NULL, 0, NULL, 0, (char *)&status, sizeof status};
		CHECK(door_call(door, &arg) == 0 && status == 0);
	}
}

static void childs_door_after_the_server(void)
{
	struct {
		_Atomic int entered, seen;
	} *shared = shared_memory(sizeof *shared);
	int ends[2];
	char byte;
	CHECK(pipe(ends) == 0);
	pid_t server = settled_fork();
	if (server == 0) {
		int door = door_create(tells_pid, NULL, 0);
		pid_t self = getpid();
		CHECK(fcntl(door, F_SETFD, 0) == 0);
		if (settled_fork() == 0) {
			close(ends[1]);
			CHECK(asks(door) == self);
			shared->entered = 1;
			CHECK(read(ends[0], &byte, 1) == 0);
			WAIT_FOR(asks(door) == -EBADF);
			shared->seen = 1;
			_exit(0);
		}
		pause();
	}
	WAIT_FOR(shared->entered == 1);
	end(server);
	close(ends[1]);
	WAIT_FOR(shared->seen == 1);
}

const struct test fork_tests[] = {
	{"child-is-a-client", child_is_a_client},
	{"children-serve", children_serve},
	{"fork-in-a-procedure", fork_in_a_procedure},
	{"childs-door-after-the-server", childs_door_after_the_server},
	{NULL, NULL},
};
