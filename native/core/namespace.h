/*
 * The trial's namespace: everything that a trial leaves where other processes
 * could see it hangs on two names, so that it can be removed by whoever comes
 * later, knowing nothing else:
 *
 *   directory   <runtime>/<pid>-<key>, mode 0700, for socket files, FIFOs and
 *               mapped files; <runtime> is $XDG_RUNTIME_DIR/ipcbench or
 *               /tmp/ipcbench-<uid>
 *   key         31 random bits: the System V key of the trial's objects, and part
 *               of POSIX names, "/ipcbench-<key in hex>"
 *
 * The launcher holds a lock on the directory. A directory that can be locked
 * belongs to a launcher that is dead.
 */
#ifndef IPCBENCH_NAMESPACE_H
#define IPCBENCH_NAMESPACE_H

#include <limits.h>
#include <stdint.h>

struct trial_namespace {
	char runtime[PATH_MAX / 2];
	char directory[PATH_MAX];
	uint32_t key;
	int lock_fd;
};

/* Makes the directory before anything else exists. -1 with errno, and the
 * expression that failed in *expression. */
int namespace_create(struct trial_namespace *space, const char **expression);

/* Removes every object of the trial and its directory. Safe to call when some
 * or all of them are gone. */
void namespace_remove(struct trial_namespace *space);

/* Removes what dead launchers left. Returns how many trials it cleaned up, or
 * -1 with errno when the runtime directory can't be read. */
int namespace_sweep(void);

#endif
