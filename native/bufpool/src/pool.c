/* Allocating, passing and freeing. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "layout.h"

/* --- geometry ------------------------------------------------------------------------ */

static uint32_t rounded(uint32_t bytes)
{
	return (bytes + LINE_BYTES - 1) & ~(LINE_BYTES - 1);
}

static size_t control_bytes(const struct bufpool_geometry *geometry)
{
	size_t bytes = sizeof(struct head) + geometry->areas * sizeof(struct area);
	return (bytes + PAGE_BYTES - 1) & ~(size_t)(PAGE_BYTES - 1);
}

size_t bufpool_bytes(const struct bufpool_geometry *geometry)
{
	if (geometry->buffers < 1 || geometry->buffers > BUFPOOL_BUFFERS_MAX ||
	    geometry->areas < 1 || geometry->areas > BUFPOOL_AREAS_MAX ||
	    geometry->buffer_bytes < 1 || geometry->buffer_bytes > UINT32_MAX - LINE_BYTES)
		return 0;
	uint64_t bytes = control_bytes(geometry) + (uint64_t)rounded(geometry->buffer_bytes) *
							   geometry->buffers * geometry->areas;
	return bytes <= UINT32_MAX ? (size_t)bytes : 0; /* a reference has 32 bits */
}

static struct bufpool *handle_create(const struct bufpool_geometry *geometry)
{
	struct bufpool *pool = calloc(1, sizeof *pool);
	if (pool == NULL)
		return NULL;
	pool->geometry = *geometry;
	pool->geometry.buffer_bytes = rounded(geometry->buffer_bytes);
	pool->total = geometry->buffers * geometry->areas;
	/* Only the pages of buffers that are used will ever be present. */
	pool->records = mmap(NULL, pool->total * sizeof(struct record), PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pool->records == MAP_FAILED) {
		free(pool);
		return NULL;
	}
	pthread_mutex_init(&pool->queue_lock, NULL);
	pool->tail = &pool->queue;
	return pool;
}

enum bufpool_result bufpool_open(void *memory, size_t bytes,
				 const struct bufpool_geometry *geometry, enum bufpool_side side,
				 struct bufpool **opened)
{
	size_t needed = bufpool_bytes(geometry);
	if (needed == 0 || bytes < needed || (uintptr_t)memory % LINE_BYTES != 0)
		return BUFPOOL_BAD_SHAPE;
	struct bufpool *pool = handle_create(geometry);
	if (pool == NULL)
		return BUFPOOL_NO_MEMORY;
	pool->head = memory;
	pool->areas = (struct area *)(void *)((char *)memory + sizeof(struct head));
	pool->buffers = (char *)memory + control_bytes(geometry);
	pool->side = side;
	*opened = pool;
	return BUFPOOL_OK;
}

void bufpool_close(struct bufpool *pool)
{
	pthread_mutex_destroy(&pool->queue_lock);
	munmap(pool->records, pool->total * sizeof(struct record));
	free(pool);
}

/* --- an area --------------------------------------------------------------------------- */

/* Both sides would write the same, so it doesn't matter who does, or how often. */
static bool area_sound(const struct bufpool *pool, struct area *area)
{
	uint32_t none = 0;
	uint32_t count = atomic_load_explicit(&area->count, memory_order_relaxed);
	if (count == 0 &&
	    atomic_compare_exchange_strong_explicit(&area->count, &none, pool->geometry.buffers,
						    memory_order_relaxed, memory_order_relaxed))
		return true;
	return count == pool->geometry.buffers || none == pool->geometry.buffers;
}

static void refer(const struct bufpool *pool, struct pair *pair, uint32_t index)
{
	uint32_t reference = (uint32_t)(data_of(pool, index) - (char *)pool->head);
	if (atomic_load_explicit(&pair->reference, memory_order_relaxed) != reference)
		atomic_store_explicit(&pair->reference, reference, memory_order_relaxed);
}

enum bufpool_result bufpool_initialise(struct bufpool *pool)
{
	struct area *area = &pool->areas[0];
	if (!area_sound(pool, area))
		return BUFPOOL_DAMAGED;
	for (uint32_t i = 0; i < pool->geometry.buffers; i++) {
		uint32_t never = 0;
		refer(pool, &area->pairs[i], i);
		memset(data_of(pool, i), 0, pool->geometry.buffer_bytes);
		/* release: the memory is there before the buffer can be had. */
		atomic_compare_exchange_strong_explicit(&area->pairs[i].flag, &never, FLAG_FREE,
							memory_order_release, memory_order_relaxed);
	}
	return BUFPOOL_OK;
}

/* --- figures of one holding -------------------------------------------------------------- */

uint64_t bufpool_now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* All relaxed: only the holder writes them, and the flag orders holders. */
static void add(_Atomic uint64_t *sum, uint64_t more)
{
	atomic_store_explicit(sum, atomic_load_explicit(sum, memory_order_relaxed) + more,
			      memory_order_relaxed);
}

static void holding_begins(const struct bufpool *pool, struct pair *pair)
{
	uint64_t holdings = atomic_load_explicit(&pair->holdings, memory_order_relaxed);
	atomic_store_explicit(&pair->holdings, holdings + 1, memory_order_relaxed);
	uint32_t every = atomic_load_explicit(&pool->time_every, memory_order_relaxed);
	bool timed = every != 0 && holdings % every == 0;
	uint64_t since = timed ? bufpool_now_ns() : 0;
	if (since != atomic_load_explicit(&pair->since_ns, memory_order_relaxed))
		atomic_store_explicit(&pair->since_ns, since, memory_order_relaxed);
}

static void holding_ends(struct pair *pair)
{
	uint64_t since = atomic_load_explicit(&pair->since_ns, memory_order_relaxed);
	if (since == 0)
		return;
	add(&pair->held_ns, bufpool_now_ns() - since);
	add(&pair->timed, 1);
	atomic_store_explicit(&pair->since_ns, 0, memory_order_relaxed);
}

/* --- allocating --------------------------------------------------------------------------- */

static uint32_t freed(uint32_t ticket)
{
	return (ticket & FLAG_COUNTS) | FLAG_FREE;
}

static bool is_holding(uint32_t held)
{
	return held != 0 && (held & FLAG_FREE) == 0;
}

/* Makes the ticket this side's. False where a thread of this side holds the buffer: *held
 * is the ticket that it has it by. */
static bool enter(struct record *record, uint32_t ticket, uint32_t *held)
{
	*held = atomic_load_explicit(&record->held, memory_order_relaxed);
	/* seq_cst: before any look at the flag that follows. */
	while (!is_holding(*held))
		if (atomic_compare_exchange_strong(&record->held, held, ticket))
			return true;
	return false;
}

/* The opposite. Who won the flag meanwhile and found the ticket entered has put it back
 * into the flag for us: it is to be freed then. seq_cst against back_out(): the later one
 * of the two sees what the other did. */
static void withdraw(struct record *record, struct pair *pair, uint32_t ticket)
{
	atomic_store(&record->held, 0);
	if (atomic_load(&pair->flag) == ticket)
		atomic_compare_exchange_strong(&pair->flag, &ticket, freed(ticket));
}

/* The flag was free, and is won by `ticket`; but a thread of this side holds the buffer by
 * `held`. Either the peer has written there, or the buffer was a dead peer's, and
 * bufpool_reclaim() is about to leave. The holder keeps it. */
static void back_out(struct record *record, struct pair *pair, uint32_t ticket, uint32_t held)
{
	atomic_compare_exchange_strong(&pair->flag, &ticket, held);
	if (atomic_load(&record->held) != held)
		atomic_compare_exchange_strong(&pair->flag, &held, freed(held));
}

static bool claim(struct bufpool *pool, struct pair *pair, uint32_t index,
		  struct bufpool_buffer *buffer)
{
	/* seq_cst, here and below: a look before a sleep, see the header. */
	uint32_t flag = atomic_load(&pair->flag), held;
	if (!is_free(flag))
		return false;
	uint32_t ticket = (flag & FLAG_COUNTS) + FLAG_COUNT_ONE + FLAG_SIDE(pool->side);
	if (!atomic_compare_exchange_strong(&pair->flag, &flag, ticket))
		return false;
	if (!enter(&pool->records[index], ticket, &held)) {
		back_out(&pool->records[index], pair, ticket, held);
		return false;
	}
	/* Entered, it can't be reclaimed any more; it may have been just before. */
	if (atomic_load(&pair->flag) != ticket) {
		withdraw(&pool->records[index], pair, ticket);
		return false;
	}
	refer(pool, pair, index);
	holding_begins(pool, pair);
	*buffer = (struct bufpool_buffer){data_of(pool, index), index, ticket};
	return true;
}

enum bufpool_result bufpool_allocate(struct bufpool *pool, struct bufpool_buffer *buffer)
{
	uint32_t areas = areas_of(pool), index = 0;
	for (uint32_t a = 0; a < areas; a++) {
		struct area *area = &pool->areas[a];
		if (!area_sound(pool, area))
			return BUFPOOL_DAMAGED;
		for (uint32_t i = 0; i < pool->geometry.buffers; i++, index++)
			if (claim(pool, &area->pairs[i], index, buffer))
				return BUFPOOL_OK;
	}
	return BUFPOOL_EMPTY;
}

/* --- passing and freeing -------------------------------------------------------------------- */

void bufpool_pass(struct bufpool *pool, const struct bufpool_buffer *buffer)
{
	/* release: all that was done in it comes before what its next holder here does. */
	atomic_store_explicit(&pool->records[buffer->index].held, 0, memory_order_release);
}

static bool is_ticket(uint32_t ticket)
{
	uint32_t side = ticket & FLAG_SIDES;
	return (ticket & FLAG_FREE) == 0 &&
	       (side == FLAG_SIDE(BUFPOOL_FIRST) || side == FLAG_SIDE(BUFPOOL_SECOND));
}

enum bufpool_result bufpool_take(struct bufpool *pool, uint32_t index, uint32_t ticket,
				 struct bufpool_buffer *buffer)
{
	if (index >= pool->total || !is_ticket(ticket))
		return BUFPOOL_UNKNOWN;
	struct record *record = &pool->records[index];
	struct pair *pair = pair_of(pool, index);
	uint32_t held;
	if (!enter(record, ticket, &held))
		return BUFPOOL_UNKNOWN;
	/* As in claim(). */
	if (atomic_load(&pair->flag) != ticket) {
		withdraw(record, pair, ticket);
		return BUFPOOL_NOT_HELD;
	}
	*buffer = (struct bufpool_buffer){data_of(pool, index), index, ticket};
	return BUFPOOL_OK;
}

const char *bufpool_look(const struct bufpool *pool, uint32_t index)
{
	if (index >= pool->total)
		return NULL;
	/* acquire: the peer's message comes after what this side did before it passed the
	 * buffer; this says so to those who see this process only. */
	(void)atomic_load_explicit(&pool->records[index].held, memory_order_acquire);
	return data_of(pool, index);
}

/* This side's part of a free. Not a store: of two threads that free the same, which is a
 * mistake, the later one must not undo what a third has entered meanwhile. Nothing to do
 * for a buffer that was passed. */
static void let_go(struct bufpool *pool, const struct bufpool_buffer *buffer)
{
	_Atomic uint32_t *record = &pool->records[buffer->index].held;
	uint32_t held = buffer->ticket;
	if (atomic_load_explicit(record, memory_order_relaxed) == held)
		atomic_compare_exchange_strong_explicit(record, &held, held | FLAG_FREE,
							memory_order_release, memory_order_relaxed);
}

enum bufpool_result bufpool_free(struct bufpool *pool, const struct bufpool_buffer *buffer)
{
	uint32_t ticket = buffer->ticket;
	if (buffer->index >= pool->total || !is_ticket(ticket))
		return BUFPOOL_UNKNOWN;
	struct pair *pair = pair_of(pool, buffer->index);
	/* Only who holds it may write there. */
	if (atomic_load_explicit(&pair->flag, memory_order_relaxed) == ticket)
		holding_ends(pair);
	let_go(pool, buffer);
	if (!atomic_compare_exchange_strong(&pair->flag, &ticket, freed(ticket)))
		return BUFPOOL_NOT_HELD;
	bufpool_announce(pool);
	return BUFPOOL_OK;
}

void bufpool_expect(const struct bufpool *pool, uint32_t index)
{
	if (index < pool->total)
		__builtin_prefetch(pair_of(pool, index), 1);
}

/* --- the peer is dead ---------------------------------------------------------------------- */

/* Frees what nobody lives to free: the peer's, what was on its way to it, and nonsense.
 * What a thread of this side holds, or is about to free, is in its record. It is entered
 * as if by a holder: a thread that has just heard of the buffer can't take it, and one
 * that has just won it, and isn't in the record yet, sees that it has lost it. */
static bool reclaim(struct bufpool *pool, uint32_t index)
{
	struct record *record = &pool->records[index];
	struct pair *pair = pair_of(pool, index);
	uint32_t flag = atomic_load(&pair->flag), expected = flag, held;
	if (is_free(flag) || atomic_load(&record->held) == (flag | FLAG_FREE) ||
	    !enter(record, flag, &held))
		return false;
	bool won = atomic_compare_exchange_strong(&pair->flag, &expected, freed(flag));
	withdraw(record, pair, flag);
	return won;
}

uint32_t bufpool_reclaim(struct bufpool *pool)
{
	uint32_t found = 0;
	for (uint32_t a = 0; a < pool->geometry.areas; a++) {
		uint32_t count = atomic_load_explicit(&pool->areas[a].count, memory_order_relaxed);
		if (count != 0 && count != pool->geometry.buffers)
			atomic_store(&pool->areas[a].count, pool->geometry.buffers);
	}
	for (uint32_t index = 0; index < pool->total; index++)
		found += reclaim(pool, index);
	atomic_store(&pool->head->waiting[!pool->side], 0);
	atomic_store(&pool->head->starving[!pool->side], 0);
	bufpool_announce_always(pool);
	return found;
}
