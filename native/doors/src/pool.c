/* Pools: making threads, and where they wait. */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "impl.h"

/* The process's pool has had its first thread made. */
static _Atomic bool process_pool_started;
static struct pool *process_pool;

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
	shut(pool->bell_fd);
	pthread_mutex_destroy(&pool->parked_lock);
	free(pool);
}

struct pool *pool_of_process(void)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	pthread_mutex_lock(&lock);
	if (process_pool == NULL)
		process_pool = pool_create(NULL);
	pthread_mutex_unlock(&lock);
	return process_pool;
}

void pool_forget(void)
{
	process_pool_started = false;
	process_pool = NULL;
	me = (struct server_thread){0};
}

/* --- threads ------------------------------------------------------------------ */

static void *default_thread(void *unused)
{
	(void)unused;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	door_return(NULL, 0, NULL, 0);
	return NULL;
}

static void default_create(door_info_t *unused)
{
	pthread_t thread;
	(void)unused;
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

/* --- asleep ---------------------------------------------------------------------- */

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

void pool_rouse(struct pool *pool)
{
	pthread_mutex_lock(&pool->parked_lock);
	show_top(pool);
	pthread_mutex_unlock(&pool->parked_lock);
	bell_ring(pool->bell);
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
static struct served *park(struct pool *pool, uint32_t *sequence, struct door **notice)
{
	struct parked self;
	struct served *found;
	uint32_t rung;
	bool more = false;
	lie_down(pool, &self);
	for (;;) {
		_Atomic uint32_t *word = &pool->bell->words[self.word];
		uint32_t before = atomic_load(word);
		rung = atomic_load(&pool->bell->rung);
		found = served_look_around(pool, sequence, &more);
		if (found != NULL || (*notice = unref_take(pool)) != NULL)
			break;
		futex_wait(word, before);
	}
	get_up(pool, &self);
	/* Calls that came meanwhile woke us, too, and we take only one. */
	if (more || atomic_load(&pool->bell->rung) != rung)
		bell_ring(pool->bell);
	return found;
}

void pool_stop_watching(void)
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
	struct spin_wait wait = {.bytes = me.bytes};
	bool came = false;
	if (!last->may_spin || !spinner_starts(&me.spinner))
		return false;
	while (!came && spin_on(&wait) &&
	       atomic_load_explicit(&pool->bell->rung, memory_order_relaxed) == rung)
		came = served_take(last, sequence);
	spinner_result(&me.spinner, came);
	return came;
}

struct served *pool_next_call(struct pool *pool, uint32_t *sequence, struct door **notice)
{
	struct served *found = NULL;
	uint32_t rung = atomic_load(&pool->bell->rung);
	atomic_fetch_add(&pool->idle, 1);
	/* A thread that was bound elsewhere meanwhile watches nothing. */
	if (me.last != NULL && me.last->door->pool == pool && watch_last(pool, rung, sequence)) {
		found = me.last; /* its user moves on with it */
		me.last = NULL;
	} else {
		pool_stop_watching();
		found = park(pool, sequence, notice);
	}
	if (atomic_fetch_sub(&pool->idle, 1) == 1)
		depleted(pool);
	return found;
}
