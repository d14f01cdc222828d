/* stdio reads and writes within libc, where the library can't follow. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "interpose.h"

FILE *_IO_fdopen(int fd, const char *mode);
int __vdprintf_chk(int fd, int flag, const char *format, va_list arguments);
int __dprintf_chk(int fd, int flag, const char *format, ...);

EXPORTED FILE *fdopen(int fd, const char *mode)
{
	if (!real_exists(REAL_NUMBER_fdopen)) {
		errno = ENOSYS;
		return NULL;
	}
	leave_to_kernel(fd, "stdio");
	FILE *stream = REAL(fdopen)(fd, mode);
	/* Also one that is connected later. */
	if (stream != NULL && table_is_this_process() && !table_has(fd))
		table_never(fd);
	return stream;
}

EXPORTED FILE *_IO_fdopen(int fd, const char *mode)
{
	return fdopen(fd, mode);
}

/* --- dprintf: formatted, and then sent --------------------------------------------------- */

static int write_all(int fd, const char *text, int length)
{
	for (int done = 0; done < length;) {
		ssize_t sent = write(fd, text + done, (size_t)(length - done));
		if (sent < 0)
			return -1;
		done += (int)sent;
	}
	return length;
}

EXPORTED int vdprintf(int fd, const char *restrict format, va_list arguments)
{
	char *text;
	if (!table_has(fd))
		return REAL(vdprintf)(fd, format, arguments);
	int length = vasprintf(&text, format, arguments);
	if (length < 0)
		return -1;
	int result = write_all(fd, text, length);
	int error = errno;
	free(text);
	errno = error;
	return result;
}

/* `flag` asks for checks of the format itself, which the caller's compiler has seen. */
EXPORTED int __vdprintf_chk(int fd, int flag, const char *format, va_list arguments)
{
	(void)flag;
	return vdprintf(fd, format, arguments);
}

EXPORTED int dprintf(int fd, const char *restrict format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int result = vdprintf(fd, format, arguments);
	va_end(arguments);
	return result;
}

EXPORTED int __dprintf_chk(int fd, int flag, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int result = __vdprintf_chk(fd, flag, format, arguments);
	va_end(arguments);
	return result;
}
