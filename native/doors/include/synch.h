/*
 * synch.h: the synchronisation of Solaris threads, over pthreads. As there, the
 * functions return 0 or an errno. Left out: barriers and priority protocols.
 */
#ifndef _SYNCH_H
#define _SYNCH_H

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/solaris_types.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef pthread_mutex_t mutex_t;
typedef pthread_cond_t cond_t;
typedef pthread_rwlock_t rwlock_t;
typedef sem_t sema_t;

#define USYNC_THREAD         0x00 /* for the threads of one process */
#define USYNC_PROCESS        0x01 /* for processes that share the memory */
#define USYNC_PROCESS_ROBUST 0x08 /* the same; a mutex tells that its owner died */
#define LOCK_NORMAL          0x00
#define LOCK_ERRORCHECK      0x02
#define LOCK_RECURSIVE       0x04
#define LOCK_ROBUST          0x40

#define DEFAULTMUTEX  PTHREAD_MUTEX_INITIALIZER
#define DEFAULTCV     PTHREAD_COND_INITIALIZER
#define DEFAULTRWLOCK PTHREAD_RWLOCK_INITIALIZER

/* --- mutexes --- */

static __inline int mutex_init(mutex_t *mutex, int type, void *unused)
{
	pthread_mutexattr_t attributes;
	int shared = type & (USYNC_PROCESS | USYNC_PROCESS_ROBUST);
	int error;
	(void)unused;
	if (type & ~(USYNC_PROCESS | USYNC_PROCESS_ROBUST | LOCK_ERRORCHECK | LOCK_RECURSIVE |
		     LOCK_ROBUST))
		return EINVAL;
	error = pthread_mutexattr_init(&attributes);
	if (error != 0)
		return error;
	if (shared)
		pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	if (type & LOCK_RECURSIVE)
		pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
	else if (type & LOCK_ERRORCHECK)
		pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
	if (type & (LOCK_ROBUST | USYNC_PROCESS_ROBUST))
		pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	error = pthread_mutex_init(mutex, &attributes);
	pthread_mutexattr_destroy(&attributes);
	return error;
}

static __inline int mutex_destroy(mutex_t *mutex)
{
	return pthread_mutex_destroy(mutex);
}

static __inline int mutex_lock(mutex_t *mutex)
{
	return pthread_mutex_lock(mutex);
}

static __inline int mutex_trylock(mutex_t *mutex)
{
	return pthread_mutex_trylock(mutex);
}

static __inline int mutex_unlock(mutex_t *mutex)
{
	return pthread_mutex_unlock(mutex);
}

static __inline int mutex_consistent(mutex_t *mutex)
{
	return pthread_mutex_consistent(mutex);
}

/* --- times: Solaris says ETIME where POSIX says ETIMEDOUT --- */

static __inline int synch_timed_(int error)
{
	return error == ETIMEDOUT ? ETIME : error;
}

static __inline struct timespec synch_from_now_(const struct timespec *span)
{
	struct timespec then;
	clock_gettime(CLOCK_REALTIME, &then);
	then.tv_sec += span->tv_sec;
	then.tv_nsec += span->tv_nsec;
	if (then.tv_nsec >= 1000000000) {
		then.tv_sec++;
		then.tv_nsec -= 1000000000;
	}
	return then;
}

/* --- condition variables --- */

static __inline int cond_init(cond_t *cond, int type, void *unused)
{
	pthread_condattr_t attributes;
	int error;
	(void)unused;
	if (type != USYNC_THREAD && type != USYNC_PROCESS)
		return EINVAL;
	error = pthread_condattr_init(&attributes);
	if (error != 0)
		return error;
	if (type == USYNC_PROCESS)
		pthread_condattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	error = pthread_cond_init(cond, &attributes);
	pthread_condattr_destroy(&attributes);
	return error;
}

static __inline int cond_destroy(cond_t *cond)
{
	return pthread_cond_destroy(cond);
}

static __inline int cond_wait(cond_t *cond, mutex_t *mutex)
{
	return pthread_cond_wait(cond, mutex);
}

static __inline int cond_timedwait(cond_t *cond, mutex_t *mutex, const struct timespec *until)
{
	return synch_timed_(pthread_cond_timedwait(cond, mutex, until));
}

static __inline int cond_reltimedwait(cond_t *cond, mutex_t *mutex, const struct timespec *span)
{
	struct timespec until = synch_from_now_(span);
	return cond_timedwait(cond, mutex, &until);
}

static __inline int cond_signal(cond_t *cond)
{
	return pthread_cond_signal(cond);
}

static __inline int cond_broadcast(cond_t *cond)
{
	return pthread_cond_broadcast(cond);
}

/* --- semaphores --- */

static __inline int sema_init(sema_t *sema, unsigned count, int type, void *unused)
{
	(void)unused;
	if (type != USYNC_THREAD && type != USYNC_PROCESS)
		return EINVAL;
	return sem_init(sema, type == USYNC_PROCESS, count) == 0 ? 0 : errno;
}

static __inline int sema_destroy(sema_t *sema)
{
	return sem_destroy(sema) == 0 ? 0 : errno;
}

static __inline int sema_wait(sema_t *sema)
{
	return sem_wait(sema) == 0 ? 0 : errno;
}

static __inline int sema_trywait(sema_t *sema)
{
	if (sem_trywait(sema) == 0)
		return 0;
	return errno == EAGAIN ? EBUSY : errno;
}

static __inline int sema_timedwait(sema_t *sema, const struct timespec *until)
{
	return sem_timedwait(sema, until) == 0 ? 0 : synch_timed_(errno);
}

static __inline int sema_reltimedwait(sema_t *sema, const struct timespec *span)
{
	struct timespec until = synch_from_now_(span);
	return sema_timedwait(sema, &until);
}

static __inline int sema_post(sema_t *sema)
{
	return sem_post(sema) == 0 ? 0 : errno;
}

/* --- readers and writers --- */

static __inline int rwlock_init(rwlock_t *lock, int type, void *unused)
{
	pthread_rwlockattr_t attributes;
	int error;
	(void)unused;
	if (type != USYNC_THREAD && type != USYNC_PROCESS)
		return EINVAL;
	error = pthread_rwlockattr_init(&attributes);
	if (error != 0)
		return error;
	if (type == USYNC_PROCESS)
		pthread_rwlockattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	error = pthread_rwlock_init(lock, &attributes);
	pthread_rwlockattr_destroy(&attributes);
	return error;
}

static __inline int rwlock_destroy(rwlock_t *lock)
{
	return pthread_rwlock_destroy(lock);
}

static __inline int rw_rdlock(rwlock_t *lock)
{
	return pthread_rwlock_rdlock(lock);
}

static __inline int rw_tryrdlock(rwlock_t *lock)
{
	return pthread_rwlock_tryrdlock(lock);
}

static __inline int rw_wrlock(rwlock_t *lock)
{
	return pthread_rwlock_wrlock(lock);
}

static __inline int rw_trywrlock(rwlock_t *lock)
{
	return pthread_rwlock_trywrlock(lock);
}

static __inline int rw_unlock(rwlock_t *lock)
{
	return pthread_rwlock_unlock(lock);
}

#ifdef __cplusplus
}
#endif

#endif
