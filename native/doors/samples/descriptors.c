/* The server opens a file and returns its descriptor; the client, another process,
 * reads it. Then the client passes a pipe, and the server writes into it. */
#include <door.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void serve(void *cookie, char *argp, size_t arg_size, door_desc_t *dp, uint_t n_desc)
{
	door_desc_t result;
	(void)cookie;
	if (n_desc == 1) {
		int pipe_end = dp->d_data.d_desc.d_descriptor;
		ssize_t written = write(pipe_end, "into the pipe\n", 14);
		close(pipe_end);
		door_return((char *)&written, sizeof written, NULL, 0);
	}
	result.d_attributes = DOOR_DESCRIPTOR | DOOR_RELEASE;
	result.d_data.d_desc.d_descriptor = arg_size > 0 ? open(argp, O_RDONLY) : -1;
	if (result.d_data.d_desc.d_descriptor < 0)
		door_return(NULL, 0, NULL, 0);
	door_return(NULL, 0, &result, 1);
}

static int read_file_of_server(int door)
{
	char name[] = "letter", text[64];
	ssize_t bytes;
	door_arg_t arg;
	memset(&arg, 0, sizeof arg);
	arg.data_ptr = name;
	arg.data_size = sizeof name;
	if (door_call(door, &arg) < 0 || arg.desc_num != 1)
		return -1;
	printf("results: %lu bytes, %u descriptor, %s\n", (unsigned long)arg.data_size,
	       arg.desc_num, arg.desc_ptr->d_attributes & DOOR_DESCRIPTOR ? "tagged" : "untagged");
	bytes = read(arg.desc_ptr->d_data.d_desc.d_descriptor, text, sizeof text);
	printf("the file says: %.*s", (int)bytes, text);
	close(arg.desc_ptr->d_data.d_desc.d_descriptor);
	return 0;
}

static int lend_pipe(int door)
{
	int ends[2];
	char text[64];
	ssize_t bytes;
	door_desc_t desc;
	door_arg_t arg;
	if (pipe(ends) < 0)
		return -1;
	memset(&arg, 0, sizeof arg);
	desc.d_attributes = DOOR_DESCRIPTOR | DOOR_RELEASE;
	desc.d_data.d_desc.d_descriptor = ends[1];
	arg.desc_ptr = &desc;
	arg.desc_num = 1;
	if (door_call(door, &arg) < 0)
		return -1;
	printf("released: %s\n", close(ends[1]) < 0 ? "yes" : "no");
	bytes = read(ends[0], text, sizeof text);
	printf("the pipe says: %.*s", (int)bytes, text);
	printf("then: %ld\n", (long)read(ends[0], text, sizeof text));
	return 0;
}

int main(void)
{
	int door = door_create(serve, NULL, 0);
	int file = open("letter", O_CREAT | O_WRONLY | O_TRUNC, 0600);
	int status;
	pid_t client;
	if (door < 0 || file < 0 || write(file, "dear reader\n", 12) != 12)
		return 1;
	close(file);
	client = fork();
	if (client == 0) {
		if (read_file_of_server(door) < 0 || lend_pipe(door) < 0)
			perror("client");
		fflush(stdout);
		_exit(0);
	}
	waitpid(client, &status, 0);
	unlink("letter");
	return status;
}
