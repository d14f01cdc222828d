#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "counters.h"

#define CACHE_READ_MISS(cache)                                                                     \
	((cache) | PERF_COUNT_HW_CACHE_OP_READ << 8 | PERF_COUNT_HW_CACHE_RESULT_MISS << 16)

/* Where an event is counted. */
enum side { SIDE_BOTH, SIDE_USER, SIDE_KERNEL };

static const struct {
	uint32_t type;
	enum side side;
	uint64_t config;
} events[EVENT_COUNT] = {
	[EVENT_CYCLES_USER] = {PERF_TYPE_HARDWARE, SIDE_USER, PERF_COUNT_HW_CPU_CYCLES},
	[EVENT_CYCLES_KERNEL] = {PERF_TYPE_HARDWARE, SIDE_KERNEL, PERF_COUNT_HW_CPU_CYCLES},
	[EVENT_INSTRUCTIONS_USER] = {PERF_TYPE_HARDWARE, SIDE_USER, PERF_COUNT_HW_INSTRUCTIONS},
	[EVENT_INSTRUCTIONS_KERNEL] = {PERF_TYPE_HARDWARE, SIDE_KERNEL, PERF_COUNT_HW_INSTRUCTIONS},
	[EVENT_CACHE_REFERENCES] = {PERF_TYPE_HARDWARE, SIDE_BOTH, PERF_COUNT_HW_CACHE_REFERENCES},
	[EVENT_CACHE_MISSES] = {PERF_TYPE_HARDWARE, SIDE_BOTH, PERF_COUNT_HW_CACHE_MISSES},
	[EVENT_DTLB_LOAD_MISSES] = {PERF_TYPE_HW_CACHE, SIDE_BOTH,
				    CACHE_READ_MISS(PERF_COUNT_HW_CACHE_DTLB)},
	[EVENT_BRANCH_MISSES] = {PERF_TYPE_HARDWARE, SIDE_BOTH, PERF_COUNT_HW_BRANCH_MISSES},
	[EVENT_TASK_CLOCK_NS] = {PERF_TYPE_SOFTWARE, SIDE_BOTH, PERF_COUNT_SW_TASK_CLOCK},
	[EVENT_PAGE_FAULTS_USER] = {PERF_TYPE_SOFTWARE, SIDE_USER, PERF_COUNT_SW_PAGE_FAULTS},
	[EVENT_PAGE_FAULTS_KERNEL] = {PERF_TYPE_SOFTWARE, SIDE_KERNEL, PERF_COUNT_SW_PAGE_FAULTS},
	[EVENT_CONTEXT_SWITCHES] = {PERF_TYPE_SOFTWARE, SIDE_BOTH, PERF_COUNT_SW_CONTEXT_SWITCHES},
};

static int open_event(enum page_event event)
{
	enum side side = events[event].side;
	struct perf_event_attr attr = {
		.type = events[event].type,
		.size = sizeof attr,
		.config = events[event].config,
		.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
		.inherit = 1,
		.exclude_user = side == SIDE_KERNEL,
		.exclude_kernel = side == SIDE_USER,
		.exclude_hv = side != SIDE_BOTH,
	};
	return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

void counters_open(struct counters *counters, struct page_counters *page)
{
	memset(page, 0, sizeof *page);
	for (int event = 0; event < EVENT_COUNT; event++) {
		counters->fds[event] = open_event((enum page_event)event);
		if (counters->fds[event] >= 0)
			page->opened |= 1u << event;
		else if (page->error == 0)
			page->error = errno;
	}
}

/* An event that can't be read has not been opened, as far as others are concerned. */
static void sample(int fd, struct page_counters *page, int event, bool end)
{
	struct {
		uint64_t value, enabled_ns, running_ns;
	} now;
	if (read(fd, &now, sizeof now) != sizeof now) {
		page->opened &= ~(1u << event);
		if (page->error == 0)
			page->error = errno;
		return;
	}
	page->values[event] = now.value - (end ? page->values[event] : 0);
	page->enabled_ns[event] = now.enabled_ns - (end ? page->enabled_ns[event] : 0);
	page->running_ns[event] = now.running_ns - (end ? page->running_ns[event] : 0);
}

void counters_sample(const struct counters *counters, struct page_counters *page, bool end)
{
	if (counters == NULL)
		return;
	for (int i = 0; i < EVENT_COUNT; i++) {
		int event = end ? EVENT_COUNT - 1 - i : i;
		if (counters->fds[event] >= 0)
			sample(counters->fds[event], page, event, end);
	}
}

void counters_close(struct counters *counters)
{
	for (int event = 0; event < EVENT_COUNT; event++)
		if (counters->fds[event] >= 0)
			close(counters->fds[event]);
}
