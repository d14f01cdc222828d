/* Unit tests of the parts beneath connections. */
#ifndef FASTSOCK_UNIT_H
#define FASTSOCK_UNIT_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* One entry per case; each runs in a process of its own. */
struct unit_case {
	const char *name;
	void (*run)(void);
};

extern const struct unit_case memory_cases[], turn_cases[], meeting_cases[], process_cases[];

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: %s (errno %d)\n", __FILE__, __LINE__, #condition,  \
				errno);                                                            \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

#endif
