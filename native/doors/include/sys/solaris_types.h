/*
 * sys/solaris_types.h: what programs for Solaris find in <sys/types.h> and
 * <sys/time.h>, and Linux lacks. door.h, ucred.h, thread.h and synch.h include it.
 */
#ifndef _SYS_SOLARIS_TYPES_H
#define _SYS_SOLARIS_TYPES_H

#include <sys/types.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef _UINT_T
#define _UINT_T
typedef unsigned int uint_t;
#endif
typedef unsigned char uchar_t;
typedef unsigned short ushort_t;
typedef unsigned long ulong_t;
typedef long long longlong_t;
typedef unsigned long long u_longlong_t;

typedef enum { B_FALSE, B_TRUE } boolean_t;

typedef id_t projid_t;
typedef id_t zoneid_t;
#define GLOBAL_ZONEID 0

#ifdef CLOCK_MONOTONIC /* not in strict ISO C */
typedef struct timespec timespec_t;
typedef struct timespec timestruc_t;
typedef long long hrtime_t;

/* Nanoseconds since some time in the past. */
static __inline hrtime_t gethrtime(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (hrtime_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
#endif

#ifdef __cplusplus
}
#endif

#endif
