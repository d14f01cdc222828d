#include "check.h"

#include <dirent.h>
#include <sys/mman.h>
#include <sys/prctl.h>

/* --- ends of tests --- */

static char files[8][sizeof "/tmp/libdoor-test-XXXXXX"];
static size_t file_count;
static pid_t files_owner;

static void remove_files(void)
{
	if (files_owner == getpid())
		for (size_t i = 0; i < file_count; i++)
			unlink(files[i]);
}

void check_failed(const char *file, int line, const char *what)
{
	int error = errno;
	fprintf(stderr, "%s:%d: CHECK(%s) failed, errno %d (%s)\n", file, line, what, error,
		strerror(error));
	remove_files();
	_exit(1);
}

void skip(const char *reason)
{
	printf("skipped: %s\n", reason);
	fflush(stdout);
	remove_files();
	_exit(SKIPPED);
}

const char *fresh_file(void)
{
	files_owner = getpid();
	CHECK(file_count < sizeof files / sizeof files[0]);
	char *path = files[file_count++];
	strcpy(path, "/tmp/libdoor-test-XXXXXX");
	int fd = mkstemp(path);
	CHECK(fd >= 0);
	close(fd);
	return path;
}

/* --- servers --- */

PROCEDURE(echo)
{
	door_return(data, bytes, NULL, 0);
}

PROCEDURE(nothing)
{
	CHECK(bytes > 0 || data == NULL);
	door_return(NULL, 0, NULL, 0);
}

int make_echo(void)
{
	return door_create(echo, (void *)3, 0);
}

int make_nothing(void)
{
	return door_create(nothing, NULL, 0);
}

pid_t settled_fork(void)
{
	if (ADDRESS_SANITIZED)
		usleep(50000);
	return fork();
}

pid_t serve(int (*make)(void), const char *path)
{
	int ready[2];
	char byte;
	CHECK(pipe(ready) == 0);
	pid_t child = settled_fork();
	CHECK(child >= 0);
	if (child == 0) {
		/* A test that fails leaves no server behind. */
		CHECK(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0);
		int door = make();
		CHECK(door >= 0);
		CHECK(fattach(door, path) == 0);
		CHECK(write(ready[1], "r", 1) == 1);
		for (;;)
			pause();
	}
	close(ready[1]);
	CHECK(read(ready[0], &byte, 1) == 1);
	close(ready[0]);
	return child;
}

void end(pid_t child)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

struct remote remote(int (*make)(void))
{
	struct remote remote = {.name = fresh_file()};
	remote.server = serve(make, remote.name);
	remote.door = open(remote.name, O_RDWR);
	CHECK(remote.door >= 0);
	return remote;
}

void remote_end(const struct remote *remote)
{
	close(remote->door);
	end(remote->server);
	unlink(remote->name);
}

void join_child(pid_t child)
{
	int status;
	CHECK(child > 0);
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(status == 0);
}

/* --- threads --- */

void no_threads(door_info_t *info)
{
	(void)info;
}

static void *cancelable_thread(void *unused)
{
	(void)unused;
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
	door_return(NULL, 0, NULL, 0);
	return NULL;
}

void cancelable_threads(door_info_t *info)
{
	pthread_t thread;
	(void)info;
	CHECK(pthread_create(&thread, NULL, cancelable_thread, NULL) == 0);
	pthread_detach(thread);
}

/* --- signals --- */

atomic_int signals_counted;

static void count_signal(int number)
{
	(void)number;
	signals_counted++;
}

void count_signals(int number)
{
	struct sigaction action = {.sa_handler = count_signal, .sa_flags = SA_RESTART};
	CHECK(sigaction(number, &action, NULL) == 0);
}

/* --- what a process holds --- */

void *shared_memory(size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(memory != MAP_FAILED);
	return memory;
}

int open_descriptors(void)
{
	int count = 0;
	DIR *directory = opendir("/proc/self/fd");
	CHECK(directory != NULL);
	while (readdir(directory) != NULL)
		count++;
	closedir(directory);
	return count - 3; /* two dots and the directory itself */
}

long resident_pages(void)
{
	long size, resident;
	FILE *file = fopen("/proc/self/statm", "r");
	CHECK(file != NULL && fscanf(file, "%ld %ld", &size, &resident) == 2);
	fclose(file);
	return resident;
}

bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}
