/* What the tests share. Each test runs in a process of its own. */
#ifndef BUFPOOL_TESTS_CHECK_H
#define BUFPOOL_TESTS_CHECK_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bufpool.h"

struct test {
	const char *name;
	void (*run)(void);
};

/* One table per file, ended by an entry without a name. */
extern const struct test error_tests[], model_tests[], scribble_tests[], wait_tests[],
	death_tests[];

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: CHECK(%s) failed\n", __FILE__, __LINE__,           \
				#condition);                                                       \
			_Exit(1);                                                                  \
		}                                                                                  \
	} while (0)

/* Memory of zeroes that children share. */
static inline void *shared_memory(size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(memory != MAP_FAILED);
	return memory;
}

/* Both sides of a pool, in this process. */
struct pair_of_sides {
	void *memory;
	size_t bytes;
	struct bufpool *first, *second;
};

static inline struct pair_of_sides open_both(uint32_t buffers, uint32_t bytes, uint32_t areas)
{
	struct bufpool_geometry geometry = {buffers, bytes, areas};
	struct pair_of_sides both = {.bytes = bufpool_bytes(&geometry)};
	CHECK(both.bytes > 0);
	both.memory = shared_memory(both.bytes);
	CHECK(bufpool_open(both.memory, both.bytes, &geometry, BUFPOOL_FIRST, &both.first) == 0);
	CHECK(bufpool_open(both.memory, both.bytes, &geometry, BUFPOOL_SECOND, &both.second) == 0);
	return both;
}

static inline void close_both(struct pair_of_sides *both)
{
	bufpool_close(both->first);
	bufpool_close(both->second);
	munmap(both->memory, both->bytes);
}

static inline uint32_t in_use(const struct bufpool *pool)
{
	struct bufpool_usage usage;
	bufpool_usage(pool, &usage);
	return usage.in_use;
}

/* xorshift: the same sequence everywhere. */
static inline uint32_t random_next(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

#endif
