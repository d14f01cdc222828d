/* Transfers that go over from the kernel to a ring while they are under way. */
#include <errno.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "peer.h"

enum { ROUNDS = 8, ANSWER_BYTES = 3000000, PIECE_BYTES = 65536 };

struct end {
	int fd, set;
	bool readable, writable; /* as edges told, until a call came short */
};

static void wait_for_edge(struct end *end)
{
	struct epoll_event event;
	CHECK_IS(epoll_wait(end->set, &event, 1, 5000), 1);
	end->readable |= (event.events & (EPOLLIN | EPOLLRDHUP)) != 0;
	end->writable |= (event.events & EPOLLOUT) != 0;
}

static void open_end(struct end *end, int fd)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET};
	*end = (struct end){.fd = fd, .set = epoll_create1(0)};
	nonblocking(fd);
	CHECK_IS(epoll_ctl(end->set, EPOLL_CTL_ADD, fd, &event), 0);
}

static unsigned char pattern(size_t at)
{
	return (unsigned char)(at * 7 % 251);
}

/* A call that comes short has met the end of what there is: the next edge will tell. */
static void send_all(struct end *end, size_t bytes)
{
	static unsigned char piece[PIECE_BYTES * 8];
	for (size_t done = 0; done < bytes;) {
		while (!end->writable)
			wait_for_edge(end);
		size_t n = bytes - done < sizeof(piece) ? bytes - done : sizeof(piece);
		for (size_t i = 0; i < n; i++)
			piece[i] = pattern(done + i);
		ssize_t sent = write(end->fd, piece, n);
		CHECK(sent > 0 || (sent < 0 && errno == EAGAIN));
		end->writable = sent == (ssize_t)n;
		done += sent > 0 ? (size_t)sent : 0;
	}
}

static void receive_all(struct end *end, size_t bytes)
{
	static unsigned char piece[PIECE_BYTES];
	for (size_t done = 0; done < bytes;) {
		while (!end->readable)
			wait_for_edge(end);
		ssize_t got = read(end->fd, piece, sizeof(piece));
		CHECK(got > 0 || (got < 0 && errno == EAGAIN));
		end->readable = got == (ssize_t)sizeof(piece);
		for (ssize_t i = 0; i < got; i++)
			CHECK(piece[i] == pattern(done + (size_t)i));
		done += got > 0 ? (size_t)got : 0;
	}
}

static int connect_pair(int *other)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	int listening = socket(AF_INET, SOCK_STREAM, 0);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	CHECK_IS(bind(listening, (struct sockaddr *)&address, length), 0);
	CHECK_IS(listen(listening, 1), 0);
	CHECK_IS(getsockname(listening, (struct sockaddr *)&address, &length), 0);
	*other = fork();
	CHECK(*other >= 0);
	if (*other == 0) {
		close(fd);
		return accept(listening, NULL, NULL);
	}
	close(listening);
	CHECK_IS(connect(fd, (struct sockaddr *)&address, length), 0);
	return fd;
}

void seams_edges(void)
{
	struct end end;
	int other, status = 0;
	int fd = connect_pair(&other);
	open_end(&end, fd);
	for (int round = 0; round < ROUNDS; round++) {
		if (other == 0) {
			receive_all(&end, 1);
			send_all(&end, ANSWER_BYTES);
		} else {
			send_all(&end, 1);
			receive_all(&end, ANSWER_BYTES);
		}
	}
	if (other == 0)
		_exit(0);
	CHECK_IS(waitpid(other, &status, 0), other);
	CHECK_IS(status, 0);
}

/* Nothing to send is sent at once, with room and without. */
void seams_nothing_sent(void)
{
	struct peer peer;
	peer_start(&peer);
	int fd = peer_connect_warm(&peer);
	nonblocking(fd);
	CHECK_IS(write(fd, "", 0), 0);
	CHECK_IS(send(fd, "", 0, 0), 0);
	peer_send(&peer, 0, 1);
	take(fd, 1);
	CHECK_IS(write(fd, "", 0), 0);
	peer_stop(&peer);
}
