#include <string.h>

#include "cell.h"
#include "test.h"

static int parse(struct cell *cell, int count, const char **arguments)
{
	return cell_parse(cell, count, (char **)arguments, 0);
}

static void complete(void)
{
	const char *arguments[] = {"--probe",       "pipe",     "--size",       "4096",
				   "--wait",        "adaptive", "--client-cpu", "1",
				   "--duration-ns", "77",       "--option",     "sndbuf=1=2"};
	struct cell cell;
	CHECK(parse(&cell, 12, arguments) == 0);
	CHECK(strcmp(cell.probe, "pipe") == 0);
	CHECK(cell.size_bytes == 4096 && cell.wait == WAIT_ADAPTIVE);
	CHECK(cell.client_cpu == 1 && cell.server_cpu == -1 && cell.duration_ns == 77);
	CHECK(strcmp(cell_option(&cell, "sndbuf", "x"), "1=2") == 0);
	CHECK(strcmp(cell_option(&cell, "snd", "x"), "x") == 0);
}

static void bad_input(void)
{
	static const char *cases[][4] = {
		{"--probe", "pipe", "--size", "0"},        {"--probe", "pipe", "--size", "1k"},
		{"--probe", "pipe", "--size", ""},         {"--probe", "pipe", "--wait", "sleep"},
		{"--probe", "pipe", "--pattern", "none"},  {"--probe", "pipe", "--option", "name"},
		{"--probe", "pipe", "--option", "=value"}, {"--probe", "pipe", "--nothing", "1"},
		{"--probe", "pipe", "--duration-ns", "-1"}};
	struct cell cell;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		CHECK(parse(&cell, 4, cases[i]) == -1);
	CHECK(parse(&cell, 3, cases[0]) == -1); /* value missing */
	CHECK(parse(&cell, 0, cases[0]) == -1); /* probe missing */
}

static void peer_env(void)
{
	const char *arguments[] = {"--probe", "tcp", "--peer-env", "A=b=c", "--peer-env", "EMPTY="};
	const char *wrong[] = {"--probe", "tcp", "--peer-env", "A"};
	const char *many[2 * (CELL_PEER_ENV_MAX + 2)] = {"--probe", "tcp"};
	struct cell cell;
	CHECK(parse(&cell, 6, arguments) == 0 && cell.peer_env_count == 2);
	CHECK(strcmp(cell.peer_env[0], "A=b=c") == 0 && strcmp(cell.peer_env[1], "EMPTY=") == 0);
	CHECK(parse(&cell, 4, wrong) == -1);
	for (size_t i = 2; i < sizeof many / sizeof many[0]; i += 2) {
		many[i] = "--peer-env";
		many[i + 1] = "A=b";
	}
	CHECK(parse(&cell, (int)(sizeof many / sizeof many[0]) - 2, many) == 0);
	CHECK(parse(&cell, (int)(sizeof many / sizeof many[0]), many) == -1);
}

const struct test cell_tests[] = {{"cell.complete", complete},
				  {"cell.bad-input", bad_input},
				  {"cell.peer-env", peer_env},
				  {NULL, NULL}};
