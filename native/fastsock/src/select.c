/* select() and its forms: the sets become a list, and the list the sets. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "instance.h"
#include "interpose.h"
#include "polling.h"
#include "table.h"
#include "waiting.h"

int __select(int count, fd_set *in, fd_set *out, fd_set *exceptional, struct timeval *timeout);

enum { WORD_BITS = 8 * sizeof(unsigned long) };
/* Sets up to here need no memory but the stack: more descriptors are in few sets. */
enum { SMALL = 128, NUMBERS_MOST = 1 << 20 };

/* What the kernel takes for readable and writable. */
#define SELECT_IN  (POLLIN | POLLRDNORM | POLLRDBAND)
#define SELECT_OUT (POLLOUT | POLLWRNORM | POLLWRBAND)

/* Sets are as long as the program made them, which can be more than an fd_set. */
static bool is_in(const fd_set *set, int fd)
{
	const unsigned long *words = (const unsigned long *)(const void *)set;
	return set != NULL && (words[fd / WORD_BITS] >> (fd % WORD_BITS) & 1) != 0;
}

static void put(fd_set *set, int fd)
{
	unsigned long *words = (unsigned long *)(void *)set;
	words[fd / WORD_BITS] |= 1ul << (fd % WORD_BITS);
}

static void clear(fd_set *set, int count)
{
	if (set != NULL)
		memset(set, 0, (size_t)(count + WORD_BITS - 1) / WORD_BITS * sizeof(long));
}

static bool concerns_us(int count, const fd_set *in, const fd_set *out, const fd_set *exceptional)
{
	for (int fd = 0; fd < count; fd++) {
		if ((is_in(in, fd) || is_in(out, fd) || is_in(exceptional, fd)) &&
		    (table_has(fd) || instance_has(fd)))
			return true;
	}
	return false;
}

static nfds_t count_all(int count, const fd_set *in, const fd_set *out, const fd_set *exceptional)
{
	nfds_t n = 0;
	for (int fd = 0; fd < count; fd++)
		n += is_in(in, fd) || is_in(out, fd) || is_in(exceptional, fd);
	return n;
}

static nfds_t list(struct pollfd *fds, int count, const fd_set *in, const fd_set *out,
		   const fd_set *exceptional)
{
	nfds_t n = 0;
	for (int fd = 0; fd < count; fd++) {
		short events = 0;
		if (is_in(in, fd))
			events |= POLLIN;
		if (is_in(out, fd))
			events |= POLLOUT;
		if (is_in(exceptional, fd))
			events |= POLLPRI;
		if (events != 0)
			fds[n++] = (struct pollfd){.fd = fd, .events = events};
	}
	return n;
}

/* What select makes of poll's answer: an end is readable, an error is writable, too. */
static short as_select(short events, short revents)
{
	short now = 0;
	if ((events & POLLIN) && (revents & (SELECT_IN | POLLHUP | POLLERR)))
		now |= POLLIN;
	if ((events & POLLOUT) && (revents & (SELECT_OUT | POLLERR)))
		now |= POLLOUT;
	return (short)(now | (revents & events & POLLPRI));
}

/*
 * Poll also wakes for ends that select doesn't tell of. A set of which nothing else
 * is heard is asked again without those descriptors.
 */
static int select_by_poll(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
			  const sigset_t *mask)
{
	uint64_t deadline_ns;
	if (deadline_after(timeout, &deadline_ns) < 0)
		return -1;
	for (;;) {
		struct timespec left;
		int n = kernel_poll(fds, count, time_left(deadline_ns, &left), mask);
		if (n <= 0)
			return n;
		int told = 0;
		for (nfds_t i = 0; i < count; i++) {
			if (fds[i].revents & POLLNVAL) {
				errno = EBADF;
				return -1;
			}
			if (fds[i].revents == 0)
				continue;
			/* The whole answer is the connection's to judge. */
			bool says = as_select(fds[i].events, fds[i].revents) != 0;
			told += says;
			if (!says)
				fds[i].fd = -1 - fds[i].fd;
		}
		if (told > 0)
			return told;
	}
}

static int spread(const struct pollfd *fds, nfds_t n, int count, fd_set *in, fd_set *out,
		  fd_set *exceptional)
{
	int bits = 0;
	clear(in, count);
	clear(out, count);
	clear(exceptional, count);
	for (nfds_t i = 0; i < n; i++) {
		short now = as_select(fds[i].events, fds[i].revents);
		if (now & POLLIN)
			put(in, fds[i].fd);
		if (now & POLLOUT)
			put(out, fds[i].fd);
		if (now & POLLPRI)
			put(exceptional, fds[i].fd);
		bits += !!(now & POLLIN) + !!(now & POLLOUT) + !!(now & POLLPRI);
	}
	return bits;
}

/* A list that was too long for the stack. */
struct long_list {
	struct pollfd *fds;
	size_t bytes;
};

static void drop(void *argument)
{
	struct long_list *list = argument;
	munmap(list->fds, list->bytes);
}

/* Of a thread that is cancelled meanwhile, too, nothing is left. */
static int wait_with(struct long_list *list, nfds_t n, uint64_t deadline_ns, const sigset_t *mask)
{
	volatile int result;
	pthread_cleanup_push(drop, list);
	result = polling_wait(list->fds, n, deadline_ns, mask, select_by_poll);
	pthread_cleanup_pop(0);
	return result;
}

static int select_until(int count, fd_set *in, fd_set *out, fd_set *exceptional,
			uint64_t deadline_ns, const sigset_t *mask)
{
	struct pollfd small[SMALL], *fds = small;
	nfds_t n = count_all(count, in, out, exceptional);
	struct long_list held = {.bytes = n * sizeof(*fds)};
	if (n > SMALL) {
		/* Not malloc: select() may be called by a signal handler. */
		fds = mmap(NULL, held.bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);
		if (fds == MAP_FAILED) {
			errno = ENOMEM;
			return -1;
		}
		held.fds = fds;
	}
	list(fds, count, in, out, exceptional);
	int result = held.fds != NULL ? wait_with(&held, n, deadline_ns, mask)
				      : polling_wait(fds, n, deadline_ns, mask, select_by_poll);
	int error = errno;
	if (result >= 0)
		result = spread(fds, n, count, in, out, exceptional);
	if (held.fds != NULL)
		drop(&held);
	errno = error;
	return result;
}

/* *timeout becomes what is left, as the kernel has it. */
static int select_for(int count, fd_set *in, fd_set *out, fd_set *exceptional,
		      struct timespec *timeout, const sigset_t *mask)
{
	uint64_t deadline_ns;
	if (count < 0 || count > NUMBERS_MOST || !concerns_us(count, in, out, exceptional))
		return kernel_select(count, in, out, exceptional, timeout, mask);
	if (deadline_after(timeout, &deadline_ns) < 0)
		return -1;
	int result = select_until(count, in, out, exceptional, deadline_ns, mask);
	int error = errno;
	if (timeout != NULL && deadline_ns != NEVER_NS)
		time_left(deadline_ns, timeout);
	errno = error;
	return result;
}

EXPORTED int select(int count, fd_set *in, fd_set *out, fd_set *exceptional,
		    struct timeval *timeout)
{
	struct timespec left;
	if (timeout == NULL)
		return select_for(count, in, out, exceptional, NULL, NULL);
	if (timeout->tv_sec < 0 || timeout->tv_usec < 0) {
		errno = EINVAL;
		return -1;
	}
	/* Microseconds beyond a second are taken for what they are. */
	left.tv_sec = timeout->tv_sec + timeout->tv_usec / 1000000;
	left.tv_nsec = timeout->tv_usec % 1000000 * 1000;
	int result = select_for(count, in, out, exceptional, &left, NULL);
	timeout->tv_sec = left.tv_sec;
	timeout->tv_usec = left.tv_nsec / 1000;
	return result;
}

EXPORTED int __select(int count, fd_set *in, fd_set *out, fd_set *exceptional,
		      struct timeval *timeout)
{
	return select(count, in, out, exceptional, timeout);
}

/* Its timeout stays as it is. */
EXPORTED int pselect(int count, fd_set *in, fd_set *out, fd_set *exceptional,
		     const struct timespec *timeout, const sigset_t *mask)
{
	struct timespec left;
	if (timeout != NULL)
		left = *timeout;
	return select_for(count, in, out, exceptional, timeout == NULL ? NULL : &left, mask);
}
