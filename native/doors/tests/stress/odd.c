#include "odd.h"

#include <sys/mman.h>

#include "wire_client.h"

uint64_t odd_number(unsigned *random)
{
	static const uint64_t numbers[] = {0,
					   1,
					   31,
					   32,
					   33,
					   4095,
					   4096,
					   4097,
					   65536,
					   100000,
					   1u << 20,
					   8u << 20,
					   INT32_MAX,
					   1ull << 31,
					   UINT32_MAX,
					   1ull << 32,
					   1ull << 62,
					   INT64_MAX,
					   UINT64_MAX - 15,
					   UINT64_MAX};
	return random_next(random) % 4 == 0
		       ? random_next(random)
		       : numbers[random_next(random) % (sizeof numbers / sizeof numbers[0])];
}

int odd_memory(unsigned kind)
{
	switch (kind % 8) {
	case 0:
		return wire_memory(SLOT_BYTES, MFD_ALLOW_SEALING, 0);
	case 1:
		return wire_memory(SLOT_BYTES, 0, 0);
	case 2:
		return wire_memory(100, MFD_ALLOW_SEALING, SEALED);
	case 3:
		return wire_memory(0, MFD_ALLOW_SEALING, SEALED);
	case 4:
		return wire_memory(1ull << 40, MFD_ALLOW_SEALING, SEALED);
	case 5:
		return wire_memory(SLOT_BYTES, MFD_ALLOW_SEALING, SEALED | F_SEAL_WRITE);
	case 6:
		return wire_memory(2u << 20, MFD_ALLOW_SEALING | MFD_HUGETLB, SEALED);
	default:
		return wire_memory(SLOT_BYTES, MFD_ALLOW_SEALING, SEALED);
	}
}

void scribble_over(void *memory, size_t bytes, unsigned *random)
{
	unsigned char *to = memory;
	for (unsigned n = random_next(random) % 64; n > 0; n--)
		to[random_next(random) % bytes] = (unsigned char)random_next(random);
}
