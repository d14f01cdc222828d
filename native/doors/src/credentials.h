/* What is known of a process, for door_cred() and ucred_t. */
#ifndef LIBDOOR_CREDENTIALS_H
#define LIBDOOR_CREDENTIALS_H

#include <sys/types.h>

#include "impl.h"

/* As many supplementary groups as illumos has at most. */
#define CREDENTIALS_GROUPS 1024

#define UNKNOWN_ID ((unsigned)-1)

/* ucred_t points to one. It has no pointers: programs also allocate ucred_size()
 * bytes themselves. */
struct ucred_s {
	pid_t pid;
	uid_t ruid, euid, suid; /* UNKNOWN_ID = not known */
	gid_t rgid, egid, sgid;
	int group_count; /* -1 = not known, or more than fit */
	gid_t groups[CREDENTIALS_GROUPS];
};

/* A process as it is now. Returns an errno; ESRCH: there is none. */
HIDDEN int credentials_of_process(pid_t pid, struct ucred_s *to);

/* The process at the other end of a socket, of which the kernel attests `attested`
 * as of the connection: as it is now while its effective ids are still those, else
 * only what is attested. */
HIDDEN void credentials_of_peer(int socket, const struct ucred *attested, struct ucred_s *to);

/* The caller of the call that this thread serves, as it is now. Returns an errno:
 * EINVAL without a caller, or when it is gone. */
HIDDEN int credentials_of_caller(struct ucred_s *to);

#endif
