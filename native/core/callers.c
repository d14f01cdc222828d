#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "callers.h"
#include "clock.h"
#include "payload.h"

struct caller {
	/* A copy of the client's, on cache lines that no other caller writes. */
	_Alignas(64) struct peer peer;
	struct callers *callers;
	struct results_page *recording;
	struct window window;
	uint64_t first_ns;
	uint64_t last_ns;
	uint32_t index;
	int result;
	pthread_t thread;
};

struct callers {
	uint32_t count;
	uint32_t threads;  /* that were started, the main one not among them */
	callers_task task; /* NULL = end; ordered by the barrier `begin` */
	void *argument;
	pthread_barrier_t begin;
	pthread_barrier_t end;
	struct caller *all[CALLERS_MAX];
};

/* --- start and end ---------------------------------------------------------- */

static void *call_until_ended(void *argument)
{
	struct caller *caller = argument;
	struct callers *callers = caller->callers;
	for (;;) {
		pthread_barrier_wait(&callers->begin);
		if (callers->task == NULL)
			return NULL;
		caller->result = callers->task(&caller->peer, caller->index, callers->argument);
		pthread_barrier_wait(&callers->end);
	}
}

/* Samples that a caller keeps: its share of what the page can hold. */
static uint64_t samples_of(const struct callers *callers)
{
	return RESULTS_SAMPLES_MAX / callers->count & ~(uint64_t)1;
}

/* A page of which only what a recorder writes is ever touched; that much is made
 * present now, not under the clock. */
static struct results_page *recording_create(const struct callers *callers)
{
	struct results_page *page = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE,
					 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (page == MAP_FAILED)
		return NULL;
	memset(page->histogram, 0, sizeof page->histogram);
	memset(page->samples, 0, samples_of(callers) * sizeof page->samples[0]);
	return page;
}

static struct caller *caller_create(struct peer *peer, struct callers *callers, uint32_t index)
{
	struct caller *caller = aligned_alloc(_Alignof(struct caller), sizeof *caller);
	if (caller == NULL)
		return NULL;
	memset(caller, 0, sizeof *caller);
	callers->all[index] = caller;
	caller->peer = *peer;
	caller->callers = callers;
	caller->index = index;
	caller->recording = recording_create(callers);
	if (index > 0) {
		caller->peer.out = payload_buffer(peer->out_bytes);
		caller->peer.in = payload_buffer(peer->in_bytes);
	}
	return caller->recording == NULL || caller->peer.out == NULL || caller->peer.in == NULL
		       ? NULL
		       : caller;
}

static int start_threads(struct peer *peer, struct callers *callers)
{
	for (uint32_t i = 1; i < callers->count; i++, callers->threads++) {
		struct caller *caller = callers->all[i];
		int error = pthread_create(&caller->thread, NULL, call_until_ended, caller);
		if (error != 0)
			return peer_fail(peer, error, "client thread %u of %u", i + 1,
					 callers->count);
	}
	return 0;
}

int callers_start(struct peer *peer, uint32_t count)
{
	struct callers *callers = calloc(1, sizeof *callers);
	if (callers == NULL)
		return peer_fail(peer, ENOMEM, "client threads");
	callers->count = count;
	pthread_barrier_init(&callers->begin, NULL, count);
	pthread_barrier_init(&callers->end, NULL, count);
	peer->callers = callers;
	for (uint32_t i = 0; i < count; i++)
		if (caller_create(peer, callers, i) == NULL)
			return peer_fail(peer, ENOMEM, "memory of client thread %u of %u", i + 1,
					 count);
	return start_threads(peer, callers);
}

static void caller_free(struct caller *caller)
{
	if (caller == NULL)
		return;
	if (caller->recording != NULL)
		munmap(caller->recording, sizeof *caller->recording);
	free(caller);
}

void callers_end(struct peer *peer)
{
	struct callers *callers = peer->callers;
	if (callers == NULL)
		return;
	callers->task = NULL;
	/* A start that failed half-way leaves threads at a barrier that not all can
	 * reach; the process, which is about to end, takes them along. */
	if (callers->threads + 1 < callers->count)
		return;
	pthread_barrier_wait(&callers->begin);
	for (uint32_t i = 1; i < callers->count; i++)
		pthread_join(callers->all[i]->thread, NULL);
	for (uint32_t i = 0; i < callers->count; i++)
		caller_free(callers->all[i]);
	pthread_barrier_destroy(&callers->begin);
	pthread_barrier_destroy(&callers->end);
	free(callers);
	peer->callers = NULL;
}

uint32_t callers_count(const struct peer *peer)
{
	return peer->callers != NULL ? peer->callers->count : 1;
}

int callers_run(struct callers *callers, callers_task task, void *argument)
{
	struct caller *own = callers->all[0];
	int result = 0;
	callers->task = task;
	callers->argument = argument;
	pthread_barrier_wait(&callers->begin);
	own->result = task(&own->peer, 0, argument);
	pthread_barrier_wait(&callers->end);
	for (uint32_t i = 0; i < callers->count; i++)
		if (callers->all[i]->result < 0)
			result = -1;
	return result;
}

/* --- a window ----------------------------------------------------------------- */

struct common_window {
	struct callers *callers;
	batch_fn run_batch;
	const struct window *window;
	_Atomic uint64_t start_ns; /* of the first caller that began, 0 = none has */
	_Atomic bool failed;
};

static uint64_t common_start(struct common_window *common, uint64_t now_ns)
{
	uint64_t none = 0;
	/* relaxed: a time and nothing else; all agree on the one that was stored. */
	if (atomic_compare_exchange_strong_explicit(&common->start_ns, &none, now_ns,
						    memory_order_relaxed, memory_order_relaxed))
		return now_ns;
	return none;
}

/* What is shown is an estimate: the others' operations are as many as one's own. */
static void show_progress(const struct caller *caller)
{
	struct results_page *page = caller->peer.page;
	if (caller->index > 0)
		return;
	/* relaxed: for display. */
	atomic_store_explicit(&page->progress_ops, caller->window.ops * caller->callers->count,
			      memory_order_relaxed);
	atomic_store_explicit(&page->progress_ns, caller->window.elapsed_ns, memory_order_relaxed);
}

static bool over(struct common_window *common, struct caller *caller)
{
	struct window *window = &caller->window;
	window_read_flags(caller->peer.page, window);
	/* relaxed: a flag that may be seen a batch late. */
	return window_ending(window) || atomic_load_explicit(&common->failed, memory_order_relaxed);
}

static int call_for_a_window(struct peer *peer, uint32_t index, void *argument)
{
	struct common_window *common = argument;
	struct caller *caller = common->callers->all[index];
	struct window *window = &caller->window;
	struct recorder recorder;
	uint64_t start_ns, common_start_ns;

	*window = *common->window;
	recorder_start(&recorder, caller->recording, window->batch);
	recorder.limit = samples_of(common->callers);
	caller->first_ns = clock_now_ns();
	common_start_ns = common_start(common, caller->first_ns);
	do {
		start_ns = clock_now_ns();
		if (common->run_batch(peer, window->batch) < 0) {
			/* relaxed: see over(). */
			atomic_store_explicit(&common->failed, true, memory_order_relaxed);
			return -1;
		}
		caller->last_ns = clock_now_ns();
		window->ops += window->batch;
		window->elapsed_ns = caller->last_ns - common_start_ns;
		if (window->records)
			recorder_add(&recorder, caller->last_ns - start_ns);
		window_calibrate(peer, window, caller->last_ns - start_ns);
		show_progress(caller);
	} while (!over(common, caller));
	return 0;
}

/* The callers' figures, as the client's one window. */
static void sum_up(const struct callers *callers, struct window *window)
{
	uint64_t first_ns = UINT64_MAX, last_ns = 0;
	for (uint32_t i = 0; i < callers->count; i++) {
		const struct caller *caller = callers->all[i];
		window->ops += caller->window.ops;
		window->stopped |= caller->window.stopped;
		/* Of several the smallest: a fast batch now and then is no reason to
		 * time all of them in larger ones. */
		if (i == 0 || caller->window.batch < window->batch)
			window->batch = caller->window.batch;
		if (caller->first_ns < first_ns)
			first_ns = caller->first_ns;
		if (caller->last_ns > last_ns)
			last_ns = caller->last_ns;
	}
	window->elapsed_ns = last_ns - first_ns;
}

static void record(struct peer *peer, const struct window *window)
{
	struct results_page *parts[CALLERS_MAX];
	struct recorder recorder;
	for (uint32_t i = 0; i < peer->callers->count; i++)
		parts[i] = peer->callers->all[i]->recording;
	recorder_start(&recorder, peer->page, window->batch);
	recorder_merge(peer->page, parts, peer->callers->count);
}

int callers_window(struct peer *peer, struct window *window, batch_fn run_batch)
{
	struct window asked = *window;
	struct common_window common = {
		.callers = peer->callers, .run_batch = run_batch, .window = &asked};
	if (callers_run(peer->callers, call_for_a_window, &common) < 0)
		return -1;
	sum_up(peer->callers, window);
	if (window->records)
		record(peer, window);
	/* Known only now, with each caller ending by the clock; the server of a call
	 * does not wait for it. */
	window_announce_last(peer, window->ops);
	window_progress(peer, window);
	return 0;
}
