/* What the environment asks for; read once, when the library is loaded. */
#ifndef FASTSOCK_CONFIG_H
#define FASTSOCK_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "transport.h"

struct config {
	bool off;                          /* FASTSOCK_OFF=1 */
	const struct transport *transport; /* FASTSOCK_TRANSPORT; the client's counts */
	uint32_t ring_bytes;               /* FASTSOCK_RING_BYTES, per direction */
	uint32_t spin_ns;                  /* FASTSOCK_SPIN_NS: at most; 0 = never */
	const char *stats;                 /* FASTSOCK_STATS: a file to append to */
};

extern struct config config;

/* A word on stderr for a value that can't be, and its default instead. */
void config_read(void);

#endif
