/*
 * Rendezvous: how the two sides of a TCP connection find each other, beside it.
 *
 * The server listens at an abstract UNIX name made of the connection's addresses
 * and ports, which both sides know and which exists once per network namespace;
 * the client connects there and passes the segment. Each makes sure by SO_PEERCRED
 * that the other has its user id. All calls return at once.
 */
#ifndef FASTSOCK_RENDEZVOUS_H
#define FASTSOCK_RENDEZVOUS_H

#include "transport.h"

/* Server: listens for the connection `fd`. The listening descriptor, high, or -1 with errno. */
int rendezvous_listen(int fd);

/*
 * Client: connects. Returns the rendezvous' connection, or -1 with errno: ECONNREFUSED
 * when nobody listens (yet), EAGAIN when too many wait, EACCES when it is another user's.
 */
int rendezvous_meet(int fd);

/* Client: sends the offer on that connection, where the answer arrives. 0, or -1 with errno. */
int rendezvous_offer(int connection, int segment, uint32_t transport, const int *fds, int count);

/* What an offer or an answer brought; descriptors are the caller's. */
struct arrival {
	uint32_t transport;
	int segment; /* -1 in an answer */
	int fds[TRANSPORT_DESCRIPTORS];
	int count;
	int connection; /* server: on which to answer */
};

/* Server: takes an offer. 0, or -1 with EAGAIN when there is none, else another errno. */
int rendezvous_take(int listening, struct arrival *arrival);

/* Server: answers with its descriptors; closes the connection. */
int rendezvous_answer(int connection, uint32_t transport, const int *fds, int count);

/* Client: takes the answer. 0, or -1 with EAGAIN, ECONNRESET (refused) or another errno. */
int rendezvous_hear(int connection, struct arrival *arrival);

#endif
