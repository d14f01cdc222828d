#include "histogram.h"
#include "test.h"

/* Lowest value of a bucket, by the definition in results_page.h rather than by
 * the code under test. */
static uint64_t bucket_low(uint32_t bucket)
{
	uint32_t octave = bucket >> HISTOGRAM_LINEAR_BITS;
	uint64_t within = bucket & ((1u << HISTOGRAM_LINEAR_BITS) - 1u);
	return octave == 0 ? within : (within + (1u << HISTOGRAM_LINEAR_BITS)) << (octave - 1u);
}

static void edges(void)
{
	for (uint32_t bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
		CHECK(histogram_bucket(bucket_low(bucket)) == bucket);
		if (bucket + 1 < HISTOGRAM_BUCKETS)
			CHECK(histogram_bucket(bucket_low(bucket + 1) - 1) == bucket);
	}
	CHECK(histogram_bucket(UINT64_MAX) == HISTOGRAM_BUCKETS - 1);
}

static void widths(void)
{
	for (uint32_t bucket = 1u << HISTOGRAM_LINEAR_BITS; bucket + 1 < HISTOGRAM_BUCKETS;
	     bucket++) {
		uint64_t low = bucket_low(bucket), width = bucket_low(bucket + 1) - low;
		CHECK(width * 128 <= low);
	}
}

static struct results_page page;

static void thinning(void)
{
	struct recorder recorder;
	const uint64_t added = 5 * RESULTS_SAMPLES_MAX + 17;
	recorder_start(&recorder, &page, 4);
	for (uint64_t i = 0; i < added; i++)
		recorder_add(&recorder, i);
	CHECK(page.histogram_count == added);
	CHECK(page.sample_stride == 8);
	CHECK(page.sample_count == (added + 7) / 8);
	for (uint64_t i = 0; i < page.sample_count; i++)
		CHECK(page.samples[i] == i * page.sample_stride);
	CHECK(page.min_ps == 0);
	CHECK(page.max_ps == (added - 1) * 1000 / 4);
	uint64_t sum = 0;
	for (uint32_t bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++)
		sum += page.histogram[bucket];
	CHECK(sum == added);
}

/* Three recorders with a quarter of the room each: what they recorded together is
 * what one would have. */
static void merging(void)
{
	enum { PARTS = 3, LIMIT = RESULTS_SAMPLES_MAX / 4 };
	static struct results_page parts[PARTS], together;
	static const uint64_t added[PARTS] = {10 * LIMIT, LIMIT / 2, 3};
	struct results_page *all[PARTS];
	struct recorder recorder, one;
	uint64_t kept = 0, seen[PARTS] = {0};
	recorder_start(&one, &page, 2);
	recorder_start(&recorder, &together, 2);
	for (uint64_t part = 0; part < PARTS; part++) {
		all[part] = &parts[part];
		recorder_start(&recorder, all[part], 2);
		recorder.limit = LIMIT;
		for (uint64_t i = 0; i < added[part]; i++) {
			recorder_add(&recorder, part * 1000000 + i);
			recorder_add(&one, part * 1000000 + i);
		}
	}
	recorder_merge(&together, all, PARTS);

	CHECK(together.histogram_count == page.histogram_count);
	CHECK(together.sum_ps == page.sum_ps);
	CHECK(together.min_ps == 0 && together.max_ps == page.max_ps);
	for (uint32_t bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++)
		CHECK(together.histogram[bucket] == page.histogram[bucket]);

	CHECK(together.sample_stride == 16);
	for (uint64_t part = 0; part < PARTS; part++)
		kept += (added[part] + 15) / 16;
	CHECK(together.sample_count == kept);
	for (uint64_t i = 0; i < kept; i++) {
		uint64_t part = together.samples[i] / 1000000;
		CHECK(part < PARTS && together.samples[i] % 1000000 == 16 * seen[part]++);
		/* In time order: the first list, 20 times as long, runs out with the second. */
		CHECK(seen[0] / 20 <= seen[1] + 1 && seen[1] <= seen[0] / 20 + 1);
	}
}

const struct test histogram_tests[] = {{"histogram.edges", edges},
				       {"histogram.widths", widths},
				       {"histogram.thinning", thinning},
				       {"histogram.merging", merging},
				       {NULL, NULL}};
