/* poll() and its forms. */
#include <stdlib.h>

#include "interpose.h"
#include "polling.h"

int __poll(struct pollfd *fds, nfds_t count, int ms);
int __poll_chk(struct pollfd *fds, nfds_t count, int ms, size_t bytes);
int __ppoll_chk(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
		const sigset_t *mask, size_t bytes);

EXPORTED int poll(struct pollfd *fds, nfds_t count, int ms)
{
	struct timespec timeout = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * (long)NS_PER_MS};
	return polling_poll(fds, count, ms < 0 ? NULL : &timeout, NULL);
}

EXPORTED int __poll(struct pollfd *fds, nfds_t count, int ms)
{
	return poll(fds, count, ms);
}

EXPORTED int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
		   const sigset_t *mask)
{
	return polling_poll(fds, count, timeout, mask);
}

/* Of fortified programs: the array's size is known to be so many bytes. */
EXPORTED int __poll_chk(struct pollfd *fds, nfds_t count, int ms, size_t bytes)
{
	if (bytes / sizeof(*fds) < count)
		abort();
	return poll(fds, count, ms);
}

EXPORTED int __ppoll_chk(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
			 const sigset_t *mask, size_t bytes)
{
	if (bytes / sizeof(*fds) < count)
		abort();
	return ppoll(fds, count, timeout, mask);
}
