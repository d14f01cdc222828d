/* Instances within instances. */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sets.h"

void epoll_nested(void)
{
	struct setup setup;
	set_begin(&setup, EPOLLIN);
	int outer = epoll_create1(0);
	CHECK_IS(control(outer, EPOLL_CTL_ADD, setup.set, EPOLLIN, 77), 0);
	struct pollfd poller = {.fd = setup.set, .events = POLLIN};
	CHECK_IS(wait_one(outer, 5, 77), 0);
	CHECK_IS(poll(&poller, 1, 5), 0);
	for (int i = 0; i < 20; i++) {
		peer_send_later(&setup.peer, 0, 1, i % 3);
		CHECK_IS(wait_one(outer, 2000, 77), EPOLLIN);
		CHECK_IS(wait_one(outer, 2000, 77), EPOLLIN);
		CHECK_IS(poll(&poller, 1, 2000), 1);
		CHECK_IS(wait_one(setup.set, 0, OURS), EPOLLIN);
		take(setup.fd, 1);
		CHECK_IS(poll(&poller, 1, i % 3), 0);
		CHECK_IS(wait_one(outer, i % 2, 77), 0);
		peer_send_later(&setup.peer, 0, 1, i % 3);
		CHECK_IS(poll(&poller, 1, 2000), 1);
		take(setup.fd, 1);
	}
	set_end(&setup);
}

/* --- threads use them while another one forks ----------------------------------------------- */

/* The inner ones are made before and after the outer one, which has all of them. */
enum { INNER = 4, FORKS = 400 };

static int inner[INNER], outer;
static atomic_bool over;

static void *wait_in_outer(void *unused)
{
	struct epoll_event events[INNER];
	(void)unused;
	for (int i = 0; !atomic_load(&over); i++)
		CHECK(epoll_wait(outer, events, INNER, i % 2) >= 0);
	return NULL;
}

static void *wait_in_inner(void *argument)
{
	struct epoll_event event;
	int fd = *(int *)argument;
	for (int i = 0; !atomic_load(&over); i++) {
		int set = inner[i % INNER];
		CHECK_IS(control(set, EPOLL_CTL_MOD, fd, i % 3 ? EPOLLIN : EPOLLIN | EPOLLOUT, 1),
			 0);
		CHECK(epoll_wait(set, &event, 1, 0) >= 0);
	}
	return NULL;
}

void epoll_nested_forks(void)
{
	struct setup setup;
	pthread_t threads[3];
	int status;
	set_begin(&setup, EPOLLIN);
	for (int i = 0; i < INNER; i++) {
		if (i == INNER / 2)
			outer = epoll_create1(0);
		inner[i] = epoll_create1(0);
		CHECK_IS(control(inner[i], EPOLL_CTL_ADD, setup.fd, EPOLLIN, 1), 0);
	}
	for (int i = 0; i < INNER; i++)
		CHECK_IS(control(outer, EPOLL_CTL_ADD, inner[i], EPOLLIN, 1), 0);
	CHECK_IS(pthread_create(&threads[0], NULL, wait_in_outer, NULL), 0);
	CHECK_IS(pthread_create(&threads[1], NULL, wait_in_outer, NULL), 0);
	CHECK_IS(pthread_create(&threads[2], NULL, wait_in_inner, &setup.fd), 0);
	for (int i = 0; i < FORKS; i++) {
		pid_t child = fork();
		if (child == 0) {
			struct epoll_event event;
			/* What it has inherited can be used. */
			alarm(20);
			CHECK(epoll_wait(outer, &event, 1, 1) >= 0);
			_exit(0);
		}
		CHECK(child > 0);
		CHECK_IS(waitpid(child, &status, 0), child);
		CHECK_IS(status, 0);
	}
	atomic_store(&over, true);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	set_end(&setup);
}
