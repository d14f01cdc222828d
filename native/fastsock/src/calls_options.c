/* A socket's state: what the library must know of it, or answer itself. */
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>

#include "interpose.h"

/* Not in every system's headers. */
#ifndef TCP_ULP
#define TCP_ULP 31
#endif
#ifndef TCP_ZEROCOPY_RECEIVE
#define TCP_ZEROCOPY_RECEIVE 35
#endif
#ifndef TCP_INQ
#define TCP_INQ 36
#endif
#ifndef SO_RCVTIMEO_NEW
#define SO_RCVTIMEO_NEW 66
#define SO_SNDTIMEO_NEW 67
#endif

/* --- options ------------------------------------------------------------------------------ */

static int int_value(const void *value, socklen_t length)
{
	int n = 0;
	if (value != NULL && length >= sizeof n)
		memcpy(&n, value, sizeof n);
	return n;
}

/* Why the connection can't be served with the option; NULL when it can. */
static const char *unserved_socket_option(int name, int value)
{
	switch (name) {
	case SO_RCVLOWAT:
		return value > 1 ? "SO_RCVLOWAT" : NULL;
	case SO_ATTACH_FILTER:
	case SO_ATTACH_BPF:
		return "socket filter";
	case SO_ZEROCOPY:
		return value != 0 ? "zero copy" : NULL;
	case SO_PEEK_OFF:
		return value >= 0 ? "SO_PEEK_OFF" : NULL;
	case SO_TIMESTAMP:
	case SO_TIMESTAMPNS:
	case SO_TIMESTAMPING:
		return value != 0 ? "time stamps" : NULL;
	}
	return NULL;
}

static const char *unserved(int level, int name, int value)
{
	if (level == SOL_SOCKET)
		return unserved_socket_option(name, value);
	if (level != IPPROTO_TCP)
		return NULL;
	switch (name) {
	case TCP_REPAIR:
		return value > 0 ? "TCP_REPAIR" : NULL;
	case TCP_ULP:
		return "TLS in the kernel";
	case TCP_INQ:
		return value != 0 ? "TCP_INQ" : NULL;
	}
	return NULL;
}

static bool is_push(int level, int name)
{
	return level == IPPROTO_TCP && (name == TCP_NODELAY || name == TCP_CORK);
}

static void note_time(_Atomic uint64_t *time_ns, const void *value, socklen_t length)
{
	struct timeval time;
	if (length < sizeof time)
		return;
	memcpy(&time, value, sizeof time);
	/* The kernel takes less than nothing for no time at all: nearly none. */
	uint64_t ns = time.tv_sec < 0 ? 1
				      : (uint64_t)time.tv_sec * 1000000000u +
						(uint64_t)time.tv_usec * 1000u;
	/* relaxed: it holds from the next call on. */
	atomic_store_explicit(time_ns, ns, memory_order_relaxed);
}

static void note_option(struct record *record, int name, const void *value, socklen_t length)
{
	if (name == SO_RCVTIMEO || name == SO_RCVTIMEO_NEW)
		note_time(&record->rcvtimeo_ns, value, length);
	else if (name == SO_SNDTIMEO || name == SO_SNDTIMEO_NEW)
		note_time(&record->sndtimeo_ns, value, length);
}

EXPORTED int setsockopt(int fd, int level, int name, const void *value, socklen_t length)
{
	struct connection *connection = table_get(fd);
	if (connection == NULL)
		return REAL(setsockopt)(fd, level, name, value, length);
	if (is_push(level, name) && length >= sizeof(int) &&
	    connection_set_push(connection, name, int_value(value, length) != 0))
		return (int)call_result(connection, fd, 0);
	const char *reason = unserved(level, name, int_value(value, length));
	/* What is in the ring already can be read as it comes. */
	if (reason != NULL && level == SOL_SOCKET && name == SO_RCVLOWAT)
		connection_retreat_softly(connection, fd, reason);
	else if (reason != NULL)
		leave_to_kernel(fd, reason);
	int result = REAL(setsockopt)(fd, level, name, value, length);
	if (result == 0 && level == SOL_SOCKET)
		note_option(connection->record, name, value, length);
	return (int)call_result(connection, fd, result);
}

/* An error that was taken from the kernel while the library waited. */
static int taken_error(struct connection *connection, int *value, socklen_t *length)
{
	int error = atomic_load_explicit(&connection->record->error, memory_order_relaxed);
	if (error == 0 || value == NULL || length == NULL || *length < sizeof *value)
		return 0;
	/* relaxed: the number is all there is. */
	error = atomic_exchange_explicit(&connection->record->error, 0, memory_order_relaxed);
	error = connection_true_error(connection, error);
	if (error != 0) {
		*value = error;
		*length = sizeof *value;
	}
	return error;
}

EXPORTED int getsockopt(int fd, int level, int name, void *restrict value,
			socklen_t *restrict length)
{
	bool error = level == SOL_SOCKET && name == SO_ERROR;
	bool zero_copy = level == IPPROTO_TCP && name == TCP_ZEROCOPY_RECEIVE;
	bool push = is_push(level, name);
	struct connection *connection = error || zero_copy || push ? table_get(fd) : NULL;
	if (connection == NULL)
		return REAL(getsockopt)(fd, level, name, value, length);
	if (zero_copy)
		leave_to_kernel(fd, "zero copy");
	if (error && taken_error(connection, value, length) != 0)
		return (int)call_result(connection, fd, 0);
	int result = REAL(getsockopt)(fd, level, name, value, length);
	if (result == 0 && error && *length >= sizeof(int))
		*(int *)value = connection_true_error(connection, *(int *)value);
	bool on;
	if (result == 0 && push && *length >= sizeof(int) &&
	    connection_get_push(connection, name, &on))
		*(int *)value = on;
	return (int)call_result(connection, fd, result);
}

/* --- ioctl ----------------------------------------------------------------------------------- */

static int set_nonblocking(int fd, struct connection *connection, void *argument)
{
	int result = REAL(ioctl)(fd, FIONBIO, argument);
	if (result == 0)
		atomic_store(&connection->record->nonblocking, *(int *)argument != 0);
	return result;
}

static int control(int fd, struct connection *connection, unsigned long request, void *argument)
{
	switch (request) {
	case FIONREAD: /* = SIOCINQ */
		return connection_unread_bytes(connection, fd, argument);
	case TIOCOUTQ: /* = SIOCOUTQ */
		return connection_unsent_bytes(connection, fd, argument);
	case SIOCATMARK:
		return connection_at_mark(connection, fd, argument);
	case FIONBIO:
		return set_nonblocking(fd, connection, argument);
	case FIOASYNC:
		leave_to_kernel(fd, "SIGIO");
	}
	return REAL(ioctl)(fd, request, argument);
}

EXPORTED int ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	va_start(arguments, request);
	void *argument = va_arg(arguments, void *);
	va_end(arguments);
	struct connection *connection = table_get(fd);
	if (connection == NULL)
		return REAL(ioctl)(fd, request, argument);
	return (int)call_result(connection, fd, control(fd, connection, request, argument));
}
