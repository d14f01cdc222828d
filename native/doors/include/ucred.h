/*
 * ucred.h: credentials of a process, as an object. door_ucred() in door.h tells
 * those of a door's caller. Where something isn't known, the functions return -1
 * with EINVAL. Privileges and labels are Solaris' own and not here.
 */
#ifndef _UCRED_H
#define _UCRED_H

#include <sys/solaris_types.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

typedef struct ucred_s ucred_t;

/* For ucred_get(): this process. */
#ifndef P_MYID
#define P_MYID (-1)
#endif

/* Those of a process, to be freed; NULL with ESRCH, EACCES, EAGAIN or ENOMEM. */
ucred_t *ucred_get(pid_t pid);

/* Those of the process at the other end of a UNIX domain socket when it connected.
 * A NULL *info is replaced by new memory, to be freed, else *info is reused.
 * EBADF, EINVAL (nothing is known), ENOTCONN, EFAULT, ENOMEM. */
int getpeerucred(int fd, ucred_t **info);

void ucred_free(ucred_t *cred);
size_t ucred_size(void);

uid_t ucred_geteuid(const ucred_t *cred);
uid_t ucred_getruid(const ucred_t *cred);
uid_t ucred_getsuid(const ucred_t *cred);
gid_t ucred_getegid(const ucred_t *cred);
gid_t ucred_getrgid(const ucred_t *cred);
gid_t ucred_getsgid(const ucred_t *cred);

/* How many supplementary groups; *groups points into `cred`. */
int ucred_getgroups(const ucred_t *cred, const gid_t **groups);

pid_t ucred_getpid(const ucred_t *cred);
projid_t ucred_getprojid(const ucred_t *cred); /* Linux has none: -1 */
zoneid_t ucred_getzoneid(const ucred_t *cred); /* GLOBAL_ZONEID */

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
