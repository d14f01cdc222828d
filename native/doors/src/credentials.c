/*
 * Who a process is. The kernel attests a pid and some ids of the past; what the
 * process is now is in /proc. A pid may have passed to another process meanwhile,
 * so what was read counts only if the process was still there afterwards.
 */
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "credentials.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

/* --- /proc ----------------------------------------------------------------------- */

static void read_groups(const char *text, struct ucred_s *to)
{
	char *end;
	to->group_count = 0;
	for (;;) {
		unsigned long group = strtoul(text, &end, 10);
		if (end == text)
			return;
		if (to->group_count == CREDENTIALS_GROUPS) {
			to->group_count = -1;
			return;
		}
		to->groups[to->group_count++] = (gid_t)group;
		text = end;
	}
}

static void read_line(const char *line, struct ucred_s *to, unsigned *found)
{
	if (sscanf(line, "Uid: %u %u %u", &to->ruid, &to->euid, &to->suid) == 3)
		*found |= 1;
	else if (sscanf(line, "Gid: %u %u %u", &to->rgid, &to->egid, &to->sgid) == 3)
		*found |= 2;
	else if (strncmp(line, "Groups:", 7) == 0)
		read_groups(line + 7, to);
}

int credentials_of_process(pid_t pid, struct ucred_s *to)
{
	char path[64];
	char *line = NULL;
	size_t room = 0;
	unsigned found = 0;
	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return errno == ENOENT ? ESRCH : errno;
	to->pid = pid;
	to->group_count = -1;
	/* The kernel writes it all at the first read: the lines are of one moment. */
	while (getline(&line, &room, file) > 0)
		read_line(line, to, &found);
	free(line);
	fclose(file);
	return found == 3 ? 0 : ESRCH;
}

/* The same for a process that can't be waited for: ESRCH says that nothing of it
 * can be seen, which also is so for another pid namespace's (0). */
static int look_at(pid_t pid, struct ucred_s *to)
{
	int error = pid > 0 ? credentials_of_process(pid, to) : ESRCH;
	return error == EACCES || error == EPERM ? ESRCH : error;
}

/* --- was it the same process? ------------------------------------------------------ */

static bool has_event(int fd, short events)
{
	struct pollfd one = {.fd = fd, .events = events};
	return poll(&one, 1, 0) > 0;
}

static bool among(unsigned id, unsigned one, unsigned other, unsigned third)
{
	return id == one || id == other || id == third;
}

/* Where the kernel (before 6.5) has no descriptors of processes to say: its socket
 * isn't closed, and the ids that were read, if any were, could be the same
 * process's. Who was root may have become anybody. */
static bool plausible(int socket, const struct ucred *attested, const struct ucred_s *now)
{
	if (has_event(socket, POLLRDHUP))
		return false;
	return now == NULL || attested->uid == 0 ||
	       (among(attested->uid, now->ruid, now->euid, now->suid) &&
		among(attested->gid, now->rgid, now->egid, now->sgid));
}

/* --- callers ------------------------------------------------------------------------ */

/* Of a caller that /proc doesn't show, the kernel attested the real ids. */
static void only_real(const struct ucred *attested, struct ucred_s *to)
{
	*to = (struct ucred_s){.pid = attested->pid,
			       .ruid = attested->uid,
			       .euid = attested->uid,
			       .suid = UNKNOWN_ID,
			       .rgid = attested->gid,
			       .egid = attested->gid,
			       .sgid = UNKNOWN_ID,
			       .group_count = -1};
}

int credentials_of_caller(struct ucred_s *to)
{
	const struct ucred *caller = pool_caller();
	if (caller == NULL)
		return EINVAL;
	const struct served *served =
		(const void *)((const char *)caller - offsetof(struct served, caller));
	int error = look_at(caller->pid, to);
	if (error != 0 && error != ESRCH)
		return error;
	if (served->dead || !pool_caller_lives() ||
	    (served->pidfd < 0 && !plausible(served->socket, caller, error == 0 ? to : NULL)))
		return EINVAL;
	if (error != 0)
		only_real(caller, to);
	return 0;
}

/* --- the other ends of sockets -------------------------------------------------------- */

/* Of the process that connected, the kernel attests the effective ids. */
static void only_effective(const struct ucred *attested, struct ucred_s *to)
{
	*to = (struct ucred_s){.pid = attested->pid,
			       .ruid = UNKNOWN_ID,
			       .euid = attested->uid,
			       .suid = UNKNOWN_ID,
			       .rgid = UNKNOWN_ID,
			       .egid = attested->gid,
			       .sgid = UNKNOWN_ID,
			       .group_count = -1};
}

static bool peer_lives(int socket, const struct ucred *attested, const struct ucred_s *now)
{
	int pidfd = -1;
	socklen_t bytes = sizeof pidfd;
	if (getsockopt(socket, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &bytes) < 0)
		return errno == ENOPROTOOPT && plausible(socket, attested, now);
	bool lives = !has_event(pidfd, POLLIN);
	shut(pidfd);
	return lives;
}

void credentials_of_peer(int socket, const struct ucred *attested, struct ucred_s *to)
{
	if (look_at(attested->pid, to) != 0 || !peer_lives(socket, attested, to) ||
	    to->euid != attested->uid || to->egid != attested->gid)
		only_effective(attested, to);
}
