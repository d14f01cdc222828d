/* Names: fattach(), fdetach(), isastream(), and what open() gives. */
#include "check.h"

#include <limits.h>
#include <sys/stat.h>

enum { NOBODY = 65534 };

static void names(void)
{
	char buffer[8];
	struct stat status;
	const char *name = fresh_file();
	int own = door_create(echo, NULL, 0);
	CHECK_FAILS(fattach(0, name), EINVAL);
	CHECK_FAILS(fattach(-1, name), EBADF);
	CHECK_FAILS(fattach(own, "/nonexistent/x"), ENOENT);
	CHECK_FAILS(fdetach(name), EINVAL);
	pid_t server = serve(make_echo, name);
	CHECK_FAILS(fattach(own, name), EBUSY);
	int door = open(name, O_RDWR);
	CHECK(door >= 0 && fstat(door, &status) == 0);
	door_arg_t arg = {"hi", 3, NULL, 0, buffer, sizeof buffer};
	CHECK(door_call(door, &arg) == 0 && strcmp(buffer, "hi") == 0);
	CHECK(isastream(door) == 0);
	CHECK(isastream(0) == 0);
	CHECK_FAILS(isastream(-1), EBADF);
	door_info_t facts;
	CHECK(door_info(door, &facts) == 0 && facts.di_target == server && facts.di_data == 3);
	CHECK((facts.di_attributes & DOOR_LOCAL) == 0);
	CHECK_FAILS(door_revoke(door), EPERM);
	/* detached: what is open stays, what is opened is the file */
	CHECK(fdetach(name) == 0);
	CHECK(door_call(door, NULL) == 0);
	int file = open(name, O_RDWR);
	CHECK_FAILS(door_call(file, NULL), EBADF);
	CHECK_FAILS(door_info(file, &facts), EBADF);
	end(server);
	/* the attachment outlives its server: opens succeed, calls give EBADF */
	server = serve(make_echo, name);
	end(server);
	int dead = open(name, O_RDWR);
	CHECK(dead >= 0);
	CHECK_FAILS(door_call(dead, NULL), EBADF);
	CHECK(unlink(name) == 0);
}

static void paths_that_are_wrong(void)
{
	static char component[300], path[PATH_MAX + 100], below[64];
	const char *name = fresh_file();
	int own = door_create(echo, NULL, 0);
	memset(component, 'n', sizeof component - 1);
	memcpy(component, "/tmp/", 5);
	for (size_t i = 0; i + 2 < sizeof path; i += 2)
		memcpy(path + i, "./", 3);
	snprintf(below, sizeof below, "%s/x", name);
	CHECK_FAILS(fattach(own, component), ENAMETOOLONG);
	CHECK_FAILS(fattach(own, path), ENAMETOOLONG);
	CHECK_FAILS(fattach(own, below), ENOTDIR);
	CHECK_FAILS(fattach(own, ""), ENOENT);
	CHECK_FAILS(fdetach(component), ENAMETOOLONG);
	CHECK_FAILS(fdetach(path), ENAMETOOLONG);
	CHECK_FAILS(fdetach(below), ENOTDIR);
	CHECK_FAILS(fdetach("/nonexistent/x"), ENOENT);
	CHECK_FAILS(fdetach(""), ENOENT);
	/* the descriptor's error comes with any path */
	CHECK_FAILS(fattach(-1, "/nonexistent/x"), EBADF);
	CHECK_FAILS(fattach(0, "/nonexistent/x"), EINVAL);
	unlink(name);
}

/* --- permissions --- */

static void as_nobody(void (*run)(const char *), const char *path)
{
	pid_t child = settled_fork();
	if (child == 0) {
		CHECK(setegid(NOBODY) == 0 && seteuid(NOBODY) == 0);
		run(path);
		_exit(0);
	}
	join_child(child);
}

static void attaching_fails_eperm(const char *path)
{
	CHECK_FAILS(fattach(door_create(echo, NULL, 0), path), EPERM);
}

static void attaching_fails_eacces(const char *path)
{
	CHECK_FAILS(fattach(door_create(echo, NULL, 0), path), EACCES);
}

static void detaching_fails_eperm(const char *path)
{
	CHECK_FAILS(fdetach(path), EPERM);
}

static void opening_fails(const char *path)
{
	CHECK_FAILS(open(path, O_RDWR), EACCES);
}

static void reading_calls(const char *path)
{
	CHECK_FAILS(open(path, O_RDWR), EACCES);
	int door = open(path, O_RDONLY);
	CHECK(door >= 0);
	CHECK(door_call(door, NULL) == 0);
}

static void attaches(const char *path)
{
	CHECK(fattach(door_create(echo, NULL, 0), path) == 0);
	CHECK(fdetach(path) == 0);
}

static void permissions(void)
{
	if (geteuid() != 0)
		skip("only root can become another user");
	const char *name = fresh_file();
	CHECK(chmod(name, 0666) == 0);
	as_nobody(attaching_fails_eperm, name); /* not the owner */
	CHECK(chown(name, NOBODY, NOBODY) == 0 && chmod(name, 0444) == 0);
	as_nobody(attaching_fails_eacces, name); /* the owner, who may not write */
	CHECK(chmod(name, 0644) == 0);
	as_nobody(attaches, name);
	CHECK(chown(name, 0, 0) == 0 && chmod(name, 0600) == 0);
	pid_t server = serve(make_echo, name);
	as_nobody(opening_fails, name);
	CHECK(chmod(name, 0644) == 0);
	as_nobody(reading_calls, name);
	as_nobody(detaching_fails_eperm, name);
	CHECK(chmod(name, 0666) == 0);
	as_nobody(detaching_fails_eperm, name);
	end(server);
	unlink(name);
}

static void directories_that_are_closed(void)
{
	if (geteuid() != 0)
		skip("only root can become another user");
	char directory[] = "/tmp/libdoor-test-XXXXXX", path[64];
	CHECK(mkdtemp(directory) != NULL);
	snprintf(path, sizeof path, "%s/door", directory);
	int fd = open(path, O_CREAT | O_RDWR, 0666);
	CHECK(fd >= 0 && fchown(fd, NOBODY, NOBODY) == 0);
	pid_t child = settled_fork();
	if (child == 0) {
		CHECK(setegid(NOBODY) == 0 && seteuid(NOBODY) == 0);
		bool right = fattach(door_create(echo, NULL, 0), path) == -1 && errno == EACCES &&
			     fdetach(path) == -1 && errno == EACCES;
		_exit(!right);
	}
	int status;
	waitpid(child, &status, 0);
	unlink(path);
	rmdir(directory);
	CHECK(status == 0);
}

/* --- attachments over time --- */

static int asks(int door)
{
	char answer = 0;
	door_arg_t arg = {NULL, 0, NULL, 0, &answer, 1};
	return door_call(door, &arg) == 0 ? answer : -1;
}

static PROCEDURE(tells_cookie)
{
	char answer = (char)(uintptr_t)cookie;
	door_return(&answer, 1, NULL, 0);
}

static int opened(const char *path)
{
	int fd = open(path, O_RDWR);
	CHECK(fd >= 0);
	return fd;
}

static void unlinking_detaches(void)
{
	const char *name = fresh_file();
	int door = door_create(tells_cookie, (void *)1, 0);
	for (int i = 0; i < 5; i++) {
		CHECK(fattach(door, name) == 0);
		int client = opened(name);
		CHECK(asks(client) == 1);
		CHECK(unlink(name) == 0);
		CHECK(asks(client) == 1); /* what is open stays */
		CHECK(close(open(name, O_CREAT | O_EXCL | O_RDWR, 0600)) == 0);
		int file = opened(name);
		CHECK(asks(file) == -1 && errno == EBADF); /* a new file, nothing attached */
		close(client);
		close(file);
	}
	unlink(name);
}

static void names_are_attached_again(void)
{
	const char *name = fresh_file();
	int one = door_create(tells_cookie, (void *)1, 0);
	int two = door_create(tells_cookie, (void *)2, 0);
	for (int i = 0; i < 10; i++) {
		CHECK(fattach(one, name) == 0);
		CHECK_FAILS(fattach(two, name), EBUSY);
		CHECK_FAILS(fattach(one, name), EBUSY);
		int client = opened(name);
		CHECK(asks(client) == 1);
		CHECK(fdetach(name) == 0);
		CHECK(fattach(two, name) == 0);
		int other = opened(name);
		CHECK(asks(other) == 2 && asks(client) == 1);
		CHECK(fdetach(name) == 0);
		CHECK_FAILS(fdetach(name), EINVAL);
		close(client);
		close(other);
	}
	/* what a dead server left is covered still */
	end(serve(make_echo, name));
	CHECK_FAILS(fattach(one, name), EBUSY);
	CHECK(fdetach(name) == 0 && fattach(one, name) == 0);
	unlink(name);
}

static void one_door_with_two_names(void)
{
	door_info_t one, two;
	const char *first = fresh_file(), *second = fresh_file();
	int door = door_create(tells_cookie, (void *)5, 0);
	CHECK(fattach(door, first) == 0 && fattach(door, second) == 0);
	int left = opened(first), right = opened(second);
	CHECK(door_info(left, &one) == 0 && door_info(right, &two) == 0);
	CHECK(one.di_uniquifier == two.di_uniquifier);
	CHECK(fdetach(first) == 0);
	CHECK(asks(left) == 5 && asks(right) == 5 && asks(opened(second)) == 5);
	CHECK(door_revoke(door) == 0);
	CHECK(asks(right) == -1 && errno == EBADF);
	int late = opened(second); /* a revoked door's name still opens */
	CHECK(asks(late) == -1 && errno == EBADF);
	unlink(first);
	unlink(second);
}

/* The attachment holds the door: its descriptor may be closed. */
static void own_descriptor_is_closed(void)
{
	const char *name = fresh_file();
	int door = door_create(tells_cookie, (void *)6, 0);
	CHECK(fattach(door, name) == 0 && close(door) == 0);
	usleep(100000);
	for (int i = 0; i < 5; i++) {
		int client = opened(name);
		CHECK(asks(client) == 6);
		close(client);
		usleep(10000);
	}
	unlink(name);
}

static void flags_stay(void)
{
	struct remote far = remote(make_echo);
	int plain = open(far.name, O_RDWR), closing = open(far.name, O_RDWR | O_CLOEXEC);
	CHECK(door_call(plain, NULL) == 0 && door_call(closing, NULL) == 0);
	CHECK(fcntl(plain, F_GETFD) == 0 && fcntl(closing, F_GETFD) == FD_CLOEXEC);
	remote_end(&far);
}

/* What the first use finds is the same whichever function it is. */
static void any_first_use(void)
{
	door_info_t facts;
	size_t value;
	struct remote far = remote(make_echo);
	CHECK(door_info(open(far.name, O_RDWR), &facts) == 0 && facts.di_target == far.server);
	CHECK(door_getparam(open(far.name, O_RDWR), DOOR_PARAM_DATA_MIN, &value) == 0);
	CHECK_FAILS(door_revoke(open(far.name, O_RDWR)), EPERM);
	CHECK_FAILS(door_bind(open(far.name, O_RDWR)), EINVAL);
	int copy = dup(far.door);
	CHECK(door_call(far.door, NULL) == 0 && door_call(copy, NULL) == 0);
	remote_end(&far);
}

static atomic_int opened_calls;

static void *opens_and_calls(void *name)
{
	for (int i = 0; i < 100; i++) {
		int door = opened(name);
		CHECK(door_call(door, NULL) == 0);
		CHECK(close(door) == 0);
		opened_calls++;
	}
	return NULL;
}

/* Connections come and go without a trace. */
static void many_opens(void)
{
	pthread_t threads[8];
	struct remote far = remote(make_echo);
	opens_and_calls((void *)(uintptr_t)far.name);
	usleep(100000);
	int before = open_descriptors();
	for (int i = 0; i < 8; i++)
		CHECK(pthread_create(&threads[i], NULL, opens_and_calls,
				     (void *)(uintptr_t)far.name) == 0);
	for (int i = 0; i < 8; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	CHECK(opened_calls == 900);
	WAIT_FOR(open_descriptors() <= before);
	remote_end(&far);
}

const struct test name_tests[] = {
	{"names", names},
	{"paths-that-are-wrong", paths_that_are_wrong},
	{"permissions", permissions},
	{"directories-that-are-closed", directories_that_are_closed},
	{"unlinking-detaches", unlinking_detaches},
	{"names-are-attached-again", names_are_attached_again},
	{"one-door-with-two-names", one_door_with_two_names},
	{"own-descriptor-is-closed", own_descriptor_is_closed},
	{"flags-stay", flags_stay},
	{"any-first-use", any_first_use},
	{"many-opens", many_opens},
	{NULL, NULL},
};
