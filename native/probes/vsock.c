/*
 * vsock: a stream socket of the AF_VSOCK family over the kernel's loopback.
 *
 * Made for guests and hosts; with the module vsock_loopback a machine can talk
 * to itself (CID 1). Two copies per message, both by the kernel, and virtio's
 * transport between them.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "socket.h"

#if __has_include(<linux/vm_sockets.h>)
#include <linux/vm_sockets.h>

#ifndef VMADDR_CID_LOCAL
#define VMADDR_CID_LOCAL 1
#endif

static void fill_address(struct socket_state *state)
{
	struct sockaddr_vm name = {
		.svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_LOCAL, .svm_port = VMADDR_PORT_ANY};
	state->domain = AF_VSOCK;
	state->type = SOCK_STREAM;
	memcpy(&state->address, &name, sizeof name);
	state->address_bytes = sizeof name;
}

static void vsock_support(struct probe_support *support)
{
	struct socket_state state = {0};
	fill_address(&state);
	int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&state.address, state.address_bytes) == 0) {
		close(fd);
		return;
	}
	support->available = false;
	snprintf(support->reason, sizeof support->reason, "%s: %s",
		 fd < 0 ? "socket(AF_VSOCK)" : "bind to the loopback CID", strerror(errno));
	snprintf(support->remedy, sizeof support->remedy,
		 "as root: modprobe vsock_loopback (CONFIG_VSOCKETS_LOOPBACK)");
	if (fd >= 0)
		close(fd);
}
#else
static void fill_address(struct socket_state *state)
{
	(void)state;
}

static void vsock_support(struct probe_support *support)
{
	support->available = false;
	snprintf(support->reason, sizeof support->reason, "built without <linux/vm_sockets.h>");
	snprintf(support->remedy, sizeof support->remedy,
		 "apt-get install linux-libc-dev, then npm run build:native");
}
#endif

static int vsock_server_open(struct peer *peer)
{
	fill_address(peer->state);
	return socket_listen(peer);
}

static int vsock_client_open(struct peer *peer)
{
	fill_address(peer->state);
	return socket_learn(peer);
}

const struct probe_ops probe_vsock = {
	.name = "vsock",
	.patterns = PATTERNS_CONNECTED,
	.waits = WAITS_ALL,
	.state_bytes = sizeof(struct socket_state),
	.options = socket_options,
	.support = vsock_support,
	.server_open = vsock_server_open,
	.client_open = vsock_client_open,
	.connect = socket_connect,
	.accept = socket_accept,
	.disconnect = socket_disconnect,
	.send = socket_send,
	.recv = socket_recv,
	.close = socket_close,
};
