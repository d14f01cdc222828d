/* What it costs to hand control over and get it back, with nothing else in it: by a
 * cache line between two processors, by a futex between two processes. */
#ifndef IPCBENCH_HANDOFF_H
#define IPCBENCH_HANDOFF_H

#include "meter.h"

/* Both return 0 or an errno; the median of round trips is then in *ns. This thread is
 * left on processor `here`; -1 = any. */
int handoff_line_ns(struct meter *meter, int here, int there, uint64_t duration_ns, double *ns);
int handoff_futex_ns(struct meter *meter, int here, int there, uint64_t duration_ns, double *ns);

#endif
