/* Which process and thread this is, asked often. */
#ifndef FASTSOCK_PROCESS_H
#define FASTSOCK_PROCESS_H

#include <stdint.h>

/*
 * Differs between a process and the child it forks, however it forks: what was kept
 * under another number was the parent's. Never 0. Safe in a signal handler.
 */
uint32_t process_generation(void);

/* gettid(), remembered. Safe in a signal handler. */
uint32_t thread_number(void);

#endif
