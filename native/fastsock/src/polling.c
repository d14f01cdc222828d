/* Sets of descriptors: rings first, then a short spin, then the kernel. */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#include "config.h"
#include "instance.h"
#include "polling.h"
#include "table.h"
#include "waiting.h"
#include "watched.h"

/* Sets up to here need no memory but the stack. */
enum { SMALL = 64 };
/* The kernel is asked at least every so often while the rings keep us busy. */
#define KERNEL_EVERY_NS 20000u
enum { KERNEL_EVERY_CALLS = 16 };
#define PEEK_EVERY_NS 10000u
enum { LOOKS_PER_READING = 8 };
/* Where the kernel repeats what is no news. */
#define DEAF_NS (5 * NS_PER_MS)

#define EVENTS_OUT    (POLLOUT | POLLWRNORM | POLLWRBAND)
#define EVENTS_ALWAYS (POLLERR | POLLHUP | POLLNVAL)

/* One that the kernel doesn't know all about. */
struct party {
	nfds_t at;
	struct connection *connection; /* a reference, or NULL */
	struct instance *instance;     /* likewise */
	bool deaf;                     /* the kernel isn't asked for bells */
};

struct polling {
	struct pollfd *asked; /* the program's */
	struct pollfd *told;  /* the kernel's, in the same order */
	struct party *parties;
	nfds_t count, size;
	bool rings; /* some have one */
	bool ended; /* of some that are ready the kernel knows more */
	bool quiet; /* of some nothing has come in: their end may have, in the kernel */
	polling_sleep sleep;
	uint64_t nap_ns; /* see longer_nap() */
	void *memory;    /* of a large set, or NULL */
	size_t bytes;
};

/* What this thread has learnt; relaxed guesses, no more. */
static _Thread_local __attribute__((tls_model("initial-exec"))) struct {
	uint64_t asked_ns;
	uint32_t calls;
	uint32_t spin_ns;
	bool begun;
} mine;

static bool concerns_us(int fd)
{
	return fd >= 0 && (table_has(fd) || instance_has(fd));
}

static bool is_the_kernels(const struct party *party)
{
	return party->connection != NULL && connection_is_kernels(party->connection);
}

/* --- steps --------------------------------------------------------------------------------- */

static int look(struct polling *polling)
{
	int ready = 0;
	polling->ended = polling->quiet = false;
	for (nfds_t i = 0; i < polling->count; i++) {
		struct party *party = &polling->parties[i];
		struct pollfd *asked = &polling->asked[party->at];
		short now = 0;
		if (party->connection != NULL && !is_the_kernels(party)) {
			polling->rings = true;
			now = connection_look(party->connection, asked->events) & asked->events;
		} else if (party->instance != NULL && (asked->events & POLLIN)) {
			now = instance_ready(party->instance, asked->fd) ? POLLIN : 0;
		}
		if (now != 0 && party->connection != NULL) {
			polling->ended |= has_ended(party->connection);
			polling->quiet |= (now & POLLIN) == 0;
		}
		asked->revents = now;
		ready += now != 0;
	}
	return ready;
}

static void translate(struct polling *polling)
{
	memcpy(polling->told, polling->asked, polling->size * sizeof(*polling->told));
	for (nfds_t i = 0; i < polling->count; i++) {
		struct party *party = &polling->parties[i];
		struct pollfd *told = &polling->told[party->at];
		if (party->connection == NULL || told->events == 0)
			continue;
		short ours = connection_kernel_events(party->connection, told->events);
		told->events = party->deaf ? ours & (EVENTS_OUT | POLLPRI) : ours;
	}
}

/* What a party's answer of the kernel means to the program. */
static short hear(struct party *party, const struct pollfd *asked, short heard)
{
	if (heard == 0 || (heard & POLLNVAL))
		return heard;
	if (party->instance != NULL)
		return !(heard & POLLIN) || instance_settle(party->instance, asked->fd) ? heard : 0;
	if (is_the_kernels(party))
		return heard & (asked->events | EVENTS_ALWAYS);
	short told = connection_events(party->connection, asked->fd, asked->events, heard);
	told &= asked->events | EVENTS_ALWAYS;
	/* A level that means nothing: don't be kept awake by it. */
	if (told == 0) {
		struct pollfd again = {
			.fd = asked->fd,
			.events = connection_kernel_events(party->connection, asked->events),
		};
		party->deaf = kernel_poll(&again, 1, &(struct timespec){0}, NULL) > 0;
	}
	return told;
}

/* Asks the kernel; adds what it says to what the rings said. A count, or -1. */
static int ask_kernel(struct polling *polling, const struct timespec *timeout, const sigset_t *mask)
{
	translate(polling);
	int n = polling->sleep(polling->told, polling->size, timeout, mask);
	if (n < 0)
		return -1;
	for (nfds_t i = 0; n > 0 && i < polling->count; i++) {
		struct party *party = &polling->parties[i];
		struct pollfd *told = &polling->told[party->at];
		told->revents = hear(party, &polling->asked[party->at], told->revents);
	}
	/* Parties may hold what the rings said in revents, the others hold nothing. */
	for (nfds_t i = 0; i < polling->count; i++) {
		nfds_t at = polling->parties[i].at;
		polling->told[at].revents |= polling->asked[at].revents;
	}
	int ready = 0;
	for (nfds_t i = 0; i < polling->size; i++) {
		polling->asked[i].revents = polling->told[i].revents;
		ready += polling->told[i].revents != 0;
	}
	return ready;
}

static bool kernel_is_due(void)
{
	uint64_t now = clock_ns();
	if (++mine.calls < KERNEL_EVERY_CALLS && now - mine.asked_ns < KERNEL_EVERY_NS)
		return false;
	mine.calls = 0;
	mine.asked_ns = now;
	return true;
}

static int spin(struct polling *polling, uint64_t deadline_ns, const sigset_t *mask)
{
	if (!mine.begun)
		mine.spin_ns = config.spin_ns;
	mine.begun = true;
	uint32_t length = mine.spin_ns < config.spin_ns ? mine.spin_ns : config.spin_ns;
	bool small = polling->size <= SMALL;
	/* Too many to be asked for in the middle of it. */
	if (!small && length > PEEK_EVERY_NS)
		length = PEEK_EVERY_NS;
	if (length == 0 || !polling->rings || !can_spin())
		return 0;
	bool others = small && polling->size > polling->count;
	uint64_t now = clock_ns(), end = now + length, peek = now + PEEK_EVERY_NS;
	int ready = 0;
	if (end > deadline_ns)
		end = deadline_ns;
	do {
		for (int i = 0; i < LOOKS_PER_READING && ready == 0; i++) {
			cpu_relax();
			ready = look(polling);
		}
		now = clock_ns();
		if (ready == 0 && others && now >= peek) {
			ready = ask_kernel(polling, &(struct timespec){0}, mask);
			peek = now + PEEK_EVERY_NS;
		}
	} while (ready == 0 && now < end);
	mine.spin_ns = spin_learn(mine.spin_ns, ready > 0);
	return ready;
}

/* --- sleeping ------------------------------------------------------------------------------ */

static bool arm(struct polling *polling, uint64_t *until_ns)
{
	bool ready = false;
	uint64_t most = NEVER_NS;
	bool naps = false;
	for (nfds_t i = 0; i < polling->count; i++) {
		struct party *party = &polling->parties[i];
		const struct pollfd *asked = &polling->asked[party->at];
		if (party->instance != NULL) {
			ready |= instance_arm(party->instance, asked->fd) &&
				 (asked->events & POLLIN);
			continue;
		}
		watch(party->connection);
		if (is_the_kernels(party) || asked->events == 0)
			continue;
		ready |= (connection_arm(party->connection, asked->events) & asked->events) != 0;
		short asks = connection_kernel_events(party->connection, asked->events);
		if (party->deaf)
			most = DEAF_NS;
		else if ((asked->events & ~asks & EVENTS_OUT) && most > ROOM_LOOK_NS)
			most = ROOM_LOOK_NS;
		naps |= (asked->events & ~asks & EVENTS_OUT) && has_ended(party->connection);
	}
	polling->nap_ns = naps ? longer_nap(polling->nap_ns) : 0;
	if (naps && most > polling->nap_ns)
		most = polling->nap_ns;
	if (most != NEVER_NS && clock_ns() + most < *until_ns)
		*until_ns = clock_ns() + most;
	return ready;
}

static void disarm(struct polling *polling)
{
	for (nfds_t i = 0; i < polling->count; i++) {
		struct party *party = &polling->parties[i];
		if (party->instance != NULL)
			instance_woken(party->instance);
		else
			unwatch(party->connection);
	}
}

static void scatter(struct polling *polling)
{
	for (nfds_t i = 0; i < polling->count; i++) {
		if (polling->parties[i].connection != NULL)
			connection_release(polling->parties[i].connection);
		else
			instance_release(polling->parties[i].instance);
	}
	if (polling->memory != NULL)
		munmap(polling->memory, polling->bytes);
}

/* Of a thread that is cancelled in its sleep. */
static void abandon(void *argument)
{
	disarm(argument);
	scatter(argument);
}

static int sleep_armed(struct polling *polling, const struct timespec *timeout,
		       const sigset_t *mask)
{
	volatile int n;
	pthread_cleanup_push(abandon, polling);
	n = polling->sleep(polling->told, polling->size, timeout, mask);
	pthread_cleanup_pop(0);
	return n;
}

static int sleep_in_kernel(struct polling *polling, uint64_t deadline_ns, const sigset_t *mask)
{
	struct timespec left;
	uint64_t until_ns = deadline_ns;
	if (arm(polling, &until_ns)) {
		disarm(polling);
		return look(polling);
	}
	translate(polling);
	int n = sleep_armed(polling, time_left(until_ns, &left), mask);
	int error = errno;
	disarm(polling);
	for (nfds_t i = 0; i < polling->count; i++)
		polling->parties[i].deaf = false;
	errno = error;
	if (n <= 0)
		return n;
	int ready = 0;
	for (nfds_t i = 0; i < polling->count; i++) {
		struct party *party = &polling->parties[i];
		struct pollfd *told = &polling->told[party->at];
		told->revents = hear(party, &polling->asked[party->at], told->revents);
	}
	for (nfds_t i = 0; i < polling->size; i++) {
		polling->asked[i].revents = polling->told[i].revents;
		ready += polling->told[i].revents != 0;
	}
	return ready;
}

/* Whether the kernel is to be asked as well, when so many are ready by their rings. */
static bool wants_kernel(const struct polling *polling, int ready)
{
	if (ready == 0)
		return false;
	bool others = polling->size > polling->count;
	return polling->ended || ((others || polling->quiet) && kernel_is_due());
}

static int wait_for(struct polling *polling, uint64_t deadline_ns, const sigset_t *mask)
{
	for (;;) {
		bool at_rest = deadline_ns != NEVER_NS && deadline_ns <= clock_ns();
		int ready = look(polling);
		if (wants_kernel(polling, ready) || (ready == 0 && at_rest))
			ready = ask_kernel(polling, &(struct timespec){0}, mask);
		if (ready != 0 || at_rest)
			return ready;
		ready = spin(polling, deadline_ns, mask);
		if (ready == 0)
			ready = sleep_in_kernel(polling, deadline_ns, mask);
		else if (wants_kernel(polling, ready))
			ready = ask_kernel(polling, &(struct timespec){0}, mask);
		if (ready != 0)
			return ready;
	}
}

/* --- sets ------------------------------------------------------------------------------------- */

static void gather(struct polling *polling)
{
	for (nfds_t i = 0; i < polling->size; i++) {
		int fd = polling->asked[i].fd;
		struct party party = {.at = i};
		polling->asked[i].revents = 0;
		if (!concerns_us(fd))
			continue;
		party.connection = table_get(fd);
		if (party.connection == NULL)
			party.instance = instance_get(fd);
		if (party.connection != NULL || party.instance != NULL)
			polling->parties[polling->count++] = party;
	}
}

bool polling_concerns_us(const struct pollfd *fds, nfds_t count)
{
	for (nfds_t i = 0; i < count; i++) {
		if (concerns_us(fds[i].fd))
			return true;
	}
	return false;
}

int polling_wait(struct pollfd *fds, nfds_t count, uint64_t deadline_ns, const sigset_t *mask,
		 polling_sleep how)
{
	int before = errno;
	struct pollfd told[SMALL];
	struct party parties[SMALL];
	struct polling polling = {
		.asked = fds, .told = told, .parties = parties, .size = count, .sleep = how};
	pthread_testcancel();
	if (count > SMALL) {
		/* Not malloc: poll() may be called by a signal handler. */
		polling.bytes = count * (sizeof(*told) + sizeof(*parties));
		polling.memory = mmap(NULL, polling.bytes, PROT_READ | PROT_WRITE,
				      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (polling.memory == MAP_FAILED) {
			errno = ENOMEM;
			return -1;
		}
		polling.parties = polling.memory;
		polling.told = (struct pollfd *)(polling.parties + count);
	}
	gather(&polling);
	int result = wait_for(&polling, deadline_ns, mask);
	/* A call that succeeds leaves it alone, whatever was tried meanwhile. */
	int error = result < 0 ? errno : before;
	scatter(&polling);
	errno = error;
	return result;
}

int polling_poll(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
		 const sigset_t *mask)
{
	uint64_t deadline_ns;
	/* What is wrong with the arguments is the kernel's to say. */
	if (fds == NULL || count > INT32_MAX / sizeof(*fds) || !polling_concerns_us(fds, count))
		return kernel_poll(fds, count, timeout, mask);
	if (deadline_after(timeout, &deadline_ns) < 0)
		return -1;
	return polling_wait(fds, count, deadline_ns, mask, kernel_poll);
}
