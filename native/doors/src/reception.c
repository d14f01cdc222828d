/* The reception: a thread that admits clients and notices when they leave. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "impl.h"

static int reception = -1;
static pid_t owner; /* the process that runs it */

/* What an event of the reception's epoll is about. */
struct arrival {
	int fd;
	enum { ARRIVAL_END, ARRIVAL_SESSION, ARRIVAL_GUEST } kind;
	union {
		struct door_end *end;
		struct served *served;
		struct guest *guest;
	};
	bool gone; /* what it is about is closed: an event that is under way means nothing */
	struct arrival *next;
};

/* Under doors_lock. An event that epoll_wait() has already returned may still
 * point to an arrival, so it is freed only before the next wait. */
static struct arrival *graveyard;

void reception_bury(struct arrival *arrival)
{
	/* Closing it isn't enough: whoever sent it, or a child, may have a copy. */
	set_change(reception, EPOLL_CTL_DEL, arrival->fd, NULL);
	arrival->gone = true;
	arrival->next = graveyard;
	graveyard = arrival;
}

static void clear_graveyard(void)
{
	while (graveyard != NULL) {
		struct arrival *arrival = graveyard;
		graveyard = arrival->next;
		free(arrival);
	}
}

void reception_forget(struct served *served)
{
	pthread_mutex_lock(&doors_lock);
	if (served->arrival != NULL)
		reception_bury(served->arrival);
	door_release(served->door);
	pthread_mutex_unlock(&doors_lock);
}

static int watch(int fd, struct arrival *arrival, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = arrival};
	if (arrival == NULL)
		return -1;
	arrival->fd = fd;
	if (set_change(reception, EPOLL_CTL_ADD, fd, &event) == 0)
		return 0;
	free(arrival);
	return -1;
}

static struct arrival *arrival_of(struct arrival contents)
{
	struct arrival *arrival = malloc(sizeof *arrival);
	if (arrival != NULL)
		*arrival = contents;
	return arrival;
}

int reception_watch_end(struct door_end *end)
{
	end->arrival = arrival_of((struct arrival){.kind = ARRIVAL_END, .end = end});
	return watch(end->socket, end->arrival, EPOLLIN);
}

int reception_watch(struct guest *guest)
{
	guest->arrival = arrival_of((struct arrival){.kind = ARRIVAL_GUEST, .guest = guest});
	return watch(guest->fd, guest->arrival, EPOLLIN);
}

void reception_unwatch(struct guest *guest)
{
	reception_bury(guest->arrival);
	shut(guest->fd);
}

/* --- admission ---------------------------------------------------------------- */

struct hello {
	struct message message;
	struct sender sender;
	int fds[4];            /* as they came: session's socket, its memory, what else it says */
	int buffers, listener; /* -1 = none */
};

static void drop(int fd)
{
	if (fd >= 0)
		shut(fd);
}

/* NULL when it can't be; takes over all descriptors but the memory's. */
static struct served *admit(struct door *door, const struct hello *hello)
{
	struct served *served = calloc(1, sizeof *served);
	void *slot = served != NULL ? memory_attach(hello->fds[1], SLOT_BYTES, true) : NULL;
	int server_cpu = door->page->server_cpu;
	if (slot == NULL) {
		free(served);
		drop(hello->fds[0]);
		drop(hello->listener);
		drop(hello->sender.pidfd);
		return NULL;
	}
	*served = (struct served){
		.door = door,
		.slot = slot,
		.socket = move_high(hello->fds[0]),
		.caller = hello->sender.ids,
		.pidfd = move_high(hello->sender.pidfd),
		.listener = move_high(hello->listener),
		.buffers = hello->buffers >= 0 ? buffers_from(hello->sender.ids.pid, hello->buffers,
							      hello->message.bytes)
					       : NULL,
		.may_spin = server_cpu < 0 || server_cpu != hello->message.client_cpu,
		.users = 1,
	};
	door->references++;
	return served;
}

static int enter(struct served *served)
{
	struct message answer = {.magic = WIRE_MAGIC,
				 .kind = MESSAGE_WELCOME,
				 .version = served->listener >= 0 ? WELCOME_HANDOFF : 0};
	int fds[2] = {served->door->page_fd, served->door->pool->bell_fd};
	served->arrival = arrival_of((struct arrival){.kind = ARRIVAL_SESSION, .served = served});
	if (watch(served->socket, served->arrival, EPOLLRDHUP) < 0) {
		served->arrival = NULL;
		return -1;
	}
	if (served->listener >= 0 && handoff_start(served) < 0)
		return -1;
	/* Without waiting: a client that reads nothing must not stop the reception. */
	return message_send(served->socket, MSG_DONTWAIT, &answer, fds, 2);
}

static void welcome(struct door *door, const struct hello *hello)
{
	struct served *served = admit(door, hello);
	if (served == NULL)
		return;
	if (served_add(served) < 0) {
		door_release(door);
		served_free(served);
	} else if (enter(served) < 0) {
		served_end(served);
	}
}

/* Which descriptor is what; there is a place for each that came. */
static void sort_out(struct hello *hello, uint32_t count)
{
	bool hello_says = hello->message.kind == MESSAGE_HELLO;
	uint32_t next = 2;
	hello->buffers = hello->listener = -1;
	if (hello_says && (hello->message.version & HELLO_BUFFERS) && next < count)
		hello->buffers = hello->fds[next++];
	if (hello_says && (hello->message.version & HELLO_LISTENER) && next < count)
		hello->listener = hello->fds[next++];
	while (next < count)
		drop(hello->fds[next++]);
	if (!handoff_wanted()) {
		drop(hello->listener);
		hello->listener = -1;
	}
}

/* Somebody who holds the door says hello. What is malformed is dropped: the
 * client sees its socket close. False when nothing could be read. */
static bool receive_hello(const struct door_end *end)
{
	struct hello hello = {.sender.pidfd = -1, .fds = {-1, -1, -1, -1}};
	uint32_t count;
	bool truncated;
	if (message_receive_from(end->socket, MSG_DONTWAIT, &hello.message, hello.fds, 4, &count,
				 &truncated, &hello.sender) < 0) {
		bool nothing = errno == ECONNRESET;
		drop(hello.sender.pidfd);
		return !nothing;
	}
	sort_out(&hello, count);
	if (hello.message.kind == MESSAGE_NUDGE)
		pool_rouse(end->door->pool);
	if (hello.message.kind == MESSAGE_HELLO && count >= 2) {
		welcome(end->door, &hello);
	} else {
		drop(hello.fds[0]);
		drop(hello.listener);
		drop(hello.sender.pidfd);
	}
	drop(hello.buffers);
	drop(hello.fds[1]);
	return true;
}

static void end_hung_up(struct door_end *end)
{
	struct door *door = end->door;
	bool counted = end->kind == END_PASSED;
	door->references++;
	door_end_close(end);
	if (counted)
		unref_check(door);
	door_drop_unreachable(door);
	door_release(door);
}

static void handle(struct arrival *arrival, uint32_t events)
{
	if (arrival->gone)
		return;
	switch (arrival->kind) {
	case ARRIVAL_SESSION:
		set_change(reception, EPOLL_CTL_DEL, arrival->served->socket, NULL);
		served_end(arrival->served);
		break;
	case ARRIVAL_GUEST:
		arrival->guest->handle(arrival->guest);
		break;
	case ARRIVAL_END:
		/* Reading nothing is no proof that all copies are closed: a message may be
		 * empty. */
		if (!receive_hello(arrival->end) && (events & EPOLLHUP))
			end_hung_up(arrival->end);
		break;
	}
}

static void *receive(void *unused)
{
	(void)unused;
	struct epoll_event events[16];
	for (;;) {
		int count = set_wait(reception, events, 16);
		pthread_mutex_lock(&doors_lock);
		for (int i = 0; i < count; i++)
			handle(events[i].data.ptr, events[i].events);
		clear_graveyard();
		pthread_mutex_unlock(&doors_lock);
	}
	return NULL;
}

/* --- fork ------------------------------------------------------------------------ */

static void before_fork(void)
{
	pthread_mutex_lock(&doors_lock);
	unref_before_fork();
}

static void after_fork_parent(void)
{
	unref_after_fork(false);
	pthread_mutex_unlock(&doors_lock);
}

/* A child is an ordinary client: it keeps the descriptors, and nothing of the
 * server. Were it to keep the servers' ends, the parent's death would go
 * unnoticed. */
static void after_fork_child(void)
{
	unref_after_fork(true);
	for (struct door *door = doors; door != NULL; door = door->next)
		for (struct door_end *end = door->ends; end != NULL; end = end->next)
			shut(end->socket);
	attach_forget(NULL);
	if (reception >= 0)
		shut(reception);
	served_forget();
	buffers_forget();
	pool_forget();
	reception = -1;
	doors = NULL;
	unref_doors = 0;
	owner = 0;
	pthread_mutex_init(&doors_lock, NULL);
}

int reception_start(void)
{
	static bool forks_watched;
	sigset_t all, old;
	pthread_t thread;
	if (owner == getpid())
		return 0;
	if (!forks_watched) {
		pthread_atfork(before_fork, after_fork_parent, after_fork_child);
		forks_watched = true;
	}
	reception = set_create();
	if (reception < 0)
		return -1;
	/* Signals are the program's threads' business. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	int error = pthread_create(&thread, NULL, receive, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (error != 0) {
		shut(reception);
		reception = -1;
		errno = error;
		return -1;
	}
	pthread_detach(thread);
	owner = getpid();
	return 0;
}
