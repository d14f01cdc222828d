/* Runs cases: two processes each, watched, never waited for in vain. */
#ifndef FASTSOCK_TESTS_RUN_H
#define FASTSOCK_TESTS_RUN_H

#include "check.h"

struct setting {
	const char *program;
	const char *library;   /* what LD_PRELOAD is set to */
	const char *transport; /* NULL = the library's default */
	unsigned on;           /* bit per side */
};

/* Cases of a topic whose names begin with `.TEST.VARIANT`. The program's exit status. */
int run_topic(const struct topic *topic, const char *selection, const struct setting *setting);

/* One side of a case, in a process of its own. */
int play(const struct topic *topic, const char *selection);

/* Maps what the environment names. */
void shared_attach(void);

#endif
