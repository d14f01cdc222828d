/* What the kernel is asked for an instance, and what its answers mean. */
#include <errno.h>

#include "instance.h"
#include "sleeping.h"
#include "table.h"
#include "token.h"
#include "watched.h"

#define EVENTS_ALWAYS (POLLERR | POLLHUP)
/* All that the kernel lets go with EPOLLEXCLUSIVE. */
#define EVENTS_EXCLUSIVE                                                                           \
	(EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE)

static short asked_of_kernel(const struct interest *interest)
{
	short wanted = interest_wanted(interest);
	return wanted == 0 ? 0 : connection_kernel_events(interest->connection, wanted);
}

uint32_t interest_translated(const struct interest *interest)
{
	/* Ends are reported even so, but once. */
	if (interest->disabled)
		return EPOLLET;
	uint32_t events = (uint32_t)(unsigned short)asked_of_kernel(interest);
	events |= interest->events & (EPOLLWAKEUP | EPOLLEXCLUSIVE | EPOLLET);
	/* Edges of the kernel's room cost nothing, and count after a retreat. */
	if (interest->events & EPOLLET)
		events |= interest->events & (EPOLLOUT | EPOLLWRNORM);
	if (interest->quiet)
		events |= EPOLLET;
	return events & EPOLLEXCLUSIVE ? events & EVENTS_EXCLUSIVE : events;
}

void interest_ask(struct instance *instance, int epfd, uint32_t name, uint32_t events)
{
	struct interest *interest = interest_at(instance, name);
	struct epoll_event event = {.events = events, .data.u64 = cookie_of(instance, name)};
	if (interest->orphan)
		return;
	/* An exclusive one can't be modified. */
	if (interest->asked & EPOLLEXCLUSIVE) {
		kernel_epoll_ctl(epfd, EPOLL_CTL_DEL, interest->fd, NULL);
		kernel_epoll_ctl(epfd, EPOLL_CTL_ADD, interest->fd, &event);
	} else {
		kernel_epoll_ctl(epfd, EPOLL_CTL_MOD, interest->fd, &event);
	}
	interest->asked = events;
}

/* The same, if it isn't what the kernel has already, or its edges were before a seam. */
static void ask_what_is_due(struct instance *instance, int epfd, uint32_t name)
{
	struct interest *interest = interest_at(instance, name);
	interest_note_phases(interest);
	uint32_t events = interest_translated(interest);
	bool again = interest->moved && (interest->events & EPOLLET) && !interest->disabled;
	interest->moved = false;
	if (events != interest->asked || again)
		interest_ask(instance, epfd, name, events);
}

bool interest_adopt(struct instance *instance, int epfd, uint32_t name)
{
	struct interest *interest = interest_at(instance, name);
	if (interest->adopted)
		return true;
	if (interest->connection == NULL)
		interest->connection = table_get(interest->fd);
	/* Until it is adopted the bells are known to nobody else. */
	interest_watch(interest, true);
	if (interest->connection == NULL || connection_is_kernels(interest->connection))
		return false;
	interest->adopted = true;
	instance->adopted++;
	/* The kernel has told of room, and the ring hasn't been filled unless its count says so. */
	interest->known = interest_wanted(interest) & (POLLOUT | POLLWRNORM | POLLWRBAND);
	interest->head = 0;
	ask_what_is_due(instance, epfd, name);
	return true;
}

void interest_rouse(struct instance *instance, int epfd, uint32_t name)
{
	struct interest *interest = interest_at(instance, name);
	if (!interest->adopted || (interest->asked & EPOLLEXCLUSIVE) ||
	    /* seq_cst: pairs with the count before the arming in instance_wait(). */
	    atomic_load(&instance->sleepers) == 0 || !interest_arm(interest, 0))
		return;
	/* The kernel's side is as good as always writable, as it carries bells only. */
	interest_ask(instance, epfd, name, interest->asked | EPOLLOUT);
}

void interest_end(struct instance *instance, int epfd, uint32_t name)
{
	int error = errno;
	kernel_epoll_ctl(epfd, EPOLL_CTL_DEL, interest_at(instance, name)->fd, NULL);
	errno = error;
	interest_revive(instance, name);
	interest_remove(instance, name);
}

void instance_end_lingering(struct instance *instance, int epfd)
{
	for (uint32_t name = 1; instance->lingering > 0 && name <= instance->used; name++) {
		if (interest_at(instance, name)->state == INTEREST_LINGERING)
			interest_end(instance, epfd, name);
	}
}

/* --- hearing ---------------------------------------------------------------------------- */

/* The kernel goes on saying what is no news: from now on it is asked for edges. */
static void hush(struct instance *instance, int epfd, uint32_t name)
{
	struct interest *interest = interest_at(instance, name);
	struct pollfd again = {.fd = interest->fd, .events = asked_of_kernel(interest)};
	if ((interest->asked & EPOLLET) || kernel_poll(&again, 1, &(struct timespec){0}, NULL) <= 0)
		return;
	interest->quiet = true;
	ask_what_is_due(instance, epfd, name);
}

static short hear_adopted(struct instance *instance, int epfd, uint32_t name, short heard)
{
	struct interest *interest = interest_at(instance, name);
	struct connection *connection = interest->connection;
	short wanted = interest_wanted(interest);
	/* As it should be: after a rouse, or a one-shot that was reported. */
	ask_what_is_due(instance, epfd, name);
	if (interest->disabled)
		return 0;
	/* The bell is this one's, unless there are other watchers. */
	interest_watch(interest, false);
	heard &= asked_of_kernel(interest) | EVENTS_ALWAYS;
	short told = connection_events(connection, interest->fd, wanted, heard);
	told &= wanted | EVENTS_ALWAYS;
	interest_heat(instance, name);
	if (told == 0) {
		if (heard != 0)
			hush(instance, epfd, name);
		return 0;
	}
	/* What only the kernel knows is an edge by being heard. */
	bool by_ring = (told & ~connection_look(connection, wanted)) == 0;
	if (by_ring && !interest_is_news(interest, told))
		return 0;
	interest_reported(interest, told);
	if (interest->quiet) {
		interest->quiet = false;
		ask_what_is_due(instance, epfd, name);
	}
	return told;
}

/* False when there is nothing to report. */
static bool hear_one(struct instance *instance, int epfd, struct epoll_event *event)
{
	uint32_t name = interest_of_cookie(instance, event->data.u64);
	if (name == 0)
		return false;
	struct interest *interest = interest_at(instance, name);
	if (interest->state == INTEREST_LINGERING) {
		interest_end(instance, epfd, name);
		return false;
	}
	event->data.u64 = interest->data;
	/* Its descriptor is closed, but the file is open elsewhere. */
	if (interest->state == INTEREST_FREE)
		return !interest->adopted;
	if (interest->nested != NULL) {
		interest->round = instance->round;
		return !(event->events & EPOLLIN) ||
		       instance_ask_nested(instance, name, instance_settle);
	}
	if (!interest_adopt(instance, epfd, name)) {
		if (interest->connection != NULL)
			interest_heat(instance, name);
		if (interest->events & EPOLLONESHOT)
			interest->disabled = true;
		return true;
	}
	short told = hear_adopted(instance, epfd, name, (short)event->events);
	event->events = (uint32_t)(unsigned short)told;
	if (told != 0)
		interest->round = instance->round;
	return told != 0;
}

int instance_hear(struct instance *instance, int epfd, struct epoll_event *events, int count)
{
	int n = 0;
	for (int i = 0; i < count; i++) {
		struct epoll_event event = events[i];
		if (!is_cookie(event.data.u64) || hear_one(instance, epfd, &event))
			events[n++] = event;
	}
	return n;
}

/* --- looking ------------------------------------------------------------------------------ */

static bool level_triggered(const struct interest *interest)
{
	return (interest->events & (EPOLLIN | EPOLLET | EPOLLONESHOT)) == EPOLLIN;
}

static void collect_nested(struct instance *instance, struct epoll_event *events, int max, int *n)
{
	for (uint32_t name = 1; name <= instance->used && *n < max; name++) {
		struct interest *interest = interest_at(instance, name);
		/* Level-triggered only: for the others the bells must do. */
		if (interest->state == INTEREST_FREE || interest->nested == NULL ||
		    interest->round == instance->round || !level_triggered(interest) ||
		    !instance_ask_nested(instance, name, instance_ready))
			continue;
		interest = interest_at(instance, name);
		interest->round = instance->round;
		events[(*n)++] = (struct epoll_event){
			.events = EPOLLIN,
			.data.u64 = interest->data,
		};
	}
}

/* What the kernel knows of an end that the rings tell of. */
static short ask_of_end(struct interest *interest)
{
	struct pollfd asked = {.fd = interest->fd, .events = asked_of_kernel(interest)};
	short wanted = interest_wanted(interest);
	if (kernel_poll(&asked, 1, &(struct timespec){0}, NULL) <= 0)
		return 0;
	short told = connection_events(interest->connection, interest->fd, wanted, asked.revents);
	return told & (wanted | EVENTS_ALWAYS);
}

int instance_collect(struct instance *instance, int epfd, struct epoll_event *events, int max)
{
	int n = 0;
	uint32_t last = instance->hot_last, next;
	bool more = instance->hot_count > 0;
	for (uint32_t name = instance->hot_first; more && n < max; name = next) {
		struct interest *interest = interest_at(instance, name);
		next = interest->next;
		more = name != last;
		if (interest->round == instance->round || !interest_adopt(instance, epfd, name))
			continue;
		short ready = interest_ready(interest);
		if (ready == 0)
			continue;
		if (has_ended(interest->connection))
			ready |= ask_of_end(interest);
		interest_reported(interest, ready);
		interest->round = instance->round;
		/* To the end, so that the others have their turn when max is small. */
		interest_heat(instance, name);
		events[n++] = (struct epoll_event){
			.events = (uint32_t)(unsigned short)ready,
			.data.u64 = interest->data,
		};
	}
	if (instance->nested > 0 && n < max)
		collect_nested(instance, events, max, &n);
	return n;
}

static bool arm_nested(struct instance *instance)
{
	bool ready = false;
	for (uint32_t name = 1; instance->nested > 0 && name <= instance->used; name++) {
		struct interest *interest = interest_at(instance, name);
		if (interest->state == INTEREST_FREE || interest->nested == NULL || interest->armed)
			continue;
		bool level = level_triggered(interest);
		interest->armed = true;
		instance_count_sleeper(interest->nested);
		ready |= instance_ask_nested(instance, name, instance_arm_counted) && level;
	}
	return ready;
}

void instance_disarm_nested(struct instance *instance)
{
	for (uint32_t name = 1; instance->nested > 0 && name <= instance->used; name++) {
		struct interest *interest = interest_at(instance, name);
		if (interest->state == INTEREST_LIVE && interest->armed)
			instance_woken(interest->nested);
		interest->armed = false;
	}
}

/* Those that are left to the kernel aren't armed again before each sleep. */
static uint64_t token_for(const struct instance *instance, const struct interest *interest,
			  bool may_cool)
{
	return may_cool || (interest->asked & EPOLLEXCLUSIVE) ? 0 : instance->token;
}

void instance_end_token(struct instance *instance, int epfd)
{
	if (instance->token == 0)
		return;
	token_end(instance->token);
	instance->token = 0;
	uint32_t next;
	for (uint32_t name = instance->hot_first; name != 0; name = next) {
		next = interest_at(instance, name)->next;
		interest_rouse(instance, epfd, name);
	}
}

bool instance_arm_hot(struct instance *instance, int epfd)
{
	bool ready = false;
	uint32_t last = instance->hot_last, next;
	uint32_t surplus = instance->hot_count > HOT_MOST ? instance->hot_count - HOT_MOST : 0;
	bool more = instance->hot_count > 0;
	instance->awaits_room = instance->naps = false;
	for (uint32_t name = instance->hot_first; more && !ready; name = next) {
		struct interest *interest = interest_at(instance, name);
		bool awaits_room = false;
		next = interest->next;
		more = name != last;
		if (interest_adopt(instance, epfd, name)) {
			ask_what_is_due(instance, epfd, name);
			ready = interest_arm(interest, token_for(instance, interest, surplus > 0));
			awaits_room = interest_awaits_room(interest);
			instance->awaits_room |= awaits_room;
			instance->naps |= awaits_room && has_ended(interest->connection);
		}
		if (!ready && !awaits_room && surplus > 0) {
			surplus--;
			interest_cool(instance, name);
		}
	}
	return arm_nested(instance) || ready;
}
