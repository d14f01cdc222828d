/* The payloads of the verify phase, in which every byte is compared. */
#ifndef IPCBENCH_VERIFY_H
#define IPCBENCH_VERIFY_H

#include "probe.h"

/* Parts of the sequence that produces the payloads. */
static inline uint64_t request_seed(uint64_t operation)
{
	return 2 * operation;
}

static inline uint64_t reply_seed(uint64_t operation)
{
	return 2 * operation + 1;
}

/* Compares what was received; a difference is a failure of this peer. */
int verify_received(struct peer *peer, const void *data, size_t n, uint64_t seed,
		    uint64_t operation);

/* Fills peer->out, corrupting a byte where the test-only fault asks for it. */
void verify_fill(struct peer *peer, void *data, size_t n, uint64_t seed);

/*
 * Calls. Those of several threads come in any order, so a request says itself
 * which operation it is: its first bytes are the number, as much of it as fits,
 * and the others follow from the number, as the reply does.
 */

/* What a request of n bytes can say of a number. */
uint32_t verify_number(uint64_t operation, size_t n);

void verify_fill_call(unsigned char *data, size_t n, uint32_t number);

/* In the server: compares a request with what its number says. */
int verify_call(struct peer *peer, const unsigned char *data, size_t n, uint32_t *number);

#endif
