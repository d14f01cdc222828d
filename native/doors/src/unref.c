/*
 * Unreferenced notifications: a door's last reference but one has gone.
 *
 * References are the copies of the server's own descriptor in this process,
 * copies elsewhere, and names. What the server passes on, or a fork inherits,
 * are descriptors made for it, whose end the kernel reports; so a count needs no
 * help of other processes. Copies here are counted in /proc/self/fd, and only when
 * one of them is closed or something else has gone.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "impl.h"

_Atomic uint32_t unref_doors;

/* --- counting ------------------------------------------------------------------- */

/* Calls `visit` with each descriptor of this process that is a socket of inode
 * `client`, and returns how many there are. */
static unsigned each_copy(ino_t client, void (*visit)(int fd, void *context), void *context)
{
	unsigned count = 0;
	DIR *all = opendir("/proc/self/fd");
	if (all == NULL)
		return 1; /* cautious: nothing is said to be unreferenced */
	for (struct dirent *entry; (entry = readdir(all)) != NULL;) {
		int fd = atoi(entry->d_name);
		if (entry->d_name[0] == '.' || socket_inode(fd) != client)
			continue;
		count++;
		if (visit != NULL)
			visit(fd, context);
	}
	closedir(all);
	return count;
}

static unsigned copies_here(const struct door_end *own)
{
	return each_copy(own->client, NULL, NULL);
}

unsigned unref_count(const struct door *door)
{
	unsigned count = door->names;
	for (const struct door_end *end = door->ends; end != NULL; end = end->next)
		if (end->kind == END_OWN)
			count += copies_here(end);
		else if (end->kind == END_PASSED)
			count++;
	return count;
}

/* --- delivering -------------------------------------------------------------------- */

static void deliver(struct door *door)
{
	/* seq_cst: a thread that looks before it sleeps sees it, or is woken. */
	atomic_store(&door->unref_due, true);
	bell_ring(door->pool->bell);
}

void unref_check(struct door *door)
{
	if (!wants_unref(door) || door->revoked || unref_count(door) != 1)
		return;
	if ((door->attributes & DOOR_UNREF) && atomic_load(&door->unref_delivered))
		return;
	/* seq_cst, as in unref_leave(): either that sees the flag, or we see that
	 * the last call is over. */
	atomic_store(&door->unref_deferred, true);
	if (atomic_load(&door->active) == 0 && atomic_exchange(&door->unref_deferred, false))
		deliver(door);
}

void unref_enter(struct door *door)
{
	if (wants_unref(door))
		atomic_fetch_add(&door->active, 1);
}

void unref_leave(struct door *door)
{
	if (wants_unref(door) && atomic_fetch_sub(&door->active, 1) == 1 &&
	    atomic_exchange(&door->unref_deferred, false))
		deliver(door);
}

struct door *unref_take(const struct pool *pool)
{
	struct door *found = NULL;
	/* relaxed: a door that is due has been there for long. */
	if (atomic_load_explicit(&unref_doors, memory_order_relaxed) == 0)
		return NULL;
	pthread_mutex_lock(&doors_lock);
	for (struct door *door = doors; door != NULL && found == NULL; door = door->next)
		if (door->pool == pool && wants_unref(door) &&
		    atomic_exchange(&door->unref_due, false))
			found = door;
	if (found != NULL) {
		found->references++;
		atomic_store(&found->unref_delivered, true);
		if (found->attributes & DOOR_UNREF)
			atomic_fetch_and(&found->page->attributes, ~(door_attr_t)DOOR_UNREF);
	}
	pthread_mutex_unlock(&doors_lock);
	return found;
}

/* --- descriptors of this process that close -------------------------------------------- */

static struct door *unref_door_of(int fd)
{
	int error = errno;
	struct door *door = door_here(fd);
	if (door != NULL && !wants_unref(door)) {
		door_release_locked(door);
		door = NULL;
	}
	errno = error;
	return door;
}

long unref_closing(int fd, long number, long a, long b, long c)
{
	struct door *door = NULL;
	/* relaxed: who closes a door's descriptor knows of the door. */
	if (atomic_load_explicit(&unref_doors, memory_order_relaxed) != 0)
		door = unref_door_of(fd);
	if (door == NULL)
		return number == SYS_close ? system_close((int)a) : syscall(number, a, b, c);
	pthread_mutex_lock(&doors_lock);
	unsigned before = unref_count(door);
	long result = syscall(number, a, b, c);
	int error = errno;
	if (unref_count(door) < before)
		unref_check(door);
	door_release(door);
	pthread_mutex_unlock(&doors_lock);
	errno = error;
	return result;
}

/* --- fork ---------------------------------------------------------------------------------- */

/* What a child gets in place of copies of ours. */
static struct inherited {
	struct inherited *next;
	ino_t client;
	int instead;
} * inherited;

void unref_before_fork(void)
{
	for (struct door *door = doors; door != NULL && unref_doors != 0; door = door->next)
		for (struct door_end *end = door->ends; end != NULL; end = end->next) {
			if (!wants_unref(door) || end->kind != END_OWN || copies_here(end) == 0)
				continue;
			struct inherited *entry = malloc(sizeof *entry);
			int instead = entry != NULL ? door_export(door, END_PASSED) : -1;
			if (instead < 0) {
				free(entry);
				continue;
			}
			*entry = (struct inherited){.next = inherited,
						    .client = end->client,
						    .instead = move_high(instead)};
			inherited = entry;
		}
}

static void replace(int fd, void *context)
{
	const struct inherited *entry = context;
	int flags = fcntl(fd, F_GETFD);
	syscall(SYS_dup3, entry->instead, fd, flags & FD_CLOEXEC ? O_CLOEXEC : 0);
	client_forget_descriptor(fd);
}

void unref_after_fork(bool child)
{
	while (inherited != NULL) {
		struct inherited *entry = inherited;
		inherited = entry->next;
		if (child)
			each_copy(entry->client, replace, entry);
		shut(entry->instead);
		free(entry);
	}
}
