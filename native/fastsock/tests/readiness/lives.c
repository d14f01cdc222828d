/* Descriptors that are duplicated, closed and inherited while they are registered. */
#include <sys/wait.h>
#include <unistd.h>

#include "sets.h"

void epoll_two_descriptors(void)
{
	struct setup setup;
	struct epoll_event events[4];
	set_begin(&setup, EPOLLIN);
	int other = dup(setup.fd);
	CHECK_IS(control(setup.set, EPOLL_CTL_ADD, other, EPOLLIN, 2), 0);
	peer_send(&setup.peer, 0, 1);
	usleep(2000);
	CHECK_IS(epoll_wait(setup.set, events, 4, -1), 2);
	CHECK_IS(events[0].data.u64 + events[1].data.u64, OURS + 2);
	/* The file stays registered under the number that is closed. */
	close(setup.fd);
	CHECK_IS(epoll_wait(setup.set, events, 4, -1), 2);
	take(other, 1);
	CHECK_IS(epoll_wait(setup.set, events, 4, 5), 0);
	close(other);
	CHECK_IS(epoll_wait(setup.set, events, 4, 5), 0);
	close(setup.set);
	peer_stop(&setup.peer);
}

void epoll_duplicate(void)
{
	struct setup setup;
	set_begin(&setup, EPOLLIN);
	int other = dup(setup.set);
	close(setup.set);
	peer_send(&setup.peer, 0, 1);
	CHECK_IS(wait_one(other, -1, OURS), EPOLLIN);
	CHECK_IS(control(other, EPOLL_CTL_MOD, setup.fd, EPOLLIN, 4), 0);
	CHECK_IS(wait_one(other, -1, 4), EPOLLIN);
	close(other);
	/* The number may come again as another instance. */
	setup.set = epoll_create1(0);
	CHECK_IS(wait_one(setup.set, 3, 0), 0);
	CHECK_IS(control(setup.set, EPOLL_CTL_ADD, setup.fd, EPOLLIN, 8), 0);
	CHECK_IS(wait_one(setup.set, -1, 8), EPOLLIN);
	set_end(&setup);
}

/* Descriptors closed without EPOLL_CTL_DEL, and their numbers used again. */
void epoll_closed(void)
{
	struct peer peer;
	int set = epoll_create1(0);
	peer_start(&peer);
	for (int i = 0; i < 200; i++) {
		int fd = peer_connect_warm(&peer);
		CHECK_IS(control(set, EPOLL_CTL_ADD, fd, EPOLLIN, (uint64_t)i), 0);
		CHECK_IS(wait_one(set, 0, 0), 0);
		peer_send(&peer, i, 1);
		CHECK_IS(wait_one(set, -1, (uint64_t)i), EPOLLIN);
		close(fd);
		CHECK_IS(wait_one(set, 0, 0), 0);
	}
	peer_stop(&peer);
}

/* An instance and its connection go on in a child; the parent's close is no end. */
void epoll_forked(void)
{
	struct setup setup;
	int status;
	set_begin(&setup, EPOLLIN);
	CHECK_IS(wait_one(setup.set, 2, OURS), 0);
	pid_t child = fork();
	if (child == 0) {
		CHECK_IS(wait_one(setup.set, 5000, OURS), EPOLLIN);
		take(setup.fd, 1);
		_exit(0);
	}
	usleep(20000);
	peer_send(&setup.peer, 0, 1);
	CHECK_IS(waitpid(child, &status, 0), child);
	CHECK_IS(status, 0);
	CHECK_IS(wait_one(setup.set, 2, OURS), 0);
	child = fork();
	if (child == 0) {
		close(setup.fd);
		close(setup.set);
		_exit(0);
	}
	CHECK_IS(waitpid(child, &status, 0), child);
	peer_send(&setup.peer, 0, 1);
	CHECK_IS(wait_one(setup.set, 2000, OURS), EPOLLIN);
	set_end(&setup);
}
