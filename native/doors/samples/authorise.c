/* A server that answers its own child and nobody else. */
#include <alloca.h>
#include <door.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <ucred.h>
#include <unistd.h>

static pid_t friend_pid;

static const char *who_calls(void)
{
	door_cred_t cred;
	const gid_t *groups;
	ucred_t *info = NULL, *same = alloca(ucred_size());
	int alike;
	if (door_cred(&cred) < 0 || door_ucred(&info) < 0 || door_ucred(&same) < 0)
		return strerror(errno);
	alike = ucred_getpid(info) == cred.dc_pid && ucred_geteuid(info) == cred.dc_euid &&
		ucred_getruid(info) == cred.dc_ruid && ucred_getegid(info) == cred.dc_egid &&
		ucred_getrgid(info) == cred.dc_rgid && ucred_getpid(same) == cred.dc_pid &&
		ucred_getzoneid(same) == GLOBAL_ZONEID && ucred_getsuid(same) == getuid();
	if (ucred_getgroups(info, &groups) != getgroups(0, NULL))
		alike = 0;
	ucred_free(info);
	if (!alike)
		return "door_cred and door_ucred differ";
	if (cred.dc_euid != geteuid() || cred.dc_egid != getegid())
		return "another user";
	return cred.dc_pid == friend_pid ? "welcome" : "go away";
}

static void serve(void *cookie, char *argp, size_t arg_size, door_desc_t *dp, uint_t n_desc)
{
	char answer[64];
	(void)cookie;
	(void)argp;
	(void)arg_size;
	(void)dp;
	(void)n_desc;
	strncpy(answer, who_calls(), sizeof answer - 1);
	answer[sizeof answer - 1] = '\0';
	door_return(answer, strlen(answer) + 1, NULL, 0);
}

static void ask(const char *who, int door)
{
	char buffer[64];
	door_arg_t arg;
	memset(&arg, 0, sizeof arg);
	arg.rbuf = buffer;
	arg.rsize = sizeof buffer;
	if (door_call(door, &arg) < 0)
		perror("door_call");
	else
		printf("%s: %s\n", who, arg.data_ptr);
	fflush(stdout);
}

int main(void)
{
	door_cred_t cred;
	ucred_t *info = NULL;
	int go[2];
	char byte = 0;
	int door = door_create(serve, NULL, 0);
	if (door < 0 || pipe(go) < 0)
		return 1;
	friend_pid = fork();
	if (friend_pid == 0) {
		if (read(go[0], &byte, 1) == 1)
			ask("friend", door);
		_exit(0);
	}
	if (write(go[1], &byte, 1) != 1)
		return 1;
	waitpid(friend_pid, NULL, 0);
	ask("self", door);
	if (door_cred(&cred) < 0 && errno == EINVAL && door_ucred(&info) < 0 && errno == EINVAL)
		printf("outside a call: EINVAL\n");
	return 0;
}
