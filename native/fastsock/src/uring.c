/*
 * io_uring: its calls can't be followed. A process that sets one up has its
 * connections carried by the kernel from there on.
 */
#include "interpose.h"

struct io_uring;
struct io_uring_params;

/* liburing's, which is there when the program has it. */
int io_uring_setup(unsigned entries, struct io_uring_params *parameters);
int io_uring_queue_init(unsigned entries, struct io_uring *ring, unsigned flags);
int io_uring_queue_init_params(unsigned entries, struct io_uring *ring,
			       struct io_uring_params *parameters);
int io_uring_queue_init_mem(unsigned entries, struct io_uring *ring,
			    struct io_uring_params *parameters, void *memory, size_t bytes);

static void leave_one(int fd, struct connection *connection, void *argument)
{
	(void)connection;
	(void)argument;
	leave_to_kernel(fd, "io_uring");
}

void leave_all(void)
{
	int error = errno;
	connections_stay_plain();
	table_each(leave_one, NULL);
	errno = error;
}

/* --- liburing -------------------------------------------------------------------------------- */

#define SET_UP(name, ...)                                                                          \
	do {                                                                                       \
		if (!real_exists(REAL_NUMBER_##name))                                              \
			return -ENOSYS;                                                            \
		leave_all();                                                                       \
		return REAL(name)(__VA_ARGS__);                                                    \
	} while (0)

EXPORTED int io_uring_setup(unsigned entries, struct io_uring_params *parameters)
{
	SET_UP(io_uring_setup, entries, parameters);
}

EXPORTED int io_uring_queue_init(unsigned entries, struct io_uring *ring, unsigned flags)
{
	SET_UP(io_uring_queue_init, entries, ring, flags);
}

EXPORTED int io_uring_queue_init_params(unsigned entries, struct io_uring *ring,
					struct io_uring_params *parameters)
{
	SET_UP(io_uring_queue_init_params, entries, ring, parameters);
}

EXPORTED int io_uring_queue_init_mem(unsigned entries, struct io_uring *ring,
				     struct io_uring_params *parameters, void *memory, size_t bytes)
{
	SET_UP(io_uring_queue_init_mem, entries, ring, parameters, memory, bytes);
}
