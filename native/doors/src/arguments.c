/* Arguments on their way to the server. */
#include <errno.h>
#include <string.h>

#include "bufpool.h"
#include "door_buffers.h"
#include "impl.h"

/* --- buffers ------------------------------------------------------------------------ */

static void free_lent(struct session *session)
{
	bufpool_free(session->buffers->pool,
		     &(struct bufpool_buffer){.index = session->lent.index,
					      .ticket = session->lent.ticket});
	session->lent.ticket = 0;
}

void arguments_returned(struct session *session)
{
	const struct reply *reply = &session->slot->reply;
	if (reply->flags & REPLY_HELD)
		free_lent(session);
	else
		bufpool_expect(session->buffers->pool, session->lent.index);
	session->lent.ticket = 0;
}

void arguments_abandon(struct session *session)
{
	if (session->lent.ticket == 0)
		return;
	/* seq_cst, as in give_up(). A server's thread that has the call may be reading: then
	 * the buffer is the server's to free, at the latest when the session ends. */
	atomic_store(&session->slot->request.state, request_state(session, REQUEST_WITHDRAWN));
	if (atomic_load(&session->slot->service.taken) != session->sequence)
		free_lent(session);
	session->lent.ticket = 0;
}

struct waiting {
	const struct session *session;
	uint32_t signals;
};

static bool wait_ended(void *argument)
{
	const struct waiting *waiting = argument;
	return signals_handled() != waiting->signals || atomic_load(&waiting->session->dead) ||
	       atomic_load(&waiting->session->page->revoked);
}

/* A buffer of the pool, as the process wants it. NULL with *refused = an errno, or with 0
 * where the data is to take the way of large ones. */
static char *borrow(struct session *session, int *refused)
{
	static const enum bufpool_exhausted policies[] = {
		[DOOR_EXHAUSTED_GROW] = BUFPOOL_GROW,
		[DOOR_EXHAUSTED_WAIT] = BUFPOOL_WAIT,
		[DOOR_EXHAUSTED_FAIL] = BUFPOOL_FAIL,
	};
	struct waiting waiting = {session, signals_handled()};
	enum bufpool_exhausted policy = policies[buffers_exhausted()];
	struct bufpool_buffer buffer;
	*refused = 0;
	switch (bufpool_obtain(session->buffers->pool, policy, wait_ended, &waiting, &buffer)) {
	case BUFPOOL_OK:
		session->lent = (struct named_buffer){buffer.index, buffer.ticket};
		return buffer.data;
	case BUFPOOL_ENDED:
		*refused = signals_handled() != waiting.signals ? EAGAIN : EBADF;
		return NULL;
	case BUFPOOL_EMPTY:
		*refused = policy == BUFPOOL_FAIL ? EAGAIN : 0;
		return NULL;
	default: /* the server has scribbled */
		return NULL;
	}
}

/* --- all of them ---------------------------------------------------------------------- */

static char *room_for(struct session *session, size_t bytes, int *refused)
{
	struct slot *slot = session->slot;
	slot->request.bulk_version = 0;
	if (bytes <= sizeof slot->request.small)
		return slot->request.small;
	if (bytes <= INLINE_BYTES)
		return slot->arguments;
	if (session->buffers != NULL && bytes <= session->buffers->buffer_bytes) {
		char *data = borrow(session, refused);
		if (data != NULL || *refused != 0)
			return data;
	}
	if (bulk_reserve(&session->bulk, bytes, session->socket) < 0)
		return NULL;
	slot->request.bulk_version = session->bulk.version;
	return session->bulk.memory;
}

/* Returns the errno of what is wrong with them; the server says it once a thread
 * has the call, for until then it is as if it had not been made. */
static uint32_t put_data(struct session *session, const door_arg_t *arg, int *refused)
{
	if (arg->desc_num > DESCRIPTORS_MAX)
		return E2BIG;
	if (!readable(arg->data_ptr, arg->data_size) ||
	    !readable(arg->desc_ptr, arg->desc_num * sizeof(door_desc_t)))
		return EFAULT;
	if (descriptors_check(arg->desc_ptr, arg->desc_num) < 0)
		return EINVAL;
	char *to = room_for(session, arg->data_size, refused);
	if (to == NULL)
		return E2BIG;
	if (arg->data_size > 0)
		memcpy(to, arg->data_ptr, arg->data_size);
	if (arg->desc_num > 0 &&
	    descriptors_send(session->socket, arg->desc_ptr, arg->desc_num) < 0)
		return EINVAL;
	return 0;
}

/* Also counts on the server to wake us where descriptors are to be closed: it may
 * wait for that. */
static uint32_t flags_of(const struct session *session, const door_arg_t *arg)
{
	return (session->no_results ? REQUEST_NO_RESULTS : 0) |
	       (arg->desc_num > 0 ? REQUEST_RELEASES : 0) |
	       (session->lent.ticket != 0 ? REQUEST_BUFFER : 0) |
	       (session->lent.ticket != 0 && buffers_hold() ? REQUEST_HOLDS : 0);
}

int arguments_put(struct session *session, const door_arg_t *arg)
{
	struct request *request = &session->slot->request;
	int refused = 0;
	uint32_t fault = put_data(session, arg, &refused);
	if (refused != 0)
		return refused;
	if (session->lent.ticket != 0) {
		request->buffer = session->lent;
		bufpool_pass(session->buffers->pool,
			     &(struct bufpool_buffer){.index = session->lent.index});
	}
	request->data_bytes = arg->data_size;
	request->desc_count = arg->desc_num;
	request->flags = flags_of(session, arg);
	request->fault = fault;
	session->releasing = arg->desc_num > 0 ? arg : NULL;
	session->sent = fault == 0 && arg->desc_num > 0;
	return 0;
}
