/* What the parts of a connection share: steps that never sleep, taken in turn. */
#ifndef FASTSOCK_INSIDE_H
#define FASTSOCK_INSIDE_H

#include <errno.h>

#include "connection.h"
#include "token.h"
#include "transport.h"

/* Where in the program's pieces a call stands. */
struct cursor {
	const struct iovec *pieces;
	size_t count;
	size_t index;  /* of the piece */
	size_t offset; /* within it */
	size_t left;   /* bytes in all */
};

/* -1 with EINVAL when the lengths don't add up to a count. */
int cursor_open(struct cursor *cursor, const struct iovec *pieces, size_t count);
void cursor_advance(struct cursor *cursor, size_t n);

/* Up to `most` bytes and `size` pieces from the cursor on; returns how many pieces. */
size_t cursor_pieces(const struct cursor *cursor, size_t most, struct iovec *pieces, size_t size);

/* The program's own pieces where they can be used as they are, else as cursor_pieces(). */
struct msghdr cursor_message(const struct cursor *cursor, size_t most, struct iovec *pieces,
			     size_t size);

/* The stretch at the cursor; its length is 0 at the end. */
struct iovec cursor_stretch(const struct cursor *cursor);

/* --- state ------------------------------------------------------------------------ */

/* Whether the peer may use the incoming lane, so that bells and rings are possible. */
static inline bool lanes_live(const struct connection *connection)
{
	/* acquire: pairs with the release that follows the mapping's set-up. */
	uint32_t stage = atomic_load_explicit(&connection->stage, memory_order_acquire);
	return stage == STAGE_MAPPED || (stage == STAGE_OFFERED && connection->side == SIDE_CLIENT);
}

static inline bool is_plain(const struct connection *connection)
{
	/* relaxed: it stays plain. */
	return atomic_load_explicit(&connection->stage, memory_order_relaxed) == STAGE_PLAIN;
}

static inline enum phase phase_of(const struct progress *progress)
{
	/* relaxed: who must not be wrong holds the turn. */
	return (enum phase)atomic_load_explicit(&progress->phase, memory_order_relaxed);
}

static inline uint64_t position_of(const struct progress *progress)
{
	return atomic_load_explicit(&progress->position, memory_order_relaxed);
}

static inline void set_phase(struct progress *progress, enum phase phase)
{
	atomic_store_explicit(&progress->phase, phase, memory_order_relaxed);
}

static inline void set_position(struct progress *progress, uint64_t position)
{
	atomic_store_explicit(&progress->position, position, memory_order_relaxed);
}

static inline enum route route_of(const struct lane *lane)
{
	/* acquire: what was set before the route was moved on is seen with it. */
	return (enum route)atomic_load_explicit(&lane->route, memory_order_acquire);
}

static inline bool flag(const _Atomic uint32_t *word)
{
	return atomic_load_explicit(word, memory_order_acquire) != 0;
}

/* Bytes that may be read; UINT64_MAX when the peer's word can't be true. */
uint64_t unread_in_ring(const struct connection *connection);
/* Bytes that fit; UINT64_MAX likewise. */
uint64_t room_in_ring(const struct connection *connection);
/* Room from which on a writer is told of it, so that it isn't woken for every byte. */
static inline uint64_t room_worth_telling(const struct connection *connection)
{
	return connection->mapping.ring_bytes / 4;
}

/* --- steps: a count, or a negative errno; the turn is held ------------------------- */

ssize_t send_step(struct connection *connection, int fd, struct cursor *from, int flags);
ssize_t receive_step(struct connection *connection, int fd, struct cursor *to, int flags);

/* --- the kernel's connection -------------------------------------------------------- */

/* Bytes that the program's side has sent into, or taken from, the kernel's
 * connection since it was made, by the kernel's own count. `sent` is what the other side
 * says that it has put in, bells and all. -1 with errno. */
int kernel_bytes_sent(int fd, uint64_t *bytes);
int kernel_bytes_taken(int fd, uint64_t sent, uint64_t *bytes);

/* Whether the kernel may be asked about the end again: a system call for each look of who
 * polls would cost more than what it moves. */
bool end_is_due(_Atomic uint64_t *asked_ns);

/* Whether the other side's process can't come back: reset, or gone without a word. */
bool kernel_says_gone(const struct connection *connection, int fd);

/* Whether a reset is but bells that nobody heard before the other side ended. */
bool reset_is_bells(const struct connection *connection);

/*
 * A process that was killed with unread bytes in its ring: TCP would have reset the
 * connection, and so it is reset now. True when it was this call that did it.
 */
bool reset_by_death(struct connection *connection, int fd);

/* What a receive of some bytes is to return where the kernel has said `got`. */
ssize_t true_end(struct connection *connection, int fd, ssize_t got);

/* The end as the kernel has it: 0 = end of file, -EAGAIN = none, else an error. */
int kernel_verdict(struct connection *connection, int fd);

/* Takes up to n bells out of the kernel's queue; returns how many there were. */
uint64_t take_bells(int fd, uint64_t n);

/* Whether bells are left to a sleep that was woken by them, and is about to take them. */
static inline bool bells_are_a_sleepers(const struct connection *connection)
{
	/* After the bells were counted with acquire: see token_sleeps(). */
	return token_sleeps(atomic_load(&connection->token));
}

/* Marks a lane for data, in which whoever puts them finds the token, or a later one. */
static inline void lane_await_data(struct lane *lane, uint32_t how, uint64_t token)
{
	/* seq_cst: the token is there before the mark. */
	atomic_store(&lane->data_token, token);
	/* seq_cst: see take_mark(). */
	atomic_fetch_or(&lane->data_awaited, how);
}

/* Rings once, if bells may be rung now; true when it has. record->out's turn is held. */
bool bell_ring(struct connection *connection, int fd);

/* Wakes whoever awaits; takes record->out's turn for a bell. None may be held. */
void wake_data(struct connection *connection, int fd);
void wake_room(struct connection *connection, int fd);

/* --- routes: record->out's turn is held ---------------------------------------------- */

/* From the kernel to the ring, if all is there that it needs. */
bool enter_ring(struct connection *connection, int fd);
/* Does what the consumer asked for by `retreat`; true when it is done. */
bool answer_retreat(struct connection *connection, int fd);
/* The same, taking the turn, where there is nothing better to do. */
void look_for_retreat(struct connection *connection, int fd);
/* From the ring back to the kernel, after what is in it. */
void leave_ring(struct connection *connection, int fd);
/* The kernel's connection holds no bell back, from here on or no longer. */
void push_begin(struct connection *connection, int fd);
void push_end(struct connection *connection, int fd);

/* --- calls that wait ------------------------------------------------------------------- */

void begin_wait(struct connection *connection);
/* The last one closes, if that was left to it. */
void end_wait(struct connection *connection);
/* Whether a close is left to calls that wait. */
bool outlives_close(struct connection *connection, int fd);

/* The descriptor of a call that has waited: the program may have closed its own. */
static inline int descriptor_of(const struct connection *connection, int fd)
{
	/* acquire: the descriptor is there before its number. */
	int stand_in = atomic_load_explicit(&connection->stand_in, memory_order_acquire);
	return __builtin_expect(stand_in >= 0, 0) ? stand_in : fd;
}

/* recvmsg() that may sleep and be cancelled: within begin_wait() and end_wait(). */
ssize_t receive_asleep(struct connection *connection, int fd, struct msghdr *message, int flags);

/* --- waiting: 0 = look again, else a positive errno ----------------------------------- */

int wait_for_data(struct connection *connection, int fd, uint64_t deadline_ns);
int wait_for_room(struct connection *connection, int fd, uint64_t deadline_ns);

#endif
