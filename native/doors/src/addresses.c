/* What of the program's memory can be read and written. */
#include <errno.h>
#include <linux/futex.h>
#include <sys/uio.h>

#include "impl.h"

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
	static THREAD_LOCAL uintptr_t known[2][4];
	static THREAD_LOCAL unsigned next[2];
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
