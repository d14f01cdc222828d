/* ucred_t: credentials as an object. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <ucred.h>
#include <unistd.h>

#include "credentials.h"

/* Stores `from` where a caller's pointer leads, or, where it leads nowhere, into
 * memory that the caller frees. */
static int hand_out(const struct ucred_s *from, ucred_t **to)
{
	int error = 0;
	if (!writable(to, sizeof(ucred_t *)))
		error = EFAULT;
	else if (*to == NULL)
		error = (*to = malloc(sizeof **to)) == NULL ? ENOMEM : 0;
	else if (!writable(*to, sizeof **to))
		error = EFAULT;
	if (error == 0) {
		**to = *from;
		return 0;
	}
	errno = error;
	return -1;
}

int door_ucred(ucred_t **info)
{
	struct ucred_s caller;
	int error = credentials_of_caller(&caller);
	if (error == 0)
		return hand_out(&caller, info);
	errno = error == EINVAL ? EINVAL : EAGAIN;
	return -1;
}

ucred_t *ucred_get(pid_t pid)
{
	struct ucred_s process;
	ucred_t *result = NULL;
	int error = credentials_of_process(pid == P_MYID ? getpid() : pid, &process);
	if (error == 0)
		return hand_out(&process, &result) == 0 ? result : NULL;
	errno = error;
	return NULL;
}

/* The groups that the kernel attests. */
static void peer_groups(int fd, struct ucred_s *peer)
{
	socklen_t bytes = sizeof peer->groups;
	peer->group_count = -1;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, peer->groups, &bytes) == 0)
		peer->group_count = (int)(bytes / sizeof(gid_t));
}

int getpeerucred(int fd, ucred_t **info)
{
	struct ucred attested;
	struct ucred_s peer;
	socklen_t bytes = sizeof attested;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &attested, &bytes) < 0) {
		errno = errno == EBADF ? EBADF : EINVAL;
		return -1;
	}
	if (attested.pid == 0 && attested.uid == UNKNOWN_ID) {
		errno = ENOTCONN;
		return -1;
	}
	credentials_of_peer(fd, &attested, &peer);
	peer_groups(fd, &peer);
	return hand_out(&peer, info);
}

void ucred_free(ucred_t *cred)
{
	free(cred);
}

size_t ucred_size(void)
{
	return sizeof(ucred_t);
}

/* -1 and EINVAL say that something isn't known. */
static unsigned known(unsigned id)
{
	if (id == UNKNOWN_ID)
		errno = EINVAL;
	return id;
}

uid_t ucred_geteuid(const ucred_t *cred)
{
	return known(cred->euid);
}

uid_t ucred_getruid(const ucred_t *cred)
{
	return known(cred->ruid);
}

uid_t ucred_getsuid(const ucred_t *cred)
{
	return known(cred->suid);
}

gid_t ucred_getegid(const ucred_t *cred)
{
	return known(cred->egid);
}

gid_t ucred_getrgid(const ucred_t *cred)
{
	return known(cred->rgid);
}

gid_t ucred_getsgid(const ucred_t *cred)
{
	return known(cred->sgid);
}

int ucred_getgroups(const ucred_t *cred, const gid_t **groups)
{
	if (cred->group_count < 0)
		errno = EINVAL;
	else
		*groups = cred->groups;
	return cred->group_count;
}

pid_t ucred_getpid(const ucred_t *cred)
{
	return cred->pid;
}

projid_t ucred_getprojid(const ucred_t *cred)
{
	(void)cred;
	errno = EINVAL; /* Linux has no projects */
	return -1;
}

zoneid_t ucred_getzoneid(const ucred_t *cred)
{
	(void)cred;
	return GLOBAL_ZONEID;
}
