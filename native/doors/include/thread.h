/*
 * thread.h: Solaris threads, over pthreads. As there, the functions return 0 or
 * an errno. A thread_t is a pthread_t, not a small number. Left out: suspending
 * and continuing threads, and priorities; THR_DAEMON only detaches.
 */
#ifndef _THREAD_H
#define _THREAD_H

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <synch.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef pthread_t thread_t;
typedef pthread_key_t thread_key_t;

#define THR_BOUND     0x001 /* all are */
#define THR_NEW_LWP   0x002 /* all have one */
#define THR_DETACHED  0x040
#define THR_SUSPENDED 0x080 /* EINVAL */
#define THR_DAEMON    0x100

#define THR_ONCE_KEY ((thread_key_t)-1)

/* Threads that thr_join(0, ...) may wait for. Weak: one copy per program, whatever
 * number of files include this. */
struct thr_started_ {
	struct thr_started_ *next;
	pthread_t thread;
	void *(*start)(void *);
	void *argument;
	int ended;
};

struct thr_state_ {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct thr_started_ *started; /* and not joined */
	int concurrency;
};

__attribute__((weak)) struct thr_state_ thr_state_ = {PTHREAD_MUTEX_INITIALIZER,
						      PTHREAD_COND_INITIALIZER, NULL, 0};

static __inline void thr_ended_(void *started)
{
	pthread_mutex_lock(&thr_state_.lock);
	((struct thr_started_ *)started)->ended = 1;
	pthread_cond_broadcast(&thr_state_.changed);
	pthread_mutex_unlock(&thr_state_.lock);
}

static __inline void *thr_run_(void *argument)
{
	struct thr_started_ *started = (struct thr_started_ *)argument;
	void *result;
	pthread_cleanup_push(thr_ended_, started);
	result = started->start(started->argument);
	pthread_cleanup_pop(1);
	return result;
}

/* Under the lock: takes a thread, or (any) the first that has ended, off the list. */
static __inline struct thr_started_ *thr_take_(int any, pthread_t thread)
{
	struct thr_started_ **link = &thr_state_.started;
	for (; *link != NULL; link = &(*link)->next)
		if (any ? (*link)->ended : pthread_equal((*link)->thread, thread)) {
			struct thr_started_ *found = *link;
			*link = found->next;
			return found;
		}
	return NULL;
}

static __inline int thr_start_(const pthread_attr_t *attributes, void *(*start)(void *),
			       void *argument, pthread_t *thread)
{
	struct thr_started_ *started = (struct thr_started_ *)malloc(sizeof *started);
	int error;
	if (started == NULL)
		return ENOMEM;
	started->start = start;
	started->argument = argument;
	started->ended = 0;
	pthread_mutex_lock(&thr_state_.lock);
	error = pthread_create(&started->thread, attributes, thr_run_, started);
	if (error == 0) {
		*thread = started->thread;
		started->next = thr_state_.started;
		thr_state_.started = started;
	}
	pthread_mutex_unlock(&thr_state_.lock);
	if (error != 0)
		free(started);
	return error;
}

static __inline int thr_create(void *stack, size_t size, void *(*start)(void *), void *argument,
			       long flags, thread_t *thread)
{
	pthread_attr_t attributes;
	pthread_t made;
	int error;
	if (flags & THR_SUSPENDED)
		return EINVAL;
	error = pthread_attr_init(&attributes);
	if (error != 0)
		return error;
	if (stack != NULL)
		error = pthread_attr_setstack(&attributes, stack, size);
	else if (size != 0)
		error = pthread_attr_setstacksize(&attributes, size);
	if (error == 0 && (flags & (THR_DETACHED | THR_DAEMON))) {
		pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
		error = pthread_create(&made, &attributes, start, argument);
	} else if (error == 0) {
		error = thr_start_(&attributes, start, argument, &made);
	}
	pthread_attr_destroy(&attributes);
	if (error == 0 && thread != NULL)
		*thread = made;
	return error;
}

/* Waits for a thread; with 0, for any that thr_create() made. ESRCH: there is none. */
static __inline int thr_join(thread_t thread, thread_t *departed, void **status)
{
	int any = thread == 0;
	int error = 0;
	struct thr_started_ *started;
	pthread_mutex_lock(&thr_state_.lock);
	while ((started = thr_take_(any, thread)) == NULL && any && thr_state_.started != NULL)
		pthread_cond_wait(&thr_state_.changed, &thr_state_.lock);
	pthread_mutex_unlock(&thr_state_.lock);
	if (any && started == NULL)
		return ESRCH;
	if (any)
		thread = started->thread;
	error = pthread_join(thread, status);
	free(started);
	if (error == 0 && departed != NULL)
		*departed = thread;
	return error;
}

static __inline thread_t thr_self(void)
{
	return pthread_self();
}

#if defined _GNU_SOURCE || defined _DEFAULT_SOURCE /* else syscall() isn't declared */
static __inline int thr_main(void)
{
	return syscall(SYS_gettid) == getpid();
}
#endif

static __inline void thr_exit(void *status)
{
	pthread_exit(status);
}

static __inline void thr_yield(void)
{
	sched_yield();
}

static __inline int thr_kill(thread_t thread, int signal)
{
	return pthread_kill(thread, signal);
}

static __inline int thr_sigsetmask(int how, const sigset_t *set, sigset_t *old)
{
	return pthread_sigmask(how, set, old);
}

/* Without effect, as on Solaris since 9. */
static __inline int thr_setconcurrency(int level)
{
	if (level < 0)
		return EINVAL;
	thr_state_.concurrency = level;
	return 0;
}

static __inline int thr_getconcurrency(void)
{
	return thr_state_.concurrency;
}

static __inline size_t thr_min_stack(void)
{
	return (size_t)sysconf(_SC_THREAD_STACK_MIN);
}

static __inline int thr_keycreate(thread_key_t *key, void (*destructor)(void *))
{
	return pthread_key_create(key, destructor);
}

static __inline int thr_keycreate_once(thread_key_t *key, void (*destructor)(void *))
{
	int error = 0;
	pthread_mutex_lock(&thr_state_.lock);
	if (*key == THR_ONCE_KEY)
		error = pthread_key_create(key, destructor);
	pthread_mutex_unlock(&thr_state_.lock);
	return error;
}

static __inline int thr_setspecific(thread_key_t key, void *value)
{
	return pthread_setspecific(key, value);
}

static __inline int thr_getspecific(thread_key_t key, void **value)
{
	*value = pthread_getspecific(key);
	return 0;
}

#ifdef __cplusplus
}
#endif

#endif
