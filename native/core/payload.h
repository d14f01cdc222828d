/*
 * Payload: produced by the sender, read by the receiver.
 *
 * In the timed window both touch one byte in every cache line ("touch"), which
 * is what makes the data move between the caches at all. In the verify phase,
 * outside the clock, every byte is written with a pattern that depends on the
 * direction and on the number of the operation, and compared, so that stale,
 * short or misplaced data can't pass.
 */
#ifndef IPCBENCH_PAYLOAD_H
#define IPCBENCH_PAYLOAD_H

#include <stddef.h>
#include <stdint.h>

#include "cpu.h"

static inline void payload_produce(unsigned char *data, size_t n, uint64_t operation)
{
	for (size_t i = 0; i < n; i += CACHE_LINE_BYTES)
		data[i] = (unsigned char)operation;
	/* The bytes must be in memory before the send, whatever the optimiser
	 * can prove about a send that it sees inlined. */
	__asm__ volatile("" : : "r"(data) : "memory");
}

static inline void payload_consume(const unsigned char *data, size_t n)
{
	unsigned sum = 0;
	for (size_t i = 0; i < n; i += CACHE_LINE_BYTES)
		sum += *(const volatile unsigned char *)(data + i);
	__asm__ volatile("" : : "r"(sum));
}

/* A buffer that starts on a page, behind a page for its headroom; its memory is
 * present and stays until the process ends. NULL when there is none. */
unsigned char *payload_buffer(size_t n);

void payload_fill(unsigned char *data, size_t n, uint64_t seed);

/* Offset of the first byte that differs from payload_fill()'s, or -1. */
long payload_compare(const unsigned char *data, size_t n, uint64_t seed);

#endif
