/* The process at the other end, and checks. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "peer.h"

struct order {
	char what;
	int number, amount, ms;
};

_Noreturn void check_failed(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: %s (errno: %s)\n", file, line, what, strerror(errno));
	exit(1);
}

void check_is(const char *file, int line, const char *what, long got, long wanted)
{
	if (got == wanted)
		return;
	fprintf(stderr, "%s:%d: %s is %#lx, not %#lx (errno: %s)\n", file, line, what,
		(unsigned long)got, (unsigned long)wanted, strerror(errno));
	exit(1);
}

uint64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void nonblocking(int fd)
{
	CHECK_IS(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK), 0);
}

void take(int fd, int bytes)
{
	char buffer[65536];
	while (bytes > 0) {
		size_t n = (size_t)bytes < sizeof(buffer) ? (size_t)bytes : sizeof(buffer);
		ssize_t got = recv(fd, buffer, n, 0);
		CHECK(got > 0);
		bytes -= (int)got;
	}
}

size_t fill(int fd)
{
	static char block[65536];
	size_t sum = 0;
	/* The kernel goes on for a moment after the first refusal. */
	for (int refusals = 0; refusals < 3;) {
		ssize_t sent = send(fd, block, sizeof(block), MSG_DONTWAIT);
		if (sent > 0) {
			sum += (size_t)sent;
			continue;
		}
		CHECK_IS(errno, EAGAIN);
		refusals++;
		usleep(20000);
	}
	return sum;
}

/* --- the other process ------------------------------------------------------------------- */

static int connected[CONNECTIONS_MOST];
static int connections;

/* What is sent is seen at once, whatever is unacknowledged. */
static void nodelay(int fd)
{
	int one = 1;
	CHECK_IS(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)), 0);
}

static void connect_one(struct sockaddr_in *address)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(fd >= 0);
	CHECK_IS(connect(fd, (struct sockaddr *)address, sizeof(*address)), 0);
	nodelay(fd);
	connected[connections++] = fd;
}

static void send_bytes(int fd, int n)
{
	static char block[65536];
	while (n > 0) {
		ssize_t sent = send(fd, block,
				    (size_t)n < sizeof(block) ? (size_t)n : sizeof(block), 0);
		CHECK(sent > 0);
		n -= (int)sent;
	}
}

static void close_with_reset(int fd)
{
	struct linger linger = {.l_onoff = 1, .l_linger = 0};
	CHECK_IS(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)), 0);
	close(fd);
}

static void obey(const struct order *order, struct sockaddr_in *address, int answers)
{
	int fd = connected[order->number];
	if (order->what == 'l') {
		CHECK_IS(write(answers, "", 1), 1);
		usleep((useconds_t)order->ms * 1000);
		send_bytes(fd, order->amount);
		return;
	}
	switch (order->what) {
	case 'C':
		connect_one(address);
		break;
	case 's':
		send_bytes(fd, order->amount);
		break;
	case 'r':
		take(fd, order->amount);
		break;
	case 'w':
		shutdown(fd, SHUT_WR);
		break;
	case 'c':
		close(fd);
		break;
	case 'x':
		close_with_reset(fd);
		break;
	}
	CHECK_IS(write(answers, "", 1), 1);
}

static _Noreturn void be_peer(struct sockaddr_in *address, int orders, int answers)
{
	struct order order;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (read(orders, &order, sizeof(order)) == sizeof(order))
		obey(&order, address, answers);
	_exit(0);
}

/* --- this side ----------------------------------------------------------------------------- */

void peer_start(struct peer *peer)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t bytes = sizeof(address);
	int orders[2], answers[2];
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	peer->listening = socket(AF_INET, SOCK_STREAM, 0);
	CHECK_IS(bind(peer->listening, (struct sockaddr *)&address, bytes), 0);
	CHECK_IS(listen(peer->listening, 64), 0);
	CHECK_IS(getsockname(peer->listening, (struct sockaddr *)&address, &bytes), 0);
	CHECK(pipe(orders) == 0 && pipe(answers) == 0);
	peer->pid = fork();
	CHECK(peer->pid >= 0);
	if (peer->pid == 0) {
		close(peer->listening);
		close(orders[1]);
		close(answers[0]);
		be_peer(&address, orders[0], answers[1]);
	}
	close(orders[0]);
	close(answers[1]);
	peer->orders = orders[1];
	peer->answers = answers[0];
}

static void say(struct peer *peer, char what, int number, int amount, int ms)
{
	struct order order = {what, number, amount, ms};
	char answer;
	CHECK_IS(write(peer->orders, &order, sizeof(order)), sizeof(order));
	CHECK_IS(read(peer->answers, &answer, 1), 1);
}

int peer_connect(struct peer *peer)
{
	say(peer, 'C', 0, 0, 0);
	int fd = accept(peer->listening, NULL, NULL);
	CHECK(fd >= 0);
	nodelay(fd);
	return fd;
}

void peer_warm(struct peer *peer, int number, int fd)
{
	for (int i = 0; i < 6; i++) {
		peer_send(peer, number, 3);
		take(fd, 3);
		CHECK_IS(send(fd, "abc", 3, 0), 3);
		peer_receive(peer, number, 3);
	}
}

int peer_connect_warm(struct peer *peer)
{
	static int number;
	int fd = peer_connect(peer);
	peer_warm(peer, number++, fd);
	return fd;
}

void peer_send(struct peer *peer, int number, int bytes)
{
	say(peer, 's', number, bytes, 0);
}

void peer_receive(struct peer *peer, int number, int bytes)
{
	say(peer, 'r', number, bytes, 0);
}

void peer_shutdown(struct peer *peer, int number)
{
	say(peer, 'w', number, 0, 0);
}

void peer_close(struct peer *peer, int number)
{
	say(peer, 'c', number, 0, 0);
}

void peer_reset(struct peer *peer, int number)
{
	say(peer, 'x', number, 0, 0);
}

void peer_send_later(struct peer *peer, int number, int bytes, int ms)
{
	say(peer, 'l', number, bytes, ms);
}

void peer_kill(struct peer *peer)
{
	CHECK_IS(kill(peer->pid, SIGKILL), 0);
	CHECK_IS(waitpid(peer->pid, NULL, 0), peer->pid);
}

void peer_stop(struct peer *peer)
{
	int status;
	close(peer->orders);
	CHECK_IS(waitpid(peer->pid, &status, 0), peer->pid);
	CHECK_IS(status, 0);
}
