/* Every call that moves bytes, behind one interface each way. */
#ifndef FASTSOCK_TESTS_CALLS_H
#define FASTSOCK_TESTS_CALLS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct call {
	const char *name;
	/* A count as the system's call has it, -1 with errno. */
	ssize_t (*move)(int fd, void *data, size_t n);
};

extern const struct call writers[], readers[];
extern const size_t writer_count, reader_count;

/* What is moved by one call at most, for some of them. */
#define CALL_MOST_BYTES 65536u

#endif
