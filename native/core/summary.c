#include <stdio.h>
#include <string.h>

#include "histogram.h"
#include "summary.h"

/* Upper edge of the bucket in which the quantile lies, in ns. */
static double quantile_ns(const struct results_page *page, double q)
{
	uint64_t rank = (uint64_t)((double)page->histogram_count * q), seen = 0;
	for (uint32_t bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
		seen += page->histogram[bucket];
		if (seen > rank) {
			uint32_t shift = bucket >> HISTOGRAM_LINEAR_BITS;
			uint64_t within = bucket & ((1u << HISTOGRAM_LINEAR_BITS) - 1u);
			if (shift == 0)
				return (double)within / 1000.0;
			within += 1u << HISTOGRAM_LINEAR_BITS;
			return (double)(within << (shift - 1u)) / 1000.0;
		}
	}
	return 0;
}

/* Of the operations' own times: with several callers more of them fit in the
 * window than its length divided by this. */
static double mean_ns(const struct results_page *page)
{
	if (page->histogram_count == 0)
		return 0;
	return (double)page->sum_ps / 1000.0 / (double)page->histogram_count;
}

static int print_problem(const struct results_page *page)
{
	const struct page_report *all[] = {&page->report_launcher, &page->report_server,
					   &page->report_client};
	uint32_t blame = atomic_load(&page->blame);
	const struct page_report *report = blame == WRITER_NONE ? all[0] : all[blame - 1];
	fprintf(stderr, "%s%s%s%s%s", report->reason, report->reason[0] ? ": " : "",
		report->expression, report->error ? ": " : "",
		report->error ? strerror(report->error) : "");
	if (report->file[0])
		fprintf(stderr, " (%s:%u)", report->file, report->line);
	fprintf(stderr, "%s%s\n", report->remedy[0] ? "; " : "", report->remedy);
	return page->report_launcher.status == PAGE_UNAVAILABLE ? 3 : 1;
}

static void print_buffers(const struct page_buffers *buffers)
{
	if (buffers->looks == 0)
		return;
	printf("  buffers: peak %llu, mean %.2f (%.2f) of %llu B, held %.1f us each, %llu times, %llu waits, "
	       "%llu failures\n",
	       (unsigned long long)buffers->peak,
	       (double)buffers->in_use_ns / (double)buffers->span_ns,
	       (double)buffers->in_use_sum / (double)buffers->looks,
	       (unsigned long long)buffers->buffer_bytes,
	       buffers->timed > 0 ? (double)buffers->held_ns / 1e3 / (double)buffers->timed : 0.0,
	       (unsigned long long)buffers->holdings, (unsigned long long)buffers->waits,
	       (unsigned long long)buffers->failures);
}

int summary_print(const struct cell *cell, const struct results_page *page)
{
	if (page->report_launcher.status != PAGE_OK)
		return print_problem(page);
	const struct page_usage *sides[] = {&page->usage_client, &page->usage_server};
	printf("%s %s %llu B wait=%s: median %.1f ns, p99 %.1f ns, mean %.1f ns, %llu ops, batch %llu\n",
	       cell->probe, pattern_name(cell->pattern), (unsigned long long)cell->size_bytes,
	       wait_name(cell->wait), quantile_ns(page, 0.5), quantile_ns(page, 0.99),
	       mean_ns(page), (unsigned long long)page->ops, (unsigned long long)page->batch);
	for (int i = 0; i < 2; i++)
		printf("  %s: user %.1f ms, system %.1f ms, switches %llu + %llu, faults %llu, ops %llu\n",
		       i == 0 ? "client" : "server", (double)sides[i]->user_ns / 1e6,
		       (double)sides[i]->system_ns / 1e6,
		       (unsigned long long)sides[i]->voluntary_switches,
		       (unsigned long long)sides[i]->involuntary_switches,
		       (unsigned long long)sides[i]->minor_faults,
		       (unsigned long long)sides[i]->ops);
	print_buffers(&page->buffers_client);
	return 0;
}
