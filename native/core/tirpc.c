#include "tirpc.h"

#ifdef HAVE_TIRPC
#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The name that all releases since 2014 have had. */
static const char *const soname = "libtirpc.so.3";

/* ISO C has no conversion from a pointer to an object to one to a function; POSIX has both of
 * one representation. */
static bool find(void *library, const char *name, void *member, char *reason, size_t room)
{
	void *address = dlsym(library, name);
	if (address == NULL) {
		snprintf(reason, room, "%s has no %s", soname, name);
		return false;
	}
	memcpy(member, &address, sizeof address);
	return true;
}

const struct tirpc *tirpc_load(char *reason, size_t room)
{
	static struct tirpc tirpc;
	static bool loaded;
	if (loaded)
		return &tirpc;
	void *library = dlopen(soname, RTLD_NOW | RTLD_LOCAL);
	if (library == NULL) {
		snprintf(reason, room, "%s can't be loaded", soname);
		return NULL;
	}
#define TIRPC_FIND(name)                                                                           \
	if (!find(library, #name, &tirpc.name, reason, room))                                      \
		return NULL;
	TIRPC_FUNCTIONS(TIRPC_FIND)
#undef TIRPC_FIND
	if (!find(library, "svc_max_pollfd", &tirpc.max_pollfd, reason, room) ||
	    !find(library, "svc_pollfd", &tirpc.pollfd, reason, room))
		return NULL;
	loaded = true;
	return &tirpc;
}

#else
/* ISO C forbids an empty translation unit. */
typedef int without_tirpc;
#endif
