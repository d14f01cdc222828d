#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "payload.h"

unsigned char *payload_buffer(size_t n)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	unsigned char *memory = mmap(NULL, n + 2 * page, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	return memory == MAP_FAILED ? NULL : memory + page;
}

/* xorshift64 (Marsaglia 2003), eight bytes a step. */
static uint64_t next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static uint64_t seeded(uint64_t seed)
{
	return (seed + 1) * 0x9e3779b97f4a7c15u | 1u;
}

void payload_fill(unsigned char *data, size_t n, uint64_t seed)
{
	uint64_t state = seeded(seed);
	for (size_t i = 0; i < n; i += sizeof state) {
		uint64_t word = next(&state);
		memcpy(data + i, &word, n - i < sizeof word ? n - i : sizeof word);
	}
}

long payload_compare(const unsigned char *data, size_t n, uint64_t seed)
{
	uint64_t state = seeded(seed);
	for (size_t i = 0; i < n; i += sizeof state) {
		uint64_t word = next(&state);
		const unsigned char *expected = (const unsigned char *)&word;
		for (size_t k = 0; k < sizeof word && i + k < n; k++)
			if (data[i + k] != expected[k])
				return (long)(i + k);
	}
	return -1;
}
