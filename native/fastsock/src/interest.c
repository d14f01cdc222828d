/* Interests: where they are kept, and what of the rings' state is news to them. */
#include <string.h>
#include <sys/mman.h>

#include "inside.h"
#include "instance.h"
#include "table.h"
#include "watched.h"

enum { PLACES_AT_FIRST = 64 };
/* As many as a cookie can name. */
enum { PLACES_MOST = (1 << 24) - 1 };

#define EVENTS_OUT (POLLOUT | POLLWRNORM | POLLWRBAND)

struct interest *interest_at(const struct instance *instance, uint32_t name)
{
	return &instance->interests[name - 1];
}

static uint32_t of_fd(const struct instance *instance, int fd, enum interest_state state)
{
	uint32_t name = fd >= 0 && (uint32_t)fd < instance->by_fd_places ? instance->by_fd[fd] : 0;
	return name != 0 && interest_at(instance, name)->state == state ? name : 0;
}

uint32_t interest_of_fd(const struct instance *instance, int fd)
{
	return of_fd(instance, fd, INTEREST_LIVE);
}

uint32_t interest_lingering_of_fd(const struct instance *instance, int fd)
{
	return instance->lingering == 0 ? 0 : of_fd(instance, fd, INTEREST_LINGERING);
}

/* Not malloc: the program may be in the middle of it, or have its own. */
static bool grow(void *array, uint32_t *places, uint32_t wanted, size_t each)
{
	void *before, *after;
	memcpy(&before, array, sizeof(before));
	uint32_t n = *places == 0 ? PLACES_AT_FIRST : *places;
	while (n < wanted)
		n *= 2;
	if (n == *places)
		return true;
	if (before == NULL)
		after = mmap(NULL, n * each, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			     -1, 0);
	else
		after = mremap(before, *places * each, n * each, MREMAP_MAYMOVE);
	if (after == MAP_FAILED)
		return false;
	memcpy(array, &after, sizeof(after));
	*places = n;
	return true;
}

static uint32_t take_place(struct instance *instance)
{
	uint32_t name = instance->free_first;
	if (name == 0) {
		if (instance->used >= PLACES_MOST ||
		    !grow(&instance->interests, &instance->places, instance->used + 1,
			  sizeof(struct interest)))
			return 0;
		return ++instance->used;
	}
	instance->free_first = interest_at(instance, name)->next;
	if (instance->free_first == 0)
		instance->free_last = 0;
	return name;
}

uint32_t interest_add(struct instance *instance, int fd)
{
	uint32_t name = take_place(instance);
	if (name == 0)
		return 0;
	struct interest *interest = interest_at(instance, name);
	*interest = (struct interest){
		.state = INTEREST_LIVE,
		.fd = fd,
		.generation = interest->generation + 1,
	};
	instance->live++;
	return name;
}

bool interest_enter(struct instance *instance, uint32_t name)
{
	int fd = interest_at(instance, name)->fd;
	if (!grow(&instance->by_fd, &instance->by_fd_places, (uint32_t)fd + 1, sizeof(uint32_t)))
		return false;
	if (instance->by_fd[fd] != 0)
		interest_remove(instance, instance->by_fd[fd]);
	instance->by_fd[fd] = name;
	return true;
}

void interest_watch(struct interest *interest, bool watching)
{
	if (interest->connection == NULL || interest->watching == watching)
		return;
	interest->watching = watching;
	if (watching)
		watch(interest->connection);
	else
		unwatch(interest->connection);
}

static void let_go(struct instance *instance, struct interest *interest)
{
	instance->adopted -= interest->adopted;
	instance->orphans -= interest->orphan;
	instance->nested -= interest->nested != NULL;
	interest_watch(interest, false);
	if (interest->connection != NULL)
		connection_release(interest->connection);
	if (interest->nested != NULL && interest->armed)
		instance_woken(interest->nested);
	if (interest->nested != NULL)
		instance_release(interest->nested);
	interest->connection = NULL;
	interest->nested = NULL;
	interest->orphan = false;
}

void interest_remove(struct instance *instance, uint32_t name)
{
	struct interest *interest = interest_at(instance, name);
	interest_cool(instance, name);
	if (interest_of_fd(instance, interest->fd) == name)
		instance->by_fd[interest->fd] = 0;
	let_go(instance, interest);
	interest->state = INTEREST_FREE;
	interest->next = 0;
	instance->live--;
	if (instance->free_last != 0)
		interest_at(instance, instance->free_last)->next = name;
	else
		instance->free_first = name;
	instance->free_last = name;
}

void interest_linger(struct instance *instance, uint32_t name)
{
	struct interest *interest = interest_at(instance, name);
	interest_cool(instance, name);
	interest_watch(interest, false);
	interest->state = INTEREST_LINGERING;
	instance->live--;
	instance->adopted--;
	instance->lingering++;
}

void interest_revive(struct instance *instance, uint32_t name)
{
	interest_at(instance, name)->state = INTEREST_LIVE;
	instance->live++;
	instance->adopted++;
	instance->lingering--;
}

void interests_free(struct instance *instance)
{
	for (uint32_t name = 1; name <= instance->used; name++) {
		if (interest_at(instance, name)->state != INTEREST_FREE)
			let_go(instance, interest_at(instance, name));
	}
	if (instance->interests != NULL)
		munmap(instance->interests, instance->places * sizeof(struct interest));
	if (instance->by_fd != NULL)
		munmap(instance->by_fd, instance->by_fd_places * sizeof(uint32_t));
	/* But the count of references, which is read at any time, and the turn. */
	size_t from = offsetof(struct instance, interests);
	memset((char *)instance + from, 0, sizeof(*instance) - from);
}

/* --- hot ones --------------------------------------------------------------------------- */

void interest_cool(struct instance *instance, uint32_t name)
{
	struct interest *interest = interest_at(instance, name);
	if (!interest->hot)
		return;
	if (interest->previous != 0)
		interest_at(instance, interest->previous)->next = interest->next;
	else
		instance->hot_first = interest->next;
	if (interest->next != 0)
		interest_at(instance, interest->next)->previous = interest->previous;
	else
		instance->hot_last = interest->previous;
	interest->hot = false;
	instance->hot_count--;
}

void interest_heat(struct instance *instance, uint32_t name)
{
	struct interest *interest = interest_at(instance, name);
	if (instance->hot_last == name)
		return;
	interest_cool(instance, name);
	interest->next = 0;
	interest->previous = instance->hot_last;
	if (instance->hot_last != 0)
		interest_at(instance, instance->hot_last)->next = name;
	else
		instance->hot_first = name;
	instance->hot_last = name;
	interest->hot = true;
	instance->hot_count++;
}

/* --- news --------------------------------------------------------------------------------- */

/* relaxed throughout: connection_look() has ordered what it was told by. */
static uint64_t tail_of(const struct connection *connection)
{
	return atomic_load_explicit(&connection->in->tail, memory_order_relaxed);
}

static uint64_t head_of(const struct connection *connection)
{
	return atomic_load_explicit(&connection->out->head, memory_order_relaxed);
}

/*
 * Whether a send may have found the ring full since it was last looked at: only
 * if more than the ring holds was sent beyond what had been taken out by then.
 */
static bool may_have_been_full(const struct interest *interest)
{
	const struct connection *connection = interest->connection;
	uint64_t sent = atomic_load_explicit(&connection->out->tail, memory_order_relaxed);
	return sent - interest->head >= connection->mapping.ring_bytes;
}

bool interest_is_news(struct interest *interest, short told)
{
	if (!(interest->events & EPOLLET))
		return told != 0;
	if ((told & ~interest->known) != 0)
		return true;
	if ((told & (POLLIN | POLLRDNORM)) && tail_of(interest->connection) != interest->tail)
		return true;
	return (told & EVENTS_OUT) && may_have_been_full(interest);
}

void interest_reported(struct interest *interest, short told)
{
	interest_watch(interest, false);
	interest->known = told;
	interest->tail = tail_of(interest->connection);
	interest->head = head_of(interest->connection);
	if (interest->events & EPOLLONESHOT)
		interest->disabled = true;
}

static uint32_t phases_of(const struct connection *connection)
{
	const struct record *record = connection->record;
	return (uint32_t)phase_of(&record->in) << 8 | (uint32_t)phase_of(&record->out);
}

/*
 * A call that comes to a seam ends there: it was told the last of the kernel's bytes,
 * or that the kernel has no room, while the ring was ready all along. To a program
 * that waits for edges a short count means that the next one will come.
 */
void interest_note_phases(struct interest *interest)
{
	uint32_t phases = phases_of(interest->connection);
	if (phases == interest->phases)
		return;
	interest->phases = phases;
	interest->known = 0;
	interest->moved = true;
}

void interest_renew(struct interest *interest)
{
	interest->idle = false;
	interest->disabled = false;
	interest->quiet = false;
	interest->known = 0;
	interest->round = 0;
	/* The kernel has just been asked, too. */
	interest->phases = interest->connection == NULL ? 0 : phases_of(interest->connection);
	interest->moved = false;
}

/*
 * Whether nothing can have come in since there was nothing to read: two cache lines
 * instead of ten, for a wait looks at all that is hot again and again. relaxed: what has
 * changed is then looked at properly; after an arming see instance_arm_hot().
 */
static bool still_idle(const struct interest *interest)
{
	const struct connection *connection = interest->connection;
	const struct lane *lane = connection->in;
	return tail_of(connection) == interest->idle_tail &&
	       atomic_load_explicit(&lane->route, memory_order_relaxed) == ROUTE_RING &&
	       atomic_load_explicit(&lane->finished, memory_order_relaxed) == 0 &&
	       phases_of(connection) == interest->phases &&
	       atomic_load_explicit(&connection->record->shut_in, memory_order_relaxed) == 0;
}

/* Room is another matter, and an end in the kernel doesn't come this way. */
static bool may_be_idle(const struct interest *interest, short wanted)
{
	return !(wanted & EVENTS_OUT) && phase_of(&interest->connection->record->in) == PHASE_RING;
}

short interest_ready(struct interest *interest)
{
	short wanted = interest_wanted(interest);
	if (interest->disabled || wanted == 0 || (interest->idle && still_idle(interest)))
		return 0;
	interest_note_phases(interest);
	uint64_t head = head_of(interest->connection), tail = tail_of(interest->connection);
	short ready = (short)(connection_look(interest->connection, wanted) & wanted);
	interest->idle = ready == 0 && may_be_idle(interest, wanted);
	interest->idle_tail = tail;
	if (ready != 0 && interest_is_news(interest, ready))
		return ready;
	/* What was known and has ceased is news when it comes again. */
	interest->known &= ready | ~(POLLIN | POLLRDNORM | EVENTS_OUT);
	if (ready & EVENTS_OUT)
		interest->head = head;
	return 0;
}

bool interest_awaits_room(const struct interest *interest)
{
	short out = interest_wanted(interest) & EVENTS_OUT;
	bool known = (interest->events & EPOLLET) && (interest->known & EVENTS_OUT);
	return !interest->disabled && out != 0 && !known &&
	       !(connection_kernel_events(interest->connection, out) & EVENTS_OUT);
}

bool interest_arm(struct interest *interest, uint64_t token)
{
	short wanted = interest_wanted(interest);
	if (interest->disabled || wanted == 0)
		return false;
	if (interest_ready(interest) != 0)
		return true;
	interest_watch(interest, true);
	/* Room that is there already is no news; a send that finds none arms for it. */
	if ((interest->events & EPOLLET) && (interest->known & EVENTS_OUT))
		wanted &= ~EVENTS_OUT;
	if (wanted != 0)
		connection_arm_by(interest->connection, wanted, token);
	return interest_ready(interest) != 0;
}
