/* What a peer uses of the machine in the timed window: getrusage, and events where
 * they were asked for. */
#ifndef IPCBENCH_USAGE_H
#define IPCBENCH_USAGE_H

#include "probe.h"

/* Just before the timed window and just after it, outside the clock. They are the
 * probes ipcbench:window__begin and ipcbench:window__end, with the role (enum role) and
 * the operations so far. */
void usage_begin(struct peer *peer);
void usage_end(struct peer *peer, uint64_t ops);

#endif
