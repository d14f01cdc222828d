/* What descriptors' lives mean to epoll instances. */
#ifndef FASTSOCK_EPOLL_H
#define FASTSOCK_EPOLL_H

/* Before a descriptor is closed or replaced, while it is still in the table. */
void epoll_forget(int fd);

/* After a dup of any kind. */
void epoll_duplicated(int from, int to);

#endif
