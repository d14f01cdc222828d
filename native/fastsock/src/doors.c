/*
 * Access to libdoor.
 *
 * Loaded RTLD_LOCAL its close(), sigaction() and stat() don't stand before the
 * program's, and need not:
 *
 * - close, dup2 and the like tell libdoor that a number has become another door, or
 *   none. Sessions exist only for numbers that were called, and we call only our own
 *   descriptors, which the program can't close. Ours are closed by libdoor's close().
 * - sigaction lets a call end for a signal that came just before its sleep. Ours need
 *   not end early: they are answered at once, and the handler has run by then.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "doors.h"
#include "own.h"
#include "real.h"
#include "record.h"

/* Arguments are copied onto the stack of who serves. */
#define SERVER_STACK_BYTES (512u * 1024u)
enum { SERVERS_MOST = 4 };

static struct {
	bool loaded;
	int (*create)(door_server_procedure_t *, void *, uint_t, door_xcreate_server_func_t *,
		      door_xcreate_thrsetup_func_t *, void *, int);
	int (*call)(int, door_arg_t *);
	int (*give_back)(char *, size_t, door_desc_t *, uint_t);
	int (*info)(int, door_info_t *);
	int (*close)(int);
	void (*tell_descriptors)(int (*made)(int), void (*closing)(int));
} libdoor;

void (*doors_watch_forks)(void);

/* libdoor watches forks from its first door on, and from its first session on. */
static void forks_are_watched(atomic_flag *told)
{
	if (doors_watch_forks != NULL && !atomic_flag_test_and_set(told))
		doors_watch_forks();
}

void signals_block(sigset_t *before)
{
	sigset_t all;
	sigfillset(&all);
	static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS};
	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
		sigdelset(&all, faults[i]);
	pthread_sigmask(SIG_SETMASK, &all, before);
}

void signals_restore(const sigset_t *before)
{
	pthread_sigmask(SIG_SETMASK, before, NULL);
}

/* --- loading -------------------------------------------------------------------------- */

static void *load_from(const char *directory, const char *rest)
{
	char path[PATH_MAX];
	int length = snprintf(path, sizeof path, "%s%s", directory, rest);
	return length > 0 && (size_t)length < sizeof path ? dlopen(path, RTLD_NOW | RTLD_LOCAL)
							  : NULL;
}

static void *load_library(void)
{
	static const char *const rests[] = {"/libdoor.so.1", "/../doors/libdoor.so.1"};
	char directory[PATH_MAX];
	Dl_info here;
	if (dladdr(&libdoor, &here) == 0 || here.dli_fname == NULL ||
	    strlen(here.dli_fname) >= sizeof directory)
		return NULL;
	strcpy(directory, here.dli_fname);
	char *slash = strrchr(directory, '/');
	if (slash == NULL)
		return NULL;
	*slash = '\0';
	for (size_t i = 0; i < sizeof rests / sizeof rests[0]; i++) {
		void *library = load_from(directory, rests[i]);
		if (library != NULL)
			return library;
	}
	return NULL;
}

static bool find(void *library, void *function, const char *name)
{
	/* A pointer to a function may be read as one to data: POSIX has it so for dlsym(). */
	void *found = dlsym(library, name);
	memcpy(function, &found, sizeof found);
	return found != NULL;
}

static struct turn peers_turn;

/* What the parent's threads held, nobody holds here. */
static void forget_turns(void)
{
	atomic_store_explicit(&peers_turn.holder, 0, memory_order_relaxed);
}

static void load(void)
{
	void *library = load_library();
	if (library == NULL || !find(library, &libdoor.create, "door_xcreate") ||
	    !find(library, &libdoor.call, "door_call") ||
	    !find(library, &libdoor.give_back, "door_return") ||
	    !find(library, &libdoor.info, "door_info") || !find(library, &libdoor.close, "close"))
		return;
	/* So that close_range() and closefrom() leave them open. */
	if (find(library, &libdoor.tell_descriptors, "libdoor_tell_descriptors"))
		libdoor.tell_descriptors(own_descriptor, disown_descriptor);
	libdoor.loaded = pthread_atfork(NULL, NULL, forget_turns) == 0;
}

int doors_load(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, load);
	if (libdoor.loaded)
		return 0;
	errno = ENOSYS;
	return -1;
}

/* --- doors of this process --------------------------------------------------------------- */

static int start_server(door_info_t *door, void *(*start)(void *), void *argument, void *unused)
{
	pthread_attr_t attributes;
	pthread_t thread;
	(void)door;
	(void)unused;
	if (pthread_attr_init(&attributes) != 0)
		return 0;
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, SERVER_STACK_BYTES);
	/* It has its maker's mask: signals are blocked, see doors_create(). */
	int error = pthread_create(&thread, &attributes, start, argument);
	pthread_attr_destroy(&attributes);
	return error == 0 ? 1 : 0;
}

static int servers_wanted(void)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	return processors < 1 ? 1 : processors > SERVERS_MOST ? SERVERS_MOST : (int)processors;
}

int doors_create(door_server_procedure_t *procedure)
{
	sigset_t all, before;
	/* No call waits for anything, so a few threads are enough, and none is cancelled
	 * in the midst of a copy because its caller has ended. */
	uint_t attributes = DOOR_REFUSE_DESC | DOOR_NO_CANCEL | DOOR_NO_DEPLETION_CB;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int fd = libdoor.create(procedure, NULL, attributes, start_server, NULL, NULL,
				servers_wanted());
	int error = errno;
	static atomic_flag told = ATOMIC_FLAG_INIT;
	forks_are_watched(&told);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (fd >= 0)
		fd = own_descriptor(move_high(fd));
	errno = error;
	return fd;
}

void doors_return(const struct door_answer *answer)
{
	struct door_answer copy = *answer;
	libdoor.give_back((char *)&copy, sizeof copy, NULL, 0);
	/* The caller wants no answer, or is beyond one. */
	for (;;)
		libdoor.give_back(NULL, 0, NULL, 0);
}

/* --- doors of others ------------------------------------------------------------------------ */

/*
 * A session of libdoor's costs memory and descriptors on both sides, per thread and
 * descriptor. So all connections to one process share a descriptor. The same socket is
 * the same door: an inode's number can't be forged, and isn't used again while it is open.
 */
static struct peer {
	ino_t inode;
	int fd;
	unsigned users; /* 0 = free */
} * peers;              /* guarded by peers_turn, like the next one */
static size_t peers_used;

#define PEERS 4096u

static bool make_peers(void)
{
	if (peers != NULL)
		return true;
	void *memory = mmap(NULL, PEERS * sizeof(struct peer), PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return false;
	peers = memory;
	return true;
}

/* With one more user; NULL when there is none. */
static struct peer *use_peer(ino_t inode)
{
	for (size_t i = 0; i < peers_used; i++)
		if (peers[i].users > 0 && peers[i].inode == inode) {
			peers[i].users++;
			return &peers[i];
		}
	return NULL;
}

static struct peer *free_peer(void)
{
	for (size_t i = 0; i < peers_used; i++)
		if (peers[i].users == 0)
			return &peers[i];
	return peers_used < PEERS ? &peers[peers_used++] : NULL;
}

/* By libdoor's function: threads may have sessions for the number. */
static void abandon(int fd)
{
	disown_descriptor(fd);
	libdoor.close(fd);
}

/* The descriptor that stands for the inode: one that is known, or `fd`. -1 = neither. */
static int settle(ino_t inode, int fd)
{
	int settled = -1;
	if (!turn_take(&peers_turn))
		return -1;
	struct peer *peer = make_peers() ? use_peer(inode) : NULL;
	if (peer == NULL && fd >= 0 && peers != NULL && (peer = free_peer()) != NULL)
		*peer = (struct peer){.inode = inode, .fd = fd, .users = 1};
	if (peer != NULL)
		settled = peer->fd;
	turn_pass(&peers_turn);
	return settled;
}

/* Only of a socket: libdoor would ask whoever a file's attribute names for its door. */
static ino_t socket_inode(int fd)
{
	struct statx facts;
	if (statx(fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_INO, &facts) < 0 ||
	    !S_ISSOCK(facts.stx_mode))
		return 0;
	return facts.stx_ino;
}

/* A door of another process that lives. Also makes this thread's session. */
static bool is_door(int fd)
{
	door_info_t info;
	return libdoor.info(fd, &info) == 0 &&
	       (info.di_attributes & (DOOR_LOCAL | DOOR_REVOKED)) == 0;
}

static int adopt_new(int fd, ino_t inode)
{
	/* Not below fd, which is high. */
	int copy = own_descriptor(raw_fcntl(fd, F_DUPFD_CLOEXEC, fd));
	if (copy < 0)
		return -1;
	static atomic_flag told = ATOMIC_FLAG_INIT;
	bool door = is_door(copy);
	forks_are_watched(&told);
	int settled = door ? settle(inode, copy) : -1;
	if (settled != copy)
		abandon(copy);
	if (settled < 0)
		errno = EPROTO;
	return settled;
}

static int adopt(int fd)
{
	ino_t inode = socket_inode(fd);
	if (inode == 0) {
		errno = EPROTO;
		return -1;
	}
	int settled = settle(inode, -1);
	if (settled < 0)
		settled = adopt_new(fd, inode);
	if (settled >= 0)
		raw_close(fd);
	return settled;
}

int doors_adopt(int fd)
{
	sigset_t before;
	/* A session allocates memory, which a handler must not come upon halfway. */
	signals_block(&before);
	int settled = adopt(fd);
	signals_restore(&before);
	return settled;
}

void doors_drop(int door)
{
	sigset_t before;
	int error = errno;
	signals_block(&before);
	if (turn_take(&peers_turn)) {
		for (size_t i = 0; i < peers_used; i++)
			if (peers[i].users > 0 && peers[i].fd == door) {
				if (--peers[i].users == 0)
					abandon(door);
				break;
			}
		turn_pass(&peers_turn);
	}
	signals_restore(&before);
	errno = error;
}

/* --- calls ------------------------------------------------------------------------------------ */

/* What a hostile server may have sent instead goes away. */
static int check_answer(const door_arg_t *arg, const struct door_answer *answer)
{
	for (uint_t i = 0; i < arg->desc_num; i++)
		raw_close(arg->desc_ptr[i].d_data.d_desc.d_descriptor);
	bool elsewhere = arg->rbuf != (const char *)answer;
	if (elsewhere)
		munmap(arg->rbuf, arg->rsize);
	if (!elsewhere && arg->desc_num == 0 && arg->data_size == sizeof *answer)
		return 0;
	errno = EPROTO;
	return -1;
}

int doors_call(int door, const void *request, size_t bytes, struct door_answer *answer)
{
	door_arg_t arg = {.data_ptr = (char *)(uintptr_t)request,
			  .data_size = bytes,
			  .rbuf = (char *)answer,
			  .rsize = sizeof *answer};
	int before, unused;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
	int result = libdoor.call(door, &arg);
	pthread_setcancelstate(before, &unused);
	return result < 0 ? -1 : check_answer(&arg, answer);
}

bool doors_is_dead(int door)
{
	struct pollfd poller = {.fd = door};
	struct timespec now = {0};
	return raw_ppoll(&poller, 1, &now, NULL) == 1 && (poller.revents & (POLLHUP | POLLNVAL));
}
