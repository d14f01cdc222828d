/* Ways to misuse the wire protocol. */
#ifndef DOOR_TESTS_ATTACK_H
#define DOOR_TESTS_ATTACK_H

#include <stdbool.h>

struct attack {
	const char *name;
	/* One episode. `door` is a descriptor of the door itself, `path` its name. */
	void (*run)(int door, const char *path, unsigned *random);
	bool lasting; /* its point is that the attacker lives on */
};

/* Ended by an entry without a name. */
extern const struct attack attacks[];

/* The door behind a name; -1 with errno. */
int attack_open(const char *path);

/* Hostile buffers, names of buffers and control areas: an attack with a file of its own. */
void attack_pool(int door, const char *path, unsigned *random);

#endif
