/* Ends of connections, by poll and by both kinds of epoll. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "peer.h"

#define ALL (POLLIN | POLLOUT | POLLRDHUP)

struct ends {
	struct peer peer;
	int fd, level, edge;
};

static void begin(struct ends *ends)
{
	peer_start(&ends->peer);
	ends->fd = peer_connect_warm(&ends->peer);
	ends->level = epoll_create1(0);
	ends->edge = epoll_create1(0);
	struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.u64 = 7};
	CHECK_IS(epoll_ctl(ends->level, EPOLL_CTL_ADD, ends->fd, &event), 0);
	event.events |= EPOLLET;
	CHECK_IS(epoll_ctl(ends->edge, EPOLL_CTL_ADD, ends->fd, &event), 0);
	CHECK_IS(epoll_wait(ends->level, &event, 1, 0), 0);
	CHECK_IS(epoll_wait(ends->edge, &event, 1, 0), 0);
}

/* All that is told, once things have calmed down. */
static void told(struct ends *ends, short wanted)
{
	struct pollfd poller = {.fd = ends->fd, .events = ALL};
	struct epoll_event event = {0};
	usleep(20000);
	CHECK_IS(epoll_wait(ends->edge, &event, 1, 2000), 1);
	CHECK_IS(event.events, wanted & ~POLLOUT);
	for (int i = 0; i < 3; i++) {
		CHECK_IS(poll(&poller, 1, -1), 1);
		CHECK_IS(poller.revents, wanted);
		CHECK_IS(epoll_wait(ends->level, &event, 1, -1), 1);
		CHECK(event.events == (uint32_t)(wanted & ~POLLOUT) && event.data.u64 == 7);
	}
	CHECK_IS(epoll_wait(ends->edge, &event, 1, 5), 0);
}

void ends_half_close(void)
{
	struct ends ends;
	char byte;
	begin(&ends);
	peer_shutdown(&ends.peer, 0);
	told(&ends, POLLIN | POLLOUT | POLLRDHUP);
	CHECK_IS(recv(ends.fd, &byte, 1, 0), 0);
	CHECK_IS(send(ends.fd, "abc", 3, 0), 3);
	peer_receive(&ends.peer, 0, 3);
	CHECK_IS(shutdown(ends.fd, SHUT_WR), 0);
	told(&ends, POLLIN | POLLOUT | POLLRDHUP | POLLHUP);
	peer_stop(&ends.peer);
}

void ends_close(void)
{
	struct ends ends;
	char bytes[8];
	begin(&ends);
	peer_send(&ends.peer, 0, 5);
	peer_close(&ends.peer, 0);
	told(&ends, POLLIN | POLLOUT | POLLRDHUP);
	CHECK_IS(recv(ends.fd, bytes, 8, MSG_WAITALL), 5);
	CHECK_IS(recv(ends.fd, bytes, 8, 0), 0);
	peer_stop(&ends.peer);
}

void ends_reset(void)
{
	struct ends ends;
	char byte;
	begin(&ends);
	peer_reset(&ends.peer, 0);
	told(&ends, POLLIN | POLLOUT | POLLRDHUP | POLLERR | POLLHUP);
	CHECK_IS(recv(ends.fd, &byte, 1, 0), -1);
	CHECK_IS(errno, ECONNRESET);
	CHECK_IS(recv(ends.fd, &byte, 1, 0), 0);
	peer_stop(&ends.peer);
}

void ends_kill(void)
{
	struct ends ends;
	char bytes[8];
	begin(&ends);
	peer_send(&ends.peer, 0, 5);
	peer_kill(&ends.peer);
	told(&ends, POLLIN | POLLOUT | POLLRDHUP);
	CHECK_IS(recv(ends.fd, bytes, 8, 0), 5);
	CHECK_IS(recv(ends.fd, bytes, 8, 0), 0);
}

static double cpu_seconds(void)
{
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* Who waits for room alone hears nothing of the end of what comes in, and sleeps. */
void ends_only_room(void)
{
	struct peer peer;
	struct epoll_event event = {.events = EPOLLOUT};
	peer_start(&peer);
	int fd = peer_connect_warm(&peer), set = epoll_create1(0);
	size_t sum = fill(fd);
	peer_shutdown(&peer, 0);
	CHECK_IS(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event), 0);
	struct pollfd poller = {.fd = fd, .events = POLLOUT};
	double before = cpu_seconds();
	CHECK_IS(poll(&poller, 1, 200), 0);
	CHECK_IS(epoll_wait(set, &event, 1, 200), 0);
	CHECK(cpu_seconds() - before < 0.1);
	peer_receive(&peer, 0, (int)sum);
	CHECK_IS(poll(&poller, 1, 2000), 1);
	CHECK_IS(poller.revents, POLLOUT);
	CHECK_IS(epoll_wait(set, &event, 1, 2000), 1);
	CHECK_IS(event.events, EPOLLOUT);
	peer_stop(&peer);
}
