/* Threads that serve: pools, taking calls, running procedures, returning. */
#include <alloca.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "impl.h"

/* What must remain of a server thread's stack beneath the arguments. */
#define FRAME_BYTES (64u * 1024u)

/* The thread's part in serving. */
static _Thread_local struct server_thread {
	struct pool *pool; /* where it waits; NULL = it never has */
	struct door *bound;
	struct served *last; /* the session it served last and still watches */
	struct served *serving;
	struct spinner spinner;
	uint32_t word;     /* of the bell, to sleep on; 1 + its number */
	uint32_t sequence; /* of the call under way */
	uint32_t no_results;
	bool replied;
	char *stack_low;
	jmp_buf base;
} me;

/* --- sessions -------------------------------------------------------------------- */

static pthread_rwlock_t table_lock = PTHREAD_RWLOCK_INITIALIZER;
static struct served **table;
static size_t table_size;

int served_add(struct served *served)
{
	pthread_rwlock_wrlock(&table_lock);
	size_t index = 0;
	while (index < table_size && table[index] != NULL)
		index++;
	if (index == table_size) {
		size_t larger = table_size == 0 ? 16 : 2 * table_size;
		struct served **grown = realloc(table, larger * sizeof(struct served *));
		if (grown == NULL) {
			pthread_rwlock_unlock(&table_lock);
			return -1;
		}
		memset(grown + table_size, 0, (larger - table_size) * sizeof(struct served *));
		table = grown;
		table_size = larger;
	}
	table[index] = served;
	served->index = index;
	pthread_rwlock_unlock(&table_lock);
	return 0;
}

/* The process's pool has had its first thread made. */
static _Atomic bool process_pool_started;

void served_forget(void)
{
	process_pool_started = false;
	pthread_rwlock_init(&table_lock, NULL);
	table = NULL;
	table_size = 0;
	memset(&me, 0, sizeof me);
}

void served_release(struct served *served)
{
	/* acq_rel: the last one out sees what all others did. */
	if (atomic_fetch_sub_explicit(&served->users, 1, memory_order_acq_rel) > 1)
		return;
	munmap(served->slot, SLOT_BYTES);
	if (served->bulk != NULL)
		munmap(served->bulk, served->bulk_bytes);
	close(served->socket);
	reception_forget(served);
	free(served);
}

/* Called by the reception, which holds doors_lock. */
void served_end(struct served *served)
{
	pthread_rwlock_wrlock(&table_lock);
	table[served->index] = NULL;
	served->dead = true;
	if (served->busy && (served->door->attributes & DOOR_NO_CANCEL) == 0)
		pthread_cancel(served->thread);
	pthread_rwlock_unlock(&table_lock);
	pthread_mutex_unlock(&doors_lock);
	served_release(served);
	pthread_mutex_lock(&doors_lock);
}

static void publish(struct served *served, uint32_t sequence, int error)
{
	struct slot *slot = served->slot;
	slot->reply.error = error;
	/* seq_cst, here and in the client's wait: either we see that it sleeps, or
	 * it sees the reply (Dekker). */
	atomic_store_explicit(&slot->reply.sequence, sequence, memory_order_seq_cst);
	if (atomic_load_explicit(&slot->request.client_sleeps, memory_order_seq_cst) != 0)
		futex_wake(&slot->reply.sequence, 1);
}

/* Takes a posted request: true when it is ours now. */
static bool take(struct served *served, uint32_t *sequence)
{
	struct request *request = &served->slot->request;
	/* acquire: the arguments were written before the state. */
	uint32_t state = atomic_load_explicit(&request->state, memory_order_acquire);
	bool idle = false;
	if ((state & STATE_MASK) != REQUEST_POSTED)
		return false;
	/* A client that posts while it is served gets one thread, not two. */
	if (!atomic_compare_exchange_strong(&served->busy, &idle, true))
		return false;
	if (!atomic_compare_exchange_strong(&request->state, &state,
					    (state & ~STATE_MASK) | REQUEST_TAKEN)) {
		served->busy = false;
		return false;
	}
	*sequence = state >> STATE_BITS;
	return true;
}

void served_refuse_all(struct door *door)
{
	uint32_t sequence;
	pthread_rwlock_rdlock(&table_lock);
	for (size_t i = 0; i < table_size; i++)
		if (table[i] != NULL && table[i]->door == door && take(table[i], &sequence)) {
			publish(table[i], sequence, EBADF);
			table[i]->busy = false;
		}
	pthread_rwlock_unlock(&table_lock);
}

/* --- pools ------------------------------------------------------------------------- */

struct pool *pool_create(struct door *door)
{
	struct pool *pool = calloc(1, sizeof *pool);
	if (pool == NULL)
		return NULL;
	pool->door = door;
	pool->bell = memory_create(PAGE_BYTES, false, &pool->bell_fd);
	if (pool->bell == NULL) {
		free(pool);
		return NULL;
	}
	pthread_mutex_init(&pool->parked_lock, NULL);
	atomic_store(&pool->bell->top, BELL_NOBODY);
	return pool;
}

void pool_free(struct pool *pool)
{
	munmap(pool->bell, PAGE_BYTES);
	close(pool->bell_fd);
	free(pool);
}

struct pool *pool_of_process(void)
{
	static struct pool *pool;
	static pid_t owner;
	if (pool == NULL || owner != getpid()) {
		pool = pool_create(NULL);
		owner = getpid();
	}
	return pool;
}

static void *default_thread(void *argument)
{
	(void)argument;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	door_return(NULL, 0, NULL, 0);
	return NULL;
}

static void default_create(door_info_t *info)
{
	pthread_t thread;
	(void)info;
	if (pthread_create(&thread, NULL, default_thread, NULL) == 0)
		pthread_detach(thread);
}

static _Atomic(door_server_func_t *) create_function = default_create;

door_server_func_t *door_server_create(door_server_func_t *create)
{
	return atomic_exchange(&create_function, create != NULL ? create : default_create);
}

void pool_first_thread(struct door *door)
{
	if (door->attributes & DOOR_PRIVATE)
		atomic_load (&create_function)(door->info);
	else if (!atomic_exchange(&process_pool_started, true))
		atomic_load (&create_function)(NULL);
}

/* --- door_xcreate: threads by the creator's own function --- */

/* What the first threads report back to door_xcreate(). */
struct start {
	struct door *door;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int bound;
	int failed;
};

static void report_start(struct start *start, bool bound)
{
	pthread_mutex_lock(&start->lock);
	if (bound)
		start->bound++;
	else
		start->failed++;
	pthread_cond_broadcast(&start->changed);
	pthread_mutex_unlock(&start->lock);
}

static bool bind_to(struct door *door)
{
	if (door->revoked)
		return false;
	pthread_mutex_lock(&doors_lock);
	door->references++;
	pthread_mutex_unlock(&doors_lock);
	me.bound = door;
	return true;
}

static void *start_first(void *argument)
{
	struct start *start = argument;
	struct door *door = start->door;
	door->setup(door->create_cookie);
	bool bound = bind_to(door);
	report_start(start, bound);
	if (bound)
		door_return(NULL, 0, NULL, 0);
	return NULL;
}

static void *start_later(void *argument)
{
	struct door *door = argument;
	door->setup(door->create_cookie);
	if (bind_to(door))
		door_return(NULL, 0, NULL, 0);
	return NULL;
}

static int create_one(struct door *door, void *(*startf)(void *), void *argument)
{
	int result = door->create(door->info, startf, argument, door->create_cookie);
	if (result < -1 || result > 1)
		abort(); /* as specified: the program is wrong about its own threads */
	return result;
}

int pool_start_threads(struct door *door, int count)
{
	struct start start = {.door = door};
	int error = 0, made = 0;
	pthread_mutex_init(&start.lock, NULL);
	pthread_cond_init(&start.changed, NULL);
	while (made < count && error == 0) {
		int result = create_one(door, start_first, &start);
		error = result == 1 ? 0 : result == 0 ? EINVAL : EPIPE;
		made += result == 1;
	}
	/* All that were made report, whatever became of the others. */
	pthread_mutex_lock(&start.lock);
	while (start.bound + start.failed < made)
		pthread_cond_wait(&start.changed, &start.lock);
	if (error == 0 && start.failed > 0)
		error = EBADF;
	pthread_mutex_unlock(&start.lock);
	pthread_cond_destroy(&start.changed);
	pthread_mutex_destroy(&start.lock);
	return error;
}

static void depleted(struct pool *pool)
{
	struct door *door = pool->door;
	if (door == NULL || door->create == NULL)
		atomic_load (&create_function)(door != NULL ? door->info : NULL);
	else if ((door->attributes & DOOR_NO_DEPLETION_CB) == 0)
		create_one(door, start_later, door);
}

/* --- waiting ------------------------------------------------------------------------- */

static bool serves(const struct pool *pool, const struct served *served)
{
	return served->door->pool == pool;
}

static bool posted(const struct served *served)
{
	uint32_t state = atomic_load(&served->slot->request.state);
	return (state & STATE_MASK) == REQUEST_POSTED && !served->busy;
}

/* A posted call of any session of the pool; it has one more user then. Says in
 * *more that there is another one. */
static struct served *look_around(struct pool *pool, uint32_t *sequence, bool *more)
{
	struct served *found = NULL;
	*more = false;
	pthread_rwlock_rdlock(&table_lock);
	for (size_t i = 0; i < table_size && !*more; i++) {
		if (table[i] == NULL || !serves(pool, table[i]))
			continue;
		if (found != NULL) {
			*more = posted(table[i]);
		} else if (take(table[i], sequence)) {
			found = table[i];
			atomic_fetch_add_explicit(&found->users, 1, memory_order_relaxed);
		}
	}
	pthread_rwlock_unlock(&table_lock);
	return found;
}

/* --- asleep --- */

struct parked {
	struct parked *next;
	uint32_t word;
};

/* Under parked_lock. */
static void show_top(struct pool *pool)
{
	/* seq_cst: see bell_ring(). */
	atomic_store(&pool->bell->top, pool->parked != NULL ? pool->parked->word : BELL_NOBODY);
}

static void lie_down(struct pool *pool, struct parked *self)
{
	pthread_mutex_lock(&pool->parked_lock);
	if (me.word == 0)
		me.word = 1 + pool->next_word++ % BELL_WORDS;
	self->word = me.word - 1;
	self->next = pool->parked;
	pool->parked = self;
	show_top(pool);
	pthread_mutex_unlock(&pool->parked_lock);
}

static void get_up(struct pool *pool, struct parked *self)
{
	pthread_mutex_lock(&pool->parked_lock);
	for (struct parked **link = &pool->parked; *link != NULL; link = &(*link)->next)
		if (*link == self) {
			*link = self->next;
			break;
		}
	show_top(pool);
	pthread_mutex_unlock(&pool->parked_lock);
}

/* Sleeps until there is a call, and takes it. */
static struct served *park(struct pool *pool, uint32_t *sequence)
{
	struct parked self;
	struct served *found;
	uint32_t rung;
	bool more;
	lie_down(pool, &self);
	for (;;) {
		_Atomic uint32_t *word = &pool->bell->words[self.word];
		uint32_t before = atomic_load(word);
		rung = atomic_load(&pool->bell->rung);
		found = look_around(pool, sequence, &more);
		if (found != NULL)
			break;
		futex_wait(word, before, false);
	}
	get_up(pool, &self);
	/* Calls that came meanwhile woke us, too, and we take only one. */
	if (more || atomic_load(&pool->bell->rung) != rung)
		bell_ring(pool->bell);
	return found;
}

static void stop_watching(void)
{
	struct served *last = me.last;
	me.last = NULL;
	if (last == NULL)
		return;
	/* seq_cst: a client that posted and still saw the flag is found by the look
	 * around that follows; one that posts later rings the bell. */
	atomic_store_explicit(&last->slot->reply.attended, 0, memory_order_seq_cst);
	served_release(last);
}

/* Watches the slot it served last; true when a call came there. */
static bool watch_last(struct pool *pool, uint32_t rung, uint32_t *sequence)
{
	struct served *last = me.last;
	struct spin_wait wait = {0};
	bool came = false;
	if (!last->may_spin || !spinner_starts(&me.spinner))
		return false;
	while (!came && spin_on(&wait) &&
	       atomic_load_explicit(&pool->bell->rung, memory_order_relaxed) == rung)
		came = take(last, sequence);
	spinner_result(&me.spinner, came);
	return came;
}

static struct served *next_call(struct pool *pool, uint32_t *sequence)
{
	struct served *found = NULL;
	uint32_t rung = atomic_load(&pool->bell->rung);
	atomic_fetch_add(&pool->idle, 1);
	if (me.last != NULL && watch_last(pool, rung, sequence)) {
		found = me.last; /* its user moves on with it */
		me.last = NULL;
	} else {
		stop_watching();
		found = park(pool, sequence);
	}
	if (atomic_fetch_sub(&pool->idle, 1) == 1)
		depleted(pool);
	return found;
}

/* --- a call ----------------------------------------------------------------------------- */

/* The arguments of a request, as checked and copied. */
struct arguments {
	size_t bytes;
	const char *from;
	uint32_t desc_count;
	int *fds;
};

static bool adopt_bulk(struct served *served, uint32_t version)
{
	struct message message;
	uint32_t count;
	bool truncated;
	int fd;
	if (message_receive(served->socket, MSG_DONTWAIT, &message, &fd, 1, &count, &truncated) <
		    0 ||
	    count != 1)
		return false;
	void *memory = NULL;
	if (message.kind == MESSAGE_BULK && message.version == version)
		memory = memory_attach(fd, message.bytes, true);
	close(fd);
	if (memory == NULL)
		return false;
	if (served->bulk != NULL)
		munmap(served->bulk, served->bulk_bytes);
	served->bulk = memory;
	served->bulk_bytes = message.bytes;
	served->bulk_version = version;
	return true;
}

/* Reads and checks a request; returns an errno, 0 = sound. */
static int read_request(struct served *served, struct arguments *arguments)
{
	struct slot *slot = served->slot;
	const struct door_page *page = served->door->page;
	/* volatile: each field is read once, and what was read is what is checked. */
	size_t bytes = *(volatile uint64_t *)&slot->request.data_bytes;
	uint32_t version = *(volatile uint32_t *)&slot->request.bulk_version;
	uint32_t count = *(volatile uint32_t *)&slot->request.desc_count;

	me.no_results = *(volatile uint32_t *)&slot->request.no_results;
	if (bytes < atomic_load_explicit(&page->data_min, memory_order_relaxed) ||
	    bytes > atomic_load_explicit(&page->data_max, memory_order_relaxed))
		return ENOBUFS;
	if (count > atomic_load_explicit(&page->desc_max, memory_order_relaxed))
		return ENFILE;
	if (count > DESCRIPTORS_MAX)
		return E2BIG;
	arguments->from = bytes <= sizeof slot->request.small ? slot->request.small
							      : slot->arguments;
	if (version != 0) {
		if (version != served->bulk_version && !adopt_bulk(served, version))
			return EINVAL;
		if (bytes > served->bulk_bytes)
			return EINVAL;
		arguments->from = served->bulk;
	} else if (bytes > INLINE_BYTES) {
		return EINVAL;
	}
	char here;
	size_t room = &here > me.stack_low ? (size_t)(&here - me.stack_low) : 0;
	if (bytes + count * sizeof(door_desc_t) + FRAME_BYTES > room)
		return E2BIG;
	arguments->bytes = bytes;
	arguments->desc_count = count;
	return 0;
}

static void finish(int error)
{
	struct served *served = me.serving;
	me.serving = NULL;
	if (!served->dead && !me.replied) {
		/* Says, in the line of the reply, that this thread will look at the slot
		 * once more before it sleeps, so that the next call needs no bell. */
		atomic_store_explicit(&served->slot->reply.attended, 1, memory_order_relaxed);
		publish(served, me.sequence, error);
	}
	/* Only now may another thread take the session's next call. */
	atomic_store(&served->busy, false);
	me.last = served; /* and its user */
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
	}
	if (bytes > 0) {
		data = (char *)(((uintptr_t)alloca(bytes + 15) + 15) & ~(uintptr_t)15);
		memcpy(data, arguments->from, bytes);
	}
	door->procedure(door->cookie, data, bytes, descs, arguments->desc_count);
	/* It returned without door_return(): the call and the thread are over. */
	pthread_exit(NULL);
}

static void serve_one(struct pool *pool)
{
	struct arguments arguments = {0};
	struct served *served = next_call(pool, &me.sequence);
	me.serving = served;
	me.replied = false;
	pthread_rwlock_rdlock(&table_lock);
	served->thread = pthread_self();
	pthread_rwlock_unlock(&table_lock);
	int error = served->door->revoked ? EBADF : read_request(served, &arguments);
	if (error != 0)
		finish(error);
	else
		run_procedure(served, &arguments);
}

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
	if (me.serving != NULL)
		finish(EINTR);
	stop_watching();
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

/* The thread's home: every door_return() jumps back here, which resets its
 * stack. */
static __attribute__((noreturn)) void serve(void)
{
	me.pool = me.bound != NULL ? me.bound->pool : pool_of_process();
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, make_key);
	pthread_setspecific(leaving, &me);
	learn_stack();
	_setjmp(me.base);
	for (;;)
		serve_one(me.pool);
}

/* --- returning ------------------------------------------------------------------------------ */

static char *room_for_results(struct served *served, size_t bytes)
{
	struct slot *slot = served->slot;
	slot->reply.bulk_version = 0;
	if (bytes <= sizeof slot->reply.small)
		return slot->reply.small;
	if (bytes <= INLINE_BYTES)
		return slot->results;
	if (bytes > served->bulk_bytes) {
		struct message message = {.magic = WIRE_MAGIC,
					  .kind = MESSAGE_BULK,
					  .bytes = bulk_size(bytes),
					  .version = served->bulk_version + 1};
		int fd;
		void *memory = memory_create(message.bytes, false, &fd);
		if (memory == NULL)
			return NULL;
		int sent = message_send(served->socket, &message, &fd, 1);
		close(fd);
		if (sent < 0) {
			munmap(memory, message.bytes);
			return NULL;
		}
		if (served->bulk != NULL)
			munmap(served->bulk, served->bulk_bytes);
		served->bulk = memory;
		served->bulk_bytes = message.bytes;
		served->bulk_version = message.version;
	}
	slot->reply.bulk_version = served->bulk_version;
	return served->bulk;
}

/* Puts results where the client finds them; -1 with errno leaves all as it was. */
static int put_results(const char *data, size_t bytes, door_desc_t *descs, uint_t count)
{
	struct served *served = me.serving;
	if (count > DESCRIPTORS_MAX || (me.no_results && (bytes > 0 || count > 0))) {
		errno = E2BIG;
		return -1;
	}
	if (!readable(data, bytes) || !readable(descs, count * sizeof *descs)) {
		errno = EFAULT;
		return -1;
	}
	if (descriptors_check(descs, count) < 0)
		return -1;
	if (served->dead) {
		descriptors_released(descs, count);
		return 0;
	}
	char *to = room_for_results(served, bytes);
	if (to == NULL)
		return -1;
	if (bytes > 0)
		memcpy(to, data, bytes);
	served->slot->reply.data_bytes = bytes;
	served->slot->reply.desc_count = count;
	if (count > 0 && descriptors_send(served->socket, descs, count) < 0)
		return -1;
	descriptors_released(descs, count);
	return 0;
}

int door_return(char *data, size_t bytes, door_desc_t *descs, uint_t count)
{
	if (me.serving != NULL) {
		if (!me.replied && put_results(data, bytes, descs, count) < 0)
			return -1;
		finish(0);
	}
	if (me.pool != NULL)
		_longjmp(me.base, 1);
	serve();
}

int door_reply(char *data, size_t bytes, door_desc_t *descs, uint_t count)
{
	if (me.serving == NULL || me.replied) {
		errno = me.serving == NULL ? EINVAL : EALREADY;
		return -1;
	}
	if (put_results(data, bytes, descs, count) < 0)
		return -1;
	if (!me.serving->dead)
		publish(me.serving, me.sequence, 0);
	me.replied = true;
	return 0;
}

/* --- bindings and the caller ------------------------------------------------------------------ */

int door_bind(int fd)
{
	struct door *door = door_here(fd);
	struct door_identity identity;
	if (door == NULL || (door->attributes & DOOR_PRIVATE) == 0) {
		int error = door != NULL || door_identify(fd, &identity) == 0 ? EINVAL : EBADF;
		if (door != NULL)
			door_release_locked(door);
		errno = error;
		return -1;
	}
	if (me.bound != NULL)
		door_release_locked(me.bound);
	me.bound = door;
	if (me.pool != NULL)
		me.pool = door->pool;
	return 0;
}

int door_unbind(void)
{
	if (me.bound == NULL) {
		errno = EBADF;
		return -1;
	}
	door_release_locked(me.bound);
	me.bound = NULL;
	if (me.pool != NULL)
		me.pool = pool_of_process();
	return 0;
}

struct door *pool_bound_door(void)
{
	return me.bound;
}

const struct ucred *pool_caller(void)
{
	return me.serving != NULL ? &me.serving->caller : NULL;
}
