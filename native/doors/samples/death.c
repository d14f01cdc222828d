/* What a client sees when its server's thread, and then its server, ends. */
#include <door.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <stropts.h>
#include <sys/wait.h>
#include <unistd.h>

static const char path[] = "mortal";

static void serve(void *cookie, char *argp, size_t arg_size, door_desc_t *dp, uint_t n_desc)
{
	(void)cookie;
	(void)dp;
	(void)n_desc;
	if (arg_size == 1 && *argp == 't')
		pthread_exit(NULL);
	if (arg_size == 1 && *argp == 'p')
		_exit(0);
	door_return(NULL, 0, NULL, 0);
}

static void server(int ready)
{
	int door = door_create(serve, NULL, 0);
	if (door < 0 || fattach(door, path) < 0 || write(ready, "r", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static const char *call(int door, char what)
{
	door_arg_t arg;
	memset(&arg, 0, sizeof arg);
	arg.data_ptr = &what;
	arg.data_size = 1;
	if (door_call(door, &arg) == 0)
		return "done";
	return errno == EINTR ? "EINTR" : errno == EBADF ? "EBADF" : strerror(errno);
}

int main(void)
{
	int ready[2], door, file;
	char byte;
	door_info_t info;
	pid_t child;
	file = open(path, O_CREAT | O_RDWR, 0600);
	if (file < 0 || close(file) < 0 || pipe(ready) < 0)
		return 1;
	child = fork();
	if (child == 0)
		server(ready[1]);
	if (read(ready[0], &byte, 1) != 1 || (door = open(path, O_RDWR)) < 0)
		return 1;
	printf("a call: %s\n", call(door, 'c'));
	printf("the thread ends: %s\n", call(door, 't'));
	printf("another thread serves: %s\n", call(door, 'c'));
	printf("the process ends: %s\n", call(door, 'p'));
	waitpid(child, NULL, 0);
	printf("afterwards: %s\n", call(door, 'c'));
	if (door_info(door, &info) == 0)
		printf("door_info: target %d%s\n", (int)info.di_target,
		       info.di_attributes & DOOR_REVOKED ? ", revoked" : "");
	close(door);
	door = open(path, O_RDWR);
	printf("opened again: %s, %s\n", door >= 0 ? "yes" : "no", call(door, 'c'));
	if (door_info(door, &info) == 0)
		printf("door_info: target %d\n", (int)info.di_target);
	printf("fdetach: %d\n", fdetach(path));
	unlink(path);
	return 0;
}
