/*
 * libtirpc, loaded when ONC RPC is asked for: a peer of another probe need not have it, and
 * does not wait for the Kerberos libraries that it brings along.
 */
#ifndef IPCBENCH_TIRPC_H
#define IPCBENCH_TIRPC_H

#include <stddef.h>

#ifdef HAVE_TIRPC
#include <poll.h>
#include <rpc/rpc.h>

/* What is called of it, but for the macros that call through a transport or a client. */
#define TIRPC_FUNCTIONS(each)                                                                      \
	each(clnt_dg_create) each(clnt_vc_create) each(clnt_spcreateerror) each(clnt_sperror)      \
		each(svc_dg_create) each(svc_vc_create) each(svc_reg) each(svc_getreq_poll)        \
			each(svc_sendreply) each(svcerr_decode) each(svcerr_noproc)                \
				each(xdr_bytes)

struct tirpc {
#define TIRPC_MEMBER(name) __typeof__(&name) name;
	TIRPC_FUNCTIONS(TIRPC_MEMBER)
#undef TIRPC_MEMBER
	int *max_pollfd;        /* svc_max_pollfd */
	struct pollfd **pollfd; /* svc_pollfd */
};

/* The library, which stays loaded; NULL = it isn't here, or lacks something, and why is in
 * `reason`. To be called by one thread at a time. */
const struct tirpc *tirpc_load(char *reason, size_t room);
#endif

#endif
