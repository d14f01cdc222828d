#include <stdio.h>
#include <string.h>

#include "describe.h"
#include "probe.h"

const char *probe_check(const struct probe_ops *ops)
{
	bool moves = ops->send != NULL && ops->recv != NULL;
	bool calls = ops->call != NULL;
	if (ops->name == NULL || ops->name[0] == '\0')
		return "name is required";
	if (ops->patterns == 0 || ops->patterns >= PATTERN_BIT(PATTERN_COUNT))
		return "patterns: at least one, and only known ones";
	if (ops->waits == 0 || ops->waits >= WAIT_BIT(WAIT_COUNT))
		return "waits: at least one, and only known ones";
	if (ops->server_open == NULL || ops->client_open == NULL || ops->close == NULL)
		return "server_open, client_open and close are required";
	if ((ops->send == NULL) != (ops->recv == NULL))
		return "send and recv come together";
	if (moves == calls)
		return "either send and recv, or call";
	bool connects = ops->connect != NULL;
	if (connects != (ops->disconnect != NULL))
		return "connect and disconnect come together";
	if ((ops->accept != NULL) != (moves && connects))
		return "accept comes with connect and disconnect, and not with call";
	if ((ops->patterns & PATTERN_BIT(PATTERN_CONNECT)) && !connects)
		return "pattern connect needs connect and disconnect";
	if (calls && (ops->patterns & PATTERN_BIT(PATTERN_STREAM)))
		return "call does not allow the pattern stream";
	return NULL;
}

const struct probe_ops *probe_find(const char *name)
{
	for (const struct probe_ops *const *probe = probe_list; *probe != NULL; probe++)
		if (strcmp((*probe)->name, name) == 0)
			return *probe;
	return NULL;
}

void probe_support(const struct probe_ops *ops, struct probe_support *support)
{
	*support = (struct probe_support){.available = true, .size_max = SIZE_MAX_BYTES};
	if (ops->support != NULL)
		ops->support(support);
}

static void print_string(const char *text)
{
	if (text[0] == '\0') {
		printf("null");
		return;
	}
	putchar('"');
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			putchar('\\');
		putchar(*text);
	}
	putchar('"');
}

static void print_probe(const struct probe_ops *ops)
{
	struct probe_support support;
	const char *comma = "";
	probe_support(ops, &support);
	printf("{\"name\":\"%s\",\"patterns\":[", ops->name);
	for (int i = 0; i < PATTERN_COUNT; i++)
		if (ops->patterns & PATTERN_BIT(i)) {
			printf("%s\"%s\"", comma, pattern_name((enum pattern)i));
			comma = ",";
		}
	printf("],\"waits\":[");
	comma = "";
	for (int i = 0; i < WAIT_COUNT; i++)
		if (ops->waits & WAIT_BIT(i)) {
			printf("%s\"%s\"", comma, wait_name((enum wait_policy)i));
			comma = ",";
		}
	printf("],\"options\":[");
	for (const char *const *name = ops->options; name != NULL && *name != NULL; name++)
		printf("%s\"%s\"", name == ops->options ? "" : ",", *name);
	printf("],\"size_min\":1,\"size_max\":%llu,\"available\":%s,\"reason\":",
	       (unsigned long long)support.size_max, support.available ? "true" : "false");
	print_string(support.reason);
	printf(",\"remedy\":");
	print_string(support.remedy);
	putchar('}');
}

void describe_print(void)
{
#if defined(__clang__)
	const char *compiler = "clang " __clang_version__;
#else
	const char *compiler = "gcc " __VERSION__;
#endif
	printf("{\"schema\":1,\"page_version\":%u,\"page_bytes\":%zu,\"compiler\":\"%s\",\"probes\":[",
	       RESULTS_PAGE_VERSION, sizeof(struct results_page), compiler);
	for (const struct probe_ops *const *probe = probe_list; *probe != NULL; probe++) {
		printf("%s", probe == probe_list ? "" : ",");
		print_probe(*probe);
	}
	printf("]}\n");
}
