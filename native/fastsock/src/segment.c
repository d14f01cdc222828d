/* Segments: made sealed, taken from others only when sealed. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "real.h"
#include "segment.h"

#define RING_BYTES_LEAST (16u * 1024u)
#define RING_BYTES_MOST  (16u * 1024u * 1024u)

/* Newer than the headers of Debian 12, and than the kernels before 6.3. */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

#define TMPFS_TYPE 0x01021994

/* Without them the other process could make an access fault. */
enum { SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL };

static size_t header_bytes(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	return (sizeof(struct segment) + page - 1) / page * page;
}

static bool ring_bytes_valid(uint64_t bytes)
{
	return bytes >= RING_BYTES_LEAST && bytes <= RING_BYTES_MOST && (bytes & (bytes - 1)) == 0;
}

static int map(struct mapping *mapping, uint32_t ring_bytes, int fd)
{
	size_t header = header_bytes(), bytes = header + 2 * (size_t)ring_bytes;
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return -1;
	unsigned char *first = (unsigned char *)memory + header;
	*mapping = (struct mapping){.segment = memory,
				    .bytes = bytes,
				    .ring_bytes = ring_bytes,
				    .rings = {first, first + ring_bytes}};
	return 0;
}

static int make_file(uint32_t ring_bytes)
{
	unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create("fastsock", flags | MFD_NOEXEC_SEAL);
	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("fastsock", flags);
	if (fd < 0)
		return -1;
	fd = move_high(fd);
	if (ftruncate(fd, (off_t)(header_bytes() + 2 * (size_t)ring_bytes)) == 0 &&
	    raw_fcntl(fd, F_ADD_SEALS, SEALS) == 0)
		return fd;
	int error = errno;
	raw_close(fd);
	errno = error;
	return -1;
}

int segment_create(struct mapping *mapping, uint32_t ring_bytes, uint32_t transport, int *fd)
{
	if (!ring_bytes_valid(ring_bytes)) {
		errno = EINVAL;
		return -1;
	}
	*fd = make_file(ring_bytes);
	if (*fd < 0)
		return -1;
	if (map(mapping, ring_bytes, *fd) < 0) {
		int error = errno;
		raw_close(*fd);
		*fd = -1;
		errno = error;
		return -1;
	}
	struct segment *segment = mapping->segment;
	segment->magic = SEGMENT_MAGIC;
	segment->ring_bytes = ring_bytes;
	segment->transport = transport;
	/* Whoever sleeps when a ring comes into use sleeps in the kernel. Relaxed: the
	 * other side learns of the segment by a message. */
	for (int i = 0; i < 2; i++)
		atomic_store_explicit(&segment->lanes[i].data_awaited, SLEEPS_KERNEL,
				      memory_order_relaxed);
	return 0;
}

/* The size of a ring in a file that is safe to touch, or 0. */
static uint32_t ring_bytes_of(int fd)
{
	struct statfs system;
	int seals = raw_fcntl(fd, F_GET_SEALS, 0);
	if (seals < 0 || (seals & SEALS) != SEALS)
		return 0;
	/* Huge pages can be sealed, too, but an access faults when there are none left. */
	if (fstatfs(fd, &system) < 0 || system.f_type != TMPFS_TYPE)
		return 0;
	off_t end = lseek(fd, 0, SEEK_END);
	if (end < 0 || (uint64_t)end <= header_bytes())
		return 0;
	uint64_t rings = (uint64_t)end - header_bytes();
	return rings % 2 == 0 && ring_bytes_valid(rings / 2) ? (uint32_t)(rings / 2) : 0;
}

int segment_attach(struct mapping *mapping, int fd, uint32_t transport)
{
	uint32_t ring_bytes = ring_bytes_of(fd);
	if (ring_bytes == 0) {
		errno = EPROTO;
		return -1;
	}
	if (map(mapping, ring_bytes, fd) < 0)
		return -1;
	const struct segment *segment = mapping->segment;
	if (segment->magic != SEGMENT_MAGIC || segment->ring_bytes != ring_bytes ||
	    segment->transport != transport) {
		segment_release(mapping);
		errno = EPROTO;
		return -1;
	}
	return 0;
}

void segment_release(struct mapping *mapping)
{
	if (mapping->segment != NULL)
		munmap(mapping->segment, mapping->bytes);
	memset(mapping, 0, sizeof *mapping);
}
