/* Doors of this process: their table, their descriptors, and the receptionist,
 * a thread that admits clients and notices when they leave. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/un.h>
#include <unistd.h>

#include "impl.h"

pthread_mutex_t doors_lock = PTHREAD_MUTEX_INITIALIZER;
struct door *doors;

static int reception = -1; /* epoll: doors and sessions */
static pid_t owner;        /* the process that the table belongs to */
static door_id_t next_id = 1;
static unsigned long long next_export = 1;

/* What an event of the reception's epoll is about. */
struct arrival {
	enum { ARRIVAL_DOOR, ARRIVAL_SESSION, ARRIVAL_GUEST } kind;
	struct door_end *end;
	struct served *served;
	struct guest *guest;
	bool gone; /* what it is about is closed: an event that is under way means nothing */
	struct arrival *next;
};

/* Under doors_lock. An event that epoll_wait() has already returned may still
 * point to an arrival, so it is freed only before the next wait. */
static struct arrival *graveyard;

static void bury(struct arrival *arrival)
{
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
		bury(served->arrival);
	door_release(served->door);
	pthread_mutex_unlock(&doors_lock);
}

/* --- identity ------------------------------------------------------------------- */

static int name_of(const struct door *door, struct sockaddr_un *name, socklen_t *bytes)
{
	*name = (struct sockaddr_un){.sun_family = AF_UNIX};
	int length = snprintf(name->sun_path + 1, sizeof name->sun_path - 1,
			      DOOR_NAME_PREFIX "%d/%llx/%x/%llx", (int)getpid(), door->id,
			      door->attributes, next_export++);
	*bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
	return 0;
}

int door_identify(int fd, struct door_identity *identity)
{
	struct sockaddr_un name;
	socklen_t bytes = sizeof name;
	size_t prefix = sizeof DOOR_NAME_PREFIX - 1;
	if (getpeername(fd, (struct sockaddr *)&name, &bytes) < 0 || name.sun_family != AF_UNIX ||
	    bytes <= offsetof(struct sockaddr_un, sun_path) + 1 + prefix || bytes >= sizeof name ||
	    name.sun_path[0] != '\0' || memcmp(name.sun_path + 1, DOOR_NAME_PREFIX, prefix) != 0)
		return -1;
	((char *)&name)[bytes] = '\0';
	int server;
	if (sscanf(name.sun_path + 1 + prefix, "%d/%llx/%x", &server, &identity->id,
		   &identity->attributes) != 3)
		return -1;
	identity->server = server;
	return 0;
}

struct door *door_here(int fd)
{
	struct door_identity identity;
	if (door_identify(fd, &identity) < 0 || identity.server != getpid())
		return NULL;
	pthread_mutex_lock(&doors_lock);
	struct door *door = doors;
	while (door != NULL && door->id != identity.id)
		door = door->next;
	if (door != NULL)
		door->references++;
	pthread_mutex_unlock(&doors_lock);
	return door;
}

void door_release_locked(struct door *door)
{
	pthread_mutex_lock(&doors_lock);
	door_release(door);
	pthread_mutex_unlock(&doors_lock);
}

void door_release(struct door *door)
{
	if (--door->references > 0)
		return;
	if (door->pool->door == door)
		pool_free(door->pool);
	munmap(door->page, PAGE_BYTES);
	close(door->page_fd);
	free(door->info);
	free(door);
}

/* --- reception ------------------------------------------------------------------- */

static int watch(int fd, struct arrival *arrival, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = arrival};
	return epoll_ctl(reception, EPOLL_CTL_ADD, fd, &event);
}

static struct served *admit(struct door *door, const struct message *hello, int socket, int memory)
{
	struct served *served = calloc(1, sizeof *served);
	socklen_t bytes = sizeof served->caller;
	int server_cpu = door->page->server_cpu;
	if (served == NULL)
		return NULL;
	served->slot = memory_attach(memory, SLOT_BYTES, true);
	/* The pair's creator, which the kernel recorded. */
	if (served->slot == NULL ||
	    getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &served->caller, &bytes) < 0) {
		free(served);
		return NULL;
	}
	served->door = door;
	served->socket = socket;
	served->may_spin = server_cpu < 0 || server_cpu != hello->client_cpu;
	served->users = 1;
	door->references++;
	return served;
}

static void welcome(struct door *door, const struct message *hello, int socket, int memory)
{
	struct message answer = {.magic = WIRE_MAGIC, .kind = MESSAGE_WELCOME};
	int fds[2] = {door->page_fd, door->pool->bell_fd};
	struct served *served = admit(door, hello, socket, memory);
	struct arrival *arrival = malloc(sizeof *arrival);
	if (served != NULL && arrival != NULL && served_add(served) == 0) {
		*arrival = (struct arrival){.kind = ARRIVAL_SESSION, .served = served};
		served->arrival = arrival;
		if (watch(socket, arrival, EPOLLRDHUP) == 0 &&
		    message_send(socket, &answer, fds, 2) == 0)
			return;
		served_end(served);
		return;
	}
	free(arrival);
	if (served != NULL) {
		munmap(served->slot, SLOT_BYTES);
		door_release(served->door);
		free(served);
	}
	close(socket);
}

/* Somebody who holds the door says hello. What is malformed is dropped: the
 * client sees its socket close. False when all copies of the descriptor are
 * closed: such an end is always readable. */
static bool receive_hello(const struct door_end *end)
{
	struct message hello;
	uint32_t count;
	bool truncated;
	int fds[2] = {-1, -1};
	if (message_receive(end->socket, MSG_DONTWAIT, &hello, fds, 2, &count, &truncated) < 0)
		return errno != ECONNRESET;
	if (hello.kind == MESSAGE_HELLO && count == 2)
		welcome(end->door, &hello, move_high(fds[0]), fds[1]);
	else if (count > 0)
		close(fds[0]);
	if (count > 1)
		close(fds[1]);
	return true;
}

static void end_close(struct door_end *end)
{
	for (struct door_end **link = &end->door->ends; *link != NULL; link = &(*link)->next)
		if (*link == end) {
			*link = end->next;
			break;
		}
	close(end->socket); /* which also takes it out of the epoll set */
	bury(end->arrival);
	free(end);
}

static void handle(struct arrival *arrival)
{
	if (arrival->gone)
		return;
	if (arrival->kind == ARRIVAL_SESSION) {
		epoll_ctl(reception, EPOLL_CTL_DEL, arrival->served->socket, NULL);
		served_end(arrival->served);
	} else if (arrival->kind == ARRIVAL_GUEST) {
		struct guest *guest = arrival->guest;
		guest->handle(guest);
	} else if (!receive_hello(arrival->end)) {
		end_close(arrival->end);
	}
}

static void *receive(void *argument)
{
	(void)argument;
	struct epoll_event events[16];
	for (;;) {
		int count = epoll_wait(reception, events, 16, -1);
		pthread_mutex_lock(&doors_lock);
		for (int i = 0; i < count; i++)
			handle(events[i].data.ptr);
		clear_graveyard();
		pthread_mutex_unlock(&doors_lock);
	}
	return NULL;
}

/* --- fork -------------------------------------------------------------------------- */

static void before_fork(void)
{
	pthread_mutex_lock(&doors_lock);
}

static void after_fork_parent(void)
{
	pthread_mutex_unlock(&doors_lock);
}

/* A child is an ordinary client: it keeps the descriptors, and nothing of the
 * server. Were it to keep the servers' ends, the parent's death would go
 * unnoticed. */
static void after_fork_child(void)
{
	for (struct door *door = doors; door != NULL; door = door->next)
		for (struct door_end *end = door->ends; end != NULL; end = end->next)
			close(end->socket);
	attach_forget(NULL);
	if (reception >= 0)
		close(reception);
	served_forget();
	reception = -1;
	doors = NULL;
	owner = 0;
	pthread_mutex_init(&doors_lock, NULL);
}

static int start_reception(void)
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
	reception = move_high(epoll_create1(EPOLL_CLOEXEC));
	if (reception < 0)
		return -1;
	/* Signals are the program's threads' business. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	int error = pthread_create(&thread, NULL, receive, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (error != 0) {
		close(reception);
		reception = -1;
		errno = error;
		return -1;
	}
	pthread_detach(thread);
	owner = getpid();
	return 0;
}

/* --- making and ending ---------------------------------------------------------------- */

static void fill_info(const struct door *door, door_info_t *info)
{
	*info = (door_info_t){.di_target = getpid(),
			      .di_proc = (door_ptr_t)(uintptr_t)door->procedure,
			      .di_data = (door_ptr_t)(uintptr_t)door->cookie,
			      .di_attributes = door->attributes | DOOR_LOCAL |
					       (door->revoked ? DOOR_REVOKED : 0),
			      .di_uniquifier = door->id};
}

static int make_page(struct door *door)
{
	door->page = memory_create(PAGE_BYTES, true, &door->page_fd);
	if (door->page == NULL)
		return -1;
	*door->page = (struct door_page){
		.attributes = door->attributes,
		.data_max = SIZE_MAX,
		.desc_max = door->attributes & DOOR_REFUSE_DESC ? 0 : INT_MAX,
		.id = door->id,
		.server = getpid(),
		.server_cpu = only_cpu(),
		.procedure = (uint64_t)(uintptr_t)door->procedure,
		.cookie = (uint64_t)(uintptr_t)door->cookie,
	};
	return 0;
}

/* The program's descriptors are the lowest free ones, as anywhere. */
static int move_low(int fd)
{
	int low = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (low < 0)
		return fd;
	close(low < fd ? fd : low);
	return low < fd ? low : fd;
}

int door_export(struct door *door)
{
	struct door_end *end = malloc(sizeof *end);
	struct arrival *arrival = malloc(sizeof *arrival);
	struct sockaddr_un name;
	socklen_t bytes;
	int ends[2] = {-1, -1};
	if (end == NULL || arrival == NULL ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		goto failed;
	ends[1] = move_high(ends[1]);
	*end = (struct door_end){
		.next = door->ends, .door = door, .socket = ends[1], .arrival = arrival};
	*arrival = (struct arrival){.kind = ARRIVAL_DOOR, .end = end};
	name_of(door, &name, &bytes);
	if (bind(ends[1], (struct sockaddr *)&name, bytes) < 0 ||
	    watch(ends[1], arrival, EPOLLIN) < 0)
		goto failed;
	door->ends = end;
	return move_low(ends[0]);
failed:;
	int error = errno;
	free(end);
	free(arrival);
	if (ends[0] >= 0)
		close(ends[0]);
	if (ends[1] >= 0)
		close(ends[1]);
	errno = error;
	return -1;
}

int reception_watch(struct guest *guest)
{
	struct arrival *arrival = calloc(1, sizeof *arrival);
	if (arrival == NULL)
		return -1;
	*arrival = (struct arrival){.kind = ARRIVAL_GUEST, .guest = guest};
	if (watch(guest->fd, arrival, EPOLLIN) < 0) {
		free(arrival);
		return -1;
	}
	guest->arrival = arrival;
	return 0;
}

void reception_unwatch(struct guest *guest)
{
	close(guest->fd);
	bury(guest->arrival);
}

static struct door *new_door(door_server_procedure_t *procedure, void *cookie,
			     door_attr_t attributes)
{
	struct door *door = calloc(1, sizeof *door);
	if (door == NULL)
		return NULL;
	*door = (struct door){.procedure = procedure,
			      .cookie = cookie,
			      .attributes = attributes,
			      .id = next_id++,
			      .page_fd = -1,
			      .references = 1};
	door->info = malloc(sizeof *door->info);
	if (door->info == NULL || make_page(door) < 0) {
		free(door->info);
		free(door);
		return NULL;
	}
	fill_info(door, door->info);
	return door;
}

/* Under doors_lock. Undoes everything on failure. */
static struct door *open_door(door_server_procedure_t *procedure, void *cookie,
			      door_attr_t attributes, int *client)
{
	if (start_reception() < 0)
		return NULL;
	struct door *door = new_door(procedure, cookie, attributes);
	if (door == NULL)
		return NULL;
	door->pool = attributes & DOOR_PRIVATE ? pool_create(door) : pool_of_process();
	*client = door->pool != NULL ? door_export(door) : -1;
	if (*client >= 0) {
		door->next = doors;
		doors = door;
		return door;
	}
	int error = errno;
	if (door->pool != NULL && door->pool->door == door)
		pool_free(door->pool);
	munmap(door->page, PAGE_BYTES);
	close(door->page_fd);
	free(door->info);
	free(door);
	errno = error;
	return NULL;
}

#define CREATE_ATTRIBUTES                                                                          \
	(DOOR_UNREF | DOOR_PRIVATE | DOOR_UNREF_MULTI | DOOR_REFUSE_DESC | DOOR_NO_CANCEL)

int door_create(door_server_procedure_t *procedure, void *cookie, uint_t attributes)
{
	if ((attributes & ~(uint_t)CREATE_ATTRIBUTES) != 0 ||
	    (attributes & (DOOR_UNREF | DOOR_UNREF_MULTI)) == (DOOR_UNREF | DOOR_UNREF_MULTI)) {
		errno = EINVAL;
		return -1;
	}
	int client;
	pthread_mutex_lock(&doors_lock);
	struct door *door = open_door(procedure, cookie, attributes, &client);
	if (door != NULL)
		door->references++;
	pthread_mutex_unlock(&doors_lock);
	if (door == NULL)
		return -1;
	/* Without the lock: creation functions make doors, too. */
	pool_first_thread(door);
	door_release_locked(door);
	return client;
}

/* Takes the door out of the table. Under doors_lock. */
static bool unlink_door(struct door *door)
{
	for (struct door **link = &doors; *link != NULL; link = &(*link)->next)
		if (*link == door) {
			*link = door->next;
			return true;
		}
	return false;
}

int door_revoke(int fd)
{
	struct door_identity identity;
	if (door_identify(fd, &identity) < 0) {
		errno = EBADF;
		return -1;
	}
	struct door *door = door_here(fd);
	if (door == NULL) {
		errno = identity.server == getpid() ? EBADF : EPERM;
		return -1;
	}
	pthread_mutex_lock(&doors_lock);
	bool first = unlink_door(door);
	if (first) {
		door->revoked = true;
		/* release: a client that sees it posts nothing more. */
		atomic_store_explicit(&door->page->revoked, 1, memory_order_release);
		while (door->ends != NULL)
			end_close(door->ends);
		attach_forget(door);
	}
	pthread_mutex_unlock(&doors_lock);
	if (first) {
		served_refuse_all(door);
		door_release_locked(door); /* the table's */
	}
	door_release_locked(door);
	if (!first) {
		errno = EBADF;
		return -1;
	}
	close(fd);
	return 0;
}

static void no_setup(void *unused)
{
	(void)unused;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
}

#define XCREATE_ATTRIBUTES (CREATE_ATTRIBUTES | DOOR_NO_DEPLETION_CB)

int door_xcreate(door_server_procedure_t *procedure, void *cookie, uint_t attributes,
		 door_xcreate_server_func_t *create, door_xcreate_thrsetup_func_t *setup,
		 void *create_cookie, int n)
{
	if (n < 1 || create == NULL || (attributes & ~(uint_t)XCREATE_ATTRIBUTES) != 0 ||
	    (attributes & (DOOR_UNREF | DOOR_UNREF_MULTI)) == (DOOR_UNREF | DOOR_UNREF_MULTI)) {
		errno = EINVAL;
		return -1;
	}
	attributes |= DOOR_PRIVATE | DOOR_PRIVCREATE;
	if ((attributes & DOOR_NO_DEPLETION_CB) == 0)
		attributes |= DOOR_DEPLETION_CB;
	int client;
	pthread_mutex_lock(&doors_lock);
	struct door *door = open_door(procedure, cookie, attributes, &client);
	if (door != NULL) {
		door->references++;
		door->create = create;
		door->setup = setup != NULL ? setup : no_setup;
		door->create_cookie = create_cookie;
	}
	pthread_mutex_unlock(&doors_lock);
	if (door == NULL)
		return -1;
	int error = pool_start_threads(door, n);
	door_release_locked(door);
	if (error == 0)
		return client;
	door_revoke(client);
	errno = error;
	return -1;
}

int door_info_here(struct door *door, door_info_t *info)
{
	fill_info(door, info);
	return 0;
}
