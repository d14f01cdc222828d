/*
 * Doors with names. The file stays a regular file; an extended attribute says
 * where the server listens and holds a secret that the server asks for. So a
 * plain open() works, with the file's own permissions, and the first use of the
 * descriptor exchanges it for the door. Whoever may not read the file can't
 * learn the secret.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stropts.h>
#include <sys/inotify.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "impl.h"

#define LISTENER_PREFIX "libdoor-names/1/"

enum { SECRET_BYTES = 16, VALUE_BYTES = 128 };

struct secret {
	unsigned char bytes[SECRET_BYTES];
};

/* A name of a door of ours. */
static struct attachment {
	struct attachment *next;
	struct door *door;
	struct secret secret;
	int file; /* O_PATH: it outlives renaming */
} * attachments;

static struct guest listener = {.fd = -1};
static struct sockaddr_un listener_name;
static socklen_t listener_bytes;

/* Says of every attached file that its attributes or links have changed. */
static struct guest changes = {.fd = -1};

static void forget(struct attachment **link)
{
	struct attachment *entry = *link;
	*link = entry->next;
	entry->door->names--;
	shut(entry->file);
	free(entry);
}

void attach_forget(const struct door *door)
{
	for (struct attachment **link = &attachments; *link != NULL;)
		if (door != NULL && (*link)->door != door)
			link = &(*link)->next;
		else
			forget(link);
	if (door != NULL)
		return;
	if (listener.fd >= 0)
		shut(listener.fd);
	if (changes.fd >= 0)
		shut(changes.fd);
	listener.fd = changes.fd = -1;
}

/* --- the server's side ------------------------------------------------------------- */

static struct door *door_of_secret(const struct secret *secret)
{
	for (struct attachment *entry = attachments; entry != NULL; entry = entry->next)
		if (memcmp(&entry->secret, secret, sizeof *secret) == 0)
			return entry->door;
	return NULL;
}

static void give_door(int socket, struct door *door)
{
	struct message message = {.magic = WIRE_MAGIC, .kind = MESSAGE_DESCRIPTORS, .count = 1};
	int fd = door_export(door, END_NAMED);
	if (fd < 0)
		return;
	message_send(socket, MSG_DONTWAIT, &message, &fd, 1);
	shut(fd);
}

/* A visitor showed a secret, or left. */
static void hear_visitor(struct guest *guest)
{
	struct secret secret;
	struct door *door;
	if (recv(guest->fd, &secret, sizeof secret, MSG_DONTWAIT) == sizeof secret &&
	    (door = door_of_secret(&secret)) != NULL)
		give_door(guest->fd, door);
	reception_unwatch(guest);
	free(guest);
}

static void hear_listener(struct guest *unused)
{
	(void)unused;
	int fd = move_high(accept4(listener.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK));
	struct guest *visitor = malloc(sizeof *visitor);
	if (fd < 0 || visitor == NULL) {
		free(visitor);
		return;
	}
	*visitor = (struct guest){.handle = hear_visitor, .fd = fd};
	if (reception_watch(visitor) < 0) {
		shut(fd);
		free(visitor);
	}
}

/* Under doors_lock. */
static int start_listener(void)
{
	uint64_t chance;
	if (listener.fd >= 0)
		return 0;
	if (getrandom(&chance, sizeof chance, 0) != sizeof chance)
		return -1;
	listener_name = (struct sockaddr_un){.sun_family = AF_UNIX};
	int length = snprintf(listener_name.sun_path + 1, sizeof listener_name.sun_path - 1,
			      LISTENER_PREFIX "%d/%016llx", (int)getpid(),
			      (unsigned long long)chance);
	listener_bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
	int fd = move_high(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
	if (fd < 0)
		return -1;
	listener = (struct guest){.handle = hear_listener, .fd = fd};
	if (bind(fd, (struct sockaddr *)&listener_name, listener_bytes) == 0 &&
	    listen(fd, 128) == 0 && reception_watch(&listener) == 0)
		return 0;
	shut(fd);
	listener.fd = -1;
	return -1;
}

/* --- the attribute's value ------------------------------------------------------------ */

static int parse_value(const char *value, struct sockaddr_un *name, socklen_t *bytes,
		       struct secret *secret)
{
	const char *space = strchr(value, ' ');
	size_t length = space != NULL ? (size_t)(space - value) : 0;
	if (length == 0 || length >= sizeof name->sun_path - 1 ||
	    strncmp(value, LISTENER_PREFIX, sizeof LISTENER_PREFIX - 1) != 0)
		return -1;
	*name = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(name->sun_path + 1, value, length);
	*bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length);
	for (int i = 0; i < SECRET_BYTES; i++) {
		unsigned byte;
		if (sscanf(space + 1 + 2 * i, "%2x", &byte) != 1)
			return -1;
		secret->bytes[i] = (unsigned char)byte;
	}
	return 0;
}

/* --- names that go ------------------------------------------------------------------ */

/* A path by which an O_PATH descriptor's extended attributes can be reached. */
static const char *path_of(int file, char path[32])
{
	snprintf(path, 32, "/proc/self/fd/%d", file);
	return path;
}

static bool stands(const struct attachment *entry)
{
	char path[32], value[VALUE_BYTES + 1];
	struct sockaddr_un name;
	socklen_t bytes;
	struct secret secret;
	struct statx facts;
	if (statx(entry->file, "", AT_EMPTY_PATH, STATX_NLINK, &facts) < 0 || facts.stx_nlink == 0)
		return false;
	ssize_t length = getxattr(path_of(entry->file, path), DOOR_ATTRIBUTE, value, VALUE_BYTES);
	if (length <= 0)
		return false;
	value[length] = '\0';
	return parse_value(value, &name, &bytes, &secret) == 0 &&
	       memcmp(&secret, &entry->secret, sizeof secret) == 0;
}

/* Some file has changed: by whomever, fdetach() and unlink() alike. */
static void look_for_changes(struct guest *unused)
{
	char events[4096];
	(void)unused;
	while (read(changes.fd, events, sizeof events) > 0)
		;
	for (struct attachment **link = &attachments; *link != NULL;) {
		struct door *door = (*link)->door;
		if (stands(*link)) {
			link = &(*link)->next;
			continue;
		}
		forget(link);
		door->references++;
		unref_check(door);
		door_drop_unreachable(door);
		door_release(door);
	}
}

/* Without it, names that go are noticed only when the server ends. */
static void watch_file(const struct attachment *entry)
{
	char path[32];
	if (changes.fd < 0) {
		int fd = move_high(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
		if (fd < 0)
			return;
		changes = (struct guest){.handle = look_for_changes, .fd = fd};
		if (reception_watch(&changes) < 0) {
			shut(fd);
			changes.fd = -1;
			return;
		}
	}
	inotify_add_watch(changes.fd, path_of(entry->file, path), IN_ATTRIB);
}

/* --- names in the file system ---------------------------------------------------------- */

static int may_attach(const char *path)
{
	struct stat status;
	if (stat(path, &status) < 0)
		return -1;
	if (status.st_uid != geteuid() && geteuid() != 0) {
		errno = EPERM;
		return -1;
	}
	return access(path, W_OK);
}

static int write_attribute(const char *path, const struct secret *secret)
{
	char value[VALUE_BYTES];
	int length = snprintf(value, sizeof value, "%s ", listener_name.sun_path + 1);
	for (int i = 0; i < SECRET_BYTES; i++)
		length += snprintf(value + length, sizeof value - (size_t)length, "%02x",
				   secret->bytes[i]);
	if (setxattr(path, DOOR_ATTRIBUTE, value, (size_t)length, XATTR_CREATE) == 0)
		return 0;
	if (errno == EEXIST)
		errno = EBUSY;
	else if (errno == ENOTSUP)
		errno = EINVAL;
	return -1;
}

/* Under doors_lock. -1 with errno, and nothing is left. */
static int attach(struct door *door, const char *path)
{
	struct attachment *entry = malloc(sizeof *entry);
	if (entry == NULL)
		return -1;
	*entry = (struct attachment){.next = attachments, .door = door};
	entry->file = move_high(open(path, O_PATH | O_CLOEXEC));
	if (entry->file >= 0 && start_listener() == 0 &&
	    getrandom(&entry->secret, SECRET_BYTES, 0) == SECRET_BYTES &&
	    write_attribute(path, &entry->secret) == 0) {
		attachments = entry;
		door->names++;
		watch_file(entry);
		return 0;
	}
	int error = errno;
	if (entry->file >= 0)
		shut(entry->file);
	free(entry);
	errno = error;
	return -1;
}

int fattach(int fd, const char *path)
{
	struct door *door = door_here(fd);
	if (door == NULL) {
		errno = fcntl(fd, F_GETFD) < 0 ? EBADF : EINVAL;
		return -1;
	}
	int result = may_attach(path);
	int error = errno;
	pthread_mutex_lock(&doors_lock);
	if (result == 0) {
		result = attach(door, path);
		error = errno;
	}
	door_release(door);
	pthread_mutex_unlock(&doors_lock);
	errno = error;
	return result;
}

int fdetach(const char *path)
{
	if (may_attach(path) < 0)
		return -1;
	if (removexattr(path, DOOR_ATTRIBUTE) == 0)
		return 0;
	if (errno == ENODATA || errno == ENOTSUP)
		errno = EINVAL;
	return -1;
}

int isastream(int fd)
{
	return fcntl(fd, F_GETFD) < 0 ? -1 : 0;
}

/* --- the client's side --------------------------------------------------------------------- */

/* The door behind a name: a fresh descriptor, -1 when the server is gone. */
static int ask_server(const struct sockaddr_un *name, socklen_t bytes, const struct secret *secret)
{
	struct message message;
	uint32_t count = 0;
	bool truncated;
	int door = -1;
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, (const struct sockaddr *)name, bytes) < 0 ||
	    send(fd, secret, sizeof *secret, MSG_NOSIGNAL) != sizeof *secret ||
	    message_receive(fd, 0, &message, &door, 1, &count, &truncated) < 0)
		count = 0;
	shut(fd);
	return count == 1 ? door : -1;
}

int attach_resolve(int fd)
{
	char value[VALUE_BYTES + 1];
	struct sockaddr_un name;
	socklen_t bytes;
	struct secret secret;
	ssize_t length = fgetxattr(fd, DOOR_ATTRIBUTE, value, VALUE_BYTES);
	if (length <= 0)
		return -1;
	value[length] = '\0';
	if (parse_value(value, &name, &bytes, &secret) < 0)
		return -1;
	int door = ask_server(&name, bytes, &secret);
	if (door < 0)
		return -1;
	int flags = fcntl(fd, F_GETFD);
	client_forget_descriptor(fd);
	long result = syscall(SYS_dup3, door, fd, flags & FD_CLOEXEC ? O_CLOEXEC : 0);
	shut(door);
	return result < 0 ? -1 : 0;
}
