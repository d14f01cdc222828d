/*
 * The system's own functions, beneath ours. Found once, at first use or when the
 * library is loaded, whichever is earlier; each is checked, and one that is missing
 * fails with ENOSYS rather than crash.
 */
#ifndef FASTSOCK_REAL_H
#define FASTSOCK_REAL_H

/*
 * Inside the library use these forms: plain system calls, which no other
 * interposer sees and which don't depend on initialisation.
 */
#include <poll.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>

long raw_syscall(long number, ...);
ssize_t raw_recvmsg(int fd, struct msghdr *message, int flags);
ssize_t raw_sendmsg(int fd, const struct msghdr *message, int flags);
ssize_t raw_recv(int fd, void *data, size_t n, int flags);
ssize_t raw_send(int fd, const void *data, size_t n, int flags);
int raw_close(int fd);
int raw_shutdown(int fd, int how);
int raw_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
	      const sigset_t *mask);
int raw_fcntl(int fd, int command, long argument);
int raw_ioctl(int fd, unsigned long request, void *argument);
int raw_getsockopt(int fd, int level, int name, void *value, socklen_t *length);
int raw_setsockopt(int fd, int level, int name, const void *value, socklen_t length);
int raw_getsockname(int fd, struct sockaddr *address, socklen_t *length);
int raw_getpeername(int fd, struct sockaddr *address, socklen_t *length);
int raw_socket(int domain, int type, int protocol);
int raw_bind(int fd, const struct sockaddr *address, socklen_t length);
int raw_listen(int fd, int backlog);
int raw_connect(int fd, const struct sockaddr *address, socklen_t length);
int raw_accept4(int fd, struct sockaddr *address, socklen_t *length, int flags);
pid_t raw_gettid(void);

/* A duplicate out of the program's way, FD_CLOEXEC; `fd` is closed. -1 stays -1. */
int move_high(int fd);

#endif
