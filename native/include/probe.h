/*
 * What a probe is: one C file in native/probes/ with static functions and, at
 * its bottom, one const table of them named `probe_<name>` (dashes become
 * underscores). The table is checked by probe_check() before anything runs.
 *
 * A probe moves `n` bytes one way and back; when, how often, what is in them
 * and what is timed is the core's business. Hooks return 0, or -1 after
 * PEER_TRY, peer_fail() or peer_unavailable() has filled the report.
 */
#ifndef IPCBENCH_PROBE_H
#define IPCBENCH_PROBE_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cell.h"
#include "results_page.h"

enum role { ROLE_SERVER, ROLE_CLIENT };

/* Bytes in front of every payload buffer that a probe may write on, for
 * mechanisms whose header must be contiguous with the data (msgsnd's mtype). */
#define PAYLOAD_HEADROOM 64

/* Threads of a server count what they serve on this many cache lines. */
#define SERVED_LINES 64

struct served_line {
	_Alignas(64) _Atomic uint64_t count;
};

struct callers;
struct counters;

/* How the client finds the server: filled by server_open, carried to the
 * client over the control channel, there before client_open. */
struct rendezvous {
	char blob[256];
	uint32_t blob_bytes;
	int fds[8]; /* the core closes the server's copies after sending */
	uint32_t fd_count;
};

struct peer {
	enum role role;
	const struct cell *cell;
	const struct probe_ops *ops;
	struct results_page *page;
	struct page_report *report;
	int control; /* SOCK_SEQPACKET to the other peer */
	struct rendezvous rendezvous;
	void *state;        /* ops->state_bytes, zeroed */
	unsigned char *out; /* payload to send, page-aligned behind its headroom */
	unsigned char *in;  /* payload received, behind its headroom too */
	size_t out_bytes;   /* what this side sends per operation */
	size_t in_bytes;    /* what it receives */
	uint64_t spin_ns;   /* bound of the spin under WAIT_ADAPTIVE */
	uint64_t clock_cost_ps;
	bool moves_nothing;              /* no payload travels, so there is nothing to verify */
	const struct counters *counters; /* of events; NULL = not asked for */
	struct callers *callers; /* client threads that call at once; NULL = this one alone */
	_Atomic uint32_t phase;  /* enum page_phase; read by the threads of call probes */
	struct served_line served[SERVED_LINES]; /* by those threads in the phase */
};

/* What this machine, as it is configured now, allows. */
struct probe_support {
	bool available;
	uint64_t size_max; /* starts as SIZE_MAX_BYTES; a probe lowers it to its limit */
	char reason[256];  /* why not available, or what bounds size_max */
	char remedy[256];
};

#define SIZE_MAX_BYTES (1024u * 1024u)

/* What send and recv allow, what call allows. */
#define PATTERNS_MESSAGE                                                                           \
	(PATTERN_BIT(PATTERN_ECHO) | PATTERN_BIT(PATTERN_STREAM) | PATTERN_BIT(PATTERN_RPC) |      \
	 PATTERN_BIT(PATTERN_LOAD))
#define PATTERNS_CALL                                                                              \
	(PATTERN_BIT(PATTERN_ECHO) | PATTERN_BIT(PATTERN_RPC) | PATTERN_BIT(PATTERN_LOAD))
#define PATTERNS_CONNECTED (PATTERNS_MESSAGE | PATTERN_BIT(PATTERN_CONNECT))

struct probe_ops {
	/* required: the probe's name, its file name without .c */
	const char *name;
	/* required: PATTERN_BIT()s and WAIT_BIT()s */
	uint32_t patterns;
	uint32_t waits;
	/* required unless 0: bytes of peer->state */
	size_t state_bytes;
	/* optional: the operation is empty (peer->moves_nothing starts as this) */
	bool moves_nothing;

	/* optional: absent = available, up to SIZE_MAX_BYTES */
	void (*support)(struct probe_support *support);

	/* optional: names of the options that the probe takes, NULL-terminated;
	 * any other is refused. A probe with `call` that lists "threads" has its
	 * call made by that many client threads at once, in echo and rpc: each has
	 * a struct peer of its own, with the same `state`. */
	const char *const *options;

	/* required: make the endpoints; the server first, then the client */
	int (*server_open)(struct peer *peer);
	int (*client_open)(struct peer *peer);
	/* Required for pattern connect.
	 * With send and recv all or none: make one connection in the client, take it
	 * in the server, end it in both (the client waits until the server has).
	 * Other patterns connect once, after client_open.
	 * With call no accept: connect makes a connection and the first call through
	 * it, which counts as served; disconnect ends it. Both run in the client, and
	 * in pattern connect only. */
	int (*connect)(struct peer *peer);
	int (*accept)(struct peer *peer);
	int (*disconnect)(struct peer *peer);

	/* Exactly one of two ways to move data:
	 * send and recv, both: move exactly n bytes, wait as the policy says. The
	 *   core composes every pattern from them.
	 * call: the client's whole round trip, peer->out to peer->in, for
	 *   mechanisms that are calls; the server then works in threads or
	 *   handlers of the mechanism's own and its main thread sleeps. */
	int (*send)(struct peer *peer, const void *data, size_t n);
	int (*recv)(struct peer *peer, void *data, size_t n);
	int (*call)(struct peer *peer);

	/* optional: how many messages of a stream fit between sender and receiver
	 * when the mechanism itself doesn't stop the sender; asked in the server
	 * after server_open. Absent = the mechanism stops it. */
	uint32_t (*stream_window)(const struct peer *peer);

	/* required: release everything; called once in each peer, also after a
	 * failed open, so it must cope with half-open state */
	void (*close)(struct peer *peer);
};

/* NULL when the table is sound, else what is wrong with it. */
const char *probe_check(const struct probe_ops *ops);

/* All compiled probes, sorted by name; generated by CMake from the files in
 * native/probes/. NULL-terminated. */
extern const struct probe_ops *const probe_list[];

const struct probe_ops *probe_find(const char *name);
void probe_support(const struct probe_ops *ops, struct probe_support *support);

/* Fill this peer's report; both return -1 so that callers can return them. */
int peer_fail_at(struct peer *peer, const char *expression, int error, const char *file, int line,
		 const char *format, ...) __attribute__((format(printf, 6, 7)));
int peer_unavailable(struct peer *peer, const char *remedy, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#define peer_fail(peer, error, ...)                                                                \
	peer_fail_at((peer), "", (error), __FILE__, __LINE__, __VA_ARGS__)

/* The one check macro: an expression that is negative on failure, with errno. */
#define PEER_TRY(peer, expression)                                                                 \
	do {                                                                                       \
		if ((expression) < 0)                                                              \
			return peer_fail_at((peer), #expression, errno, __FILE__, __LINE__, "%s",  \
					    "");                                                   \
	} while (0)

/* The value of a numeric option, `fallback` without it; -1 with a report when it
 * is none from `low` to `high`. */
int peer_option(struct peer *peer, const char *name, long low, long high, long fallback,
		long *value);

/* Counts a request that a thread of a call probe has served; returns how many
 * its thread had served before, or a few threads that share a line had. */
uint64_t peer_count_served(struct peer *peer);

/* The server's part of one call, for probes with `call`: reads the request,
 * works as long as the cell says, writes the reply (peer->out_bytes at
 * `reply`). Any thread of the server may call it. */
void peer_serve(struct peer *peer, const void *request, size_t n, void *reply);

/* The path of a file in the trial's directory; -1 with a report when it
 * doesn't fit in `size` bytes. */
int peer_path(struct peer *peer, const char *name, char *path, size_t size);

#endif
