/* Which transports there are. */
#include <string.h>

#include "transport.h"

static const struct transport *const transports[TRANSPORTS] = {
	[TRANSPORT_MMAP_SEM] = &transport_mmap_sem,
	[TRANSPORT_MMAP_DOORS] = &transport_mmap_doors,
	[TRANSPORT_DOORS] = &transport_doors,
};

const struct transport *transport_by_name(const char *name)
{
	for (size_t i = 0; i < TRANSPORTS; i++)
		if (strcmp(transports[i]->name, name) == 0)
			return transports[i];
	return NULL;
}

const struct transport *transport_by_number(uint32_t number)
{
	return number < TRANSPORTS ? transports[number] : NULL;
}
