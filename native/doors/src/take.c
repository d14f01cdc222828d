/* Results as they reach the caller. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "bufpool.h"
#include "impl.h"

static int failed(int error)
{
	errno = error;
	return -1;
}

static const char *buffer_of(struct session *session, size_t bytes)
{
	struct buffers *buffers = session->buffers;
	if (buffers == NULL || bytes > buffers->buffer_bytes)
		return NULL;
	bufpool_expect(buffers->pool, session->slot->reply.buffer.index);
	return bufpool_look(buffers->pool, session->slot->reply.buffer.index);
}

/* The results are copied, or not wanted. */
static void free_buffer(struct session *session)
{
	const struct reply *reply = &session->slot->reply;
	if ((reply->flags & REPLY_BUFFER) && session->buffers != NULL)
		bufpool_free(session->buffers->pool,
			     &(struct bufpool_buffer){.index = reply->buffer.index,
						      .ticket = reply->buffer.ticket});
}

/* Where `bytes` of results lie in the session; NULL when the server says nonsense. */
static const char *results_of(struct session *session, size_t bytes)
{
	struct slot *slot = session->slot;
	uint32_t version = slot->reply.bulk_version;
	if (slot->reply.flags & REPLY_BUFFER)
		return buffer_of(session, bytes);
	if (version == 0)
		return bytes <= sizeof slot->reply.small ? slot->reply.small
		       : bytes <= INLINE_BYTES           ? slot->results
							 : NULL;
	if (bulk_adopt(&session->bulk, version, session->socket) < 0)
		return NULL;
	return bytes <= session->bulk.bytes ? session->bulk.memory : NULL;
}

/* Results that can't be handed over are not kept. */
static int refuse(struct session *session, uint32_t count, int error)
{
	door_desc_t descs[DESCRIPTORS_MAX];
	if (count > 0 && descriptors_receive(session->socket, descs, count) == 0)
		for (uint32_t i = 0; i < count; i++)
			shut(descs[i].d_data.d_desc.d_descriptor);
	return failed(error);
}

/* Descriptors lie behind the data, aligned to their size. */
static size_t descs_offset(size_t bytes, uint32_t count)
{
	size_t unit = sizeof(door_desc_t);
	return count > 0 ? (bytes + unit - 1) / unit * unit : bytes;
}

static int hand_over(struct session *session, door_arg_t *arg)
{
	size_t bytes = session->slot->reply.data_bytes;
	uint32_t count = session->slot->reply.desc_count;
	if (count > DESCRIPTORS_MAX)
		return failed(EINVAL);
	/* Bulk first: it was sent before the descriptors. */
	const char *from = results_of(session, bytes);
	if (from == NULL) {
		/* The area was announced once only: the next call makes a new session. */
		atomic_store(&session->dead, true);
		return refuse(session, count, EOVERFLOW);
	}
	size_t at = descs_offset(bytes, count);
	size_t total = at + count * sizeof(door_desc_t);
	char *to = arg->rbuf;
	size_t room = arg->rsize;
	if (total > 0 && (to == NULL || room < total)) {
		room = (total + 4095) & ~(size_t)4095;
		to = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (to == MAP_FAILED)
			return refuse(session, count, EOVERFLOW);
	} else if (!writable(to, total)) {
		return refuse(session, count, EFAULT);
	}
	door_desc_t *descs = (door_desc_t *)(void *)(to + at);
	if (count > 0 && descriptors_receive(session->socket, descs, count) < 0) {
		if (to != arg->rbuf)
			munmap(to, room);
		return -1;
	}
	if (bytes > 0)
		memcpy(to, from, bytes);
	if (total > 0) {
		arg->rbuf = to;
		arg->rsize = room;
	}
	if (bytes > 0)
		arg->data_ptr = to;
	if (count > 0)
		arg->desc_ptr = descs;
	arg->data_size = bytes;
	arg->desc_num = count;
	return 0;
}

int take_results(struct session *session, door_arg_t *arg)
{
	int result = hand_over(session, arg);
	free_buffer(session);
	return result;
}
