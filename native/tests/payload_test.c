#include <string.h>

#include "payload.h"
#include "test.h"

enum { MOST = 4099 };
static unsigned char data[MOST + 1];

static void every_flip_is_found(void)
{
	static const size_t sizes[] = {1, 7, 8, 9, 64, 4096, MOST};
	for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
		size_t n = sizes[k];
		payload_fill(data, n, 42);
		CHECK(payload_compare(data, n, 42) == -1);
		for (size_t i = 0; i<n; i += n> 64 ? 13 : 1) {
			data[i] ^= 0x10;
			CHECK(payload_compare(data, n, 42) == (long)i);
			data[i] ^= 0x10;
		}
	}
}

static void seeds_differ(void)
{
	payload_fill(data, 1024, 6);
	CHECK(payload_compare(data, 1024, 7) >= 0);
	/* A stale single byte is caught soon, if not at once. */
	int same = 0;
	for (uint64_t seed = 0; seed < 64; seed++) {
		payload_fill(data, 1, seed);
		same += payload_compare(data, 1, seed + 1) == -1;
	}
	CHECK(same < 8);
}

static void stays_inside(void)
{
	memset(data, 0xaa, sizeof data);
	payload_fill(data, 13, 1);
	CHECK(data[13] == 0xaa);
	memset(data, 0xaa, sizeof data);
	payload_produce(data, 65, 1);
	CHECK(data[0] == 1 && data[1] == 0xaa && data[64] == 1 && data[65] == 0xaa);
}

const struct test payload_tests[] = {{"payload.every-flip-is-found", every_flip_is_found},
				     {"payload.seeds-differ", seeds_differ},
				     {"payload.stays-inside", stays_inside},
				     {NULL, NULL}};
