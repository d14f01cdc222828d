/*
 * io_uring: its calls can't be followed. A process that sets one up has its
 * connections carried by the kernel from there on.
 */
#include <stdarg.h>
#include <sys/syscall.h>

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

static void leave_all(void)
{
	int error = errno;
	connections_stay_plain();
	table_each(leave_one, NULL);
	errno = error;
}

/* --- syscall() ------------------------------------------------------------------------------ */

/*
 * By hand: this is also what the rest of the library makes its system calls with, at
 * times when nothing can be looked up.
 */
static long system_call(long number, const long arguments[6])
{
#if defined(__x86_64__)
	register long r10 __asm__("r10") = arguments[3];
	register long r8 __asm__("r8") = arguments[4];
	register long r9 __asm__("r9") = arguments[5];
	long result;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(arguments[0]), "S"(arguments[1]), "d"(arguments[2]),
			   "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
#elif defined(__aarch64__)
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = arguments[0];
	register long x1 __asm__("x1") = arguments[1];
	register long x2 __asm__("x2") = arguments[2];
	register long x3 __asm__("x3") = arguments[3];
	register long x4 __asm__("x4") = arguments[4];
	register long x5 __asm__("x5") = arguments[5];
	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
#else
#error "no system call for this processor"
#endif
}

/* Arguments that weren't passed are whatever is there: no sanitizer may object. */
__attribute__((no_sanitize("address"))) EXPORTED long syscall(long number, ...)
{
	long arguments[6];
	va_list list;
	va_start(list, number);
	/* As the system's own: all that there may be, whether passed or not. */
	for (int i = 0; i < 6; i++)
		arguments[i] = va_arg(list, long);
	va_end(list);
	if (number == SYS_io_uring_setup)
		leave_all();
	long result = system_call(number, arguments);
	if ((unsigned long)result < (unsigned long)-4095L)
		return result;
	errno = (int)-result;
	return -1;
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
