/*
 * doors: the bytes are the arguments of door calls, and their ring is in the memory of
 * who reads them.
 *
 * The other side's thread puts them there, and it alone moves the lane's tail. Each
 * byte lands once, however often a call is made again after a signal: a call says at
 * which position its bytes begin, and is an attempt to be continued, or another one.
 *
 * Children of fork share the ring. It is filled as long as the process lives that
 * opened the connection, and has not closed it; then put fails, and the rest goes
 * through the kernel.
 *
 * A call waits for the other side's thread, not for its program: a send to a process
 * that is stopped lasts until it goes on.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "line.h"
#include "mapped.h"
#include "process.h"

/* In memory that children share; the ring follows on the next page. */
struct landing {
	struct turn turn; /* guards the rest but the ring */
	bool frozen;      /* nothing is accepted any more */
	uint32_t attempt; /* the last that brought something, */
	uint64_t start;   /* and where it began */
	uint64_t tail;
	const struct record *record;
	uint32_t ring_bytes;
	unsigned char *ring;
};

/* --- receiving: in a thread of the door's ----------------------------------------------- */

/*
 * acquire: what lies below head has been copied out. The position can't be forged, but
 * orders nothing; head can, and then bytes of the forger's own are overwritten. Read
 * first, it is never beyond the position.
 */
static uint64_t room_at(const struct landing *landing, const struct lane *lane)
{
	uint64_t head = atomic_load_explicit(&lane->head, memory_order_acquire);
	uint64_t position = atomic_load_explicit(&landing->record->in.position,
						 memory_order_relaxed);
	uint64_t unread = landing->tail - (head < position ? head : position);
	return unread <= landing->ring_bytes ? landing->ring_bytes - unread : 0;
}

static void copy_in(struct landing *landing, struct lane *lane, const unsigned char *data, size_t n)
{
	while (n > 0) {
		size_t step = n < PUBLISH_BYTES ? n : PUBLISH_BYTES;
		ring_copy_in(landing->ring, landing->ring_bytes, landing->tail, data, step);
		landing->tail += step;
		/* release: the bytes are there before they are counted. */
		atomic_store_explicit(&lane->tail, landing->tail, memory_order_release);
		data += step;
		n -= step;
	}
}

/* The caller needn't call again for those who sleep in a futex; bells are its business. */
static void wake_sleepers(struct lane *lane)
{
	/* seq_cst: either the mark is seen, or the sleeper's last look sees the tail. */
	atomic_thread_fence(memory_order_seq_cst);
	if ((atomic_load_explicit(&lane->data_awaited, memory_order_relaxed) & SLEEPS_FUTEX) == 0)
		return;
	atomic_fetch_and(&lane->data_awaited, ~(uint32_t)SLEEPS_FUTEX);
	signal_raise(&lane->data_signal);
}

static bool continues(const struct landing *landing, const struct door_request *request, size_t n)
{
	if (landing->frozen)
		return false;
	if (request->position == landing->tail)
		return true;
	return request->attempt == landing->attempt && request->position == landing->start &&
	       landing->tail - request->position < n;
}

static void land(const struct resident *resident, const struct door_request *request,
		 const unsigned char *data, size_t n)
{
	struct landing *landing = resident->landing;
	uint64_t room = room_at(landing, resident->in);
	size_t skip = (size_t)(landing->tail - request->position);
	size_t step = n - skip < room ? n - skip : (size_t)room;
	if (step == 0)
		return;
	landing->attempt = request->attempt;
	landing->start = request->position;
	copy_in(landing, resident->in, data + skip, step);
	wake_sleepers(resident->in);
}

void landing_accept(const struct resident *resident, const struct door_request *request,
		    const unsigned char *data, size_t n, struct door_answer *answer)
{
	struct landing *landing = resident->landing;
	if (!turn_take(&landing->turn))
		return;
	if (continues(landing, request, n))
		land(resident, request, data, n);
	answer->position = landing->tail;
	if (request->attempt == landing->attempt && request->position == landing->start)
		answer->landed = landing->tail - landing->start;
	answer->known = 1;
	turn_pass(&landing->turn);
}

/* --- sending -------------------------------------------------------------------------------- */

/* How often a call is made again that nobody has taken, where no signal can be why. */
enum { REFUSALS_MOST = 1000 };

#define PAUSE_NS 1000000L

/* What the other side's thread has counted in the lane, of n bytes at `position`. It
 * could count wrongly, and would lose its own bytes. */
static size_t landed_by_lane(const struct connection *connection, uint64_t position, size_t n)
{
	/* acquire: pairs with the store in copy_in(); there is nothing else to see. */
	uint64_t tail = atomic_load_explicit(&connection->out->tail, memory_order_acquire);
	return tail - position <= n ? (size_t)(tail - position) : 0;
}

/* Whether to call again after a failure. In doubt, an earlier call may be under way: its
 * outcome must be known before the bytes may take another way. */
static bool call_again(int door, int error, bool doubt, unsigned *refusals)
{
	if (error == EINTR)
		return true;
	if (doubt) {
		struct timespec pause = {.tv_nsec = PAUSE_NS};
		if (error == EPROTO || doors_is_dead(door))
			return false;
		if (error != EAGAIN)
			nanosleep(&pause, NULL);
		return true;
	}
	return error == EAGAIN && ++*refusals < REFUSALS_MOST;
}

/* True when there is an answer, false when none is to be had any more: then what has
 * landed is known by the lane, for nobody lands anything. */
static bool call(struct connection *connection, struct line *line, size_t n,
		 struct door_answer *answer)
{
	bool doubt = false;
	unsigned refusals = 0;
	int door = atomic_load_explicit(&line->door, memory_order_acquire);
	if (door < 0)
		return false;
	for (;;) {
		const struct door_request *request = &line->parcel.request;
		if (doors_call(door, &line->parcel, sizeof *request + n, answer) == 0)
			return answer->known != 0;
		int error = errno;
		if (landed_by_lane(connection, request->position, n) == n) {
			answer->position = request->position + n;
			answer->landed = n;
			return true;
		}
		doubt = doubt || error == EINTR;
		if (!call_again(door, error, doubt, &refusals))
			return false;
	}
}

static void set_out_position(struct connection *connection, uint64_t position)
{
	/* relaxed: guarded by the turn. */
	atomic_store_explicit(&connection->record->out.position, position, memory_order_relaxed);
}

/* To what somebody landed who had the turn before, and died before it was counted. */
static void catch_up(struct connection *connection)
{
	size_t most = connection->mapping.ring_bytes;
	uint64_t position = atomic_load_explicit(&connection->record->out.position,
						 memory_order_relaxed);
	size_t landed = landed_by_lane(connection, position, most);
	if (landed > 0)
		set_out_position(connection, position + landed);
}

static ssize_t no_way(void)
{
	errno = EPIPE;
	return -1;
}

/* Up to CARRY_BYTES by one call. Returns the bytes that landed, -1 = no way. */
static ssize_t carry(struct connection *connection, const unsigned char *data, size_t n)
{
	struct line *line = connection->transport_state;
	struct door_request *request = &line->parcel.request;
	struct door_answer answer = {0};
	uint64_t position = atomic_load_explicit(&connection->record->out.position,
						 memory_order_relaxed);
	memcpy(line->parcel.bytes, data, n);
	*request = (struct door_request){
		.key = line->key,
		.position = position,
		.kind = DOOR_BYTES,
		.attempt = thread_number() * UINT32_C(2654435761) ^ ++line->attempts,
	};
	if (!call(connection, line, n, &answer)) {
		answer.landed = landed_by_lane(connection, position, n);
		answer.position = position + answer.landed;
		if (answer.landed == 0) {
			catch_up(connection);
			return no_way();
		}
	}
	/* Who had the turn before may have died before it could count what had landed. */
	if (answer.landed > n ||
	    answer.position - position > connection->mapping.ring_bytes + answer.landed)
		return no_way();
	set_out_position(connection,
			 answer.landed > 0 ? position + answer.landed : answer.position);
	return (ssize_t)answer.landed;
}

static ssize_t put(struct connection *connection, const unsigned char *data, size_t n, size_t room)
{
	size_t most = n < room ? n : room, done = 0;
	while (done < most) {
		size_t step = most - done < CARRY_BYTES ? most - done : CARRY_BYTES;
		ssize_t landed = carry(connection, data + done, step);
		if (landed < 0)
			return done > 0 ? (ssize_t)done : -1;
		done += (size_t)landed;
		if ((size_t)landed < step)
			break;
	}
	return (ssize_t)done;
}

/* --- from open to close ------------------------------------------------------------------------
 */

static size_t landing_bytes(const struct connection *connection, size_t *header)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	*header = (sizeof(struct landing) + page - 1) / page * page;
	return *header + connection->mapping.ring_bytes;
}

static struct landing *make_landing(const struct connection *connection)
{
	size_t header, bytes = landing_bytes(connection, &header);
	struct landing *landing = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
				       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (landing == MAP_FAILED)
		return NULL;
	landing->record = connection->record;
	landing->ring_bytes = connection->mapping.ring_bytes;
	landing->ring = (unsigned char *)landing + header;
	return landing;
}

static void free_landing(const struct connection *connection, struct landing *landing)
{
	size_t header, bytes = landing_bytes(connection, &header);
	int error = errno;
	munmap(landing, bytes);
	errno = error;
}

static int open_line(struct connection *connection, int fds[TRANSPORT_DESCRIPTORS])
{
	struct landing *landing = make_landing(connection);
	if (landing == NULL)
		return -1;
	int count = line_open(connection, fds, landing);
	if (count < 0)
		free_landing(connection, landing);
	else
		connection->in_ring = landing->ring;
	return count;
}

static void close_line(struct connection *connection)
{
	struct line *line = connection->transport_state;
	struct landing *landing = line == NULL ? NULL : line->landing;
	line_close(connection);
	if (landing != NULL)
		free_landing(connection, landing);
}

static void expose(struct connection *connection)
{
	const struct line *line = connection->transport_state;
	struct landing *landing = line->landing;
	enum side producer = connection->side == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT;
	if (!turn_take(&landing->turn))
		return;
	landing->frozen = true;
	memcpy(connection->mapping.rings[producer], landing->ring, landing->ring_bytes);
	turn_pass(&landing->turn);
}

const struct transport transport_doors = {
	.name = "doors",
	.number = TRANSPORT_DOORS,
	.open = open_line,
	.attach = line_attach,
	.put = put,
	.wake = line_wake,
	.close = close_line,
	.expose = expose,
};
