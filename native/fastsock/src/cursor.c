/* Walking through the pieces of memory that a call was given. */
#include <limits.h>
#include <stdint.h>

#include "inside.h"

static void skip_empty(struct cursor *cursor)
{
	while (cursor->index < cursor->count &&
	       cursor->offset == cursor->pieces[cursor->index].iov_len) {
		cursor->index++;
		cursor->offset = 0;
	}
}

int cursor_open(struct cursor *cursor, const struct iovec *pieces, size_t count)
{
	*cursor = (struct cursor){.pieces = pieces, .count = count};
	if (count > IOV_MAX) {
		errno = EMSGSIZE;
		return -1;
	}
	for (size_t i = 0; i < count; i++) {
		if (pieces[i].iov_len > (size_t)SSIZE_MAX - cursor->left) {
			errno = EINVAL;
			return -1;
		}
		cursor->left += pieces[i].iov_len;
	}
	skip_empty(cursor);
	return 0;
}

void cursor_advance(struct cursor *cursor, size_t n)
{
	cursor->left -= n;
	while (n > 0) {
		size_t here = cursor->pieces[cursor->index].iov_len - cursor->offset;
		size_t step = n < here ? n : here;
		cursor->offset += step;
		n -= step;
		skip_empty(cursor);
	}
}

struct iovec cursor_stretch(const struct cursor *cursor)
{
	if (cursor->index == cursor->count)
		return (struct iovec){0};
	const struct iovec *piece = &cursor->pieces[cursor->index];
	return (struct iovec){.iov_base = (char *)piece->iov_base + cursor->offset,
			      .iov_len = piece->iov_len - cursor->offset};
}

struct msghdr cursor_message(const struct cursor *cursor, size_t most, struct iovec *pieces,
			     size_t size)
{
	if (cursor->offset == 0 && most >= cursor->left)
		return (struct msghdr){
			.msg_iov = (struct iovec *)(uintptr_t)(cursor->pieces + cursor->index),
			.msg_iovlen = cursor->count - cursor->index,
		};
	return (struct msghdr){.msg_iov = pieces,
			       .msg_iovlen = cursor_pieces(cursor, most, pieces, size)};
}

size_t cursor_pieces(const struct cursor *cursor, size_t most, struct iovec *pieces, size_t size)
{
	struct cursor walker = *cursor;
	size_t used = 0;
	while (used < size && most > 0 && walker.left > 0) {
		struct iovec stretch = cursor_stretch(&walker);
		if (stretch.iov_len > most)
			stretch.iov_len = most;
		pieces[used++] = stretch;
		most -= stretch.iov_len;
		cursor_advance(&walker, stretch.iov_len);
	}
	return used;
}
