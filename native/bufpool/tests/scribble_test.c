/* A peer that writes nonsense: this side stays in its memory and its buffers apart. */
#include <pthread.h>
#include <sched.h>

#include "check.h"
#include "layout.h"

static void a_wrong_count(void)
{
	static const uint32_t wrong[] = {2, 4, 33, UINT32_MAX};
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct pair_of_sides both = open_both(3, 64, 1);
		struct bufpool_buffer one;
		both.second->areas->count = wrong[i];
		CHECK(bufpool_allocate(both.first, &one) == BUFPOOL_DAMAGED);
		CHECK(bufpool_obtain(both.first, BUFPOOL_WAIT, NULL, NULL, &one) ==
		      BUFPOOL_DAMAGED);
		CHECK(bufpool_initialise(both.first) == BUFPOOL_DAMAGED);
		/* The peer's death mends it. */
		CHECK(bufpool_reclaim(both.first) == 0);
		CHECK(bufpool_allocate(both.first, &one) == BUFPOOL_OK);
		close_both(&both);
	}
}

static void a_number_of_areas_out_of_bounds(void)
{
	struct pair_of_sides both = open_both(2, 64, 2);
	struct bufpool_buffer one;
	both.second->head->areas = UINT32_MAX;
	for (int i = 0; i < 4; i++)
		CHECK(bufpool_allocate(both.first, &one) == BUFPOOL_OK && one.index < 4);
	CHECK(bufpool_allocate(both.first, &one) == BUFPOOL_EMPTY);
	CHECK(bufpool_obtain(both.first, BUFPOOL_GROW, NULL, NULL, &one) == BUFPOOL_EMPTY);
	close_both(&both);
}

/* References are for readers of the area; nothing follows them. */
static void a_wrong_reference(void)
{
	struct pair_of_sides both = open_both(2, 64, 1);
	struct bufpool_buffer one, two;
	CHECK(bufpool_allocate(both.first, &one) == BUFPOOL_OK);
	CHECK(bufpool_free(both.first, &one) == BUFPOOL_OK);
	both.second->areas->pairs[0].reference = 0x7fffffff;
	CHECK(bufpool_allocate(both.first, &two) == BUFPOOL_OK && two.data == one.data);
	close_both(&both);
}

/* A flag set free under its holder: no other thread gets it. */
static void a_flag_set_free(void)
{
	struct pair_of_sides both = open_both(2, 64, 1);
	struct bufpool_buffer held, other, none;
	CHECK(bufpool_allocate(both.first, &held) == BUFPOOL_OK);
	both.second->areas->pairs[held.index].flag = FLAG_FREE;
	CHECK(bufpool_allocate(both.first, &other) == BUFPOOL_OK);
	CHECK(other.index != held.index);
	CHECK(bufpool_allocate(both.first, &none) == BUFPOOL_EMPTY);
	CHECK(bufpool_free(both.first, &held) == BUFPOOL_OK);
	CHECK(bufpool_free(both.first, &other) == BUFPOOL_OK);
	close_both(&both);
}

static void a_flag_of_nonsense(void)
{
	struct pair_of_sides both = open_both(2, 64, 1);
	struct bufpool_buffer one, two;
	both.second->areas->pairs[0].flag = 7;
	both.second->areas->pairs[1].flag = FLAG_SIDES | 0xabc0;
	CHECK(bufpool_allocate(both.first, &one) == BUFPOOL_EMPTY);
	CHECK(bufpool_reclaim(both.first) == 2);
	CHECK(bufpool_allocate(both.first, &one) == BUFPOOL_OK);
	CHECK(bufpool_allocate(both.first, &two) == BUFPOOL_OK);
	close_both(&both);
}

/* Threads that allocate while all of the control area is overwritten at random: no buffer
 * is in two threads' hands at once, and none lies elsewhere. */
enum { THREADS = 4, ROUNDS = 30000 };

static struct {
	struct pair_of_sides both;
	_Atomic uint32_t owners[8];
	_Atomic bool stop;
} scene;

static void *hold_buffers(void *number)
{
	uint32_t mine = 1 + (uint32_t)(uintptr_t)number;
	for (int i = 0; i < ROUNDS; i++) {
		struct bufpool_buffer one;
		uint32_t nobody = 0;
		if (bufpool_allocate(scene.both.first, &one) != BUFPOOL_OK)
			continue;
		CHECK(one.index < 8 && one.data >= scene.both.first->buffers &&
		      one.data + 64 <= (char *)scene.both.memory + scene.both.bytes);
		CHECK(atomic_compare_exchange_strong(&scene.owners[one.index], &nobody, mine));
		if (i % 16 == 0)
			sched_yield();
		CHECK(atomic_exchange(&scene.owners[one.index], 0) == mine);
		bufpool_free(scene.both.first, &one);
	}
	return NULL;
}

static void *scribble(void *unused)
{
	uint32_t random = 7;
	(void)unused;
	while (!scene.stop) {
		struct area *area = &scene.both.second->areas[random_next(&random) % 2];
		struct pair *pair = &area->pairs[random_next(&random) % 4];
		uint32_t word = random_next(&random);
		atomic_store(&pair->flag, word % 3 == 0 ? FLAG_FREE : word);
		atomic_store(&pair->reference, word);
		atomic_store(&area->count, word % 8 == 0 ? word : 4);
		atomic_store(&scene.both.second->head->areas, word % 8 == 1 ? word : 1);
		atomic_store(&scene.both.second->head->waiting[0], word & 1);
	}
	return NULL;
}

static void scribbling_all_over(void)
{
	pthread_t threads[THREADS], scribbler;
	scene.both = open_both(4, 64, 2);
	CHECK(pthread_create(&scribbler, NULL, scribble, NULL) == 0);
	for (uintptr_t i = 0; i < THREADS; i++)
		CHECK(pthread_create(&threads[i], NULL, hold_buffers, (void *)i) == 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	scene.stop = true;
	pthread_join(scribbler, NULL);
	/* The scribbler is dead; what it did is mended. */
	scene.both.second->head->areas = 1;
	bufpool_reclaim(scene.both.first);
	CHECK(in_use(scene.both.first) == 0);
	close_both(&scene.both);
}

const struct test scribble_tests[] = {
	{"a-wrong-count", a_wrong_count},
	{"a-number-of-areas-out-of-bounds", a_number_of_areas_out_of_bounds},
	{"a-wrong-reference", a_wrong_reference},
	{"a-flag-set-free", a_flag_set_free},
	{"a-flag-of-nonsense", a_flag_of_nonsense},
	{"scribbling-all-over", scribbling_all_over},
	{NULL, NULL},
};
