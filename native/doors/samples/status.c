/* S_ISDOOR() for descriptors, paths, links and directories, by the large-file names. */
#define _FILE_OFFSET_BITS 64
#include <sys/stat.h>

#include <door.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stropts.h>
#include <sys/socket.h>
#include <unistd.h>

static void serve(void *cookie, char *argp, size_t arg_size, door_desc_t *dp, uint_t n_desc)
{
	(void)cookie;
	(void)argp;
	(void)arg_size;
	(void)dp;
	(void)n_desc;
	door_return(NULL, 0, NULL, 0);
}

static void tell(const char *what, int result, const struct stat *status)
{
	printf("%s: %s\n", what,
	       result < 0                  ? errno == ENOENT ? "ENOENT" : "failed"
	       : S_ISDOOR(status->st_mode) ? "door"
	       : S_ISREG(status->st_mode)  ? "file"
	       : S_ISLNK(status->st_mode)  ? "link"
	       : S_ISSOCK(status->st_mode) ? "socket"
					   : "other");
}

static void tell_paths(int directory)
{
	struct stat status;
	tell("stat", stat("door", &status), &status);
	tell("lstat", lstat("door", &status), &status);
	tell("stat of a link", stat("link", &status), &status);
	tell("lstat of a link", lstat("link", &status), &status);
	tell("fstatat", fstatat(directory, "door", &status, 0), &status);
	tell("fstatat of a link", fstatat(directory, "link", &status, 0), &status);
	tell("fstatat of the link itself", fstatat(directory, "link", &status, AT_SYMLINK_NOFOLLOW),
	     &status);
	tell("nothing", stat("nothing", &status), &status);
}

int main(void)
{
	struct stat status;
	int pair[2], opened;
	int door = door_create(serve, NULL, 0);
	int directory = open(".", O_RDONLY);
	int file = open("door", O_CREAT | O_RDWR, 0640);
	if (door < 0 || file < 0 || directory < 0 || write(file, "text", 4) != 4 ||
	    symlink("door", "link") < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		return 1;
	close(file);
	tell("a door", fstat(door, &status), &status);
	tell("a socket", fstat(pair[0], &status), &status);
	tell("a file", stat("door", &status), &status);
	if (fattach(door, "door") < 0)
		return 1;
	tell_paths(directory);
	opened = open("door", O_RDWR);
	tell("opened", fstat(opened, &status), &status);
	printf("mode %o, %ld bytes, %d link\n", (unsigned)(status.st_mode & 07777),
	       (long)status.st_size, (int)status.st_nlink);
	tell("called", door_call(opened, NULL) + fstat(opened, &status), &status);
	fdetach("door");
	tell("detached", stat("door", &status), &status);
	tell("still open", fstat(opened, &status), &status);
	printf("%ld bytes\n", stat("door", &status) == 0 ? (long)status.st_size : -1);
	unlink("link");
	unlink("door");
	return 0;
}
