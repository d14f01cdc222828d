#include "sets.h"

#include <unistd.h>

int control(int set, int operation, int fd, uint32_t events, uint64_t data)
{
	struct epoll_event event = {.events = events, .data.u64 = data};
	return epoll_ctl(set, operation, fd, &event);
}

uint32_t wait_one(int set, int ms, uint64_t data)
{
	struct epoll_event events[4];
	int n = epoll_wait(set, events, 4, ms);
	CHECK(n == 0 || n == 1);
	CHECK(n == 0 || events[0].data.u64 == data);
	return n == 0 ? 0 : events[0].events;
}

void set_begin(struct setup *setup, uint32_t events)
{
	peer_start(&setup->peer);
	setup->fd = peer_connect(&setup->peer);
	setup->set = epoll_create1(EPOLL_CLOEXEC);
	CHECK_IS(control(setup->set, EPOLL_CTL_ADD, setup->fd, events, OURS), 0);
	peer_warm(&setup->peer, 0, setup->fd);
}

void set_end(struct setup *setup)
{
	close(setup->fd);
	close(setup->set);
	peer_stop(&setup->peer);
}
