/* Forks: the child has the table's copy, and shares the records. */
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>

#include "doors.h"
#include "epoll.h"
#include "inside.h"
#include "instance.h"
#include "interpose.h"
#include "processes.h"
#include "real.h"
#include "stats.h"

static _Atomic pid_t owner;
/* Whose connections the last fork() noted: those with an identity up to this. */
static _Atomic uint64_t noted_until;

/* A system call: libraries have remembered it and been wrong. */
static pid_t this_process(void)
{
	return getpid();
}

bool table_is_this_process(void)
{
	pid_t noted = atomic_load_explicit(&owner, memory_order_relaxed);
	return noted == 0 || noted == this_process();
}

/* Several descriptors may have one connection: the lowest stands for it. */
static bool stands_for(int fd, const struct connection *connection)
{
	if (table_count(connection) <= 1)
		return true;
	for (int lower = 0; lower < fd; lower++) {
		struct connection *other = table_has(lower) ? table_get(lower) : NULL;
		if (other == NULL)
			continue;
		connection_release(other);
		if (other == connection)
			return false;
	}
	return true;
}

/* --- fork ------------------------------------------------------------------------------ */

static void note_fork(int fd, struct connection *connection, void *argument)
{
	uint64_t *until = argument;
	if (!stands_for(fd, connection))
		return;
	connection_will_fork(connection);
	if (connection->identity > *until)
		*until = connection->identity;
}

static void before_fork(void)
{
	uint64_t until = 0;
	table_each(note_fork, &until);
	atomic_store(&noted_until, until);
}

static void begin_anew(int fd, struct connection *connection, void *argument)
{
	(void)fd;
	(void)argument;
	connection_forked(connection);
}

/*
 * Whether this thread forks, and has done its part: the handlers are registered more than
 * once. Those that are registered last come first, and must be ours: libdoor's take its
 * locks, for which threads wait that hold turns of ours (record.h).
 */
static _Thread_local __attribute__((tls_model("initial-exec"))) bool forking, holds_table;

static void prepare(void)
{
	if (forking)
		return;
	forking = true;
	instances_before_fork();
	holds_table = table_hold();
	before_fork();
}

static void let_go_of_turns(void (*of_instances)(void))
{
	if (holds_table)
		table_let_go();
	of_instances();
	forking = false;
}

static void in_parent(void)
{
	if (forking)
		let_go_of_turns(instances_after_fork_in_parent);
}

static void in_child(void)
{
	if (!forking)
		return;
	connections_after_fork_in_child();
	let_go_of_turns(instances_after_fork_in_child);
	atomic_store(&owner, this_process());
	table_each(begin_anew, NULL);
}

static void watch_forks(void)
{
	pthread_atfork(prepare, in_parent, in_child);
}

static void take_back(int fd, struct connection *connection, void *argument)
{
	const uint64_t *until = argument;
	if (connection->identity <= *until && stands_for(fd, connection))
		connection_did_not_fork(connection);
}

static void fork_failed(void)
{
	int error = errno;
	uint64_t until = atomic_load(&noted_until);
	table_each(take_back, &until);
	errno = error;
}

void processes_begin(void)
{
	atomic_store(&owner, this_process());
	watch_forks();
	doors_watch_forks = watch_forks;
}

EXPORTED pid_t fork(void)
{
	pid_t child = REAL(fork)();
	if (child < 0)
		fork_failed();
	return child;
}

EXPORTED pid_t __fork(void)
{
	return fork();
}

/* Without the program's handlers, but not without ours. */
EXPORTED pid_t _Fork(void)
{
	prepare();
	pid_t child = REAL(_Fork)();
	if (child == 0)
		in_child();
	else
		in_parent();
	if (child < 0)
		fork_failed();
	return child;
}

/* --- other programs ----------------------------------------------------------------------- */

static bool is_inherited(int fd)
{
	int flags = raw_fcntl(fd, F_GETFD, 0);
	return flags >= 0 && !(flags & FD_CLOEXEC);
}

static void leave_if_inherited(int fd, struct connection *connection, void *argument)
{
	(void)connection;
	(void)argument;
	if (is_inherited(fd))
		leave_to_kernel(fd, "exec");
}

void before_spawn(void)
{
	int error = errno;
	table_each(leave_if_inherited, NULL);
	errno = error;
}

/* The kernel closes it, and nobody else will say so. */
static void let_go(int fd, struct connection *connection, void *argument)
{
	(void)argument;
	if (!stands_for(fd, connection) || atomic_load(&connection->closed))
		return;
	if (atomic_load(&connection->record->holders) > 1)
		connection_exit(connection);
	else
		/* Nor would anybody else see its bytes through. */
		leave_to_kernel(fd, "exec");
}

/* The line that is written at the end of a program is written at the end of this one. */
static void tell(int fd, struct connection *connection, void *argument)
{
	(void)argument;
	if (!stands_for(fd, connection))
		return;
	stats_add(connection);
	connection_told(connection);
}

void before_exec(void)
{
	before_spawn();
	/* The parent of a vfork() keeps what it has. */
	if (!table_is_this_process())
		return;
	table_each(let_go, NULL);
	table_each(tell, NULL);
	stats_write();
}

static void hold_again(int fd, struct connection *connection, void *argument)
{
	(void)fd;
	(void)argument;
	connection_hold_again(connection);
}

void after_failed_exec(void)
{
	int error = errno;
	if (table_is_this_process())
		table_each(hold_again, NULL);
	errno = error;
}
