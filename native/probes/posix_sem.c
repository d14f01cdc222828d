/*
 * posix-sem: a pair of process-shared POSIX semaphores hands control over; they
 * and the payload lie in POSIX shared memory.
 *
 * Two copies per message, both by the peers. glibc's semaphores are futexes: a
 * post without a waiter and a wait that finds a count make no system call.
 */
#include <fcntl.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <unistd.h>

#include "posix_name.h"
#include "slots.h"
#include "wait.h"

/* A cache line for each semaphore. */
union padded_sem {
	sem_t sem;
	char line[CACHE_LINE_BYTES];
};

struct posix_sem_state {
	union padded_sem *semaphores; /* [0] requests, [1] replies; the slots follow */
	struct slots slots;
};

static size_t mapped_bytes(const struct peer *peer)
{
	return 2 * sizeof(union padded_sem) + slots_bytes(peer);
}

static int map(struct peer *peer, int fd)
{
	struct posix_sem_state *state = peer->state;
	void *memory = mmap(NULL, mapped_bytes(peer), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_POPULATE, fd, 0);
	int error = errno;
	close(fd);
	if (memory == MAP_FAILED)
		return peer_fail(peer, error, "mmap of POSIX shared memory");
	state->semaphores = memory;
	slots_use(peer, &state->slots, state->semaphores + 2);
	return 0;
}

static int posix_sem_server_open(struct peer *peer)
{
	struct posix_sem_state *state = peer->state;
	char name[POSIX_NAME_BYTES];
	int fd;
	posix_name(peer, "", name);
	PEER_TRY(peer, fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600));
	if (ftruncate(fd, (off_t)mapped_bytes(peer)) < 0) {
		close(fd);
		return peer_fail(peer, errno, "ftruncate of POSIX shared memory");
	}
	if (map(peer, fd) < 0)
		return -1;
	for (int i = 0; i < 2; i++)
		PEER_TRY(peer, sem_init(&state->semaphores[i].sem, 1, 0));
	return 0;
}

static int posix_sem_client_open(struct peer *peer)
{
	char name[POSIX_NAME_BYTES];
	int fd;
	posix_name(peer, "", name);
	PEER_TRY(peer, fd = shm_open(name, O_RDWR, 0));
	PEER_TRY(peer, shm_unlink(name)); /* both have it now */
	return map(peer, fd);
}

static int posix_sem_send(struct peer *peer, const void *data, size_t n)
{
	struct posix_sem_state *state = peer->state;
	slots_put(&state->slots, data, n);
	PEER_TRY(peer, sem_post(&state->semaphores[peer->role == ROLE_SERVER].sem));
	return 0;
}

static int posix_sem_recv(struct peer *peer, void *data, size_t n)
{
	struct posix_sem_state *state = peer->state;
	sem_t *sem = &state->semaphores[peer->role == ROLE_CLIENT].sem;
	struct spin spin = {0};
	bool may_sleep = peer->cell->wait == WAIT_BLOCK;
	while ((may_sleep ? sem_wait(sem) : sem_trywait(sem)) < 0) {
		if (errno == EAGAIN)
			may_sleep = !spin_again(peer, &spin, true);
		else if (errno != EINTR)
			return peer_fail(peer, errno, "sem_wait");
	}
	slots_take(&state->slots, data, n);
	return 0;
}

static void posix_sem_close(struct peer *peer)
{
	struct posix_sem_state *state = peer->state;
	if (state->semaphores != NULL)
		munmap(state->semaphores, mapped_bytes(peer));
}

const struct probe_ops probe_posix_sem = {
	.name = "posix-sem",
	.patterns = PATTERNS_MESSAGE,
	.waits = WAITS_ALL,
	.state_bytes = sizeof(struct posix_sem_state),
	.server_open = posix_sem_server_open,
	.client_open = posix_sem_client_open,
	.send = posix_sem_send,
	.recv = posix_sem_recv,
	.stream_window = slots_stream_window,
	.close = posix_sem_close,
};
