/* What the conformance tests share. Each test runs in a process of its own. */
#ifndef DOOR_TESTS_CHECK_H
#define DOOR_TESTS_CHECK_H

#include <door.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stropts.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../../tests/sanitized.h"

/* Longer than any machine needs; only a hang reaches it. */
#define PATIENCE_MS 20000

/* ctest's SKIP_RETURN_CODE. */
#define SKIPPED 77

struct test {
	const char *name;
	void (*run)(void);
};

/* One table per topic, ended by an entry without a name. */
extern const struct test create_tests[], call_tests[], result_tests[], descriptor_tests[],
	release_tests[], fact_tests[], pool_tests[], bind_tests[], return_tests[], name_tests[],
	signal_tests[], abort_tests[], life_tests[], fork_tests[], unref_tests[], scale_tests[],
	handoff_tests[], buffer_tests[];

_Noreturn void check_failed(const char *file, int line, const char *what);
_Noreturn void skip(const char *reason);

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			check_failed(__FILE__, __LINE__, #condition);                              \
	} while (0)

#define CHECK_FAILS(call, error)                                                                   \
	do {                                                                                       \
		errno = 0;                                                                         \
		CHECK((call) == -1);                                                               \
		CHECK(errno == (error));                                                           \
	} while (0)

/* Looks at the condition until it holds. */
#define WAIT_FOR(condition)                                                                        \
	do {                                                                                       \
		int waited_ms = 0;                                                                 \
		while (!(condition) && waited_ms++ < PATIENCE_MS)                                  \
			usleep(1000);                                                              \
		CHECK(condition);                                                                  \
	} while (0)

#define PROCEDURE(name)                                                                            \
	void name(__attribute__((unused)) void *cookie, __attribute__((unused)) char *data,        \
		  __attribute__((unused)) size_t bytes,                                            \
		  __attribute__((unused)) door_desc_t *descs,                                      \
		  __attribute__((unused)) uint_t count)

/* Procedures that many tests use. */
PROCEDURE(echo);    /* returns its data */
PROCEDURE(nothing); /* returns nothing */

/* Runs `make` in a child process and attaches its door to `path`. The child
 * ends with its parent. */
pid_t serve(int (*make)(void), const char *path);
int make_echo(void);
int make_nothing(void);
void end(pid_t child);

/* An empty file of this test's, removed when the test fails. */
const char *fresh_file(void);

/* serve() on a fresh file, opened. */
struct remote {
	pid_t server;
	const char *name;
	int door;
};
struct remote remote(int (*make)(void));
void remote_end(const struct remote *remote);

/* fork() once the process's other threads, just started, have come to rest: a child
 * inherits AddressSanitizer's locks as they are. */
pid_t settled_fork(void);

/* Waits for a child, which must exit with 0. */
void join_child(pid_t child);

/* Zeroed memory that children share. */
void *shared_memory(size_t bytes);

/* Creation functions: none; threads that can be cancelled. */
void no_threads(door_info_t *info);
void cancelable_threads(door_info_t *info);

/* Installs a handler that does nothing but count, with SA_RESTART. */
void count_signals(int number);
extern atomic_int signals_counted;

int open_descriptors(void);
long resident_pages(void);
bool is_open(int fd);

#endif
