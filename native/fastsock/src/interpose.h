/*
 * Functions that stand before the system's.
 *
 * Each has the system's own prototype, and where nothing is known of the descriptor
 * it is a look-up and a call of the system's function, which is found by name behind
 * this library: at first use or when the library is loaded, whichever is earlier. One
 * that is missing fails with ENOSYS.
 */
#ifndef FASTSOCK_INTERPOSE_H
#define FASTSOCK_INTERPOSE_H

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include "connection.h"
#include "table.h"

#define EXPORTED __attribute__((visibility("default")))

/* All that is looked up, by name. */
#define REAL_FUNCTIONS(X)                                                                          \
	X(_Fork)                                                                                   \
	X(_exit)                                                                                   \
	X(accept)                                                                                  \
	X(accept4)                                                                                 \
	X(close)                                                                                   \
	X(close_range)                                                                             \
	X(closefrom)                                                                               \
	X(connect)                                                                                 \
	X(dup)                                                                                     \
	X(dup2)                                                                                    \
	X(dup3)                                                                                    \
	X(execve)                                                                                  \
	X(execveat)                                                                                \
	X(execvp)                                                                                  \
	X(execvpe)                                                                                 \
	X(fclose)                                                                                  \
	X(fcntl)                                                                                   \
	X(fdopen)                                                                                  \
	X(fexecve)                                                                                 \
	X(fork)                                                                                    \
	X(getsockopt)                                                                              \
	X(ioctl)                                                                                   \
	X(popen)                                                                                   \
	X(posix_spawn)                                                                             \
	X(posix_spawn_file_actions_adddup2)                                                        \
	X(posix_spawnp)                                                                            \
	X(preadv2)                                                                                 \
	X(pwritev2)                                                                                \
	X(read)                                                                                    \
	X(readv)                                                                                   \
	X(recv)                                                                                    \
	X(recvfrom)                                                                                \
	X(recvmmsg)                                                                                \
	X(recvmsg)                                                                                 \
	X(send)                                                                                    \
	X(sendfile64)                                                                              \
	X(sendmmsg)                                                                                \
	X(sendmsg)                                                                                 \
	X(sendto)                                                                                  \
	X(setsockopt)                                                                              \
	X(shutdown)                                                                                \
	X(socket)                                                                                  \
	X(splice)                                                                                  \
	X(system)                                                                                  \
	X(vdprintf)                                                                                \
	X(write)                                                                                   \
	X(writev)                                                                                  \
	X(io_uring_queue_init)                                                                     \
	X(io_uring_queue_init_mem)                                                                 \
	X(io_uring_queue_init_params)                                                              \
	X(io_uring_setup)

#define REAL_NUMBER(name) REAL_NUMBER_##name,
enum real_function { REAL_FUNCTIONS(REAL_NUMBER) REAL_FUNCTION_COUNT };
#undef REAL_NUMBER

typedef void (*any_function)(void);

extern _Atomic(any_function) real_functions[REAL_FUNCTION_COUNT];
any_function real_find(enum real_function which);

static inline any_function real_function(enum real_function which)
{
	/* relaxed: code was there before its address was; every thread finds the same. */
	any_function found = atomic_load_explicit(&real_functions[which], memory_order_relaxed);
	return __builtin_expect(found != NULL, 1) ? found : real_find(which);
}

/* Whether the system has it. */
bool real_exists(enum real_function which);

#define REAL(name) ((__typeof__(&name))real_function(REAL_NUMBER_##name))

/* --- what no header declares, or not always ------------------------------------------- */

ssize_t __read(int fd, void *data, size_t n);
ssize_t __write(int fd, const void *data, size_t n);
ssize_t __send(int fd, const void *data, size_t n, int flags);
ssize_t __recv(int fd, void *data, size_t n, int flags);
int __sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags);
int __close(int fd);
int __dup2(int from, int to);
int __connect(int fd, __CONST_SOCKADDR_ARG address, socklen_t length);
int __fcntl(int fd, int command, ...);
pid_t __fork(void);
ssize_t __read_chk(int fd, void *data, size_t n, size_t size);
ssize_t __recv_chk(int fd, void *data, size_t n, size_t size, int flags);
ssize_t __recvfrom_chk(int fd, void *data, size_t n, size_t size, int flags, __SOCKADDR_ARG address,
		       socklen_t *length);
_Noreturn void __chk_fail(void);

/* --- shared by the calls ----------------------------------------------------------------- */

/*
 * False in the child of vfork(): it has the parent's memory but its own descriptors,
 * so that what it does to them must not be noted.
 */
bool table_is_this_process(void);

/* A connection is given back to the kernel, and the descriptor is the kernel's alone. */
void leave_to_kernel(int fd, const char *reason);

/* So are all of this process: io_uring can't be followed. */
void leave_all(void);

/* Takes a descriptor that is about to be closed, or replaced, out of the table. */
struct connection *forget_descriptor(int fd);

/* Closes one that isn't the library's own, by what the system is to be told with. */
int close_by(int fd, int (*system_close)(int fd));

/* A reference from table_get() is given back; errno stays. */
void call_done(struct connection *connection, int fd);

/* As table_get(), at the beginning of a call that is a cancellation point. */
static inline struct connection *call_begin(int fd)
{
	/* Others are one by the system's function. */
	if (table_has(fd))
		pthread_testcancel();
	return table_get(fd);
}

static inline ssize_t call_result(struct connection *connection, int fd, ssize_t result)
{
	call_done(connection, fd);
	return result;
}

#endif
