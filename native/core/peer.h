#ifndef IPCBENCH_PEER_H
#define IPCBENCH_PEER_H

#include "probe.h"

/* What a peer's exit status says; the report on the page says why. */
enum peer_exit { PEER_EXIT_OK = 0, PEER_EXIT_REPORTED = 1, PEER_EXIT_USAGE = 2 };

/* The client's or the server's whole life. Returns an enum peer_exit. */
int peer_main(enum role role, const struct cell *cell);

#endif
