/* Lines: set up by a door's descriptor and a key, for wake-ups by door calls. */
#include <errno.h>
#include <sys/mman.h>

#include "line.h"
#include "mapped.h"
#include "process.h"

static struct line *make_line(struct connection *connection, struct landing *landing)
{
	struct line *line = mmap(NULL, sizeof *line, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (line == MAP_FAILED)
		return NULL;
	struct resident resident = {
		.in = connection->in, .out = connection->out, .landing = landing};
	uint64_t key;
	line->landing = landing;
	line->generation = process_generation();
	atomic_store_explicit(&line->door, -1, memory_order_relaxed);
	line->place = place_take(&resident, &key);
	if (line->place == NULL) {
		int error = errno;
		munmap(line, sizeof *line);
		errno = error;
		return NULL;
	}
	/* relaxed: the other side reads it after a message that follows. */
	atomic_store_explicit(&connection->mapping.segment->door_keys[connection->side], key,
			      memory_order_relaxed);
	return line;
}

int line_open(struct connection *connection, int fds[TRANSPORT_DESCRIPTORS],
	      struct landing *landing)
{
	fds[0] = places_door();
	if (fds[0] < 0)
		return -1;
	connection->transport_state = make_line(connection, landing);
	return connection->transport_state == NULL ? -1 : 1;
}

int line_attach(struct connection *connection, const int *fds, int count)
{
	struct line *line = connection->transport_state;
	enum side other = connection->side == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT;
	if (count != 1) {
		errno = EPROTO;
		return -1;
	}
	int door = doors_adopt(fds[0]);
	if (door < 0)
		return -1;
	line->key = atomic_load_explicit(&connection->mapping.segment->door_keys[other],
					 memory_order_relaxed);
	/* release: another thread that wakes finds the key. */
	atomic_store_explicit(&line->door, door, memory_order_release);
	return 0;
}

void line_wake(struct connection *connection, struct lane *lane, _Atomic uint32_t *signal)
{
	struct line *line = connection->transport_state;
	int error = errno;
	struct door_answer answer = {0};
	/* acquire, and first: the key is there if the door is. */
	int door = atomic_load_explicit(&line->door, memory_order_acquire);
	struct door_request request = {.key = door < 0 ? 0 : line->key,
				       .kind = signal == &lane->data_signal ? DOOR_WAKE_DATA
									    : DOOR_WAKE_ROOM};
	/* Where no call gets through, or a signal ended it, the futex is woken from here:
	 * a wake-up too many does no harm. */
	if (door < 0 || doors_call(door, &request, sizeof request, &answer) < 0 || !answer.known)
		signal_raise(signal);
	errno = error;
}

void line_close(struct connection *connection)
{
	struct line *line = connection->transport_state;
	if (line == NULL)
		return;
	place_leave(line->place, line->generation);
	int door = atomic_load_explicit(&line->door, memory_order_acquire);
	if (door >= 0)
		doors_drop(door);
	connection->transport_state = NULL;
	munmap(line, sizeof *line);
}
