#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>

#include "channel.h"

static int parse_readiness(struct peer *peer, struct channel *channel)
{
	static const char *const names[] = {"none", "poll", "select", "epoll"};
	const char *text = cell_option(peer->cell, "ready", "none");
	for (int i = 0; i < 4; i++)
		if (strcmp(text, names[i]) == 0) {
			channel->readiness = (enum readiness)i;
			return 0;
		}
	return peer_unavailable(peer, "ready is poll, select or epoll", "ready=%s is unknown",
				text);
}

static int prepare_readiness(struct peer *peer, struct channel *channel)
{
	if (channel->readiness == READY_SELECT && channel->fd >= FD_SETSIZE)
		return peer_fail(peer, EBADF, "descriptor %d is beyond select's reach",
				 channel->fd);
	if (channel->readiness != READY_EPOLL)
		return 0;
	struct epoll_event event = {.events = EPOLLIN};
	PEER_TRY(peer, channel->epoll_fd = epoll_create1(EPOLL_CLOEXEC));
	PEER_TRY(peer, epoll_ctl(channel->epoll_fd, EPOLL_CTL_ADD, channel->fd, &event));
	return 0;
}

static ssize_t read_in(int fd, void *data, size_t n)
{
	return read(fd, data, n);
}

static ssize_t write_out(int fd, const void *data, size_t n)
{
	return write(fd, data, n);
}

int channel_open(struct peer *peer, struct channel *channel, int fd)
{
	*channel = (struct channel){.fd = fd, .in = read_in, .out = write_out};
	channel->chunk = strtoul(cell_option(peer->cell, "chunk", "0"), NULL, 10);
	if (channel->chunk == 0)
		channel->chunk = SIZE_MAX;
	if (parse_readiness(peer, channel) < 0 || prepare_readiness(peer, channel) < 0)
		return -1;
	channel->blocking = peer->cell->wait == WAIT_BLOCK && channel->readiness == READY_NONE;
	if (channel->blocking)
		return 0;
	int flags;
	PEER_TRY(peer, flags = fcntl(fd, F_GETFL));
	PEER_TRY(peer, fcntl(fd, F_SETFL, flags | O_NONBLOCK));
	return 0;
}

/* Asks whether the channel is readable, waiting up to timeout_ms (-1 = ever).
 * Returns 1, 0 or -1 with errno. */
static int readable(const struct channel *channel, int timeout_ms)
{
	struct pollfd poller = {.fd = channel->fd, .events = POLLIN};
	struct timeval timeout = {0};
	struct epoll_event event;
	fd_set set;
	switch (channel->readiness) {
	case READY_SELECT:
		FD_ZERO(&set);
		FD_SET(channel->fd, &set);
		return select(channel->fd + 1, &set, NULL, NULL, timeout_ms < 0 ? NULL : &timeout);
	case READY_EPOLL:
		return epoll_wait(channel->epoll_fd, &event, 1, timeout_ms);
	default:
		return poll(&poller, 1, timeout_ms);
	}
}

/* Before a receive: waits for readiness as policy and option say. */
static int await_readable(struct peer *peer, const struct channel *channel)
{
	struct spin spin = {0};
	int timeout_ms = peer->cell->wait == WAIT_BLOCK ? -1 : 0;
	for (;;) {
		int ready = readable(channel, timeout_ms);
		if (ready > 0)
			return 0;
		if (ready < 0 && errno != EINTR)
			return peer_fail(peer, errno, "waiting for readiness");
		if (!spin_again(peer, &spin, false))
			timeout_ms = -1;
	}
}

static size_t at_most(size_t n, size_t limit)
{
	return n < limit ? n : limit;
}

static int short_datagram(struct peer *peer, ssize_t moved, size_t n)
{
	return peer_fail(peer, EMSGSIZE, "a message of %zd bytes where %zu were due", moved, n);
}

int channel_recv(struct peer *peer, struct channel *channel, void *data, size_t n)
{
	struct spin spin = {0};
	bool ended = false;
	for (size_t done = 0; done < n;) {
		if (channel->readiness != READY_NONE && await_readable(peer, channel) < 0)
			return -1;
		ssize_t got = channel->in(channel->fd, (char *)data + done,
					  at_most(n - done, channel->chunk));
		if (got > 0) {
			if (channel->datagrams && (size_t)got != n)
				return short_datagram(peer, got, n);
			done += (size_t)got;
		} else if (got == 0 && channel->datagrams && !ended) {
			/* Linux answers a non-blocking SOCK_SEQPACKET receiver with the
			 * end when it found the queue empty and the other side then sent
			 * and closed before the answer. The end is final, so a second
			 * look finds what was sent before it. */
			ended = true;
		} else if (got == 0) {
			return peer_fail(peer, ECONNRESET,
					 "the other peer closed after %zu of %zu bytes", done, n);
		} else if (errno == EAGAIN) {
			if (wait_ready(peer, &spin, channel->fd, POLLIN) < 0)
				return -1;
		} else if (errno != EINTR) {
			return peer_fail(peer, errno, "receiving %zu bytes", n - done);
		}
	}
	return 0;
}

int channel_send(struct peer *peer, struct channel *channel, const void *data, size_t n)
{
	struct spin spin = {0};
	for (size_t done = 0; done < n;) {
		ssize_t put = channel->out(channel->fd, (const char *)data + done,
					   at_most(n - done, channel->chunk));
		if (put >= 0) {
			if (channel->datagrams && (size_t)put != n)
				return short_datagram(peer, put, n);
			done += (size_t)put;
		} else if (errno == EAGAIN) {
			if (wait_ready(peer, &spin, channel->fd, POLLOUT) < 0)
				return -1;
		} else if (errno == EMSGSIZE) {
			return peer_unavailable(
				peer,
				"a smaller size, or larger socket buffers "
				"(sysctl net.core.wmem_max)",
				"a message of %zu bytes is more than the socket takes", n);
		} else if (errno != EINTR) {
			return peer_fail(peer, errno, "sending %zu bytes", n - done);
		}
	}
	return 0;
}

int channel_drain(struct peer *peer, struct channel *channel)
{
	char rest[256];
	struct spin spin = {0};
	for (;;) {
		ssize_t got = channel->in(channel->fd, rest, sizeof rest);
		if (got == 0 || (got < 0 && errno == ECONNRESET))
			return 0;
		if (got < 0 && errno == EAGAIN) {
			if (wait_ready(peer, &spin, channel->fd, POLLIN) < 0)
				return -1;
		} else if (got < 0 && errno != EINTR) {
			return peer_fail(peer, errno, "waiting for the other peer's close");
		}
	}
}

void channel_close(struct channel *channel)
{
	if (channel->epoll_fd > 0)
		close(channel->epoll_fd);
	if (channel->fd > 0)
		close(channel->fd);
	*channel = (struct channel){0};
}
