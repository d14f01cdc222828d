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
				   {"probe.compiled-tables-are-sound", compiled_tables_are_sound},
				   {"probe.first-report-stays", first_report_stays},
				   {NULL, NULL}};
