#include <sys/socket.h>
#include <unistd.h>

#include "stream_socket.h"

int stream_accept(struct peer *peer)
{
	struct stream_state *state = peer->state;
	PEER_TRY(peer, state->fd = accept4(state->listen, NULL, NULL, SOCK_CLOEXEC));
	return wait_prepare_fd(peer, state->fd);
}

int stream_send(struct peer *peer, const void *data, size_t n)
{
	return wait_write(peer, ((struct stream_state *)peer->state)->fd, data, n);
}

int stream_recv(struct peer *peer, void *data, size_t n)
{
	return wait_read(peer, ((struct stream_state *)peer->state)->fd, data, n);
}

void stream_close(struct peer *peer)
{
	struct stream_state *state = peer->state;
	if (state->fd > 0)
		close(state->fd);
	if (state->listen > 0)
		close(state->listen);
}
