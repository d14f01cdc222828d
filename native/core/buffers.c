#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "buffers.h"
#include "clock.h"

struct books {
	uint64_t at_ns;
	struct page_buffers sums;
	uint32_t count;
	uint32_t taken[BUFFERS_MAX];
};

struct buffers_watch {
	struct peer *peer;
	buffers_read read;
	pthread_t thread;
	_Atomic bool ends;
	uint32_t gap_ns;
	uint32_t random;
	uint64_t looks;
	uint64_t in_use_sum;
	uint64_t idle_looks; /* since then */
	struct books before; /* the window */
	struct books now;    /* when buffers were last in use in it */
	struct books latest;
};

static void take_books(struct buffers_watch *watch, struct books *books, uint32_t *in_use)
{
	books->at_ns = clock_now_ns();
	books->count = BUFFERS_MAX;
	watch->read(&books->sums, in_use, books->taken, &books->count);
}

/* The phase outlives the window: what is idle at its end doesn't count. */
static void look(struct buffers_watch *watch)
{
	uint32_t in_use = 0;
	/* relaxed: a look more or less at the edge of the window. */
	if (atomic_load_explicit(&watch->peer->page->phase, memory_order_relaxed) != PHASE_TIMED) {
		take_books(watch, &watch->before, &in_use);
		return;
	}
	take_books(watch, &watch->latest, &in_use);
	watch->idle_looks++;
	if (in_use == 0 && watch->latest.sums.holdings == watch->now.sums.holdings)
		return;
	watch->now = watch->latest;
	watch->looks += watch->idle_looks;
	watch->in_use_sum += in_use;
	watch->idle_looks = 0;
}

/* The gaps vary, lest they keep step with calls whose length is a round number. */
static void pause_before_next(struct buffers_watch *watch)
{
	watch->random = watch->random * 1664525u + 1013904223u;
	struct timespec gap = {
		.tv_nsec = (long)(watch->gap_ns / 2 + (watch->random >> 8) % watch->gap_ns)};
	nanosleep(&gap, NULL);
}

static void *keep_looking(void *argument)
{
	struct buffers_watch *watch = argument;
	while (!atomic_load(&watch->ends)) {
		look(watch);
		pause_before_next(watch);
	}
	return NULL;
}

struct buffers_watch *buffers_watch_start(struct peer *peer, buffers_read read, uint32_t gap_ns)
{
	struct buffers_watch *watch = calloc(1, sizeof *watch);
	int error = ENOMEM;
	if (watch != NULL) {
		watch->peer = peer;
		watch->read = read;
		watch->gap_ns = gap_ns;
		watch->random = peer->cell->key;
		error = pthread_create(&watch->thread, NULL, keep_looking, watch);
	}
	if (error == 0)
		return watch;
	peer_fail(peer, error, "the thread that looks at buffers");
	free(watch);
	return NULL;
}

/* Buffers that were taken between the two. */
static uint64_t taken_since(const struct books *before, const struct books *now)
{
	uint64_t taken = 0;
	for (uint32_t i = 0; i < now->count; i++)
		taken += now->taken[i] != (i < before->count ? before->taken[i] : 0);
	return taken;
}

static void write_books(const struct buffers_watch *watch, struct page_buffers *page)
{
	const struct page_buffers *before = &watch->before.sums, *now = &watch->now.sums;
	*page = (struct page_buffers){
		.buffer_bytes = now->buffer_bytes,
		.looks = watch->looks,
		.in_use_sum = watch->in_use_sum,
		.peak = taken_since(&watch->before, &watch->now),
		.holdings = now->holdings - before->holdings,
		.timed = now->timed - before->timed,
		.held_ns = now->held_ns - before->held_ns,
		.in_use_ns = now->in_use_ns - before->in_use_ns,
		.span_ns = watch->now.at_ns - watch->before.at_ns,
		.waits = now->waits - before->waits,
		.failures = now->failures - before->failures,
		.overflows = now->overflows - before->overflows,
	};
}

void buffers_watch_end(struct buffers_watch *watch)
{
	if (watch == NULL)
		return;
	struct results_page *page = watch->peer->page;
	atomic_store(&watch->ends, true);
	pthread_join(watch->thread, NULL);
	if (watch->looks > 0)
		write_books(watch, watch->peer->role == ROLE_CLIENT ? &page->buffers_client
								    : &page->buffers_server);
	free(watch);
}
