/* Sessions: a thread's ways to doors. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "impl.h"

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

/* --- making and ending ------------------------------------------------------------- */

static THREAD_LOCAL struct session *sessions;

void sessions_forget(void)
{
	sessions = NULL;
}

static void session_free(struct session *session)
{
	if (session->id != 0)
		unwatch_session(session);
	else if (session->socket >= 0)
		shut(session->socket);
	if (session->slot != NULL) {
		signals_forget(session->slot);
		munmap(session->slot, SLOT_BYTES);
	}
	if (session->page != NULL)
		munmap((void *)(uintptr_t)session->page, PAGE_BYTES);
	if (session->bell != NULL)
		munmap(session->bell, PAGE_BYTES);
	bulk_free(&session->bulk);
	if (session->buffers != NULL)
		buffers_release(session->buffers);
	free(session);
}

void session_end(struct session *session)
{
	for (struct session **link = &sessions; *link != NULL; link = &(*link)->next)
		if (*link == session) {
			*link = session->next;
			break;
		}
	arguments_abandon(session);
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

/* The server may be stopped: a signal ends the wait. */
static int await_welcome(int socket)
{
	struct pollfd answer = {.fd = socket, .events = POLLIN};
	uint32_t before = signals_handled();
	int ready;
	/* By the clock, too: a handler may have run just before the sleep. */
	while ((ready = poll(&answer, 1, 50)) <= 0)
		if (signals_handled() != before || (ready < 0 && errno != EINTR)) {
			errno = EAGAIN;
			return -1;
		}
	return 0;
}

static int take_welcome(struct session *session)
{
	struct message message;
	int fds[2];
	uint32_t count;
	bool truncated;
	if (await_welcome(session->socket) < 0 ||
	    message_receive(session->socket, 0, &message, fds, 2, &count, &truncated) < 0)
		return -1;
	if (message.kind == MESSAGE_WELCOME && count == 2) {
		session->handoff = message.version == WELCOME_HANDOFF;
		session->page = memory_attach(fds[0], PAGE_BYTES, false);
		session->bell = memory_attach(fds[1], PAGE_BYTES, true);
	}
	for (uint32_t i = 0; i < count; i++)
		shut(fds[i]);
	return session->page != NULL && session->bell != NULL ? 0 : -1;
}

/* Sends the session's ends of everything. */
static int send_hello(const struct session *session, int door, struct message *hello, int socket,
		      int memory)
{
	int fds[4] = {socket, memory};
	uint32_t count = 2;
	int listener = handoff_listen();
	if (session->buffers != NULL) {
		fds[count++] = session->buffers->fd;
		hello->version |= HELLO_BUFFERS;
		hello->bytes = session->buffers->shape;
	}
	if (listener >= 0) {
		fds[count++] = listener;
		hello->version |= HELLO_LISTENER;
	}
	int sent = message_send(door, 0, hello, fds, count);
	if (listener >= 0)
		shut(listener);
	return sent;
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
		shut(memory);
		return -1;
	}
	session->socket = move_high(ends[0]);
	int sent = send_hello(session, door, &hello, ends[1], memory);
	shut(ends[1]);
	shut(memory);
	if (sent < 0 || take_welcome(session) < 0)
		return -1;
	session->may_spin = hello.client_cpu < 0 || hello.client_cpu != session->page->server_cpu;
	return 0;
}

/* What could be wrong here rather than with the door. */
static int why_none(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM || error == EAGAIN ? error
											: EBADF;
}

static struct session *session_new(int door)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct door_identity identity;
	if (door_identify_used(door, &identity) < 0) {
		errno = EBADF;
		return NULL;
	}
	struct session *session = calloc(1, sizeof *session);
	if (session == NULL)
		return NULL;
	session->door = door;
	session->generation = generation_of(door);
	session->socket = -1;
	session->buffers = buffers_with(identity.server);
	pthread_once(&once, make_key);
	if (say_hello(session, door) < 0 || watch_session(session) < 0) {
		int error = why_none(errno);
		session_free(session);
		errno = error;
		return NULL;
	}
	pthread_setspecific(ending, &sessions);
	session->next = sessions;
	sessions = session;
	return session;
}

/* A call that is still under way in the session is one that this thread's handler
 * has interrupted, or has jumped out of: then its frame is gone. */
static bool abandoned(const struct session *session)
{
	stack_t stack;
	return (char *)__builtin_frame_address(0) > (char *)session->calling &&
	       sigaltstack(NULL, &stack) == 0 && (stack.ss_flags & SS_ONSTACK) == 0;
}

static bool usable(const struct session *session)
{
	return session->calling == NULL && session->generation == generation_of(session->door) &&
	       !atomic_load_explicit(&session->dead, memory_order_relaxed);
}

/* Ends what no longer leads anywhere. */
static void sweep(void)
{
	for (struct session *session = sessions, *next; session != NULL; session = next) {
		next = session->next;
		if (!usable(session) && (session->calling == NULL || abandoned(session)))
			session_end(session);
	}
}

struct session *session_for(int door)
{
	for (struct session *session = sessions; session != NULL; session = session->next)
		if (session->door == door && usable(session))
			return session;
	sweep();
	return session_new(door);
}

const struct door_page *client_page(int fd)
{
	struct session *session = session_for(fd);
	return session != NULL ? session->page : NULL;
}
