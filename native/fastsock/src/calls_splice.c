/*
 * splice() between a pipe and a connection, through a pipe of the call's own: what
 * can't be moved on stays where it was, so that nothing is lost when the other end is
 * full. tee(), vmsplice() and copy_file_range() refuse sockets by themselves.
 */
#include <fcntl.h>
#include <sys/param.h>
#include <sys/syscall.h>

#include "interpose.h"
#include "real.h"

/* On the stack of any thread, and within what any pipe takes at once. */
enum { BOUNCE_BYTES = 16384 };

/* The library's, for one call. */
struct scratch {
	int in, out;
};

static bool scratch_open(struct scratch *scratch)
{
	int fds[2];
	if (raw_syscall(SYS_pipe2, fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return false;
	*scratch = (struct scratch){.in = fds[1], .out = fds[0]};
	return true;
}

static void scratch_close(const struct scratch *scratch)
{
	int error = errno;
	raw_close(scratch->in);
	raw_close(scratch->out);
	errno = error;
}

static ssize_t raw_read(int fd, void *data, size_t n)
{
	return raw_syscall(SYS_read, fd, data, n);
}

/* --- pipe to connection --------------------------------------------------------------------- */

/* The pipe's first bytes without taking them out. */
static ssize_t peek_pipe(int pipe, const struct scratch *scratch, char *bounce, size_t n,
			 unsigned flags)
{
	ssize_t copied = raw_syscall(SYS_tee, pipe, scratch->in, n, flags & SPLICE_F_NONBLOCK);
	return copied <= 0 ? copied : raw_read(scratch->out, bounce, (size_t)copied);
}

static void skip_pipe(int pipe, char *bounce, size_t n)
{
	while (n > 0) {
		ssize_t got = raw_read(pipe, bounce, n);
		if (got <= 0)
			return;
		n -= (size_t)got;
	}
}

static ssize_t pipe_to_connection(struct connection *connection, int fd, int pipe, size_t n,
				  unsigned flags)
{
	char bounce[BOUNCE_BYTES];
	struct scratch scratch;
	size_t done = 0;
	ssize_t got = 0, sent = 0;
	if (!scratch_open(&scratch))
		return -1;
	while (done < n) {
		/* Once something was moved, what isn't there isn't waited for. */
		got = peek_pipe(pipe, &scratch, bounce, MIN(n - done, sizeof bounce),
				done > 0 ? SPLICE_F_NONBLOCK : flags);
		if (got <= 0)
			break;
		struct iovec piece = {.iov_base = bounce, .iov_len = (size_t)got};
		sent = connection_send(connection, fd, &piece, 1,
				       flags & SPLICE_F_MORE ? MSG_MORE : 0);
		if (sent <= 0)
			break;
		skip_pipe(pipe, bounce, (size_t)sent);
		done += (size_t)sent;
		if (sent < got)
			break;
	}
	scratch_close(&scratch);
	return done > 0 ? (ssize_t)done : got <= 0 ? got : sent;
}

/* --- connection to pipe --------------------------------------------------------------------- */

/* What was seen and moved on is taken out. */
static void skip_connection(struct connection *connection, int fd, char *bounce, size_t n)
{
	while (n > 0) {
		struct iovec piece = {.iov_base = bounce, .iov_len = n};
		ssize_t got = connection_receive(connection, fd, &piece, 1, MSG_DONTWAIT);
		if (got <= 0)
			return;
		n -= (size_t)got;
	}
}

static ssize_t move_peeked(struct connection *connection, int fd, int pipe,
			   const struct scratch *scratch, size_t n, unsigned flags)
{
	char bounce[BOUNCE_BYTES];
	struct iovec piece = {.iov_base = bounce, .iov_len = MIN(n, sizeof bounce)};
	ssize_t seen = connection_receive(connection, fd, &piece, 1, MSG_PEEK);
	if (seen <= 0)
		return seen;
	if (raw_syscall(SYS_write, scratch->in, bounce, (size_t)seen) != seen)
		return -1;
	/* Waits for the pipe's reader as the kernel would, and no longer. */
	ssize_t moved = REAL(splice)(scratch->out, NULL, pipe, NULL, (size_t)seen,
				     flags & (SPLICE_F_NONBLOCK | SPLICE_F_MORE));
	if (moved > 0)
		skip_connection(connection, fd, bounce, (size_t)moved);
	return moved;
}

static ssize_t connection_to_pipe(struct connection *connection, int fd, int pipe, size_t n,
				  unsigned flags)
{
	struct scratch scratch;
	if (!scratch_open(&scratch))
		return -1;
	ssize_t moved = move_peeked(connection, fd, pipe, &scratch, n, flags);
	scratch_close(&scratch);
	return moved;
}

/* --- either ------------------------------------------------------------------------------------
 */

static bool is_pipe(int fd)
{
	return raw_fcntl(fd, F_GETPIPE_SZ, 0) >= 0;
}

EXPORTED ssize_t splice(int in, off64_t *in_offset, int out, off64_t *out_offset, size_t n,
			unsigned flags)
{
	struct connection *from = table_get(in);
	struct connection *to = from == NULL ? table_get(out) : NULL;
	/* What isn't between a pipe and a connection is an error, which the kernel tells. */
	bool ours = (from != NULL && is_pipe(out)) || (to != NULL && is_pipe(in));
	if (ours && in_offset == NULL && out_offset == NULL && n > 0) {
		if (from != NULL)
			return call_result(from, in, connection_to_pipe(from, in, out, n, flags));
		return call_result(to, out, pipe_to_connection(to, out, in, n, flags));
	}
	if (from != NULL)
		connection_release(from);
	if (to != NULL)
		connection_release(to);
	return REAL(splice)(in, in_offset, out, out_offset, n, flags);
}
