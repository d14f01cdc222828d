#include "histogram.h"

void recorder_start(struct recorder *recorder, struct results_page *page, uint64_t batch)
{
	*recorder = (struct recorder){.page = page, .batch = batch, .limit = RESULTS_SAMPLES_MAX};
	page->batch = batch;
	page->sample_count = 0;
	page->sample_stride = 1;
	page->min_ps = UINT64_MAX;
}

/* Halves the list by dropping every second sample, so that what stays is still
 * evenly spread over the window. */
static void thin(struct results_page *page)
{
	uint64_t kept = 0;
	for (uint64_t i = 0; i < page->sample_count; i += 2)
		page->samples[kept++] = page->samples[i];
	page->sample_count = kept;
	page->sample_stride *= 2;
}

void recorder_add(struct recorder *recorder, uint64_t elapsed_ns)
{
	struct results_page *page = recorder->page;
	uint64_t ps = elapsed_ns * 1000u;
	if (recorder->batch > 1)
		ps /= recorder->batch;

	page->histogram[histogram_bucket(ps)]++;
	page->histogram_count++;
	page->sum_ps += ps;
	if (ps < page->min_ps)
		page->min_ps = ps;
	if (ps > page->max_ps)
		page->max_ps = ps;

	if (recorder->skip > 0) {
		recorder->skip--;
		return;
	}
	if (page->sample_count == recorder->limit)
		thin(page);
	page->samples[page->sample_count++] = elapsed_ns;
	recorder->skip = page->sample_stride - 1;
}

static void add_figures(struct results_page *page, const struct results_page *part)
{
	for (uint32_t bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++)
		page->histogram[bucket] += part->histogram[bucket];
	page->histogram_count += part->histogram_count;
	page->sum_ps += part->sum_ps;
	if (part->min_ps < page->min_ps)
		page->min_ps = part->min_ps;
	if (part->max_ps > page->max_ps)
		page->max_ps = part->max_ps;
}

/* The part whose next sample is the earliest, as a share of its list. */
static uint32_t next_part(struct results_page *const *parts, const uint64_t *taken, uint32_t count)
{
	uint32_t best = count;
	double earliest = 2;
	for (uint32_t i = 0; i < count; i++) {
		double at = ((double)taken[i] + 0.5) / (double)parts[i]->sample_count;
		if (taken[i] < parts[i]->sample_count && at < earliest) {
			best = i;
			earliest = at;
		}
	}
	return best;
}

void recorder_merge(struct results_page *page, struct results_page *const *parts, uint32_t count)
{
	uint64_t taken[RESULTS_PARTS_MAX] = {0};
	uint32_t from;
	for (uint32_t i = 0; i < count; i++) {
		add_figures(page, parts[i]);
		if (parts[i]->sample_stride > page->sample_stride)
			page->sample_stride = parts[i]->sample_stride;
	}
	for (uint32_t i = 0; i < count; i++)
		while (parts[i]->sample_stride < page->sample_stride)
			thin(parts[i]);
	while ((from = next_part(parts, taken, count)) < count)
		page->samples[page->sample_count++] = parts[from]->samples[taken[from]++];
}
