/* One thread and its instance. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "../../../tests/sanitized.h"
#include "sets.h"

void epoll_level(void)
{
	struct setup setup;
	set_begin(&setup, EPOLLIN);
	CHECK_IS(wait_one(setup.set, 5, OURS), 0);
	peer_send(&setup.peer, 0, 9);
	for (int i = 0; i < 3; i++)
		CHECK_IS(wait_one(setup.set, -1, OURS), EPOLLIN);
	take(setup.fd, 8);
	CHECK_IS(wait_one(setup.set, -1, OURS), EPOLLIN);
	take(setup.fd, 1);
	CHECK_IS(wait_one(setup.set, 5, OURS), 0);
	CHECK_IS(control(setup.set, EPOLL_CTL_MOD, setup.fd, EPOLLIN | EPOLLOUT, 5), 0);
	for (int i = 0; i < 3; i++)
		CHECK_IS(wait_one(setup.set, -1, 5), EPOLLOUT);
	peer_send(&setup.peer, 0, 1);
	usleep(5000);
	CHECK_IS(wait_one(setup.set, -1, 5), EPOLLIN | EPOLLOUT);
	CHECK_IS(control(setup.set, EPOLL_CTL_MOD, setup.fd, 0, 6), 0);
	CHECK_IS(wait_one(setup.set, 5, 6), 0);
	CHECK_IS(control(setup.set, EPOLL_CTL_MOD, setup.fd, EPOLLIN, 7), 0);
	CHECK_IS(wait_one(setup.set, -1, 7), EPOLLIN);
	CHECK_IS(control(setup.set, EPOLL_CTL_DEL, setup.fd, 0, 0), 0);
	CHECK_IS(wait_one(setup.set, 5, 0), 0);
	set_end(&setup);
}

void epoll_edge(void)
{
	struct setup setup;
	set_begin(&setup, EPOLLIN | EPOLLET);
	wait_one(setup.set, 5, OURS); /* what came during the warm-up */
	CHECK_IS(wait_one(setup.set, 5, OURS), 0);
	peer_send(&setup.peer, 0, 9);
	CHECK_IS(wait_one(setup.set, -1, OURS), EPOLLIN);
	CHECK_IS(wait_one(setup.set, 5, OURS), 0);
	take(setup.fd, 2);
	CHECK_IS(wait_one(setup.set, 5, OURS), 0);
	peer_send(&setup.peer, 0, 1);
	CHECK_IS(wait_one(setup.set, -1, OURS), EPOLLIN);
	CHECK_IS(wait_one(setup.set, 5, OURS), 0);
	/* Modified to the same: what holds is told again. */
	CHECK_IS(control(setup.set, EPOLL_CTL_MOD, setup.fd, EPOLLIN | EPOLLET, 3), 0);
	CHECK_IS(wait_one(setup.set, -1, 3), EPOLLIN);
	take(setup.fd, 8);
	CHECK_IS(wait_one(setup.set, 5, 3), 0);
	for (int i = 0; i < 50; i++) {
		peer_send_later(&setup.peer, 0, 1, i % 3);
		CHECK_IS(wait_one(setup.set, 2000, 3), EPOLLIN);
		take(setup.fd, 1);
	}
	set_end(&setup);
}

/* What is still on its way after an edge of room: TCP gives room in several steps. */
static void settle(int set)
{
	while (wait_one(set, 50, OURS) != 0)
		;
}

void epoll_edge_room(void)
{
	const uint32_t both = EPOLLIN | EPOLLOUT | EPOLLET;
	struct setup setup;
	set_begin(&setup, both);
	wait_one(setup.set, 5, OURS);
	wait_one(setup.set, 5, OURS);
	CHECK_IS(wait_one(setup.set, 5, OURS), 0);
	/* Something sent and taken is no news of room. */
	CHECK_IS(send(setup.fd, "abc", 3, 0), 3);
	peer_receive(&setup.peer, 0, 3);
	CHECK_IS(wait_one(setup.set, 5, OURS), 0);
	for (int i = 0; i < 3; i++) {
		size_t sum = fill(setup.fd);
		CHECK_IS(wait_one(setup.set, 5, OURS), 0);
		peer_receive(&setup.peer, 0, (int)sum);
		CHECK_IS(wait_one(setup.set, 2000, OURS), EPOLLOUT);
		settle(setup.set);
		peer_send(&setup.peer, 0, 1);
		CHECK_IS(wait_one(setup.set, -1, OURS), EPOLLIN | EPOLLOUT);
		take(setup.fd, 1);
		/* Taken before it is asked for. */
		sum = fill(setup.fd);
		peer_receive(&setup.peer, 0, (int)sum);
		CHECK_IS(wait_one(setup.set, 2000, OURS), EPOLLOUT);
		settle(setup.set);
	}
	set_end(&setup);
}

void epoll_oneshot(void)
{
	struct setup setup;
	set_begin(&setup, EPOLLIN | EPOLLONESHOT);
	wait_one(setup.set, 5, OURS);
	for (int i = 0; i < 10; i++) {
		CHECK_IS(control(setup.set, EPOLL_CTL_MOD, setup.fd, EPOLLIN | EPOLLONESHOT, OURS),
			 0);
		CHECK_IS(wait_one(setup.set, 2, OURS), 0);
		peer_send(&setup.peer, 0, 2);
		CHECK_IS(wait_one(setup.set, -1, OURS), EPOLLIN);
		CHECK_IS(wait_one(setup.set, 2, OURS), 0);
		peer_send(&setup.peer, 0, 2);
		CHECK_IS(wait_one(setup.set, 2, OURS), 0);
		CHECK_IS(control(setup.set, EPOLL_CTL_MOD, setup.fd, EPOLLIN | EPOLLONESHOT, 1), 0);
		CHECK_IS(wait_one(setup.set, -1, 1), EPOLLIN);
		take(setup.fd, 4);
	}
	peer_close(&setup.peer, 0);
	CHECK_IS(wait_one(setup.set, 10, 1), 0);
	CHECK_IS(control(setup.set, EPOLL_CTL_MOD, setup.fd, EPOLLIN | EPOLLONESHOT, 1), 0);
	CHECK_IS(wait_one(setup.set, -1, 1), EPOLLIN);
	set_end(&setup);
}

static void fails(int result, int error)
{
	CHECK_IS(result, -1);
	CHECK_IS(errno, error);
}

void epoll_errors(void)
{
	struct setup setup;
	struct epoll_event event;
	set_begin(&setup, EPOLLIN);
	fails(control(setup.set, EPOLL_CTL_ADD, setup.fd, EPOLLIN, 0), EEXIST);
	fails(control(setup.set, EPOLL_CTL_ADD, setup.set, EPOLLIN, 0), EINVAL);
	fails(control(setup.set, EPOLL_CTL_MOD, setup.peer.listening, EPOLLIN, 0), ENOENT);
	fails(control(setup.set, EPOLL_CTL_DEL, setup.peer.listening, 0, 0), ENOENT);
	fails(control(setup.set, 17, setup.fd, EPOLLIN, 0), EINVAL);
	fails(control(setup.fd, EPOLL_CTL_ADD, setup.set, EPOLLIN, 0), EINVAL);
	fails(control(setup.set, EPOLL_CTL_ADD, 9999, EPOLLIN, 0), EBADF);
	fails(epoll_ctl(setup.set, EPOLL_CTL_MOD, setup.fd, NULL), EFAULT);
	fails(epoll_wait(setup.set, &event, 0, 0), EINVAL);
	fails(epoll_wait(setup.fd, &event, 1, 0), EINVAL);
	fails(epoll_create(0), EINVAL);
	int file = open("/proc/self/exe", O_RDONLY);
	fails(control(setup.set, EPOLL_CTL_ADD, file, EPOLLIN, 0), EPERM);
	CHECK_IS(control(setup.set, EPOLL_CTL_DEL, setup.fd, 0, 0), 0);
	fails(control(setup.set, EPOLL_CTL_DEL, setup.fd, 0, 0), ENOENT);
	fails(control(setup.set, EPOLL_CTL_MOD, setup.fd, EPOLLIN, 0), ENOENT);
	/* An exclusive one can't be modified. */
	CHECK_IS(control(setup.set, EPOLL_CTL_ADD, setup.fd, EPOLLIN | EPOLLEXCLUSIVE, 1), 0);
	fails(control(setup.set, EPOLL_CTL_MOD, setup.fd, EPOLLIN, 0), EINVAL);
	peer_send(&setup.peer, 0, 1);
	CHECK_IS(wait_one(setup.set, -1, 1), EPOLLIN);
	set_end(&setup);
}

/* Fewer events than are ready: all have their turn. */
void epoll_few(void)
{
	enum { SOME = 5 };
	struct peer peer;
	struct epoll_event event;
	int set = epoll_create1(0), event_fd = eventfd(1, 0);
	unsigned seen = 0;
	peer_start(&peer);
	for (int i = 0; i < SOME; i++) {
		int fd = peer_connect_warm(&peer);
		CHECK_IS(control(set, EPOLL_CTL_ADD, fd, EPOLLIN, (uint64_t)i), 0);
		peer_send(&peer, i, 1);
	}
	CHECK_IS(control(set, EPOLL_CTL_ADD, event_fd, EPOLLIN, SOME), 0);
	for (int i = 0; i < 500; i++) {
		CHECK_IS(epoll_wait(set, &event, 1, -1), 1);
		seen |= 1u << event.data.u64;
	}
	CHECK_IS(seen, (1u << (SOME + 1)) - 1);
	peer_stop(&peer);
}

void epoll_mixed(void)
{
	struct setup setup;
	struct epoll_event events[4];
	uint64_t one = 1;
	set_begin(&setup, EPOLLIN);
	int event_fd = eventfd(0, 0);
	CHECK_IS(control(setup.set, EPOLL_CTL_ADD, event_fd, EPOLLIN, 1), 0);
	CHECK_IS(control(setup.set, EPOLL_CTL_ADD, setup.peer.listening, EPOLLIN, 2), 0);
	CHECK_IS(wait_one(setup.set, 5, OURS), 0);
	peer_send(&setup.peer, 0, 1);
	CHECK_IS(wait_one(setup.set, -1, OURS), EPOLLIN);
	CHECK_IS(write(event_fd, &one, 8), 8);
	bool seen = false;
	for (int i = 0; i < 100 && !seen; i++) {
		int n = epoll_wait(setup.set, events, 4, -1);
		CHECK(n == 1 || n == 2);
		seen = n == 2;
	}
	CHECK(seen);
	take(setup.fd, 1);
	CHECK_IS(wait_one(setup.set, -1, 1), EPOLLIN);
	set_end(&setup);
}

void epoll_many(void)
{
	enum { MANY = 2000 };
	static int fds[MANY];
	struct peer peer;
	struct epoll_event events[64];
	struct rusage usage, after;
	int set = epoll_create1(0), wanted = MANY;
	peer_start(&peer);
	struct rlimit limit;
	CHECK_IS(getrlimit(RLIMIT_NOFILE, &limit), 0);
	if (limit.rlim_cur < MANY + 100)
		wanted = (int)limit.rlim_cur - 100;
	for (int i = 0; i < wanted; i++) {
		fds[i] = peer_connect_warm(&peer);
		CHECK_IS(control(set, EPOLL_CTL_ADD, fds[i], EPOLLIN, (uint64_t)i), 0);
	}
	CHECK_IS(epoll_wait(set, events, 64, 10), 0);
	/* Each of them wakes a sleeper, at once or much later. */
	for (int i = 0; i < wanted; i += 7) {
		if (i % 5 == 0)
			peer_send_later(&peer, i, 1, 1);
		else
			peer_send(&peer, i, 1);
		CHECK_IS(epoll_wait(set, events, 64, 2000), 1);
		CHECK_IS(events[0].data.u64, i);
		take(fds[i], 1);
	}
	for (int i = 0; i < wanted; i++)
		peer_send(&peer, i, 1);
	for (int sum = 0; sum < wanted;) {
		int n = epoll_wait(set, events, 64, 2000);
		CHECK(n > 0);
		for (int i = 0; i < n; i++)
			take(fds[events[i].data.u64], 1);
		sum += n;
	}
	getrusage(RUSAGE_SELF, &usage);
	CHECK_IS(epoll_wait(set, events, 64, 300), 0);
	getrusage(RUSAGE_SELF, &after);
	CHECK(SANITIZED || (after.ru_utime.tv_sec - usage.ru_utime.tv_sec) * 1000000 +
					   (after.ru_utime.tv_usec - usage.ru_utime.tv_usec) <
				   50000);
	peer_stop(&peer);
}

static volatile sig_atomic_t caught;

static void catch (int number)
{
	(void)number;
	caught = 1;
}

void epoll_signals(void)
{
	struct setup setup;
	struct epoll_event event;
	struct sigaction action = {.sa_handler = catch, .sa_flags = SA_RESTART};
	struct itimerval when = {.it_value.tv_usec = 10000};
	sigset_t blocked, none;
	set_begin(&setup, EPOLLIN);
	CHECK_IS(sigaction(SIGALRM, &action, NULL), 0);
	CHECK_IS(setitimer(ITIMER_REAL, &when, NULL), 0);
	fails(epoll_wait(setup.set, &event, 1, -1), EINTR);
	CHECK(caught);
	caught = 0;
	sigemptyset(&none);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGALRM);
	CHECK_IS(sigprocmask(SIG_BLOCK, &blocked, NULL), 0);
	CHECK_IS(setitimer(ITIMER_REAL, &when, NULL), 0);
	CHECK_IS(epoll_wait(setup.set, &event, 1, 20), 0);
	CHECK(!caught);
	fails(epoll_pwait(setup.set, &event, 1, -1, &none), EINTR);
	CHECK(caught);
	set_end(&setup);
}

void epoll_timeouts(void)
{
	struct setup setup;
	struct epoll_event event;
	static const int timeouts[] = {0, 1, 9, 60};
	set_begin(&setup, EPOLLIN);
	for (size_t i = 0; i < 4; i++) {
		uint64_t start = now_ns();
		CHECK_IS(epoll_wait(setup.set, &event, 1, timeouts[i]), 0);
		uint64_t took = now_ns() - start;
		CHECK(took >= (uint64_t)timeouts[i] * 1000000);
		CHECK(took < (uint64_t)(timeouts[i] + 40) * 1000000);
	}
	set_end(&setup);
}
