#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "impl.h"

/* --- messages -------------------------------------------------------------- */

union ancillary {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int) * DESCRIPTORS_PER_MESSAGE) +
		   CMSG_SPACE(sizeof(struct ucred))];
};

int message_send(int socket, const struct message *message, const int *fds, uint32_t count)
{
	union ancillary ancillary;
	struct iovec data = {.iov_base = (void *)(uintptr_t)message, .iov_len = sizeof *message};
	struct msghdr header = {.msg_iov = &data, .msg_iovlen = 1};
	if (count > 0) {
		memset(&ancillary, 0, sizeof ancillary);
		header.msg_control = ancillary.bytes;
		header.msg_controllen = CMSG_SPACE(sizeof(int) * count);
		struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
		rights->cmsg_level = SOL_SOCKET;
		rights->cmsg_type = SCM_RIGHTS;
		rights->cmsg_len = CMSG_LEN(sizeof(int) * count);
		memcpy(CMSG_DATA(rights), fds, sizeof(int) * count);
	}
	ssize_t sent;
	do
		sent = sendmsg(socket, &header, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent >= 0)
		return 0;
	if (errno == EPIPE || errno == ENOTCONN)
		errno = ECONNRESET;
	return -1;
}

static void take_rights(struct msghdr *header, int *fds, uint32_t most, uint32_t *count)
{
	*count = 0;
	for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part != NULL;
	     part = CMSG_NXTHDR(header, part)) {
		if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
			continue;
		size_t n = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			int fd;
			memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
			if (*count < most)
				fds[(*count)++] = fd;
			else
				close(fd);
		}
	}
}

int message_receive(int socket, int flags, struct message *message, int *fds, uint32_t most,
		    uint32_t *count, bool *truncated)
{
	union ancillary ancillary;
	struct iovec data = {.iov_base = message, .iov_len = sizeof *message};
	struct msghdr header = {.msg_iov = &data,
				.msg_iovlen = 1,
				.msg_control = ancillary.bytes,
				.msg_controllen = sizeof ancillary.bytes};
	ssize_t got;
	do
		got = recvmsg(socket, &header, MSG_CMSG_CLOEXEC | flags);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -1;
	take_rights(&header, fds, most, count);
	*truncated = (header.msg_flags & MSG_CTRUNC) != 0;
	if (got == sizeof *message && message->magic == WIRE_MAGIC)
		return 0;
	for (uint32_t i = 0; i < *count; i++)
		close(fds[i]);
	*count = 0;
	errno = got == 0 ? ECONNRESET : EPROTO;
	return -1;
}

/* --- descriptors and memory -------------------------------------------------- */

int move_high(int fd)
{
	struct rlimit limit;
	if (fd < 0)
		return -1;
	int floor = 256;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
	    limit.rlim_cur / 2 < (rlim_t)INT_MAX)
		floor = (int)(limit.rlim_cur / 2);
	int high = fcntl(fd, F_DUPFD_CLOEXEC, floor);
	if (high < 0)
		return fd; /* better in the way than not at all */
	close(fd);
	return high;
}

void *memory_create(size_t bytes, bool private_to_us, int *fd)
{
	*fd = memfd_create("libdoor", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (*fd < 0)
		return NULL;
	*fd = move_high(*fd);
	if (ftruncate(*fd, (off_t)bytes) == 0) {
		void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
		int seals = F_SEAL_SHRINK | F_SEAL_GROW | (private_to_us ? F_SEAL_FUTURE_WRITE : 0);
		if (memory != MAP_FAILED && fcntl(*fd, F_ADD_SEALS, seals | F_SEAL_SEAL) == 0)
			return memory;
		if (memory != MAP_FAILED)
			munmap(memory, bytes);
	}
	int error = errno;
	close(*fd);
	*fd = -1;
	errno = error;
	return NULL;
}

void *memory_attach(int fd, size_t bytes, bool writable)
{
	struct stat status;
	/* Were it to shrink under us, an access would be a SIGBUS. */
	int seals = fcntl(fd, F_GET_SEALS);
	if (seals < 0 || (seals & F_SEAL_SHRINK) == 0 || fstat(fd, &status) < 0 ||
	    (uint64_t)status.st_size < bytes) {
		errno = EPROTO;
		return NULL;
	}
	void *memory = mmap(NULL, bytes, PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED, fd,
			    0);
	return memory == MAP_FAILED ? NULL : memory;
}

/* --- time and processors ------------------------------------------------------ */

uint64_t clock_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int only_cpu(void)
{
	cpu_set_t set;
	if (sched_getaffinity(0, sizeof set, &set) < 0 || CPU_COUNT(&set) != 1)
		return -1;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET((size_t)cpu, &set))
			return cpu;
	return -1;
}

uint64_t spin_limit_ns(void)
{
	static _Atomic uint64_t limit; /* 0 = not yet known, else the limit + 1 */
	uint64_t known = atomic_load_explicit(&limit, memory_order_relaxed);
	if (known != 0)
		return known - 1;
	const char *text = getenv("LIBDOOR_SPIN_NS");
	char *rest = NULL;
	unsigned long long asked = text != NULL ? strtoull(text, &rest, 10) : SPIN_NS;
	if (text != NULL && (rest == text || *rest != '\0' || asked > SPIN_NS_MAX))
		asked = SPIN_NS;
	/* relaxed: every thread computes the same. */
	atomic_store_explicit(&limit, asked + 1, memory_order_relaxed);
	return asked;
}

bool spinner_starts(struct spinner *spinner)
{
	if (spin_limit_ns() == 0)
		return false;
	if (spinner->skip == 0)
		return true;
	spinner->skip--;
	return false;
}

/* --- addresses ----------------------------------------------------------------- */

#define PAGE_MASK (~(uintptr_t)4095)

static bool probe_read(uintptr_t address)
{
	char byte;
	struct iovec here = {.iov_base = &byte, .iov_len = 1};
	struct iovec there = {.iov_base = (void *)address, .iov_len = 1};
	/* Where the call itself is forbidden, nothing can be said. */
	return process_vm_readv(getpid(), &here, 1, &there, 1, 0) == 1 || errno != EFAULT;
}

/* An atomic "or 0" by the kernel: it faults on a page that can't be written, and
 * changes nothing, whatever other threads do with the word. */
static bool probe_write(uintptr_t address)
{
	uint32_t nobody = 0;
	return syscall(SYS_futex, &nobody, FUTEX_WAKE_OP | FUTEX_PRIVATE_FLAG, 0, 0L,
		       address & ~(uintptr_t)3,
		       FUTEX_OP(FUTEX_OP_OR, 0, FUTEX_OP_CMP_EQ, 0)) >= 0 ||
	       errno != EFAULT;
}

static bool page_good(uintptr_t page, bool write)
{
	static _Thread_local uintptr_t known[2][4];
	static _Thread_local unsigned next[2];
	for (int i = 0; i < 4; i++)
		if (known[write][i] == page && page != 0)
			return true;
	if (!(write ? probe_write(page) : probe_read(page)))
		return false;
	known[write][next[write]++ % 4] = page;
	return true;
}

static bool range_good(uintptr_t address, size_t bytes, bool write)
{
	if (bytes == 0)
		return true;
	if (address == 0 || address + bytes < address)
		return false;
	uintptr_t last = (address + bytes - 1) & PAGE_MASK;
	if (!page_good(address & PAGE_MASK, write))
		return false;
	return last == (address & PAGE_MASK) || page_good(last, write);
}

bool readable(const void *address, size_t bytes)
{
	return range_good((uintptr_t)address, bytes, false);
}

bool writable(void *address, size_t bytes)
{
	return range_good((uintptr_t)address, bytes, true);
}

/* --- futex ----------------------------------------------------------------------- */

long futex_wait(_Atomic uint32_t *word, uint32_t value, bool interruptible)
{
	/* With a time-out a signal interrupts the wait even under SA_RESTART; arming
	 * its timer is not free, so only who needs it has it. */
	static const struct timespec long_time = {.tv_sec = 3600};
	return syscall(SYS_futex, word, FUTEX_WAIT, value, interruptible ? &long_time : NULL, NULL,
		       0);
}

void futex_wake(_Atomic uint32_t *word, int count)
{
	syscall(SYS_futex, word, FUTEX_WAKE, count, NULL, NULL, 0);
}

void bell_ring(struct bell *bell)
{
	atomic_fetch_add(&bell->rung, 1);
	/* seq_cst, as in park(): either we see the thread on top, or it sees our
	 * request when it looks around before it sleeps. */
	uint32_t top = atomic_load(&bell->top);
	if (top == BELL_NOBODY)
		return;
	_Atomic uint32_t *word = &bell->words[top % BELL_WORDS];
	atomic_fetch_add(word, 1);
	futex_wake(word, 1);
}
