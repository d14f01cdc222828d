#include <string.h>

#include "test.h"

static const struct test *const suites[] = {
	histogram_tests, payload_tests, cell_tests,    ring_tests,     probe_tests,
	namespace_tests, verify_tests,  callers_tests, counters_tests, meter_tests};

/* With a name: runs that test. Without: prints all names. */
int main(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++)
		for (const struct test *test = suites[i]; test->name != NULL; test++) {
			if (argc < 2) {
				puts(test->name);
			} else if (strcmp(argv[1], test->name) == 0) {
				test->run();
				return 0;
			}
		}
	if (argc > 1)
		fprintf(stderr, "no test '%s'\n", argv[1]);
	return argc > 1;
}
