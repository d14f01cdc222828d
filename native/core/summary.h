#ifndef IPCBENCH_SUMMARY_H
#define IPCBENCH_SUMMARY_H

#include "cell.h"
#include "results_page.h"

/* One trial's figures, or its problem, for a person who runs the launcher by
 * hand. Returns the exit status: 0 ok, 1 failed, 3 not available here. */
int summary_print(const struct cell *cell, const struct results_page *page);

#endif
