/* POSIX names of a trial, which the sweep knows: /ipcbench-<key>[-a|-b]. */
#ifndef IPCBENCH_POSIX_NAME_H
#define IPCBENCH_POSIX_NAME_H

#include <stdio.h>

#include "probe.h"

#define POSIX_NAME_BYTES 32

/* suffix: "", "-a" or "-b". */
static inline void posix_name(const struct peer *peer, const char *suffix,
			      char name[POSIX_NAME_BYTES])
{
	snprintf(name, POSIX_NAME_BYTES, "/ipcbench-%08x%s", peer->cell->key, suffix);
}

#endif
