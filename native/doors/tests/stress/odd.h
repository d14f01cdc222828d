/* What no honest client sends. */
#ifndef DOOR_TESTS_ODD_H
#define DOOR_TESTS_ODD_H

#include <stddef.h>
#include <stdint.h>

/* A number from the edges of what fields can hold, or any. */
uint64_t odd_number(unsigned *random);

/* Memory of a kind: too small, too large, unsealed, sealed too much, or as it should be. */
int odd_memory(unsigned kind);

/* Overwrites some bytes of shared memory. */
void scribble_over(void *memory, size_t bytes, unsigned *random);

#endif
