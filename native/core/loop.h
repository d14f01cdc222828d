/* The phases of a trial and the one timed loop. */
#ifndef IPCBENCH_LOOP_H
#define IPCBENCH_LOOP_H

#include "probe.h"

/* Runs all phases in one peer, between open and close. */
int loop_client(struct peer *peer);
int loop_server(struct peer *peer);

#endif
