/* Every call with every other, and their odd arguments. */
#include "check.h"

#include <sys/sendfile.h>

enum { PER_PAIR = 3001 };

static void write_by_all(int fd)
{
	char data[PER_PAIR];
	for (size_t w = 0; w < writer_count; w++)
		for (size_t r = 0; r < reader_count; r++) {
			fill(data, r, sizeof data);
			CHECK_IS(writers[w].move(fd, data, sizeof data), sizeof data);
			char byte;
			CHECK_IS(recv(fd, &byte, 1, 0), 1);
		}
}

static void read_by_all(int fd)
{
	char data[PER_PAIR + 7];
	for (size_t w = 0; w < writer_count; w++)
		for (size_t r = 0; r < reader_count; r++) {
			for (size_t done = 0; done < PER_PAIR;) {
				size_t n = PER_PAIR - done;
				ssize_t got = readers[r].move(fd, data + done, n);
				if (got <= 0)
					fprintf(stderr, "%s to %s: %zd\n", writers[w].name,
						readers[r].name, got);
				CHECK(got > 0 && (size_t)got <= n);
				done += (size_t)got;
			}
			CHECK(holds(data, r, PER_PAIR));
			CHECK_IS(send(fd, "", 1, 0), 1);
		}
	expect_end(fd);
}

/* By each call in turn, without a pause. */
static void write_in_turn(int fd)
{
	static char data[20000];
	uint64_t position = 0;
	for (unsigned i = 0, size = 1; i < 300; i++, size = size * 11 % 19997) {
		fill(data, position, size);
		for (size_t done = 0; done < size;) {
			const struct call *call = &writers[i % writer_count];
			ssize_t sent = call->move(fd, data + done, size - done);
			CHECK(sent > 0);
			done += (size_t)sent;
		}
		position += size;
	}
	shared->number[0] = position;
}

static void read_in_turn(int fd)
{
	static char data[20000];
	uint64_t position = 0;
	for (unsigned i = 0, size = 1;; i++, size = size * 13 % 19997) {
		ssize_t got = readers[i % reader_count].move(fd, data, size);
		CHECK(got >= 0);
		if (got == 0)
			break;
		CHECK(holds(data, position, (size_t)got));
		position += (uint64_t)got;
	}
	await_end();
	CHECK_IS(position, shared->number[0]);
}

static void send_nothing(int fd)
{
	struct iovec none = {NULL, 0};
	CHECK_IS(write(fd, "", 0), 0);
	CHECK_IS(send(fd, NULL, 0, 0), 0);
	CHECK_IS(writev(fd, &none, 0), 0);
	CHECK_IS(writev(fd, &none, 1), 0);
	step(1);
	await_step(1);
	CHECK_IS(send(fd, "x", 1, 0), 1);
	step(2);
	await_step(2);
}

static void receive_nothing(int fd)
{
	char byte;
	struct iovec none = {NULL, 0};
	await_step(1);
	CHECK_IS(read(fd, &byte, 0), 0);
	CHECK_IS(readv(fd, &none, 0), 0);
	CHECK_IS(readv(fd, &none, 1), 0);
	CHECK_FAILS(recv(fd, &byte, 0, MSG_DONTWAIT), EAGAIN);
	CHECK_FAILS(recv(fd, &byte, 1, MSG_DONTWAIT), EAGAIN);
	step(1);
	await_step(2);
	WAIT_FOR(unread(fd) == 1);
	CHECK_IS(recv(fd, &byte, 0, 0), 0);
	CHECK_IS(recv(fd, &byte, 1, 0), 1);
	step(2);
}

static void send_with_names(int fd)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(9)};
	char byte = 'a';
	struct iovec piece = {&byte, 1};
	struct msghdr message = {.msg_name = &address,
				 .msg_namelen = sizeof address,
				 .msg_iov = &piece,
				 .msg_iovlen = 1};
	CHECK_IS(sendto(fd, "a", 1, 0, (struct sockaddr *)&address, sizeof address), 1);
	CHECK_IS(sendmsg(fd, &message, 0), 1);
}

/* TCP tells no name, and says so. */
static void receive_names(int fd)
{
	struct sockaddr_storage address = {0};
	socklen_t length = sizeof address;
	char byte, control[128];
	struct iovec piece = {&byte, 1};
	struct msghdr message = {.msg_name = &address,
				 .msg_namelen = sizeof address,
				 .msg_iov = &piece,
				 .msg_iovlen = 1,
				 .msg_control = control,
				 .msg_controllen = sizeof control,
				 .msg_flags = -1};
	CHECK_IS(recvfrom(fd, &byte, 1, 0, (struct sockaddr *)&address, &length), 1);
	CHECK_IS(length, 0);
	CHECK_IS(recvmsg(fd, &message, 0), 1);
	CHECK_IS(message.msg_namelen, 0);
	CHECK_IS(message.msg_controllen, 0);
	CHECK_IS(message.msg_flags, 0);
}

static void odd_arguments(int fd)
{
	static struct iovec many[1025];
	char byte;
	CHECK_FAILS(pread(fd, &byte, 1, 0), ESPIPE);
	CHECK_FAILS(pwrite(fd, "", 1, 0), ESPIPE);
	CHECK_FAILS(lseek(fd, 0, SEEK_CUR), ESPIPE);
	CHECK_FAILS(writev(fd, many, 1025), EINVAL);
	CHECK_FAILS(readv(fd, many, 1025), EINVAL);
	volatile int negative = -1;
	CHECK_FAILS(writev(fd, many, negative), EINVAL);
	struct iovec too_long = {&byte, SIZE_MAX};
	CHECK_FAILS(writev(fd, &too_long, 1), EINVAL);
	struct msghdr message = {.msg_iov = many, .msg_iovlen = 1025};
	CHECK_FAILS(sendmsg(fd, &message, 0), EMSGSIZE);
	CHECK_FAILS(recvmsg(fd, &message, 0), EMSGSIZE);
	CHECK_IS(writev(fd, many, 1024), 0);
	send_pattern(fd, 0, 10);
}

static void ten_bytes(int fd)
{
	receive_pattern(fd, 0, 10);
	expect_end(fd);
}

static void send_many_pieces(int fd)
{
	static struct iovec many[1024];
	static char data[1024 * 13];
	fill(data, 0, sizeof data);
	size_t at = 0;
	for (size_t i = 0; i < 1024; i++) {
		many[i] = (struct iovec){data + at, i % 25};
		at += i % 25;
	}
	CHECK_IS(writev(fd, many, 1024), at);
	shared->number[0] = at;
	step(1);
	await_step(1);
}

static void receive_many_pieces(int fd)
{
	static struct iovec many[1024];
	static char data[1024 * 13];
	await_step(1);
	size_t total = shared->number[0];
	WAIT_FOR((size_t)unread(fd) == total);
	for (size_t i = 0; i < 1024; i++)
		many[i] = (struct iovec){data + i * 13, 13};
	CHECK_IS(readv(fd, many, 1024), total);
	CHECK(holds(data, 0, total));
	step(1);
}

/* A file from an offset on, to its end and no further. */
static void send_file(int fd)
{
	static char data[200000];
	int file = memfd_create("file", MFD_CLOEXEC);
	fill(data, 0, sizeof data);
	CHECK_IS(write(file, data, sizeof data), sizeof data);
	CHECK_IS(lseek(file, 0, SEEK_SET), 0);
	CHECK_IS(sendfile(fd, file, NULL, 1000), 1000);
	CHECK_IS(lseek(file, 0, SEEK_CUR), 1000);
	off_t offset = 1000;
	while (offset < (off_t)sizeof data)
		CHECK(sendfile(fd, file, &offset, 1 << 20) > 0);
	CHECK_IS(offset, sizeof data);
	CHECK_IS(lseek(file, 0, SEEK_CUR), 1000);
	CHECK_IS(sendfile(fd, file, &offset, 1000), 0);
	CHECK_FAILS(sendfile(fd, -1, &offset, 1000), EBADF);
	close(file);
}

static void receive_file(int fd)
{
	receive_pattern(fd, 0, 200000);
	expect_end(fd);
}

const struct test call_tests[] = {
	{"pairs", write_by_all, read_by_all, 0},
	{"in-turn", write_in_turn, read_in_turn, 0},
	{"nothing", send_nothing, receive_nothing, 0},
	{"names", send_with_names, receive_names, 0},
	{"odd-arguments", odd_arguments, ten_bytes, 0},
	{"many-pieces", send_many_pieces, receive_many_pieces, 0},
	{"sendfile", send_file, receive_file, 0},
	{NULL, NULL, NULL, 0},
};
