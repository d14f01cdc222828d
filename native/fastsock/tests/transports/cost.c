/* What put and take cost, roughly: for runs by hand on a quiet machine. */
#include <sys/resource.h>
#include <unistd.h>

#include "cases.h"
#include "waiting.h"

/* Of this process and of children that were waited for: what a busy machine can't hide. */
static double cpu_ns(void)
{
	static const int whose[] = {RUSAGE_SELF, RUSAGE_CHILDREN};
	double ns = 0;
	for (int i = 0; i < 2; i++) {
		struct rusage usage;
		CHECK(getrusage(whose[i], &usage) == 0);
		ns += 1e9 * (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
		      1e3 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
	}
	return ns;
}

static void print_cost(const struct transport *transport, const char *what, size_t n,
		       uint64_t count, double ns, double cpu)
{
	printf("%-10s %-6s %6zu bytes: %8.0f ns, %8.0f ns of CPU in both processes\n",
	       transport->name, what, n, ns / (double)count, cpu / (double)count);
}

static void stream_cost(const struct transport *transport, size_t n, uint64_t count)
{
	struct pair pair;
	struct end end;
	pair_make(&pair, transport);
	pid_t child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		end_open(&end, &pair, SIDE_SERVER);
		for (uint64_t left = n * count; left > 0;) {
			size_t there = end_await(&end);
			size_t step = there < CHUNK_MOST ? there : CHUNK_MOST;
			end_take(&end, taken, step);
			left -= step;
		}
		_exit(0);
	}
	end_open(&end, &pair, SIDE_CLIENT);
	double cpu = cpu_ns();
	uint64_t start = clock_ns();
	for (uint64_t i = 0; i < count; i++)
		CHECK(end_send(&end, source, n) == n);
	check_child(child, 0);
	double ns = (double)(clock_ns() - start);
	print_cost(transport, "stream", n, count, ns, cpu_ns() - cpu);
}

static void exchange(struct end *end, size_t n, bool first)
{
	if (first)
		CHECK(end_send(end, source, n) == n);
	for (size_t left = n; left > 0;) {
		size_t there = end_await(end);
		size_t step = there < left ? there : left;
		end_take(end, taken, step);
		left -= step;
	}
	if (!first)
		CHECK(end_send(end, source, n) == n);
}

static void echo_cost(const struct transport *transport, size_t n, uint64_t count)
{
	struct pair pair;
	struct end end;
	pair_make(&pair, transport);
	pid_t child = fork();
	CHECK(child >= 0);
	end_open(&end, &pair, child == 0 ? SIDE_SERVER : SIDE_CLIENT);
	double cpu = cpu_ns();
	uint64_t start = clock_ns();
	for (uint64_t i = 0; i < count; i++)
		exchange(&end, n, child != 0);
	if (child == 0)
		_exit(0);
	double ns = (double)(clock_ns() - start);
	check_child(child, 0);
	print_cost(transport, "echo", n, count, ns, cpu_ns() - cpu);
}

void cost(const struct transport *transport)
{
	echo_cost(transport, 8, 20000);
	echo_cost(transport, 4096, 10000);
	stream_cost(transport, 64, 50000);
	stream_cost(transport, 4096, 30000);
	stream_cost(transport, 65536, 10000);
}
