/*
 * The table: what each descriptor number of this process is to the library.
 *
 * A look-up is two loads where nothing is known of the descriptor, which is the
 * common case of everything that isn't a local connection.
 */
#ifndef FASTSOCK_TABLE_H
#define FASTSOCK_TABLE_H

#include "connection.h"

/*
 * The connection of a descriptor with a reference taken, to be dropped with
 * connection_release(); NULL when there is none. connection_release() is an
 * atomic decrement on all but the last.
 */
struct connection *table_get(int fd);

/* Without a reference: for asking whether there is one. */
bool table_has(int fd);

/* Puts a connection (whose reference passes to the table), or takes it out (returned with
 * that reference). One that was there before is taken out first: see table_put's result. */
struct connection *table_put(int fd, struct connection *connection);
struct connection *table_take(int fd);

/* As table_take(); *last tells one caller that no other descriptor refers to it. */
struct connection *table_take_last(int fd, bool *last);

/*
 * Notes a connect() that is under way: a later look-up makes the connection as soon
 * as there is one.
 */
void table_connecting(int fd);

/* From here on the number stays out of the table, until a new descriptor has it. */
void table_never(int fd);
bool table_is_never(int fd);
/* A new descriptor has the number: what was known of an earlier one is dropped. */
void table_renew(int fd);

/* How many descriptors of this process refer to it. */
unsigned table_count(const struct connection *connection);

/* Calls for each descriptor with a connection, in rising order. */
void table_each(void (*visit)(int fd, struct connection *connection, void *argument),
		void *argument);

/* Until table_let_go() others wait with what changes the table. False when this thread has
 * it already. */
bool table_hold(void);
void table_let_go(void);

/* The next descriptor of the library's own from `fd` on; -1 = none. */
int next_own_descriptor(int fd);

#endif
