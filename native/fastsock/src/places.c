/* Places: who is called by which key, and the procedure of this process's door. */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "doors.h"
#include "mapped.h"
#include "own.h"
#include "places.h"
#include "process.h"
#include "real.h"

/* A key is chance above the number of its place. */
#define PLACE_BITS 16u
#define PLACES     (1u << PLACE_BITS)

struct place {
	_Alignas(LINE_BYTES) struct turn turn; /* guards the next two */
	uint64_t key;                          /* 0 = nobody is here */
	struct resident resident;
	_Atomic uint32_t taken;
};

static struct {
	struct turn turn;
	_Atomic uint32_t generation; /* of the process whose door it is */
	int fd;                      /* -1 = it can't be made */
	int error;
	struct place *places;
	_Atomic uint32_t next; /* where a search begins */
} door = {.fd = -1};

/* --- calls ------------------------------------------------------------------------------ */

static void serve(const struct place *place, const struct door_request *request,
		  const unsigned char *data, size_t n, struct door_answer *answer)
{
	const struct resident *resident = &place->resident;
	switch (request->kind) {
	case DOOR_WAKE_DATA:
		signal_raise(&resident->in->data_signal);
		break;
	case DOOR_WAKE_ROOM:
		signal_raise(&resident->out->room_signal);
		break;
	case DOOR_BYTES:
		if (resident->landing != NULL)
			landing_accept(resident, request, data, n, answer);
		return;
	default:
		return;
	}
	answer->known = 1;
}

/* In a thread of the door's. What the caller sent is a copy of ours already. */
static void be_called(void *unused, char *data, size_t n, door_desc_t *descs, uint_t count)
{
	struct door_answer answer = {0};
	struct door_request request;
	(void)unused;
	(void)descs;
	(void)count;
	if (n >= sizeof request) {
		memcpy(&request, data, sizeof request);
		struct place *place = &door.places[request.key & (PLACES - 1)];
		if (request.key != 0 && turn_take(&place->turn)) {
			if (place->key == request.key)
				serve(place, &request, (unsigned char *)data + sizeof request,
				      n - sizeof request, &answer);
			turn_pass(&place->turn);
		}
	}
	doors_return(&answer);
}

/* --- the door ----------------------------------------------------------------------------- */

/* The parent's door is the parent's, and so are who its threads served. */
static void forget_door(void)
{
	atomic_store_explicit(&door.turn.holder, 0, memory_order_relaxed);
	/* Not by libdoor's function: its locks are held here, and its sessions are gone. */
	if (door.fd >= 0) {
		disown_descriptor(door.fd);
		raw_close(door.fd);
	}
	door.fd = -1;
	if (door.places != NULL)
		munmap(door.places, PLACES * sizeof(struct place));
	door.places = NULL;
}

static int make_places(void)
{
	void *memory = mmap(NULL, PLACES * sizeof(struct place), PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED)
		return -1;
	door.places = memory;
	return 0;
}

static int make_door(void)
{
	static bool forks_watched;
	if (doors_load() < 0)
		return -1;
	/* Before libdoor's own handlers, which it sets when it makes a door. */
	if (!forks_watched && pthread_atfork(NULL, NULL, forget_door) != 0)
		return -1;
	forks_watched = true;
	return make_places() < 0 ? -1 : doors_create(be_called);
}

static bool is_made(void)
{
	/* acquire: with it all the rest of the door is seen. */
	return atomic_load_explicit(&door.generation, memory_order_acquire) == process_generation();
}

int places_door(void)
{
	sigset_t before;
	if (!is_made()) {
		/* Memory is allocated, which a handler must not come upon halfway. */
		signals_block(&before);
		bool taken = turn_take(&door.turn);
		if (taken && !is_made()) {
			door.fd = make_door();
			door.error = errno;
			/* release: see is_made(). */
			atomic_store_explicit(&door.generation, process_generation(),
					      memory_order_release);
		}
		if (taken)
			turn_pass(&door.turn);
		signals_restore(&before);
		if (!taken) {
			errno = EAGAIN;
			return -1;
		}
	}
	if (door.fd < 0)
		errno = door.error;
	return door.fd;
}

/* --- coming and going ------------------------------------------------------------------------ */

static int make_key(const struct place *place, uint64_t *key)
{
	uint64_t number = (uint64_t)(place - door.places), chance;
	do {
		if (getrandom(&chance, sizeof chance, 0) != sizeof chance)
			return -1;
		chance >>= PLACE_BITS;
	} while (chance == 0);
	*key = chance << PLACE_BITS | number;
	return 0;
}

static struct place *find_free(void)
{
	uint32_t first = atomic_load_explicit(&door.next, memory_order_relaxed);
	for (uint32_t i = 0; i < PLACES; i++) {
		struct place *place = &door.places[(first + i) % PLACES];
		uint32_t nobody = 0;
		/* acquire, with the release of who left. */
		if (atomic_load_explicit(&place->taken, memory_order_relaxed) == 0 &&
		    atomic_compare_exchange_strong_explicit(
			    &place->taken, &nobody, 1, memory_order_acquire, memory_order_relaxed))
			return place;
	}
	errno = ENOSPC;
	return NULL;
}

static void set_free(struct place *place)
{
	atomic_store_explicit(&place->taken, 0, memory_order_release);
	/* relaxed: a hint. Those in use stay close together, and few pages are touched. */
	atomic_store_explicit(&door.next, (uint32_t)(place - door.places), memory_order_relaxed);
}

/* Who may be called changes with signals blocked: a handler that came in between
 * couldn't have the turn. */
static void move(struct place *place, const struct resident *resident, uint64_t key)
{
	sigset_t before;
	signals_block(&before);
	if (turn_take(&place->turn)) {
		place->resident = *resident;
		place->key = key;
		turn_pass(&place->turn);
	}
	signals_restore(&before);
}

struct place *place_take(const struct resident *resident, uint64_t *key)
{
	struct place *place = find_free();
	if (place == NULL)
		return NULL;
	if (make_key(place, key) < 0) {
		set_free(place);
		return NULL;
	}
	move(place, resident, *key);
	return place;
}

void place_leave(struct place *place, uint32_t generation)
{
	static const struct resident nobody;
	if (generation != process_generation())
		return;
	move(place, &nobody, 0);
	set_free(place);
}
