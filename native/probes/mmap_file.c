/*
 * mmap-file: a byte ring for each direction in a file that both peers map.
 *
 * Like shm-ring, two copies by the peers, but the memory is the page cache of a
 * file in the trial's directory: what differs is the file system's part in
 * faults and write-back.
 */
#include <fcntl.h>
#include <limits.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ring_pair.h"

static int map(struct peer *peer, int fd)
{
	void *memory = mmap(NULL, RING_PAIR_BYTES, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_POPULATE, fd, 0);
	int error = errno;
	close(fd);
	if (memory == MAP_FAILED)
		return peer_fail(peer, error, "mmap of the file");
	ring_pair_use(peer, memory);
	return 0;
}

static int mmap_file_server_open(struct peer *peer)
{
	char path[PATH_MAX];
	int fd;
	if (peer_path(peer, "ring", path, sizeof path) < 0)
		return -1;
	PEER_TRY(peer, fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
	/* Allocated, not sparse: a full disk shows here, not as a SIGBUS. */
	int error = posix_fallocate(fd, 0, RING_PAIR_BYTES);
	if (error != 0) {
		close(fd);
		return peer_fail(peer, error, "posix_fallocate of %zu bytes", RING_PAIR_BYTES);
	}
	return map(peer, fd);
}

static int mmap_file_client_open(struct peer *peer)
{
	char path[PATH_MAX];
	int fd;
	if (peer_path(peer, "ring", path, sizeof path) < 0)
		return -1;
	PEER_TRY(peer, fd = open(path, O_RDWR | O_CLOEXEC));
	return map(peer, fd);
}

const struct probe_ops probe_mmap_file = {
	.name = "mmap-file",
	.patterns = PATTERNS_MESSAGE,
	.waits = WAITS_ALL,
	.state_bytes = sizeof(struct ring_pair),
	.server_open = mmap_file_server_open,
	.client_open = mmap_file_client_open,
	.send = ring_pair_send,
	.recv = ring_pair_recv,
	.close = ring_pair_close,
};
