/*
 * What TCP does, seen by programs with the library and without:
 *   fastsock-conformance [--library FILE] [--on both|client|server|none]
 *                        [--transport NAME] TOPIC[.TEST[.VARIANT]]
 * Without the library it proves the tests themselves right.
 */
#include "check.h"
#include "run.h"

#include <getopt.h>

extern const struct test size_tests[], call_tests[], flag_tests[], urgent_tests[], timeout_tests[],
	signal_tests[], nonblocking_tests[], counting_tests[], end_tests[], reset_tests[],
	duplicate_tests[], process_tests[], exec_tests[], passing_tests[], thread_tests[],
	stdio_tests[], address_tests[], scale_tests[];

static const struct topic topics[] = {
	{"sizes", size_tests},
	{"calls", call_tests},
	{"flags", flag_tests},
	{"urgent", urgent_tests},
	{"timeouts", timeout_tests},
	{"signals", signal_tests},
	{"nonblocking", nonblocking_tests},
	{"counting", counting_tests},
	{"ends", end_tests},
	{"resets", reset_tests},
	{"duplicates", duplicate_tests},
	{"processes", process_tests},
	{"exec", exec_tests},
	{"passing", passing_tests},
	{"threads", thread_tests},
	{"stdio", stdio_tests},
	{"addresses", address_tests},
	{"scale", scale_tests},
};

static const struct topic *topic_of(const char *name, size_t length)
{
	for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++)
		if (strlen(topics[i].name) == length && strncmp(topics[i].name, name, length) == 0)
			return &topics[i];
	return NULL;
}

static int usage(void)
{
	fputs("fastsock-conformance [--library FILE] [--on both|client|server|none]\n"
	      "                     [--transport NAME] TOPIC[.TEST[.VARIANT]]\nTopics:",
	      stderr);
	for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++)
		fprintf(stderr, " %s", topics[i].name);
	fputc('\n', stderr);
	return 2;
}

static int helper(const char *name, int fd)
{
	for (const struct helper *entry = helpers; entry->name != NULL; entry++)
		if (strcmp(entry->name, name) == 0) {
			entry->run(fd);
			return 0;
		}
	return 2;
}

/* "both" and so on, as a set of sides. */
static bool parse_on(struct setting *setting, const char *text)
{
	static const char *const names[] = {"none", "client", "server", "both"};
	for (unsigned i = 0; i < 4; i++)
		if (strcmp(names[i], text) == 0) {
			setting->on = i;
			return true;
		}
	return false;
}

static bool parse(struct setting *setting, int argc, char **argv)
{
	static const struct option options[] = {{"library", required_argument, NULL, 'l'},
						{"on", required_argument, NULL, 'o'},
						{"transport", required_argument, NULL, 't'},
						{NULL, 0, NULL, 0}};
	int option;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'l')
			setting->library = optarg;
		else if (option == 't')
			setting->transport = optarg;
		else if (option != 'o' || !parse_on(setting, optarg))
			return false;
	}
	return optind + 1 == argc && (setting->on == 0 || setting->library != NULL);
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "--helper") == 0) {
		shared_attach();
		return helper(argv[2], atoi(argv[3]));
	}
	struct setting setting = {0};
	if (!parse(&setting, argc, argv))
		return usage();
	const char *name = argv[optind];
	const char *point = strchrnul(name, '.');
	const struct topic *topic = topic_of(name, (size_t)(point - name));
	if (topic == NULL)
		return usage();
	if (getenv("FASTSOCK_TEST_SIDE") != NULL)
		return play(topic, point);
	setting.program = argv[0];
	return run_topic(topic, point, &setting);
}
