/* Calls that start another program. What it would inherit goes back to the kernel first. */
#include <alloca.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "interpose.h"
#include "processes.h"

/* The call's result, with what must be done before and after around it. */
#define EXEC(call)                                                                                 \
	do {                                                                                       \
		before_exec();                                                                     \
		int result_ = (call);                                                              \
		after_failed_exec();                                                               \
		return result_;                                                                    \
	} while (0)

EXPORTED int execve(const char *path, char *const arguments[], char *const environment[])
{
	EXEC(REAL(execve)(path, arguments, environment));
}

EXPORTED int execv(const char *path, char *const arguments[])
{
	EXEC(REAL(execve)(path, arguments, environ));
}

EXPORTED int execvp(const char *file, char *const arguments[])
{
	EXEC(REAL(execvp)(file, arguments));
}

EXPORTED int execvpe(const char *file, char *const arguments[], char *const environment[])
{
	EXEC(REAL(execvpe)(file, arguments, environment));
}

EXPORTED int fexecve(int fd, char *const arguments[], char *const environment[])
{
	EXEC(REAL(fexecve)(fd, arguments, environment));
}

EXPORTED int execveat(int directory, const char *path, char *const arguments[],
		      char *const environment[], int flags)
{
	EXEC(REAL(execveat)(directory, path, arguments, environment, flags));
}

/* --- with the arguments in a list ---------------------------------------------------------- */

/* How many there are, with the NULL. */
static size_t count_arguments(const char *volatile first, va_list list)
{
	size_t count = 1;
	/* volatile: it is declared never to be NULL, and sometimes is. */
	for (const char *argument = first; argument != NULL; argument = va_arg(list, char *))
		count++;
	return count;
}

/* On the stack: these may be called where nothing may be allocated. */
#define LIST_ARGUMENTS(arguments, first)                                                           \
	va_list list, counted;                                                                     \
	va_start(list, first);                                                                     \
	va_copy(counted, list);                                                                    \
	size_t count = count_arguments(first, counted);                                            \
	va_end(counted);                                                                           \
	char **arguments = alloca(count * sizeof *arguments);                                      \
	(arguments)[0] = (char *)(first);                                                          \
	for (size_t i = 1; i < count; i++)                                                         \
	(arguments)[i] = va_arg(list, char *)

EXPORTED int execl(const char *path, const char *first, ...)
{
	LIST_ARGUMENTS(arguments, first);
	va_end(list);
	return execv(path, arguments);
}

EXPORTED int execlp(const char *file, const char *first, ...)
{
	LIST_ARGUMENTS(arguments, first);
	va_end(list);
	return execvp(file, arguments);
}

EXPORTED int execle(const char *path, const char *first, ...)
{
	LIST_ARGUMENTS(arguments, first);
	char *const *environment = va_arg(list, char *const *);
	va_end(list);
	return execve(path, arguments, environment);
}

/* --- in a child ------------------------------------------------------------------------------ */

EXPORTED int posix_spawn(pid_t *child, const char *path, const posix_spawn_file_actions_t *actions,
			 const posix_spawnattr_t *attributes, char *const arguments[],
			 char *const environment[])
{
	if (!real_exists(REAL_NUMBER_posix_spawn))
		return ENOSYS;
	before_spawn();
	return REAL(posix_spawn)(child, path, actions, attributes, arguments, environment);
}

EXPORTED int posix_spawnp(pid_t *child, const char *file, const posix_spawn_file_actions_t *actions,
			  const posix_spawnattr_t *attributes, char *const arguments[],
			  char *const environment[])
{
	if (!real_exists(REAL_NUMBER_posix_spawnp))
		return ENOSYS;
	before_spawn();
	return REAL(posix_spawnp)(child, file, actions, attributes, arguments, environment);
}

/* What the actions hold can't be seen when they are carried out. */
EXPORTED int posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *actions, int from, int to)
{
	if (!real_exists(REAL_NUMBER_posix_spawn_file_actions_adddup2))
		return ENOSYS;
	if (table_has(from))
		leave_to_kernel(from, "exec");
	return REAL(posix_spawn_file_actions_adddup2)(actions, from, to);
}

EXPORTED int system(const char *command)
{
	before_spawn();
	return REAL(system)(command);
}

EXPORTED FILE *popen(const char *command, const char *mode)
{
	if (!real_exists(REAL_NUMBER_popen)) {
		errno = ENOSYS;
		return NULL;
	}
	before_spawn();
	return REAL(popen)(command, mode);
}
