/* The system's own calls, without libc's functions: those are interposed by us and others. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "real.h"

/* ThreadSanitizer must hear of a close, or it takes the number's next owner for this one. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define UNDER_TSAN
#endif
#elif defined(__SANITIZE_THREAD__)
#define UNDER_TSAN
#endif
#ifdef UNDER_TSAN
void __sanitizer_syscall_pre_impl_close(long fd);
#endif

/* Called before a thread can be instrumented, and by the sanitizers themselves. */
#define UNSANITIZED __attribute__((no_sanitize("address", "thread")))

/* What the kernel has for a set of signals: libc's is longer. */
#define KERNEL_SIGSET_BYTES 8

/*
 * By hand: the system's syscall() is one that stands behind ours, and this must work at
 * times when nothing can be looked up.
 */
UNSANITIZED static long system_call(long number, const long arguments[6])
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
UNSANITIZED long raw_syscall(long number, ...)
{
	long arguments[6];
	va_list list;
	va_start(list, number);
	for (int i = 0; i < 6; i++)
		arguments[i] = va_arg(list, long);
	va_end(list);
	long result = system_call(number, arguments);
	if ((unsigned long)result < (unsigned long)-4095L)
		return result;
	errno = (int)-result;
	return -1;
}

ssize_t raw_recvmsg(int fd, struct msghdr *message, int flags)
{
	return raw_syscall(SYS_recvmsg, fd, message, flags);
}

ssize_t raw_sendmsg(int fd, const struct msghdr *message, int flags)
{
	return raw_syscall(SYS_sendmsg, fd, message, flags);
}

ssize_t raw_recv(int fd, void *data, size_t n, int flags)
{
	return raw_syscall(SYS_recvfrom, fd, data, n, flags, NULL, NULL);
}

ssize_t raw_send(int fd, const void *data, size_t n, int flags)
{
	return raw_syscall(SYS_sendto, fd, data, n, flags, NULL, 0);
}

int raw_close(int fd)
{
#ifdef UNDER_TSAN
	__sanitizer_syscall_pre_impl_close(fd);
#endif
	return (int)raw_syscall(SYS_close, fd);
}

int raw_shutdown(int fd, int how)
{
	return (int)raw_syscall(SYS_shutdown, fd, how);
}

int raw_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
	      const sigset_t *mask)
{
	/* The kernel writes what is left of the time; libc's function doesn't. */
	struct timespec left;
	if (timeout != NULL)
		left = *timeout;
	return (int)raw_syscall(SYS_ppoll, fds, count, timeout == NULL ? NULL : &left, mask,
				(size_t)KERNEL_SIGSET_BYTES);
}

int raw_fcntl(int fd, int command, long argument)
{
	return (int)raw_syscall(SYS_fcntl, fd, command, argument);
}

int raw_ioctl(int fd, unsigned long request, void *argument)
{
	return (int)raw_syscall(SYS_ioctl, fd, request, argument);
}

int raw_getsockopt(int fd, int level, int name, void *value, socklen_t *length)
{
	return (int)raw_syscall(SYS_getsockopt, fd, level, name, value, length);
}

int raw_setsockopt(int fd, int level, int name, const void *value, socklen_t length)
{
	return (int)raw_syscall(SYS_setsockopt, fd, level, name, value, length);
}

int raw_getsockname(int fd, struct sockaddr *address, socklen_t *length)
{
	return (int)raw_syscall(SYS_getsockname, fd, address, length);
}

int raw_getpeername(int fd, struct sockaddr *address, socklen_t *length)
{
	return (int)raw_syscall(SYS_getpeername, fd, address, length);
}

int raw_socket(int domain, int type, int protocol)
{
	return (int)raw_syscall(SYS_socket, domain, type, protocol);
}

int raw_bind(int fd, const struct sockaddr *address, socklen_t length)
{
	return (int)raw_syscall(SYS_bind, fd, address, length);
}

int raw_listen(int fd, int backlog)
{
	return (int)raw_syscall(SYS_listen, fd, backlog);
}

int raw_connect(int fd, const struct sockaddr *address, socklen_t length)
{
	return (int)raw_syscall(SYS_connect, fd, address, length);
}

int raw_accept4(int fd, struct sockaddr *address, socklen_t *length, int flags)
{
	return (int)raw_syscall(SYS_accept4, fd, address, length, flags);
}

pid_t raw_gettid(void)
{
	return (pid_t)raw_syscall(SYS_gettid);
}

int move_high(int fd)
{
	struct rlimit limit;
	if (fd < 0)
		return -1;
	int error = errno;
	/* Not higher than need be: the kernel's table of descriptors grows with it. */
	long floor = 4096;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur / 2 < 4096)
		floor = (long)(limit.rlim_cur / 2);
	int high = raw_fcntl(fd, F_DUPFD_CLOEXEC, floor);
	if (high < 0)
		high = fd; /* better in the way than not at all */
	else
		raw_close(fd);
	errno = error;
	return high;
}
