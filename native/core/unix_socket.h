/* Names of UNIX sockets, and the probes' common opening.
 *
 * Options: those of socket.h, and
 *   address   path (a file in the trial's directory) or abstract */
#ifndef IPCBENCH_UNIX_SOCKET_H
#define IPCBENCH_UNIX_SOCKET_H

#include "socket.h"

extern const char *const unix_socket_options[], *const unix_datagram_options[];

/* The name that `who` ("server" or "client") binds to. */
int unix_socket_name(struct peer *peer, const char *who, struct sockaddr_storage *address,
		     socklen_t *bytes);

/* server_open and client_open of the connection-oriented ones. */
int unix_socket_serve(struct peer *peer, int type);
int unix_socket_learn(struct peer *peer, int type);

#endif
