#include <sys/mman.h>

#include "attack.h"
#include "bufpool.h"
#include "odd.h"
#include "wire_client.h"

enum { POOL_BUFFERS = 8, POOL_BUFFER_BYTES = 4096 };

/* A buffer as the rules have it, or any number. */
static void name_buffer(struct bufpool *pool, struct request *request, unsigned *random)
{
	struct bufpool_buffer buffer;
	request->data_bytes = random_next(random) % POOL_BUFFER_BYTES;
	if (pool != NULL && random_next(random) % 2 == 0 &&
	    bufpool_obtain(pool, BUFPOOL_FAIL, NULL, NULL, &buffer) == BUFPOOL_OK) {
		bufpool_pass(pool, &buffer);
		request->buffer = (struct named_buffer){buffer.index, buffer.ticket};
	} else {
		request->buffer = (struct named_buffer){(uint32_t)odd_number(random),
							(uint32_t)odd_number(random)};
	}
	if (random_next(random) % 4 == 0)
		request->data_bytes = odd_number(random);
}

static void call_with_buffers(struct wire_session *session, char *memory, size_t bytes,
			      struct bufpool *pool, unsigned *random)
{
	struct request *request = &session->slot->request;
	request->desc_count = 0;
	request->bulk_version = 0;
	request->flags = REQUEST_BUFFER | (random_next(random) % 2 ? REQUEST_HOLDS : 0);
	name_buffer(pool, request, random);
	wire_post(session);
	/* while the server takes the buffer, reads it and lets it go */
	for (unsigned n = random_next(random) % 8; n > 0; n--)
		scribble_over(memory, random_next(random) % 2 ? bytes : PAGE_BYTES, random);
	wire_await(session, 1);
}

void attack_pool(int door, const char *path, unsigned *random)
{
	struct bufpool_geometry geometry = {POOL_BUFFERS, POOL_BUFFER_BYTES, 1};
	size_t bytes = bufpool_bytes(&geometry);
	uint64_t shape = (uint64_t)POOL_BUFFER_BYTES << 32 | 1u << 16 | POOL_BUFFERS;
	bool odd = random_next(random) % 4 == 0;
	int fd = odd && random_next(random) % 2 ? odd_memory(random_next(random))
						: wire_memory(bytes, MFD_ALLOW_SEALING, SEALED);
	struct wire_session session;
	struct bufpool *pool = NULL;
	(void)path;
	if (odd)
		shape ^= odd_number(random) << random_next(random) % 3 * 16;
	if (wire_open_with(&session, door, shape, fd) && !odd) {
		char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		CHECK(memory != MAP_FAILED);
		if (bufpool_open(memory, bytes, &geometry, BUFPOOL_FIRST, &pool) != BUFPOOL_OK)
			pool = NULL;
		for (int i = 0; i < 200; i++)
			call_with_buffers(&session, memory, bytes, pool, random);
		if (pool != NULL)
			bufpool_close(pool);
		munmap(memory, bytes);
	}
	close(fd);
	wire_close(&session);
}
