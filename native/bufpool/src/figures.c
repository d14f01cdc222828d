/* What can be said of a pool. All of it is read while others change it. */
#include "layout.h"

void bufpool_time(struct bufpool *pool, uint32_t every)
{
	/* relaxed: sooner or later. */
	atomic_store_explicit(&pool->time_every, every, memory_order_relaxed);
}

/* relaxed throughout: for display. */
static uint64_t value(const _Atomic uint64_t *word)
{
	return atomic_load_explicit(word, memory_order_relaxed);
}

void bufpool_usage(const struct bufpool *pool, struct bufpool_usage *usage)
{
	uint64_t now = bufpool_now_ns();
	*usage = (struct bufpool_usage){.areas = areas_of(pool)};
	for (uint32_t index = 0; index < usage->areas * pool->geometry.buffers; index++) {
		const struct pair *pair = pair_of(pool, index);
		uint32_t flag = atomic_load_explicit(&pair->flag, memory_order_relaxed);
		uint64_t since = value(&pair->since_ns);
		usage->in_use += !is_free(flag);
		usage->open_ns += !is_free(flag) && since != 0 && since < now ? now - since : 0;
		usage->touched += value(&pair->holdings) != 0;
		usage->holdings += value(&pair->holdings);
		usage->timed += value(&pair->timed);
		usage->held_ns += value(&pair->held_ns);
	}
}

uint32_t bufpool_holdings(const struct bufpool *pool, uint32_t *holdings, uint32_t most)
{
	uint32_t count = areas_of(pool) * pool->geometry.buffers;
	for (uint32_t index = 0; index < count && index < most; index++)
		holdings[index] = (uint32_t)value(&pair_of(pool, index)->holdings);
	return count;
}

void bufpool_counts(const struct bufpool *pool, struct bufpool_counts *counts)
{
	*counts = (struct bufpool_counts){.waits = value(&pool->waits),
					  .failures = value(&pool->failures),
					  .grown = value(&pool->grown)};
}
