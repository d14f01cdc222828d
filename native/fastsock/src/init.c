/* Beginning and end: the system's functions, the library's state, the last word. */
#include <dlfcn.h>
#include <pthread.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>

#include "config.h"
#include "inside.h"
#include "interpose.h"
#include "processes.h"
#include "real.h"
#include "record.h"
#include "stats.h"

_Atomic(any_function) real_functions[REAL_FUNCTION_COUNT];

#define REAL_NAME(name) #name,
static const char *const names[REAL_FUNCTION_COUNT] = {REAL_FUNCTIONS(REAL_NAME)};
#undef REAL_NAME

/* Stands for what the system doesn't have. */
static long missing(void)
{
	errno = ENOSYS;
	return -1;
}

any_function real_find(enum real_function which)
{
	int error = errno;
	/* Through an integer: C has no way from an object's address to a function's. */
	any_function found = (any_function)(uintptr_t)dlsym(RTLD_NEXT, names[which]);
	if (found == NULL)
		found = (any_function)missing;
	/* relaxed: see real_function(). */
	atomic_store_explicit(&real_functions[which], found, memory_order_relaxed);
	errno = error;
	return found;
}

bool real_exists(enum real_function which)
{
	return real_function(which) != (any_function)missing;
}

/* --- end ---------------------------------------------------------------------------------- */

static void close_one(int fd, struct connection *connection, void *argument)
{
	(void)argument;
	/* The table keeps it: other threads may still run, and must find it. */
	if (atomic_load_explicit(&connection->closed, memory_order_relaxed))
		return;
	connection_close(connection, fd);
	connection_exit(connection);
	stats_add(connection);
}

/* What the kernel does for each descriptor of a process that ends. */
static void end_process(void)
{
	static atomic_flag ended = ATOMIC_FLAG_INIT;
	if (!table_is_this_process() || atomic_flag_test_and_set(&ended))
		return;
	table_each(close_one, NULL);
	stats_write();
}

__attribute__((destructor)) static void leave(void)
{
	end_process();
}

EXPORTED void _exit(int status)
{
	end_process();
	REAL(_exit)(status);
	__builtin_unreachable();
}

EXPORTED void _Exit(int status)
{
	_exit(status);
}

/* --- beginning ------------------------------------------------------------------------------ */

__attribute__((constructor)) static void begin(void)
{
	int error = errno;
	for (int i = 0; i < REAL_FUNCTION_COUNT; i++)
		real_find((enum real_function)i);
	config_read();
	processes_begin();
	if (!config.off && records_init() < 0)
		config.off = true;
	errno = error;
}
