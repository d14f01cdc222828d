/*
 * The memory that both sides share, and a side's handle.
 *
 *   head | area 0 | area 1 | ... | buffers of area 0 | buffers of area 1 | ...
 */
#ifndef BUFPOOL_LAYOUT_H
#define BUFPOOL_LAYOUT_H

#include <pthread.h>
#include <stdatomic.h>

#include "bufpool.h"

#define LINE_BYTES 64u
#define PAGE_BYTES 4096u

/* A flag: the document's bit, who allocated, and for which time. Never used is 0. The
 * count wraps after 2^29 allocations of one buffer: a free would have to be late
 * by exactly that. */
#define FLAG_FREE       1u
#define FLAG_SIDE(side) (((uint32_t)(side) + 1u) << 1)
#define FLAG_SIDES      6u
#define FLAG_COUNT_ONE  8u
#define FLAG_COUNTS     (~7u)

/* Flag and reference, on a line of their own: threads that use different buffers
 * don't meet here. The figures belong to whoever holds the buffer. */
struct pair {
	_Alignas(LINE_BYTES) _Atomic uint32_t flag;
	_Atomic uint32_t reference; /* bytes from the memory's start, 0 = not yet set */
	_Atomic uint64_t holdings;
	_Atomic uint64_t timed;
	_Atomic uint64_t held_ns;
	_Atomic uint64_t since_ns; /* of the holding under way, 0 = it isn't timed */
	uint64_t reserved[2];
};

struct area {
	_Alignas(LINE_BYTES) _Atomic uint32_t count; /* of pairs; 0 = not yet set */
	struct pair pairs[BUFPOOL_BUFFERS_MAX];
};

struct head {
	_Alignas(LINE_BYTES) _Atomic uint32_t areas; /* in use beside the first */
	_Atomic uint32_t waiting[2];                 /* 1 = a thread of that side waits */
	_Atomic uint32_t starving[2];                /* and has been passed over often */
	_Alignas(LINE_BYTES) _Atomic uint32_t freed; /* counts frees that somebody waited for */
};

_Static_assert(sizeof(struct pair) == LINE_BYTES, "a cache line each");

/* A buffer as this side knows it: its ticket while this side holds it; that with FLAG_FREE
 * from when it begins to free it; 0 = anything else. */
struct record {
	_Alignas(LINE_BYTES) _Atomic uint32_t held;
};

/* A thread in the queue of those that wait, on its stack. */
struct waiter {
	struct waiter *next;
	_Atomic uint32_t first; /* 1 = it is its turn */
	struct bufpool *pool;
};

struct bufpool {
	struct head *head;
	struct area *areas;
	char *buffers;
	struct bufpool_geometry geometry;
	enum bufpool_side side;
	uint32_t total; /* buffers in all areas */
	_Atomic uint32_t time_every;
	struct record *records;
	_Atomic uint64_t waits, failures, grown;
	pthread_mutex_t queue_lock;
	struct waiter *queue; /* under queue_lock; the first one competes with the peer's */
	struct waiter **tail;
	_Atomic uint32_t queued;
};

static inline struct pair *pair_of(const struct bufpool *pool, uint32_t index)
{
	return &pool->areas[index / pool->geometry.buffers].pairs[index % pool->geometry.buffers];
}

static inline char *data_of(const struct bufpool *pool, uint32_t index)
{
	return pool->buffers + (size_t)index * pool->geometry.buffer_bytes;
}

static inline bool is_free(uint32_t flag)
{
	return flag == 0 || (flag & (FLAG_FREE | FLAG_SIDES)) == FLAG_FREE;
}

/* Areas in use; the peer may write anything there. */
static inline uint32_t areas_of(const struct bufpool *pool)
{
	/* relaxed: an area is used through its pairs, which are zeroes at first. */
	uint32_t more = atomic_load_explicit(&pool->head->areas, memory_order_relaxed);
	return more < pool->geometry.areas ? more + 1 : pool->geometry.areas;
}

/* CLOCK_MONOTONIC, which both sides share. */
uint64_t bufpool_now_ns(void);

/* A buffer has become free: wakes who waits for that (wait.c). */
void bufpool_announce(struct bufpool *pool);

/* Wakes the waiting of both sides, whether or not there are any. */
void bufpool_announce_always(struct bufpool *pool);

#endif
