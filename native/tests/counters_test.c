#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "counters.h"
#include "test.h"

enum { TOUCHED_PAGES = 200, SLEEPS = 20 };

#define EVENT(name) (1u << EVENT_##name)

static const uint32_t all_events = (1u << EVENT_COUNT) - 1;
static const uint32_t software = EVENT(TASK_CLOCK_NS) | EVENT(PAGE_FAULTS_USER) |
				 EVENT(PAGE_FAULTS_KERNEL) | EVENT(CONTEXT_SWITCHES);

static void open_or_skip(struct counters *counters, struct page_counters *page)
{
	counters_open(counters, page);
	if ((page->opened & software) != software)
		SKIP("perf_event_open of the kernel's own events", page->error);
}

static uint64_t minor_faults(void)
{
	struct rusage usage;
	getrusage(RUSAGE_THREAD, &usage); /* a sanitizer has threads of its own */
	return (uint64_t)usage.ru_minflt;
}

static uint64_t own_cpu_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void touch_pages(void)
{
	size_t bytes = (size_t)sysconf(_SC_PAGESIZE);
	char *memory = mmap(NULL, TOUCHED_PAGES * bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(memory != MAP_FAILED && madvise(memory, TOUCHED_PAGES * bytes, MADV_NOHUGEPAGE) == 0);
	for (size_t i = 0; i < TOUCHED_PAGES; i++)
		*(volatile char *)(memory + i * bytes) = 1;
	munmap(memory, TOUCHED_PAGES * bytes);
}

static void *touch_in_thread(void *unused)
{
	touch_pages();
	return unused;
}

static uint64_t faults_in(const struct page_counters *page)
{
	return page->values[EVENT_PAGE_FAULTS_USER] + page->values[EVENT_PAGE_FAULTS_KERNEL];
}

/* What is counted is the window's, no more and no less. */
static void window(void)
{
	struct counters counters;
	struct page_counters page;
	open_or_skip(&counters, &page);
	touch_pages();
	counters_sample(&counters, &page, false);
	uint64_t before = minor_faults(), cpu_ns = own_cpu_ns();
	touch_pages();
	while (own_cpu_ns() - cpu_ns < 20000000)
		;
	cpu_ns = own_cpu_ns() - cpu_ns;
	uint64_t faults = minor_faults() - before;
	counters_sample(&counters, &page, true);
	touch_pages();
	CHECK(faults >= TOUCHED_PAGES);
	CHECK(page.values[EVENT_PAGE_FAULTS_USER] >= TOUCHED_PAGES);
	CHECK(faults_in(&page) >= faults && faults_in(&page) < faults + TOUCHED_PAGES / 2);
	/* By another clock, which may leave out what a hypervisor has taken. */
	CHECK(page.values[EVENT_TASK_CLOCK_NS] >= cpu_ns / 4 * 3);
	CHECK(page.enabled_ns[EVENT_TASK_CLOCK_NS] > 0);
	CHECK(page.running_ns[EVENT_TASK_CLOCK_NS] == page.enabled_ns[EVENT_TASK_CLOCK_NS]);
	counters_close(&counters);
}

/* Also what threads do that were made after the events. */
static void threads(void)
{
	struct counters counters;
	struct page_counters page;
	pthread_t thread;
	open_or_skip(&counters, &page);
	counters_sample(&counters, &page, false);
	CHECK(pthread_create(&thread, NULL, touch_in_thread, NULL) == 0);
	pthread_join(thread, NULL);
	counters_sample(&counters, &page, true);
	CHECK(page.values[EVENT_PAGE_FAULTS_USER] >= TOUCHED_PAGES);
	counters_close(&counters);
}

static void switches(void)
{
	const struct timespec moment = {.tv_nsec = 1000};
	struct counters counters;
	struct page_counters page;
	open_or_skip(&counters, &page);
	counters_sample(&counters, &page, false);
	for (int i = 0; i < SLEEPS; i++)
		nanosleep(&moment, NULL);
	counters_sample(&counters, &page, true);
	CHECK(page.values[EVENT_CONTEXT_SWITCHES] >= SLEEPS);
	counters_close(&counters);
}

/* Each event is there or isn't by itself, and says so. */
static void availability(void)
{
	struct counters counters;
	struct page_counters page;
	counters_open(&counters, &page);
	CHECK((page.error == 0) == (page.opened == all_events));
	uint32_t opened = 0;
	for (int event = 0; event < EVENT_COUNT; event++)
		if (counters.fds[event] >= 0)
			opened |= 1u << event;
	CHECK(opened == page.opened);
	counters_close(&counters);
}

/* From here on this process may not count. */
static void forbid_perf_events(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_perf_event_open, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = sizeof filter / sizeof filter[0], .filter = filter};
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		SKIP("seccomp", errno);
}

/* In a container, or with perf_event_paranoid at 3. */
static void forbidden(void)
{
	struct counters counters;
	struct page_counters page;
	forbid_perf_events();
	counters_open(&counters, &page);
	CHECK(page.error == EACCES && page.opened == 0);
	counters_sample(&counters, &page, false);
	counters_sample(&counters, &page, true);
	CHECK(page.error == EACCES && page.values[EVENT_TASK_CLOCK_NS] == 0);
	counters_close(&counters);
}

/* The usual case: nobody asked. */
static void none(void)
{
	struct page_counters page, before;
	memset(&page, 7, sizeof page);
	before = page;
	counters_sample(NULL, &page, false);
	counters_sample(NULL, &page, true);
	CHECK(memcmp(&page, &before, sizeof page) == 0);
}

const struct test counters_tests[] = {{"counters.window", window},
				      {"counters.threads", threads},
				      {"counters.switches", switches},
				      {"counters.availability", availability},
				      {"counters.forbidden", forbidden},
				      {"counters.none", none},
				      {NULL, NULL}};
