/* Internals of libdoor. */
#ifndef LIBDOOR_IMPL_H
#define LIBDOOR_IMPL_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "wire.h"

#define HIDDEN __attribute__((visibility("hidden")))

/* The spin before a sleep, on either side: about twice a wake-up across
 * processors, so that at worst it doubles the price of a wait. */
#define SPIN_NS     50000u
#define SPIN_NS_MAX 1000000000u

/* --- shared by both sides (common.c) --------------------------------------- */

/* Sends or receives one message and its descriptors. -1 with errno; a peer that
 * is gone is ECONNRESET. receive() stores at most `most` descriptors, closes the
 * rest, and says in *truncated that the table was full. `flags` as recvmsg's. */
HIDDEN int message_send(int socket, const struct message *message, const int *fds, uint32_t count);
HIDDEN int message_receive(int socket, int flags, struct message *message, int *fds, uint32_t most,
			   uint32_t *count, bool *truncated);

/* Moves a descriptor of ours out of the program's way, with FD_CLOEXEC. */
HIDDEN int move_high(int fd);

/* Sealed memory: *fd is open, the result mapped. `private_to_us` also forbids
 * others to map it for writing. */
HIDDEN void *memory_create(size_t bytes, bool private_to_us, int *fd);

/* Maps what another process sent, once its size can't change any more. */
HIDDEN void *memory_attach(int fd, size_t bytes, bool writable);

HIDDEN uint64_t clock_ns(void);
HIDDEN int only_cpu(void);

/* Whether `bytes` at `address` can be read (written). Remembers the last good
 * pages of this thread, so the common case costs no system call. */
HIDDEN bool readable(const void *address, size_t bytes);
HIDDEN bool writable(void *address, size_t bytes);

/* Sleeps while *word is `value`. Interruptible: a handled signal ends it with
 * EINTR, whatever its SA_RESTART. */
HIDDEN long futex_wait(_Atomic uint32_t *word, uint32_t value, bool interruptible);
HIDDEN void futex_wake(_Atomic uint32_t *word, int count);

/* Wakes the thread that went to sleep last, if one sleeps. */
HIDDEN void bell_ring(struct bell *bell);

static inline void relax(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield" ::: "memory");
#endif
}

/* A spin that gives up by the clock, and is given up on after it failed often:
 * each failure doubles how many waits go without. */
struct spinner {
	uint32_t failures;
	uint32_t skip;
};

struct spin_wait {
	uint64_t deadline_ns;
	uint32_t rounds;
};

/* SPIN_NS, or what the environment variable LIBDOOR_SPIN_NS says; 0 = never. */
HIDDEN uint64_t spin_limit_ns(void);

HIDDEN bool spinner_starts(struct spinner *spinner);

static inline bool spin_on(struct spin_wait *wait)
{
	relax();
	if (++wait->rounds % 64 != 0)
		return true;
	uint64_t now = clock_ns();
	if (wait->deadline_ns == 0)
		wait->deadline_ns = now + spin_limit_ns();
	return now < wait->deadline_ns;
}

static inline void spinner_result(struct spinner *spinner, bool succeeded)
{
	spinner->failures = succeeded ? 0 : spinner->failures + (spinner->failures < 10);
	spinner->skip = succeeded ? 0 : (1u << spinner->failures) - 1u;
}

/* --- doors of this process (server.c) --------------------------------------- */

struct pool;

/* The server's end of one descriptor that was made for the door. */
struct arrival;

struct door_end {
	struct door_end *next;
	struct door *door;
	int socket;
	struct arrival *arrival;
};

struct door {
	struct door *next;
	struct pool *pool;
	struct door_page *page;
	int page_fd;
	struct door_end *ends; /* the server's ends of its descriptors */
	door_server_procedure_t *procedure;
	void *cookie;
	door_attr_t attributes;
	door_id_t id;
	door_info_t *info; /* what creation functions get; lives as long as the door */
	door_xcreate_server_func_t *create;
	door_xcreate_thrsetup_func_t *setup;
	void *create_cookie;
	_Atomic bool revoked;
	_Atomic uint32_t references; /* sessions, bindings, the table */
};

HIDDEN extern pthread_mutex_t doors_lock;
HIDDEN extern struct door *doors;

/* The door of this process behind a descriptor, or NULL. */
HIDDEN struct door *door_here(int fd);

/* What a descriptor is: 0 when it is a door, with id and attributes (of its
 * creation) and the server's pid; -1 when it isn't. */
struct door_identity {
	pid_t server;
	door_id_t id;
	door_attr_t attributes;
};

HIDDEN void door_release(struct door *door);
HIDDEN void door_release_locked(struct door *door);
HIDDEN int door_info_here(struct door *door, door_info_t *info);
HIDDEN int door_identify(int fd, struct door_identity *identity);

/* A further descriptor of the door, lowest free number, with CLOEXEC. Under
 * doors_lock. -1 with errno. */
HIDDEN int door_export(struct door *door);

/* Puts a descriptor of ours into the reception's care: `guest` is called with
 * doors_lock held when it can be read or has hung up. */
struct guest {
	void (*handle)(struct guest *guest);
	int fd;
	struct arrival *arrival;
};
HIDDEN int reception_watch(struct guest *guest);
HIDDEN void reception_unwatch(struct guest *guest);

/* --- names (attach.c) ---------------------------------------------------------- */

/* Where `fd` is an open file that a door is attached to: puts a descriptor of the
 * door in its place. -1 with errno when it isn't. */
HIDDEN int attach_resolve(int fd);

/* Forgets a revoked door's names; under doors_lock. In a child: all of them. */
HIDDEN void attach_forget(const struct door *door);

/* --- threads that serve (pool.c) --------------------------------------------- */

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

/* A session as the server has it. */
struct served {
	struct door *door;
	struct slot *slot;
	void *bulk;
	size_t bulk_bytes;
	uint32_t bulk_version;
	int socket;
	bool may_spin;
	_Atomic bool dead;       /* the client is gone */
	struct ucred caller;     /* as the kernel attested it at the session's start */
	pthread_t thread;        /* that serves it, while `busy` */
	struct arrival *arrival; /* the reception's */
	_Atomic bool busy;
	_Atomic uint32_t users; /* the table, and threads that look at it */
	size_t index;           /* in the table */
};

/* Enters a session into the table, which then holds it. */
HIDDEN int served_add(struct served *served);

/* The session's client is gone, or its door is revoked: takes it out of the
 * table and cancels the thread that serves it, unless the door forbids. */
HIDDEN void served_end(struct served *served);
HIDDEN void served_release(struct served *served);

/* The reception's part of a session's end. */
HIDDEN void reception_forget(struct served *served);

/* Ends a call that no thread has taken yet with EBADF. */
HIDDEN void served_refuse_all(struct door *door);

/* In a child: what belongs to the parent is forgotten. */
HIDDEN void served_forget(void);

/* Frees the pool's bell. */
HIDDEN void pool_free(struct pool *pool);
HIDDEN struct pool *pool_of_process(void);

/* The creation function's part of door_create(). */
HIDDEN void pool_first_thread(struct door *door);

/* door_xcreate()'s threads: waits until all are bound. Returns an errno. */
HIDDEN int pool_start_threads(struct door *door, int count);

/* What this thread is bound to, and whom it serves; NULL = nothing, nobody. */
HIDDEN struct door *pool_bound_door(void);
HIDDEN const struct ucred *pool_caller(void);

/* --- descriptors in arguments and results (descriptors.c) ------------------------ */

/* EINVAL: untagged, or not open. */
HIDDEN int descriptors_check(const door_desc_t *descs, uint_t count);
HIDDEN int descriptors_send(int socket, const door_desc_t *descs, uint_t count);

/* Receives `count` of them, which were sent before, without CLOEXEC. -1 with EMFILE
 * when this process's table is full: none is left open then. */
HIDDEN int descriptors_receive(int socket, door_desc_t *descs, uint_t count);

/* Closes those that have DOOR_RELEASE. */
HIDDEN void descriptors_released(const door_desc_t *descs, uint_t count);

/* --- sessions of clients (client.c) ------------------------------------------------ */

/* Descriptor numbers whose sessions are kept in order. */
#define CLIENT_NUMBERS 65536u

/* The number now means something else. */
HIDDEN void client_forget_descriptor(int fd);

/* What the door's server shows of it, or NULL with EBADF. */
HIDDEN const struct door_page *client_page(int fd);

static inline size_t bulk_size(size_t bytes)
{
	size_t size = 64u * 1024u;
	while (size < bytes)
		size *= 2;
	return size;
}

#endif
