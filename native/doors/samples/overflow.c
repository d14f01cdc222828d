/* Results that don't fit into rbuf come in a fresh mapping, which the client unmaps. */
#include <door.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* Returns as many bytes as asked for. */
static void serve(void *cookie, char *argp, size_t arg_size, door_desc_t *dp, uint_t n_desc)
{
	static char results[300000];
	size_t bytes;
	(void)cookie;
	(void)dp;
	(void)n_desc;
	if (arg_size != sizeof bytes)
		door_return(NULL, 0, NULL, 0);
	memcpy(&bytes, argp, sizeof bytes);
	memset(results, 'd', sizeof results);
	door_return(results, bytes, NULL, 0);
}

static int all_are(const char *data, size_t bytes, char what)
{
	size_t i;
	for (i = 0; i < bytes; i++)
		if (data[i] != what)
			return 0;
	return 1;
}

static void ask(int door, size_t bytes)
{
	char buffer[1000];
	door_arg_t arg;
	memset(&arg, 0, sizeof arg);
	arg.data_ptr = (char *)&bytes;
	arg.data_size = sizeof bytes;
	arg.rbuf = buffer;
	arg.rsize = sizeof buffer;
	if (door_call(door, &arg) < 0) {
		perror("door_call");
		return;
	}
	printf("%lu bytes, %s, %s", (unsigned long)arg.data_size,
	       arg.rbuf == buffer ? "in rbuf" : "mapped",
	       all_are(arg.data_ptr, arg.data_size, 'd') ? "right" : "wrong");
	if (arg.rbuf != buffer)
		printf(", rsize in pages: %s, munmap: %d",
		       arg.rsize >= arg.data_size && arg.rsize % 4096 == 0 ? "yes" : "no",
		       munmap(arg.rbuf, arg.rsize));
	printf("\n");
}

int main(void)
{
	int door = door_create(serve, NULL, 0);
	pid_t child;
	if (door < 0)
		return 1;
	child = fork();
	if (child == 0) {
		ask(door, 1000);
		ask(door, 1001);
		ask(door, 300000);
		ask(door, 10);
		fflush(stdout);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	return 0;
}
