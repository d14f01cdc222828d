/* A thread that serves: its home, and a call from its arguments to its end. */
#include <alloca.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bufpool.h"
#include "impl.h"
#include "usdt.h"

/* What must remain of a server thread's stack beneath the arguments. */
#define FRAME_BYTES (64u * 1024u)

THREAD_LOCAL struct server_thread me;

/* --- arguments ----------------------------------------------------------------- */

/* The arguments of a request, as checked. */
struct arguments {
	size_t bytes;
	const char *from;
	uint32_t desc_count;
};

static bool stack_holds(size_t bytes, uint32_t desc_count)
{
	char here;
	size_t room = &here > me.stack_low ? (size_t)(&here - me.stack_low) : 0;
	return bytes < room && bytes + desc_count * sizeof(door_desc_t) + FRAME_BYTES <= room;
}

/* In a buffer of the pool. It isn't entered as this side's: the session's end is enough to
 * know what is to become of it. */
static const char *locate_buffer(struct served *served, size_t bytes)
{
	struct buffers *buffers = served->buffers;
	struct named_buffer named = served->lent;
	if (buffers == NULL || bytes > buffers->buffer_bytes)
		return NULL;
	bufpool_expect(buffers->pool, named.index);
	return bufpool_look(buffers->pool, named.index);
}

/* Where the data lies; NULL when the request is nonsense. */
static const char *locate(struct served *served, size_t bytes)
{
	struct slot *slot = served->slot;
	if (me.flags & REQUEST_BUFFER)
		return locate_buffer(served, bytes);
	uint32_t version = *(volatile uint32_t *)&slot->request.bulk_version;
	if (version != 0) {
		if (bulk_adopt(&served->bulk, version, served->socket) < 0)
			return NULL;
		return bytes <= served->bulk.bytes ? served->bulk.memory : NULL;
	}
	if (bytes <= sizeof slot->request.small)
		return slot->request.small;
	return bytes <= INLINE_BYTES ? slot->arguments : NULL;
}

/* Reads and checks a request; returns an errno, 0 = sound. */
static int read_request(struct served *served, struct arguments *arguments)
{
	struct slot *slot = served->slot;
	const struct door_page *page = served->door->page;
	/* volatile: each field is read once, and what was read is what is checked. */
	size_t bytes = *(volatile uint64_t *)&slot->request.data_bytes;
	uint32_t count = *(volatile uint32_t *)&slot->request.desc_count;
	uint32_t fault = *(volatile uint32_t *)&slot->request.fault;

	me.flags = *(volatile uint32_t *)&slot->request.flags;
	if (me.flags & REQUEST_BUFFER) {
		served->lent.index = *(volatile uint32_t *)&slot->request.buffer.index;
		served->lent.ticket = *(volatile uint32_t *)&slot->request.buffer.ticket;
		me.held = true;
	}
	/* relaxed: limits that are changed while a call comes may meet it or not. */
	if (bytes < atomic_load_explicit(&page->data_min, memory_order_relaxed) ||
	    bytes > atomic_load_explicit(&page->data_max, memory_order_relaxed))
		return ENOBUFS;
	if (count > atomic_load_explicit(&page->desc_max, memory_order_relaxed))
		return ENFILE;
	if (count > DESCRIPTORS_MAX || !stack_holds(bytes, count))
		return E2BIG;
	if (fault != 0)
		return (int)(fault & 0xfff);
	arguments->from = locate(served, bytes);
	if (arguments->from == NULL)
		return E2BIG; /* there is no memory for them, or they are nonsense */
	arguments->bytes = bytes;
	arguments->desc_count = count;
	return 0;
}

/* --- a call ------------------------------------------------------------------------ */

/* The call is over for this thread. */
static void finish(int error)
{
	struct served *served = me.serving;
	me.serving = NULL;
	unref_leave(served->door);
	if (me.replied) { /* and another thread may have the session now */
		if (me.handoff == NULL)
			served_release(served);
		return;
	}
	if (error != 0)
		results_discard(served);
	served_answering(served);
	if (!served->dead) {
		/* Says, in the line of the reply, that this thread will look at the slot
		 * once more before it sleeps, so that the next call needs no bell. */
		atomic_store_explicit(&served->slot->reply.attended, 1, memory_order_relaxed);
		served_publish(served, me.sequence, error);
	}
	/* Only now may another thread take the session's next call. */
	served_give_back(served);
	if (me.handoff != NULL)
		handoff_answer();
	else
		me.last = served; /* and its user */
	/* A cancellation was meant for this call, not for the next caller's. */
	if (served->dead)
		pthread_testcancel();
}

static void finish_notice(void)
{
	struct door *door = me.notified;
	me.notified = NULL;
	unref_leave(door);
	door_release_locked(door);
}

/* The arguments are copied: their buffer is free for others, unless it is held. */
static void free_arguments(const struct served *served)
{
	if (!me.held || (me.flags & REQUEST_HOLDS) || buffers_hold())
		return;
	bufpool_free(served->buffers->pool,
		     &(struct bufpool_buffer){.index = served->lent.index,
					      .ticket = served->lent.ticket});
	me.held = false;
}

static void run_procedure(struct served *served, const struct arguments *arguments)
{
	struct door *door = served->door;
	door_desc_t *descs = NULL;
	char *data = NULL;
	size_t bytes = arguments->bytes;
	if (arguments->desc_count > 0) {
		descs = alloca(arguments->desc_count * sizeof *descs);
		if (descriptors_receive(served->socket, descs, arguments->desc_count) < 0) {
			finish(errno == EMFILE ? EMFILE : EINVAL);
			return;
		}
		if (me.flags & REQUEST_RELEASES) {
			atomic_store(&served->slot->service.received, me.sequence);
			served_wake(served);
		}
	}
	if (bytes > 0) {
		data = (char *)(((uintptr_t)alloca(bytes + 15) + 15) & ~(uintptr_t)15);
		memcpy(data, arguments->from, bytes);
		free_arguments(served);
	}
	me.bytes = bytes;
	USDT2(door, serve__begin, door->cookie, bytes);
	door->procedure(door->cookie, data, bytes, descs, arguments->desc_count);
	/* It returned without door_return(): the call and the thread are over. */
	pthread_exit(NULL);
}

static void serve_call(struct served *served)
{
	struct arguments arguments = {0};
	me.serving = served;
	me.replied = false;
	me.held = false;
	me.results.buffer.ticket = 0;
	unref_enter(served->door);
	int error = served->door->revoked ? EBADF : 0;
	/* seq_cst, as in served_end(): a client that is gone needs no service, and
	 * it can't have cancelled a thread that it didn't see here. */
	if (error == 0)
		error = atomic_load(&served->dead) ? EINTR : read_request(served, &arguments);
	if (error != 0)
		finish(error);
	else
		run_procedure(served, &arguments);
}

static void serve_notice(struct door *door)
{
	me.notified = door;
	unref_enter(door);
	door->procedure(door->cookie, DOOR_UNREF_DATA, 0, NULL, 0);
	pthread_exit(NULL);
}

/* --- the thread's home ----------------------------------------------------------------- */

static void learn_stack(void)
{
	pthread_attr_t attributes;
	void *low = NULL;
	size_t size = 0;
	if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
		pthread_attr_getstack(&attributes, &low, &size);
		pthread_attr_destroy(&attributes);
	}
	me.stack_low = low;
}

/* A server thread ends, by its own will or because its caller was aborted. */
static void leave(void *unused)
{
	(void)unused;
	if (me.serving != NULL) {
		USDT2(door, serve__end, me.serving->door->cookie, EINTR);
		finish(EINTR);
	}
	if (me.notified != NULL)
		finish_notice();
	pool_stop_watching();
	if (me.handoff != NULL)
		served_release(me.handoff);
	me.handoff = NULL;
	/* Who called in the meantime counted on this thread. */
	bell_ring(me.pool->bell);
	if (me.bound != NULL)
		door_release_locked(me.bound);
	me.bound = NULL;
}

static pthread_key_t leaving;

static void make_key(void)
{
	pthread_key_create(&leaving, leave);
}

static struct served *next_call(struct door **notice)
{
	if (me.handoff == NULL)
		return pool_next_call(me.pool, &me.sequence, notice);
	if (!handoff_next_call(&me.sequence))
		pthread_exit(NULL);
	return me.handoff;
}

/* Every door_return() jumps back here, which resets the stack. */
static __attribute__((noreturn)) void serve(void)
{
	me.pool = me.bound != NULL ? me.bound->pool : pool_of_process();
	me.thread = pthread_self();
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, make_key);
	pthread_setspecific(leaving, &me);
	learn_stack();
	_setjmp(me.base);
	for (;;) {
		struct door *notice = NULL;
		struct served *served = next_call(&notice);
		if (served != NULL)
			serve_call(served);
		else
			serve_notice(notice);
	}
}

int door_return(char *data, size_t bytes, door_desc_t *descs, uint_t count)
{
	if (me.serving != NULL) {
		if (!me.replied && results_put(data, bytes, descs, count) < 0)
			return -1;
		USDT2(door, serve__end, me.serving->door->cookie, 0);
		finish(0);
	}
	if (me.notified != NULL)
		finish_notice();
	if (me.pool != NULL)
		longjmp(me.base, 1); /* no mask was saved; the sanitizers know this one */
	serve();
}

int door_reply(char *data, size_t bytes, door_desc_t *descs, uint_t count)
{
	struct served *served = me.serving;
	if (served == NULL || me.replied) {
		errno = served == NULL ? EINVAL : EALREADY;
		return -1;
	}
	if (results_put(data, bytes, descs, count) < 0)
		return -1;
	/* The next call of this client is another thread's. seq_cst on both, in this
	 * order: a client that still sees the flag can't have this reply yet. */
	atomic_store(&served->slot->reply.attended, 0);
	served_answering(served);
	if (!served->dead)
		served_publish(served, me.sequence, 0);
	served_give_back(served);
	if (me.handoff != NULL)
		handoff_answer();
	me.replied = true;
	return 0;
}
