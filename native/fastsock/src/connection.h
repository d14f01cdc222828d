/*
 * Connections: local TCP connections whose bytes may go another way.
 *
 * A connection starts as what it is, the kernel's. From its second data operation
 * on the client offers a segment to the server (rendezvous.h); once both sides
 * have it mapped, each direction goes over to its ring (segment.h). Nothing of
 * this is seen by the program but the time it takes.
 *
 * Functions that a program's call ends up in answer as that call does: a count or
 * -1 with errno. They take the descriptor by which the program reached them.
 */
#ifndef FASTSOCK_CONNECTION_H
#define FASTSOCK_CONNECTION_H

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "record.h"
#include "segment.h"

struct transport;

/* Where a connection's upgrade stands. */
enum stage {
	STAGE_FRESH,   /* before the second data operation */
	STAGE_OFFERED, /* client: a segment was offered; server: it waits for an offer */
	STAGE_MAPPED,  /* the segment is mapped; routes move on by themselves */
	STAGE_PLAIN,   /* never to be upgraded: the table drops it */
};

/*
 * Of this process; several descriptors may refer to one. Its memory is never
 * given back to the system, so that a reference can be taken without a lock
 * (table.h).
 */
struct connection {
	_Atomic uint32_t references; /* 0 = free */
	enum side side;
	struct record *record;
	_Atomic uint32_t stage;      /* enum stage; moves on under record->out's turn */
	_Atomic uint32_t operations; /* that moved bytes so far, until it is mapped */
	_Atomic uint32_t looks;      /* data operations since the last one that did */
	struct mapping mapping;
	const struct transport *transport;
	void *transport_state;
	struct lane *out, *in; /* of the segment */
	unsigned char *out_ring, *in_ring;
	_Atomic uint32_t spin_ns;   /* what spinning is worth here: relaxed, a guess */
	_Atomic uint32_t has_woken; /* the other side, since this one last waited */
	_Atomic uint64_t token;     /* of the sleep that has its bells, if that still sleeps */
	uint64_t born_ns;
	_Atomic uint32_t waits; /* the last receive from the kernel had to: the next one may, too */
	uint32_t destination;   /* client: a hash of the address, see upgrade.c */
	bool inspected;         /* for obstacles, before the first look for the other side */
	uint32_t refusals;      /* client: looks for the other side in vain */
	int rendezvous;         /* server: listening; client: the offer's connection; -1 = none */
	int offer;              /* client: the segment's memfd until it is offered; -1 = none */
	bool opened;            /* the transport's state is there */
	_Atomic uint32_t closed;      /* by the last descriptor of this process */
	_Atomic uint32_t let_go;      /* the hold on the record was given up without a close */
	_Atomic uint32_t descriptors; /* of this process, in the table */
	_Atomic uint32_t waiters;     /* calls that wait: they outlive a close of the last one */
	_Atomic int stand_in;         /* and go on by this one, the library's own; -1 = none */
	uint64_t identity;            /* tells connections apart, never used again */
	/* Statistics, relaxed. */
	_Atomic uint64_t ring_sent, ring_received, kernel_sent, kernel_received;
	_Atomic uint64_t wakeups_sent;
};

/* Why it can't be carried, by what was set before it was one; NULL when it can. */
const char *connection_obstacle(int fd);

/*
 * A connection for a connected socket, with one reference; NULL when it isn't a
 * local TCP connection or can't be followed, which is no error.
 */
struct connection *connection_new(int fd, enum side side);

void connection_reference(struct connection *connection);
/* Drops a reference. The last one frees what the process holds of it. */
void connection_release(struct connection *connection);

/*
 * Before the last descriptor of this process is closed: what TCP does at close.
 * The caller then closes the descriptor. With calls that wait it is done when the
 * last of them is.
 */
void connection_close(struct connection *connection, int fd);

/* At the end of a process that doesn't close: others of its family go on. */
void connection_exit(struct connection *connection);
/* After an end that didn't come: an exec that failed. */
void connection_hold_again(struct connection *connection);

/* Around fork(): in the parent before, in the parent after a fork that failed. */
void connection_will_fork(struct connection *connection);
void connection_did_not_fork(struct connection *connection);
/* In the child. */
void connection_forked(struct connection *connection);
void connections_after_fork_in_child(void);
/* What it has moved so far is in the statistics. */
void connection_told(struct connection *connection);

/* --- data ------------------------------------------------------------------------- */

/*
 * sendmsg() without name and ancillary data: MSG_DONTWAIT, MSG_NOSIGNAL, MSG_MORE
 * and MSG_EOR as the kernel has them; with MSG_OOB the connection retreats first.
 */
ssize_t connection_send(struct connection *connection, int fd, const struct iovec *pieces,
			size_t count, int flags);

/* recvmsg() likewise: MSG_PEEK, MSG_DONTWAIT, MSG_WAITALL, MSG_TRUNC. */
ssize_t connection_receive(struct connection *connection, int fd, const struct iovec *pieces,
			   size_t count, int flags);

/* Moves an upgrade on if it is due. Called by the two above, cheap. */
void connection_upgrade(struct connection *connection, int fd);
/* After an operation that moved bytes. */
void connection_moved(struct connection *connection);

/* A client's that has ended without having found the other side, though it looked. */
void connection_unmet(const struct connection *connection);

/* From here on nothing is upgraded in this process. */
void connections_stay_plain(void);

int connection_shutdown(struct connection *connection, int fd, int how);

/*
 * TCP_NODELAY and TCP_CORK: bells must not wait, so beneath a ring the kernel's
 * connection pushes every byte, and what the program has set is only remembered. True
 * when that is all: the kernel need not be asked.
 */
bool connection_set_push(struct connection *connection, int name, bool on);
bool connection_get_push(struct connection *connection, int name, bool *on);

/* FIONREAD, SIOCOUTQ and SIOCATMARK. */
int connection_unread_bytes(struct connection *connection, int fd, int *bytes);
int connection_unsent_bytes(struct connection *connection, int fd, int *bytes);
int connection_at_mark(struct connection *connection, int fd, int *answer);

/* SO_ERROR as TCP would have it, of what the kernel has told. */
int connection_true_error(struct connection *connection, int error);

/*
 * Back to the kernel in both directions and for good, without losing a byte: what
 * is unread in the ring is carried through the kernel by its producer. Before the
 * descriptor goes where the library can't follow: exec, SCM_RIGHTS, stdio, MSG_OOB.
 */
void connection_retreat(struct connection *connection, int fd, const char *reason);

/* The same without waiting: what is in the rings is still read there. */
void connection_retreat_softly(struct connection *connection, int fd, const char *reason);

/* --- readiness -------------------------------------------------------------------- */

/* True while the kernel alone knows whether the descriptor is ready. */
bool connection_is_kernels(const struct connection *connection);

/*
 * What is known without the kernel, of POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM,
 * POLLRDHUP: those of `wanted` that hold now. No system call.
 */
short connection_look(struct connection *connection, short wanted);

/*
 * Before a sleep in the kernel: from here on whoever makes one of `wanted` true
 * makes the descriptor readable. Returns as connection_look() a moment after.
 */
short connection_arm(struct connection *connection, short wanted);
/* The same for a sleep that has a token (token.h), or 0, and is one of the watchers. */
short connection_arm_by(struct connection *connection, short wanted, uint64_t token);

/* What to ask the kernel for instead of `wanted`: POLLIN stands for every bell. */
short connection_kernel_events(const struct connection *connection, short wanted);

/*
 * What the program is to be told when the kernel says `heard`; takes in bells
 * that have done their work. 0 = nothing: sleep on.
 */
short connection_events(struct connection *connection, int fd, short wanted, short heard);

#endif
