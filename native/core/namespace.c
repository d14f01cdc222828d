#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/random.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "namespace.h"

/* A directory of a live launcher may not be locked yet for this long. */
#define UNLOCKED_GRACE_S 5

union semun {
	int val;
	struct semid_ds *buf;
};

static int owned_directory(const char *path)
{
	struct stat status;
	if (lstat(path, &status) < 0)
		return -1;
	if (!S_ISDIR(status.st_mode) || status.st_uid != geteuid()) {
		errno = EPERM;
		return -1;
	}
	return 0;
}

/* In a world-writable /tmp somebody else may have taken the name: then we
 * refuse rather than follow. */
static int runtime_directory(char *path, size_t size)
{
	const char *xdg = getenv("XDG_RUNTIME_DIR");
	if (xdg != NULL && xdg[0] == '/' && owned_directory(xdg) == 0)
		snprintf(path, size, "%s/ipcbench", xdg);
	else
		snprintf(path, size, "/tmp/ipcbench-%u", (unsigned)geteuid());
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return -1;
	return owned_directory(path);
}

static int make_trial_directory(struct trial_namespace *space)
{
	/* The last trial of another run may remove <runtime> between our two
	 * mkdirs. */
	for (int attempt = 0; attempt < 8; attempt++) {
		if (runtime_directory(space->runtime, sizeof space->runtime) < 0)
			return -1;
		if (getrandom(&space->key, sizeof space->key, 0) != sizeof space->key)
			return -1;
		space->key = (space->key & 0x7fffffffu) | 1u;
		snprintf(space->directory, sizeof space->directory, "%s/%d-%08x", space->runtime,
			 (int)getpid(), space->key);
		if (mkdir(space->directory, 0700) == 0)
			return 0;
		if (errno != ENOENT && errno != EEXIST)
			break;
	}
	space->directory[0] = '\0';
	return -1;
}

int namespace_create(struct trial_namespace *space, const char **expression)
{
	*space = (struct trial_namespace){.lock_fd = -1};
	*expression = "mkdir of the trial's directory";
	if (make_trial_directory(space) < 0)
		return -1;
	*expression = "open(space->directory)";
	space->lock_fd = open(space->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (space->lock_fd < 0)
		return -1;
	*expression = "flock(space->lock_fd)";
	return flock(space->lock_fd, LOCK_EX | LOCK_NB);
}

/* Only objects of our own user: a foreign one with the same key stays. */
static void remove_system_v(uint32_t key)
{
	struct semid_ds sem;
	struct msqid_ds msg;
	struct shmid_ds shm;
	int id = semget((key_t)key, 0, 0);
	if (id >= 0 && semctl(id, 0, IPC_STAT, (union semun){.buf = &sem}) == 0 &&
	    sem.sem_perm.cuid == geteuid())
		semctl(id, 0, IPC_RMID);
	id = msgget((key_t)key, 0);
	if (id >= 0 && msgctl(id, IPC_STAT, &msg) == 0 && msg.msg_perm.cuid == geteuid())
		msgctl(id, IPC_RMID, NULL);
	id = shmget((key_t)key, 0, 0);
	if (id >= 0 && shmctl(id, IPC_STAT, &shm) == 0 && shm.shm_perm.cuid == geteuid())
		shmctl(id, IPC_RMID, NULL);
}

static void remove_posix(uint32_t key)
{
	char name[64];
	snprintf(name, sizeof name, "/ipcbench-%08x", key);
	shm_unlink(name);
	mq_unlink(name);
	for (char side = 'a'; side <= 'b'; side++) {
		snprintf(name, sizeof name, "/ipcbench-%08x-%c", key, side);
		shm_unlink(name);
		mq_unlink(name);
		/* named semaphores live there under this prefix */
		snprintf(name, sizeof name, "/sem.ipcbench-%08x-%c", key, side);
		shm_unlink(name);
	}
}

static void remove_directory(const char *path)
{
	DIR *directory = opendir(path);
	if (directory == NULL)
		return;
	for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			unlinkat(dirfd(directory), entry->d_name, 0);
	closedir(directory);
	rmdir(path);
}

void namespace_remove(struct trial_namespace *space)
{
	if (space->directory[0] == '\0')
		return;
	remove_system_v(space->key);
	remove_posix(space->key);
	remove_directory(space->directory);
	rmdir(space->runtime); /* stays while another trial lives there */
	if (space->lock_fd >= 0)
		close(space->lock_fd);
	space->directory[0] = '\0';
}

/* True when the launcher that made this directory is gone; *lock_fd then
 * holds the lock. */
static int abandoned(const char *path, long pid, int *lock_fd)
{
	struct stat status;
	*lock_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*lock_fd < 0)
		return 0;
	if (flock(*lock_fd, LOCK_EX | LOCK_NB) == 0 && fstat(*lock_fd, &status) == 0 &&
	    (kill((pid_t)pid, 0) < 0 || time(NULL) - status.st_mtime > UNLOCKED_GRACE_S))
		return 1;
	close(*lock_fd);
	return 0;
}

int namespace_sweep(void)
{
	struct trial_namespace space = {0};
	int swept = 0;
	if (runtime_directory(space.runtime, sizeof space.runtime) < 0)
		return -1;
	DIR *runtime = opendir(space.runtime);
	if (runtime == NULL)
		return -1;
	for (struct dirent *entry; (entry = readdir(runtime)) != NULL;) {
		long pid;
		char rest;
		if (sscanf(entry->d_name, "%ld-%8x%c", &pid, &space.key, &rest) != 2)
			continue;
		snprintf(space.directory, sizeof space.directory, "%s/%s", space.runtime,
			 entry->d_name);
		if (!abandoned(space.directory, pid, &space.lock_fd))
			continue;
		namespace_remove(&space);
		swept++;
	}
	closedir(runtime);
	rmdir(space.runtime);
	return swept;
}
