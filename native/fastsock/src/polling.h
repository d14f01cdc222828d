/* A set of descriptors, each with what is asked of it: what poll and select share. */
#ifndef FASTSOCK_POLLING_H
#define FASTSOCK_POLLING_H

#include "sleeping.h"

/* How the kernel is asked: as kernel_poll(). */
typedef int (*polling_sleep)(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
			     const sigset_t *mask);

/* Whether any is a connection or an epoll instance. */
bool polling_concerns_us(const struct pollfd *fds, nfds_t count);

/* ppoll(). */
int polling_poll(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
		 const sigset_t *mask);

/* As poll(), until a point in time. */
int polling_wait(struct pollfd *fds, nfds_t count, uint64_t deadline_ns, const sigset_t *mask,
		 polling_sleep how);

#endif
