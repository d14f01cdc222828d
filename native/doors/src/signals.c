/* Handlers are reached through a function of ours, see client.h. */
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "impl.h"

THREAD_LOCAL struct signals signals;

typedef void simple_handler(int number);
typedef void full_handler(int number, siginfo_t *info, void *context);

/* The program's own handlers. */
static struct {
	_Atomic(full_handler *) function;
	_Atomic bool full; /* it asked for SA_SIGINFO */
} handlers[NSIG];

static void arrived(int number, siginfo_t *info, void *context)
{
	int error = errno;
	atomic_fetch_add_explicit(&signals.handled, 1, memory_order_relaxed);
	atomic_signal_fence(memory_order_seq_cst);
	struct slot *slot = atomic_load_explicit(&signals.sleeping, memory_order_relaxed);
	if (slot != NULL)
		end_sleep(slot);
	errno = error;
	/* A handler of one argument ignores the others. */
	atomic_load (&handlers[number].function)(number, info, context);
}

/* ThreadSanitizer calls sigaction() before a thread can be instrumented. */
#define UNSANITIZED __attribute__((no_sanitize("thread")))

/* --- the system's own ------------------------------------------------------------ */

typedef int sigaction_function(int number, const struct sigaction *new, struct sigaction *old);

UNSANITIZED static int system_sigaction(int number, const struct sigaction *new,
					struct sigaction *old)
{
	static _Atomic(sigaction_function *) found;
	/* relaxed: every thread finds the same. */
	sigaction_function *function = atomic_load_explicit(&found, memory_order_relaxed);
	if (function == NULL) {
		*(void **)&function = dlsym(RTLD_NEXT, "sigaction");
		if (function == NULL)
			abort(); /* there is no libc without it */
		atomic_store_explicit(&found, function, memory_order_relaxed);
	}
	return function(number, new, old);
}

UNSANITIZED static bool is_function(const struct sigaction *action)
{
	return action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN &&
	       action->sa_handler != SIG_ERR;
}

/* --- what programs call ------------------------------------------------------------ */

UNSANITIZED EXPORTED int sigaction(int number, const struct sigaction *new, struct sigaction *old)
{
	struct sigaction ours, before;
	if (number <= 0 || number >= NSIG)
		return system_sigaction(number, new, old); /* which knows the errno */
	full_handler *function = atomic_load(&handlers[number].function);
	bool full = atomic_load(&handlers[number].full);
	if (new != NULL && is_function(new)) {
		ours = *new;
		ours.sa_sigaction = arrived;
		ours.sa_flags |= SA_SIGINFO;
		/* First, so that the signal finds it. */
		atomic_store(&handlers[number].full, (new->sa_flags &SA_SIGINFO) != 0);
		atomic_store(&handlers[number].function, new->sa_sigaction);
		new = &ours;
	}
	if (system_sigaction(number, new, &before) < 0)
		return -1;
	if (old == NULL)
		return 0;
	*old = before;
	if ((before.sa_flags & SA_SIGINFO) != 0 && before.sa_sigaction == arrived) {
		old->sa_sigaction = function;
		if (!full)
			old->sa_flags &= ~SA_SIGINFO;
	}
	return 0;
}

static simple_handler *install(int number, simple_handler *handler, int flags)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags}, old;
	sigemptyset(&action.sa_mask);
	if (handler == SIG_ERR) {
		errno = EINVAL;
		return SIG_ERR;
	}
	return sigaction(number, &action, &old) < 0 ? SIG_ERR : old.sa_handler;
}

EXPORTED simple_handler *signal(int number, simple_handler *handler)
{
	return install(number, handler, SA_RESTART);
}

/* <signal.h> has it in old dialects only. */
simple_handler *bsd_signal(int number, simple_handler *handler);

EXPORTED simple_handler *bsd_signal(int number, simple_handler *handler)
{
	return install(number, handler, SA_RESTART);
}

EXPORTED simple_handler *ssignal(int number, simple_handler *handler)
{
	return install(number, handler, SA_RESTART);
}

EXPORTED simple_handler *__sysv_signal(int number, simple_handler *handler)
{
	return install(number, handler, (int)SA_RESETHAND | SA_NODEFER);
}

EXPORTED simple_handler *sysv_signal(int number, simple_handler *handler)
{
	return __sysv_signal(number, handler);
}

#ifndef SIG_HOLD
#define SIG_HOLD ((simple_handler *)2)
#endif

EXPORTED simple_handler *sigset(int number, simple_handler *handler)
{
	sigset_t set, before;
	simple_handler *old = SIG_ERR;
	sigemptyset(&set);
	if (sigaddset(&set, number) < 0)
		return SIG_ERR;
	if (handler == SIG_HOLD) {
		struct sigaction action;
		if (sigaction(number, NULL, &action) == 0)
			old = action.sa_handler;
	} else {
		old = install(number, handler, 0);
	}
	if (old == SIG_ERR)
		return SIG_ERR;
	/* sigset() means the thread's mask, too. */
	pthread_sigmask(handler == SIG_HOLD ? SIG_BLOCK : SIG_UNBLOCK, &set, &before);
	return sigismember(&before, number) ? SIG_HOLD : old;
}
