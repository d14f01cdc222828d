/* Several threads and one instance. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "peer.h"

static int set;
static atomic_int taken;
static atomic_bool over;

static void add(int fd, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.fd = fd};
	CHECK_IS(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event), 0);
}

static void read_all(int fd)
{
	char bytes[64];
	for (;;) {
		ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
		if (n <= 0) {
			CHECK(n == 0 || errno == EAGAIN);
			return;
		}
		atomic_fetch_add(&taken, (int)n);
	}
}

static void *serve(void *argument)
{
	struct epoll_event event;
	uint32_t again = *(uint32_t *)argument;
	while (!atomic_load(&over)) {
		int n = epoll_wait(set, &event, 1, -1);
		if (n != 1 || atomic_load(&over))
			continue;
		read_all(event.data.fd);
		event.events = again;
		if (again & EPOLLONESHOT)
			CHECK_IS(epoll_ctl(set, EPOLL_CTL_MOD, event.data.fd, &event), 0);
	}
	return NULL;
}

/* `count` threads serve `CONNECTIONS` connections; every byte must wake one. */
static void serve_in_threads(int count, uint32_t events)
{
	enum { CONNECTIONS = 8, MESSAGES = 400 };
	struct peer peer;
	pthread_t threads[4];
	peer_start(&peer);
	set = epoll_create1(0);
	for (int i = 0; i < CONNECTIONS; i++)
		add(peer_connect_warm(&peer), events);
	for (int i = 0; i < count; i++)
		CHECK_IS(pthread_create(&threads[i], NULL, serve, &events), 0);
	for (int i = 0; i < MESSAGES; i++) {
		if (i % 16 == 0)
			usleep(1500);
		peer_send(&peer, i * 5 % CONNECTIONS, 1);
		if (i % 8 == 7) {
			for (int ms = 0; atomic_load(&taken) <= i && ms < 2000; ms++)
				usleep(1000);
			CHECK_IS(atomic_load(&taken), i + 1);
		}
	}
	atomic_store(&over, true);
	add(eventfd(1, 0), EPOLLIN);
	for (int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	peer_stop(&peer);
}

void epoll_threads(void)
{
	serve_in_threads(2, EPOLLIN | EPOLLET);
}

void epoll_workers(void)
{
	serve_in_threads(3, EPOLLIN | EPOLLET | EPOLLONESHOT);
}

static void *wait_once(void *argument)
{
	struct epoll_event *event = argument;
	CHECK_IS(epoll_wait(set, event, 1, 5000), 1);
	return NULL;
}

/* It is upgraded while a thread sleeps with it, and data come after that. */
void epoll_asleep(void)
{
	struct peer peer;
	struct epoll_event event = {0};
	pthread_t thread;
	peer_start(&peer);
	set = epoll_create1(0);
	int fd = peer_connect(&peer);
	/* Edge-triggered: what this thread takes right away wakes the other but now and
	 * then; it goes back to sleep. */
	add(fd, EPOLLRDHUP | EPOLLET);
	CHECK_IS(pthread_create(&thread, NULL, wait_once, &event), 0);
	usleep(10000);
	peer_warm(&peer, 0, fd);
	usleep(10000);
	peer_shutdown(&peer, 0);
	pthread_join(thread, NULL);
	CHECK_IS(event.events, EPOLLRDHUP);
	peer_stop(&peer);
}

/* What another thread adds and modifies concerns who is asleep already. */
void epoll_changed_asleep(void)
{
	struct peer peer;
	struct epoll_event event = {0}, change = {.events = EPOLLIN};
	pthread_t thread;
	peer_start(&peer);
	set = epoll_create1(0);
	int fd = peer_connect_warm(&peer);
	peer_send(&peer, 0, 1);
	CHECK_IS(pthread_create(&thread, NULL, wait_once, &event), 0);
	usleep(10000);
	change.data.fd = fd;
	CHECK_IS(epoll_ctl(set, EPOLL_CTL_ADD, fd, &change), 0);
	pthread_join(thread, NULL);
	CHECK_IS(event.events, EPOLLIN);
	take(fd, 1);
	CHECK_IS(pthread_create(&thread, NULL, wait_once, &event), 0);
	usleep(10000);
	change.events = EPOLLIN | EPOLLOUT;
	CHECK_IS(epoll_ctl(set, EPOLL_CTL_MOD, fd, &change), 0);
	pthread_join(thread, NULL);
	CHECK_IS(event.events, EPOLLOUT);
	change.events = EPOLLIN;
	CHECK_IS(epoll_ctl(set, EPOLL_CTL_MOD, fd, &change), 0);
	CHECK_IS(pthread_create(&thread, NULL, wait_once, &event), 0);
	usleep(10000);
	peer_send(&peer, 0, 1);
	pthread_join(thread, NULL);
	CHECK_IS(event.events, EPOLLIN);
	peer_stop(&peer);
}
