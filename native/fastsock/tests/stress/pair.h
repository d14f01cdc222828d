/* Pairs of processes, started with the library and watched from outside. */
#ifndef FASTSOCK_TESTS_PAIR_H
#define FASTSOCK_TESTS_PAIR_H

#include "../conformance/check.h"

struct pair_setting {
	const char *library, *transport;
};

/*
 * Of every stress program: [--library FILE] [--transport NAME], then its own
 * arguments. In a process that pair_start() has started it calls `play` with its
 * arguments and doesn't return. Returns the index of the first argument of its own.
 */
int pair_begin(int argc, char **argv, struct pair_setting *setting,
	       void (*play)(int argc, char **argv));

/* Both sides of a connection, each running this program with these arguments. */
void pair_start(const struct pair_setting *setting, char *const arguments[], pid_t pid[2]);

/* The exit status as wait() has it; -1 when it hasn't ended in time: then it is killed. */
int pair_wait(pid_t pid, unsigned patience_ms);

/* The connection of this side, which says by step(1) that it has it. */
int pair_connection(void);

/* True for the ends that TCP shows when the other side is gone. */
bool is_end(ssize_t result);

#endif
