/* The serving side of libdoor. */
#ifndef LIBDOOR_SERVER_H
#define LIBDOOR_SERVER_H

#include <setjmp.h>

#include "common.h"

/* --- doors of this process (doors.c) ---------------------------------------- */

struct pool;
struct arrival;

/* The server's end of one descriptor that was made for the door. */
enum end_kind {
	END_OWN,    /* what door_create() returned */
	END_PASSED, /* a copy that left the process, counted as a reference */
	END_NAMED,  /* what an open by path became; the name is the reference */
};

struct door_end {
	struct door_end *next;
	struct door *door;
	enum end_kind kind;
	int socket;
	ino_t client; /* inode of the other end */
	struct arrival *arrival;
};

struct door {
	struct door *next;
	struct pool *pool;
	struct door_page *page;
	int page_fd;
	struct door_end *ends;
	door_server_procedure_t *procedure;
	void *cookie;
	door_attr_t attributes; /* of its creation */
	door_id_t id;
	door_info_t *info; /* what creation functions get; lives as long as the door */
	door_xcreate_server_func_t *create;
	door_xcreate_thrsetup_func_t *setup;
	void *create_cookie;
	_Atomic bool revoked;
	_Atomic uint32_t references; /* sessions, bindings, the table */
	unsigned names;              /* that it is attached to */
	/* Of doors with UNREF or UNREF_MULTI: */
	_Atomic uint32_t active;      /* calls and notifications under way */
	_Atomic bool unref_due;       /* to be delivered by the next thread that looks */
	_Atomic bool unref_deferred;  /* until no call is active */
	_Atomic bool unref_delivered; /* UNREF: once is enough */
};

HIDDEN extern pthread_mutex_t doors_lock;
HIDDEN extern struct door *doors;

/* The door of this process behind a descriptor, with one more reference, or NULL. */
HIDDEN struct door *door_here(int fd);

/* door_release() wants doors_lock held; _locked() takes it. */
HIDDEN void door_release(struct door *door);
HIDDEN void door_release_locked(struct door *door);

HIDDEN int door_info_here(struct door *door, door_info_t *info);

/* Makes a door and enters it into the table; *client is its first descriptor. Under
 * doors_lock. NULL with errno, and nothing is left. */
HIDDEN struct door *door_open(door_server_procedure_t *procedure, void *cookie,
			      door_attr_t attributes, int *client);

/* Takes it out of the table: false when it wasn't there. Under doors_lock. */
HIDDEN bool door_unlink(struct door *door);

/* A further descriptor of the door, lowest free number, with CLOEXEC. Under
 * doors_lock. -1 with errno. */
HIDDEN int door_export(struct door *door, enum end_kind kind);
HIDDEN void door_end_close(struct door_end *end);

/* Nothing leads to the door any more: it goes. Under doors_lock. */
HIDDEN void door_drop_unreachable(struct door *door);

/* --- the reception: a thread that admits clients and notices when they leave ------ */

struct served;

/* Starts it, once per process. Under doors_lock. -1 with errno. */
HIDDEN int reception_start(void);

/* An end of a door. */
HIDDEN int reception_watch_end(struct door_end *end);

/* Puts a descriptor of ours into its care: `handle` is called with doors_lock
 * held when it can be read or has hung up. */
struct guest {
	void (*handle)(struct guest *guest);
	int fd;
	struct arrival *arrival;
};
HIDDEN int reception_watch(struct guest *guest);
HIDDEN void reception_unwatch(struct guest *guest);

/* An arrival whose descriptor is closed. Under doors_lock. */
HIDDEN void reception_bury(struct arrival *arrival);

/* Its part of a session's end. */
HIDDEN void reception_forget(struct served *served);

/* --- unreferenced notifications (unref.c) ------------------------------------------- */

/* How many doors of this process want them. */
HIDDEN extern _Atomic uint32_t unref_doors;

static inline bool wants_unref(const struct door *door)
{
	return (door->attributes & (DOOR_UNREF | DOOR_UNREF_MULTI)) != 0;
}

/* References to the door: copies of the server's own descriptor in this process,
 * copies elsewhere, names. Under doors_lock. */
HIDDEN unsigned unref_count(const struct door *door);

/* One reference has gone. Under doors_lock. */
HIDDEN void unref_check(struct door *door);

/* A system call that ends what descriptor `fd` is, e.g. close: run, and what it
 * unreferences noticed. */
HIDDEN long unref_closing(int fd, long number, long a, long b, long c);

/* A call or notification of the door begins, is over. */
HIDDEN void unref_enter(struct door *door);
HIDDEN void unref_leave(struct door *door);

/* A door of the pool whose notification is due, with one more reference, or NULL. */
HIDDEN struct door *unref_take(const struct pool *pool);

/* Around fork(), under doors_lock: copies of the server's own descriptors become
 * descriptors of the child's own, so that their end can be seen. */
HIDDEN void unref_before_fork(void);
HIDDEN void unref_after_fork(bool child);

/* --- names (attach.c) ------------------------------------------------------------------- */

/* Where `fd` is an open file that a door is attached to: puts a descriptor of the
 * door in its place. -1 with errno when it isn't. */
HIDDEN int attach_resolve(int fd);

/* Forgets a revoked door's names; under doors_lock. In a child: all of them. */
HIDDEN void attach_forget(const struct door *door);

/* --- sessions as the server has them (served.c) --------------------------------------------- */

struct served {
	struct door *door;
	struct slot *slot;
	struct bulk bulk;
	struct buffers *buffers;  /* NULL = none */
	struct named_buffer lent; /* with the last arguments, ticket 0 = none */
	struct named_buffer sent; /* with the last results */
	int socket;
	bool may_spin;
	_Atomic bool dead;        /* the client is gone */
	struct ucred caller;      /* as the kernel attested it at the session's start */
	int pidfd;                /* of the caller, -1 = none */
	struct arrival *arrival;  /* the reception's */
	_Atomic uint32_t taken;   /* sequence of the last request that a thread had */
	_Atomic uintptr_t thread; /* the struct server_thread that has it, 0 = none */
	_Atomic uint32_t users;   /* the table, and threads that look at it */
	size_t index;             /* in the table */
	int listener;             /* of notifications, -1 = the pool serves it; see handoff.c */
};

/* In served.thread beside the address: served_end() is about to cancel the thread;
 * the thread has answered. */
#define CANCELLING ((uintptr_t)1)
#define ANSWERED   ((uintptr_t)2)

/* Enters a session into the table, which then holds it. */
HIDDEN int served_add(struct served *served);

/* The session's client is gone, or its door is revoked: takes it out of the
 * table and cancels the thread that serves it, unless the door forbids. Called
 * by the reception with doors_lock, which it lets go for a moment. */
HIDDEN void served_end(struct served *served);
HIDDEN void served_release(struct served *served);

/* Frees what it holds but its door. */
HIDDEN void served_free(struct served *served);

/* Takes a posted request: true when it is this thread's now. */
HIDDEN bool served_take(struct served *served, uint32_t *sequence);

/* The thread is about to answer: its client's end is no reason to cancel it now. */
HIDDEN void served_answering(struct served *served);

/* The thread has answered and is done: another may take the session's next call. */
HIDDEN void served_give_back(struct served *served);

/* A posted call of any session of the pool; it has one more user then. Says in
 * *more that there is another one. */
HIDDEN struct served *served_look_around(const struct pool *pool, uint32_t *sequence, bool *more);

/* The reply is complete, `error` = errno of the call. */
HIDDEN void served_publish(struct served *served, uint32_t sequence, int error);

/* Ends the client's sleep, if it sleeps: it looks around. */
HIDDEN void served_wake(struct served *served);

/* Ends calls that no thread has taken yet with EBADF. */
HIDDEN void served_refuse_all(struct door *door);

/* In a child: what belongs to the parent is forgotten. */
HIDDEN void served_forget(void);

/* --- pools of threads (pool.c) ------------------------------------------------------------------
 */

struct pool {
	struct bell *bell;
	int bell_fd;
	_Atomic int idle; /* threads that wait, awake or asleep */
	pthread_mutex_t parked_lock;
	struct parked *parked; /* asleep or about to be, the last one first */
	uint32_t next_word;
	struct door *door; /* private pool of; NULL = the process's own */
};

HIDDEN struct pool *pool_create(struct door *door);
HIDDEN void pool_free(struct pool *pool);
HIDDEN struct pool *pool_of_process(void);
HIDDEN void pool_forget(void);

/* The creation function's part of door_create(). */
HIDDEN void pool_first_thread(struct door *door);

/* door_xcreate()'s threads: waits until all are bound. Returns an errno. */
HIDDEN int pool_start_threads(struct door *door, int count);

/* Waits for something to do: a call (*sequence is its number), or NULL and
 * *notice = a door that is unreferenced. Each has one more user or reference. */
HIDDEN struct served *pool_next_call(struct pool *pool, uint32_t *sequence, struct door **notice);

/* As a client's ring, but sure: the bell may have been damaged. */
HIDDEN void pool_rouse(struct pool *pool);

/* This thread no longer looks at the session it served last. */
HIDDEN void pool_stop_watching(void);

/* --- the experimental hand-off (handoff.c) -------------------------------------------- */

/* A thread for the session alone. -1 = it can't be made. */
HIDDEN int handoff_start(struct served *served);

/* Waits for the next call of this thread's session; false = its client is gone. */
HIDDEN bool handoff_next_call(uint32_t *sequence);

/* Lets the client go on. */
HIDDEN void handoff_answer(void);

/* --- a thread that serves (serve.c)
 * ----------------------------------------------------------------- */

struct server_thread {
	struct pool *pool; /* where it waits; NULL = it never has */
	struct door *bound;
	struct served *last; /* the session it served last and still watches */
	struct served *serving;
	struct door *notified; /* whose notification it runs */
	struct spinner spinner;
	uint32_t word;          /* of the bell, to sleep on; 1 + its number */
	uint32_t sequence;      /* of the call under way */
	uint32_t flags;         /* its request's */
	struct served *handoff; /* the one session that this thread is for, NULL = the pool's */
	uint64_t notification;  /* of the call under way */
	bool replied;           /* by door_reply(): the session is no longer ours */
	struct {
		size_t bytes;
		uint32_t descs;
		uint32_t version;           /* of the bulk area, 0 = not there */
		struct named_buffer buffer; /* ticket 0 = not there */
	} results;                          /* of the call under way */
	bool held;    /* the client is to free the buffer with its arguments */
	size_t bytes; /* moved by the last call: how long its client may copy */
	pthread_t thread;
	char *stack_low;
	jmp_buf base;
};
HIDDEN extern THREAD_LOCAL struct server_thread me;

/* What this thread is bound to, and whom it serves; NULL = nothing, nobody. */
HIDDEN struct door *pool_bound_door(void);
HIDDEN const struct ucred *pool_caller(void);

/* Whether pool_caller()'s pid still is the caller's. */
HIDDEN bool pool_caller_lives(void);

/* --- results (results.c)
 * ---------------------------------------------------------------------------- */

/* Results of this call that were put somewhere, and are not sent. */
HIDDEN void results_discard(const struct served *served);

/* Puts results where the client finds them; -1 with errno leaves all as it was. */
HIDDEN int results_put(const char *data, size_t bytes, door_desc_t *descs, uint_t count);

#endif
