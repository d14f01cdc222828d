/*
 * stat() and its kin, so that S_ISDOOR() holds for a door, for the path of an
 * attached one, and for a descriptor of such a file that nothing has used yet. Only
 * sockets and regular files cost one more system call than they would.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "impl.h"
#include "stat.h"

/* As namefs shows it: the door's type and size, the file's owner, permissions and
 * times. */
static void show_door(struct stat *status)
{
	status->st_mode = (status->st_mode & ~(mode_t)S_IFMT) | S_IFDOOR;
	status->st_nlink = 1;
	status->st_size = 0;
	status->st_blocks = 0;
}

bool descriptor_is_attached(int fd)
{
	return fgetxattr(fd, DOOR_ATTRIBUTE, NULL, 0) > 0;
}

static bool descriptor_is_door(int fd, mode_t mode)
{
	struct door_identity identity;
	if (S_ISSOCK(mode))
		return door_identify(fd, &identity) == 0;
	return S_ISREG(mode) && descriptor_is_attached(fd);
}

/* A path that is relative to a directory has no call of its own for attributes. */
static bool path_is_door(int directory, const char *path, int flags)
{
	char whole[PATH_MAX + 32];
	if (directory != AT_FDCWD && path[0] != '/') {
		int length = snprintf(whole, sizeof whole, "/proc/self/fd/%d/%s", directory, path);
		if (length < 0 || (size_t)length >= sizeof whole)
			return false;
		path = whole;
	}
	return (flags & AT_SYMLINK_NOFOLLOW ? lgetxattr(path, DOOR_ATTRIBUTE, NULL, 0)
					    : getxattr(path, DOOR_ATTRIBUTE, NULL, 0)) > 0;
}

static int status_of_descriptor(int fd, struct stat *status)
{
	if (syscall(SYS_fstat, fd, status) < 0)
		return -1;
	int error = errno;
	if (descriptor_is_door(fd, status->st_mode))
		show_door(status);
	errno = error;
	return 0;
}

static int status_of_path(int directory, const char *path, struct stat *status, int flags)
{
	if (syscall(SYS_newfstatat, directory, path, status, flags) < 0)
		return -1;
	int error = errno;
	bool itself = path == NULL || path[0] == '\0'; /* AT_EMPTY_PATH */
	if (itself ? descriptor_is_door(directory, status->st_mode)
		   : S_ISREG(status->st_mode) && path_is_door(directory, path, flags))
		show_door(status);
	errno = error;
	return 0;
}

EXPORTED int stat(const char *restrict path, struct stat *restrict status)
{
	return status_of_path(AT_FDCWD, path, status, 0);
}

EXPORTED int lstat(const char *restrict path, struct stat *restrict status)
{
	return status_of_path(AT_FDCWD, path, status, AT_SYMLINK_NOFOLLOW);
}

EXPORTED int fstat(int fd, struct stat *status)
{
	return status_of_descriptor(fd, status);
}

EXPORTED int fstatat(int directory, const char *restrict path, struct stat *restrict status,
		     int flags)
{
	return status_of_path(directory, path, status, flags);
}

#ifdef __GLIBC__
/* Where off_t has 64 bits these are the same calls under other names; programs
 * compiled with _FILE_OFFSET_BITS=64 use these names. */
_Static_assert(sizeof(struct stat) == sizeof(struct stat64) &&
		       offsetof(struct stat, st_size) == offsetof(struct stat64, st_size),
	       "one layout");

EXPORTED int stat64(const char *restrict path, struct stat64 *restrict status)
{
	return status_of_path(AT_FDCWD, path, (struct stat *)status, 0);
}

EXPORTED int lstat64(const char *restrict path, struct stat64 *restrict status)
{
	return status_of_path(AT_FDCWD, path, (struct stat *)status, AT_SYMLINK_NOFOLLOW);
}

EXPORTED int fstat64(int fd, struct stat64 *status)
{
	return status_of_descriptor(fd, (struct stat *)status);
}

EXPORTED int fstatat64(int directory, const char *restrict path, struct stat64 *restrict status,
		       int flags)
{
	return status_of_path(directory, path, (struct stat *)status, flags);
}
#endif
