#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "socket.h"

const char *const socket_options[] = {SOCKET_OPTIONS, NULL};
const char *const datagram_options[] = {DATAGRAM_OPTIONS, NULL};

/* --- the five pairs of calls --------------------------------------------- */

static ssize_t readv_in(int fd, void *data, size_t n)
{
	struct iovec piece = {.iov_base = data, .iov_len = n};
	return readv(fd, &piece, 1);
}

static ssize_t writev_out(int fd, const void *data, size_t n)
{
	struct iovec piece = {.iov_base = (void *)(uintptr_t)data, .iov_len = n};
	return writev(fd, &piece, 1);
}

static ssize_t recv_in(int fd, void *data, size_t n)
{
	return recv(fd, data, n, 0);
}

static ssize_t send_out(int fd, const void *data, size_t n)
{
	return send(fd, data, n, MSG_NOSIGNAL);
}

static ssize_t recvfrom_in(int fd, void *data, size_t n)
{
	struct sockaddr_storage from;
	socklen_t length = sizeof from;
	return recvfrom(fd, data, n, 0, (struct sockaddr *)&from, &length);
}

static ssize_t sendto_out(int fd, const void *data, size_t n)
{
	return sendto(fd, data, n, MSG_NOSIGNAL, NULL, 0);
}

static ssize_t recvmsg_in(int fd, void *data, size_t n)
{
	struct iovec piece = {.iov_base = data, .iov_len = n};
	struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
	return recvmsg(fd, &message, 0);
}

static ssize_t sendmsg_out(int fd, const void *data, size_t n)
{
	struct iovec piece = {.iov_base = (void *)(uintptr_t)data, .iov_len = n};
	struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
	return sendmsg(fd, &message, MSG_NOSIGNAL);
}

static const struct {
	const char *name;
	ssize_t (*in)(int fd, void *data, size_t n);
	ssize_t (*out)(int fd, const void *data, size_t n);
} call_pairs[] = {{"readv-writev", readv_in, writev_out},
		  {"send-recv", recv_in, send_out},
		  {"sendto-recvfrom", recvfrom_in, sendto_out},
		  {"sendmsg-recvmsg", recvmsg_in, sendmsg_out}};

static int choose_calls(struct peer *peer, struct channel *channel)
{
	const char *name = cell_option(peer->cell, "calls", "read-write");
	if (strcmp(name, "read-write") == 0)
		return 0; /* the channel's own */
	for (size_t i = 0; i < sizeof call_pairs / sizeof call_pairs[0]; i++) {
		if (strcmp(call_pairs[i].name, name) != 0)
			continue;
		channel->in = call_pairs[i].in;
		channel->out = call_pairs[i].out;
		return 0;
	}
	return peer_unavailable(peer,
				"read-write, readv-writev, send-recv, sendto-recvfrom or "
				"sendmsg-recvmsg",
				"calls=%s is unknown", name);
}

/* --- watermarks ---------------------------------------------------------- */

static int watermark(struct peer *peer, int fd, const char *option, int name, int64_t *granted)
{
	const char *text = cell_option(peer->cell, option, NULL);
	int value;
	socklen_t length = sizeof value;
	if (text != NULL) {
		value = atoi(text);
		if (value <= 0)
			return peer_unavailable(peer, "a number of bytes above 0", "%s=%s", option,
						text);
		if (setsockopt(fd, SOL_SOCKET, name, &value, sizeof value) < 0)
			return peer_fail(peer, errno, "setsockopt of %s=%s", option, text);
	}
	PEER_TRY(peer, getsockopt(fd, SOL_SOCKET, name, &value, &length));
	*granted = value;
	return 0;
}

static struct page_granted *granted(struct peer *peer)
{
	return peer->role == ROLE_SERVER ? &peer->page->granted_server
					 : &peer->page->granted_client;
}

static int watermarks(struct peer *peer, int fd)
{
	struct page_granted *now = granted(peer);
	if (watermark(peer, fd, "sndbuf", SO_SNDBUF, &now->sndbuf_bytes) < 0 ||
	    watermark(peer, fd, "rcvbuf", SO_RCVBUF, &now->rcvbuf_bytes) < 0)
		return -1;
	if (watermark(peer, fd, "rcvlowat", SO_RCVLOWAT, &now->rcvlowat_bytes) < 0)
		return -1;
	/* Such a socket would never become ready. */
	uint64_t least = peer->in_bytes > 0 ? peer->in_bytes : 1;
	if (cell_option(peer->cell, "rcvlowat", NULL) != NULL &&
	    (uint64_t)now->rcvlowat_bytes > least)
		return peer_unavailable(peer, "a smaller rcvlowat, or larger messages",
					"rcvlowat=%lld is more than a message of %llu bytes",
					(long long)now->rcvlowat_bytes, (unsigned long long)least);
	return 0;
}

int socket_fit_datagram(struct peer *peer, int fd, size_t n)
{
	int size;
	socklen_t length = sizeof size;
	PEER_TRY(peer, getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, &length));
	if ((size_t)size >= n + 1024 || cell_option(peer->cell, "sndbuf", NULL) != NULL)
		return 0;
	size = (int)n; /* the kernel doubles it */
	PEER_TRY(peer, setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size));
	return 0;
}

uint32_t socket_stream_window(const struct peer *peer)
{
	/* What a queued datagram is charged beyond its bytes: its buffer's header
	 * and the rounding of its pages, generously. */
	enum { OVERHEAD_BYTES = 4096, MOST = 64 };
	struct socket_state *state = peer->state;
	int size = 0;
	socklen_t length = sizeof size;
	if (getsockopt(state->channel.fd, SOL_SOCKET, SO_RCVBUF, &size, &length) < 0)
		return 1;
	uint64_t fitting = (uint64_t)size / (2 * peer->cell->size_bytes + OVERHEAD_BYTES);
	return fitting < 1 ? 1 : fitting > MOST ? MOST : (uint32_t)fitting;
}

/* --- a connection's life ------------------------------------------------- */

int socket_adopt(struct peer *peer, int fd)
{
	struct socket_state *state = peer->state;
	if (channel_open(peer, &state->channel, fd) < 0 ||
	    choose_calls(peer, &state->channel) < 0 || watermarks(peer, fd) < 0)
		return -1;
	return state->configure != NULL ? state->configure(peer, fd) : 0;
}

int socket_listen(struct peer *peer)
{
	struct socket_state *state = peer->state;
	struct rendezvous *rendezvous = &peer->rendezvous;
	struct sockaddr *address = (struct sockaddr *)&state->address;
	int backlog = (int)peer->cell->backlog;
	PEER_TRY(peer, state->listen = socket(state->domain, state->type | SOCK_CLOEXEC, 0));
	PEER_TRY(peer, bind(state->listen, address, state->address_bytes));
	/* Buffers are inherited by what is accepted, and TCP wants them early. */
	if (watermarks(peer, state->listen) < 0)
		return -1;
	PEER_TRY(peer, listen(state->listen, backlog));
	granted(peer)->backlog = backlog;
	state->address_bytes = sizeof state->address;
	PEER_TRY(peer, getsockname(state->listen, address, &state->address_bytes));
	memcpy(rendezvous->blob, address, state->address_bytes);
	rendezvous->blob_bytes = state->address_bytes;
	return 0;
}

int socket_learn(struct peer *peer)
{
	struct socket_state *state = peer->state;
	state->address_bytes = peer->rendezvous.blob_bytes;
	memcpy(&state->address, peer->rendezvous.blob, state->address_bytes);
	return 0;
}

int socket_connect(struct peer *peer)
{
	struct socket_state *state = peer->state;
	int fd;
	PEER_TRY(peer, fd = socket(state->domain, state->type | SOCK_CLOEXEC, 0));
	state->channel.fd = fd; /* closed by socket_close() whatever happens */
	/* Buffers before the connection: TCP announces its window with it. */
	if (watermarks(peer, fd) < 0)
		return -1;
	int result;
	do
		result = connect(fd, (struct sockaddr *)&state->address, state->address_bytes);
	while (result < 0 && errno == EINTR);
	if (result < 0)
		return peer_fail(peer, errno, "connect to the server");
	return socket_adopt(peer, fd);
}

int socket_accept(struct peer *peer)
{
	struct socket_state *state = peer->state;
	int fd;
	do
		fd = accept4(state->listen, NULL, NULL, SOCK_CLOEXEC);
	while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return peer_fail(peer, errno, "accept of the client");
	return socket_adopt(peer, fd);
}

int socket_disconnect(struct peer *peer)
{
	struct socket_state *state = peer->state;
	if (peer->role == ROLE_CLIENT && channel_drain(peer, &state->channel) < 0)
		return -1;
	channel_close(&state->channel);
	return 0;
}

int socket_send(struct peer *peer, const void *data, size_t n)
{
	return channel_send(peer, &((struct socket_state *)peer->state)->channel, data, n);
}

int socket_recv(struct peer *peer, void *data, size_t n)
{
	return channel_recv(peer, &((struct socket_state *)peer->state)->channel, data, n);
}

void socket_close(struct peer *peer)
{
	struct socket_state *state = peer->state;
	channel_close(&state->channel);
	if (state->listen > 0)
		close(state->listen);
}

void loopback_support(struct probe_support *support)
{
	/* Connecting a datagram socket sends nothing. */
	struct sockaddr_in name = {.sin_family = AF_INET,
				   .sin_port = htons(9),
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool down = fd >= 0 && connect(fd, (struct sockaddr *)&name, sizeof name) < 0 &&
		    errno == ENETUNREACH;
	if (fd >= 0)
		close(fd);
	if (!down)
		return;
	support->available = false;
	snprintf(support->reason, sizeof support->reason, "the loopback interface is down");
	snprintf(support->remedy, sizeof support->remedy, "as root: ip link set lo up");
}
