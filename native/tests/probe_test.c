#include <string.h>

#include "probe.h"
#include "test.h"

static int open_hook(struct peer *peer)
{
	(void)peer;
	return 0;
}

static int send_hook(struct peer *peer, const void *data, size_t n)
{
	(void)peer, (void)data, (void)n;
	return 0;
}

static int recv_hook(struct peer *peer, void *data, size_t n)
{
	(void)peer, (void)data, (void)n;
	return 0;
}

static void close_hook(struct peer *peer)
{
	(void)peer;
}

static const struct probe_ops sound = {.name = "sound",
				       .patterns = PATTERN_BIT(PATTERN_ECHO),
				       .waits = WAITS_ALL,
				       .server_open = open_hook,
				       .client_open = open_hook,
				       .send = send_hook,
				       .recv = recv_hook,
				       .close = close_hook};

static void table_is_checked(void)
{
	struct probe_ops ops;
	CHECK(probe_check(&sound) == NULL);
	ops = sound, ops.name = NULL;
	CHECK(probe_check(&ops) != NULL);
	ops = sound, ops.patterns = 0;
	CHECK(probe_check(&ops) != NULL);
	ops = sound, ops.waits = WAIT_BIT(WAIT_COUNT);
	CHECK(probe_check(&ops) != NULL);
	ops = sound, ops.client_open = NULL;
	CHECK(probe_check(&ops) != NULL);
	ops = sound, ops.close = NULL;
	CHECK(probe_check(&ops) != NULL);
	ops = sound, ops.recv = NULL;
	CHECK(probe_check(&ops) != NULL);
	ops = sound, ops.call = open_hook;
	CHECK(probe_check(&ops) != NULL);
}

/* What a connection takes depends on how data moves. */
static void connections_are_checked(void)
{
	struct probe_ops ops = sound;
	ops.patterns |= PATTERN_BIT(PATTERN_CONNECT);
	CHECK(probe_check(&ops) != NULL);
	ops.connect = ops.disconnect = open_hook;
	CHECK(probe_check(&ops) != NULL);
	ops.accept = open_hook;
	CHECK(probe_check(&ops) == NULL);
	ops.disconnect = NULL;
	CHECK(probe_check(&ops) != NULL);

	ops = sound, ops.send = NULL, ops.recv = NULL, ops.call = open_hook;
	CHECK(probe_check(&ops) == NULL);
	ops.patterns |= PATTERN_BIT(PATTERN_CONNECT);
	CHECK(probe_check(&ops) != NULL);
	ops.connect = ops.disconnect = open_hook;
	CHECK(probe_check(&ops) == NULL);
	ops.accept = open_hook;
	CHECK(probe_check(&ops) != NULL);
	ops.accept = NULL, ops.patterns |= PATTERN_BIT(PATTERN_STREAM);
	CHECK(probe_check(&ops) != NULL);
}

static void options_are_numbers(void)
{
	static struct results_page page;
	char *argv[] = {"peer",     "trial",
			"--probe",  "p",
			"--option", "a=7",
			"--option", "b=",
			"--option", "c=9x",
			"--option", "d=11",
			"--option", "e=99999999999999999999"};
	struct cell cell;
	CHECK(cell_parse(&cell, sizeof argv / sizeof argv[0], argv, 2) == 0);
	struct peer peer = {
		.role = ROLE_SERVER, .cell = &cell, .page = &page, .report = &page.report_server};
	const char *const bad[] = {"b", "c", "d", "e"};
	long value = 0;
	CHECK(peer_option(&peer, "a", 1, 10, 3, &value) == 0 && value == 7);
	CHECK(peer_option(&peer, "other", 1, 10, 3, &value) == 0 && value == 3);
	for (int i = 0; i < 4; i++) {
		page.report_server.status = PAGE_RUNNING;
		CHECK(peer_option(&peer, bad[i], 1, 10, 3, &value) == -1);
		CHECK(page.report_server.status == PAGE_UNAVAILABLE);
	}
}

static void compiled_tables_are_sound(void)
{
	const char *last = "";
	int count = 0;
	for (const struct probe_ops *const *probe = probe_list; *probe != NULL; probe++, count++) {
		CHECK(probe_check(*probe) == NULL);
		CHECK(strcmp(last, (*probe)->name) < 0);
		CHECK(probe_find((*probe)->name) == *probe);
		last = (*probe)->name;
	}
	CHECK(count > 0);
	CHECK(probe_find("no such probe") == NULL);
}

/* The first word of a writer stays, and the first writer has the blame. */
static void first_report_stays(void)
{
	static struct results_page page;
	struct peer client = {.role = ROLE_CLIENT, .page = &page, .report = &page.report_client};
	struct peer server = {.role = ROLE_SERVER, .page = &page, .report = &page.report_server};
	CHECK(peer_fail(&client, EPIPE, "cause %d", 1) == -1);
	CHECK(peer_fail(&client, EIO, "consequence") == -1);
	CHECK(peer_unavailable(&server, "remedy", "other") == -1);
	CHECK(strcmp(page.report_client.reason, "cause 1") == 0);
	CHECK(page.report_client.error == EPIPE && page.report_client.status == PAGE_FAILED);
	CHECK(page.report_server.status == PAGE_UNAVAILABLE);
	CHECK(strcmp(page.report_server.remedy, "remedy") == 0);
	CHECK(page.blame == WRITER_CLIENT);
}

const struct test probe_tests[] = {{"probe.table-is-checked", table_is_checked},
				   {"probe.connections-are-checked", connections_are_checked},
				   {"probe.options-are-numbers", options_are_numbers},
				   {"probe.compiled-tables-are-sound", compiled_tables_are_sound},
				   {"probe.first-report-stays", first_report_stays},
				   {NULL, NULL}};
