/* Every error there is, and the bounds of the geometry. */
#include "check.h"
#include "layout.h"

static void bounds_of_the_geometry(void)
{
	static const struct bufpool_geometry wrong[] = {
		{0, 5120, 1},
		{33, 5120, 1},
		{32, 0, 1},
		{32, 5120, 0},
		{32, 5120, 65},
		{32, UINT32_MAX, 1},
		{1, UINT32_MAX - 63, 1},
		{32, 1u << 30, 8},
	};
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct bufpool *pool;
		CHECK(bufpool_bytes(&wrong[i]) == 0);
		CHECK(bufpool_open(shared_memory(4096), SIZE_MAX, &wrong[i], BUFPOOL_FIRST,
				   &pool) == BUFPOOL_BAD_SHAPE);
	}
	struct bufpool_geometry least = {1, 1, 1}, most = {32, 5120, 64};
	CHECK(bufpool_bytes(&least) >= 64 + 64 * 33 + 64);
	CHECK(bufpool_bytes(&most) >= 32u * 5120 * 64);
}

static void memory_too_small_or_askew(void)
{
	struct bufpool_geometry geometry = {4, 5120, 2};
	size_t bytes = bufpool_bytes(&geometry);
	char *memory = shared_memory(bytes + 64);
	struct bufpool *pool;
	CHECK(bufpool_open(memory, bytes - 1, &geometry, BUFPOOL_FIRST, &pool) ==
	      BUFPOOL_BAD_SHAPE);
	CHECK(bufpool_open(memory + 8, bytes, &geometry, BUFPOOL_FIRST, &pool) ==
	      BUFPOOL_BAD_SHAPE);
	CHECK(bufpool_open(memory, bytes, &geometry, BUFPOOL_FIRST, &pool) == BUFPOOL_OK);
	bufpool_close(pool);
}

/* Each buffer is writable from end to end, and none reaches into another. */
static void buffers_lie_apart(void)
{
	struct pair_of_sides both = open_both(5, 100, 3);
	struct bufpool_buffer held[15];
	for (int i = 0; i < 15; i++) {
		CHECK(bufpool_obtain(both.first, BUFPOOL_GROW, NULL, NULL, &held[i]) == 0);
		memset(held[i].data, i + 1, 100);
	}
	for (int i = 0; i < 15; i++)
		for (int k = 0; k < 100; k++)
			CHECK(held[i].data[k] == i + 1);
	CHECK((char *)both.memory < held[0].data &&
	      held[14].data + 100 <= (char *)both.memory + both.bytes);
	close_both(&both);
}

static void a_second_free(void)
{
	struct pair_of_sides both = open_both(2, 64, 1);
	struct bufpool_buffer old, next;
	CHECK(bufpool_allocate(both.first, &old) == BUFPOOL_OK);
	CHECK(bufpool_free(both.first, &old) == BUFPOOL_OK);
	CHECK(bufpool_free(both.first, &old) == BUFPOOL_NOT_HELD);
	/* Nor does it free what the buffer has become since, on either side. */
	CHECK(bufpool_allocate(both.first, &next) == BUFPOOL_OK && next.index == old.index);
	CHECK(bufpool_free(both.first, &old) == BUFPOOL_NOT_HELD);
	CHECK(bufpool_free(both.second, &old) == BUFPOOL_NOT_HELD);
	CHECK(in_use(both.first) == 1);
	CHECK(bufpool_free(both.first, &next) == BUFPOOL_OK);
	CHECK(in_use(both.second) == 0);
	close_both(&both);
}

static void references_that_mean_nothing(void)
{
	struct pair_of_sides both = open_both(3, 64, 2);
	struct bufpool_buffer real, taken;
	CHECK(bufpool_allocate(both.first, &real) == BUFPOOL_OK);
	bufpool_pass(both.first, &real);
	CHECK(bufpool_take(both.second, 6, real.ticket, &taken) == BUFPOOL_UNKNOWN);
	CHECK(bufpool_take(both.second, UINT32_MAX, real.ticket, &taken) == BUFPOOL_UNKNOWN);
	CHECK(bufpool_take(both.second, real.index, 0, &taken) == BUFPOOL_UNKNOWN);
	CHECK(bufpool_take(both.second, real.index, FLAG_FREE, &taken) == BUFPOOL_UNKNOWN);
	CHECK(bufpool_take(both.second, real.index, FLAG_SIDES, &taken) == BUFPOOL_UNKNOWN);
	CHECK(bufpool_take(both.second, real.index, real.ticket, &taken) == BUFPOOL_OK);
	CHECK(taken.data - (char *)both.memory == real.data - (char *)both.memory);
	/* Named twice, it is held. */
	CHECK(bufpool_take(both.second, real.index, real.ticket, &real) == BUFPOOL_UNKNOWN);
	struct bufpool_buffer nonsense = {taken.data, 6, taken.ticket};
	CHECK(bufpool_free(both.second, &nonsense) == BUFPOOL_UNKNOWN);
	nonsense = (struct bufpool_buffer){taken.data, taken.index, FLAG_FREE};
	CHECK(bufpool_free(both.second, &nonsense) == BUFPOOL_UNKNOWN);
	nonsense = (struct bufpool_buffer){taken.data, taken.index, taken.ticket + FLAG_COUNT_ONE};
	CHECK(bufpool_free(both.second, &nonsense) == BUFPOOL_NOT_HELD);
	CHECK(bufpool_free(both.second, &taken) == BUFPOOL_OK);
	close_both(&both);
}

static void exhausted_fails(void)
{
	struct pair_of_sides both = open_both(32, 5120, 4);
	struct bufpool_buffer held[32], one;
	struct bufpool_counts counts;
	for (int i = 0; i < 32; i++)
		CHECK(bufpool_obtain(i % 2 ? both.first : both.second, BUFPOOL_FAIL, NULL, NULL,
				     &held[i]) == BUFPOOL_OK);
	CHECK(bufpool_allocate(both.first, &one) == BUFPOOL_EMPTY);
	CHECK(bufpool_obtain(both.first, BUFPOOL_FAIL, NULL, NULL, &one) == BUFPOOL_EMPTY);
	bufpool_counts(both.first, &counts);
	CHECK(counts.failures == 1 && counts.waits == 0 && counts.grown == 0);
	CHECK(bufpool_free(both.first, &held[17]) == BUFPOOL_OK);
	CHECK(bufpool_obtain(both.second, BUFPOOL_FAIL, NULL, NULL, &one) == BUFPOOL_OK);
	CHECK(one.index == 17);
	close_both(&both);
}

static void exhausted_grows(void)
{
	struct pair_of_sides both = open_both(4, 128, 3);
	struct bufpool_buffer held[12], one;
	struct bufpool_usage usage;
	struct bufpool_counts counts;
	for (uint32_t i = 0; i < 12; i++) {
		CHECK(bufpool_obtain(both.first, BUFPOOL_GROW, NULL, NULL, &held[i]) == 0);
		CHECK(held[i].index == i);
		bufpool_usage(both.second, &usage);
		CHECK(usage.areas == i / 4 + 1 && usage.touched == i + 1 && usage.in_use == i + 1);
	}
	CHECK(bufpool_obtain(both.first, BUFPOOL_GROW, NULL, NULL, &one) == BUFPOOL_EMPTY);
	bufpool_counts(both.first, &counts);
	CHECK(counts.grown == 2 && counts.failures == 1);
	/* What was added serves those who don't grow, too. */
	bufpool_pass(both.first, &held[9]);
	CHECK(bufpool_free(both.second, &held[9]) == BUFPOOL_OK);
	CHECK(bufpool_allocate(both.second, &one) == BUFPOOL_OK && one.index == 9);
	close_both(&both);
}

/* At once or on demand, the document's control area is what it should be. */
static void initialised_at_once_or_on_demand(void)
{
	for (int at_once = 0; at_once < 2; at_once++) {
		struct pair_of_sides both = open_both(3, 64, 1);
		struct area *area = both.first->areas;
		struct bufpool_buffer one;
		if (at_once)
			CHECK(bufpool_initialise(both.first) == BUFPOOL_OK);
		CHECK(area->count == (at_once ? 3 : 0));
		CHECK(area->pairs[2].flag == (at_once ? FLAG_FREE : 0));
		CHECK((area->pairs[2].reference != 0) == at_once);
		CHECK(bufpool_allocate(both.second, &one) == BUFPOOL_OK);
		CHECK(area->count == 3);
		CHECK((char *)both.memory + area->pairs[0].reference == one.data);
		CHECK(bufpool_free(both.first, &one) == BUFPOOL_OK);
		CHECK((area->pairs[0].flag & 7) == FLAG_FREE);
		close_both(&both);
	}
}

const struct test error_tests[] = {
	{"bounds-of-the-geometry", bounds_of_the_geometry},
	{"memory-too-small-or-askew", memory_too_small_or_askew},
	{"buffers-lie-apart", buffers_lie_apart},
	{"a-second-free", a_second_free},
	{"references-that-mean-nothing", references_that_mean_nothing},
	{"exhausted-fails", exhausted_fails},
	{"exhausted-grows", exhausted_grows},
	{"initialised-at-once-or-on-demand", initialised_at_once_or_on_demand},
	{NULL, NULL},
};
