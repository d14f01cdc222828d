/* Processors that this process may use. */
#ifndef IPCBENCH_PLACE_H
#define IPCBENCH_PLACE_H

/* Binds the calling thread; -1 = leave it free. Returns 0 or an errno. */
int place_bind(int cpu);

/* Finds a processor that this process may use, and a second one, which shares no core
 * with it if there is such a one; -1 = there is none. */
void place_pair(int *first, int *second);

#endif
