/* What both sides of libdoor use. */
#ifndef LIBDOOR_COMMON_H
#define LIBDOOR_COMMON_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include "wire.h"

#define HIDDEN   __attribute__((visibility("hidden")))
#define EXPORTED __attribute__((visibility("default")))

/* initial-exec: no call to find a variable, which also makes it safe to use in a
 * signal handler. */
#define THREAD_LOCAL _Thread_local __attribute__((tls_model("initial-exec")))

/* The spin before a sleep, on either side: about twice a wake-up across
 * processors, so that at worst it doubles the price of a wait. */
#define SPIN_NS     50000u
#define SPIN_NS_MAX 1000000000u

/* --- messages (messages.c) ---------------------------------------------------- */

/* Sends or receives one message and its descriptors. -1 with errno; a peer that
 * is gone is ECONNRESET. receive() stores at most `most` descriptors, closes the
 * rest, and says in *truncated that the table was full. `flags` as sendmsg's and recvmsg's.
 * Neither is a cancellation point. */
HIDDEN int message_send(int socket, int flags, const struct message *message, const int *fds,
			uint32_t count);
HIDDEN int message_receive(int socket, int flags, struct message *message, int *fds, uint32_t most,
			   uint32_t *count, bool *truncated);

/* Who sent a message, as the kernel attests it on a socket with SO_PASSCRED and
 * SO_PASSPIDFD: real ids, and a descriptor that outlives the reuse of the pid. */
struct sender {
	struct ucred ids;
	int pidfd; /* -1 = the kernel is older than 6.5 */
};
HIDDEN int message_receive_from(int socket, int flags, struct message *message, int *fds,
				uint32_t most, uint32_t *count, bool *truncated,
				struct sender *sender);

/* --- descriptors and memory (memory.c) -------------------------------------------- */

/* close() by the system call: libc's would be the library's own. ThreadSanitizer must
 * hear of it, or it takes the number's next owner for this one. */
#if defined(__SANITIZE_THREAD__)
void __sanitizer_syscall_pre_impl_close(long fd);
#define system_close(fd) (__sanitizer_syscall_pre_impl_close(fd), syscall(SYS_close, fd))
#else
#define system_close(fd) syscall(SYS_close, fd)
#endif

/* For a library that stands before the program's own close() and the like: it is told
 * of descriptors that the program doesn't know of, so that close_range() can spare
 * them. To be called before the first door. */
EXPORTED void libdoor_tell_descriptors(int (*made)(int fd), void (*closing)(int fd));
HIDDEN extern void (*descriptor_closing)(int fd);

/* Closes a descriptor of the library's own: nobody else knows its number. */
static inline void shut(int fd)
{
	if (descriptor_closing != NULL)
		descriptor_closing(fd);
	system_close(fd);
}

/* Moves a descriptor of ours out of the program's way, with FD_CLOEXEC. */
HIDDEN int move_high(int fd);

/* Sealed memory: *fd is open, the result mapped. `private_to_us` also forbids
 * others to map it for writing. */
HIDDEN void *memory_create(size_t bytes, bool private_to_us, int *fd);

/* Maps what another process sent, once its size can't change any more. */
HIDDEN void *memory_attach(int fd, size_t bytes, bool writable);

/* The area that carries what is too large for a slot. Either side makes a larger
 * one when it needs it, and tells the other. */
struct bulk {
	void *memory;
	size_t bytes;
	uint32_t version;
};

/* Makes room for `bytes`, telling the other side over `socket`. -1 with errno. */
HIDDEN int bulk_reserve(struct bulk *bulk, size_t bytes, int socket);

/* Takes the area of `version`, which the other side announced on `socket`. */
HIDDEN int bulk_adopt(struct bulk *bulk, uint32_t version, int socket);
HIDDEN void bulk_free(struct bulk *bulk);

/* --- pools of buffers (buffers.c) ------------------------------------------------------ */

struct bufpool;

/*
 * What a client process shares with a server process beside its sessions: one per pair of
 * processes, made by the client with its first session, and sent with every hello.
 */
struct buffers {
	struct buffers *next;
	struct bufpool *pool;
	void *memory;
	size_t bytes;
	uint32_t buffer_bytes;
	uint64_t shape; /* as a hello says it */
	bool client;    /* this process made it */
	pid_t peer;
	int fd;       /* the client's; -1 = the server's */
	dev_t device; /* the server's: which memory it is */
	ino_t inode;
	uint32_t users; /* sessions */
	bool dead;      /* the peer is: no new session takes part */
};

/* The client's: shared with a server; NULL = there is none, and no memory for it. */
HIDDEN struct buffers *buffers_with(pid_t server);

/* The server's: what came with a client's hello; NULL = it is no good. */
HIDDEN struct buffers *buffers_from(pid_t client, int fd, uint64_t shape);
HIDDEN void buffers_release(struct buffers *buffers);
HIDDEN void buffers_peer_died(struct buffers *buffers);
HIDDEN void buffers_forget(void);

/* Results found no buffer and took another way. */
HIDDEN void buffers_overflowed(void);

/* As chosen for this process, see door_buffers.h. */
HIDDEN bool buffers_hold(void);
HIDDEN int buffers_exhausted(void);

/* --- addresses (addresses.c) -------------------------------------------------------- */

/* Whether `bytes` at `address` can be read (written). Remembers the last good
 * pages of this thread, so the common case costs no system call. */
HIDDEN bool readable(const void *address, size_t bytes);
HIDDEN bool writable(void *address, size_t bytes);

/* --- waiting (waiting.c) ---------------------------------------------------------------- */

/*
 * The library's own sets of descriptors, which are closed by system calls: so they
 * are made and asked by system calls too, lest an interposer of epoll keeps books
 * about numbers that have long become something else.
 */
struct epoll_event;
HIDDEN int set_create(void);
HIDDEN int set_change(int set, int operation, int fd, struct epoll_event *event);
HIDDEN int set_wait(int set, struct epoll_event *events, int most);

HIDDEN uint64_t clock_ns(void);

/* The only processor that this thread may use, -1 = it has a choice. */
HIDDEN int only_cpu(void);

/* Sleeps while *word is `value`. The second ends with EINTR after a handled signal,
 * whatever its SA_RESTART, and with ETIMEDOUT. */
HIDDEN long futex_wait(_Atomic uint32_t *word, uint32_t value);
HIDDEN long futex_wait_until_signal(_Atomic uint32_t *word, uint32_t value, uint64_t most_ns);
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
	size_t bytes; /* that the other side copies meanwhile */
};

/* SPIN_NS, or what the environment variable LIBDOOR_SPIN_NS says; 0 = never. */
HIDDEN uint64_t spin_limit_ns(void);

HIDDEN bool spinner_starts(struct spinner *spinner);

/* What copying takes at most, roughly: 4 GB/s. A spin that ended while the other
 * side still copies would only add a wake-up. */
static inline uint64_t copy_ns(size_t bytes)
{
	return bytes / 4;
}

/* The first rounds of a spin neither pause nor look at the clock: an answer that
 * comes within a microsecond is seen when it comes. */
#define QUICK_ROUNDS 256u

static inline bool spin_on(struct spin_wait *wait)
{
	if (++wait->rounds <= QUICK_ROUNDS)
		return true;
	relax();
	if (wait->rounds % 64 != 0)
		return true;
	uint64_t now = clock_ns();
	if (wait->deadline_ns == 0)
		wait->deadline_ns = now + spin_limit_ns() + copy_ns(wait->bytes);
	return now < wait->deadline_ns;
}

static inline void spinner_result(struct spinner *spinner, bool succeeded)
{
	spinner->failures = succeeded ? 0 : spinner->failures + (spinner->failures < 10);
	spinner->skip = succeeded ? 0 : (1u << spinner->failures) - 1u;
}

/* Whether LIBDOOR_HANDOFF asks for the experiment of handoff.c. */
HIDDEN bool handoff_wanted(void);

/* A door's names: an extended attribute of a file (attach.c). */
#define DOOR_ATTRIBUTE "user.libdoor"

/* --- what a descriptor is (identity.c) -------------------------------------------------- */

/* As the kernel keeps it: attributes are those of the door's creation. */
struct door_identity {
	pid_t server;
	door_id_t id;
	door_attr_t attributes;
};

/* 0 when `fd` is a door, else -1. */
HIDDEN int door_identify(int fd, struct door_identity *identity);

/* Likewise; what is an attached file's, yet unused, becomes a descriptor of the
 * door first. */
HIDDEN int door_identify_used(int fd, struct door_identity *identity);

/* 0 when it is no socket. */
HIDDEN ino_t socket_inode(int fd);

/* --- descriptors in arguments and results (descriptors.c) -------------------------------- */

/* EINVAL: untagged, or not open. */
HIDDEN int descriptors_check(const door_desc_t *descs, uint_t count);
HIDDEN int descriptors_send(int socket, const door_desc_t *descs, uint_t count);

/* Receives `count` of them, which were sent before, without CLOEXEC. -1 with EMFILE
 * when this process's table is full: none is left open then. */
HIDDEN int descriptors_receive(int socket, door_desc_t *descs, uint_t count);

/* Closes those that have DOOR_RELEASE. Keeps errno. */
HIDDEN void descriptors_released(const door_desc_t *descs, uint_t count);

#endif
