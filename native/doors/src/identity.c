/* What a descriptor is: the kernel keeps it in the name of a door's other end. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "impl.h"

int door_identify(int fd, struct door_identity *identity)
{
	struct sockaddr_un name;
	socklen_t bytes = sizeof name;
	size_t prefix = sizeof DOOR_NAME_PREFIX - 1;
	if (getpeername(fd, (struct sockaddr *)&name, &bytes) < 0 || name.sun_family != AF_UNIX ||
	    bytes <= offsetof(struct sockaddr_un, sun_path) + 1 + prefix || bytes >= sizeof name ||
	    name.sun_path[0] != '\0' || memcmp(name.sun_path + 1, DOOR_NAME_PREFIX, prefix) != 0)
		return -1;
	((char *)&name)[bytes] = '\0';
	int server;
	if (sscanf(name.sun_path + 1 + prefix, "%d/%llx/%x", &server, &identity->id,
		   &identity->attributes) != 3)
		return -1;
	identity->server = server;
	return 0;
}

ino_t socket_inode(int fd)
{
	struct statx facts;
	/* Not fstat(): the library's own says of a door that it is a door. */
	if (statx(fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_INO, &facts) < 0 ||
	    !S_ISSOCK(facts.stx_mode))
		return 0;
	return facts.stx_ino;
}

int door_identify_used(int fd, struct door_identity *identity)
{
	if (door_identify(fd, identity) == 0)
		return 0;
	return attach_resolve(fd) < 0 ? -1 : door_identify(fd, identity);
}
