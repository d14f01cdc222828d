/* What the cases share. */
#ifndef FASTSOCK_CASES_H
#define FASTSOCK_CASES_H

#include "pair.h"

/* The stream's byte at a position is that of a source whose length is prime. */
#define SOURCE_BYTES 4194301u
#define CHUNK_MOST   (200u * 1024u)

extern unsigned char source[SOURCE_BYTES + CHUNK_MOST], taken[CHUNK_MOST];

/* Reaps it: it has ended well, or by the signal. */
void check_child(pid_t child, int signal);

/* A process at the server's side that takes and compares so much. */
pid_t fork_consumer(struct pair *pair, uint64_t total);

void strangers(const struct transport *transport);
void cost(const struct transport *transport);

#endif
