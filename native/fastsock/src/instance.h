/*
 * Epoll instances: what the library remembers beside the kernel's.
 *
 * The kernel's instance stays the one that is slept in and that knows everything
 * but the rings. For TCP sockets it is given a cookie instead of the program's
 * data, by which the interest is found again; of all other descriptors it has the
 * program's own registration.
 *
 * An interest whose connection has left the kernel is `adopted`: the kernel is
 * asked for bells and for what it alone knows; level and edge triggering and
 * one-shot are done here. Adopted interests that were active lately are `hot` and
 * looked at in each wait. The others are armed: the kernel reports their bells.
 */
#ifndef FASTSOCK_INSTANCE_H
#define FASTSOCK_INSTANCE_H

#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "connection.h"
#include "record.h"

/* Idle ones beyond so many are left to the kernel. */
enum { HOT_MOST = 64 };

/*
 * One that lingers was deleted by the program, but not in the kernel: who registers the
 * same descriptor again, as event loops do for each request, finds it as it was. The
 * first time that the kernel tells of it, or its descriptor goes, it ends there, too.
 */
enum interest_state { INTEREST_FREE, INTEREST_LIVE, INTEREST_LINGERING };

/* Interests are named by their place in the array plus one; 0 = none. */
struct interest {
	enum interest_state state;
	int fd;
	uint32_t generation; /* of this place */
	uint32_t events;     /* as the program registered them */
	uint32_t asked;      /* as the kernel has them */
	uint64_t data;
	struct connection *connection; /* a reference, or NULL */
	struct instance *nested;       /* a reference, or NULL */
	uint32_t next, previous;       /* of the hot list, or of the free ones */
	bool adopted;
	bool hot;
	bool disabled; /* a one-shot that was reported */
	bool quiet;    /* the kernel is asked for edges: its level is no news */
	bool armed;    /* nested: a sleeper of it was counted */
	bool watching; /* counted in the connection's watchers */
	bool orphan;   /* its descriptor is closed, the file isn't */
	/* Edge-triggered: what was known when it was last looked at. */
	short known;
	uint64_t tail, head;
	uint32_t phases;    /* of both directions: over a seam nothing is known */
	bool idle;          /* there was nothing to read when the lane had: */
	uint64_t idle_tail; /* ... this tail */
	bool moved;         /* they have changed since the kernel was asked */
	uint64_t round;     /* of the wait in which it was last reported */
};

struct instance {
	_Atomic uint32_t references; /* 0 = free */
	_Atomic int fd;              /* one of its descriptors */
	_Atomic uint32_t sleepers;   /* threads that count on what is armed */
	/* Without the turn, relaxed: guesses of when to ask the kernel, and to spin. */
	_Atomic uint64_t asked_ns;
	_Atomic uint32_t calls; /* since the kernel was last asked */
	_Atomic uint32_t spin_ns;
	struct turn turn;   /* guards what follows the next */
	bool fork_has_turn; /* the thread's that forks */
	struct interest *interests;
	uint32_t places, used; /* there are, were ever used */
	uint32_t live;
	uint32_t free_first, free_last; /* the one freed longest ago is used next */
	uint32_t *by_fd;
	uint32_t by_fd_places;
	uint32_t hot_first, hot_last; /* the one active longest ago is first */
	uint32_t hot_count;
	uint32_t adopted, orphans, nested; /* of those live */
	uint32_t lingering;
	uint64_t token;   /* of the one thread that sleeps, if it does so by one: token.h */
	bool shared;      /* others waited while a thread slept by a token: no tokens */
	bool calm;        /* a sleep by a token was too long for that */
	bool awaits_room; /* one of those armed last does */
	bool naps;        /* ... and its peer can't ring for it: longer_nap() */
	uint64_t round;
};

/* --- instances (instance.c) ---------------------------------------------------------- */

/* With a reference; NULL when the descriptor isn't of an instance that is known. */
struct instance *instance_get(int fd);
bool instance_has(int fd);
/* One more, where there is one already. */
static inline void instance_reference(struct instance *instance)
{
	atomic_fetch_add_explicit(&instance->references, 1, memory_order_relaxed);
}
void instance_release(struct instance *instance);
/* Makes one for a new epoll descriptor; without memory the descriptor stays the kernel's. */
void instance_new(int fd);
/* fd has been registered somewhere: its closing matters. */
void instance_note_member(int fd);

/* Around fork(): the child's copies are whole, and nobody sleeps by them. */
void instances_before_fork(void);
void instances_after_fork_in_parent(void);
void instances_after_fork_in_child(void);

/* --- cookies (cookie.c) ---------------------------------------------------------------- */

/* Before the first instance is made. */
void cookies_start(void);
/* The bits that mark a cookie, in place; the rest is generation and interest. */
bool is_cookie(uint64_t data);
/* The turn is held for these two. */
uint64_t cookie_of(const struct instance *instance, uint32_t name);
/* The interest; 0 when it has been replaced since. */
uint32_t interest_of_cookie(const struct instance *instance, uint64_t cookie);

/* --- interests (interest.c): the turn is held ----------------------------------------- */

struct interest *interest_at(const struct instance *instance, uint32_t name);
uint32_t interest_of_fd(const struct instance *instance, int fd);
uint32_t interest_lingering_of_fd(const struct instance *instance, int fd);
/* A new one, not yet found by its descriptor; 0 without memory. */
uint32_t interest_add(struct instance *instance, int fd);
/* Makes it the one of its descriptor, in the place of any other. False without memory. */
bool interest_enter(struct instance *instance, uint32_t name);
void interest_remove(struct instance *instance, uint32_t name);
/* Instead of being deleted in the kernel and removed; and back. */
void interest_linger(struct instance *instance, uint32_t name);
void interest_revive(struct instance *instance, uint32_t name);
/* Frees the memory of all of them. */
void interests_free(struct instance *instance);

/* To the end of the hot list. */
void interest_heat(struct instance *instance, uint32_t name);
void interest_cool(struct instance *instance, uint32_t name);

/* Of POLLIN ... POLLRDHUP, those asked for by the program. */
static inline short interest_wanted(const struct interest *interest)
{
	return (short)(interest->events & 0x3fff);
}

/* Whether a direction has left the kernel or come back: all that holds is news. */
void interest_note_phases(struct interest *interest);
/* What the rings say that the program is to be told; 0 = nothing. */
short interest_ready(struct interest *interest);
/* The same of what the kernel said and connection_events() made of it. */
bool interest_is_news(struct interest *interest, short told);
/* Notes that it is being reported. */
void interest_reported(struct interest *interest, short told);
/* After it was added or modified: whatever holds is news. */
void interest_renew(struct interest *interest);
/* Whether it counts on bells. */
void interest_watch(struct interest *interest, bool watching);
/* Whether it waits for room in a ring. */
bool interest_awaits_room(const struct interest *interest);
/* Arms it for what would be news, for a sleep with a token or 0. True when there already
 * is some. */
bool interest_arm(struct interest *interest, uint64_t token);

/* --- the kernel's part (hearing.c): the turn is held ----------------------------------- */

/* What the kernel is to be asked for an interest that is adopted. */
uint32_t interest_translated(const struct interest *interest);
/* Takes it over from the kernel if its connection has left it. True when adopted. */
bool interest_adopt(struct instance *instance, int epfd, uint32_t name);
/* Sets what the kernel is asked; asking the same again makes it look again. */
void interest_ask(struct instance *instance, int epfd, uint32_t name, uint32_t events);
/* Of those that linger: deletes them in the kernel, too. */
void interest_end(struct instance *instance, int epfd, uint32_t name);
void instance_end_lingering(struct instance *instance, int epfd);
/* Makes those who sleep in the kernel look again, if there is something to be seen. */
void interest_rouse(struct instance *instance, int epfd, uint32_t name);
/* Turns the kernel's events into the program's, in place; returns how many are left. */
int instance_hear(struct instance *instance, int epfd, struct epoll_event *events, int count);
/* Fills in what is ready in rings and wasn't reported in this round. */
int instance_collect(struct instance *instance, int epfd, struct epoll_event *events, int max);
/* Arms all that is hot; what is too much is left to the kernel. True when something is ready. */
bool instance_arm_hot(struct instance *instance, int epfd);

/* Whoever sleeps by a token: all bells are rung from here on, and those not rung made up for. */
void instance_end_token(struct instance *instance, int epfd);

/* After a sleep that instance_arm_hot() came before. */
void instance_disarm_nested(struct instance *instance);

/* --- seen from outside, by poll, select and other instances (nested.c) ------------------ */

bool instance_ready(struct instance *instance, int epfd);
/* Counts a sleeper in; true when something is ready already. */
bool instance_arm(struct instance *instance, int epfd);
/* The same in two steps: the first takes no turn. */
void instance_count_sleeper(struct instance *instance);
bool instance_arm_counted(struct instance *instance, int epfd);
/* What a sleep has been armed with. */
struct armed {
	uint64_t token;         /* 0 = none */
	bool awaits_room, naps; /* as in the instance, when it was armed */
};

/* As instance_arm(), for a sleep by a token where that is possible. */
bool instance_arm_by_token(struct instance *instance, int epfd, uint64_t until_ns,
			   struct armed *armed);
void instance_woken(struct instance *instance);
/* Whether it is really readable after the kernel said so. */
bool instance_settle(struct instance *instance, int epfd);

/*
 * Asks one of those three of an instance that is registered here. A thread has one
 * instance's turn at a time (record.h), so this one's, which is held, is passed meanwhile.
 * False also when the interest is no more.
 */
bool instance_ask_nested(struct instance *instance, uint32_t name,
			 bool (*ask)(struct instance *nested, int epfd));

#endif
