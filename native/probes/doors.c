/*
 * doors: a call of a door: by libdoor (native/doors) on Linux, else the system's.
 *
 * With libdoor two copies per message, both by user code: the caller copies into
 * its slot of shared memory, or above 128 bytes into a buffer that it shares with
 * others; the server's thread out of it onto its own stack, where the procedure
 * sees a private copy; results likewise. With both peers awake on two processors no
 * system call is made. The server's threads are the library's, made on demand.
 *
 * Policy adaptive is libdoor's own (a spin of at most 50 us, then a futex);
 * block turns the spin off.
 *
 * Option descriptors=N: every call passes N descriptors of /dev/null, which the
 * client keeps (no DOOR_RELEASE). The procedure closes those that it receives;
 * that is part of the operation.
 *
 * Options buffers=0|1 (early, hold) and exhausted=0|1|2 (grow, wait, fail) choose when
 * libdoor frees the buffers that carry arguments, and what a call gets when there is
 * none; with either, what becomes of them is recorded. A call that is refused is made
 * again 200 us later, as part of the operation. Option asleep=US: the procedure sleeps so
 * long, as if it waited for something; that takes no processor, other than the cell's
 * service time.
 *
 * A connection is an open() of a file that a door is attached to, a first call
 * without data, which is what makes the descriptor a door's, and a close(). The
 * file is closed under the clock; what libdoor keeps for the number is let go at
 * the first call through its successor, so in the next operation.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <stropts.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <door.h>
#ifdef __linux__
#include <door_buffers.h>
#endif

#include "buffers.h"
#include "probe.h"

enum { DESCRIPTORS_MAX = 1024, THREADS_MAX = 256 };

/* A caller that is refused a buffer comes again so much later. */
enum { REFUSED_US = 200 };

/* Descriptors of a peer beside those that its calls pass. */
enum { OWN_DESCRIPTORS = 64, OWN_DESCRIPTORS_PER_THREAD = 4 };

struct doors_state {
	int door;     /* 0 = none yet */
	int null_fd;  /* of /dev/null; 0 = none */
	bool several; /* client threads */
	bool attached;
	char path[256];
	long descriptors;
	long asleep_us;
	struct buffers_watch *watch; /* NULL = none */
	struct stat null_status;
	pthread_key_t replies; /* the server's, if several */
	door_desc_t passed[DESCRIPTORS_MAX];
};

/* --- options ----------------------------------------------------------------- */

/* The library reads these when it is first used. */
static int choose_library(struct peer *peer)
{
	long handoff;
	if (peer_option(peer, "handoff", 0, 1, 0, &handoff) < 0)
		return -1;
#ifdef __linux__
	if (peer->cell->wait == WAIT_BLOCK)
		setenv("LIBDOOR_SPIN_NS", "0", 1);
	if (handoff == 1)
		setenv("LIBDOOR_HANDOFF", "seccomp", 1);
#else
	if (handoff == 1)
		return peer_unavailable(peer, "", "the doors of this system have one hand-off");
#endif
	return 0;
}

#ifdef __linux__
/* The library's books, see buffers.h. */
static void read_books(struct page_buffers *books, uint32_t *in_use, uint32_t *taken,
		       uint32_t *count)
{
	struct door_buffers_usage usage;
	door_buffers_usage(&usage);
	uint32_t there = door_buffers_taken(taken, *count);
	*count = there < *count ? there : *count;
	*in_use = usage.in_use;
	*books = (struct page_buffers){.buffer_bytes = usage.buffer_bytes,
				       .holdings = usage.holdings,
				       .timed = usage.timed,
				       .held_ns = usage.held_ns,
				       .in_use_ns = usage.held_ns + usage.open_ns,
				       .waits = usage.waits,
				       .failures = usage.failures,
				       .overflows = usage.overflows};
}
#endif

/* The time of one holding in so many is taken where calls are short: a reading of the clock
 * takes longer than all else that is done with a buffer. Where they are long, of each. */
enum { TIME_EVERY = 16 };

/* How many buffers are in use, the client says; the server only what it did without. */
enum { LOOK_NS = 1000000, LOOK_SELDOM_NS = 20000000 };

static int choose_buffers(struct peer *peer)
{
	struct doors_state *state = peer->state;
	long release, exhausted;
	if (peer_option(peer, "buffers", 0, 1, -1, &release) < 0 ||
	    peer_option(peer, "exhausted", 0, 2, -1, &exhausted) < 0 ||
	    peer_option(peer, "asleep", 0, 10000000, 0, &state->asleep_us) < 0)
		return -1;
	if (release < 0 && exhausted < 0)
		return 0;
#ifdef __linux__
	door_buffers((int)release);
	door_exhausted((int)exhausted);
	door_buffers_time(state->asleep_us > 0 || peer->cell->service_ns > 0 ? 1 : TIME_EVERY);
	state->watch = buffers_watch_start(peer, read_books,
					   peer->role == ROLE_CLIENT ? LOOK_NS : LOOK_SELDOM_NS);
	return state->watch != NULL ? 0 : -1;
#else
	return peer_unavailable(peer, "", "the doors of this system have no buffers to choose");
#endif
}

/* Each thread's call may have all its descriptors open at the other side. */
static int allow_descriptors(struct peer *peer, rlim_t needed)
{
	struct rlimit limit;
	PEER_TRY(peer, getrlimit(RLIMIT_NOFILE, &limit));
	if (limit.rlim_cur >= needed)
		return 0;
	if (limit.rlim_max < needed)
		return peer_unavailable(peer, "a higher hard limit of open files (ulimit -Hn)",
					"%llu open files are needed, %llu are allowed",
					(unsigned long long)needed,
					(unsigned long long)limit.rlim_max);
	limit.rlim_cur = needed;
	PEER_TRY(peer, setrlimit(RLIMIT_NOFILE, &limit));
	return 0;
}

static int read_options(struct peer *peer)
{
	struct doors_state *state = peer->state;
	long threads;
	if (choose_library(peer) < 0 || choose_buffers(peer) < 0 ||
	    peer_option(peer, "threads", 1, THREADS_MAX, 1, &threads) < 0 ||
	    peer_option(peer, "descriptors", 0, DESCRIPTORS_MAX, 0, &state->descriptors) < 0)
		return -1;
	if (state->descriptors > 0 && peer->cell->pattern == PATTERN_CONNECT)
		return peer_unavailable(peer, "", "descriptors do not apply to pattern connect");
	state->several = threads > 1;
	return allow_descriptors(
		peer, (rlim_t)(threads * (state->descriptors + OWN_DESCRIPTORS_PER_THREAD) +
			       OWN_DESCRIPTORS));
}

/* /dev/null, to pass or to compare with. */
static int open_null(struct peer *peer)
{
	struct doors_state *state = peer->state;
	if (state->descriptors == 0)
		return 0;
	PEER_TRY(peer, state->null_fd = open("/dev/null", O_RDWR | O_CLOEXEC));
	PEER_TRY(peer, fstat(state->null_fd, &state->null_status));
	return 0;
}

/* --- the server ---------------------------------------------------------------- */

static bool is_null(const struct doors_state *state, int fd)
{
	struct stat status;
	return fstat(fd, &status) == 0 && S_ISCHR(status.st_mode) &&
	       status.st_rdev == state->null_status.st_rdev;
}

static void take_descriptors(struct peer *peer, const door_desc_t *descs, uint_t count)
{
	const struct doors_state *state = peer->state;
	/* relaxed: see peer_serve(). */
	bool verify = atomic_load_explicit(&peer->phase, memory_order_relaxed) == PHASE_VERIFY;
	if (count != (uint_t)state->descriptors)
		peer_fail(peer, EBADMSG, "%u descriptors where %ld were due", count,
			  state->descriptors);
	for (uint_t i = 0; i < count; i++) {
		int fd = descs[i].d_data.d_desc.d_descriptor;
		if (verify && !is_null(state, fd))
			peer_fail(peer, EBADMSG, "descriptor %u of %u is not /dev/null", i, count);
		if (close(fd) < 0)
			peer_fail(peer, errno, "closing descriptor %u of %u", i, count);
	}
}

/* Where this thread makes its replies: threads that serve at once need a buffer
 * each. NULL after a report. */
static unsigned char *reply_buffer(struct peer *peer)
{
	const struct doors_state *state = peer->state;
	if (!state->several)
		return peer->out;
	unsigned char *buffer = pthread_getspecific(state->replies);
	if (buffer != NULL)
		return buffer;
	buffer = aligned_alloc(4096, (peer->out_bytes + 4095) & ~(size_t)4095);
	if (buffer == NULL || pthread_setspecific(state->replies, buffer) != 0) {
		peer_fail(peer, ENOMEM, "a reply of %zu bytes", peer->out_bytes);
		free(buffer);
		return NULL;
	}
	return buffer;
}

static void sleep_us(long us)
{
	struct timespec time = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
	while (us > 0 && nanosleep(&time, &time) < 0 && errno == EINTR)
		;
}

static void procedure(void *cookie, char *data, size_t n, door_desc_t *descs, uint_t count)
{
	struct peer *peer = cookie;
	const struct doors_state *state = peer->state;
	if (n == 0) { /* a connection's first call */
		peer_count_served(peer);
		door_return(NULL, 0, NULL, 0);
		return;
	}
	if (count > 0 || state->descriptors > 0)
		take_descriptors(peer, descs, count);
	unsigned char *reply = reply_buffer(peer);
	if (reply == NULL)
		return; /* which ends the call */
	sleep_us(state->asleep_us);
	peer_serve(peer, data, n, reply);
	door_return((char *)reply, peer->out_bytes, NULL, 0);
}

/* Gives the door a name in the trial's directory. */
static int attach(struct peer *peer)
{
	struct doors_state *state = peer->state;
	int fd;
	if (peer_path(peer, "door", state->path, sizeof state->path) < 0)
		return -1;
	PEER_TRY(peer, fd = open(state->path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600));
	close(fd);
	if (fattach(state->door, state->path) < 0) {
		if (errno != EINVAL)
			return peer_fail(peer, errno, "fattach to %s", state->path);
		return peer_unavailable(
			peer,
			"XDG_RUNTIME_DIR on a file system with user extended attributes (ext4, or "
			"tmpfs from Linux 6.6 on)",
			"no door can be attached to %s", state->path);
	}
	state->attached = true;
	return 0;
}

static int doors_server_open(struct peer *peer)
{
	struct doors_state *state = peer->state;
	int copy;
	if (read_options(peer) < 0 || open_null(peer) < 0)
		return -1;
	if (state->several) {
		int error = pthread_key_create(&state->replies, free);
		if (error != 0)
			return peer_fail(peer, error, "pthread_key_create");
	}
	PEER_TRY(peer, state->door = door_create(procedure, peer, 0));
	if (peer->cell->pattern == PATTERN_CONNECT)
		return attach(peer);
	PEER_TRY(peer, copy = fcntl(state->door, F_DUPFD_CLOEXEC, 3));
	peer->rendezvous.fds[peer->rendezvous.fd_count++] = copy;
	return 0;
}

/* --- the client ---------------------------------------------------------------- */

static int doors_client_open(struct peer *peer)
{
	struct doors_state *state = peer->state;
	if (read_options(peer) < 0 || open_null(peer) < 0)
		return -1;
	for (long i = 0; i < state->descriptors; i++) {
		int copy;
		PEER_TRY(peer, copy = fcntl(state->null_fd, F_DUPFD_CLOEXEC, 3));
		state->passed[i].d_attributes = DOOR_DESCRIPTOR;
		state->passed[i].d_data.d_desc.d_descriptor = copy;
	}
	if (peer->cell->pattern == PATTERN_CONNECT)
		return peer_path(peer, "door", state->path, sizeof state->path);
	state->door = peer->rendezvous.fds[0];
	return 0;
}

static int doors_connect(struct peer *peer)
{
	struct doors_state *state = peer->state;
	PEER_TRY(peer, state->door = open(state->path, O_RDWR));
	PEER_TRY(peer, door_call(state->door, NULL));
	return 0;
}

static int doors_disconnect(struct peer *peer)
{
	struct doors_state *state = peer->state;
	int door = state->door;
	state->door = 0;
	PEER_TRY(peer, close(door));
	return 0;
}

static int doors_call(struct peer *peer)
{
	struct doors_state *state = peer->state;
	door_arg_t arg = {.data_ptr = (char *)peer->out,
			  .data_size = peer->out_bytes,
			  .desc_ptr = state->passed,
			  .desc_num = (uint_t)state->descriptors,
			  .rbuf = (char *)peer->in,
			  .rsize = peer->in_bytes};
	while (door_call(state->door, &arg) < 0) {
		if (errno != EAGAIN || state->watch == NULL)
			return peer_fail(peer, errno, "door_call");
		sleep_us(REFUSED_US);
	}
	if (arg.data_size != peer->in_bytes || arg.rbuf != (char *)peer->in)
		return peer_fail(peer, EMSGSIZE, "a result of %zu bytes where %zu were due",
				 arg.data_size, peer->in_bytes);
	return 0;
}

static void doors_close(struct peer *peer)
{
	struct doors_state *state = peer->state;
	buffers_watch_end(state->watch);
	if (state->attached)
		fdetach(state->path);
	if (state->door > 0 && peer->role == ROLE_SERVER)
		door_revoke(state->door);
	else if (state->door > 0)
		close(state->door);
	for (long i = 0; i < state->descriptors; i++)
		if (state->passed[i].d_attributes == DOOR_DESCRIPTOR)
			close(state->passed[i].d_data.d_desc.d_descriptor);
	if (state->null_fd > 0)
		close(state->null_fd);
}

static const char *const doors_options[] = {"asleep",  "buffers", "descriptors", "exhausted",
					    "handoff", "threads", NULL};

const struct probe_ops probe_doors = {
	.name = "doors",
	.patterns = PATTERNS_CALL | PATTERN_BIT(PATTERN_CONNECT),
#ifdef __linux__
	.waits = WAIT_BIT(WAIT_BLOCK) | WAIT_BIT(WAIT_ADAPTIVE),
#else
	.waits = WAIT_BIT(WAIT_BLOCK),
#endif
	.state_bytes = sizeof(struct doors_state),
	.options = doors_options,
	.server_open = doors_server_open,
	.client_open = doors_client_open,
	.connect = doors_connect,
	.disconnect = doors_disconnect,
	.call = doors_call,
	.close = doors_close,
};
