/* Forks and programs that are executed. */
#ifndef FASTSOCK_PROCESSES_H
#define FASTSOCK_PROCESSES_H

/* When the library is loaded: from here on forks are followed. */
void processes_begin(void);

/*
 * Before another program is executed, in this process or its child: what it inherits
 * goes back to the kernel.
 */
void before_spawn(void);
/* The same where this process becomes the other program. */
void before_exec(void);
/* It didn't. */
void after_failed_exec(void);

#endif
