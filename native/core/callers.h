/*
 * Callers: client threads that call at once, each a closed loop with buffers, a
 * struct peer and a recording of its own. The client's main thread is one of
 * them. They live from open to close, so that what the mechanism keeps per
 * thread is made before the clock starts.
 */
#ifndef IPCBENCH_CALLERS_H
#define IPCBENCH_CALLERS_H

#include "window.h"

/* The option that asks for them. */
#define CALLERS_OPTION "threads"
#define CALLERS_MAX    256

/* Makes `count` callers out of this peer: peer->callers. */
int callers_start(struct peer *peer, uint32_t count);

/* Ends their threads; also after a failed start, and without any. */
void callers_end(struct peer *peer);

/* Callers of this peer; 1 when the main thread is alone. */
uint32_t callers_count(const struct peer *peer);

/* Runs `task` in all callers at once, from one barrier to another. -1 when it
 * failed in any. */
typedef int (*callers_task)(struct peer *caller, uint32_t index, void *argument);
int callers_run(struct callers *callers, callers_task task, void *argument);

/* One window of all callers: what window_run() does for one. The window's
 * operations are the sum; its time is from the first start to the last end. */
int callers_window(struct peer *peer, struct window *window, batch_fn run_batch);

#endif
