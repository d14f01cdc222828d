/* Readiness as the kernel has it. */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "real.h"
#include "sleeping.h"
#include "waiting.h"

/* What the kernel has for a set of signals: libc's is longer. */
#define KERNEL_SIGSET_BYTES 8

/*
 * As libc does it: a thread that is cancelled in its sleep ends there. Whoever holds
 * something while it sleeps pushes a handler that drops it. A look that doesn't sleep is no
 * place to end: turns may be held.
 */
static long sleep_cancellably(long number, long a, long b, long c, long d, long e, long f)
{
	int before;
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &before);
	long result = raw_syscall(number, a, b, c, d, e, f);
	int error = errno;
	pthread_setcanceltype(before, NULL);
	errno = error;
	return result;
}

static bool is_look(const struct timespec *timeout)
{
	return timeout != NULL && timeout->tv_sec == 0 && timeout->tv_nsec == 0;
}

int deadline_after(const struct timespec *timeout, uint64_t *deadline_ns)
{
	*deadline_ns = NEVER_NS;
	if (timeout == NULL)
		return 0;
	if (timeout->tv_sec < 0 || timeout->tv_nsec < 0 ||
	    timeout->tv_nsec >= (long)NS_PER_SECOND) {
		errno = EINVAL;
		return -1;
	}
	/* As good as never, and no overflow. */
	if ((uint64_t)timeout->tv_sec >= NEVER_NS / NS_PER_SECOND / 4)
		return 0;
	*deadline_ns = clock_ns() + (uint64_t)timeout->tv_sec * NS_PER_SECOND +
		       (uint64_t)timeout->tv_nsec;
	return 0;
}

const struct timespec *time_left(uint64_t deadline_ns, struct timespec *left)
{
	if (deadline_ns == NEVER_NS)
		return NULL;
	uint64_t now = clock_ns();
	uint64_t ns = deadline_ns > now ? deadline_ns - now : 0;
	left->tv_sec = (time_t)(ns / NS_PER_SECOND);
	left->tv_nsec = (long)(ns % NS_PER_SECOND);
	return left;
}

int kernel_poll(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
		const sigset_t *mask)
{
	/* The kernel writes what is left of the time; libc's function doesn't. */
	struct timespec left;
	if (timeout != NULL)
		left = *timeout;
	if (is_look(timeout))
		return (int)raw_syscall(SYS_ppoll, fds, count, &left, mask,
					(size_t)KERNEL_SIGSET_BYTES);
	return (int)sleep_cancellably(SYS_ppoll, (long)fds, (long)count,
				      (long)(timeout == NULL ? NULL : &left), (long)mask,
				      KERNEL_SIGSET_BYTES, 0);
}

int kernel_select(int count, fd_set *in, fd_set *out, fd_set *exceptional, struct timespec *timeout,
		  const sigset_t *mask)
{
	struct {
		const sigset_t *mask;
		size_t bytes;
	} signals = {mask, KERNEL_SIGSET_BYTES};
	return (int)sleep_cancellably(SYS_pselect6, count, (long)in, (long)out, (long)exceptional,
				      (long)timeout, (long)&signals);
}

/* Before Linux 5.11: in milliseconds, never too early. */
static int epoll_wait_in_ms(int epfd, struct epoll_event *events, int max,
			    const struct timespec *timeout, const sigset_t *mask)
{
	long ms = -1;
	if (timeout != NULL && timeout->tv_sec >= INT_MAX / 1000)
		ms = INT_MAX;
	else if (timeout != NULL)
		ms = (long)timeout->tv_sec * 1000 +
		     (timeout->tv_nsec + (long)NS_PER_MS - 1) / (long)NS_PER_MS;
	if (is_look(timeout))
		return (int)raw_syscall(SYS_epoll_pwait, epfd, events, max, 0, mask,
					(size_t)KERNEL_SIGSET_BYTES);
	return (int)sleep_cancellably(SYS_epoll_pwait, epfd, (long)events, max, ms, (long)mask,
				      KERNEL_SIGSET_BYTES);
}

int kernel_epoll_wait(int epfd, struct epoll_event *events, int max, const struct timespec *timeout,
		      const sigset_t *mask)
{
#ifdef SYS_epoll_pwait2
	if (timeout != NULL && (timeout->tv_sec != 0 || timeout->tv_nsec != 0)) {
		long result = sleep_cancellably(SYS_epoll_pwait2, epfd, (long)events, max,
						(long)timeout, (long)mask, KERNEL_SIGSET_BYTES);
		if (result >= 0 || errno != ENOSYS)
			return (int)result;
	}
#endif
	return epoll_wait_in_ms(epfd, events, max, timeout, mask);
}

int kernel_epoll_ctl(int epfd, int operation, int fd, struct epoll_event *event)
{
	return (int)raw_syscall(SYS_epoll_ctl, epfd, operation, fd, event);
}
