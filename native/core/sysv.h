/* System V semaphores and shared memory, as more than one probe uses them. */
#ifndef IPCBENCH_SYSV_H
#define IPCBENCH_SYSV_H

#include "wait.h"

struct sysv_area {
	int semaphores; /* id of the set */
	bool owner;     /* this peer removes it */
	void *memory;
};

/* Server: a set of `count` semaphores at 0 and a segment of `bytes`, both under
 * the trial's key; ids go into the rendezvous. Client: attaches, and marks the
 * segment for removal, since from then on both have it. */
int sysv_create(struct peer *peer, struct sysv_area *area, int count, size_t bytes);
int sysv_attach(struct peer *peer, struct sysv_area *area);
void sysv_close(struct sysv_area *area);

/* Adds 1, which can't block. */
int sysv_post(struct peer *peer, const struct sysv_area *area, unsigned short semaphore);

/* Takes 1, waiting as the policy says. */
int sysv_wait(struct peer *peer, const struct sysv_area *area, unsigned short semaphore);

#endif
