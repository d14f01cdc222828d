/*
 * ONC RPC (RFC 5531) by libtirpc, without rpcbind: the client learns the
 * address from the rendezvous. What the probes onc-rpc-unix, -tcp and -udp share.
 *
 * Program 0x20001bc0 (of the range for users), version 1:
 *   procedure 0  void -> void
 *   procedure 1  opaque<> -> opaque<>, the payload and its reply
 *
 * Option: procedure   opaque (default), or null: procedure 0, so that no payload
 * moves and what is left is the cost of the RPC itself.
 */
#ifndef IPCBENCH_ONC_RPC_H
#define IPCBENCH_ONC_RPC_H

#include <pthread.h>
#include <sys/socket.h>

#include "probe.h"

struct onc_rpc_state {
	void *client; /* CLIENT * */
	int fd;
	pthread_t thread;
	int stop_fd; /* ends the thread */
	bool serving;
};

extern const char *const onc_rpc_options[];

/* Says so when there is no libtirpc, or was none at the build. */
void onc_rpc_support(struct probe_support *support);

/* Server: takes over a socket that is bound (and listens, if a stream) and
 * serves it in a thread. Its address goes into the rendezvous. */
int onc_rpc_serve(struct peer *peer, int fd, bool datagrams);

/* Client: takes over an unconnected socket and connects it to the server. */
int onc_rpc_bind(struct peer *peer, int fd, bool datagrams);

int onc_rpc_call(struct peer *peer);
void onc_rpc_close(struct peer *peer);

#endif
