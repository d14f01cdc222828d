/* How much there is: FIONREAD, SIOCOUTQ, and how far it is to urgent data. */
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include "inside.h"
#include "real.h"

/* Takes in how far the producer has come; no byte. The turn is held. */
static void settle(struct connection *connection, int fd)
{
	struct iovec nothing = {0};
	struct cursor cursor;
	cursor_open(&cursor, &nothing, 1);
	receive_step(connection, fd, &cursor, MSG_PEEK);
}

/* What is unread before all that the kernel knows of; -1 = the kernel knows of all. */
static int64_t unread_here(struct connection *connection, int fd)
{
	struct progress *in = &connection->record->in;
	if (connection_is_kernels(connection) || !turn_take(&in->turn))
		return -1;
	settle(connection, fd);
	enum phase phase = phase_of(in);
	uint64_t unread = 0;
	if (phase != PHASE_KERNEL && phase != PHASE_KERNEL_AGAIN)
		unread = unread_in_ring(connection);
	if (unread == UINT64_MAX)
		unread = 0;
	if (phase == PHASE_BEFORE_RING)
		unread += in->kernel;
	turn_pass(&in->turn);
	return phase == PHASE_KERNEL || phase == PHASE_KERNEL_AGAIN ? -1 : (int64_t)unread;
}

int connection_unread_bytes(struct connection *connection, int fd, int *bytes)
{
	int64_t unread = unread_here(connection, fd);
	if (unread < 0)
		return raw_ioctl(fd, SIOCINQ, bytes);
	*bytes = (int)unread;
	return 0;
}

int connection_at_mark(struct connection *connection, int fd, int *answer)
{
	/* Urgent data are the kernel's, and come after all that is in the ring. */
	if (unread_here(connection, fd) <= 0)
		return raw_ioctl(fd, SIOCATMARK, answer);
	*answer = 0;
	return 0;
}

int connection_unsent_bytes(struct connection *connection, int fd, int *bytes)
{
	if (raw_ioctl(fd, SIOCOUTQ, bytes) < 0)
		return -1;
	struct progress *out = &connection->record->out;
	if (!lanes_live(connection) || phase_of(out) != PHASE_RING || !turn_take(&out->turn))
		return 0;
	/* What is in the ring has arrived, read or not. What the kernel hasn't delivered
	 * may be bells, which come after all bytes of the program's. */
	uint64_t bells = out->bells;
	turn_pass(&out->turn);
	*bytes = (uint64_t)*bytes > bells ? *bytes - (int)bells : 0;
	return 0;
}
