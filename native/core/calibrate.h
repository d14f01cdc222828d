/* What the parts cost of which every mechanism is made, on this machine now. */
#ifndef IPCBENCH_CALIBRATE_H
#define IPCBENCH_CALIBRATE_H

/*
 * Arguments: [--seconds S] [--sizes A,B,...] [--cpus A,B].
 *
 * Prints JSON: the clock, a system call, a cache line's way to another processor and
 * back, a futex hand-off there and back, copies. All of it are medians, in ns, and take
 * S seconds together (0.4). `sizes` are measured in addition to the usual ones. `cpus`
 * are the two processors, the same one twice for one; without it, two that this
 * process may use. What needs two is null where there is one.
 *
 * Returns an exit status, with the reason on stderr.
 */
int calibrate_main(int argc, char **argv);

#endif
