/* square_client PATH: what is at PATH, and what it makes of numbers. */
#include <door.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <stropts.h>
#include <sys/stat.h>
#include <unistd.h>

static int describe(int fd, const char *path)
{
	struct stat status;
	door_info_t info;
	if (stat(path, &status) < 0 || !S_ISDOOR(status.st_mode)) {
		printf("the path is no door\n");
		return -1;
	}
	if (fstat(fd, &status) < 0 || !S_ISDOOR(status.st_mode)) {
		printf("the descriptor is no door\n");
		return -1;
	}
	if (door_info(fd, &info) < 0) {
		perror("door_info");
		return -1;
	}
	printf("a door%s, mode %o, stream: %d\n",
	       info.di_target != getpid() ? " of another process" : "",
	       (unsigned)(status.st_mode & 0777), isastream(fd));
	return 0;
}

static int square(int fd, long number)
{
	door_arg_t arg;
	long result;
	memset(&arg, 0, sizeof arg);
	arg.data_ptr = (char *)&number;
	arg.data_size = sizeof number;
	arg.rbuf = (char *)&result;
	arg.rsize = sizeof result;
	if (door_call(fd, &arg) < 0) {
		perror("door_call");
		return -1;
	}
	printf("%ld squared is %ld\n", number, *(long *)(void *)arg.data_ptr);
	return arg.data_ptr == (char *)&result ? 0 : -1;
}

int main(int argc, char **argv)
{
	long number;
	int fd = argc == 2 ? open(argv[1], O_RDWR) : -1;
	if (fd < 0 || describe(fd, argv[1]) < 0)
		return 1;
	for (number = 9; number <= 12; number++)
		if (square(fd, number) < 0)
			return 1;
	return 0;
}
