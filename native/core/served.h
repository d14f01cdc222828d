/* Requests that the threads of a call probe have served in a phase. Read and
 * reset between phases only, when no call is under way. */
#ifndef IPCBENCH_SERVED_H
#define IPCBENCH_SERVED_H

#include "probe.h"

void served_reset(struct peer *peer);
uint64_t served_sum(struct peer *peer);

#endif
