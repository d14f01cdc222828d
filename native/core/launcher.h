#ifndef IPCBENCH_LAUNCHER_H
#define IPCBENCH_LAUNCHER_H

#include "cell.h"

/*
 * Carries out one trial: makes its namespace, starts server and client as
 * fresh processes of this same executable (argv[first...] is passed on to
 * them), waits, ends them when the lifeline closes, a signal comes or time is
 * up, and removes whatever they left. The verdict is in the page's
 * report_launcher. Returns 0 once it is; else an exit status, with the reason
 * on stderr.
 *
 * Without a page of the caller's (cell->page_fd < 0) it makes its own and prints
 * a summary to stdout.
 */
int launcher_main(struct cell *cell, int argc, char **argv, int first);

#endif
