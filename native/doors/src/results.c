/* Results on their way to the client. */
#include <errno.h>
#include <string.h>

#include "bufpool.h"
#include "door_buffers.h"
#include "impl.h"

/* A buffer of the pool; NULL = there is none. Results never wait for one: all of them
 * may hold arguments that wait for this thread. */
static char *buffer_for(struct buffers *buffers)
{
	struct bufpool_buffer buffer;
	enum bufpool_exhausted exhausted = buffers_exhausted() == DOOR_EXHAUSTED_GROW
						   ? BUFPOOL_GROW
						   : BUFPOOL_FAIL;
	if (bufpool_obtain(buffers->pool, exhausted, NULL, NULL, &buffer) != BUFPOOL_OK) {
		buffers_overflowed();
		return NULL;
	}
	me.results.buffer = (struct named_buffer){buffer.index, buffer.ticket};
	return buffer.data;
}

void results_discard(const struct served *served)
{
	const struct named_buffer *named = &me.results.buffer;
	if (named->ticket != 0)
		bufpool_free(
			served->buffers->pool,
			&(struct bufpool_buffer){.index = named->index, .ticket = named->ticket});
	memset(&me.results, 0, sizeof me.results);
}

/* Where they go; *version says it to the client. NULL with errno. */
static char *room_for(struct served *served, size_t bytes, uint32_t *version)
{
	struct slot *slot = served->slot;
	*version = 0;
	if (bytes <= sizeof slot->reply.small)
		return slot->reply.small;
	if (bytes <= INLINE_BYTES)
		return slot->results;
	if (served->buffers != NULL && bytes <= served->buffers->buffer_bytes) {
		char *data = buffer_for(served->buffers);
		if (data != NULL)
			return data;
	}
	if (bulk_reserve(&served->bulk, bytes, served->socket) < 0)
		return NULL;
	*version = served->bulk.version;
	return served->bulk.memory;
}

static int check(const char *data, size_t bytes, const door_desc_t *descs, uint_t count)
{
	if (count > DESCRIPTORS_MAX ||
	    ((me.flags & REQUEST_NO_RESULTS) && (bytes > 0 || count > 0))) {
		errno = E2BIG;
		return -1;
	}
	if (!readable(data, bytes) || !readable(descs, count * sizeof *descs)) {
		errno = EFAULT;
		return -1;
	}
	return descriptors_check(descs, count);
}

/* Nobody takes them: the caller is gone, or reads nothing. */
static int drop(const door_desc_t *descs, uint_t count)
{
	results_discard(me.serving);
	if (readable(descs, count * sizeof *descs))
		descriptors_released(descs, count);
	return 0;
}

static bool is_lost(int error)
{
	return error == ECONNRESET || error == EAGAIN;
}

int results_put(const char *data, size_t bytes, door_desc_t *descs, uint_t count)
{
	struct served *served = me.serving;
	uint32_t version;
	if (served->dead)
		return drop(descs, count);
	if (check(data, bytes, descs, count) < 0)
		return -1;
	if (me.results.buffer.ticket != 0)
		results_discard(served); /* of an attempt that failed */
	char *to = room_for(served, bytes, &version);
	if (to == NULL)
		return is_lost(errno) ? drop(descs, count) : -1;
	if (bytes > 0)
		memcpy(to, data, bytes);
	if (me.results.buffer.ticket != 0)
		bufpool_pass(served->buffers->pool,
			     &(struct bufpool_buffer){.index = me.results.buffer.index});
	me.bytes += bytes;
	me.results.bytes = bytes;
	me.results.descs = count;
	me.results.version = version;
	if (count > 0 && descriptors_send(served->socket, descs, count) < 0)
		return is_lost(errno) ? drop(descs, count) : -1;
	descriptors_released(descs, count);
	return 0;
}
