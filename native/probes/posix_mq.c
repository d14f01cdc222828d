/*
 * posix-mq: two POSIX message queues, one for each direction.
 *
 * Two copies per message, both by the kernel. A message may have
 * fs.mqueue.msgsize_max bytes, a queue fs.mqueue.msg_max messages, and all
 * queues of a user together RLIMIT_MSGQUEUE bytes.
 */
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <stdio.h>
#include <sys/resource.h>

#include "posix_name.h"
#include "wait.h"

enum { MESSAGES = 8 };

struct posix_mq_state {
	mqd_t in; /* 0 = not open: descriptor 0 is never a queue here */
	mqd_t out;
};

static unsigned long limit_of(const char *path)
{
	unsigned long value = 0;
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return 0;
	if (fscanf(file, "%lu", &value) != 1)
		value = 0;
	fclose(file);
	return value;
}

static void posix_mq_support(struct probe_support *support)
{
	unsigned long largest = limit_of("/proc/sys/fs/mqueue/msgsize_max");
	if (largest == 0) {
		support->available = false;
		snprintf(support->reason, sizeof support->reason, "no fs.mqueue in this kernel");
		snprintf(support->remedy, sizeof support->remedy,
			 "a kernel with CONFIG_POSIX_MQUEUE is needed");
	} else if (largest < support->size_max) {
		support->size_max = largest;
		snprintf(support->reason, sizeof support->reason,
			 "fs.mqueue.msgsize_max is %lu bytes", largest);
		snprintf(support->remedy, sizeof support->remedy,
			 "raise the limit as root: sysctl fs.mqueue.msgsize_max=BYTES");
	}
}

static int create(struct peer *peer, const char *suffix, size_t n, mqd_t *queue)
{
	unsigned long most = limit_of("/proc/sys/fs/mqueue/msg_max");
	char name[POSIX_NAME_BYTES];
	struct mq_attr attributes = {.mq_maxmsg = most < MESSAGES ? (long)most : MESSAGES,
				     .mq_msgsize = (long)(n > 0 ? n : 1)};
	struct rlimit limit;
	posix_name(peer, suffix, name);
	/* A large message is granted fewer places before it is refused. */
	for (;; attributes.mq_maxmsg /= 2) {
		*queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600, &attributes);
		if (*queue >= 0 || errno != EMFILE || attributes.mq_maxmsg <= 1)
			break;
	}
	if (*queue < 0 && errno == EMFILE && getrlimit(RLIMIT_MSGQUEUE, &limit) == 0)
		return peer_unavailable(peer, "ulimit -q BYTES, or prlimit --msgqueue",
					"queues of %zu bytes exceed RLIMIT_MSGQUEUE (%llu bytes)",
					n, (unsigned long long)limit.rlim_cur);
	PEER_TRY(peer, *queue);
	return 0;
}

static int prepare(struct peer *peer, mqd_t queue)
{
	struct mq_attr attributes = {.mq_flags = O_NONBLOCK};
	if (peer->cell->wait != WAIT_BLOCK)
		PEER_TRY(peer, mq_setattr(queue, &attributes, NULL));
	return 0;
}

/* Both open files of a queue are a peer's own, so each sets its O_NONBLOCK. */
static int posix_mq_server_open(struct peer *peer)
{
	struct posix_mq_state *state = peer->state;
	if (create(peer, "-a", peer->in_bytes, &state->in) < 0 ||
	    create(peer, "-b", peer->out_bytes, &state->out) < 0)
		return -1;
	return prepare(peer, state->in) < 0 ? -1 : prepare(peer, state->out);
}

static int open_existing(struct peer *peer, const char *suffix, mqd_t *queue)
{
	char name[POSIX_NAME_BYTES];
	posix_name(peer, suffix, name);
	PEER_TRY(peer, *queue = mq_open(name, O_RDWR | O_CLOEXEC));
	PEER_TRY(peer, mq_unlink(name)); /* both have it now */
	return prepare(peer, *queue);
}

static int posix_mq_client_open(struct peer *peer)
{
	struct posix_mq_state *state = peer->state;
	return open_existing(peer, "-a", &state->out) < 0 ? -1
							  : open_existing(peer, "-b", &state->in);
}

static int posix_mq_send(struct peer *peer, const void *data, size_t n)
{
	struct posix_mq_state *state = peer->state;
	struct spin spin = {0};
	while (mq_send(state->out, data, n, 0) < 0) {
		if (errno == EAGAIN) {
			/* A queue is a descriptor on Linux. */
			if (wait_ready(peer, &spin, state->out, POLLOUT) < 0)
				return -1;
		} else if (errno != EINTR) {
			return peer_fail(peer, errno, "mq_send of %zu bytes", n);
		}
	}
	return 0;
}

static int posix_mq_recv(struct peer *peer, void *data, size_t n)
{
	struct posix_mq_state *state = peer->state;
	struct spin spin = {0};
	ssize_t got;
	while ((got = mq_receive(state->in, data, n > 0 ? n : 1, NULL)) < 0) {
		if (errno == EAGAIN) {
			if (wait_ready(peer, &spin, state->in, POLLIN) < 0)
				return -1;
		} else if (errno != EINTR) {
			return peer_fail(peer, errno, "mq_receive of %zu bytes", n);
		}
	}
	if ((size_t)got != n)
		return peer_fail(peer, EMSGSIZE, "a message of %zd bytes where %zu were due", got,
				 n);
	return 0;
}

static void posix_mq_close(struct peer *peer)
{
	struct posix_mq_state *state = peer->state;
	if (state->in > 0)
		mq_close(state->in);
	if (state->out > 0)
		mq_close(state->out);
}

const struct probe_ops probe_posix_mq = {
	.name = "posix-mq",
	.patterns = PATTERNS_MESSAGE,
	.waits = WAITS_ALL,
	.state_bytes = sizeof(struct posix_mq_state),
	.support = posix_mq_support,
	.server_open = posix_mq_server_open,
	.client_open = posix_mq_client_open,
	.send = posix_mq_send,
	.recv = posix_mq_recv,
	.close = posix_mq_close,
};
