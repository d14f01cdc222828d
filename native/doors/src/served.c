/* Sessions as the server has them: their table, and taking calls from them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bufpool.h"
#include "impl.h"

static pthread_rwlock_t table_lock = PTHREAD_RWLOCK_INITIALIZER;
static struct served **table;
static size_t table_size;

/* Under table_lock. */
static int grow_table(void)
{
	size_t larger = table_size == 0 ? 16 : 2 * table_size;
	struct served **grown = realloc(table, larger * sizeof(struct served *));
	if (grown == NULL)
		return -1;
	memset(grown + table_size, 0, (larger - table_size) * sizeof(struct served *));
	table = grown;
	table_size = larger;
	return 0;
}

int served_add(struct served *served)
{
	pthread_rwlock_wrlock(&table_lock);
	size_t index = 0;
	while (index < table_size && table[index] != NULL)
		index++;
	int result = index < table_size ? 0 : grow_table();
	if (result == 0) {
		table[index] = served;
		served->index = index;
	}
	pthread_rwlock_unlock(&table_lock);
	return result;
}

/* Under doors_lock: what is in the table is whole, and nobody is about to free it. */
static void shut_all(void)
{
	for (size_t i = 0; i < table_size; i++) {
		const struct served *served = table[i];
		if (served == NULL)
			continue;
		shut(served->socket);
		if (served->listener >= 0)
			shut(served->listener);
		if (served->pidfd >= 0)
			shut(served->pidfd);
	}
}

void served_forget(void)
{
	/* Were they kept, the callers would not see the parent die. The memory stays: its
	 * threads may have been in the midst of it. */
	shut_all();
	pthread_rwlock_init(&table_lock, NULL);
	table = NULL;
	table_size = 0;
}

/* What the client can't free any more, or has: then the tickets are stale. */
static void free_buffers(const struct served *served)
{
	struct bufpool *pool = served->buffers->pool;
	const struct named_buffer *named[] = {&served->lent, &served->sent};
	for (int i = 0; i < 2; i++)
		if (named[i]->ticket != 0)
			bufpool_free(pool, &(struct bufpool_buffer){.index = named[i]->index,
								    .ticket = named[i]->ticket});
}

void served_free(struct served *served)
{
	if (served->buffers != NULL) {
		free_buffers(served);
		buffers_release(served->buffers);
	}
	munmap(served->slot, SLOT_BYTES);
	bulk_free(&served->bulk);
	shut(served->socket);
	if (served->listener >= 0)
		shut(served->listener);
	if (served->pidfd >= 0)
		shut(served->pidfd);
	free(served);
}

void served_release(struct served *served)
{
	/* acq_rel: the last one out sees what all others did. */
	if (atomic_fetch_sub_explicit(&served->users, 1, memory_order_acq_rel) > 1)
		return;
	reception_forget(served);
	served_free(served);
}

static void cancel(struct served *served)
{
	uintptr_t thread = atomic_load(&served->thread);
	/* Who has answered serves nobody, even if it has not let go yet. */
	if (thread == 0 || (thread & ANSWERED) || (served->door->attributes & DOOR_NO_CANCEL))
		return;
	/* The mark keeps the thread from answering, and so from going on to another
	 * call, or ending, before the cancellation has reached it. */
	if (!atomic_compare_exchange_strong(&served->thread, &thread, thread | CANCELLING))
		return;
	pthread_cancel(((struct server_thread *)thread)->thread);
	/* release: all that is done here comes before what the thread does next. */
	atomic_store_explicit(&served->thread, thread, memory_order_release);
}

void served_end(struct served *served)
{
	pthread_rwlock_wrlock(&table_lock);
	table[served->index] = NULL;
	pthread_rwlock_unlock(&table_lock);
	atomic_store(&served->dead, true);
	cancel(served);
	pthread_mutex_unlock(&doors_lock);
	served_release(served);
	pthread_mutex_lock(&doors_lock);
}

/* --- calls ------------------------------------------------------------------------ */

/* A request that is posted and that no thread has had. */
static bool waits(const struct served *served, uint32_t *state)
{
	/* seq_cst: the arguments were written before the state; and in a look around,
	 * what a client posted while it still saw the flag `attended` is seen. */
	*state = atomic_load(&served->slot->request.state);
	/* relaxed: looked at again by the thread that has the session. */
	return (*state & STATE_MASK) == REQUEST_POSTED &&
	       *state >> STATE_BITS != atomic_load_explicit(&served->taken, memory_order_relaxed);
}

/* Waits for a cancellation that is about to reach this thread. */
static void let_go(struct served *served, uintptr_t next)
{
	uintptr_t mine = (uintptr_t)&me;
	while (!atomic_compare_exchange_weak(&served->thread, &mine, next)) {
		mine = (uintptr_t)&me;
		relax();
	}
}

bool served_take(struct served *served, uint32_t *sequence)
{
	struct slot *slot = served->slot;
	uint32_t state;
	uintptr_t nobody = 0;
	if (!waits(served, &state))
		return false;
	/* A client that posts while it is served gets one thread, not two. */
	if (!atomic_compare_exchange_strong(&served->thread, &nobody, (uintptr_t)&me))
		return false;
	if (waits(served, &state)) {
		*sequence = state >> STATE_BITS;
		atomic_store_explicit(&served->taken, *sequence, memory_order_relaxed);
		/* seq_cst on both, as in the client's give_up(): either it sees that its
		 * request is taken, or we see that it has withdrawn it. */
		atomic_store(&slot->service.taken, *sequence);
		if (atomic_load(&slot->request.state) == state)
			return true;
	}
	let_go(served, 0);
	return false;
}

void served_answering(struct served *served)
{
	let_go(served, (uintptr_t)&me | ANSWERED);
}

void served_give_back(struct served *served)
{
	/* release: what was done in the call comes first. A client whose next call was
	 * posted before this is found by the looks at the slot that follow. */
	atomic_store_explicit(&served->thread, 0, memory_order_release);
}

void served_wake(struct served *served)
{
	_Atomic uint32_t *sleeps = &served->slot->request.client_sleeps;
	if (atomic_load(sleeps) == 0)
		return;
	/* It may be about to sleep: then the changed word keeps it from that. */
	atomic_store(sleeps, 0);
	futex_wake(sleeps, 1);
}

void served_publish(struct served *served, uint32_t sequence, int error)
{
	struct slot *slot = served->slot;
	/* All of the line in one go, lest the client's spin fetch it in between. */
	slot->reply.data_bytes = me.results.bytes;
	slot->reply.desc_count = me.results.descs;
	slot->reply.bulk_version = me.results.version;
	slot->reply.flags = (me.results.buffer.ticket != 0 ? REPLY_BUFFER : 0) |
			    (me.held ? REPLY_HELD : 0);
	if (me.results.buffer.ticket != 0)
		slot->reply.buffer = served->sent = me.results.buffer;
	slot->reply.error = error;
	/* seq_cst, here and in the client's wait: either we see that it sleeps, or
	 * it sees the reply (Dekker). */
	atomic_store_explicit(&slot->reply.sequence, sequence, memory_order_seq_cst);
	served_wake(served);
}

void served_refuse_all(struct door *door)
{
	uint32_t sequence;
	pthread_rwlock_rdlock(&table_lock);
	for (size_t i = 0; i < table_size; i++)
		if (table[i] != NULL && table[i]->door == door &&
		    served_take(table[i], &sequence)) {
			served_answering(table[i]);
			served_publish(table[i], sequence, EBADF);
			served_give_back(table[i]);
		}
	pthread_rwlock_unlock(&table_lock);
}

/* --- looking around ----------------------------------------------------------------- */

static bool posted(const struct served *served)
{
	uint32_t state;
	return waits(served, &state) && atomic_load(&served->thread) == 0;
}

struct served *served_look_around(const struct pool *pool, uint32_t *sequence, bool *more)
{
	struct served *found = NULL;
	*more = false;
	pthread_rwlock_rdlock(&table_lock);
	for (size_t i = 0; i < table_size && !*more; i++) {
		if (table[i] == NULL || table[i]->door->pool != pool || table[i]->listener >= 0)
			continue;
		if (found != NULL) {
			*more = posted(table[i]);
		} else if (served_take(table[i], sequence)) {
			found = table[i];
			atomic_fetch_add_explicit(&found->users, 1, memory_order_relaxed);
		}
	}
	pthread_rwlock_unlock(&table_lock);
	return found;
}
