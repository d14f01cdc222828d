/*
 * Unreferenced notifications. The subject is a door of a server process that is
 * told through another door, the control, what to do with its own descriptors.
 */
#ifndef DOOR_TESTS_UNREF_H
#define DOOR_TESTS_UNREF_H

#include "check.h"

/* How long something that must not happen is waited for. */
#define QUIET_US 300000

struct unref {
	_Atomic int notified;
	_Atomic int wrong;           /* notifications with other arguments than specified */
	_Atomic uint32_t attributes; /* of the door as its last notification saw them */
	_Atomic int entered;
	_Atomic int go;
	char name[64]; /* of the subject */
};

extern struct unref *notes;
extern struct remote unref_server;

/* Starts the server, with a subject that has these attributes. */
void unref_begin(uint_t attributes);

/* Has the server do something: 'd' duplicate the subject's descriptor, 'x' close the
 * duplicate, 'f' fork, 'e' fork and exec, 'k' kill that child, 'a' attach the
 * subject, 't' take the name away, 'c' close its first descriptor, 'r' revoke it,
 * '?' nothing. Returns the subject's attributes afterwards. */
uint32_t do_it(char command);

/* A copy of the subject, passed by the server. */
int get_copy(void);

/* So many notifications, and no more. */
void expect(int notified);
void expect_none(void);

#endif
