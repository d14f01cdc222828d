/* door_call(). */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "impl.h"
#include "usdt.h"

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

/* --- descriptors that are released -------------------------------------------------- */

/* Closes what was to be released, as soon as the server has it. */
static void release_received(struct session *session)
{
	const door_arg_t *arg = session->releasing;
	if (arg == NULL || atomic_load(&session->slot->service.received) != session->sequence)
		return;
	session->releasing = NULL;
	descriptors_released(arg->desc_ptr, arg->desc_num);
}

/* The call is over: what came of it decides about what is still open. Wrong
 * descriptors are released all the same; what no thread took isn't. */
static void release_rest(struct session *session, int outcome)
{
	const door_arg_t *arg = session->releasing;
	session->releasing = NULL;
	if (arg != NULL && (outcome == 0 || outcome == EINTR || outcome == EMFILE ||
			    (outcome == EINVAL && session->slot->request.fault != EFAULT)))
		descriptors_released(arg->desc_ptr, arg->desc_num);
}

/* How long a call may go untaken before the server is nudged, at first, and how
 * long one that is being served sleeps at a time. */
#define PATIENCE_NS     100000000ull
#define PATIENCE_MAX_NS 3600000000000ull

/* --- waiting ------------------------------------------------------------------------ */

static void post(struct session *session)
{
	session->sequence = (session->sequence + 1) & (UINT32_MAX >> STATE_BITS);
	/* release: the arguments come first. */
	atomic_store_explicit(&session->slot->request.state, request_state(session, REQUEST_POSTED),
			      memory_order_release);
}

/* Rings, unless a thread watches the slot. */
static void rouse(struct session *session)
{
	struct slot *slot = session->slot;
	/* The same value again, now seq_cst on both: either the server's thread, which
	 * clears the flag before it looks a last time, sees the request, or we see
	 * that nobody watches. A hot call is answered without it. */
	atomic_store(&slot->request.state, request_state(session, REQUEST_POSTED));
	if (!atomic_load(&slot->reply.attended))
		bell_ring(session->bell);
}

static bool answered(const struct session *session)
{
	/* seq_cst: the results were written before; and a look before a sleep sees the
	 * reply of a server that didn't see the sleep. */
	return atomic_load(&session->slot->reply.sequence) == session->sequence;
}

static bool interrupted(const struct session *session)
{
	return signals_handled() != session->signals;
}

static bool spin_for_answer(struct session *session)
{
	struct spin_wait wait = {.bytes = session->bytes};
	bool came = false;
	if (!session->may_spin || !spinner_starts(&session->spinner)) {
		rouse(session);
		return false;
	}
	while (wait.rounds < QUICK_ROUNDS && spin_on(&wait))
		if (answered(session)) {
			spinner_result(&session->spinner, true);
			return true;
		}
	rouse(session);
	while (!(came = answered(session)) && !interrupted(session) && spin_on(&wait))
		release_received(session);
	spinner_result(&session->spinner, came);
	return came;
}

/* A signal came, or the server ended. Returns the call's errno, 0 = the answer is
 * there after all. */
static int give_up(struct session *session, int if_waiting, int if_served)
{
	struct slot *slot = session->slot;
	if (answered(session))
		return 0;
	/* seq_cst: as in served_take(). */
	atomic_store(&slot->request.state, request_state(session, REQUEST_WITHDRAWN));
	return atomic_load(&slot->service.taken) == session->sequence ? if_served : if_waiting;
}

/* A cancellation point, as read() is one: only here, where nothing is held. Returns
 * what ended it: EINTR, ETIMEDOUT or another errno. */
static int sleep_on(_Atomic uint32_t *word, uint64_t most_ns)
{
	int type, unused;
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &type);
	int ended = futex_wait_until_signal(word, 1, most_ns) < 0 ? errno : 0;
	pthread_setcanceltype(type, &unused);
	return ended;
}

/* Nobody has taken the call for a while. All threads may be busy; or another client
 * has damaged the bell, which all of them share. */
static void nudge(struct session *session, uint64_t *patience_ns)
{
	struct message message = {.magic = WIRE_MAGIC, .kind = MESSAGE_NUDGE};
	if (atomic_load(&session->slot->service.taken) == session->sequence) {
		*patience_ns = PATIENCE_MAX_NS;
		return;
	}
	message_send(session->door, MSG_DONTWAIT, &message, NULL, 0);
	if (*patience_ns < PATIENCE_NS << 5)
		*patience_ns *= 2;
}

static int sleep_for_answer(struct session *session)
{
	struct slot *slot = session->slot;
	uint64_t patience_ns = PATIENCE_NS;
	int ended = 0;
	for (;;) {
		/* seq_cst: whoever changes what is looked at below either sees this and
		 * ends the sleep, or changed it before. */
		atomic_store(&slot->request.client_sleeps, 1);
		if (answered(session))
			return 0;
		release_received(session);
		if (atomic_load(&session->dead))
			return give_up(session, EBADF, EINTR);
		if (ended == EINTR || interrupted(session))
			return give_up(session, EAGAIN, EINTR);
		if (ended == ETIMEDOUT)
			nudge(session, &patience_ns);
		ended = sleep_on(&slot->request.client_sleeps, patience_ns);
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
	if (spin_for_answer(session))
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
	int outcome = error != 0 ? error : session->slot->reply.error;
	if (session->lent.ticket != 0 && error == 0)
		arguments_returned(session);
	else if (session->lent.ticket != 0 && error == EAGAIN)
		arguments_abandon(session);
	if (session->releasing != NULL)
		release_rest(session, outcome);
	if (outcome == 0)
		return take_results(session, arg);
	/* Ending the session tells the server of a call that it need not serve, and
	 * takes back what was sent and not received. E2BIG: the server may lack the
	 * memory that our data is in. */
	if ((error != 0 && error != EAGAIN) || outcome == E2BIG ||
	    (session->sent && outcome != EMFILE))
		session_end(session);
	return failed(outcome);
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
	session->no_results = no_results;
	USDT2(door, call__begin, session, arg->data_size);
	int refused = arguments_put(session, arg);
	int result = refused == 0 ? exchange(session, arg) : failed(refused);
	USDT2(door, call__end, session, result);
	return result;
}
