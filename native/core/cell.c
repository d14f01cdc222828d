#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cell.h"

static const char *const pattern_names[PATTERN_COUNT] = {[PATTERN_ECHO] = "echo",
							 [PATTERN_STREAM] = "stream",
							 [PATTERN_CONNECT] = "connect",
							 [PATTERN_RPC] = "rpc",
							 [PATTERN_LOAD] = "load"};

static const char *const wait_names[WAIT_COUNT] = {
	[WAIT_BLOCK] = "block", [WAIT_SPIN] = "spin", [WAIT_ADAPTIVE] = "adaptive"};

const char *pattern_name(enum pattern pattern)
{
	return pattern_names[pattern];
}

const char *wait_name(enum wait_policy wait)
{
	return wait_names[wait];
}

static int parse_word(const char *const *names, int count, const char *text, const char *flag)
{
	for (int i = 0; i < count; i++)
		if (strcmp(names[i], text) == 0)
			return i;
	fprintf(stderr, "ipcbench-peer: %s: unknown value '%s'\n", flag, text);
	return -1;
}

static int parse_number(const char *text, const char *flag, long long low, long long high,
			long long *value)
{
	char *end;
	errno = 0;
	*value = strtoll(text, &end, 10);
	if (errno == 0 && end != text && *end == '\0' && *value >= low && *value <= high)
		return 0;
	fprintf(stderr, "ipcbench-peer: %s: '%s' is not a number from %lld to %lld\n", flag, text,
		low, high);
	return -1;
}

static int parse_option(struct cell *cell, const char *text)
{
	const char *equals = strchr(text, '=');
	if (equals == NULL || equals == text) {
		fprintf(stderr, "ipcbench-peer: --option: '%s' is not name=value\n", text);
		return -1;
	}
	if (cell->option_count == CELL_OPTIONS_MAX) {
		fprintf(stderr, "ipcbench-peer: more than %d options\n", CELL_OPTIONS_MAX);
		return -1;
	}
	cell->options[cell->option_count++] = (struct cell_option){
		.name = text, .name_length = (size_t)(equals - text), .value = equals + 1};
	return 0;
}

static int parse_peer_env(struct cell *cell, char *text)
{
	const char *equals = strchr(text, '=');
	if (equals == NULL || equals == text) {
		fprintf(stderr, "ipcbench-peer: --peer-env: '%s' is not NAME=VALUE\n", text);
		return -1;
	}
	if (cell->peer_env_count == CELL_PEER_ENV_MAX) {
		fprintf(stderr, "ipcbench-peer: more than %d variables\n", CELL_PEER_ENV_MAX);
		return -1;
	}
	cell->peer_env[cell->peer_env_count++] = text;
	return 0;
}

static const char *const arrival_names[] = {"even", "poisson"};

/* Flags whose value is a number, and where it goes. */
enum width { WIDTH_U64, WIDTH_U32, WIDTH_INT };

static const struct number_flag {
	const char *flag;
	size_t offset;
	enum width width;
	long long low;
	long long high;
} number_flags[] = {
#define NUMBER(flag, field, width, low, high)                                                      \
	{                                                                                          \
		flag, offsetof(struct cell, field), width, low, high                               \
	}
	NUMBER("--size", size_bytes, WIDTH_U64, 1, 1 << 30),
	NUMBER("--reply-size", reply_bytes, WIDTH_U64, 1, 1 << 30),
	NUMBER("--service-ns", service_ns, WIDTH_U64, 0, 60000000000),
	NUMBER("--rate", rate, WIDTH_U64, 1, 1000000000),
	NUMBER("--window", window, WIDTH_U32, 1, 1 << 20),
	NUMBER("--backlog", backlog, WIDTH_U32, 1, 1 << 20),
	NUMBER("--duration-ns", duration_ns, WIDTH_U64, 0, 86400000000000),
	NUMBER("--warmup-ns", warmup_ns, WIDTH_U64, 0, 86400000000000),
	NUMBER("--time-limit-ns", time_limit_ns, WIDTH_U64, 0, 86400000000000),
	NUMBER("--counters", counters, WIDTH_U32, 0, 1),
	NUMBER("--key", key, WIDTH_U32, 1, INT32_MAX),
	NUMBER("--client-cpu", client_cpu, WIDTH_INT, -1, 65535),
	NUMBER("--server-cpu", server_cpu, WIDTH_INT, -1, 65535),
	NUMBER("--page-fd", page_fd, WIDTH_INT, -1, 65535),
	NUMBER("--lifeline-fd", lifeline_fd, WIDTH_INT, -1, 65535),
	NUMBER("--control-fd", control_fd, WIDTH_INT, -1, 65535),
#undef NUMBER
};

static int parse_number_flag(struct cell *cell, const char *flag, const char *value)
{
	long long number;
	for (size_t i = 0; i < sizeof number_flags / sizeof number_flags[0]; i++) {
		const struct number_flag *known = &number_flags[i];
		void *field = (char *)cell + known->offset;
		if (strcmp(flag, known->flag) != 0)
			continue;
		if (parse_number(value, flag, known->low, known->high, &number) < 0)
			return -1;
		if (known->width == WIDTH_U64)
			*(uint64_t *)field = (uint64_t)number;
		else if (known->width == WIDTH_U32)
			*(uint32_t *)field = (uint32_t)number;
		else
			*(int *)field = (int)number;
		return 0;
	}
	fprintf(stderr, "ipcbench-peer: unknown flag '%s'\n", flag);
	return -1;
}

static int parse_flag(struct cell *cell, const char *flag, char *value)
{
	int word;

	if (strcmp(flag, "--probe") == 0) {
		cell->probe = value;
	} else if (strcmp(flag, "--directory") == 0) {
		cell->directory = value;
	} else if (strcmp(flag, "--fault") == 0) {
		cell->fault = value;
	} else if (strcmp(flag, "--option") == 0) {
		return parse_option(cell, value);
	} else if (strcmp(flag, "--peer-env") == 0) {
		return parse_peer_env(cell, value);
	} else if (strcmp(flag, "--pattern") == 0) {
		if ((word = parse_word(pattern_names, PATTERN_COUNT, value, flag)) < 0)
			return -1;
		cell->pattern = (enum pattern)word;
	} else if (strcmp(flag, "--wait") == 0) {
		if ((word = parse_word(wait_names, WAIT_COUNT, value, flag)) < 0)
			return -1;
		cell->wait = (enum wait_policy)word;
	} else if (strcmp(flag, "--arrivals") == 0) {
		if ((word = parse_word(arrival_names, 2, value, flag)) < 0)
			return -1;
		cell->poisson = word == 1;
	} else {
		return parse_number_flag(cell, flag, value);
	}
	return 0;
}

int cell_parse(struct cell *cell, int argc, char **argv, int first)
{
	*cell = (struct cell){.client_cpu = -1,
			      .server_cpu = -1,
			      .size_bytes = 1,
			      .duration_ns = 500000000,
			      .warmup_ns = 100000000,
			      .time_limit_ns = 60000000000,
			      .rate = 1000,
			      .backlog = 128,
			      .page_fd = -1,
			      .lifeline_fd = -1,
			      .control_fd = -1};
	for (int i = first; i < argc; i += 2) {
		if (i + 1 == argc) {
			fprintf(stderr, "ipcbench-peer: %s: value missing\n", argv[i]);
			return -1;
		}
		if (parse_flag(cell, argv[i], argv[i + 1]) < 0)
			return -1;
	}
	if (cell->probe == NULL) {
		fprintf(stderr, "ipcbench-peer: --probe is missing\n");
		return -1;
	}
	return 0;
}

const char *cell_option(const struct cell *cell, const char *name, const char *fallback)
{
	size_t length = strlen(name);
	for (size_t i = 0; i < cell->option_count; i++)
		if (cell->options[i].name_length == length &&
		    memcmp(cell->options[i].name, name, length) == 0)
			return cell->options[i].value;
	return fallback;
}
