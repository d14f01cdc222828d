#include "pair.h"

#include <getopt.h>
#include <sys/prctl.h>

static int shared_fd = -1;

static void attach(void)
{
	int fd = open(getenv("FASTSOCK_TEST_SHARED"), O_RDWR | O_CLOEXEC);
	CHECK(fd >= 0);
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(shared != MAP_FAILED);
	close(fd);
	side = atoi(getenv("FASTSOCK_TEST_SIDE"));
}

static void prepare(void)
{
	shared_fd = memfd_create("fs-test-shared", MFD_CLOEXEC);
	CHECK(shared_fd >= 0);
	CHECK_IS(ftruncate(shared_fd, sizeof *shared), 0);
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, shared_fd, 0);
	CHECK(shared != MAP_FAILED);
}

int pair_begin(int argc, char **argv, struct pair_setting *setting,
	       void (*play)(int argc, char **argv))
{
	static const struct option options[] = {{"library", required_argument, NULL, 'l'},
						{"transport", required_argument, NULL, 't'},
						{NULL, 0, NULL, 0}};
	int option;
	if (getenv("FASTSOCK_TEST_SIDE") != NULL) {
		attach();
		play(argc, argv);
		exit(0);
	}
	while ((option = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		if (option != 'l' && option != 't')
			exit(2);
		*(option == 'l' ? &setting->library : &setting->transport) = optarg;
	}
	prepare();
	return optind;
}

static void set_environment(const struct pair_setting *setting, int which)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)getppid(), shared_fd);
	setenv("FASTSOCK_TEST_SHARED", path, 1);
	setenv("FASTSOCK_TEST_SIDE", which == CLIENT ? "0" : "1", 1);
	unsetenv("LD_PRELOAD");
	if (setting->library != NULL)
		setenv("LD_PRELOAD", setting->library, 1);
	if (setting->transport != NULL)
		setenv("FASTSOCK_TRANSPORT", setting->transport, 1);
}

void pair_start(const struct pair_setting *setting, char *const arguments[], pid_t pid[2])
{
	memset(shared, 0, sizeof *shared);
	fflush(NULL);
	for (int which = SERVER; which >= CLIENT; which--) {
		pid[which] = fork();
		CHECK(pid[which] >= 0);
		if (pid[which] == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			set_environment(setting, which);
			execv("/proc/self/exe", arguments);
			_exit(127);
		}
		shared->pid[which] = pid[which];
	}
}

int pair_wait(pid_t pid, unsigned patience_ms)
{
	uint64_t deadline = now_ms() + patience_ms;
	int status;
	for (;;) {
		pid_t ended = waitpid(pid, &status, WNOHANG);
		CHECK(ended >= 0);
		if (ended == pid)
			return status;
		if (now_ms() > deadline)
			break;
		usleep(500);
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return -1;
}

int pair_connection(void)
{
	int fd;
	if (side == CLIENT) {
		fd = connect_to_other();
	} else {
		int listener = listen_at(AF_INET, "127.0.0.1");
		fd = accept_one(listener);
		close(listener);
	}
	step(1);
	return fd;
}

bool is_end(ssize_t result)
{
	return result == 0 ||
	       (result < 0 && (errno == ECONNRESET || errno == EPIPE || errno == ETIMEDOUT));
}
