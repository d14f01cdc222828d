/*
 * Handlers that interrupt: a wait of ours ends with EINTR only where a system call
 * would. So it is noted which signals have a handler without SA_RESTART; else
 * everything goes through to the system's functions.
 */
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "real.h"
#include "waiting.h"

#define KERNEL_SIGSET_BYTES 8

#define EXPORTED __attribute__((visibility("default")))

/* ThreadSanitizer calls sigaction() before a thread can be instrumented. */
#define UNSANITIZED __attribute__((no_sanitize("thread")))

typedef void simple_handler(int number);
typedef int sigaction_function(int number, const struct sigaction *new, struct sigaction *old);
typedef simple_handler *signal_function(int number, simple_handler *handler);
typedef int siginterrupt_function(int number, int interrupt);

/* <signal.h> has them in old dialects, or not at all. */
int __sigaction(int number, const struct sigaction *new, struct sigaction *old);
simple_handler *bsd_signal(int number, simple_handler *handler);

/* --- the system's own ------------------------------------------------------------- */

enum function {
	SIGACTION,
	LIBC_SIGACTION,
	SIGNAL,
	BSD_SIGNAL,
	SSIGNAL,
	SYSV_SIGNAL,
	LIBC_SYSV_SIGNAL,
	SIGSET,
	SIGINTERRUPT,
	FUNCTIONS
};

static const char *const names[FUNCTIONS] = {
	"sigaction",   "__sigaction",   "signal", "bsd_signal",   "ssignal",
	"sysv_signal", "__sysv_signal", "sigset", "siginterrupt",
};

static _Atomic(void *) found[FUNCTIONS];

UNSANITIZED static void *system_function(enum function which)
{
	/* relaxed: every thread finds the same. */
	void *function = atomic_load_explicit(&found[which], memory_order_relaxed);
	if (function == NULL) {
		function = dlsym(RTLD_NEXT, names[which]);
		atomic_store_explicit(&found[which], function, memory_order_relaxed);
	}
	return function;
}

/* Before a handler of the program's may need one: dlsym() isn't safe there. */
__attribute__((constructor)) static void find_functions(void)
{
	for (int i = 0; i < FUNCTIONS; i++)
		system_function((enum function)i);
}

UNSANITIZED static int system_sigaction(enum function which, int number,
					const struct sigaction *new, struct sigaction *old)
{
	sigaction_function *function;
	*(void **)&function = system_function(which);
	if (function == NULL) {
		errno = ENOSYS;
		return -1;
	}
	return function(number, new, old);
}

/* --- what is noted ---------------------------------------------------------------- */

static atomic_bool interrupts[NSIG];
static atomic_int interrupting; /* how many of them */

UNSANITIZED static void note(int number, bool now)
{
	/* relaxed: whoever installs a handler and wants a wait interrupted by it orders
	 * the two himself. */
	if (atomic_exchange_explicit(&interrupts[number], now, memory_order_relaxed) != now)
		atomic_fetch_add_explicit(&interrupting, now ? 1 : -1, memory_order_relaxed);
}

bool eintr_matters(void)
{
	return atomic_load_explicit(&interrupting, memory_order_relaxed) > 0;
}

/* Raised by what the thread itself does, never while it waits. */
UNSANITIZED static bool is_fault(int number)
{
	return number == SIGSEGV || number == SIGBUS || number == SIGFPE || number == SIGILL ||
	       number == SIGTRAP || number == SIGSYS || number == SIGABRT;
}

UNSANITIZED static bool would_interrupt(int number, simple_handler *handler, unsigned long flags)
{
	return handler != SIG_DFL && handler != SIG_IGN && (flags & SA_RESTART) == 0 &&
	       !is_fault(number);
}

/*
 * What the system's function made of a signal. The kernel is asked: what is between
 * it and us (ThreadSanitizer, for one) remembers what it was told.
 */
UNSANITIZED static void look(int number)
{
	struct {
		simple_handler *handler;
		unsigned long flags;
		unsigned long rest[32]; /* more than any processor's has */
	} action;
	int error = errno;
	if (number > 0 && number < NSIG &&
	    raw_syscall(SYS_rt_sigaction, number, NULL, &action, (size_t)KERNEL_SIGSET_BYTES) == 0)
		note(number, would_interrupt(number, action.handler, action.flags));
	errno = error;
}

/* --- what programs call ----------------------------------------------------------- */

UNSANITIZED static int change(enum function which, int number, const struct sigaction *new,
			      struct sigaction *old)
{
	if (new == NULL || number <= 0 || number >= NSIG)
		return system_sigaction(which, number, new, old);
	/* `old` may be the same memory. */
	bool will = would_interrupt(number, new->sa_handler, (unsigned long)new->sa_flags);
	if (will)
		note(number, true); /* first, so that no signal is missed */
	int result = system_sigaction(which, number, new, old);
	if (result < 0)
		look(number);
	else
		note(number, will);
	return result;
}

UNSANITIZED EXPORTED int sigaction(int number, const struct sigaction *new, struct sigaction *old)
{
	return change(SIGACTION, number, new, old);
}

UNSANITIZED EXPORTED int __sigaction(int number, const struct sigaction *new, struct sigaction *old)
{
	return change(LIBC_SIGACTION, number, new, old);
}

UNSANITIZED static simple_handler *install(enum function which, int number, simple_handler *handler)
{
	signal_function *function;
	*(void **)&function = system_function(which);
	if (function == NULL) {
		errno = ENOSYS;
		return SIG_ERR;
	}
	simple_handler *old = function(number, handler);
	look(number);
	return old;
}

UNSANITIZED EXPORTED simple_handler *signal(int number, simple_handler *handler)
{
	return install(SIGNAL, number, handler);
}

UNSANITIZED EXPORTED simple_handler *bsd_signal(int number, simple_handler *handler)
{
	return install(BSD_SIGNAL, number, handler);
}

UNSANITIZED EXPORTED simple_handler *ssignal(int number, simple_handler *handler)
{
	return install(SSIGNAL, number, handler);
}

UNSANITIZED EXPORTED simple_handler *sysv_signal(int number, simple_handler *handler)
{
	return install(SYSV_SIGNAL, number, handler);
}

UNSANITIZED EXPORTED simple_handler *__sysv_signal(int number, simple_handler *handler)
{
	return install(LIBC_SYSV_SIGNAL, number, handler);
}

UNSANITIZED EXPORTED simple_handler *sigset(int number, simple_handler *handler)
{
	return install(SIGSET, number, handler);
}

/* Deprecated, which is the caller's concern. */
UNSANITIZED EXPORTED int siginterrupt(int number, int interrupt)
{
	siginterrupt_function *function;
	*(void **)&function = system_function(SIGINTERRUPT);
	if (function == NULL) {
		errno = ENOSYS;
		return -1;
	}
	int result = function(number, interrupt);
	look(number);
	return result;
}
