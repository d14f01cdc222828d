/* door_call(). */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "impl.h"

static int failed(int error)
{
	errno = error;
	return -1;
}

static int check_limits(const struct session *session, const door_arg_t *arg)
{
	const struct door_page *page = session->page;
	if (atomic_load_explicit(&page->revoked, memory_order_acquire))
		return failed(EBADF);
	if (arg->data_size < atomic_load_explicit(&page->data_min, memory_order_relaxed) ||
	    arg->data_size > atomic_load_explicit(&page->data_max, memory_order_relaxed))
		return failed(ENOBUFS);
	if (arg->desc_num > 0 && (page->attributes & DOOR_REFUSE_DESC))
		return failed(ENOTSUP);
	if (arg->desc_num > atomic_load_explicit(&page->desc_max, memory_order_relaxed))
		return failed(ENFILE);
	return 0;
}

/* --- arguments ------------------------------------------------------------------- */

static char *room_for(struct session *session, size_t bytes)
{
	struct slot *slot = session->slot;
	slot->request.bulk_version = 0;
	if (bytes <= sizeof slot->request.small)
		return slot->request.small;
	if (bytes <= INLINE_BYTES)
		return slot->arguments;
	if (bulk_reserve(&session->bulk, bytes, session->socket) < 0)
		return NULL;
	slot->request.bulk_version = session->bulk.version;
	return session->bulk.memory;
}

static int put_arguments(struct session *session, const door_arg_t *arg)
{
	struct slot *slot = session->slot;
	if (arg->desc_num > DESCRIPTORS_MAX)
		return failed(E2BIG);
	if (!readable(arg->data_ptr, arg->data_size) ||
	    !readable(arg->desc_ptr, arg->desc_num * sizeof(door_desc_t)))
		return failed(EFAULT);
	if (descriptors_check(arg->desc_ptr, arg->desc_num) < 0)
		return -1;
	char *to = room_for(session, arg->data_size);
	if (to == NULL)
		return failed(E2BIG);
	if (arg->data_size > 0)
		memcpy(to, arg->data_ptr, arg->data_size);
	slot->request.data_bytes = arg->data_size;
	slot->request.desc_count = arg->desc_num;
	if (arg->desc_num > 0 &&
	    descriptors_send(session->socket, arg->desc_ptr, arg->desc_num) < 0)
		return failed(EBADF);
	return 0;
}

/* --- waiting ------------------------------------------------------------------------ */

static void post(struct session *session)
{
	struct slot *slot = session->slot;
	session->sequence = (session->sequence + 1) & (UINT32_MAX >> STATE_BITS);
	/* seq_cst on both: either the server's thread, which clears the flag before it
	 * looks a last time, sees the request, or we see that nobody watches. */
	atomic_store_explicit(&slot->request.state,
			      session->sequence << STATE_BITS | REQUEST_POSTED,
			      memory_order_seq_cst);
	if (session->handoff || atomic_load_explicit(&slot->reply.attended, memory_order_seq_cst))
		return;
	bell_ring(session->bell);
}

static bool answered(const struct session *session)
{
	/* acquire: the results were written before. */
	return atomic_load_explicit(&session->slot->reply.sequence, memory_order_acquire) ==
	       session->sequence;
}

static bool interrupted(const struct session *session)
{
	return signals_handled() != session->signals;
}

static bool spin_for_answer(struct session *session)
{
	struct spin_wait wait = {.bytes = session->bytes};
	bool came = false;
	if (!session->may_spin || !spinner_starts(&session->spinner))
		return false;
	while (!(came = answered(session)) && !interrupted(session) && spin_on(&wait))
		;
	spinner_result(&session->spinner, came);
	return came;
}

/* A signal came, or the server ended. Returns the call's errno, 0 = the answer is
 * there after all. */
static int give_up(struct session *session, int if_waiting, int if_served)
{
	uint32_t posted = session->sequence << STATE_BITS | REQUEST_POSTED;
	if (answered(session))
		return 0;
	if (atomic_compare_exchange_strong(&session->slot->request.state, &posted,
					   session->sequence << STATE_BITS | REQUEST_WITHDRAWN))
		return if_waiting;
	return if_served;
}

/* A cancellation point, as read() is one: only here, where nothing is held. */
static bool sleep_on(_Atomic uint32_t *word)
{
	int type, unused;
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &type);
	bool by_signal = futex_wait(word, 1, true) < 0 && errno == EINTR;
	pthread_setcanceltype(type, &unused);
	return by_signal;
}

static int sleep_for_answer(struct session *session)
{
	struct slot *slot = session->slot;
	bool by_signal = false;
	for (;;) {
		/* seq_cst: whoever changes what is looked at below either sees this and
		 * ends the sleep, or changed it before. */
		atomic_store(&slot->request.client_sleeps, 1);
		if (answered(session))
			return 0;
		if (atomic_load(&session->dead))
			return give_up(session, EBADF, EINTR);
		if (by_signal || interrupted(session))
			return give_up(session, EAGAIN, EINTR);
		by_signal = sleep_on(&slot->request.client_sleeps);
	}
}

static int await_handoff(struct session *session)
{
	for (;;) {
		bool listened = handoff_wait();
		if (answered(session))
			return 0;
		if (!listened || atomic_load(&session->dead))
			return give_up(session, EBADF, EINTR);
		if (interrupted(session))
			return give_up(session, EAGAIN, EINTR);
	}
}

static int await_answer(struct session *session)
{
	if (session->handoff)
		return await_handoff(session);
	if (answered(session) || spin_for_answer(session))
		return 0;
	signals_sleeping(session->slot);
	int error = sleep_for_answer(session);
	signals_sleeping(NULL);
	/* relaxed: a wake-up too many is harmless. */
	atomic_store_explicit(&session->slot->request.client_sleeps, 0, memory_order_relaxed);
	return error;
}

/* --- the call -------------------------------------------------------------------------- */

static int exchange(struct session *session, door_arg_t *arg)
{
	session->calling = __builtin_frame_address(0);
	session->bytes = arg->data_size;
	session->signals = signals_handled();
	post(session);
	int error = await_answer(session);
	session->calling = NULL;
	if (error == 0)
		return session->slot->reply.error != 0 ? failed(session->slot->reply.error)
						       : take_results(session, arg);
	/* Ending the session tells the server; a withdrawn call left nothing but
	 * what it sent. */
	if (error != EAGAIN || arg->desc_num > 0)
		session_end(session);
	return failed(error);
}

int door_call(int fd, door_arg_t *arg)
{
	door_arg_t nothing = {0};
	bool no_results = arg == NULL;
	pthread_testcancel();
	if (!no_results && !writable(arg, sizeof *arg))
		return failed(EFAULT);
	if (no_results)
		arg = &nothing;
	struct session *session = session_for(fd);
	if (session == NULL || check_limits(session, arg) < 0)
		return -1;
	session->slot->request.no_results = no_results;
	/* From here on RELEASE is honoured, whatever comes. */
	int result = put_arguments(session, arg);
	if (arg->desc_num > 0)
		descriptors_released(arg->desc_ptr,
				     result < 0 && errno == EFAULT ? 0 : arg->desc_num);
	return result < 0 ? -1 : exchange(session, arg);
}
