/* Objects of dead trials are swept; those of live ones and of others stay. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "namespace.h"
#include "test.h"

/* A private runtime directory, so that the test meets no real run. */
static char runtime[] = "/tmp/ipcbench-test-XXXXXX";

static void use_private_runtime(void)
{
	CHECK(mkdtemp(runtime) != NULL);
	CHECK(setenv("XDG_RUNTIME_DIR", runtime, 1) == 0);
}

static void make_objects(const struct trial_namespace *space)
{
	char path[PATH_MAX + 8];
	snprintf(path, sizeof path, "%s/fifo", space->directory);
	CHECK(mkfifo(path, 0600) == 0);
	CHECK(semget((key_t)space->key, 2, IPC_CREAT | IPC_EXCL | 0600) >= 0);
	CHECK(msgget((key_t)space->key, IPC_CREAT | IPC_EXCL | 0600) >= 0);
}

static int objects(uint32_t key)
{
	return (semget((key_t)key, 0, 0) >= 0) + (msgget((key_t)key, 0) >= 0);
}

static void removes_everything(void)
{
	struct trial_namespace space;
	const char *expression;
	char directory[PATH_MAX];
	use_private_runtime();
	CHECK(namespace_create(&space, &expression) == 0);
	make_objects(&space);
	strcpy(directory, space.directory);
	CHECK(objects(space.key) == 2);
	CHECK(namespace_sweep() == 0); /* it is locked: nothing to sweep */
	CHECK(objects(space.key) == 2);
	namespace_remove(&space);
	CHECK(objects(space.key) == 0);
	CHECK(access(directory, F_OK) < 0);
	namespace_remove(&space); /* twice is harmless */
	CHECK(rmdir(runtime) == 0);
}

static void sweeps_the_dead(void)
{
	struct trial_namespace space;
	const char *expression;
	int report[2], status;
	use_private_runtime();
	CHECK(pipe(report) == 0);
	pid_t child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		CHECK(namespace_create(&space, &expression) == 0);
		make_objects(&space);
		CHECK(write(report[1], &space.key, sizeof space.key) == sizeof space.key);
		_exit(0); /* as after kill -9: no clean-up */
	}
	CHECK(read(report[0], &space.key, sizeof space.key) == sizeof space.key);
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(objects(space.key) == 2);
	CHECK(namespace_sweep() == 1);
	CHECK(objects(space.key) == 0);
	CHECK(rmdir(runtime) == 0); /* empty again */
}

static void refuses_a_foreign_runtime(void)
{
	struct trial_namespace space;
	const char *expression;
	char path[64];
	use_private_runtime();
	snprintf(path, sizeof path, "%s/ipcbench", runtime);
	CHECK(symlink("/tmp", path) == 0); /* somebody's trap */
	CHECK(namespace_create(&space, &expression) == -1);
	CHECK(space.directory[0] == '\0');
	CHECK(unlink(path) == 0 && rmdir(runtime) == 0);
}

const struct test namespace_tests[] = {
	{"namespace.removes-everything", removes_everything},
	{"namespace.sweeps-the-dead", sweeps_the_dead},
	{"namespace.refuses-a-foreign-runtime", refuses_a_foreign_runtime},
	{NULL, NULL}};
