/* Descriptors of the library's own, and memory that two processes share. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "impl.h"

void (*descriptor_closing)(int fd);
static int (*descriptor_made)(int fd);

void libdoor_tell_descriptors(int (*made)(int fd), void (*closing)(int fd))
{
	descriptor_made = made;
	descriptor_closing = closing;
}

static int is_ours(int fd)
{
	if (descriptor_made != NULL)
		descriptor_made(fd);
	return fd;
}

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
		return is_ours(fd); /* better in the way than not at all */
	shut(fd);
	return is_ours(high);
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
	shut(*fd);
	*fd = -1;
	errno = error;
	return NULL;
}

void *memory_attach(int fd, size_t bytes, bool writable)
{
	/* Were it to shrink under us, an access would be a SIGBUS. */
	int seals = fcntl(fd, F_GET_SEALS);
	off_t end = lseek(fd, 0, SEEK_END);
	if (seals < 0 || (seals & F_SEAL_SHRINK) == 0 || end < 0 || (uint64_t)end < bytes) {
		errno = EPROTO;
		return NULL;
	}
	void *memory = mmap(NULL, bytes, PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED, fd,
			    0);
	return memory == MAP_FAILED ? NULL : memory;
}

/* --- bulk areas --- */

static void bulk_replace(struct bulk *bulk, void *memory, size_t bytes, uint32_t version)
{
	bulk_free(bulk);
	*bulk = (struct bulk){.memory = memory, .bytes = bytes, .version = version};
}

static size_t bulk_size(size_t bytes)
{
	size_t size = 64u * 1024u;
	while (size < bytes)
		size *= 2;
	return size;
}

int bulk_reserve(struct bulk *bulk, size_t bytes, int socket)
{
	struct message message = {
		.magic = WIRE_MAGIC, .kind = MESSAGE_BULK, .version = bulk->version + 1};
	int fd;
	if (bytes <= bulk->bytes)
		return 0;
	if (bytes > SIZE_MAX / 4) {
		errno = ENOMEM;
		return -1;
	}
	message.bytes = bulk_size(bytes);
	void *memory = memory_create(message.bytes, false, &fd);
	if (memory == NULL)
		return -1;
	int sent = message_send(socket, MSG_DONTWAIT, &message, &fd, 1);
	shut(fd);
	if (sent < 0) {
		munmap(memory, message.bytes);
		return -1;
	}
	bulk_replace(bulk, memory, message.bytes, message.version);
	return 0;
}

int bulk_adopt(struct bulk *bulk, uint32_t version, int socket)
{
	struct message message;
	uint32_t count;
	bool truncated;
	void *memory = NULL;
	int fd;
	if (version == bulk->version)
		return 0;
	if (message_receive(socket, MSG_DONTWAIT, &message, &fd, 1, &count, &truncated) < 0)
		return -1;
	if (count == 1 && message.kind == MESSAGE_BULK && message.version == version)
		memory = memory_attach(fd, message.bytes, true);
	if (count == 1)
		shut(fd);
	if (memory == NULL) {
		errno = EPROTO;
		return -1;
	}
	bulk_replace(bulk, memory, message.bytes, version);
	return 0;
}

void bulk_free(struct bulk *bulk)
{
	if (bulk->memory != NULL)
		munmap(bulk->memory, bulk->bytes);
}
