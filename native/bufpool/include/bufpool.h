/*
 * bufpool.h: buffers that two processes share and hold only while they need them.
 *
 * After Kougiouris and Hamilton's space-efficient IPC: a control area holds a count
 * of 1 to 32 and as many pairs of a flag and a reference to a buffer, of 5 KB unless
 * asked otherwise. Who allocates walks the pairs and takes the first free one by one
 * atomic operation; whoever has the buffer at the end, on either side, frees it.
 *
 * What differs, and why (docs/decisions/0007-buffers-that-survive-a-kill.md):
 *
 * - The flag says who allocated, and counts: one compare-and-swap writes "in use, by
 *   this side, for the n-th time". So there is no moment at which a buffer is taken
 *   and nobody knows by whom, and the buffers of a side that died can be told
 *   from all others and freed. This word is the buffer's ticket, and freeing is a
 *   compare-and-swap from the ticket: a second free, or a late one, fails instead
 *   of freeing somebody else's buffer.
 * - The reference is a function of the pair's number. It is written as the document
 *   has it, but never read to find a buffer.
 * - Memory of zeroes is an area that is initialised on demand.
 *
 * Trust. Each side works with a geometry of its own and with a private record of the
 * buffers that it holds. Of what lies in the shared memory only flags are used: a
 * peer that scribbles there can lose buffers, its own data and ours in those
 * buffers, and make us wait a bounded time; it can't lead us to memory outside the
 * area, nor make us hand out a buffer twice on this side. Whatever is in a buffer
 * is the peer's to change until it is copied out.
 *
 * Memory order.
 *
 * - Flags: allocating acquires, freeing releases. What the last holder did in a
 *   buffer, on whichever side, happens before what the next one does. Both are
 *   read-modify-writes of one word, so the chain holds through any number of sides.
 * - Passing a buffer orders nothing: the message by which the peer learns of it does.
 *   What was written before a release store of that message is there after the
 *   acquire load that brought it.
 * - Waiting is Dekker's pattern: who frees changes the flag and then looks whether
 *   somebody waits; who waits says so and then looks at the flags. All four are
 *   seq_cst, so at least one sees the other and no wake-up is lost. A peer that dies
 *   between the two, or lies, costs one nap: sleeps are bounded, and looked after.
 * - A private record is entered before the flag is tried for, and left before the flag
 *   is freed, both by compare-and-swap. So threads of one side are kept apart by memory
 *   that the peer can't write, and by the flag from the peer. A thread that takes what
 *   the peer has passed acquires what bufpool_pass() on this side released.
 */
#ifndef BUFPOOL_H
#define BUFPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BUFPOOL_BUFFERS_MAX  32u   /* in an area */
#define BUFPOOL_AREAS_MAX    64u   /* in a pool */
#define BUFPOOL_BUFFER_BYTES 5120u /* unless asked otherwise */

/* The two processes. */
enum bufpool_side { BUFPOOL_FIRST = 0, BUFPOOL_SECOND = 1 };

/* What a caller wants when all buffers are in use. */
enum bufpool_exhausted { BUFPOOL_FAIL, BUFPOOL_WAIT, BUFPOOL_GROW };

enum bufpool_result {
	BUFPOOL_OK = 0,
	BUFPOOL_EMPTY,     /* all buffers are in use, and there is no further area */
	BUFPOOL_DAMAGED,   /* a count that isn't the pool's: somebody scribbled */
	BUFPOOL_UNKNOWN,   /* no such buffer */
	BUFPOOL_NOT_HELD,  /* freed already, or never allocated by this ticket */
	BUFPOOL_ENDED,     /* the caller of a wait has given up */
	BUFPOOL_BAD_SHAPE, /* a geometry out of bounds, or memory too small for it */
	BUFPOOL_NO_MEMORY, /* for the private side of it */
};

struct bufpool_geometry {
	uint32_t buffers;      /* per area, 1 to 32 */
	uint32_t buffer_bytes; /* rounded up to a cache line */
	uint32_t areas;        /* at most, the first one included: 1 to 64 */
};

/* A buffer that somebody holds. `index` and `ticket` name it to the peer. */
struct bufpool_buffer {
	char *data;
	uint32_t index;
	uint32_t ticket;
};

struct bufpool;

/* Bytes of shared memory that a pool of this geometry takes, 0 = out of bounds. Pages
 * that no buffer has needed are never touched. */
size_t bufpool_bytes(const struct bufpool_geometry *geometry);

/* One side's handle. The memory starts on a cache line, is filled with zeroes when
 * the first of the two opens it, and stays the caller's. */
enum bufpool_result bufpool_open(void *memory, size_t bytes,
				 const struct bufpool_geometry *geometry, enum bufpool_side side,
				 struct bufpool **pool);
void bufpool_close(struct bufpool *pool);

/* Initialises the first area at once: flags, references, and memory that is present.
 * Without it, that happens on demand. Only before anybody else uses the pool. */
enum bufpool_result bufpool_initialise(struct bufpool *pool);

/* The first free buffer. EMPTY, DAMAGED. Doesn't wait and doesn't grow. */
enum bufpool_result bufpool_allocate(struct bufpool *pool, struct bufpool_buffer *buffer);

/* Likewise; where there is none, as `exhausted` says. A wait ends with ENDED once
 * `ended` (may be NULL) says so: it is asked after a signal, and about every 50 ms.
 * It may leave by way of a cancellation. Waiting threads of a process get
 * buffers in the order in which they came, and two processes take turns. */
enum bufpool_result bufpool_obtain(struct bufpool *pool, enum bufpool_exhausted exhausted,
				   bool (*ended)(void *argument), void *argument,
				   struct bufpool_buffer *buffer);

/* The buffer is on its way to the peer: this side doesn't touch it any more. */
void bufpool_pass(struct bufpool *pool, const struct bufpool_buffer *buffer);

/* The buffer that the peer has named is this side's now. UNKNOWN: nonsense, or a buffer
 * that this side holds; NOT_HELD: it was freed, as the buffers of the dead are. */
enum bufpool_result bufpool_take(struct bufpool *pool, uint32_t index, uint32_t ticket,
				 struct bufpool_buffer *buffer);

/* Where a buffer that the peer has named lies, for one who only reads it before he frees it
 * in the peer's name, or leaves that to the peer; NULL = there is none. Nothing is
 * entered, so bufpool_reclaim() doesn't know of the reader. */
const char *bufpool_look(const struct bufpool *pool, uint32_t index);

/* Makes it free: a buffer that is held, or one that was passed and that the peer may
 * or may not have freed. NOT_HELD, UNKNOWN: nothing has changed. */
enum bufpool_result bufpool_free(struct bufpool *pool, const struct bufpool_buffer *buffer);

/* Brings the buffer's flag to this processor, for a free or an allocation to come. */
void bufpool_expect(const struct bufpool *pool, uint32_t index);

/* The peer is dead: frees what it held, and what was on its way to it, repairs what it
 * damaged, and wakes who waits. Returns how many buffers that were. The threads of
 * this side may go on allocating and freeing; a successor of the peer may not yet. */
uint32_t bufpool_reclaim(struct bufpool *pool);

/* --- figures ------------------------------------------------------------------------- */

/* Takes the time of every n-th holding of each buffer; 0 = of none, as at first. */
void bufpool_time(struct bufpool *pool, uint32_t every);

/* Of both sides, as it lies in the shared memory: for display, worth no trust. */
struct bufpool_usage {
	uint32_t in_use;
	uint32_t touched; /* buffers that were ever handed out: what memory is needed */
	uint32_t areas;
	uint64_t open_ns;  /* age of the timed ones that are under way, summed */
	uint64_t holdings; /* since the pool exists */
	uint64_t timed;    /* of these */
	uint64_t held_ns;  /* sum of the timed ones, from allocation to free */
};
void bufpool_usage(const struct bufpool *pool, struct bufpool_usage *usage);

/* How often each buffer has been handed out; returns how many buffers there are. */
uint32_t bufpool_holdings(const struct bufpool *pool, uint32_t *holdings, uint32_t most);

/* Of this side only. */
struct bufpool_counts {
	uint64_t waits;    /* of bufpool_obtain() */
	uint64_t failures; /* EMPTY of bufpool_obtain() */
	uint64_t grown;    /* areas that this side has added */
};
void bufpool_counts(const struct bufpool *pool, struct bufpool_counts *counts);

#ifdef __cplusplus
}
#endif

#endif
