/* What the library did in this process: for FASTSOCK_STATS, printed at exit. */
#ifndef FASTSOCK_STATS_H
#define FASTSOCK_STATS_H

#include "connection.h"

/* Counted once per connection, when it is known. */
void stats_accelerated(const struct connection *connection);
void stats_passed(const char *reason);
void stats_retreated(const struct connection *connection, const char *reason);
/* A connection's bytes and wake-ups, when it is released. */
void stats_add(const struct connection *connection);

/* Appends one line of JSON to the file, by one write. Also from _exit. */
void stats_write(void);

#endif
