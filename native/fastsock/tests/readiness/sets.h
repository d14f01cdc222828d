/* What the cases of epoll share: a peer, a connection to it, an instance with that. */
#ifndef READINESS_SETS_H
#define READINESS_SETS_H

#include <sys/epoll.h>

#include "peer.h"

struct setup {
	struct peer peer;
	int fd, set;
};

/* What the connection is registered with. */
#define OURS UINT64_C(0xf00dfeed12345678)

/* Registered before anything is sent, so that the upgrade comes while it is. */
void set_begin(struct setup *setup, uint32_t events);
void set_end(struct setup *setup);

int control(int set, int operation, int fd, uint32_t events, uint64_t data);
/* The one event that is there, which must be of `data`; 0 = none. */
uint32_t wait_one(int set, int ms, uint64_t data);

#endif
