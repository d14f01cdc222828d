#include <string.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/shm.h>

#include "sysv.h"

static int attach(struct peer *peer, struct sysv_area *area, int segment)
{
	void *memory = shmat(segment, NULL, 0);
	if (memory == (void *)-1)
		return peer_fail(peer, errno, "shmat of segment %d", segment);
	area->memory = memory;
	return 0;
}

int sysv_create(struct peer *peer, struct sysv_area *area, int count, size_t bytes)
{
	key_t key = (key_t)peer->cell->key;
	int segment;
	PEER_TRY(peer, area->semaphores = semget(key, count, IPC_CREAT | IPC_EXCL | 0600));
	area->owner = true;
	segment = shmget(key, bytes, IPC_CREAT | IPC_EXCL | 0600);
	if (segment < 0 && errno == EINVAL)
		return peer_unavailable(peer, "raise the limit as root: sysctl kernel.shmmax=BYTES",
					"a segment of %zu bytes is more than kernel.shmmax", bytes);
	PEER_TRY(peer, segment);
	int ids[2] = {area->semaphores, segment};
	memcpy(peer->rendezvous.blob, ids, sizeof ids);
	peer->rendezvous.blob_bytes = sizeof ids;
	if (attach(peer, area, segment) < 0)
		return -1;
	memset(area->memory, 0, bytes); /* present before the window */
	return 0;
}

int sysv_attach(struct peer *peer, struct sysv_area *area)
{
	int ids[2];
	memcpy(ids, peer->rendezvous.blob, sizeof ids);
	area->semaphores = ids[0];
	if (attach(peer, area, ids[1]) < 0)
		return -1;
	PEER_TRY(peer, shmctl(ids[1], IPC_RMID, NULL));
	return 0;
}

void sysv_close(struct sysv_area *area)
{
	if (area->memory != NULL)
		shmdt(area->memory);
	if (area->owner)
		semctl(area->semaphores, 0, IPC_RMID);
}

int sysv_post(struct peer *peer, const struct sysv_area *area, unsigned short semaphore)
{
	struct sembuf post = {.sem_num = semaphore, .sem_op = 1};
	PEER_TRY(peer, semop(area->semaphores, &post, 1));
	return 0;
}

int sysv_wait(struct peer *peer, const struct sysv_area *area, unsigned short semaphore)
{
	struct sembuf wait = {.sem_num = semaphore, .sem_op = -1};
	struct spin spin = {0};
	if (peer->cell->wait != WAIT_BLOCK)
		wait.sem_flg = IPC_NOWAIT;
	while (semop(area->semaphores, &wait, 1) < 0) {
		if (errno == EAGAIN) {
			if (!spin_again(peer, &spin, false))
				wait.sem_flg = 0;
		} else if (errno != EINTR) {
			return peer_fail(peer, errno, "semop(-1)");
		}
	}
	return 0;
}
