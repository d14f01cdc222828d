#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "onc_rpc.h"

const char *const onc_rpc_options[] = {"procedure", NULL};

#ifdef HAVE_TIRPC
#include "tirpc.h"

/* The library, once it was loaded. */
static const struct tirpc *tirpc;

enum { PROGRAM = 0x20001bc0, VERSION = 1, PROCEDURE_NULL = 0, PROCEDURE_OPAQUE = 1 };

/* opaque<>: xdr_bytes decodes into `data` when it isn't NULL, so nothing is
 * allocated per call. */
struct payload {
	char *data;
	u_int length;
	u_int room;
};

static bool_t xdr_payload(XDR *xdrs, struct payload *payload)
{
	return tirpc->xdr_bytes(xdrs, &payload->data, &payload->length, payload->room);
}

/* xdr_void() has a type that no xdrproc_t may be called through. */
static bool_t xdr_nothing(XDR *xdrs, void *nothing)
{
	(void)xdrs, (void)nothing;
	return TRUE;
}

static bool null_procedure(const struct peer *peer)
{
	return strcmp(cell_option(peer->cell, "procedure", "opaque"), "null") == 0;
}

static int check_procedure(struct peer *peer)
{
	const char *name = cell_option(peer->cell, "procedure", "opaque");
	peer->moves_nothing = null_procedure(peer);
	if (!peer->moves_nothing && strcmp(name, "opaque") != 0)
		return peer_unavailable(peer, "opaque or null", "procedure=%s is unknown", name);
	return 0;
}

#define INSTALL "apt-get install libtirpc3 (Debian 13: libtirpc3t64)"

void onc_rpc_support(struct probe_support *support)
{
	if (tirpc_load(support->reason, sizeof support->reason) != NULL)
		return;
	support->available = false;
	snprintf(support->remedy, sizeof support->remedy, INSTALL);
}

/* Loads the library, and reads the option. */
static int begin(struct peer *peer)
{
	char reason[128];
	tirpc = tirpc_load(reason, sizeof reason);
	if (tirpc == NULL)
		return peer_unavailable(peer, INSTALL, "%s", reason);
	return check_procedure(peer);
}

/* The library's dispatch functions have no argument of ours. */
static struct peer *serving_peer;

static void serve_opaque(SVCXPRT *transport)
{
	struct peer *peer = serving_peer;
	u_int room = (u_int)peer->in_bytes;
	struct payload request = {.data = (char *)peer->in, .length = 0, .room = room};
	struct payload reply = {.data = (char *)peer->out,
				.length = (u_int)peer->out_bytes,
				.room = (u_int)peer->out_bytes};
	if (!svc_getargs(transport, (xdrproc_t)xdr_payload, (char *)&request)) {
		tirpc->svcerr_decode(transport);
		return;
	}
	peer_serve(peer, request.data, request.length, reply.data);
	tirpc->svc_sendreply(transport, (xdrproc_t)xdr_payload, (char *)&reply);
}

static void dispatch(struct svc_req *request, SVCXPRT *transport)
{
	switch (request->rq_proc) {
	case PROCEDURE_NULL:
		peer_count_served(serving_peer);
		tirpc->svc_sendreply(transport, (xdrproc_t)xdr_nothing, NULL);
		break;
	case PROCEDURE_OPAQUE:
		serve_opaque(transport);
		break;
	default:
		tirpc->svcerr_noproc(transport);
	}
}

/* svc_run() with a way to end it: a descriptor of ours among the library's. */
static void *serve(void *argument)
{
	enum { MOST = 64 };
	const struct onc_rpc_state *state = argument;
	struct pollfd fds[MOST];
	for (;;) {
		int count = *tirpc->max_pollfd < MOST - 1 ? *tirpc->max_pollfd : MOST - 1;
		memcpy(fds, *tirpc->pollfd, (size_t)count * sizeof fds[0]);
		fds[count] = (struct pollfd){.fd = state->stop_fd, .events = POLLIN};
		int ready = poll(fds, (nfds_t)count + 1, -1);
		if (ready < 0 && errno != EINTR)
			return NULL;
		if (ready > 0 && fds[count].revents != 0)
			return NULL;
		if (ready > 0)
			tirpc->svc_getreq_poll(fds, ready);
	}
}

int onc_rpc_serve(struct peer *peer, int fd, bool datagrams)
{
	struct onc_rpc_state *state = peer->state;
	struct sockaddr_storage address;
	socklen_t bytes = sizeof address;
	if (begin(peer) < 0)
		return -1;
	PEER_TRY(peer, getsockname(fd, (struct sockaddr *)&address, &bytes));
	memcpy(peer->rendezvous.blob, &address, bytes);
	peer->rendezvous.blob_bytes = bytes;
	SVCXPRT *transport = datagrams ? tirpc->svc_dg_create(fd, 65536, 65536)
				       : tirpc->svc_vc_create(fd, 0, 0);
	if (transport == NULL)
		return peer_fail(peer, errno, "libtirpc makes no transport of the socket");
	serving_peer = peer;
	/* No netconfig entry: nothing is registered with rpcbind. */
	if (!tirpc->svc_reg(transport, PROGRAM, VERSION, dispatch, NULL))
		return peer_fail(peer, errno, "svc_reg");
	PEER_TRY(peer, state->stop_fd = eventfd(0, EFD_CLOEXEC));
	int error = pthread_create(&state->thread, NULL, serve, state);
	if (error != 0)
		return peer_fail(peer, error, "pthread_create");
	state->serving = true;
	return 0;
}

int onc_rpc_bind(struct peer *peer, int fd, bool datagrams)
{
	struct onc_rpc_state *state = peer->state;
	struct netbuf address = {.maxlen = sizeof peer->rendezvous.blob,
				 .len = peer->rendezvous.blob_bytes,
				 .buf = peer->rendezvous.blob};
	state->fd = fd;
	if (begin(peer) < 0)
		return -1;
	if (!datagrams)
		PEER_TRY(peer, connect(fd, (struct sockaddr *)address.buf, address.len));
	state->client = datagrams ? tirpc->clnt_dg_create(fd, &address, PROGRAM, VERSION, 65536,
							  65536)
				  : tirpc->clnt_vc_create(fd, &address, PROGRAM, VERSION, 0, 0);
	if (state->client == NULL)
		return peer_fail(peer, errno, "%s",
				 tirpc->clnt_spcreateerror("libtirpc makes no client"));
	return 0;
}

int onc_rpc_call(struct peer *peer)
{
	struct onc_rpc_state *state = peer->state;
	struct timeval patience = {.tv_sec = 60};
	struct payload request = {.data = (char *)peer->out,
				  .length = (u_int)peer->out_bytes,
				  .room = (u_int)peer->out_bytes};
	struct payload reply = {
		.data = (char *)peer->in, .length = 0, .room = (u_int)peer->in_bytes};
	enum clnt_stat status =
		peer->moves_nothing
			? clnt_call((CLIENT *)state->client, PROCEDURE_NULL, (xdrproc_t)xdr_nothing,
				    NULL, (xdrproc_t)xdr_nothing, NULL, patience)
			: clnt_call((CLIENT *)state->client, PROCEDURE_OPAQUE,
				    (xdrproc_t)xdr_payload, (char *)&request,
				    (xdrproc_t)xdr_payload, (char *)&reply, patience);
	if (status != RPC_SUCCESS)
		return peer_fail(peer, 0, "%s",
				 tirpc->clnt_sperror((CLIENT *)state->client, "clnt_call"));
	if (!peer->moves_nothing && reply.length != peer->in_bytes)
		return peer_fail(peer, EMSGSIZE, "a reply of %u bytes where %zu were due",
				 reply.length, peer->in_bytes);
	return 0;
}

void onc_rpc_close(struct peer *peer)
{
	struct onc_rpc_state *state = peer->state;
	if (state->serving) {
		eventfd_write(state->stop_fd, 1);
		pthread_join(state->thread, NULL);
		close(state->stop_fd);
	}
	if (state->client != NULL)
		clnt_destroy((CLIENT *)state->client);
	if (state->fd > 0)
		close(state->fd);
}

#else /* without libtirpc */

void onc_rpc_support(struct probe_support *support)
{
	support->available = false;
	snprintf(support->reason, sizeof support->reason, "built without libtirpc");
	snprintf(support->remedy, sizeof support->remedy,
		 "apt-get install libtirpc-dev, then npm run build:native");
}

int onc_rpc_serve(struct peer *peer, int fd, bool datagrams)
{
	(void)fd, (void)datagrams;
	return peer_unavailable(peer, "apt-get install libtirpc-dev", "built without libtirpc");
}

int onc_rpc_bind(struct peer *peer, int fd, bool datagrams)
{
	return onc_rpc_serve(peer, fd, datagrams);
}

int onc_rpc_call(struct peer *peer)
{
	return onc_rpc_serve(peer, -1, false);
}

void onc_rpc_close(struct peer *peer)
{
	(void)peer;
}

#endif
