#include <sched.h>
#include <sys/resource.h>
#include <time.h>

#include "clock.h"
#include "counters.h"
#include "usage.h"
#include "usdt.h"

static uint64_t timeval_ns(struct timeval time)
{
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_usec * 1000u;
}

/* The clock of tracers; figures come from clock_now_ns(). */
static uint64_t monotonic_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static struct page_usage *usage_of(struct peer *peer)
{
	return peer->role == ROLE_SERVER ? &peer->page->usage_server : &peer->page->usage_client;
}

static struct page_counters *counters_of(struct peer *peer)
{
	return peer->role == ROLE_SERVER ? &peer->page->counters_server
					 : &peer->page->counters_client;
}

/* At a window's start it stores what was used so far, at its end it turns that into
 * differences. */
static void sample(struct page_usage *usage, bool end)
{
	struct rusage now;
	uint64_t wall = clock_now_ns();
	getrusage(RUSAGE_SELF, &now);
	uint64_t values[] = {wall,
			     timeval_ns(now.ru_utime),
			     timeval_ns(now.ru_stime),
			     (uint64_t)now.ru_nvcsw,
			     (uint64_t)now.ru_nivcsw,
			     (uint64_t)now.ru_minflt,
			     (uint64_t)now.ru_majflt};
	uint64_t *fields[] = {&usage->wall_ns,
			      &usage->user_ns,
			      &usage->system_ns,
			      &usage->voluntary_switches,
			      &usage->involuntary_switches,
			      &usage->minor_faults,
			      &usage->major_faults};
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
		*fields[i] = end ? values[i] - *fields[i] : values[i];
	*(end ? &usage->cpu_last : &usage->cpu_first) = sched_getcpu();
}

/* Both ends read in the opposite order, so that what is read first is read last. */
void usage_begin(struct peer *peer)
{
	struct page_usage *usage = usage_of(peer);
	counters_sample(peer->counters, counters_of(peer), false);
	sample(usage, false);
	usage->begin_ns = monotonic_ns();
	USDT2(ipcbench, window__begin, peer->role, 0);
}

void usage_end(struct peer *peer, uint64_t ops)
{
	struct page_usage *usage = usage_of(peer);
	USDT2(ipcbench, window__end, peer->role, ops);
	usage->end_ns = monotonic_ns();
	sample(usage, true);
	counters_sample(peer->counters, counters_of(peer), true);
	usage->ops = ops;
	if (peer->cell->pattern == PATTERN_CONNECT)
		return;
	usage->bytes_sent = ops * peer->out_bytes;
	usage->bytes_received = ops * peer->in_bytes;
}
