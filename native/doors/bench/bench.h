/*
 * What the two processes of door-bench share: the memory that they measure with,
 * and partners, threads of the server on given processors that run the other
 * side of what is not a door call. A partner sleeps while it has no task.
 */
#ifndef DOOR_BENCH_H
#define DOOR_BENCH_H

#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define BYTES_MAX ((size_t)1 << 20)

enum place { PLACE_FAR, PLACE_NEAR, PLACES }; /* another core than the client's, the same */

enum task {
	TASK_TWO_LINES, /* answers each count in `ping` in `pong` */
	TASK_ONE_LINE,  /* answers odd counts in `ping` by the even one above */
	TASK_FUTEX,     /* as TASK_TWO_LINES, asleep between */
	TASK_WRITE,     /* writes `source` for each count, then answers */
	TASK_COPY,      /* copies `source` out for each count, then answers */
};

struct partner {
	_Alignas(128) _Atomic uint32_t generation; /* counts tasks; the partner sleeps on it */
	enum task task;
	uint32_t count;
	size_t bytes;
};

struct shared {
	/* In different pairs of lines: some prefetchers fetch pairs. */
	_Alignas(128) _Atomic uint32_t ping;
	_Alignas(128) _Atomic uint32_t pong;
	struct partner partners[PLACES];
	_Alignas(4096) char source[BYTES_MAX];
};

struct doors {
	int at[PLACES]; /* with private pools whose threads stay at that place */
	int anywhere;
};

extern struct shared *shared;
extern struct doors doors;
extern cpu_set_t allowed; /* processors */

/* Ends the process when `result` is negative. */
long check(long result, const char *what);

/* Likewise, of what pthread_create() returned. */
void check_made(int error);

void pin(int cpu);
void futex_sleep(_Atomic uint32_t *word, uint32_t value);
void futex_wake_one(_Atomic uint32_t *word);

/* In the server: makes doors and partners; `places` are their processors. */
void server_start(const int places[PLACES]);

/* In the client. */
void partner_start(enum place place, enum task task, uint32_t count, size_t bytes);

/* --- the client's --------------------------------------------------------------- */

extern double round_ns; /* length of a measurement in a round */

enum { ROUNDS_MAX = 1001, SIZES = 5, CURVE = 7, THREADS_MAX = 64 };

struct measurement {
	double (*run)(uint32_t count, size_t bytes); /* NULL = throughput */
	size_t bytes;                                /* or threads */
	uint32_t count;
	double ns[ROUNDS_MAX]; /* per operation, by round */
};

struct measurements {
	struct measurement two_lines, one_line, null_far, futex, null_near;
	struct measurement warm[SIZES], written[SIZES], passed[SIZES], call[SIZES];
	struct measurement curve[CURVE];
};

extern struct measurements all;

#define MEASUREMENTS (sizeof all / sizeof(struct measurement))

/* Before anything else. */
void prepare(void);

/* Finds out how many operations fill a round. */
void calibrate(struct measurement *m);

/* Time per operation in ns, in one round. */
double measure(const struct measurement *m);

void print_table(int rounds);

#endif
