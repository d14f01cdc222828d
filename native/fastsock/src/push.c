/* TCP_NODELAY and TCP_CORK, which would hold bells back. */
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "inside.h"
#include "real.h"

static bool kernel_option(int fd, int name)
{
	int value = 0;
	socklen_t length = sizeof value;
	return raw_getsockopt(fd, IPPROTO_TCP, name, &value, &length) == 0 && value != 0;
}

static void set_kernel_option(int fd, int name, int value)
{
	raw_setsockopt(fd, IPPROTO_TCP, name, &value, sizeof value);
}

void push_begin(struct connection *connection, int fd)
{
	struct record *record = connection->record;
	bool nodelay = kernel_option(fd, TCP_NODELAY), corked = kernel_option(fd, TCP_CORK);
	atomic_store(&record->nodelay, nodelay);
	atomic_store(&record->corked, corked);
	if (corked)
		set_kernel_option(fd, TCP_CORK, 0);
	if (!nodelay)
		set_kernel_option(fd, TCP_NODELAY, 1);
	atomic_store(&record->pushing, 1);
}

void push_end(struct connection *connection, int fd)
{
	struct record *record = connection->record;
	if (!atomic_exchange(&record->pushing, 0))
		return;
	if (!flag(&record->nodelay))
		set_kernel_option(fd, TCP_NODELAY, 0);
	if (flag(&record->corked))
		set_kernel_option(fd, TCP_CORK, 1);
}

static _Atomic uint32_t *remembered(struct record *record, int name)
{
	return name == TCP_NODELAY ? &record->nodelay : &record->corked;
}

bool connection_set_push(struct connection *connection, int name, bool on)
{
	struct record *record = connection->record;
	if (!turn_take(&record->out.turn))
		return false;
	bool pushing = flag(&record->pushing);
	if (pushing)
		atomic_store(remembered(record, name), on);
	turn_pass(&record->out.turn);
	return pushing;
}

bool connection_get_push(struct connection *connection, int name, bool *on)
{
	struct record *record = connection->record;
	bool pushing = flag(&record->pushing);
	if (pushing)
		*on = flag(remembered(record, name));
	return pushing;
}
