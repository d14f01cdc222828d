/* Descriptor numbers: in two steps, the second allocated when it is first needed. */
#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>

#include "own.h"
#include "real.h"
#include "table.h"

enum { LEAF_BITS = 12, LEAF_SLOTS = 1 << LEAF_BITS, LEAVES = 1 << 14 };

/* A slot has nothing, a connection, or one of these: no connection lies there. */
enum { SLOT_EMPTY, SLOT_CONNECTING, SLOT_OWN, SLOT_NEVER, SLOT_MARKS };

typedef _Atomic uintptr_t slot;

/* Leaves are never given back: whoever has found one may use it. */
static _Atomic(slot *) leaves[LEAVES];
/* Leaves from here on were never needed, so that a walk needn't touch all of them. */
static _Atomic uint32_t leaves_end;

static slot *slot_of(int fd)
{
	unsigned number = (unsigned)fd;
	if (number >> LEAF_BITS >= LEAVES)
		return NULL;
	/* acquire: the leaf is seen as it was mapped. */
	slot *leaf = atomic_load_explicit(&leaves[number >> LEAF_BITS], memory_order_acquire);
	return leaf == NULL ? NULL : &leaf[number & (LEAF_SLOTS - 1)];
}

static void note_end(uint32_t end)
{
	uint32_t seen = atomic_load_explicit(&leaves_end, memory_order_relaxed);
	/* release: who walks up to here finds the leaf. */
	while (seen < end &&
	       !atomic_compare_exchange_weak_explicit(&leaves_end, &seen, end, memory_order_release,
						      memory_order_relaxed))
		;
}

/* The slot, made if need be. NULL when there is no memory or the number is beyond. */
static slot *slot_make(int fd)
{
	unsigned leaf = (unsigned)fd >> LEAF_BITS;
	slot *found = slot_of(fd);
	if (found != NULL || leaf >= LEAVES)
		return found;
	int error = errno;
	size_t bytes = LEAF_SLOTS * sizeof(slot);
	slot *none = NULL;
	slot *made = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	/* release: pairs with slot_of(). Who comes second uses the first one's. */
	if (made != MAP_FAILED &&
	    !atomic_compare_exchange_strong_explicit(&leaves[leaf], &none, made,
						     memory_order_release, memory_order_relaxed))
		munmap(made, bytes);
	note_end(leaf + 1);
	errno = error;
	return slot_of(fd);
}

static struct connection *as_connection(uintptr_t value)
{
	return value < SLOT_MARKS ? NULL : (struct connection *)value;
}

/* --- forks ----------------------------------------------------------------------------- */

/* Taken to change what the table has, and by a thread that forks: the child's table has
 * what was noted for the child, no more and no less. */
static struct turn changes;

bool table_hold(void)
{
	return turn_take(&changes);
}

void table_let_go(void)
{
	turn_pass(&changes);
}

/* --- look-up -------------------------------------------------------------------------- */

/*
 * A connection's memory stays one, so that its count may be looked at after it was
 * freed: 0 is never counted up. acquire: pairs with the store of 1 that ends
 * connection_new(), through whatever counts follow it, which are all read-modify-
 * write operations of the same word and so continue its release sequence.
 */
static bool reference_if_live(struct connection *connection)
{
	uint32_t n = atomic_load_explicit(&connection->references, memory_order_relaxed);
	while (n != 0)
		if (atomic_compare_exchange_weak_explicit(&connection->references, &n, n + 1,
							  memory_order_acquire,
							  memory_order_relaxed))
			return true;
	return false;
}

/* Not before there is a connection: until then the kernel knows best. */
static bool is_connected(int fd)
{
	struct sockaddr_storage peer;
	socklen_t length = sizeof peer;
	return raw_getpeername(fd, (struct sockaddr *)&peer, &length) == 0;
}

/* False while it isn't connected. */
static bool settle(int fd, slot *place)
{
	uintptr_t connecting = SLOT_CONNECTING;
	int error = errno;
	if (!is_connected(fd)) {
		errno = error;
		return false;
	}
	struct connection *connection = connection_new(fd, SIDE_CLIENT);
	if (connection != NULL)
		atomic_fetch_add_explicit(&connection->descriptors, 1, memory_order_relaxed);
	bool held = table_hold();
	/* release: the connection is seen as it was made. */
	bool first =
		atomic_compare_exchange_strong_explicit(place, &connecting, (uintptr_t)connection,
							memory_order_release, memory_order_relaxed);
	if (held)
		table_let_go();
	if (!first && connection != NULL) {
		/* Another thread was faster. */
		connection_exit(connection);
		connection_release(connection);
	}
	errno = error;
	return true;
}

struct connection *table_get(int fd)
{
	slot *place = slot_of(fd);
	if (place == NULL)
		return NULL;
	for (;;) {
		/* acquire: what the connection was when it was put here is seen. */
		uintptr_t value = atomic_load_explicit(place, memory_order_acquire);
		if (value == SLOT_EMPTY)
			return NULL;
		if (value < SLOT_MARKS) {
			if (value != SLOT_CONNECTING || !settle(fd, place))
				return NULL;
			continue;
		}
		struct connection *connection = as_connection(value);
		if (!reference_if_live(connection))
			continue; /* it was taken out in between, or is about to be */
		/*
		 * With the reference the connection can't become another one. If it is still
		 * here it is the descriptor's: the table's own reference was never gone, or
		 * it is gone and the same memory was put here again, as what it is now. The
		 * acquire above keeps this load behind the count.
		 */
		if (atomic_load_explicit(place, memory_order_relaxed) == value)
			return connection;
		connection_release(connection);
	}
}

bool table_has(int fd)
{
	slot *place = slot_of(fd);
	/* relaxed: nothing is done with the pointer. */
	return place != NULL && atomic_load_explicit(place, memory_order_relaxed) >= SLOT_MARKS;
}

/* --- changes ---------------------------------------------------------------------------- */

/* Own descriptors stay what they are: only the library itself changes them. */
static uintptr_t replace(slot *place, uintptr_t value)
{
	bool held = table_hold();
	/* acquire and release: who takes one out sees it whole, who puts one in shows it so. */
	uintptr_t before = atomic_load_explicit(place, memory_order_relaxed);
	do {
		if (before == SLOT_OWN || before == value) {
			before = SLOT_EMPTY;
			break;
		}
	} while (!atomic_compare_exchange_weak_explicit(place, &before, value, memory_order_acq_rel,
							memory_order_relaxed));
	if (held)
		table_let_go();
	return before;
}

static bool count_down(struct connection *connection)
{
	/* acq_rel: the last one comes after all others. */
	return atomic_fetch_sub_explicit(&connection->descriptors, 1, memory_order_acq_rel) == 1;
}

struct connection *table_put(int fd, struct connection *connection)
{
	slot *place = slot_make(fd);
	if (place == NULL)
		return connection; /* stays the kernel's */
	atomic_fetch_add_explicit(&connection->descriptors, 1, memory_order_relaxed);
	struct connection *before = as_connection(replace(place, (uintptr_t)connection));
	if (before != NULL)
		count_down(before);
	return before;
}

struct connection *table_take_last(int fd, bool *last)
{
	slot *place = slot_of(fd);
	*last = false;
	if (place == NULL || atomic_load_explicit(place, memory_order_relaxed) == SLOT_EMPTY)
		return NULL;
	struct connection *connection = as_connection(replace(place, SLOT_EMPTY));
	if (connection != NULL)
		*last = count_down(connection);
	return connection;
}

struct connection *table_take(int fd)
{
	bool last;
	return table_take_last(fd, &last);
}

static void mark(int fd, uintptr_t value)
{
	slot *place = slot_make(fd);
	struct connection *before = place == NULL ? NULL : as_connection(replace(place, value));
	if (before == NULL)
		return;
	if (count_down(before))
		connection_exit(before);
	connection_release(before);
}

void table_connecting(int fd)
{
	slot *place = slot_make(fd);
	uintptr_t empty = SLOT_EMPTY;
	/* relaxed: nothing comes with the mark. */
	if (place != NULL)
		atomic_compare_exchange_strong_explicit(place, &empty, SLOT_CONNECTING,
							memory_order_relaxed, memory_order_relaxed);
}

void table_never(int fd)
{
	mark(fd, SLOT_NEVER);
}

bool table_is_never(int fd)
{
	slot *place = slot_of(fd);
	return place != NULL && atomic_load_explicit(place, memory_order_relaxed) == SLOT_NEVER;
}

void table_renew(int fd)
{
	slot *place = slot_of(fd);
	if (place != NULL && atomic_load_explicit(place, memory_order_relaxed) != SLOT_EMPTY)
		mark(fd, SLOT_EMPTY);
}

unsigned table_count(const struct connection *connection)
{
	return atomic_load_explicit(&connection->descriptors, memory_order_relaxed);
}

/* --- walks ------------------------------------------------------------------------------- */

/* The next number from `fd` on whose slot isn't empty; -1 = none. */
static int next_used(int fd)
{
	/* acquire: pairs with note_end(). */
	unsigned end = atomic_load_explicit(&leaves_end, memory_order_acquire) << LEAF_BITS;
	for (unsigned number = (unsigned)fd; number < end; number++) {
		slot *place = slot_of((int)number);
		if (place == NULL)
			number |= LEAF_SLOTS - 1;
		else if (atomic_load_explicit(place, memory_order_relaxed) != SLOT_EMPTY)
			return (int)number;
	}
	return -1;
}

void table_each(void (*visit)(int fd, struct connection *connection, void *argument),
		void *argument)
{
	for (int fd = next_used(0); fd >= 0; fd = next_used(fd + 1)) {
		struct connection *connection = table_has(fd) ? table_get(fd) : NULL;
		if (connection == NULL)
			continue;
		visit(fd, connection, argument);
		connection_release(connection);
	}
}

/* --- the library's own --------------------------------------------------------------------- */

int own_descriptor(int fd)
{
	slot *place = fd < 0 ? NULL : slot_make(fd);
	if (place == NULL)
		return fd;
	/* What is there was of an earlier descriptor of this number. */
	table_renew(fd);
	atomic_store_explicit(place, SLOT_OWN, memory_order_relaxed);
	return fd;
}

void disown_descriptor(int fd)
{
	slot *place = slot_of(fd);
	uintptr_t own = SLOT_OWN;
	if (place != NULL)
		atomic_compare_exchange_strong_explicit(place, &own, SLOT_EMPTY,
							memory_order_relaxed, memory_order_relaxed);
}

void own_close(int fd)
{
	if (fd < 0)
		return;
	disown_descriptor(fd);
	raw_close(fd);
}

bool is_own_descriptor(int fd)
{
	slot *place = slot_of(fd);
	return place != NULL && atomic_load_explicit(place, memory_order_relaxed) == SLOT_OWN;
}

int next_own_descriptor(int fd)
{
	for (fd = next_used(fd); fd >= 0 && !is_own_descriptor(fd);)
		fd = next_used(fd + 1);
	return fd;
}
