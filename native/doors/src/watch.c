/* The watch: a thread that notices when servers end. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "impl.h"

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
		set_change(watch_epoll, EPOLL_CTL_DEL, session->socket, NULL);
		/* seq_cst: the waiter looks at it after it said that it sleeps. */
		atomic_store(&session->dead, true);
		if (session->buffers != NULL)
			buffers_peer_died(session->buffers);
		end_sleep(session->slot);
		futex_wake(&session->slot->request.client_sleeps, 1);
		return;
	}
}

static void *watch_servers(void *argument)
{
	(void)argument;
	struct epoll_event events[16];
	for (;;) {
		int count = set_wait(watch_epoll, events, 16);
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

/* A child makes sessions of its own: the parent's slots are the parent's. */
static void after_fork_child(void)
{
	for (struct watched *entry = watched; entry != NULL; entry = entry->next)
		shut(entry->session->socket);
	if (watch_epoll >= 0)
		shut(watch_epoll);
	watch_epoll = -1;
	watch_owner = 0;
	watched = NULL;
	sessions_forget();
	buffers_forget();
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
	watch_epoll = set_create();
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

int watch_session(struct session *session)
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
		result = set_change(watch_epoll, EPOLL_CTL_ADD, session->socket, &event);
	}
	if (result == 0)
		watched = entry;
	pthread_mutex_unlock(&watch_lock);
	if (result < 0)
		free(entry);
	return result;
}

void unwatch_session(const struct session *session)
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
	shut(session->socket);
	pthread_mutex_unlock(&watch_lock);
}
