/* A server learns that nobody can call its door any more. */
#include <door.h>
#include <stdio.h>
#include <string.h>
#include <synch.h>
#include <sys/wait.h>
#include <unistd.h>

static sema_t unreferenced;

static void serve(void *cookie, char *argp, size_t arg_size, door_desc_t *dp, uint_t n_desc)
{
	(void)cookie;
	(void)dp;
	if (argp == DOOR_UNREF_DATA) {
		printf("unreferenced: %lu bytes, %u descriptors\n", (unsigned long)arg_size,
		       n_desc);
		sema_post(&unreferenced);
		door_return(NULL, 0, NULL, 0);
	}
	door_return((char *)"answer", 7, NULL, 0);
}

static void client(int door)
{
	door_arg_t arg;
	char buffer[16];
	int copy = dup(door);
	memset(&arg, 0, sizeof arg);
	arg.rbuf = buffer;
	arg.rsize = sizeof buffer;
	close(door);
	if (door_call(copy, &arg) == 0)
		printf("client: %s\n", arg.data_ptr);
	fflush(stdout);
	_exit(0);
}

int main(void)
{
	int door;
	pid_t child;
	sema_init(&unreferenced, 0, USYNC_THREAD, NULL);
	door = door_create(serve, NULL, DOOR_UNREF);
	if (door < 0)
		return 1;
	child = fork();
	if (child == 0)
		client(door);
	close(door); /* the client's copies are the last ones */
	waitpid(child, NULL, 0);
	while (sema_wait(&unreferenced) == EINTR)
		;
	printf("server: done\n");
	return 0;
}
