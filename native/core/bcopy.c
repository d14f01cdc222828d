#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bcopy.h"
#include "copies.h"
#include "peer.h"

static int measure(struct copies *copies, struct meter *meter, const struct copies_cross *what)
{
	double ns;
	int cpu;
	int error = copies_cross_ns(copies, meter, what, &ns, &cpu);
	if (error != 0) {
		fprintf(stderr, "ipcbench-peer: bcopy: processor %d: %s\n", cpu, strerror(error));
		return PEER_EXIT_USAGE;
	}
	printf("{\"bytes\":%zu,\"rounds\":%zu,\"copy_ns\":%.3f}\n", what->bytes, meter->count, ns);
	return 0;
}

static bool parse(const char *text, long long low, long long high, long long *value)
{
	char *end;
	errno = 0;
	*value = strtoll(text, &end, 10);
	return errno == 0 && end != text && *end == '\0' && *value >= low && *value <= high;
}

int bcopy_main(int argc, char **argv)
{
	long long bytes, writer_cpu, copier_cpu, duration_ns;
	if (argc != 4 || !parse(argv[0], 1, SIZE_MAX_BYTES, &bytes) ||
	    !parse(argv[1], -1, CPU_SETSIZE - 1, &writer_cpu) ||
	    !parse(argv[2], -1, CPU_SETSIZE - 1, &copier_cpu) ||
	    !parse(argv[3], 0, 60000000000, &duration_ns)) {
		fprintf(stderr,
			"usage: ipcbench-peer bcopy BYTES WRITER-CPU COPIER-CPU DURATION-NS\n");
		return PEER_EXIT_USAGE;
	}
	const struct copies_cross what = {.bytes = (size_t)bytes,
					  .writer_cpu = (int)writer_cpu,
					  .copier_cpu = (int)copier_cpu,
					  .duration_ns = (uint64_t)duration_ns};
	struct copies copies = {NULL, NULL};
	struct meter meter;
	int status = PEER_EXIT_USAGE;
	if (meter_create(&meter) == 0 && copies_create(&copies, what.bytes) == 0)
		status = measure(&copies, &meter, &what);
	else
		perror("ipcbench-peer: bcopy: no memory");
	copies_free(&copies);
	meter_free(&meter);
	return status;
}
