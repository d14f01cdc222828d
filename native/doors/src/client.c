/* Calling doors: sessions, and the call itself. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#include "impl.h"

/* A thread's way to one door, by one of its descriptors. */
struct session {
	struct session *next; /* of this thread */
	int door;             /* the program's descriptor */
	uint32_t generation;  /* of that descriptor number */
	int socket;
	struct slot *slot;
	const struct door_page *page;
	struct bell *bell;
	void *bulk;
	size_t bulk_bytes;
	uint32_t bulk_version;
	_Atomic uint32_t sequence; /* of the last call; also read by the watch */
	bool may_spin;
	struct spinner spinner;
	_Atomic bool dead; /* the server is gone, or has closed the session */
	uint64_t id;
};

/* --- which descriptor numbers still mean what they did ---------------------------- */

/* Counts how often each number was closed or replaced, see interpose.c. */
static _Atomic uint32_t generations[CLIENT_NUMBERS];

void client_forget_descriptor(int fd)
{
	if (fd >= 0 && (unsigned)fd < CLIENT_NUMBERS)
		/* relaxed: a program that closes a descriptor while another of its threads
		 * calls through it has no order to keep. */
		atomic_fetch_add_explicit(&generations[fd], 1, memory_order_relaxed);
}

static uint32_t generation_of(int fd)
{
	return fd >= 0 && (unsigned)fd < CLIENT_NUMBERS
		       ? atomic_load_explicit(&generations[fd], memory_order_relaxed)
		       : 0;
}

/* --- the watch: a thread that notices when servers end ------------------------------ */

static pthread_mutex_t watch_lock = PTHREAD_MUTEX_INITIALIZER;
static struct watched {
	struct watched *next;
	struct session *session;
	uint64_t id;
} * watched;
static int watch_epoll = -1;
static pid_t watch_owner;
static uint64_t next_session = 1;

/* Under watch_lock. */
static void session_died(uint64_t id)
{
	for (struct watched *entry = watched; entry != NULL; entry = entry->next) {
		struct session *session = entry->session;
		if (entry->id != id)
			continue;
		epoll_ctl(watch_epoll, EPOLL_CTL_DEL, session->socket, NULL);
		/* seq_cst: the waiter looks at `dead` before it sleeps; changing the
		 * word that it sleeps on makes a sleep that starts now fail. */
		atomic_store(&session->dead, true);
		uint32_t sequence = atomic_load(&session->slot->reply.sequence);
		if (sequence != session->sequence)
			atomic_compare_exchange_strong(&session->slot->reply.sequence, &sequence,
						       session->sequence - 2);
		futex_wake(&session->slot->reply.sequence, 1);
		return;
	}
}

static void *watch_servers(void *argument)
{
	(void)argument;
	struct epoll_event events[16];
	for (;;) {
		int count = epoll_wait(watch_epoll, events, 16, -1);
		pthread_mutex_lock(&watch_lock);
		for (int i = 0; i < count; i++)
			session_died(events[i].data.u64);
		pthread_mutex_unlock(&watch_lock);
	}
	return NULL;
}

static void before_fork(void)
{
	pthread_mutex_lock(&watch_lock);
}

static void after_fork_parent(void)
{
	pthread_mutex_unlock(&watch_lock);
}

static _Thread_local struct session *sessions;

/* A child makes sessions of its own: the parent's slots are the parent's. */
static void after_fork_child(void)
{
	for (struct watched *entry = watched; entry != NULL; entry = entry->next)
		close(entry->session->socket);
	if (watch_epoll >= 0)
		close(watch_epoll);
	watch_epoll = -1;
	watch_owner = 0;
	watched = NULL;
	sessions = NULL;
	pthread_mutex_init(&watch_lock, NULL);
}

/* Under watch_lock. */
static int start_watch(void)
{
	static bool forks_watched;
	sigset_t all, old;
	pthread_t thread;
	if (watch_owner == getpid())
		return 0;
	if (!forks_watched) {
		pthread_atfork(before_fork, after_fork_parent, after_fork_child);
		forks_watched = true;
	}
	watch_epoll = move_high(epoll_create1(EPOLL_CLOEXEC));
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	int error = watch_epoll < 0 ? errno : pthread_create(&thread, NULL, watch_servers, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (error != 0) {
		errno = error;
		return -1;
	}
	pthread_detach(thread);
	watch_owner = getpid();
	return 0;
}

static int watch_session(struct session *session)
{
	struct watched *entry = malloc(sizeof *entry);
	int result = -1;
	if (entry == NULL)
		return -1;
	pthread_mutex_lock(&watch_lock);
	if (start_watch() == 0) {
		session->id = next_session++;
		*entry = (struct watched){.next = watched, .session = session, .id = session->id};
		struct epoll_event event = {.events = EPOLLRDHUP, .data.u64 = session->id};
		result = epoll_ctl(watch_epoll, EPOLL_CTL_ADD, session->socket, &event);
	}
	if (result == 0)
		watched = entry;
	pthread_mutex_unlock(&watch_lock);
	if (result < 0)
		free(entry);
	return result;
}

static void unwatch_session(const struct session *session)
{
	pthread_mutex_lock(&watch_lock);
	for (struct watched **link = &watched; *link != NULL; link = &(*link)->next)
		if ((*link)->session == session) {
			struct watched *entry = *link;
			*link = entry->next;
			free(entry);
			break;
		}
	/* Closing it takes it out of the epoll set. */
	close(session->socket);
	pthread_mutex_unlock(&watch_lock);
}

/* --- sessions -------------------------------------------------------------------------- */

static void session_free(struct session *session)
{
	if (session->id != 0)
		unwatch_session(session);
	else if (session->socket >= 0)
		close(session->socket);
	if (session->slot != NULL)
		munmap(session->slot, SLOT_BYTES);
	if (session->page != NULL)
		munmap((void *)(uintptr_t)session->page, PAGE_BYTES);
	if (session->bell != NULL)
		munmap(session->bell, PAGE_BYTES);
	if (session->bulk != NULL)
		munmap(session->bulk, session->bulk_bytes);
	free(session);
}

static void session_end(struct session *session)
{
	for (struct session **link = &sessions; *link != NULL; link = &(*link)->next)
		if (*link == session) {
			*link = session->next;
			break;
		}
	session_free(session);
}

static void thread_ends(void *unused)
{
	(void)unused;
	while (sessions != NULL)
		session_end(sessions);
}

static pthread_key_t ending;

static void make_key(void)
{
	pthread_key_create(&ending, thread_ends);
}

static int take_welcome(struct session *session)
{
	struct message message;
	int fds[2];
	uint32_t count;
	bool truncated;
	if (message_receive(session->socket, 0, &message, fds, 2, &count, &truncated) < 0)
		return -1;
	if (message.kind == MESSAGE_WELCOME && count == 2) {
		session->page = memory_attach(fds[0], PAGE_BYTES, false);
		session->bell = memory_attach(fds[1], PAGE_BYTES, true);
	}
	for (uint32_t i = 0; i < count; i++)
		close(fds[i]);
	return session->page != NULL && session->bell != NULL ? 0 : -1;
}

static int say_hello(struct session *session, int door)
{
	struct message hello = {
		.magic = WIRE_MAGIC, .kind = MESSAGE_HELLO, .client_cpu = only_cpu()};
	int ends[2], memory;
	session->slot = memory_create(SLOT_BYTES, false, &memory);
	if (session->slot == NULL)
		return -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
		close(memory);
		return -1;
	}
	session->socket = move_high(ends[0]);
	int fds[2] = {ends[1], memory};
	int sent = message_send(door, &hello, fds, 2);
	close(ends[1]);
	close(memory);
	if (sent < 0 || take_welcome(session) < 0)
		return -1;
	session->may_spin = hello.client_cpu < 0 || hello.client_cpu != session->page->server_cpu;
	return 0;
}

static struct session *session_new(int door)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct door_identity identity;
	if (door_identify(door, &identity) < 0 && attach_resolve(door) < 0) {
		errno = EBADF;
		return NULL;
	}
	struct session *session = calloc(1, sizeof *session);
	if (session == NULL)
		return NULL;
	session->door = door;
	session->generation = generation_of(door);
	session->socket = -1;
	pthread_once(&once, make_key);
	if (say_hello(session, door) < 0 || watch_session(session) < 0) {
		session_free(session);
		errno = EBADF;
		return NULL;
	}
	pthread_setspecific(ending, &sessions);
	session->next = sessions;
	sessions = session;
	return session;
}

/* This thread's session for a descriptor; the last one used is first. */
static struct session *session_for(int door)
{
	for (struct session *session = sessions; session != NULL; session = session->next) {
		if (session->door != door)
			continue;
		if (session->generation == generation_of(door) &&
		    !atomic_load_explicit(&session->dead, memory_order_relaxed))
			return session;
		session_end(session);
		break;
	}
	return session_new(door);
}

const struct door_page *client_page(int fd)
{
	struct session *session = session_for(fd);
	return session != NULL ? session->page : NULL;
}

/* --- a call ------------------------------------------------------------------------------ */

static int failed(int error)
{
	errno = error;
	return -1;
}

static int check_limits(const struct session *session, const door_arg_t *arg)
{
	const struct door_page *page = session->page;
	if (atomic_load_explicit(&page->revoked, memory_order_acquire))
		return failed(EBADF);
	if (arg->data_size < atomic_load_explicit(&page->data_min, memory_order_relaxed) ||
	    arg->data_size > atomic_load_explicit(&page->data_max, memory_order_relaxed))
		return failed(ENOBUFS);
	if (arg->desc_num > 0 && (page->attributes & DOOR_REFUSE_DESC))
		return failed(ENOTSUP);
	if (arg->desc_num > atomic_load_explicit(&page->desc_max, memory_order_relaxed))
		return failed(ENFILE);
	return 0;
}

static int grow_bulk(struct session *session, size_t bytes)
{
	struct message message = {.magic = WIRE_MAGIC,
				  .kind = MESSAGE_BULK,
				  .bytes = bulk_size(bytes),
				  .version = session->bulk_version + 1};
	int fd;
	void *memory = memory_create(message.bytes, false, &fd);
	if (memory == NULL)
		return -1;
	int sent = message_send(session->socket, &message, &fd, 1);
	close(fd);
	if (sent < 0) {
		munmap(memory, message.bytes);
		return -1;
	}
	if (session->bulk != NULL)
		munmap(session->bulk, session->bulk_bytes);
	session->bulk = memory;
	session->bulk_bytes = message.bytes;
	session->bulk_version = message.version;
	return 0;
}

static int put_arguments(struct session *session, const door_arg_t *arg)
{
	struct slot *slot = session->slot;
	char *to = slot->request.small;
	if (arg->desc_num > DESCRIPTORS_MAX)
		return failed(E2BIG);
	if (!readable(arg->data_ptr, arg->data_size) ||
	    !readable(arg->desc_ptr, arg->desc_num * sizeof(door_desc_t)))
		return failed(EFAULT);
	if (descriptors_check(arg->desc_ptr, arg->desc_num) < 0)
		return -1;
	slot->request.bulk_version = 0;
	if (arg->data_size > INLINE_BYTES) {
		if (arg->data_size > session->bulk_bytes && grow_bulk(session, arg->data_size) < 0)
			return failed(E2BIG);
		slot->request.bulk_version = session->bulk_version;
		to = session->bulk;
	} else if (arg->data_size > sizeof slot->request.small) {
		to = slot->arguments;
	}
	if (arg->data_size > 0)
		memcpy(to, arg->data_ptr, arg->data_size);
	slot->request.data_bytes = arg->data_size;
	slot->request.desc_count = arg->desc_num;
	if (arg->desc_num > 0 &&
	    descriptors_send(session->socket, arg->desc_ptr, arg->desc_num) < 0)
		return failed(EBADF);
	return 0;
}

static void post(struct session *session)
{
	struct slot *slot = session->slot;
	session->sequence = (session->sequence + 1) & (UINT32_MAX >> STATE_BITS);
	/* seq_cst on both: either the server's thread, which clears the flag before it
	 * looks a last time, sees the request, or we see that nobody watches. */
	atomic_store_explicit(&slot->request.state,
			      session->sequence << STATE_BITS | REQUEST_POSTED,
			      memory_order_seq_cst);
	if (atomic_load_explicit(&slot->reply.attended, memory_order_seq_cst))
		return;
	bell_ring(session->bell);
}

static bool answered(const struct session *session)
{
	/* acquire: the results were written before. */
	return atomic_load_explicit(&session->slot->reply.sequence, memory_order_acquire) ==
	       session->sequence;
}

static bool spin_for_answer(struct session *session)
{
	struct spin_wait wait = {0};
	bool came = false;
	if (!session->may_spin || !spinner_starts(&session->spinner))
		return false;
	while (!(came = answered(session)) && spin_on(&wait))
		;
	spinner_result(&session->spinner, came);
	return came;
}

/* A signal came, or the server ended. Returns the call's errno, 0 = the answer is
 * there after all. */
static int give_up(struct session *session, int if_waiting, int if_served)
{
	uint32_t posted = session->sequence << STATE_BITS | REQUEST_POSTED;
	if (answered(session))
		return 0;
	if (atomic_compare_exchange_strong(&session->slot->request.state, &posted,
					   session->sequence << STATE_BITS | REQUEST_WITHDRAWN))
		return if_waiting;
	return if_served;
}

static int await_answer(struct session *session)
{
	struct slot *slot = session->slot;
	int error = 0;
	if (answered(session) || spin_for_answer(session))
		return 0;
	atomic_store_explicit(&slot->request.client_sleeps, 1, memory_order_seq_cst);
	for (;;) {
		uint32_t now = atomic_load_explicit(&slot->reply.sequence, memory_order_seq_cst);
		if (now == session->sequence)
			break;
		if (atomic_load(&session->dead)) {
			error = give_up(session, EBADF, EINTR);
			break;
		}
		if (futex_wait(&slot->reply.sequence, now, true) < 0 && errno == EINTR) {
			error = give_up(session, EAGAIN, EINTR);
			break;
		}
	}
	/* relaxed: a wake-up too many is harmless. */
	atomic_store_explicit(&slot->request.client_sleeps, 0, memory_order_relaxed);
	return error;
}

/* --- results ---------------------------------------------------------------------------------- */

static int adopt_bulk(struct session *session, uint32_t version)
{
	struct message message;
	uint32_t count;
	bool truncated;
	int fd;
	if (message_receive(session->socket, MSG_DONTWAIT, &message, &fd, 1, &count, &truncated) <
		    0 ||
	    count != 1)
		return -1;
	void *memory = NULL;
	if (message.kind == MESSAGE_BULK && message.version == version)
		memory = memory_attach(fd, message.bytes, true);
	close(fd);
	if (memory == NULL)
		return -1;
	if (session->bulk != NULL)
		munmap(session->bulk, session->bulk_bytes);
	session->bulk = memory;
	session->bulk_bytes = message.bytes;
	session->bulk_version = version;
	return 0;
}

static const char *results_of(struct session *session, size_t bytes)
{
	struct slot *slot = session->slot;
	uint32_t version = slot->reply.bulk_version;
	if (version == 0)
		return bytes <= sizeof slot->reply.small ? slot->reply.small
		       : bytes <= INLINE_BYTES           ? slot->results
							 : NULL;
	if (version != session->bulk_version && adopt_bulk(session, version) < 0)
		return NULL;
	return bytes <= session->bulk_bytes ? session->bulk : NULL;
}

static void drop_descriptors(struct session *session, uint32_t count)
{
	door_desc_t descs[DESCRIPTORS_MAX];
	if (count > 0 && descriptors_receive(session->socket, descs, count) == 0)
		for (uint32_t i = 0; i < count; i++)
			close(descs[i].d_data.d_desc.d_descriptor);
}

static int take_results(struct session *session, door_arg_t *arg)
{
	size_t bytes = session->slot->reply.data_bytes;
	uint32_t count = session->slot->reply.desc_count;
	if (count > DESCRIPTORS_MAX)
		return failed(EINVAL);
	/* Bulk first: it was sent before the descriptors. */
	const char *from = results_of(session, bytes);
	if (from == NULL)
		return failed(EOVERFLOW);
	size_t descs_at = bytes;
	if (count > 0)
		descs_at = (bytes + sizeof(door_desc_t) - 1) / sizeof(door_desc_t) *
			   sizeof(door_desc_t);
	size_t total = descs_at + count * sizeof(door_desc_t);
	char *to = arg->rbuf;
	size_t room = arg->rsize;
	if (total > 0 && (to == NULL || room < total)) {
		room = (total + 4095) & ~(size_t)4095;
		to = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (to == MAP_FAILED) {
			drop_descriptors(session, count);
			return failed(EOVERFLOW);
		}
	} else if (!writable(to, total)) {
		drop_descriptors(session, count);
		return failed(EFAULT);
	}
	door_desc_t *descs = (door_desc_t *)(void *)(to + descs_at);
	if (count > 0 && descriptors_receive(session->socket, descs, count) < 0) {
		if (to != arg->rbuf)
			munmap(to, room);
		return -1;
	}
	if (bytes > 0)
		memcpy(to, from, bytes);
	if (total > 0) {
		arg->rbuf = to;
		arg->rsize = room;
	}
	if (bytes > 0)
		arg->data_ptr = to;
	if (count > 0)
		arg->desc_ptr = descs;
	arg->data_size = bytes;
	arg->desc_num = count;
	return 0;
}

int door_call(int fd, door_arg_t *arg)
{
	door_arg_t nothing = {0};
	bool no_results = arg == NULL;
	if (!no_results && !writable(arg, sizeof *arg))
		return failed(EFAULT);
	if (no_results)
		arg = &nothing;
	struct session *session = session_for(fd);
	if (session == NULL || check_limits(session, arg) < 0)
		return -1;
	session->slot->request.no_results = no_results;
	/* From here on RELEASE is honoured, whatever comes. */
	int result = put_arguments(session, arg);
	descriptors_released(arg->desc_ptr, result < 0 && errno == EFAULT ? 0 : arg->desc_num);
	if (result < 0)
		return -1;
	post(session);
	int error = await_answer(session);
	if (error != 0) {
		/* Ending the session tells the server; a withdrawn call left nothing but
		 * what it sent. */
		if (error != EAGAIN || arg->desc_num > 0)
			session_end(session);
		return failed(error);
	}
	if (session->slot->reply.error != 0)
		return failed(session->slot->reply.error);
	return take_results(session, arg);
}
