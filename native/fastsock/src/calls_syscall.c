/*
 * syscall(): calls by number, past the functions that stand before the system's. Some
 * libraries close this way what they have opened by a function (libuv does), and the
 * number may be a file's at once. What touches a connection is the function's here, too.
 */
#include <stdarg.h>
#include <sys/syscall.h>

#include "interpose.h"
#include "own.h"
#include "real.h"

/* Of those that move bytes: of a connection's descriptor. */
static bool is_about_bytes(long number, const long a[6], long *result)
{
	switch (number) {
	case SYS_read:
		*result = read((int)a[0], (void *)a[1], (size_t)a[2]);
		return true;
	case SYS_write:
		*result = write((int)a[0], (const void *)a[1], (size_t)a[2]);
		return true;
	case SYS_readv:
		*result = readv((int)a[0], (const struct iovec *)a[1], (int)a[2]);
		return true;
	case SYS_writev:
		*result = writev((int)a[0], (const struct iovec *)a[1], (int)a[2]);
		return true;
	case SYS_recvfrom:
		*result = recvfrom((int)a[0], (void *)a[1], (size_t)a[2], (int)a[3],
				   (struct sockaddr *)a[4], (socklen_t *)a[5]);
		return true;
	case SYS_sendto:
		*result = sendto((int)a[0], (const void *)a[1], (size_t)a[2], (int)a[3],
				 (const struct sockaddr *)a[4], (socklen_t)a[5]);
		return true;
	case SYS_recvmsg:
		*result = recvmsg((int)a[0], (struct msghdr *)a[1], (int)a[2]);
		return true;
	case SYS_sendmsg:
		*result = sendmsg((int)a[0], (const struct msghdr *)a[1], (int)a[2]);
		return true;
	case SYS_shutdown:
		*result = shutdown((int)a[0], (int)a[1]);
		return true;
	}
	return false;
}

/* Arguments that weren't passed are whatever is there: no sanitizer may object. */
__attribute__((no_sanitize("address", "thread"))) EXPORTED long syscall(long number, ...)
{
	long a[6], result;
	va_list list;
	va_start(list, number);
	/* As the system's own: all that there may be, whether passed or not. */
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(list, long);
	va_end(list);
	if (number == SYS_io_uring_setup)
		leave_all();
	/* The library's own are closed by who made them. */
	if (number == SYS_close && !is_own_descriptor((int)a[0]))
		return close_by((int)a[0], raw_close);
	if (table_has((int)a[0]) && is_about_bytes(number, a, &result))
		return result;
	return raw_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
