#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "page.h"

struct results_page *page_map(int fd)
{
	struct stat status;
	if (fstat(fd, &status) < 0)
		return NULL;
	if ((uint64_t)status.st_size < sizeof(struct results_page)) {
		errno = EPROTO;
		return NULL;
	}
	struct results_page *page = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE,
					 MAP_SHARED | MAP_POPULATE, fd, 0);
	if (page == MAP_FAILED)
		return NULL;
	if (page->magic == RESULTS_PAGE_MAGIC && page->version == RESULTS_PAGE_VERSION &&
	    page->page_bytes == sizeof *page)
		return page;
	munmap(page, sizeof *page);
	errno = EPROTO;
	return NULL;
}

struct results_page *page_create(int *fd)
{
	struct {
		uint32_t magic, version;
		uint64_t page_bytes;
	} header = {RESULTS_PAGE_MAGIC, RESULTS_PAGE_VERSION, sizeof(struct results_page)};
	*fd = memfd_create("ipcbench-results", MFD_CLOEXEC);
	if (*fd < 0 || ftruncate(*fd, sizeof(struct results_page)) < 0 ||
	    pwrite(*fd, &header, sizeof header, 0) != sizeof header)
		return NULL;
	return page_map(*fd);
}

struct field {
	const char *name;
	size_t offset;
	size_t bytes;
};

#define FIELD(type, name)                                                                          \
	{                                                                                          \
#name, offsetof(struct type, name), sizeof(((struct type *)0)->name)               \
	}
#define PAGE(name)     FIELD(results_page, name)
#define REPORT(name)   FIELD(page_report, name)
#define GRANTED(name)  FIELD(page_granted, name)
#define USAGE(name)    FIELD(page_usage, name)
#define COUNTERS(name) FIELD(page_counters, name)
#define BUFFERS(name)  FIELD(page_buffers, name)

static const struct field page_fields[] = {
	PAGE(magic),
	PAGE(version),
	PAGE(page_bytes),
	PAGE(stop),
	PAGE(hold),
	PAGE(last_op),
	PAGE(progress_ops),
	PAGE(progress_ns),
	PAGE(phase),
	PAGE(blame),
	PAGE(window_ns),
	PAGE(ops),
	PAGE(batch),
	PAGE(clock_cost_ps),
	PAGE(sample_count),
	PAGE(sample_stride),
	PAGE(histogram_count),
	PAGE(min_ps),
	PAGE(max_ps),
	PAGE(sum_ps),
	PAGE(warmup_ops),
	PAGE(verified_ops),
	PAGE(request_bytes),
	PAGE(reply_bytes),
	PAGE(adaptive_spin_ns),
	PAGE(report_launcher),
	PAGE(report_server),
	PAGE(report_client),
	PAGE(usage_server),
	PAGE(usage_client),
	PAGE(stream_window),
	PAGE(service_count),
	PAGE(service_sum_ps),
	PAGE(service_min_ps),
	PAGE(service_max_ps),
	PAGE(unsent_ops),
	PAGE(clock_step_ns),
	PAGE(granted_server),
	PAGE(granted_client),
	PAGE(counters_server),
	PAGE(counters_client),
	PAGE(buffers_server),
	PAGE(buffers_client),
	PAGE(service_histogram),
	PAGE(histogram),
	PAGE(samples),
	{NULL, 0, 0},
};

static const struct field report_fields[] = {
	REPORT(status),     REPORT(error),  REPORT(line),   REPORT(writer), REPORT(file),
	REPORT(expression), REPORT(reason), REPORT(remedy), {NULL, 0, 0},
};

static const struct field usage_fields[] = {
	USAGE(ops),
	USAGE(wall_ns),
	USAGE(user_ns),
	USAGE(system_ns),
	USAGE(voluntary_switches),
	USAGE(involuntary_switches),
	USAGE(minor_faults),
	USAGE(major_faults),
	USAGE(bytes_sent),
	USAGE(bytes_received),
	USAGE(begin_ns),
	USAGE(end_ns),
	USAGE(pid),
	USAGE(cpu_first),
	USAGE(cpu_last),
	{NULL, 0, 0},
};

static const struct field granted_fields[] = {
	GRANTED(sndbuf_bytes), GRANTED(rcvbuf_bytes), GRANTED(rcvlowat_bytes),
	GRANTED(backlog),      {NULL, 0, 0},
};

static const struct field buffers_fields[] = {
	BUFFERS(buffer_bytes), BUFFERS(looks), BUFFERS(in_use_sum), BUFFERS(peak),
	BUFFERS(holdings),     BUFFERS(timed), BUFFERS(held_ns),    BUFFERS(in_use_ns),
	BUFFERS(span_ns),      BUFFERS(waits), BUFFERS(failures),   BUFFERS(overflows),
	{NULL, 0, 0},
};

static const struct field counters_fields[] = {
	COUNTERS(error),      COUNTERS(opened),     COUNTERS(values),
	COUNTERS(enabled_ns), COUNTERS(running_ns), {NULL, 0, 0},
};

static void print_struct(const char *name, size_t bytes, const struct field *fields)
{
	printf("\"%s\":{\"bytes\":%zu,\"fields\":{", name, bytes);
	for (const struct field *field = fields; field->name != NULL; field++)
		printf("%s\"%s\":[%zu,%zu]", field == fields ? "" : ",", field->name, field->offset,
		       field->bytes);
	printf("}},");
}

void page_print_layout(void)
{
	putchar('{');
	print_struct("page", sizeof(struct results_page), page_fields);
	print_struct("report", sizeof(struct page_report), report_fields);
	print_struct("usage", sizeof(struct page_usage), usage_fields);
	print_struct("granted", sizeof(struct page_granted), granted_fields);
	print_struct("buffers", sizeof(struct page_buffers), buffers_fields);
	print_struct("counters", sizeof(struct page_counters), counters_fields);
	printf("\"histogram\":{\"linear_bits\":%u,\"top_bit\":%u,\"buckets\":%u},",
	       HISTOGRAM_LINEAR_BITS, HISTOGRAM_TOP_BIT, HISTOGRAM_BUCKETS);
	printf("\"version\":%u}\n", RESULTS_PAGE_VERSION);
}
