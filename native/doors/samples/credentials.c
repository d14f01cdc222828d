/* Credentials as objects: one's own, those of a socket's other end, and those of a
 * door's caller that is killed while it waits. */
#include <door.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <synch.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <ucred.h>
#include <unistd.h>

static sema_t served;

static const char *name_of(int error)
{
	return error == EINVAL  ? "EINVAL"
	       : error == ESRCH ? "ESRCH"
	       : error == EBADF ? "EBADF"
				: strerror(error);
}

static void serve(void *cookie, char *argp, size_t arg_size, door_desc_t *dp, uint_t n_desc)
{
	ucred_t *info = NULL;
	pid_t caller;
	(void)cookie;
	(void)argp;
	(void)arg_size;
	(void)dp;
	(void)n_desc;
	if (door_ucred(&info) < 0)
		printf("door_ucred: %s\n", name_of(errno));
	caller = ucred_getpid(info);
	kill(caller, SIGKILL);
	waitpid(caller, NULL, 0);
	if (door_ucred(&info) < 0)
		printf("caller is dead: %s\n", name_of(errno));
	ucred_free(info);
	sema_post(&served);
	door_return(NULL, 0, NULL, 0);
}

static void tell(const char *what, ucred_t *cred)
{
	const gid_t *groups;
	gid_t mine[1024];
	int count = getgroups(1024, mine);
	int same = cred != NULL && ucred_getgroups(cred, &groups) == count;
	if (!same || memcmp(groups, mine, (size_t)count * sizeof *mine) != 0 ||
	    ucred_getruid(cred) != getuid() || ucred_geteuid(cred) != geteuid() ||
	    ucred_getrgid(cred) != getgid() || ucred_getegid(cred) != getegid() ||
	    ucred_getsuid(cred) != geteuid() || ucred_getsgid(cred) != getegid())
		printf("%s: wrong\n", what);
	else
		printf("%s: %s\n", what,
		       ucred_getpid(cred) == getpid() ? "this process" : "another");
}

int main(void)
{
	ucred_t *cred = ucred_get(P_MYID), *first;
	int pair[2];
	pid_t child;
	int door = door_create(serve, NULL, 0);
	sema_init(&served, 0, USYNC_THREAD, NULL);
	if (door < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		return 1;
	tell("ucred_get(P_MYID)", cred);
	first = cred;
	if (getpeerucred(pair[0], &cred) == 0)
		tell("getpeerucred", cred);
	printf("reused: %s\n", cred == first ? "yes" : "no");
	ucred_free(cred);
	if (getpeerucred(-1, &first) < 0)
		printf("no descriptor: %s\n", name_of(errno));

	child = fork();
	if (child == 0)
		_exit(door_call(door, NULL));
	while (sema_wait(&served) == EINTR)
		;
	if (ucred_get(child) == NULL)
		printf("no process: %s\n", name_of(errno));
	return 0;
}
