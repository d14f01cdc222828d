/* A test is a function in a table; ctest runs each by name in a process of its
 * own. CHECK prints what failed and ends the process. */
#ifndef IPCBENCH_TEST_H
#define IPCBENCH_TEST_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct test {
	const char *name;
	void (*run)(void);
};

extern const struct test histogram_tests[], payload_tests[], cell_tests[], ring_tests[],
	probe_tests[], namespace_tests[], verify_tests[], callers_tests[], counters_tests[],
	meter_tests[];

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: CHECK(%s) failed\n", __FILE__, __LINE__,           \
				#condition);                                                       \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

/* What this machine doesn't allow can't be tested on it; `error` is an errno. */
#define SKIP(what, error)                                                                          \
	do {                                                                                       \
		fprintf(stderr, "skipped: %s: %s\n", (what), strerror(error));                     \
		exit(3);                                                                           \
	} while (0)

#endif
