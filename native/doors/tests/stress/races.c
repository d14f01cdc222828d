/* Things that happen at the same time: door-stress-races NAME. */
#include "load.h"

#include <sys/mman.h>

enum { CALLERS = 4 };

static unsigned rounds(unsigned normal)
{
	return SANITIZED ? normal / 4 : normal;
}

static _Atomic bool stop;
static atomic_int door_now;
static atomic_int unexpected; /* an errno that is not allowed */
static _Atomic unsigned calls_made;

static void join(pthread_t *threads, int count)
{
	for (int i = 0; i < count; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
}

/* --- a door that is revoked while it is called --- */

struct revoked_caller {
	int door; /* a copy of its own */
	unsigned random;
};

static void *calls_until_refused(void *argument)
{
	const struct revoked_caller *caller = argument;
	unsigned random = caller->random;
	int door = caller->door;
	for (;;) {
		struct load_result result = load_call(door, &random);
		CHECK(!result.wrong);
		calls_made++;
		if (result.error == 0)
			continue;
		if (result.error != EBADF)
			unexpected = result.error;
		break;
	}
	close(door);
	return NULL;
}

static void revoke_during_calls(void)
{
	pthread_t threads[CALLERS];
	struct revoked_caller callers[CALLERS];
	unsigned random = 5;
	int before = 0;
	for (unsigned i = 0; i < rounds(300); i++) {
		door_now = door_create(load_procedure, NULL, 0);
		CHECK(door_now >= 0);
		for (unsigned j = 0; j < CALLERS; j++) {
			callers[j] = (struct revoked_caller){dup(door_now), i * CALLERS + j};
			CHECK(pthread_create(&threads[j], NULL, calls_until_refused, &callers[j]) ==
			      0);
		}
		usleep(random_next(&random) % 3000);
		CHECK(door_revoke(door_now) == 0);
		join(threads, CALLERS);
		errno = unexpected;
		CHECK(unexpected == 0);
		if (i == 20)
			before = open_descriptors();
	}
	WAIT_FOR(open_descriptors() <= before + 2);
	CHECK(calls_made > 0);
}

/* --- a number that is closed and reused while it is called --- */

static PROCEDURE(tells_cookie)
{
	char answer = (char)(uintptr_t)cookie;
	door_return(&answer, 1, NULL, 0);
}

static void *calls_number(void *unused)
{
	while (!stop) {
		char answer = 0;
		door_arg_t arg = {"?", 1, NULL, 0, &answer, 1};
		if (door_call(door_now, &arg) == 0)
			CHECK(answer == 1 || answer == 2);
		else if (errno != EBADF)
			unexpected = errno;
		calls_made++;
	}
	return unused;
}

static void close_during_calls(void)
{
	pthread_t threads[CALLERS];
	int one = door_create(tells_cookie, (void *)1, 0);
	int two = door_create(tells_cookie, (void *)2, 0);
	door_now = dup(one);
	for (int i = 0; i < CALLERS; i++)
		CHECK(pthread_create(&threads[i], NULL, calls_number, NULL) == 0);
	for (unsigned i = 0; i < rounds(20000); i++) {
		CHECK(dup2(i % 2 == 0 ? two : one, door_now) == door_now);
		if (i % 64 == 0)
			usleep(100);
	}
	for (unsigned i = 0; i < rounds(20000); i++) {
		int old = door_now;
		CHECK(close(old) == 0);
		door_now = dup(i % 2 == 0 ? two : one); /* which may be another number */
		CHECK(door_now >= 0);
		if (i % 64 == 0)
			usleep(100);
	}
	stop = true;
	join(threads, CALLERS);
	errno = unexpected;
	CHECK(unexpected == 0);
	CHECK(calls_made > 0);
}

/* --- fork in a process whose threads call and serve --- */

static void *calls_checked(void *argument)
{
	unsigned random = (unsigned)(uintptr_t)argument;
	while (!stop) {
		struct load_result result = load_call(door_now, &random);
		CHECK(result.error == 0 && !result.wrong);
		calls_made++;
	}
	return NULL;
}

static void fork_during_calls(void)
{
	pthread_t threads[CALLERS];
	if (SANITIZED)
		skip("a child inherits the sanitizer's locks and threads as they are");
	door_now = door_create(load_procedure, NULL, 0);
	for (int i = 0; i < CALLERS; i++)
		CHECK(pthread_create(&threads[i], NULL, calls_checked, (void *)(uintptr_t)i) == 0);
	for (unsigned i = 0; i < rounds(200); i++) {
		pid_t child = fork();
		CHECK(child >= 0);
		if (child == 0) {
			unsigned random = i;
			die_with_parent();
			struct load_result result = load_call(door_now, &random);
			CHECK(result.error == 0 && !result.wrong);
			int own = door_create(tells_cookie, (void *)3, 0);
			CHECK(door_call(own, &(door_arg_t){0}) == 0);
			_exit(0);
		}
		join_child(child);
	}
	stop = true;
	join(threads, CALLERS);
	CHECK(calls_made > 0);
}

/* --- a server that ends while clients come --- */

static const char *name;

static void *comes_and_calls(void *argument)
{
	unsigned random = (unsigned)(uintptr_t)argument;
	while (!stop) {
		int door = open(name, O_RDWR);
		CHECK(door >= 0);
		struct load_result result = load_call(door, &random);
		CHECK(!result.wrong);
		if (result.error != 0 && result.error != EBADF && result.error != EINTR)
			unexpected = result.error;
		calls_made++;
		close(door);
	}
	return NULL;
}

static void short_lived_server(unsigned life_us)
{
	die_with_parent();
	fdetach(name);
	int door = door_create(load_procedure, NULL, 0);
	CHECK(door >= 0 && fattach(door, name) == 0);
	usleep(life_us);
	/* LeakSanitizer doesn't see what only the kernel's epoll set points to. */
	if (ADDRESS_SANITIZED)
		_exit(0);
	/* by itself, with threads in the middle of everything */
	exit(0);
}

static void run_short_lived_servers(void)
{
	unsigned random = 9;
	die_with_parent();
	for (unsigned i = 0; i < rounds(200); i++) {
		unsigned life_us = random_next(&random) % 20000;
		pid_t child = fork();
		CHECK(child >= 0);
		if (child == 0)
			short_lived_server(life_us);
		join_child(child);
	}
	_exit(0);
}

static void server_ends_during_hello(void)
{
	pthread_t threads[CALLERS];
	int status = 0;
	name = fresh_file();
	pid_t servers = fork();
	CHECK(servers >= 0);
	if (servers == 0)
		run_short_lived_servers();
	for (int i = 0; i < CALLERS; i++)
		CHECK(pthread_create(&threads[i], NULL, comes_and_calls, (void *)(uintptr_t)i) ==
		      0);
	WAIT_FOR(calls_made > 1000);
	int before = open_descriptors();
	CHECK(waitpid(servers, &status, 0) == servers && status == 0);
	stop = true;
	join(threads, CALLERS);
	errno = unexpected;
	CHECK(unexpected == 0);
	/* in the middle of it each thread had some open */
	WAIT_FOR(open_descriptors() <= before + 2);
	unlink(name);
}

/* --- copies that come and go while notifications are due --- */

static atomic_int notices, active;

static PROCEDURE(counts_notices)
{
	if (data == DOOR_UNREF_DATA)
		notices++;
	else
		active++;
	door_return(NULL, 0, NULL, 0);
}

static void *duplicates(void *unused)
{
	for (unsigned i = 0; i < rounds(500); i++) {
		int copy = dup(door_now);
		CHECK(copy >= 0 && door_call(copy, NULL) == 0);
		CHECK(close(copy) == 0);
	}
	return unused;
}

static void copies_come_and_go(void)
{
	pthread_t threads[CALLERS];
	door_now = door_create(counts_notices, NULL, DOOR_UNREF_MULTI);
	for (int i = 0; i < CALLERS; i++)
		CHECK(pthread_create(&threads[i], NULL, duplicates, NULL) == 0);
	/* not where a child could inherit AddressSanitizer's locks */
	for (int i = 0; i < 20 && !ADDRESS_SANITIZED; i++) {
		pid_t child = fork();
		CHECK(child >= 0);
		if (child == 0)
			_exit(0);
		join_child(child);
	}
	join(threads, CALLERS);
	/* whoever was the last one: it has been noticed */
	WAIT_FOR(notices > 0);
	CHECK((unsigned)active == CALLERS * rounds(500));
	door_info_t facts;
	WAIT_FOR(door_info(door_now, &facts) == 0 && facts.di_attributes & DOOR_IS_UNREF);
}

/* --- callers that end as soon as they have their answer --- */

static atomic_int private_door;

static void *serves_private(void *unused)
{
	CHECK(door_bind(private_door) == 0);
	door_return(NULL, 0, NULL, 0);
	return unused;
}

static void *calls_once(void *unused)
{
	CHECK(door_call(private_door, NULL) == 0);
	calls_made++;
	return unused;
}

/* An answered call is no longer abandoned by its caller's end: the door's only
 * thread, which can be cancelled, stays. */
static void callers_end_at_once(void)
{
	pthread_t server, threads[CALLERS];
	door_server_create(no_threads);
	private_door = door_create(nothing, NULL, DOOR_PRIVATE);
	CHECK(pthread_create(&server, NULL, serves_private, NULL) == 0);
	for (unsigned i = 0; i < rounds(5000); i++) {
		for (int j = 0; j < CALLERS; j++)
			CHECK(pthread_create(&threads[j], NULL, calls_once, NULL) == 0);
		WAIT_FOR(calls_made == (i + 1) * CALLERS);
		join(threads, CALLERS);
	}
}

static const struct test races[] = {
	{"revoke-during-calls", revoke_during_calls},
	{"close-during-calls", close_during_calls},
	{"fork-during-calls", fork_during_calls},
	{"server-ends-during-hello", server_ends_during_hello},
	{"copies-come-and-go", copies_come_and_go},
	{"callers-end-at-once", callers_end_at_once},
	{NULL, NULL},
};

int main(int argc, char **argv)
{
	for (const struct test *race = races; race->name != NULL; race++)
		if (argc > 1 && strcmp(argv[1], race->name) == 0) {
			race->run();
			return 0;
		}
	return 2;
}
