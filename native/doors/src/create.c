/* door_create, door_xcreate, door_revoke. */
#include <errno.h>
#include <unistd.h>

#include "impl.h"

#define CREATE_ATTRIBUTES                                                                          \
	(DOOR_UNREF | DOOR_PRIVATE | DOOR_UNREF_MULTI | DOOR_REFUSE_DESC | DOOR_NO_CANCEL)
#define XCREATE_ATTRIBUTES (CREATE_ATTRIBUTES | DOOR_NO_DEPLETION_CB)
#define UNREF_BOTH         ((uint_t)(DOOR_UNREF | DOOR_UNREF_MULTI))

static bool sound(uint_t attributes, uint_t allowed)
{
	return (attributes & ~allowed) == 0 && (attributes & UNREF_BOTH) != UNREF_BOTH;
}

/* The door has one reference more, which the caller holds. */
static struct door *new_door(door_server_procedure_t *procedure, void *cookie, uint_t attributes,
			     int *client)
{
	pthread_mutex_lock(&doors_lock);
	struct door *door = door_open(procedure, cookie, attributes, client);
	if (door != NULL)
		door->references++;
	pthread_mutex_unlock(&doors_lock);
	return door;
}

int door_create(door_server_procedure_t *procedure, void *cookie, uint_t attributes)
{
	int client;
	if (!sound(attributes, CREATE_ATTRIBUTES)) {
		errno = EINVAL;
		return -1;
	}
	struct door *door = new_door(procedure, cookie, attributes, &client);
	if (door == NULL)
		return -1;
	/* Without the lock: creation functions make doors, too. */
	pool_first_thread(door);
	door_release_locked(door);
	return client;
}

int door_revoke(int fd)
{
	struct door_identity identity;
	if (door_identify_used(fd, &identity) < 0) {
		errno = EBADF;
		return -1;
	}
	struct door *door = door_here(fd);
	if (door == NULL) {
		errno = identity.server == getpid() ? EBADF : EPERM;
		return -1;
	}
	pthread_mutex_lock(&doors_lock);
	bool first = door_unlink(door);
	if (first) {
		door->revoked = true;
		/* release: a client that sees it posts nothing more. */
		atomic_store_explicit(&door->page->revoked, 1, memory_order_release);
		while (door->ends != NULL)
			door_end_close(door->ends);
		attach_forget(door);
	}
	pthread_mutex_unlock(&doors_lock);
	if (first) {
		served_refuse_all(door);
		door_release_locked(door); /* the table's */
	}
	door_release_locked(door);
	if (!first) {
		errno = EBADF;
		return -1;
	}
	client_forget_descriptor(fd);
	shut(fd);
	return 0;
}

static void no_setup(void *unused)
{
	(void)unused;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
}

int door_xcreate(door_server_procedure_t *procedure, void *cookie, uint_t attributes,
		 door_xcreate_server_func_t *create, door_xcreate_thrsetup_func_t *setup,
		 void *create_cookie, int n)
{
	int client;
	if (n < 1 || create == NULL || !sound(attributes, XCREATE_ATTRIBUTES)) {
		errno = EINVAL;
		return -1;
	}
	attributes |= DOOR_PRIVATE | DOOR_PRIVCREATE;
	if ((attributes & DOOR_NO_DEPLETION_CB) == 0)
		attributes |= DOOR_DEPLETION_CB;
	struct door *door = new_door(procedure, cookie, attributes, &client);
	if (door == NULL)
		return -1;
	/* Nobody else knows of the door before its first thread is made. */
	door->create = create;
	door->setup = setup != NULL ? setup : no_setup;
	door->create_cookie = create_cookie;
	int error = pool_start_threads(door, n);
	door_release_locked(door);
	if (error == 0)
		return client;
	door_revoke(client);
	errno = error;
	return -1;
}
