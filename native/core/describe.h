#ifndef IPCBENCH_DESCRIBE_H
#define IPCBENCH_DESCRIBE_H

/* Prints every compiled probe with its capabilities on this machine as JSON. */
void describe_print(void);

#endif
