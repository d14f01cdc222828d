/*
 * door_buffers.h: the buffers that libdoor's arguments travel in. (Not in Solaris.)
 *
 * Arguments and results above 128 bytes lie in buffers that a client's process shares
 * with a server's. When arguments' buffers are freed, and what a caller gets when
 * there is none, is each process's choice, by these functions or by the environment:
 *
 *   LIBDOOR_BUFFERS=early|hold           LIBDOOR_EXHAUSTED=grow|wait|fail
 *   LIBDOOR_BUFFER_COUNT=1 to 32         LIBDOOR_BUFFER_BYTES=256 to 1048576
 *
 * The last two are read by a client when it first calls into a server. docs/doors.md
 * says more.
 */
#ifndef _DOOR_BUFFERS_H
#define _DOOR_BUFFERS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* The server frees the buffer as soon as it has copied the arguments, or the client does
 * when the call has returned. Hold, if either process wants it. */
#define DOOR_BUFFERS_EARLY 0
#define DOOR_BUFFERS_HOLD  1

/* What a caller gets when all buffers are in use: more of them (up to 64 times as many;
 * then its data takes the way of large ones), the next that is freed, or EAGAIN. */
#define DOOR_EXHAUSTED_GROW 0
#define DOOR_EXHAUSTED_WAIT 1
#define DOOR_EXHAUSTED_FAIL 2

/* Each returns what was chosen before; -1 chooses nothing. -1 with EINVAL. */
int door_buffers(int release);
int door_exhausted(int policy);

/* Of all pools that this process has made as a client. */
struct door_buffers_usage {
	uint32_t in_use;       /* now */
	uint32_t touched;      /* ever: the peak, since the lowest free one is always taken */
	uint32_t buffer_bytes; /* of one */
	uint32_t areas;        /* of buffers; more than 1 per pool = it has grown */
	uint64_t holdings;     /* buffers that were ever taken, by either side */
	uint64_t timed;        /* of these */
	uint64_t held_ns;      /* sum over the timed ones */
	uint64_t open_ns;      /* age of the timed ones that are under way, summed */
	uint64_t waits;        /* of callers of this process, for a buffer */
	uint64_t failures;     /* calls that ended with EAGAIN, or took another way */
	uint64_t overflows;    /* results of this process, as a server, that found no buffer */
};
void door_buffers_usage(struct door_buffers_usage *usage);

/* How often each buffer of the first such pool has been taken; returns how many there
 * are. */
uint32_t door_buffers_taken(uint32_t *taken, uint32_t most);

/* Takes the time of every n-th holding of each buffer from now on, 0 = of none. */
void door_buffers_time(uint32_t every);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
