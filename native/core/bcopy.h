/*
 * What memcpy costs when its source was just written by another processor: the
 * part of a message's way that no transport through memory can save.
 */
#ifndef IPCBENCH_BCOPY_H
#define IPCBENCH_BCOPY_H

/*
 * Arguments: BYTES WRITER-CPU COPIER-CPU DURATION-NS, where -1 is any processor.
 * Prints the median of single copies as JSON, the clock's own cost taken off.
 * Returns an exit status, with the reason on stderr.
 */
int bcopy_main(int argc, char **argv);

#endif
