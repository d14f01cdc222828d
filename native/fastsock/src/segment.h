/*
 * Segments: what two processes share of one connection.
 *
 * A segment is an anonymous sealed memfd. It has two lanes, one per direction,
 * each with one producer and one consumer. Whatever lies in it may be written by
 * the other process at any time, with any value: positions are kept in private
 * records (record.h) and only compared with what is found here.
 *
 * A lane is an overlay of one direction of the kernel's TCP connection, which
 * stays open beneath it:
 *
 *   ROUTE_KERNEL        bytes go through the kernel, as if the library were absent
 *   ROUTE_RING          the first `kernel_bytes` went through the kernel, what
 *                       follows goes through the ring
 *   ROUTE_KERNEL_AGAIN  the ring had `last_tail` bytes in all, what follows goes
 *                       through the kernel
 *
 * The producer alone moves the route on, and never back. While it is ROUTE_RING
 * the only bytes it puts into the kernel's connection are bells: they carry
 * nothing, are counted in `bells`, and wake a consumer that sleeps in the kernel.
 */
#ifndef FASTSOCK_SEGMENT_H
#define FASTSOCK_SEGMENT_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEGMENT_MAGIC      UINT64_C(0x315441504b434f53)
#define RING_BYTES_DEFAULT (128u * 1024u)
#define LINE_BYTES         64

enum route { ROUTE_KERNEL, ROUTE_RING, ROUTE_KERNEL_AGAIN };

/* Back to the kernel: after what is in the ring, or also with what is unread in it. */
enum retreat { RETREAT_NONE, RETREAT_SOFT, RETREAT_HARD };

/* How somebody sleeps, in `data_awaited` and `room_awaited`. */
enum { SLEEPS_FUTEX = 1, SLEEPS_KERNEL = 2 };

enum side { SIDE_CLIENT, SIDE_SERVER };

struct lane {
	/* Written by the producer. */
	alignas(LINE_BYTES) _Atomic uint64_t tail; /* bytes put into the ring so far */
	_Atomic uint64_t kernel_bytes;             /* set before ROUTE_RING */
	_Atomic uint64_t last_tail;                /* set before ROUTE_KERNEL_AGAIN */
	_Atomic uint64_t last_bells;               /* likewise: all bells there ever were */
	_Atomic uint64_t bells;                    /* counted before they are sent */
	_Atomic uint32_t route;
	_Atomic uint32_t finished; /* nothing follows: shut down or closed in order */
	_Atomic uint32_t aborted;  /* a reset follows, and is meant */

	/* Written by the consumer. */
	alignas(LINE_BYTES) _Atomic uint64_t head; /* bytes taken out of the ring so far */
	_Atomic uint32_t closed;                   /* nobody will take any more */
	_Atomic uint32_t retreat;                  /* enum retreat: asks the producer for it */

	/* Written by both: set by who sleeps, taken by who wakes. */
	alignas(LINE_BYTES) _Atomic uint32_t data_awaited; /* by the consumer */
	_Atomic uint32_t data_signal;                      /* futex, counts wake-ups */
	_Atomic uint64_t data_token; /* of who sleeps in the kernel: see token.h */
	alignas(LINE_BYTES) _Atomic uint32_t room_awaited; /* by the producer */
	_Atomic uint32_t room_signal;
};

struct segment {
	uint64_t magic;
	uint32_t ring_bytes; /* a power of two */
	uint32_t transport;
	_Atomic uint32_t ready[2];     /* by side: it has mapped this and takes from rings */
	_Atomic uint64_t door_keys[2]; /* by side: how calls of its door name it (places.h) */
	struct lane lanes[2];          /* by the side that produces */
};

/* A mapping of a segment in this process. */
struct mapping {
	struct segment *segment;
	size_t bytes;
	uint32_t ring_bytes; /* as validated: the shared word may change */
	unsigned char *rings[2];
};

/* Makes one; *fd is moved high, FD_CLOEXEC. Returns 0 or -1 with errno. */
int segment_create(struct mapping *mapping, uint32_t ring_bytes, uint32_t transport, int *fd);

/* Maps one that another process made. EPROTO when it isn't sealed or not of this form. */
int segment_attach(struct mapping *mapping, int fd, uint32_t transport);

void segment_release(struct mapping *mapping);

#endif
