/* Readiness as the kernel has it: plain system calls, each a cancellation point. */
#ifndef FASTSOCK_SLEEPING_H
#define FASTSOCK_SLEEPING_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <time.h>

/* Points in time are of clock_ns(). */
#define NEVER_NS      UINT64_MAX
#define NS_PER_SECOND UINT64_C(1000000000)
#define NS_PER_MS     UINT64_C(1000000)

/* When a timeout that begins now ends; NULL = never. -1 with EINVAL. */
int deadline_after(const struct timespec *timeout, uint64_t *deadline_ns);
/* What is left of it: NULL = for ever. */
const struct timespec *time_left(uint64_t deadline_ns, struct timespec *left);

int kernel_poll(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
		const sigset_t *mask);
/* The kernel writes what is left into *timeout. */
int kernel_select(int count, fd_set *in, fd_set *out, fd_set *exceptional, struct timespec *timeout,
		  const sigset_t *mask);
int kernel_epoll_wait(int epfd, struct epoll_event *events, int max, const struct timespec *timeout,
		      const sigset_t *mask);
int kernel_epoll_ctl(int epfd, int operation, int fd, struct epoll_event *event);

#endif
