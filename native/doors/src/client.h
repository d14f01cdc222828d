/* The calling side of libdoor. */
#ifndef LIBDOOR_CLIENT_H
#define LIBDOOR_CLIENT_H

#include "common.h"

/* A thread's way to one door, by one of its descriptors. */
struct session {
	struct session *next; /* of this thread */
	int door;             /* the program's descriptor */
	uint32_t generation;  /* of that descriptor number */
	int socket;
	struct slot *slot;
	const struct door_page *page;
	struct bell *bell;
	struct bulk bulk;
	struct buffers *buffers;     /* NULL = none */
	struct named_buffer lent;    /* with the arguments of the call under way; ticket 0 = none */
	uint32_t sequence;           /* of the last call */
	uint32_t signals;            /* handled before it */
	size_t bytes;                /* of its arguments */
	bool no_results;             /* door_call(fd, NULL) */
	bool sent;                   /* descriptors */
	const door_arg_t *releasing; /* what is closed once the server has it, or NULL */
	void *calling;               /* frame of the call under way, NULL = none */
	bool may_spin;
	struct spinner spinner;
	_Atomic bool dead; /* the server is gone, or has closed the session */
	uint64_t id;       /* for the watch; 0 = not watched */
	bool handoff;      /* calls wake the server by a notification, see handoff.c */
};

/* This thread's session for a descriptor, made when there is none. NULL with EBADF. */
HIDDEN struct session *session_for(int door);
HIDDEN void session_end(struct session *session);

/* --- arguments (arguments.c) ------------------------------------------------------------ */

/* Puts them where the server finds them. Returns an errno, 0 = the call can be made: what
 * is wrong with them says the server, once a thread has the call. */
HIDDEN int arguments_put(struct session *session, const door_arg_t *arg);

/* The call is over, and the server has said whether it has freed their buffer. */
HIDDEN void arguments_returned(struct session *session);

/* Nobody waits for the call's end any more, if one is under way. */
HIDDEN void arguments_abandon(struct session *session);

/* A request's state word. */
static inline uint32_t request_state(const struct session *session, enum request_state state)
{
	return session->sequence << STATE_BITS | state;
}

/* In a child: the parent's sessions are the parent's. */
HIDDEN void sessions_forget(void);

/* What the door's server shows of it, or NULL with EBADF. */
HIDDEN const struct door_page *client_page(int fd);

/* --- which numbers still mean what they did (session.c) ------------------------------- */

/* Descriptor numbers whose sessions are kept in order. */
#define CLIENT_NUMBERS 65536u

/* The number now means something else. */
HIDDEN void client_forget_descriptor(int fd);

/* --- results (take.c) --------------------------------------------------------------------- */

/* Hands the session's results over. -1 with EOVERFLOW, EFAULT, EMFILE; *arg is then
 * untouched. */
HIDDEN int take_results(struct session *session, door_arg_t *arg);

/* --- the experimental hand-off (handoff.c) ---------------------------------------------- */

/* Where this thread's notifications can be received, -1 = there are none. */
HIDDEN int handoff_listen(void);

/* Notifies, and waits until the server answers. False = nobody listens any more. */
HIDDEN bool handoff_wait(void);

/* --- the watch: a thread that notices when servers end (watch.c) ------------------------ */

HIDDEN int watch_session(struct session *session);

/* Also closes the session's socket. */
HIDDEN void unwatch_session(const struct session *session);

/* Ends a caller's sleep: it looks around again. Safe in a signal handler but for
 * the wake-up itself, which a handler that interrupted the sleep doesn't need. */
static inline void end_sleep(struct slot *slot)
{
	/* seq_cst: the caller set it before it looked at what we have changed. */
	atomic_store(&slot->request.client_sleeps, 0);
}

/* --- signals (signals.c) --------------------------------------------------------------------- */

/*
 * A handled signal ends a call, also one that came between two instructions of
 * a spin, where no system call could tell. So the library provides sigaction()
 * and its relatives: handlers are reached through a function of ours that counts
 * them, per thread, and ends the sleep that the thread may be about to begin.
 */
struct signals {
	_Atomic uint32_t handled;      /* by this thread */
	struct slot *_Atomic sleeping; /* that this thread waits on */
};
HIDDEN extern THREAD_LOCAL struct signals signals;

static inline uint32_t signals_handled(void)
{
	/* relaxed: written by this thread only, in its handlers. */
	return atomic_load_explicit(&signals.handled, memory_order_relaxed);
}

/* This thread is going to sleep in `slot`, or NULL: it has ended. */
static inline void signals_sleeping(struct slot *slot)
{
	/* seq_cst would order nothing more: its handlers are this thread, too. */
	atomic_store_explicit(&signals.sleeping, slot, memory_order_relaxed);
	atomic_signal_fence(memory_order_seq_cst);
}

/* The slot goes away, maybe under a call that a handler has jumped out of. */
static inline void signals_forget(const struct slot *slot)
{
	if (atomic_load_explicit(&signals.sleeping, memory_order_relaxed) == slot)
		signals_sleeping(NULL);
}

#endif
