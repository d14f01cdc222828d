/* mmap-doors: the ring is in the segment, and a call of the other side's door wakes. */
#include "line.h"
#include "mapped.h"

static int open_line(struct connection *connection, int fds[TRANSPORT_DESCRIPTORS])
{
	return line_open(connection, fds, NULL);
}

const struct transport transport_mmap_doors = {
	.name = "mmap-doors",
	.number = TRANSPORT_MMAP_DOORS,
	.open = open_line,
	.attach = line_attach,
	.put = mapped_put,
	.wake = line_wake,
	.close = line_close,
};
