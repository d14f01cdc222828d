/* Anonymous memory that server and client share: a memfd, sealed against
 * resizing before the client gets it, so that nothing but the two can see it
 * and it vanishes with them. */
#ifndef IPCBENCH_SHARED_MEMORY_H
#define IPCBENCH_SHARED_MEMORY_H

#include "probe.h"

/* Server: makes and maps `bytes` of zeroes and puts the descriptor into the
 * rendezvous. Client: maps what the rendezvous brings. Memory is present
 * when they return. */
int shared_memory_create(struct peer *peer, size_t bytes, void **memory);
int shared_memory_attach(struct peer *peer, size_t bytes, void **memory);

#endif
