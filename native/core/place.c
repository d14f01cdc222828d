#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>

#include "place.h"

int place_bind(int cpu)
{
	cpu_set_t set;
	if (cpu < 0)
		return 0;
	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	return sched_setaffinity(0, sizeof set, &set) < 0 ? errno : 0;
}

/* A number in the topology of a processor; -1 = not known. */
static long topology(int cpu, const char *name)
{
	char path[96];
	long value = -1;
	snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/topology/%s", cpu, name);
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return -1;
	if (fscanf(file, "%ld", &value) != 1)
		value = -1;
	fclose(file);
	return value;
}

static bool share_a_core(int a, int b)
{
	long core = topology(a, "core_id");
	return core >= 0 && core == topology(b, "core_id") &&
	       topology(a, "physical_package_id") == topology(b, "physical_package_id");
}

void place_pair(int *first, int *second)
{
	cpu_set_t set;
	int sibling = -1;
	*first = *second = -1;
	if (sched_getaffinity(0, sizeof set, &set) < 0)
		return;
	for (int cpu = 0; cpu < CPU_SETSIZE && *second < 0; cpu++) {
		if (!CPU_ISSET((size_t)cpu, &set))
			continue;
		if (*first < 0)
			*first = cpu;
		else if (!share_a_core(*first, cpu))
			*second = cpu;
		else if (sibling < 0)
			sibling = cpu;
	}
	if (*second < 0)
		*second = sibling;
}
