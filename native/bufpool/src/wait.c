/*
 * When all buffers are in use: fail, wait, or add an area.
 *
 * The threads of one side wait in a queue in private memory, so a peer's death leaves it
 * whole. Only the first of each queue looks at the shared memory: it competes with at
 * most one thread of the peer, and after a few defeats it says that it starves, upon
 * which the other side lets one turn pass. That courtesy is bounded too, since the word
 * may be a dead peer's, or a liar's.
 */
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "layout.h"

/* How long a thread sleeps before it looks again, woken or not. */
#define NAP_NS      50000000
#define COURTESY_NS 1000000
/* Defeats after which a thread starves. */
#define DEFEATS 3u

void bufpool_announce_always(struct bufpool *pool)
{
	atomic_fetch_add(&pool->head->freed, 1);
	syscall(SYS_futex, &pool->head->freed, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

void bufpool_announce(struct bufpool *pool)
{
	/* seq_cst, after the flag: see the header. */
	if (atomic_load(&pool->head->waiting[0]) != 0 || atomic_load(&pool->head->waiting[1]) != 0)
		bufpool_announce_always(pool);
}

/* A cancellation point. */
static void nap(_Atomic uint32_t *word, uint32_t value, long most_ns)
{
	struct timespec most = {.tv_nsec = most_ns};
	int type, unused;
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &type);
	syscall(SYS_futex, word, FUTEX_WAIT, value, &most, NULL, 0);
	pthread_setcanceltype(type, &unused);
}

/* --- the queue ------------------------------------------------------------------------- */

static void enqueue(struct waiter *self)
{
	struct bufpool *pool = self->pool;
	pthread_mutex_lock(&pool->queue_lock);
	atomic_store(&self->first, pool->queue == NULL);
	*pool->tail = self;
	pool->tail = &self->next;
	atomic_fetch_add_explicit(&pool->queued, 1, memory_order_relaxed);
	pthread_mutex_unlock(&pool->queue_lock);
}

/* Under queue_lock, which keeps the thread from leaving. */
static void promote(struct waiter *next)
{
	atomic_store(&next->first, 1);
	syscall(SYS_futex, &next->first, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void leave_queue(void *argument)
{
	struct waiter *self = argument;
	struct bufpool *pool = self->pool;
	pthread_mutex_lock(&pool->queue_lock);
	struct waiter **link = &pool->queue;
	while (*link != self)
		link = &(*link)->next;
	*link = self->next;
	if (pool->tail == &self->next)
		pool->tail = link;
	if (atomic_load(&self->first)) {
		atomic_store(&pool->head->starving[pool->side], 0);
		if (pool->queue != NULL)
			promote(pool->queue);
		else
			atomic_store(&pool->head->waiting[pool->side], 0);
	}
	atomic_fetch_sub_explicit(&pool->queued, 1, memory_order_relaxed);
	pthread_mutex_unlock(&pool->queue_lock);
}

/* --- waiting ----------------------------------------------------------------------------- */

struct patience {
	bool (*ended)(void *argument);
	void *argument;
};

static bool over(const struct patience *patience)
{
	return patience->ended != NULL && patience->ended(patience->argument);
}

static bool peer_starves(const struct bufpool *pool)
{
	/* relaxed: a courtesy. */
	return atomic_load_explicit(&pool->head->starving[!pool->side], memory_order_relaxed) != 0;
}

/* The first of the queue, against the peer's. */
static enum bufpool_result compete(struct bufpool *pool, const struct patience *patience,
				   struct bufpool_buffer *buffer)
{
	bool courteous = true;
	for (uint32_t defeats = 0;;) {
		/* seq_cst: see the header. */
		atomic_store(&pool->head->waiting[pool->side], 1);
		uint32_t freed = atomic_load(&pool->head->freed);
		if (courteous && peer_starves(pool)) {
			courteous = false;
			nap(&pool->head->freed, freed, COURTESY_NS);
			continue;
		}
		enum bufpool_result result = bufpool_allocate(pool, buffer);
		if (result != BUFPOOL_EMPTY)
			return result;
		if (over(patience))
			return BUFPOOL_ENDED;
		if (++defeats > DEFEATS)
			atomic_store_explicit(&pool->head->starving[pool->side], 1,
					      memory_order_relaxed);
		nap(&pool->head->freed, freed, NAP_NS);
	}
}

static enum bufpool_result wait_in_queue(struct waiter *self, const struct patience *patience,
					 struct bufpool_buffer *buffer)
{
	while (atomic_load(&self->first) == 0) {
		if (over(patience))
			return BUFPOOL_ENDED;
		nap(&self->first, 0, NAP_NS);
	}
	return compete(self->pool, patience, buffer);
}

static enum bufpool_result await(struct bufpool *pool, const struct patience *patience,
				 struct bufpool_buffer *buffer)
{
	struct waiter self = {.pool = pool};
	enum bufpool_result result;
	atomic_fetch_add_explicit(&pool->waits, 1, memory_order_relaxed);
	enqueue(&self);
	pthread_cleanup_push(leave_queue, &self);
	result = wait_in_queue(&self, patience, buffer);
	pthread_cleanup_pop(1);
	return result;
}

/* --- growing ------------------------------------------------------------------------------- */

static enum bufpool_result grow(struct bufpool *pool, struct bufpool_buffer *buffer)
{
	enum bufpool_result result;
	do {
		/* relaxed: see areas_of(). */
		uint32_t more = atomic_load_explicit(&pool->head->areas, memory_order_relaxed);
		if (more + 1 >= pool->geometry.areas)
			return BUFPOOL_EMPTY;
		if (atomic_compare_exchange_strong_explicit(&pool->head->areas, &more, more + 1,
							    memory_order_relaxed,
							    memory_order_relaxed))
			atomic_fetch_add_explicit(&pool->grown, 1, memory_order_relaxed);
		result = bufpool_allocate(pool, buffer);
	} while (result == BUFPOOL_EMPTY);
	return result;
}

enum bufpool_result bufpool_obtain(struct bufpool *pool, enum bufpool_exhausted exhausted,
				   bool (*ended)(void *argument), void *argument,
				   struct bufpool_buffer *buffer)
{
	struct patience patience = {ended, argument};
	enum bufpool_result result = BUFPOOL_EMPTY;
	/* relaxed: who came earlier is served first, or almost. */
	if (exhausted != BUFPOOL_WAIT ||
	    (atomic_load_explicit(&pool->queued, memory_order_relaxed) == 0 && !peer_starves(pool)))
		result = bufpool_allocate(pool, buffer);
	if (result != BUFPOOL_EMPTY)
		return result;
	if (exhausted == BUFPOOL_WAIT)
		return await(pool, &patience, buffer);
	if (exhausted == BUFPOOL_GROW)
		result = grow(pool, buffer);
	if (result == BUFPOOL_EMPTY)
		atomic_fetch_add_explicit(&pool->failures, 1, memory_order_relaxed);
	return result;
}
