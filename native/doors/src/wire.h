/*
 * What a client and a server share.
 *
 * A door descriptor is the client end of a SOCK_SEQPACKET pair; the server
 * keeps and polls the other end, which is bound to an abstract name that says
 * what it is, so getpeername() tells a door from any other descriptor.
 *
 * Each client thread that calls a door makes a session: a memfd of its own
 * with one slot, and a socket pair, both sent over the door. Who can send over
 * the door holds its descriptor, which is the right to call; so a session is
 * the capability, and the slot needs no door number that could be forged.
 *
 * Trust. The server maps memory that the client can write at any time. It
 * reads every field of a request once, checks the copy, and copies arguments
 * to its stack before the procedure sees them. Capacities are the server's own
 * records, never the slot's. What the client needs to believe (limits,
 * revocation) lies in the door's page, which clients can only map for reading.
 */
#ifndef LIBDOOR_WIRE_H
#define LIBDOOR_WIRE_H

#include <stdatomic.h>
#include <stdint.h>

#include "door.h"

#define DOOR_NAME_PREFIX "libdoor/2/"
#define WIRE_MAGIC       0x726f6f64u

/* Arguments and results up to this many bytes travel in the slot; above, in a buffer of
 * the pool that the two processes share; what is too large for that, or finds none, in
 * the session's bulk area. */
#define INLINE_BYTES 128u

/* request.state: a sequence number above a state. */
enum request_state {
	REQUEST_NONE = 0,
	REQUEST_POSTED = 1,    /* arguments are ready */
	REQUEST_WITHDRAWN = 2, /* a signal came */
};

#define STATE_BITS 2u
#define STATE_MASK 3u

/* request.flags */
#define REQUEST_NO_RESULTS 1u /* door_call(fd, NULL) */
#define REQUEST_RELEASES   2u /* end the client's sleep once its descriptors are here */
#define REQUEST_BUFFER     4u /* data lies in the buffer that is named */
#define REQUEST_HOLDS      8u /* which the client frees, when the call has returned */

/* reply.flags */
#define REPLY_BUFFER 1u /* results lie in the buffer that is named; the client frees it */
#define REPLY_HELD   2u /* the arguments' buffer is still the client's to free */

/* A buffer as it is named to the other side, see bufpool.h. */
struct named_buffer {
	uint32_t index;
	uint32_t ticket;
};

/* One cache line that the client writes. The server only reads it while a call
 * is under way, so a line travels once per direction. */
struct request {
	_Atomic uint32_t state;
	_Atomic uint32_t client_sleeps; /* 1 = on this word; who ends that stores 0 */
	uint64_t data_bytes;
	uint32_t desc_count;
	uint32_t flags;
	uint32_t bulk_version; /* data lies in this version of the bulk area, 0 = in the slot */
	uint32_t fault;        /* errno of what is wrong with the arguments: they don't follow */
	union {
		char small[32]; /* data up to 32 bytes: no further line is touched */
		struct named_buffer buffer;
	};
};

/* One cache line that only the server writes. */
struct reply {
	_Atomic uint32_t sequence; /* = the request's once the reply is there */
	_Atomic uint32_t attended; /* 1 = a server thread is watching this slot */
	int32_t error;             /* errno of the call, 0 = results follow */
	uint32_t desc_count;
	uint64_t data_bytes;
	uint32_t bulk_version; /* as in the request */
	uint32_t flags;
	union {
		char small[32];
		struct named_buffer buffer;
	};
};

/* A line of the server's that a client reads only when it gives up. */
struct service {
	_Atomic uint32_t taken;    /* sequence of the last request that a thread has */
	_Atomic uint32_t received; /* of the last whose descriptors have arrived */
	uint32_t reserved[14];
};

struct slot {
	_Alignas(64) struct request request;
	_Alignas(64) struct reply reply;
	_Alignas(64) struct service service;
	_Alignas(64) char arguments[INLINE_BYTES];
	char results[INLINE_BYTES];
};

_Static_assert(sizeof(struct request) == 64 && sizeof(struct reply) == 64 &&
		       sizeof(struct service) == 64,
	       "a cache line each");

#define SLOT_BYTES ((sizeof(struct slot) + 4095u) & ~(size_t)4095u)

/* The bell of a pool, which all its clients can write. A client whose slot
 * nobody watches counts `rung` up and wakes the thread that `top` names, the one
 * that went to sleep last: its stack is the warmest. Worth no trust; a wrong
 * value costs a look around, or a nap that a nudge ends. */
#define BELL_WORDS  256u
#define BELL_NOBODY UINT32_MAX

struct bell {
	_Atomic uint32_t rung;
	_Atomic uint32_t top; /* BELL_NOBODY = every thread is awake */
	uint32_t reserved[14];
	_Atomic uint32_t words[BELL_WORDS]; /* what sleeping threads sleep on */
};

/* A door's page: written by the server, mapped read-only by clients. */
struct door_page {
	_Atomic uint32_t revoked;
	_Atomic uint32_t attributes;
	_Atomic uint64_t data_min;
	_Atomic uint64_t data_max;
	_Atomic uint64_t desc_max;
	uint64_t id;
	int32_t server;     /* pid */
	int32_t server_cpu; /* the only processor the server may use, -1 = several */
	uint64_t procedure;
	uint64_t cookie;
};

#define PAGE_BYTES 4096u

/* Messages. client -> server over the door, with a session's socket and memory;
 * the answer over the session's socket, with the door's page and the bell. */
enum message_kind {
	MESSAGE_HELLO = 1,
	MESSAGE_WELCOME,
	MESSAGE_BULK,        /* a new bulk area, with its memory */
	MESSAGE_DESCRIPTORS, /* up to 253 of them */
	MESSAGE_NUDGE,       /* over the door: nobody has taken my call, is the bell sound? */
};

struct message {
	uint32_t magic;
	uint32_t kind;
	uint64_t bytes;     /* of the bulk area; of a hello: the pool's shape */
	uint32_t version;   /* of the bulk area; HELLO_ and WELCOME_ flags */
	uint32_t count;     /* of the descriptors in this message */
	int32_t client_cpu; /* as server_cpu */
	uint32_t reserved;
};

/* What came with the hello beside the session's socket and memory, in this order: the
 * memory of the pool of buffers, and a listener, see handoff.c. */
#define HELLO_BUFFERS  1u
#define HELLO_LISTENER 2u

/* The listener is listened to. */
#define WELCOME_HANDOFF 1u

/* Most descriptors in one message (SCM_MAX_FD). */
#define DESCRIPTORS_PER_MESSAGE 253u
/* Most in one call. */
#define DESCRIPTORS_MAX 1024u

#endif
