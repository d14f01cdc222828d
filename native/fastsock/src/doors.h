/*
 * Access to libdoor, which is loaded when the first connection over doors is opened,
 * and to the doors of other processes.
 */
#ifndef FASTSOCK_DOORS_H
#define FASTSOCK_DOORS_H

#include <door.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Arguments of a call; bytes follow DOOR_BYTES. */
enum door_kind { DOOR_WAKE_DATA, DOOR_WAKE_ROOM, DOOR_BYTES };

struct door_request {
	uint64_t key;      /* of the connection, as the called side has given it out */
	uint64_t position; /* of the first byte */
	uint32_t kind;     /* enum door_kind */
	uint32_t attempt;  /* tells calls with the same bytes from others */
};

struct door_answer {
	uint64_t position; /* how far the bytes of the connection have arrived */
	uint64_t landed;   /* bytes of this attempt */
	uint32_t known;    /* 0 = no such connection, or none that takes bytes */
	uint32_t reserved;
};

/* ENOSYS when there is no libdoor, or one that lacks something. */
int doors_load(void);

/* Called when libdoor may have begun to watch forks, so that others can do it later, and
 * so come first; NULL = nobody. */
extern void (*doors_watch_forks)(void);

/*
 * A door of this process with threads of its own, on which no signal is handled. The
 * descriptor is high and the library's own. -1 with errno.
 */
int doors_create(door_server_procedure_t *procedure);

/* Ends a procedure of such a door. */
_Noreturn void doors_return(const struct door_answer *answer);

/*
 * Takes over the descriptor of another process's door; returns the one to call it
 * by, which is shared by all connections to that process. -1 with errno (EPROTO: it
 * is no such door), and fd is still the caller's.
 */
int doors_adopt(int fd);
void doors_drop(int door);

/*
 * Calls, with one answer. -1 with errno: EINTR and EAGAIN are signals'; after EINTR
 * the call may be under way. Not a cancellation point: turns may be held.
 */
int doors_call(int door, const void *request, size_t bytes, struct door_answer *answer);

/* Whether the door's process has ended: then no call to it is under way, either. */
bool doors_is_dead(int door);

/* All but those that tell of faults. */
void signals_block(sigset_t *before);
void signals_restore(const sigset_t *before);

#endif
