#include <sys/mman.h>

#include "cpu.h"
#include "shared_memory.h"
#include "slots.h"

static size_t slot_bytes(const struct peer *peer)
{
	const struct cell *cell = peer->cell;
	size_t larger = (size_t)(cell->size_bytes > cell->reply_bytes ? cell->size_bytes
								      : cell->reply_bytes);
	return (larger + CACHE_LINE_BYTES - 1) / CACHE_LINE_BYTES * CACHE_LINE_BYTES;
}

size_t slots_bytes(const struct peer *peer)
{
	return 2 * slot_bytes(peer);
}

void slots_use(const struct peer *peer, struct slots *slots, void *memory)
{
	unsigned char *requests = memory, *replies = requests + slot_bytes(peer);
	bool server = peer->role == ROLE_SERVER;
	slots->memory = memory;
	slots->out = server ? replies : requests;
	slots->in = server ? requests : replies;
}

int slots_create(struct peer *peer, struct slots *slots)
{
	void *memory;
	if (shared_memory_create(peer, slots_bytes(peer), &memory) < 0)
		return -1;
	slots_use(peer, slots, memory);
	return 0;
}

int slots_attach(struct peer *peer, struct slots *slots)
{
	void *memory;
	if (shared_memory_attach(peer, slots_bytes(peer), &memory) < 0)
		return -1;
	slots_use(peer, slots, memory);
	return 0;
}

void slots_unmap(const struct peer *peer, struct slots *slots)
{
	if (slots->memory != NULL)
		munmap(slots->memory, slots_bytes(peer));
	slots->memory = NULL;
}

uint32_t slots_stream_window(const struct peer *peer)
{
	(void)peer;
	return 1;
}
