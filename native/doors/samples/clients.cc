// A client with eight threads, in C++; every thread gets its own answers.
#include <door.h>
#include <thread.h>

#include <atomic>
#include <cstdio>
#include <cstring>
#include <sys/wait.h>
#include <unistd.h>

namespace
{

std::atomic<int> wrong(0);
int door;

struct question {
	int thread;
	int number;
};

void serve(void *, char *argp, size_t arg_size, door_desc_t *, uint_t)
{
	question asked;
	long answer = -1;
	if (arg_size == sizeof asked) {
		std::memcpy(&asked, argp, sizeof asked);
		answer = 1000000L * asked.thread + asked.number;
	}
	door_return(reinterpret_cast<char *>(&answer), sizeof answer, NULL, 0);
}

void *ask(void *which)
{
	const int thread = *static_cast<int *>(which);
	for (int number = 0; number < 1000; number++) {
		question asked = {thread, number};
		long answer = 0;
		door_arg_t arg = {};
		arg.data_ptr = reinterpret_cast<char *>(&asked);
		arg.data_size = sizeof asked;
		arg.rbuf = reinterpret_cast<char *>(&answer);
		arg.rsize = sizeof answer;
		if (door_call(door, &arg) < 0 || arg.data_size != sizeof answer ||
		    answer != 1000000L * thread + number)
			wrong++;
	}
	return NULL;
}

void client()
{
	int numbers[8];
	for (int i = 0; i < 8; i++) {
		numbers[i] = i;
		if (thr_create(NULL, 0, ask, &numbers[i], THR_BOUND, NULL) != 0)
			std::perror("thr_create");
	}
	int joined = 0;
	while (thr_join(0, NULL, NULL) == 0)
		joined++;
	std::printf("%d threads, 8000 calls, %d wrong\n", joined, wrong.load());
	std::fflush(stdout);
	_exit(0);
}

} // namespace

int main()
{
	door = door_create(serve, NULL, 0);
	if (door < 0)
		return 1;
	const pid_t child = fork();
	if (child == 0)
		client();
	waitpid(child, NULL, 0);
	return 0;
}
