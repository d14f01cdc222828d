/* What memcpy costs: the part of a message's way that no transport through memory can
 * save. By the memcpy of the C library, as the probes copy. */
#ifndef IPCBENCH_COPIES_H
#define IPCBENCH_COPIES_H

#include "meter.h"

struct copies {
	unsigned char *source;
	unsigned char *target;
};

/* Room for copies of up to `bytes`. -1 without memory. */
int copies_create(struct copies *copies, size_t bytes);
void copies_free(struct copies *copies);

/* The median of copies of which source and target are as warm as this processor's
 * caches can have them. */
double copies_warm_ns(struct copies *copies, struct meter *meter, size_t bytes,
		      uint64_t duration_ns);

/* The median of single copies whose source was just written by a thread on another
 * processor, -1 = any; leaves this thread on the copier's. Returns 0 or an errno, and
 * then the processor in *cpu. */
struct copies_cross {
	int writer_cpu;
	int copier_cpu;
	size_t bytes;
	uint64_t duration_ns;
};
int copies_cross_ns(struct copies *copies, struct meter *meter, const struct copies_cross *what,
		    double *ns, int *cpu);

#endif
