/* What the stress programs share: a checked load, and the clients' side of it. */
#ifndef DOOR_TESTS_LOAD_H
#define DOOR_TESTS_LOAD_H

#include "../conformance/check.h"

#define LOAD_BYTES_MAX 300000u

/* The head of a request; the rest of its data is a pattern that the seed gives. */
struct load {
	uint32_t magic;
	uint32_t seed;
	uint32_t bytes;       /* of the request, head included */
	uint32_t reply_bytes; /* of the answer, head included */
	uint32_t descs;       /* passed along */
	uint32_t reply_descs; /* 0 or 1 */
};

#define LOAD_MAGIC 0x10adu

/* A procedure that checks requests and answers them; a wrong one ends the process. */
PROCEDURE(load_procedure);

struct load_result {
	int error;  /* the call's errno, 0 = answered */
	bool wrong; /* the answer isn't what was asked for */
	uint64_t took_ms;
};

/* One call of random size, with a descriptor now and then. */
struct load_result load_call(int door, unsigned *random);

unsigned random_next(unsigned *state);
uint64_t now_ms(void);

/* The calling process dies with its parent. */
void die_with_parent(void);

/* Lines of /proc/self/maps. */
int mappings(void);

#endif
