/*
 * Records: what this process knows of a connection and no peer can write.
 *
 * A socket may be shared by parent and children. So records lie in memory that
 * is inherited by fork and mapped by nobody else, and so do the locks that take
 * turns between those who share.
 */
#ifndef FASTSOCK_RECORD_H
#define FASTSOCK_RECORD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "segment.h"

/*
 * A futex that names its holder, so that a holder that died is noticed.
 *
 * The order in which one thread takes turns and locks, all over the library:
 *
 *   1. instance.c's turn of all shelves: to make an instance, or to fork
 *   2. an instance's turn: one, or in a thread that forks all of them. What concerns an
 *      instance that is registered in another one is asked without the turn of the other.
 *   3. the table's, to change what it has
 *   4. a record's turn: `in` or `out`, never both
 *   5. a landing's, a place's, the door's and the peers' turn
 *   6. libdoor's locks. Its own threads come to 5 with none of these held.
 *
 * A fork takes 1 to 3, then 4 one after the other, and only then 6: see processes.c.
 */
struct turn {
	_Atomic uint32_t holder; /* thread id, top bit: somebody waits; 0 = free */
};

/* Where a direction stands, as this side has acted upon it. */
enum phase {
	PHASE_KERNEL,      /* as if the library were absent */
	PHASE_BEFORE_RING, /* in: the ring is next, after bytes that the kernel has */
	PHASE_RING,
	PHASE_FROZEN,       /* in: asked the producer to retreat, and waits for it */
	PHASE_AFTER_RING,   /* in: the ring is done, bells are still in the way */
	PHASE_KERNEL_AGAIN, /* for good */
};

/* What one side of a direction has done. Guarded by the turn. */
struct progress {
	struct turn turn;
	_Atomic uint32_t phase;    /* enum phase; written under the turn, read by any */
	_Atomic uint64_t position; /* bytes through the ring; likewise */
	uint64_t kernel;           /* PHASE_BEFORE_RING: bytes still to come from the kernel */
	uint64_t bells;            /* sent, or heard */
};

struct record {
	_Alignas(LINE_BYTES) struct progress out;
	_Alignas(LINE_BYTES) struct progress in;
	_Alignas(LINE_BYTES) _Atomic uint32_t holders; /* processes that have it open; 0 = free */
	_Atomic uint32_t shut_in, shut_out;            /* by shutdown() in any of them */
	_Atomic uint32_t broken;                       /* the peer broke the protocol, or is gone */
	_Atomic uint32_t ask_kernel;   /* the kernel may have news of the connection's end */
	_Atomic uint32_t idle_looks;   /* empty looks since the kernel was last asked */
	_Atomic uint32_t unread_sends; /* sends that found earlier bytes unread */
	/* When who receives, and who sends, last asked the kernel about the end. */
	_Atomic uint64_t asked_in_ns, asked_out_ns;
	_Atomic uint32_t watchers;    /* that count on bells: see watched.h */
	_Atomic uint32_t nonblocking; /* O_NONBLOCK, noted when it is set */
	_Atomic uint32_t pushing;     /* the kernel's options are the library's for now: */
	_Atomic uint32_t nodelay;     /* the program's TCP_NODELAY and TCP_CORK meanwhile */
	_Atomic uint32_t corked;
	_Atomic int32_t names[4]; /* process ids of holders, as far as there is room; 0 = free */
	_Atomic uint32_t reset_noted; /* a reset was told of, or provoked: there is but one */
	_Atomic int32_t error;        /* the kernel's, taken while waiting, to be told once */
	_Atomic uint64_t rcvtimeo_ns; /* SO_RCVTIMEO, SO_SNDTIMEO; 0 = none */
	_Atomic uint64_t sndtimeo_ns;
};

/* Reserves the memory for records. Returns 0 or -1 with errno. */
int records_init(void);

/* A zeroed record with one holder; NULL when all are in use. */
struct record *record_take(void);
void record_give_back(struct record *record);

/* This process is one of the holders: puts its name to the record, or strikes it out. */
void record_sign(struct record *record);
void record_strike(struct record *record);

/* How many there are, but for those with a name who died without a word. */
uint32_t record_living_holders(struct record *record);

/*
 * Takes the turn. Never waits for a peer: those who hold it don't sleep. False
 * when this very thread holds it already: a signal handler came in between.
 */
bool turn_take(struct turn *turn);
void turn_pass(struct turn *turn);

/* For a signal handler that couldn't take a turn: called in this thread as soon as it has
 * no turn any more. */
void turn_owe(void (*pay)(void));

#endif
