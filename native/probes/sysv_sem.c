/*
 * sysv-sem: a pair of System V semaphores hands control over; the payload lies
 * in a System V shared memory segment.
 *
 * Two copies per message, both by the peers. Four semop calls per round trip,
 * two of which wait. The segment is marked for removal as soon as both have
 * it; the semaphores have the trial's key, so whoever survives removes them.
 */
#include <string.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/shm.h>

#include "wait.h"

enum { REQUEST, REPLY, SEMAPHORES };

struct sysv_sem_state {
	int semaphores;
	bool open;
	unsigned char *memory; /* [REQUEST] then [REPLY], size_bytes each */
	unsigned char *out;
	unsigned char *in;
	unsigned short out_semaphore;
	unsigned short in_semaphore;
};

static int attach(struct peer *peer, int segment)
{
	struct sysv_sem_state *state = peer->state;
	bool server = peer->role == ROLE_SERVER;
	void *memory = shmat(segment, NULL, 0);
	if (memory == (void *)-1)
		return peer_fail(peer, errno, "shmat of segment %d", segment);
	state->memory = memory;
	size_t out = server ? REPLY : REQUEST, in = server ? REQUEST : REPLY;
	state->out = state->memory + out * peer->out_bytes;
	state->in = state->memory + in * peer->out_bytes;
	state->out_semaphore = (unsigned short)out;
	state->in_semaphore = (unsigned short)in;
	memset(state->out, 0, peer->out_bytes);
	return 0;
}

static int sysv_sem_server_open(struct peer *peer)
{
	struct sysv_sem_state *state = peer->state;
	key_t key = (key_t)peer->cell->key;
	int segment;
	PEER_TRY(peer, state->semaphores = semget(key, SEMAPHORES, IPC_CREAT | IPC_EXCL | 0600));
	state->open = true;
	PEER_TRY(peer, segment = shmget(key, 2 * peer->out_bytes, IPC_CREAT | IPC_EXCL | 0600));
	int ids[2] = {state->semaphores, segment};
	memcpy(peer->rendezvous.blob, ids, sizeof ids);
	peer->rendezvous.blob_bytes = sizeof ids;
	return attach(peer, segment);
}

static int sysv_sem_client_open(struct peer *peer)
{
	struct sysv_sem_state *state = peer->state;
	int ids[2];
	memcpy(ids, peer->rendezvous.blob, sizeof ids);
	state->semaphores = ids[0];
	if (attach(peer, ids[1]) < 0)
		return -1;
	PEER_TRY(peer, shmctl(ids[1], IPC_RMID, NULL));
	return 0;
}

static int sysv_sem_send(struct peer *peer, const void *data, size_t n)
{
	struct sysv_sem_state *state = peer->state;
	struct sembuf post = {.sem_num = state->out_semaphore, .sem_op = 1};
	memcpy(state->out, data, n);
	PEER_TRY(peer, semop(state->semaphores, &post, 1));
	return 0;
}

static int sysv_sem_recv(struct peer *peer, void *data, size_t n)
{
	struct sysv_sem_state *state = peer->state;
	struct sembuf wait = {.sem_num = state->in_semaphore, .sem_op = -1};
	struct spin spin = {0};
	if (peer->cell->wait != WAIT_BLOCK)
		wait.sem_flg = IPC_NOWAIT;
	while (semop(state->semaphores, &wait, 1) < 0) {
		if (errno == EAGAIN) {
			if (!spin_again(peer, &spin, false))
				wait.sem_flg = 0;
		} else if (errno != EINTR) {
			return peer_fail(peer, errno, "semop(-1)");
		}
	}
	memcpy(data, state->in, n);
	return 0;
}

static void sysv_sem_close(struct peer *peer)
{
	struct sysv_sem_state *state = peer->state;
	if (state->memory != NULL)
		shmdt(state->memory);
	if (state->open)
		semctl(state->semaphores, 0, IPC_RMID);
}

const struct probe_ops probe_sysv_sem = {
	.name = "sysv-sem",
	.patterns = PATTERN_BIT(PATTERN_ECHO),
	.waits = WAITS_ALL,
	.state_bytes = sizeof(struct sysv_sem_state),
	.server_open = sysv_sem_server_open,
	.client_open = sysv_sem_client_open,
	.send = sysv_sem_send,
	.recv = sysv_sem_recv,
	.close = sysv_sem_close,
};
