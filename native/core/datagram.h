/* Limits on the size of a datagram. */
#ifndef IPCBENCH_DATAGRAM_H
#define IPCBENCH_DATAGRAM_H

#include "probe.h"

/* Lowers support->size_max to what a UNIX socket's send buffer can be made to
 * hold (net.core.wmem_max, doubled by the kernel). */
void datagram_unix_support(struct probe_support *support);

#endif
