/* bufpool-tests NAME: runs one test; without a name, lists them. */
#include "check.h"

static const struct test *const tables[] = {error_tests, model_tests, scribble_tests, wait_tests,
					    death_tests};

int main(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
		for (const struct test *test = tables[i]; test->name != NULL; test++) {
			if (argc < 2)
				printf("%s\n", test->name);
			else if (strcmp(argv[1], test->name) == 0)
				return test->run(), 0;
		}
	return argc < 2 ? 0 : 2;
}
