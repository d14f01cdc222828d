/*
 * What the conformance tests share. Each case is two processes with one TCP
 * connection between them, of which both, one or none has the library preloaded;
 * what a test states is what the kernel's TCP does.
 */
#ifndef FASTSOCK_TESTS_CHECK_H
#define FASTSOCK_TESTS_CHECK_H

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../../tests/sanitized.h"
#include "calls.h"

/* Longer than any machine needs; only a hang reaches it. */
#define PATIENCE_MS 10000

/* ctest's SKIP_RETURN_CODE. */
#define SKIPPED 77

/* What kind of test it is; else: run with the left part as client and as server, on
 * a fresh connection and on one over which some exchanges have gone. */
enum kind {
	ONE_WAY = 1, /* left is the client */
	BARE = 2,    /* makes its own connections; left is the client; left(-1), right(listener) */
	UNCERTAIN = 4,     /* may or may not be accelerated: not checked */
	LEFT_DIES = 8,     /* left ends by SIGKILL */
	NETWORK = 16,      /* in a network namespace with OWN_ADDRESS */
	HANDLED_AMID = 32, /* a handler runs before the call that it interrupts goes on */
	UNWOUND = 64,      /* threads are cancelled inside of calls */
};

struct test {
	const char *name;
	void (*left)(int fd);
	void (*right)(int fd);
	unsigned kind;
};

struct topic {
	const char *name;
	const struct test *tests; /* ended by an entry without a name */
};

enum { CLIENT, SERVER };

/* Shared by the two sides and the programs that they execute. */
struct shared {
	_Atomic uint32_t port; /* of the listener, 0 = none yet */
	_Atomic uint32_t step[2];
	_Atomic uint32_t failed;
	_Atomic uint64_t number[8]; /* for tests to tell each other something */
	_Atomic int32_t pid[2];
};

extern struct shared *shared;
extern int side;

_Noreturn void check_failed(const char *file, int line, const char *what);
_Noreturn void skip(const char *reason);

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			check_failed(__FILE__, __LINE__, #condition);                              \
	} while (0)

/* Prints both when they differ. */
#define CHECK_IS(value, expected)                                                                  \
	do {                                                                                       \
		long long is_ = (long long)(value), should_ = (long long)(expected);               \
		if (is_ != should_) {                                                              \
			int error_ = errno;                                                        \
			fprintf(stderr, "%s is %lld, not %lld\n", #value, is_, should_);           \
			errno = error_;                                                            \
			check_failed(__FILE__, __LINE__, #value " == " #expected);                 \
		}                                                                                  \
	} while (0)

#define CHECK_FAILS(call, error)                                                                   \
	do {                                                                                       \
		errno = 0;                                                                         \
		CHECK_IS(call, -1);                                                                \
		CHECK_IS(errno, error);                                                            \
	} while (0)

/* Looks at the condition until it holds. */
#define WAIT_FOR(condition)                                                                        \
	do {                                                                                       \
		bool holds_ = false;                                                               \
		for (int i_ = 0; i_ < PATIENCE_MS * 5 && !(holds_ = (condition)); i_++)            \
			usleep(200);                                                               \
		if (!holds_)                                                                       \
			check_failed(__FILE__, __LINE__, #condition);                              \
	} while (0)

/* --- taking turns beside the connection --- */

void step(uint32_t number);       /* this side has come so far */
void await_step(uint32_t number); /* the other side has */
void await_end(void);             /* the other side's process has ended */

/* --- sockets --- */

int tcp_socket(int family, int flags);
/* To the other side's listener. */
int connect_to(const char *address);
int connect_to_other(void);
int listen_at(int family, const char *address);
int accept_one(int listener);

/* Exchanges until the two sides could have agreed upon whatever they may agree upon. */
void warm_up(int fd);

/* --- data: the byte at each position of a stream is known --- */

void fill(void *data, uint64_t position, size_t n);
bool holds(const void *data, uint64_t position, size_t n);

/* By send() and recv(); every count is checked. */
void send_pattern(int fd, uint64_t position, size_t n);
void receive_pattern(int fd, uint64_t position, size_t n);
void expect_end(int fd);
/* One byte there, one byte back. */
void ping(int fd);
void pong(int fd);

int unread(int fd); /* FIONREAD */
/* Sends without waiting until nothing more fits; returns how much did. */
uint64_t send_until_full(int fd, uint64_t position);

/* --- time, signals, processes --- */

uint64_t now_ms(void);
void sleep_ms(unsigned ms);
void nonblocking(int fd, bool on);

/* A handler that does nothing but count. */
void count_signals(int number, int flags);
extern atomic_int signals_counted;
/* SIGALRM in so many ms, and again and again if so wished. */
void alarm_in(unsigned ms, bool again);

pthread_t start(void *(*run)(void *), void *argument);
void join(pthread_t thread);
void join_child(pid_t child);

int open_descriptors(void);
long resident_kib(void);

/* Programs that tests execute: this one, with a function's name and a descriptor. */
void helper_arguments(char *arguments[5], const char *helper, int fd);
struct helper {
	const char *name;
	void (*run)(int fd);
};
extern const struct helper helpers[];

#endif
