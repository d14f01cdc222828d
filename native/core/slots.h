/*
 * Slots: one place for a message in each direction, in memory that both peers
 * have mapped. What hands control over (a futex, a semaphore, an event counter,
 * a signal) is the probe's; the sender copies in before it does, the receiver
 * copies out after. A slot holds one message, so of a stream one is
 * outstanding.
 */
#ifndef IPCBENCH_SLOTS_H
#define IPCBENCH_SLOTS_H

#include <string.h>

#include "probe.h"

struct slots {
	void *memory;
	unsigned char *out;
	unsigned char *in;
};

/* Bytes of both slots, each rounded up to a cache line. */
size_t slots_bytes(const struct peer *peer);

/* Divides memory of slots_bytes(): the first is for requests. */
void slots_use(const struct peer *peer, struct slots *slots, void *memory);

/* Anonymous memory, by the rendezvous' descriptors; see shared_memory.h. */
int slots_create(struct peer *peer, struct slots *slots);
int slots_attach(struct peer *peer, struct slots *slots);
void slots_unmap(const struct peer *peer, struct slots *slots);

static inline void slots_put(const struct slots *slots, const void *data, size_t n)
{
	memcpy(slots->out, data, n);
}

static inline void slots_take(const struct slots *slots, void *data, size_t n)
{
	memcpy(data, slots->in, n);
}

/* For the probe's table: 1. */
uint32_t slots_stream_window(const struct peer *peer);

#endif
