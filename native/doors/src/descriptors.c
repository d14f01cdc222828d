/* Descriptors that travel in arguments and results. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "impl.h"

int descriptors_check(const door_desc_t *descs, uint_t count)
{
	for (uint_t i = 0; i < count; i++)
		if ((descs[i].d_attributes & DOOR_DESCRIPTOR) == 0 ||
		    fcntl(descs[i].d_data.d_desc.d_descriptor, F_GETFD) < 0) {
			errno = EINVAL;
			return -1;
		}
	return 0;
}

/* What is sent for a descriptor: itself, or, for a door of ours whose references
 * are counted, one made for the receiver. -1 = itself. */
static int instead_of(int fd)
{
	struct door_identity identity;
	door_identify_used(fd, &identity); /* an attached file becomes the door */
	/* relaxed: who passes a door on knows of it. */
	if (atomic_load_explicit(&unref_doors, memory_order_relaxed) == 0)
		return -1;
	struct door *door = door_here(fd);
	if (door == NULL)
		return -1;
	int instead = -1;
	pthread_mutex_lock(&doors_lock);
	if (wants_unref(door) && !door->revoked)
		instead = door_export(door, END_PASSED);
	door_release(door);
	pthread_mutex_unlock(&doors_lock);
	return instead;
}

static int send_some(int socket, const door_desc_t *descs, uint32_t count)
{
	int fds[DESCRIPTORS_PER_MESSAGE], made[DESCRIPTORS_PER_MESSAGE];
	struct message message = {.magic = WIRE_MAGIC, .kind = MESSAGE_DESCRIPTORS, .count = count};
	for (uint32_t i = 0; i < count; i++) {
		fds[i] = descs[i].d_data.d_desc.d_descriptor;
		made[i] = instead_of(fds[i]);
		if (made[i] >= 0)
			fds[i] = made[i];
	}
	int sent = message_send(socket, MSG_DONTWAIT, &message, fds, count);
	int error = errno;
	for (uint32_t i = 0; i < count; i++)
		if (made[i] >= 0)
			shut(made[i]);
	errno = error;
	return sent;
}

int descriptors_send(int socket, const door_desc_t *descs, uint_t count)
{
	for (uint_t done = 0; done < count;) {
		uint32_t n = count - done < DESCRIPTORS_PER_MESSAGE ? count - done
								    : DESCRIPTORS_PER_MESSAGE;
		if (send_some(socket, descs + done, n) < 0)
			return -1;
		done += n;
	}
	return 0;
}

static void describe(door_desc_t *desc, int fd)
{
	struct door_identity identity;
	memset(desc, 0, sizeof *desc);
	desc->d_attributes = DOOR_DESCRIPTOR;
	desc->d_data.d_desc.d_descriptor = fd;
	if (door_identify(fd, &identity) < 0)
		return;
	desc->d_attributes |= identity.attributes;
	if (identity.server == getpid())
		desc->d_attributes |= DOOR_LOCAL;
	desc->d_data.d_desc.d_id = identity.id;
}

/* They were never the program's. */
static void close_all(const door_desc_t *descs, uint_t count)
{
	for (uint_t i = 0; i < count; i++)
		shut(descs[i].d_data.d_desc.d_descriptor);
}

int descriptors_receive(int socket, door_desc_t *descs, uint_t count)
{
	int fds[DESCRIPTORS_PER_MESSAGE];
	bool full = false;
	uint_t have = 0;
	for (uint_t due = 0; due < count;) {
		struct message message;
		uint32_t got;
		bool truncated;
		if (message_receive(socket, MSG_DONTWAIT, &message, fds, DESCRIPTORS_PER_MESSAGE,
				    &got, &truncated) < 0 ||
		    message.kind != MESSAGE_DESCRIPTORS || message.count == 0 ||
		    message.count > count - due || (got != message.count && !truncated)) {
			close_all(descs, have);
			errno = EINVAL;
			return -1;
		}
		full |= truncated;
		for (uint32_t i = 0; i < got; i++) {
			fcntl(fds[i], F_SETFD, 0); /* they arrive without CLOEXEC */
			describe(&descs[have++], fds[i]);
		}
		due += message.count;
	}
	if (!full)
		return 0;
	close_all(descs, have);
	errno = EMFILE;
	return -1;
}

void descriptors_released(const door_desc_t *descs, uint_t count)
{
	int error = errno;
	for (uint_t i = 0; i < count; i++)
		if (descs[i].d_attributes & DOOR_RELEASE)
			close(descs[i].d_data.d_desc.d_descriptor);
	errno = error;
}
