/*
 * What readiness calls tell of TCP connections to another process. Every case is
 * TCP's own behaviour: it holds with the library and without.
 */
#ifndef READINESS_PEER_H
#define READINESS_PEER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			check_failed(__FILE__, __LINE__, #condition);                              \
	} while (0)
#define CHECK_IS(got, wanted) check_is(__FILE__, __LINE__, #got, (long)(got), (long)(wanted))

_Noreturn void check_failed(const char *file, int line, const char *what);
void check_is(const char *file, int line, const char *what, long got, long wanted);

/* A process at the other end of connections, which does what it is told, then answers. */
struct peer {
	pid_t pid;
	int orders, answers; /* pipes */
	int listening;
};

enum { CONNECTIONS_MOST = 2048 };

void peer_start(struct peer *peer);
/* One more connection; returns our descriptor of it, and it is the peer's next number. */
int peer_connect(struct peer *peer);
/* The same, after messages have gone to and fro. */
int peer_connect_warm(struct peer *peer);
void peer_warm(struct peer *peer, int number, int fd);

void peer_send(struct peer *peer, int number, int bytes);
/* All of them, one byte each. */
void peer_receive(struct peer *peer, int number, int bytes);
void peer_shutdown(struct peer *peer, int number);
void peer_close(struct peer *peer, int number);
/* Closes so that the other side sees a reset. */
void peer_reset(struct peer *peer, int number);
/* Sends, but only after a time; the answer comes at once. */
void peer_send_later(struct peer *peer, int number, int bytes, int ms);
void peer_kill(struct peer *peer);
void peer_stop(struct peer *peer);

void take(int fd, int bytes);
void nonblocking(int fd);
/* Until there is no room; returns how much that was. */
size_t fill(int fd);
uint64_t now_ns(void);

/* Cases. */
void poll_levels(void);
void poll_timeouts(void);
void poll_mixed(void);
void poll_signals(void);
void poll_full(void);
void poll_many(void);
void select_levels(void);
void select_timeouts(void);
void epoll_level(void);
void epoll_edge(void);
void epoll_edge_room(void);
void epoll_oneshot(void);
void epoll_errors(void);
void epoll_few(void);
void epoll_two_descriptors(void);
void epoll_mixed(void);
void epoll_nested(void);
void epoll_nested_forks(void);
void epoll_many(void);
void epoll_duplicate(void);
void epoll_closed(void);
void epoll_forked(void);
void epoll_signals(void);
void epoll_timeouts(void);
void epoll_threads(void);
void epoll_workers(void);
void epoll_asleep(void);
void epoll_changed_asleep(void);
void ends_half_close(void);
void ends_close(void);
void ends_reset(void);
void ends_kill(void);
void ends_only_room(void);
void seams_edges(void);
void seams_nothing_sent(void);

#endif
