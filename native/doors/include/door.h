/*
 * door.h: Solaris doors on Linux.
 *
 * A door is a descriptor that stands for a procedure in a process. door_call()
 * runs the procedure in that process, in a thread of its, and returns what the
 * procedure hands to door_return(). Data and descriptors travel both ways.
 *
 * The interface is that of Solaris; programs written for it compile unchanged
 * with -ldoor -lpthread. docs/doors.md says where Linux makes a difference.
 * door_reply() is an addition of ours.
 */
#ifndef _DOOR_H
#define _DOOR_H

#include <stddef.h>
#include <stdint.h>
#include <sys/solaris_types.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

typedef unsigned int door_attr_t;
typedef unsigned long long door_ptr_t;
typedef unsigned long long door_id_t;

/* Attributes, in door_create(), door_info_t and door_desc_t. */
#define DOOR_UNREF           0x01  /* deliver one unreferenced notification */
#define DOOR_PRIVATE         0x02  /* the door has a pool of threads of its own */
#define DOOR_LOCAL           0x04  /* the server is this process (read only) */
#define DOOR_REVOKED         0x08  /* no longer in use (read only) */
#define DOOR_UNREF_MULTI     0x10  /* deliver more than one notification */
#define DOOR_IS_UNREF        0x20  /* currently unreferenced (read only) */
#define DOOR_REFUSE_DESC     0x40  /* no descriptors in arguments */
#define DOOR_NO_CANCEL       0x80  /* no cancellation of the server thread on abort */
#define DOOR_NO_DEPLETION_CB 0x100 /* door_xcreate: no call-backs on depletion */
#define DOOR_PRIVCREATE      0x200 /* made by door_xcreate (read only) */
#define DOOR_DEPLETION_CB    0x400 /* depletion call-backs wanted (read only) */

/* In d_attributes. */
#define DOOR_DESCRIPTOR 0x10000 /* the union holds a descriptor */
#define DOOR_RELEASE    0x40000 /* close the sender's copy */

/* No descriptor. */
#define DOOR_INVAL (-1)

/* What stat() and fstat() tell of doors (in <sys/stat.h> on Solaris). */
#define S_IFDOOR 0xD000
#ifndef S_ISDOOR
#define S_ISDOOR(mode) (((mode)&0xF000) == S_IFDOOR)
#endif

/* argp of an unreferenced notification. */
#define DOOR_UNREF_DATA ((void *)1)

/* For door_info(): the door that this thread is bound to. */
#define DOOR_QUERY (-2)

/* For door_getparam() and door_setparam(). */
#define DOOR_PARAM_DESC_MAX 1
#define DOOR_PARAM_DATA_MAX 2
#define DOOR_PARAM_DATA_MIN 3

#if defined(__x86_64__)
#pragma pack(push, 4) /* the layout of Solaris on amd64 */
#endif

/* A descriptor in arguments or results: 24 bytes on amd64. */
typedef struct door_desc {
	door_attr_t d_attributes;
	union {
		struct {
			int d_descriptor;
			door_id_t d_id;
		} d_desc;
		int d_resv[5];
	} d_data;
} door_desc_t;

/* What door_info() tells: 48 bytes. */
typedef struct door_info {
	pid_t di_target; /* the server, -1 once it has exited */
	door_ptr_t di_proc;
	door_ptr_t di_data;
	door_attr_t di_attributes;
	door_id_t di_uniquifier;
	int di_resv[4];
} door_info_t;

#if defined(__x86_64__)
#pragma pack(pop)
#endif

/* The immediate caller, for door_cred(). */
typedef struct door_cred {
	uid_t dc_euid;
	gid_t dc_egid;
	uid_t dc_ruid;
	gid_t dc_rgid;
	pid_t dc_pid;
	int dc_resv[4];
} door_cred_t;

/* Arguments and results of door_call(). */
typedef struct door_arg {
	char *data_ptr;
	size_t data_size;
	door_desc_t *desc_ptr;
	uint_t desc_num;
	char *rbuf;
	size_t rsize;
} door_arg_t;

typedef void door_server_procedure_t(void *cookie, char *argp, size_t arg_size, door_desc_t *dp,
				     uint_t n_desc);
typedef void door_server_func_t(door_info_t *info);
typedef int door_xcreate_server_func_t(door_info_t *info, void *(*startf)(void *), void *startarg,
				       void *cookie);
typedef void door_xcreate_thrsetup_func_t(void *cookie);

/* Makes a door for `proc`; its descriptor has FD_CLOEXEC. EINVAL: unknown
 * attributes, UNREF with UNREF_MULTI, or door_xcreate()'s; EMFILE, ENOMEM. */
int door_create(door_server_procedure_t *proc, void *cookie, uint_t attributes);

/* As door_create(), with a private pool of `n` threads made by calling crf n
 * times; each thread runs setupf (NULL = turn cancellation off), binds and
 * parks. EINVAL, EPIPE, EBADF, ENOMEM, E2BIG. */
int door_xcreate(door_server_procedure_t *proc, void *cookie, uint_t attributes,
		 door_xcreate_server_func_t *crf, door_xcreate_thrsetup_func_t *setupf,
		 void *crcookie, int n);

/* Calls the door's procedure. `arg` may be NULL. Results are in *arg; rbuf that
 * was NULL or too small is a fresh mapping, to be unmapped by the caller.
 * EFAULT, EBADF, ENOBUFS, ENOTSUP, ENFILE, EAGAIN (a signal before service), E2BIG,
 * EINVAL, EMFILE, EINTR (a signal or the server's end during service), EOVERFLOW. */
int door_call(int door, door_arg_t *arg);

/* Hands results over and waits for the next call; doesn't return on success.
 * -1 leaves the call open: E2BIG, EFAULT, EINVAL, EMFILE. */
int door_return(char *data, size_t size, door_desc_t *descs, uint_t count);

/* Sends results now and keeps control; the call's later door_return() only
 * ends it, its arguments are ignored. EALREADY the second time, EINVAL outside a
 * call, and door_return()'s. (Not in Solaris; proposed by A. Tucker, 2004.) */
int door_reply(char *data, size_t size, door_desc_t *descs, uint_t count);

int door_info(int door, door_info_t *info);
int door_revoke(int door);
int door_bind(int door);
int door_unbind(void);
int door_cred(door_cred_t *cred);

/* All that is known of the immediate caller, for the functions in ucred.h. A NULL
 * *info is replaced by new memory, to be freed with ucred_free(), else *info is
 * reused. EINVAL (no caller), EFAULT, EAGAIN, ENOMEM. */
struct ucred_s;
int door_ucred(struct ucred_s **info);

int door_getparam(int door, int param, size_t *value);
int door_setparam(int door, int param, size_t value);

/* Replaces the function that makes server threads; returns the old one. */
door_server_func_t *door_server_create(door_server_func_t *create);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
