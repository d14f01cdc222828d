/*
 * What the specification says of doors, function by function and errno by errno,
 * seen through <door.h> alone. With a name: runs that test. Without: prints all.
 */
#include "check.h"

static const struct test *const topics[] = {
	create_tests, call_tests, result_tests, descriptor_tests, release_tests, fact_tests,
	pool_tests,   bind_tests, return_tests, name_tests,       signal_tests,  abort_tests,
	life_tests,   fork_tests, unref_tests,  scale_tests,      handoff_tests, buffer_tests};

int main(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++)
		for (const struct test *test = topics[i]; test->name != NULL; test++) {
			if (argc < 2) {
				puts(test->name);
			} else if (strcmp(argv[1], test->name) == 0) {
				test->run();
				return 0;
			}
		}
	return argc > 1;
}
