/* poll and select. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "../../../tests/sanitized.h"
#include "peer.h"

static short ask(int fd, short events, int ms)
{
	struct pollfd poller = {.fd = fd, .events = events, .revents = 0x55};
	int n = poll(&poller, 1, ms);
	CHECK(n == 0 || n == 1);
	CHECK_IS(n, poller.revents != 0);
	return poller.revents;
}

void poll_levels(void)
{
	struct peer peer;
	peer_start(&peer);
	int fd = peer_connect_warm(&peer);
	CHECK_IS(ask(fd, POLLIN, 0), 0);
	CHECK_IS(ask(fd, POLLIN | POLLOUT, 0), POLLOUT);
	peer_send(&peer, 0, 10);
	CHECK_IS(ask(fd, POLLIN, -1), POLLIN);
	CHECK_IS(ask(fd, POLLIN, 0), POLLIN);
	CHECK_IS(ask(fd, POLLIN | POLLRDNORM | POLLOUT | POLLRDHUP, 0),
		 POLLIN | POLLRDNORM | POLLOUT);
	take(fd, 4);
	CHECK_IS(ask(fd, POLLIN, 0), POLLIN);
	take(fd, 6);
	CHECK_IS(ask(fd, POLLIN, 20), 0);
	for (int i = 0; i < 20; i++) {
		peer_send_later(&peer, 0, 1, i % 5);
		CHECK_IS(ask(fd, POLLIN, -1), POLLIN);
		take(fd, 1);
	}
	CHECK_IS(ask(-5, POLLIN, 0), 0);
	close(fd);
	CHECK_IS(ask(fd, POLLIN, 0), POLLNVAL);
	peer_stop(&peer);
}

static void within(uint64_t start, double least_ms, double most_ms)
{
	double took = (double)(now_ns() - start) / 1e6;
	if (took < least_ms || took > most_ms)
		fprintf(stderr, "took %.2f ms\n", took);
	CHECK(took >= least_ms && took <= most_ms);
}

void poll_timeouts(void)
{
	struct peer peer;
	peer_start(&peer);
	int fd = peer_connect_warm(&peer);
	static const int timeouts[] = {0, 1, 7, 50};
	for (size_t i = 0; i < 4; i++) {
		uint64_t start = now_ns();
		CHECK_IS(ask(fd, POLLIN, timeouts[i]), 0);
		within(start, timeouts[i], timeouts[i] + 40);
	}
	struct pollfd poller = {.fd = fd, .events = POLLIN};
	struct timespec timeout = {.tv_nsec = 3300000};
	uint64_t start = now_ns();
	CHECK_IS(ppoll(&poller, 1, &timeout, NULL), 0);
	within(start, 3.3, 43);
	CHECK_IS(timeout.tv_nsec, 3300000);
	timeout.tv_nsec = 1000000000;
	CHECK_IS(ppoll(&poller, 1, &timeout, NULL), -1);
	CHECK_IS(errno, EINVAL);
	close(fd);
	peer_stop(&peer);
}

void poll_mixed(void)
{
	struct peer peer;
	uint64_t one = 1;
	int ends[2];
	peer_start(&peer);
	int fd = peer_connect_warm(&peer);
	int event = eventfd(0, 0);
	CHECK_IS(pipe(ends), 0);
	struct pollfd all[4] = {{.fd = ends[0], .events = POLLIN},
				{.fd = fd, .events = POLLIN},
				{.fd = -1, .events = POLLIN},
				{.fd = event, .events = POLLIN}};
	CHECK_IS(poll(all, 4, 5), 0);
	peer_send(&peer, 0, 5);
	CHECK_IS(poll(all, 4, -1), 1);
	CHECK_IS(all[1].revents, POLLIN);
	CHECK_IS(write(event, &one, sizeof(one)), 8);
	/* The connection is ready all the time, but the others have their turn. */
	bool seen = false;
	for (int i = 0; i < 100 && !seen; i++) {
		CHECK(poll(all, 4, -1) >= 1);
		CHECK_IS(all[1].revents, POLLIN);
		seen = all[3].revents == POLLIN;
	}
	CHECK(seen);
	take(fd, 5);
	CHECK_IS(poll(all, 4, -1), 1);
	CHECK_IS(all[3].revents, POLLIN);
	CHECK_IS(read(event, &one, sizeof(one)), 8);
	int timer = timerfd_create(CLOCK_MONOTONIC, 0);
	struct itimerspec when = {.it_value.tv_nsec = 3000000};
	CHECK_IS(timerfd_settime(timer, 0, &when, NULL), 0);
	all[2] = (struct pollfd){.fd = timer, .events = POLLIN};
	CHECK_IS(poll(all, 4, -1), 1);
	CHECK_IS(all[2].revents, POLLIN);
	close(ends[1]);
	CHECK(poll(all, 4, -1) >= 1);
	CHECK_IS(all[0].revents, POLLHUP);
	peer_stop(&peer);
}

static volatile sig_atomic_t caught;

static void catch (int number)
{
	(void)number;
	caught = 1;
}

static void alarm_in(int ms)
{
	struct itimerval when = {.it_value.tv_usec = ms * 1000};
	caught = 0;
	CHECK_IS(setitimer(ITIMER_REAL, &when, NULL), 0);
}

void poll_signals(void)
{
	struct peer peer;
	struct sigaction action = {.sa_handler = catch, .sa_flags = SA_RESTART};
	sigset_t blocked, none;
	peer_start(&peer);
	int fd = peer_connect_warm(&peer);
	struct pollfd poller = {.fd = fd, .events = POLLIN};
	CHECK_IS(sigaction(SIGALRM, &action, NULL), 0);
	alarm_in(10);
	CHECK_IS(poll(&poller, 1, -1), -1);
	CHECK(errno == EINTR && caught);
	/* Blocked, but not while it sleeps. */
	sigemptyset(&none);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGALRM);
	CHECK_IS(sigprocmask(SIG_BLOCK, &blocked, NULL), 0);
	alarm_in(5);
	usleep(15000);
	CHECK(!caught);
	CHECK_IS(ppoll(&poller, 1, NULL, &none), -1);
	CHECK(errno == EINTR && caught);
	alarm_in(5);
	CHECK_IS(poll(&poller, 1, 20), 0);
	CHECK(!caught);
	fd_set in;
	FD_ZERO(&in);
	FD_SET(fd, &in);
	CHECK_IS(pselect(fd + 1, &in, NULL, NULL, NULL, &none), -1);
	CHECK(errno == EINTR && (caught || THREAD_SANITIZED) && FD_ISSET(fd, &in));
	close(fd);
	peer_stop(&peer);
}

void poll_full(void)
{
	struct peer peer;
	peer_start(&peer);
	int fd = peer_connect_warm(&peer);
	size_t sum = fill(fd);
	CHECK_IS(ask(fd, POLLOUT, 0), 0);
	CHECK_IS(ask(fd, POLLOUT | POLLIN, 30), 0);
	peer_send(&peer, 0, 1);
	CHECK_IS(ask(fd, POLLOUT | POLLIN, -1), POLLIN);
	peer_receive(&peer, 0, (int)sum);
	CHECK_IS(ask(fd, POLLOUT, 2000), POLLOUT);
	CHECK_IS(ask(fd, POLLOUT | POLLIN, -1), POLLIN | POLLOUT);
	close(fd);
	peer_stop(&peer);
}

void poll_many(void)
{
	struct peer peer;
	enum { MANY = 300 };
	struct pollfd all[MANY];
	peer_start(&peer);
	for (int i = 0; i < MANY; i++)
		all[i] = (struct pollfd){.fd = peer_connect_warm(&peer), .events = POLLIN};
	CHECK_IS(poll(all, MANY, 3), 0);
	for (int i = 0; i < MANY; i += 37) {
		peer_send_later(&peer, i, 2, 1);
		CHECK_IS(poll(all, MANY, -1), 1);
		CHECK_IS(all[i].revents, POLLIN);
		take(all[i].fd, 2);
	}
	peer_stop(&peer);
}

void select_levels(void)
{
	struct peer peer;
	fd_set in, out, exceptional;
	struct timeval timeout = {.tv_sec = 5};
	peer_start(&peer);
	int fd = peer_connect_warm(&peer);
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_ZERO(&exceptional);
	FD_SET(fd, &in);
	FD_SET(fd, &out);
	FD_SET(fd, &exceptional);
	CHECK_IS(select(fd + 1, &in, &out, &exceptional, NULL), 1);
	CHECK(!FD_ISSET(fd, &in) && FD_ISSET(fd, &out) && !FD_ISSET(fd, &exceptional));
	peer_send_later(&peer, 0, 1, 20);
	FD_SET(fd, &in);
	CHECK_IS(select(fd + 1, &in, NULL, NULL, &timeout), 1);
	CHECK(FD_ISSET(fd, &in));
	/* Linux says how much is left. */
	CHECK(timeout.tv_sec == 4 && timeout.tv_usec > 0);
	FD_SET(fd, &in);
	FD_SET(fd, &out);
	CHECK_IS(select(fd + 1, &in, &out, NULL, NULL), 2);
	int other = dup(fd);
	close(other);
	FD_SET(other, &in);
	CHECK_IS(select(other + 1, &in, NULL, NULL, NULL), -1);
	CHECK_IS(errno, EBADF);
	close(fd);
	peer_stop(&peer);
}

void select_timeouts(void)
{
	struct peer peer;
	fd_set in;
	struct timeval timeout = {.tv_usec = 20000};
	struct timespec constant = {.tv_nsec = 9000000};
	peer_start(&peer);
	int fd = peer_connect_warm(&peer);
	FD_ZERO(&in);
	FD_SET(fd, &in);
	uint64_t start = now_ns();
	CHECK_IS(select(fd + 1, &in, NULL, NULL, &timeout), 0);
	within(start, 20, 60);
	CHECK(!FD_ISSET(fd, &in) && timeout.tv_sec == 0 && timeout.tv_usec == 0);
	FD_SET(fd, &in);
	start = now_ns();
	CHECK_IS(pselect(fd + 1, &in, NULL, NULL, &constant, NULL), 0);
	within(start, 9, 49);
	CHECK_IS(constant.tv_nsec, 9000000);
	close(fd);
	peer_stop(&peer);
}
