#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "unix_socket.h"

const char *const unix_socket_options[] = {SOCKET_OPTIONS, "address", NULL};
const char *const unix_datagram_options[] = {DATAGRAM_OPTIONS, "address", NULL};

int unix_socket_name(struct peer *peer, const char *who, struct sockaddr_storage *address,
		     socklen_t *bytes)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	const char *kind = cell_option(peer->cell, "address", "path");
	*bytes = sizeof name;
	if (strcmp(kind, "abstract") == 0) {
		/* Abstract names start with a NUL and end where the length says. */
		int length = snprintf(name.sun_path + 1, sizeof name.sun_path - 1,
				      "ipcbench-%08x-%s", peer->cell->key, who);
		*bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
	} else if (strcmp(kind, "path") != 0) {
		return peer_unavailable(peer, "path or abstract", "address=%s is unknown", kind);
	} else if (peer_path(peer, who, name.sun_path, sizeof name.sun_path) < 0) {
		return -1;
	}
	memcpy(address, &name, sizeof name);
	return 0;
}

int unix_socket_serve(struct peer *peer, int type)
{
	struct socket_state *state = peer->state;
	state->domain = AF_UNIX;
	state->type = type;
	if (unix_socket_name(peer, "server", &state->address, &state->address_bytes) < 0)
		return -1;
	return socket_listen(peer);
}

int unix_socket_learn(struct peer *peer, int type)
{
	struct socket_state *state = peer->state;
	state->domain = AF_UNIX;
	state->type = type;
	return socket_learn(peer);
}
