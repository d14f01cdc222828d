/*
 * A cell: one probe at one point of the plan, as the launcher and both peers
 * get it on their command lines. Read-only once parsed.
 */
#ifndef IPCBENCH_CELL_H
#define IPCBENCH_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum pattern {
	PATTERN_ECHO = 0,    /* round trip: n bytes there, n bytes back */
	PATTERN_STREAM = 1,  /* one way, timed at the receiver */
	PATTERN_CONNECT = 2, /* one connection made, accepted and closed */
	PATTERN_RPC = 3,     /* n bytes there, m bytes back, work in between */
	PATTERN_LOAD = 4,    /* open loop: requests at a given rate */
	PATTERN_COUNT
};
enum wait_policy { WAIT_BLOCK = 0, WAIT_SPIN = 1, WAIT_ADAPTIVE = 2, WAIT_COUNT };

#define PATTERN_BIT(p) (1u << (p))
#define WAIT_BIT(w)    (1u << (w))
#define WAITS_ALL      (WAIT_BIT(WAIT_BLOCK) | WAIT_BIT(WAIT_SPIN) | WAIT_BIT(WAIT_ADAPTIVE))

#define CELL_OPTIONS_MAX  32
#define CELL_PEER_ENV_MAX 8

struct cell_option {
	const char *name; /* not NUL-terminated: `name_length` bytes of argv */
	size_t name_length;
	const char *value;
};

struct cell {
	const char *probe;
	enum pattern pattern;
	enum wait_policy wait;
	uint64_t size_bytes;
	uint64_t reply_bytes; /* of rpc and load; 0 = as size_bytes */
	uint64_t service_ns;  /* work in the server per request, by rpc and load */
	uint64_t rate;        /* of load, requests per second */
	bool poisson;         /* load: exponential gaps rather than even ones */
	uint32_t window;  /* stream: messages that may be outstanding; 0 = the mechanism's own */
	uint32_t backlog; /* connect: listen(2)'s */
	int client_cpu;   /* -1 = free */
	int server_cpu;
	uint64_t duration_ns;
	uint64_t warmup_ns;
	uint64_t time_limit_ns;
	uint32_t counters; /* 1 = the peers count events, see core/counters.h */
	const char *fault; /* test only: "flip-byte" makes the server corrupt one byte; else NULL */
	struct cell_option options[CELL_OPTIONS_MAX];
	size_t option_count;
	/* NAME=VALUE, set in the peers but not in the launcher: what is preloaded into
	 * the peers has no business there */
	char *peer_env[CELL_PEER_ENV_MAX];
	size_t peer_env_count;

	/* set by the launcher for its peers */
	const char *directory; /* private to the trial, removed at its end */
	uint32_t key;          /* private to the trial: System V key, part of POSIX names */
	int page_fd;
	int lifeline_fd;
	int control_fd;
};

/* Fills `cell` from argv[first...]. On bad input prints what is wrong to
 * stderr and returns -1. The strings stay argv's. */
int cell_parse(struct cell *cell, int argc, char **argv, int first);

/* The value of a probe option, or `fallback`. */
const char *cell_option(const struct cell *cell, const char *name, const char *fallback);

const char *pattern_name(enum pattern pattern);
const char *wait_name(enum wait_policy wait);

#endif
