/*
 * Descriptors of the library's own: the program can't see or close them. Kept in
 * table.c beside the program's.
 */
#ifndef FASTSOCK_OWN_H
#define FASTSOCK_OWN_H

#include <stdbool.h>

/* Notes that fd is the library's; -1 is ignored. Returns fd. */
int own_descriptor(int fd);
void disown_descriptor(int fd);
/* Disowns and closes; -1 is ignored. */
void own_close(int fd);
bool is_own_descriptor(int fd);

#endif
