/*
 * stropts.h: the part of STREAMS that doors need: naming a door in the file
 * system.
 */
#ifndef _STROPTS_H
#define _STROPTS_H

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* Attaches the door `fd` to the file `path`, so that open(path, O_RDWR) gives the
 * door. EBADF, EINVAL (no door, or another process's), EPERM (not the owner), EACCES
 * (no write permission), EBUSY (something is attached), ENOENT, ENAMETOOLONG. */
int fattach(int fd, const char *path);

/* Takes the door off the file. EINVAL when none is attached; else as fattach(). */
int fdetach(const char *path);

/* 1 for a stream, 0 for anything else that is open, -1 with EBADF. */
int isastream(int fd);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
