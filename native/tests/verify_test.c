#include <string.h>

#include "test.h"
#include "verify.h"

static struct results_page page;
static struct cell cell;

static struct peer server_of(size_t n)
{
	page.report_server.status = PAGE_RUNNING;
	return (struct peer){.role = ROLE_SERVER,
			     .cell = &cell,
			     .page = &page,
			     .report = &page.report_server,
			     .in_bytes = n};
}

/* A request tells its number, as much of it as fits. */
static void numbers(void)
{
	unsigned char data[100];
	for (size_t n = 1; n <= sizeof data; n++)
		for (uint64_t operation = 0; operation < 70000; operation += 69) {
			struct peer server = server_of(n);
			uint32_t number = verify_number(operation, n), read = ~number;
			CHECK(number == (n == 1   ? operation % 256
					 : n == 2 ? operation % 65536
						  : operation));
			verify_fill_call(data, n, number);
			CHECK(verify_call(&server, data, n, &read) == 0 && read == number);
		}
}

/* Bytes after the number must follow from it, and the number from them. */
static void differences(void)
{
	unsigned char data[100];
	uint32_t number;
	for (size_t at = 0; at < sizeof data; at++) {
		struct peer server = server_of(sizeof data);
		verify_fill_call(data, sizeof data, 1234);
		data[at] ^= 1u;
		CHECK(verify_call(&server, data, sizeof data, &number) == -1);
		CHECK(page.report_server.status == PAGE_FAILED);
	}
	struct peer server = server_of(sizeof data);
	verify_fill_call(data, sizeof data, 1234);
	CHECK(verify_call(&server, data, sizeof data - 1, &number) == -1);
}

const struct test verify_tests[] = {
	{"verify.numbers", numbers}, {"verify.differences", differences}, {NULL, NULL}};
