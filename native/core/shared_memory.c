#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shared_memory.h"

static int map(struct peer *peer, int fd, size_t bytes, void **memory)
{
	*memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	if (*memory != MAP_FAILED)
		return 0;
	*memory = NULL;
	return peer_fail(peer, errno, "mmap of %zu shared bytes", bytes);
}

int shared_memory_create(struct peer *peer, size_t bytes, void **memory)
{
	int fd;
	PEER_TRY(peer, fd = memfd_create("ipcbench", MFD_CLOEXEC | MFD_ALLOW_SEALING));
	peer->rendezvous.fds[peer->rendezvous.fd_count++] = fd;
	PEER_TRY(peer, ftruncate(fd, (off_t)bytes));
	PEER_TRY(peer, fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL));
	return map(peer, fd, bytes, memory);
}

int shared_memory_attach(struct peer *peer, size_t bytes, void **memory)
{
	int fd = peer->rendezvous.fds[0];
	int result = map(peer, fd, bytes, memory);
	close(fd);
	return result;
}
