/* square_server PATH: a door that squares a long. */
#include <door.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <stropts.h>
#include <unistd.h>

static void square(void *cookie, char *argp, size_t arg_size, door_desc_t *dp, uint_t n_desc)
{
	long number, result;
	(void)cookie;
	(void)dp;
	(void)n_desc;
	if (arg_size != sizeof number) {
		door_return(NULL, 0, NULL, 0);
		return;
	}
	number = *(long *)(void *)argp;
	result = number * number;
	door_return((char *)&result, sizeof result, NULL, 0);
}

int main(int argc, char **argv)
{
	int door, file;
	if (argc != 2)
		return 2;
	door = door_create(square, NULL, 0);
	if (door < 0) {
		perror("door_create");
		return 1;
	}
	unlink(argv[1]);
	file = open(argv[1], O_CREAT | O_RDWR, 0644);
	if (file < 0 || close(file) < 0 || fattach(door, argv[1]) < 0) {
		perror(argv[1]);
		return 1;
	}
	printf("ready\n");
	fflush(stdout);
	for (;;)
		pause();
}
