/* A client that speaks the wire protocol without libdoor, and needn't keep its rules. */
#ifndef DOOR_TESTS_WIRE_CLIENT_H
#define DOOR_TESTS_WIRE_CLIENT_H

#include "../../src/wire.h"
#include "load.h"

struct wire_session {
	int socket;
	struct slot *slot;
	struct bell *bell;
	void *bulk;
	size_t bulk_bytes;
	uint32_t version, sequence;
};

#define SEALED (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

/* Sends without ever blocking: false when it can't be sent. */
bool wire_send(int socket, const void *bytes, size_t size, const int *fds, unsigned count);

/* A memfd of that size; an empty one where the flags are refused. */
int wire_memory(size_t bytes, unsigned flags, int seals);

/* False when the server declines; wire_close() is due in any case. */
bool wire_open(struct wire_session *session, int door);
/* With a pool of buffers of that shape (see buffers.c), in that memory. */
bool wire_open_with(struct wire_session *session, int door, uint64_t shape, int pool);
void wire_close(struct wire_session *session);

/* Posts what the slot says as the next call. (No memory order is argued here: what
 * is torn is torn on purpose.) */
void wire_post(struct wire_session *session);
void wire_ring(struct wire_session *session);

/* Waits for its answer, at most so long. */
void wire_await(struct wire_session *session, int ms);

#endif
