/*
 * An experiment: calls handed over by the kernel's notification of a filtered
 * system call (seccomp) instead of a futex. The client's thread makes a system
 * call that its filter turns into a notification; the server's thread receives
 * it, and its answer wakes the client with the hint that the waker is about to
 * sleep. That is as near as this kernel comes to a hand-off of the processor.
 *
 * Chosen by LIBDOOR_HANDOFF=seccomp in both processes. A filter stays for the life of
 * its thread, threads made later inherit it, and there can be only one; so a
 * thread's first session uses it and all others use futexes. A signal with
 * SA_RESTART doesn't end such a call.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>

#include "impl.h"

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS /* Linux 6.6 */
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS      SECCOMP_IOW(4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#endif

/* A number that no system call has: without the filter it fails with ENOSYS. */
#define HANDOFF_CALL 0x5d00

/* --- the client's side ---------------------------------------------------------- */

static int install_filter(void)
{
	struct sock_filter steps[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, HANDOFF_CALL, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = {.len = sizeof steps / sizeof steps[0], .filter = steps};
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
			    &filter);
}

bool handoff_wanted(void)
{
	const char *asked = getenv("LIBDOOR_HANDOFF");
	return asked != NULL && strcmp(asked, "seccomp") == 0;
}

int handoff_listen(void)
{
	static THREAD_LOCAL bool tried;
	if (tried || !handoff_wanted())
		return -1;
	tried = true;
	return move_high(install_filter());
}

bool handoff_wait(void)
{
	return syscall(HANDOFF_CALL) == 0 || errno != ENOSYS;
}

/* --- the server's side ---------------------------------------------------------------- */

static void answer(int listener, uint64_t id)
{
	struct seccomp_notif_resp response = {.id = id};
	/* ENOENT: the client is gone, or a signal has ended its wait. */
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

void handoff_answer(void)
{
	answer(me.handoff->listener, me.notification);
}

bool handoff_next_call(uint32_t *sequence)
{
	struct served *served = me.handoff;
	struct seccomp_notif notification;
	for (;;) {
		memset(&notification, 0, sizeof notification);
		if (ioctl(served->listener, SECCOMP_IOCTL_NOTIF_RECV, &notification) < 0) {
			if (errno == EINTR && !served->dead)
				continue;
			return false; /* no thread has the filter any more */
		}
		me.notification = notification.id;
		if (served_take(served, sequence))
			return true;
		/* Withdrawn, or refused meanwhile. */
		answer(served->listener, notification.id);
	}
}

static void *serve_session(void *served)
{
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	me.handoff = served;
	door_return(NULL, 0, NULL, 0);
	return NULL;
}

int handoff_start(struct served *served)
{
	sigset_t all, old;
	pthread_t thread;
	uint64_t flags = SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP;
	ioctl(served->listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, flags);
	/* relaxed: the thread begins after this. */
	atomic_fetch_add_explicit(&served->users, 1, memory_order_relaxed);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	int error = pthread_create(&thread, NULL, serve_session, served);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (error != 0) {
		/* relaxed: the table's user is still there. */
		atomic_fetch_sub_explicit(&served->users, 1, memory_order_relaxed);
		return -1;
	}
	pthread_detach(thread);
	return 0;
}
