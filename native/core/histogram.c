#include "histogram.h"

void recorder_start(struct recorder *recorder, struct results_page *page, uint64_t batch)
{
	*recorder = (struct recorder){.page = page, .batch = batch};
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
	if (page->sample_count == RESULTS_SAMPLES_MAX)
		thin(page);
	page->samples[page->sample_count++] = elapsed_ns;
	recorder->skip = page->sample_stride - 1;
}
