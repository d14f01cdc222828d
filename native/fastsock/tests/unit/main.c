/* Runs the case that is named. */
#include <string.h>

#include "transport.h"
#include "unit.h"

/* In place of the real ones, which need connections. */
static const struct transport one = {.name = "mmap-sem", .number = TRANSPORT_MMAP_SEM};
static const struct transport other = {.name = "doors", .number = TRANSPORT_DOORS};

const struct transport *transport_by_name(const char *name)
{
	if (strcmp(name, one.name) == 0)
		return &one;
	return strcmp(name, other.name) == 0 ? &other : NULL;
}

const struct transport *transport_by_number(uint32_t number)
{
	return number == TRANSPORT_MMAP_SEM ? &one : NULL;
}

int main(int argc, char **argv)
{
	const struct unit_case *const tables[] = {memory_cases, turn_cases, meeting_cases,
						  process_cases};
	for (size_t i = 0; argc == 2 && i < sizeof tables / sizeof *tables; i++)
		for (const struct unit_case *one_case = tables[i]; one_case->name != NULL;
		     one_case++)
			if (strcmp(one_case->name, argv[1]) == 0) {
				one_case->run();
				return 0;
			}
	fprintf(stderr, "usage: fastsock-unit CASE\n");
	return 2;
}
