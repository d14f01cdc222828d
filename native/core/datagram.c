#include <stdio.h>

#include "datagram.h"

/* What the kernel keeps of the buffer for itself, generously. */
#define RESERVED_BYTES 4096

void datagram_unix_support(struct probe_support *support)
{
	unsigned long limit = 0;
	FILE *file = fopen("/proc/sys/net/core/wmem_max", "re");
	if (file != NULL) {
		if (fscanf(file, "%lu", &limit) != 1)
			limit = 0;
		fclose(file);
	}
	if (limit == 0 || 2 * limit - RESERVED_BYTES >= support->size_max)
		return;
	support->size_max = 2 * limit - RESERVED_BYTES;
	snprintf(support->reason, sizeof support->reason,
		 "a datagram must fit into the send buffer, twice net.core.wmem_max (%lu)", limit);
	snprintf(support->remedy, sizeof support->remedy,
		 "raise the limit as root: sysctl net.core.wmem_max=BYTES");
}
