/*
 * What the specification says of doors, function by function and errno by errno,
 * seen through <door.h> alone. Each test runs in a process of its own.
 */
#include <door.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stropts.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: CHECK(%s) failed, errno %d (%s)\n", __FILE__,      \
				__LINE__, #condition, errno, strerror(errno));                     \
			_exit(1);                                                                  \
		}                                                                                  \
	} while (0)

#define CHECK_FAILS(call, error)                                                                   \
	do {                                                                                       \
		errno = 0;                                                                         \
		CHECK((call) == -1);                                                               \
		CHECK(errno == (error));                                                           \
	} while (0)

static void echo(void *cookie, char *data, size_t bytes, door_desc_t *descs, uint_t count)
{
	(void)cookie, (void)descs, (void)count;
	door_return(data, bytes, NULL, 0);
}

/* A server in a child process; its end of `pipe` closes with it. */
static pid_t serve(int (*make)(void), const char *path)
{
	int ready[2];
	char byte;
	CHECK(pipe(ready) == 0);
	pid_t child = fork();
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

static void end(pid_t child)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static char path[] = "/tmp/libdoor-test-XXXXXX";

static const char *fresh_file(void)
{
	int fd = mkstemp(path);
	CHECK(fd >= 0);
	close(fd);
	return path;
}

/* --- door_create ------------------------------------------------------------- */

static void create_errors(void)
{
	CHECK_FAILS(door_create(echo, NULL, 0x8000), EINVAL);
	CHECK_FAILS(door_create(echo, NULL, DOOR_UNREF | DOOR_UNREF_MULTI), EINVAL);
	CHECK_FAILS(door_create(echo, NULL, DOOR_NO_DEPLETION_CB), EINVAL);
	CHECK_FAILS(door_create(echo, NULL, DOOR_PRIVCREATE), EINVAL);
}

static void create_gives_lowest_cloexec(void)
{
	int expected = dup(0);
	close(expected);
	int door = door_create(echo, NULL, 0);
	CHECK(door == expected);
	CHECK(fcntl(door, F_GETFD) == FD_CLOEXEC);
	int second = door_create(echo, NULL, 0);
	CHECK(second == expected + 1);
}

static int created_null, created_info;
static door_info_t *seen_info;

static void *plain_thread(void *unused)
{
	(void)unused;
	door_return(NULL, 0, NULL, 0);
	return NULL;
}

static void *bound_thread(void *door)
{
	CHECK(door_bind(*(int *)door) == 0);
	door_return(NULL, 0, NULL, 0);
	return NULL;
}

static void counting_create(door_info_t *info)
{
	pthread_t thread;
	if (info == NULL) {
		created_null++;
		CHECK(pthread_create(&thread, NULL, plain_thread, NULL) == 0);
	} else {
		created_info++;
		seen_info = info;
	}
}

static void creation_function_runs_first(void)
{
	door_server_func_t *old = door_server_create(counting_create);
	CHECK(old != NULL);
	int first = door_create(echo, NULL, 0);
	CHECK(first >= 0 && created_null == 1 && created_info == 0);
	CHECK(door_create(echo, NULL, 0) >= 0 && created_null == 1);
	int private = door_create(echo, (void *)5, DOOR_PRIVATE);
	CHECK(private >= 0 && created_info == 1);
	CHECK(seen_info->di_data == 5 && seen_info->di_target == getpid());
	CHECK(door_create(echo, NULL, DOOR_PRIVATE) >= 0 && created_info == 2);
	CHECK(door_server_create(old) == counting_create);
}

/* --- door_call ------------------------------------------------------------------ */

static void call_within_the_process(void)
{
	char buffer[64];
	int door = door_create(echo, NULL, 0);
	door_arg_t arg = {"hello", 6, NULL, 0, buffer, sizeof buffer};
	CHECK(door_call(door, &arg) == 0);
	CHECK(arg.data_ptr == buffer && arg.data_size == 6 && strcmp(buffer, "hello") == 0);
	CHECK(arg.desc_num == 0 && arg.rbuf == buffer && arg.rsize == sizeof buffer);
}

static void call_errors(void)
{
	char buffer[8];
	door_arg_t arg = {buffer, 8, NULL, 0, buffer, 8};
	int door = door_create(echo, NULL, 0), pair[2];
	CHECK_FAILS(door_call(-1, &arg), EBADF);
	CHECK_FAILS(door_call(1000, &arg), EBADF);
	CHECK_FAILS(door_call(0, &arg), EBADF);
	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
	CHECK_FAILS(door_call(pair[0], &arg), EBADF);
	CHECK(recv(pair[1], buffer, 8, MSG_DONTWAIT) == -1); /* and nothing was sent */
	CHECK_FAILS(door_call(door, (door_arg_t *)1), EFAULT);
	CHECK_FAILS(door_call(-1, (door_arg_t *)1), EFAULT); /* in this order */
	arg.data_ptr = (char *)16;
	CHECK_FAILS(door_call(door, &arg), EFAULT);
	CHECK(arg.data_ptr == (char *)16 && arg.data_size == 8); /* untouched */
	arg = (door_arg_t){buffer, 8, NULL, 0, (char *)16, 8};
	CHECK_FAILS(door_call(door, &arg), EFAULT);
}

static void overflow_is_mapped(void)
{
	static char big[100000];
	memset(big, 7, sizeof big);
	int door = door_create(echo, NULL, 0);
	door_arg_t arg = {big, sizeof big, NULL, 0, NULL, 0};
	CHECK(door_call(door, &arg) == 0);
	CHECK(arg.rbuf != NULL && arg.data_ptr == arg.rbuf && arg.data_size == sizeof big);
	CHECK(arg.rsize >= sizeof big && arg.rsize % 4096 == 0);
	CHECK(memcmp(arg.rbuf, big, sizeof big) == 0);
	CHECK(munmap(arg.rbuf, arg.rsize) == 0);
	/* rbuf may be the argument itself */
	arg = (door_arg_t){big, sizeof big, NULL, 0, big, sizeof big};
	CHECK(door_call(door, &arg) == 0 && arg.rbuf == big);
}

static void nothing(void *cookie, char *data, size_t bytes, door_desc_t *descs, uint_t count)
{
	(void)cookie, (void)descs, (void)count;
	CHECK(bytes > 0 || data == NULL);
	door_return(NULL, 0, NULL, 0);
}

static void something(void *cookie, char *data, size_t bytes, door_desc_t *descs, uint_t count)
{
	(void)cookie, (void)data, (void)bytes, (void)descs, (void)count;
	CHECK_FAILS(door_return("x", 1, NULL, 0), E2BIG);
	door_return(NULL, 0, NULL, 0);
}

static void null_argument(void)
{
	int quiet = door_create(nothing, NULL, 0), loud = door_create(something, NULL, 0);
	CHECK(door_call(quiet, NULL) == 0);
	CHECK(door_call(loud, NULL) == 0); /* the server saw E2BIG and tried again */
	char keep = 'k';
	door_arg_t arg = {&keep, 1, NULL, 0, NULL, 0};
	CHECK(door_call(quiet, &arg) == 0);
	CHECK(arg.data_ptr == &keep && arg.data_size == 0); /* a pointer whose count is 0 stays */
}

static void aligned(void *cookie, char *data, size_t bytes, door_desc_t *descs, uint_t count)
{
	(void)cookie, (void)bytes, (void)count, (void)descs;
	int ok = ((uintptr_t)data & 15) == 0;
	data[0] = (char)ok; /* writable, and ours */
	door_return(data, 1, NULL, 0);
}

static void arguments_are_private_and_aligned(void)
{
	char data[33], buffer[8];
	int door = door_create(aligned, NULL, 0);
	for (size_t n = 1; n <= sizeof data; n += 7) {
		memset(data, 'a', sizeof data);
		door_arg_t arg = {data, n, NULL, 0, buffer, 8};
		CHECK(door_call(door, &arg) == 0 && buffer[0] == 1 && data[0] == 'a');
	}
}

static void too_big_for_the_stack(void)
{
	size_t bytes = 64u << 20;
	char *data = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int door = door_create(nothing, NULL, 0);
	door_arg_t arg = {data, bytes, NULL, 0, NULL, 0};
	CHECK_FAILS(door_call(door, &arg), E2BIG);
	CHECK(door_call(door, NULL) == 0);
}

/* --- returning without door_return ------------------------------------------------- */

static void falls_off(void *cookie, char *data, size_t bytes, door_desc_t *descs, uint_t count)
{
	(void)cookie, (void)data, (void)bytes, (void)descs, (void)count;
}

static void procedure_returns(void)
{
	int door = door_create(falls_off, NULL, 0), other = door_create(nothing, NULL, 0);
	for (int i = 0; i < 20; i++)
		CHECK_FAILS(door_call(door, NULL), EINTR);
	CHECK(door_call(other, NULL) == 0);
}

/* --- parameters ------------------------------------------------------------------------ */

static void parameters(void)
{
	size_t value = 0;
	char data[32] = "";
	int door = door_create(nothing, NULL, 0),
	    refuse = door_create(nothing, NULL, DOOR_REFUSE_DESC);
	CHECK(door_getparam(door, DOOR_PARAM_DATA_MAX, &value) == 0 && value == SIZE_MAX);
	CHECK(door_getparam(door, DOOR_PARAM_DATA_MIN, &value) == 0 && value == 0);
	CHECK(door_getparam(door, DOOR_PARAM_DESC_MAX, &value) == 0 && value == INT32_MAX);
	CHECK(door_getparam(refuse, DOOR_PARAM_DESC_MAX, &value) == 0 && value == 0);
	CHECK_FAILS(door_getparam(door, 77, &value), EINVAL);
	CHECK_FAILS(door_getparam(0, DOOR_PARAM_DATA_MAX, &value), EBADF);
	CHECK_FAILS(door_getparam(door, DOOR_PARAM_DATA_MAX, (size_t *)8), EFAULT);
	CHECK_FAILS(door_setparam(door, 77, 1), EINVAL);
	CHECK_FAILS(door_setparam(0, DOOR_PARAM_DATA_MAX, 1), EBADF);
	CHECK_FAILS(door_setparam(refuse, DOOR_PARAM_DESC_MAX, 1), ENOTSUP);
	CHECK_FAILS(door_setparam(door, DOOR_PARAM_DESC_MAX, SIZE_MAX), ERANGE);
	CHECK(door_setparam(door, DOOR_PARAM_DATA_MIN, 4) == 0);
	CHECK_FAILS(door_setparam(door, DOOR_PARAM_DATA_MAX, 3), EINVAL);
	CHECK(door_setparam(door, DOOR_PARAM_DATA_MAX, 16) == 0);
	CHECK_FAILS(door_setparam(door, DOOR_PARAM_DATA_MIN, 17), EINVAL);
	door_arg_t arg = {data, 3, NULL, 0, NULL, 0};
	CHECK_FAILS(door_call(door, &arg), ENOBUFS);
	arg.data_size = 17;
	CHECK_FAILS(door_call(door, &arg), ENOBUFS);
	arg.data_size = 16;
	CHECK(door_call(door, &arg) == 0);
	door_desc_t desc = {.d_attributes = DOOR_DESCRIPTOR};
	arg = (door_arg_t){NULL, 0, &desc, 1, NULL, 0};
	CHECK_FAILS(door_call(refuse, &arg), ENOTSUP);
	CHECK(door_setparam(door, DOOR_PARAM_DATA_MIN, 0) == 0);
	CHECK(door_setparam(door, DOOR_PARAM_DESC_MAX, 0) == 0);
	CHECK_FAILS(door_call(door, &arg), ENFILE);
}

/* --- door_info ----------------------------------------------------------------------------- */

static void info(void)
{
	door_info_t here;
	int door = door_create(echo, (void *)99, DOOR_REFUSE_DESC);
	CHECK(door_info(door, &here) == 0);
	CHECK(here.di_target == getpid() && here.di_data == 99);
	CHECK(here.di_proc == (door_ptr_t)(uintptr_t)echo);
	CHECK(here.di_attributes == (DOOR_REFUSE_DESC | DOOR_LOCAL));
	door_info_t other;
	CHECK(door_info(door_create(echo, NULL, 0), &other) == 0);
	CHECK(other.di_uniquifier != here.di_uniquifier);
	CHECK_FAILS(door_info(0, &here), EBADF);
	CHECK_FAILS(door_info(-1, &here), EBADF);
	CHECK_FAILS(door_info(DOOR_QUERY, &here), EBADF);
	CHECK_FAILS(door_info(door, (door_info_t *)8), EFAULT);
}

/* --- descriptors ------------------------------------------------------------------------------ */

static void gets_descriptor(void *cookie, char *data, size_t bytes, door_desc_t *descs,
			    uint_t count)
{
	char text[16];
	(void)cookie, (void)data, (void)bytes;
	CHECK(count == 1 && descs[0].d_attributes == DOOR_DESCRIPTOR);
	int fd = descs[0].d_data.d_desc.d_descriptor;
	CHECK(fcntl(fd, F_GETFD) == 0); /* without CLOEXEC */
	ssize_t got = read(fd, text, sizeof text);
	CHECK(got == 4);
	close(fd);
	door_return(text, (size_t)got, NULL, 0);
}

static void descriptor_in_arguments(void)
{
	int ends[2];
	char buffer[64];
	int door = door_create(gets_descriptor, NULL, 0);
	CHECK(pipe(ends) == 0 && write(ends[1], "abcd", 4) == 4);
	door_desc_t desc = {.d_attributes = DOOR_DESCRIPTOR | DOOR_RELEASE};
	desc.d_data.d_desc.d_descriptor = ends[0];
	door_arg_t arg = {NULL, 0, &desc, 1, buffer, sizeof buffer};
	CHECK(door_call(door, &arg) == 0 && memcmp(buffer, "abcd", 4) == 0);
	CHECK(fcntl(ends[0], F_GETFD) == -1); /* RELEASE closed it */
	/* what is wrong is refused */
	desc.d_attributes = DOOR_DESCRIPTOR;
	arg = (door_arg_t){NULL, 0, &desc, 1, buffer, sizeof buffer};
	CHECK_FAILS(door_call(door, &arg), EINVAL); /* not open */
	desc.d_attributes = 0;
	desc.d_data.d_desc.d_descriptor = 0;
	CHECK_FAILS(door_call(door, &arg), EINVAL); /* untagged */
	static door_desc_t many[1025];
	arg = (door_arg_t){NULL, 0, many, 1025, buffer, sizeof buffer};
	CHECK_FAILS(door_call(door, &arg), E2BIG);
}

static void returns_door(void *cookie, char *data, size_t bytes, door_desc_t *descs, uint_t count)
{
	(void)data, (void)bytes, (void)descs, (void)count;
	door_desc_t desc = {.d_attributes = DOOR_DESCRIPTOR};
	desc.d_data.d_desc.d_descriptor = *(int *)cookie;
	door_return("xyz", 3, &desc, 1);
}

static int inner;

static int make_outer(void)
{
	inner = door_create(echo, NULL, DOOR_REFUSE_DESC);
	return door_create(returns_door, &inner, 0);
}

static void door_in_results(void)
{
	_Alignas(16) char buffer[128];
	char text[16];
	const char *name = fresh_file();
	pid_t server = serve(make_outer, name);
	int door = open(name, O_RDWR);
	door_arg_t arg = {NULL, 0, NULL, 0, buffer, sizeof buffer};
	CHECK(door_call(door, &arg) == 0);
	CHECK(arg.data_size == 3 && memcmp(arg.data_ptr, "xyz", 3) == 0 && arg.desc_num == 1);
	/* descriptors come after the data, at a multiple of their size */
	CHECK((char *)arg.desc_ptr == buffer + sizeof(door_desc_t));
	door_desc_t got = arg.desc_ptr[0];
	CHECK(got.d_attributes == (DOOR_DESCRIPTOR | DOOR_REFUSE_DESC));
	CHECK(got.d_data.d_desc.d_id != 0);
	int passed = got.d_data.d_desc.d_descriptor;
	arg = (door_arg_t){"through", 8, NULL, 0, text, sizeof text};
	CHECK(door_call(passed, &arg) == 0 && strcmp(text, "through") == 0);
	end(server);
	unlink(name);
}

/* --- names --------------------------------------------------------------------------------------
 */

static int make_echo(void)
{
	return door_create(echo, (void *)3, 0);
}

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
	door_info_t facts;
	CHECK(door_info(door, &facts) == 0 && facts.di_target == server && facts.di_data == 3);
	CHECK((facts.di_attributes & DOOR_LOCAL) == 0);
	CHECK_FAILS(door_revoke(door), EPERM);
	/* detached: what is open stays, what is opened is the file */
	CHECK(fdetach(name) == 0);
	CHECK(door_call(door, NULL) == -1 ? errno == EINTR : 1);
	int file = open(name, O_RDWR);
	CHECK_FAILS(door_call(file, NULL), EBADF);
	end(server);
	/* the attachment outlives its server: opens succeed, calls give EBADF */
	server = serve(make_echo, name);
	end(server);
	int dead = open(name, O_RDWR);
	CHECK(dead >= 0);
	CHECK_FAILS(door_call(dead, NULL), EBADF);
	CHECK(unlink(name) == 0);
}

/* --- revocation, death ---------------------------------------------------------------------------
 */

static void revocation(void)
{
	int door = door_create(nothing, NULL, 0);
	int copy = dup(door);
	CHECK(door_call(copy, NULL) == 0);
	CHECK_FAILS(door_revoke(0), EBADF);
	CHECK(door_revoke(door) == 0);
	CHECK(fcntl(door, F_GETFD) == -1);
	CHECK_FAILS(door_call(copy, NULL), EBADF);
	CHECK_FAILS(door_revoke(copy), EBADF);
}

static void sleeps(void *cookie, char *data, size_t bytes, door_desc_t *descs, uint_t count)
{
	(void)cookie, (void)data, (void)bytes, (void)descs, (void)count;
	for (;;)
		pause();
}

static int make_sleeper(void)
{
	return door_create(sleeps, NULL, 0);
}

static void server_dies(void)
{
	const char *name = fresh_file();
	pid_t server = serve(make_sleeper, name);
	int door = open(name, O_RDWR);
	pid_t killer = fork();
	if (killer == 0) {
		usleep(100000);
		kill(server, SIGKILL);
		_exit(0);
	}
	CHECK_FAILS(door_call(door, NULL), EINTR);
	CHECK_FAILS(door_call(door, NULL), EBADF);
	door_info_t facts;
	CHECK(door_info(door, &facts) == 0 && facts.di_target == -1);
	waitpid(killer, NULL, 0);
	waitpid(server, NULL, 0);
	unlink(name);
}

static void handler(int number)
{
	(void)number;
}

static void signal_during_service(void)
{
	const char *name = fresh_file();
	pid_t server = serve(make_sleeper, name);
	int door = open(name, O_RDWR);
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
	sigaction(SIGALRM, &action, NULL);
	alarm(1);
	CHECK_FAILS(door_call(door, NULL), EINTR);
	end(server);
	unlink(name);
}

static void no_threads(door_info_t *unused)
{
	(void)unused;
}

static void signal_before_service(void)
{
	door_server_create(no_threads);
	int door = door_create(nothing, NULL, 0);
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
	sigaction(SIGALRM, &action, NULL);
	alarm(1);
	CHECK_FAILS(door_call(door, NULL), EAGAIN);
}

/* --- bindings and pools
 * ------------------------------------------------------------------------------ */

static int private_door;
static _Atomic(pthread_t) serving;

static void tells_thread(void *cookie, char *data, size_t bytes, door_desc_t *descs, uint_t count)
{
	door_info_t bound;
	(void)cookie, (void)data, (void)bytes, (void)descs, (void)count;
	serving = pthread_self();
	CHECK(door_info(DOOR_QUERY, &bound) == 0 && bound.di_attributes & DOOR_PRIVATE);
	door_return(NULL, 0, NULL, 0);
}

static void bindings(void)
{
	pthread_t thread;
	int public = door_create(echo, NULL, 0);
	CHECK_FAILS(door_unbind(), EBADF);
	CHECK_FAILS(door_bind(public), EINVAL);
	CHECK_FAILS(door_bind(0), EBADF);
	door_server_create(no_threads);
	private_door = door_create(tells_thread, NULL, DOOR_PRIVATE);
	CHECK(pthread_create(&thread, NULL, bound_thread, &private_door) == 0);
	for (int i = 0; i < 100; i++) {
		CHECK(door_call(private_door, NULL) == 0);
		CHECK(pthread_equal(serving, thread));
	}
	CHECK(door_bind(private_door) == 0 && door_unbind() == 0);
}

static int x_made, x_result;

static int xcreate(door_info_t *unused, void *(*start)(void *), void *argument, void *cookie)
{
	pthread_t thread;
	(void)unused;
	CHECK(cookie == (void *)8);
	if (x_result == 1) {
		x_made++;
		CHECK(pthread_create(&thread, NULL, start, argument) == 0);
	}
	return x_result;
}

static void xcreate_all(void)
{
	CHECK_FAILS(door_xcreate(nothing, NULL, 0, NULL, NULL, NULL, 1), EINVAL);
	CHECK_FAILS(door_xcreate(nothing, NULL, 0, xcreate, NULL, (void *)8, 0), EINVAL);
	CHECK_FAILS(door_xcreate(nothing, NULL, DOOR_PRIVCREATE, xcreate, NULL, (void *)8, 1),
		    EINVAL);
	x_result = 0;
	CHECK_FAILS(door_xcreate(nothing, NULL, 0, xcreate, NULL, (void *)8, 1), EINVAL);
	x_result = -1;
	CHECK_FAILS(door_xcreate(nothing, NULL, 0, xcreate, NULL, (void *)8, 1), EPIPE);
	x_result = 1;
	int door = door_xcreate(nothing, NULL, DOOR_NO_DEPLETION_CB, xcreate, NULL, (void *)8, 3);
	CHECK(door >= 0 && x_made == 3);
	for (int i = 0; i < 50; i++)
		CHECK(door_call(door, NULL) == 0);
	CHECK(x_made == 3);
	door_info_t facts;
	CHECK(door_info(door, &facts) == 0);
	CHECK(facts.di_attributes & DOOR_PRIVATE && facts.di_attributes & DOOR_PRIVCREATE);
}

/* --- the caller
 * ------------------------------------------------------------------------------------------ */

static void tells_caller(void *cookie, char *data, size_t bytes, door_desc_t *descs, uint_t count)
{
	door_cred_t cred;
	(void)cookie, (void)data, (void)bytes, (void)descs, (void)count;
	CHECK_FAILS(door_cred((door_cred_t *)8), EFAULT);
	CHECK(door_cred(&cred) == 0);
	door_return((char *)&cred, sizeof cred, NULL, 0);
}

static int make_caller(void)
{
	return door_create(tells_caller, NULL, 0);
}

static void credentials(void)
{
	door_cred_t cred;
	const char *name = fresh_file();
	CHECK_FAILS(door_cred(&cred), EINVAL);
	pid_t server = serve(make_caller, name);
	int door = open(name, O_RDWR);
	door_arg_t arg = {NULL, 0, NULL, 0, (char *)&cred, sizeof cred};
	CHECK(door_call(door, &arg) == 0);
	CHECK(cred.dc_pid == getpid() && cred.dc_euid == geteuid() && cred.dc_ruid == getuid());
	CHECK(cred.dc_egid == getegid() && cred.dc_rgid == getgid());
	end(server);
	unlink(name);
}

/* --- fork
 * ----------------------------------------------------------------------------------------------------
 */

static void child_is_a_client(void)
{
	int door = door_create(echo, NULL, 0), status;
	char buffer[8];
	CHECK(door_call(door, NULL) == 0);
	pid_t child = fork();
	if (child == 0) {
		door_arg_t arg = {"kid", 4, NULL, 0, buffer, sizeof buffer};
		CHECK(door_call(door, &arg) == 0 && strcmp(buffer, "kid") == 0);
		CHECK_FAILS(door_revoke(door), EPERM);
		_exit(0);
	}
	CHECK(waitpid(child, &status, 0) == child && status == 0);
	CHECK(door_call(door, NULL) == 0);
}

/* --- door_reply
 * ------------------------------------------------------------------------------------------------
 */

static atomic_int after_reply;

static void replies(void *cookie, char *data, size_t bytes, door_desc_t *descs, uint_t count)
{
	(void)cookie, (void)data, (void)bytes, (void)descs, (void)count;
	char *reply = malloc(6);
	memcpy(reply, "early", 6);
	CHECK(door_reply(reply, 6, NULL, 0) == 0);
	free(reply);
	CHECK_FAILS(door_reply("again", 6, NULL, 0), EALREADY);
	after_reply++;
	door_return("ignored", 8, NULL, 0);
}

static void reply(void)
{
	char buffer[16];
	int door = door_create(replies, NULL, 0);
	CHECK_FAILS(door_reply("x", 1, NULL, 0), EINVAL);
	for (int i = 1; i <= 200; i++) {
		door_arg_t arg = {NULL, 0, NULL, 0, buffer, sizeof buffer};
		CHECK(door_call(door, &arg) == 0 && strcmp(buffer, "early") == 0);
	}
	for (int i = 0; i < 1000 && after_reply < 200; i++)
		usleep(1000);
	CHECK(after_reply == 200);
}

/* --- many
 * ----------------------------------------------------------------------------------------------------------
 */

static void *calls_often(void *door)
{
	for (int i = 0; i < 200; i++) {
		char text[32], buffer[32];
		snprintf(text, sizeof text, "%lx/%d", (unsigned long)pthread_self(), i);
		door_arg_t arg = {text, strlen(text) + 1, NULL, 0, buffer, sizeof buffer};
		CHECK(door_call(*(int *)door, &arg) == 0 && strcmp(text, buffer) == 0);
	}
	return NULL;
}

static void two_hundred_clients(void)
{
	pthread_t threads[200];
	int door = door_create(echo, NULL, 0);
	for (int i = 0; i < 200; i++)
		CHECK(pthread_create(&threads[i], NULL, calls_often, &door) == 0);
	for (int i = 0; i < 200; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
}

static long resident_pages(void)
{
	long size, resident;
	FILE *file = fopen("/proc/self/statm", "r");
	CHECK(file != NULL && fscanf(file, "%ld %ld", &size, &resident) == 2);
	fclose(file);
	return resident;
}

static void ten_thousand_doors(void)
{
	long before = 0;
	int number = -1;
	for (int i = 0; i < 10000; i++) {
		int door = door_create(nothing, NULL, 0);
		CHECK(door >= 0 && (number < 0 || door == number));
		number = door;
		if (i % 100 == 0)
			CHECK(door_call(door, NULL) == 0);
		CHECK(door_revoke(door) == 0);
		if (i == 1000)
			before = resident_pages();
	}
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	CHECK(resident_pages() < before + 512); /* 2 MiB of slack for the allocator */
#else
	(void)before; /* sanitizers keep what was freed */
#endif
}

static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {{"create-errors", create_errors},
	     {"create-gives-lowest-cloexec", create_gives_lowest_cloexec},
	     {"creation-function-runs-first", creation_function_runs_first},
	     {"call-within-the-process", call_within_the_process},
	     {"call-errors", call_errors},
	     {"overflow-is-mapped", overflow_is_mapped},
	     {"null-argument", null_argument},
	     {"arguments-are-private-and-aligned", arguments_are_private_and_aligned},
	     {"too-big-for-the-stack", too_big_for_the_stack},
	     {"procedure-returns", procedure_returns},
	     {"parameters", parameters},
	     {"info", info},
	     {"descriptor-in-arguments", descriptor_in_arguments},
	     {"door-in-results", door_in_results},
	     {"names", names},
	     {"revocation", revocation},
	     {"server-dies", server_dies},
	     {"signal-during-service", signal_during_service},
	     {"signal-before-service", signal_before_service},
	     {"bindings", bindings},
	     {"xcreate-all", xcreate_all},
	     {"credentials", credentials},
	     {"child-is-a-client", child_is_a_client},
	     {"reply", reply},
	     {"two-hundred-clients", two_hundred_clients},
	     {"ten-thousand-doors", ten_thousand_doors}};

/* With a name: runs that test. Without: prints all names. */
int main(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
		if (argc < 2) {
			puts(tests[i].name);
		} else if (strcmp(argv[1], tests[i].name) == 0) {
			tests[i].run();
			return 0;
		}
	}
	return argc > 1;
}
