/* Descriptors that go to another process over a UNIX socket. */
#include "check.h"

static void pass(int channel, int fd)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof fd)];
	} control = {0};
	struct iovec piece = {(char *)"d", 1};
	struct msghdr message = {.msg_iov = &piece,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof control};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(header), &fd, sizeof fd);
	CHECK_IS(sendmsg(channel, &message, 0), 1);
}

static int take(int channel)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {0};
	char byte;
	int fd;
	struct iovec piece = {&byte, 1};
	struct msghdr message = {.msg_iov = &piece,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof control};
	CHECK_IS(recvmsg(channel, &message, 0), 1);
	CHECK(CMSG_FIRSTHDR(&message) != NULL);
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
	CHECK(fd >= 0);
	return fd;
}

static void use(int fd)
{
	receive_pattern(fd, 1000, 9000);
	send_pattern(fd, 0, 3000);
	for (uint64_t i = 0; i < 20; i++) {
		receive_pattern(fd, i, 100);
		send_pattern(fd, i, 100);
	}
	expect_end(fd);
}

static void feed(int fd)
{
	send_pattern(fd, 0, 6000);
	step(1);
	sleep_ms(20);
	send_pattern(fd, 6000, 4000);
	receive_pattern(fd, 0, 3000);
	for (uint64_t i = 0; i < 20; i++) {
		send_pattern(fd, i, 100);
		receive_pattern(fd, i, 100);
	}
	CHECK_IS(shutdown(fd, SHUT_WR), 0);
	expect_end(fd);
}

static int other_process(pid_t *child)
{
	int ends[2];
	CHECK_IS(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	*child = fork();
	CHECK(*child >= 0);
	if (*child == 0) {
		close(ends[0]);
		use(take(ends[1]));
		exit(0);
	}
	close(ends[1]);
	return ends[0];
}

/* A process that was there before there was a connection. */
static void pass_to_other(int fd)
{
	pid_t child;
	int channel = other_process(&child);
	fd = connect_to_other();
	warm_up(fd);
	await_step(1);
	receive_pattern(fd, 0, 1000);
	pass(channel, fd);
	close(fd);
	join_child(child);
}

static void accept_and_feed(int listener)
{
	int fd = accept_one(listener);
	warm_up(fd);
	feed(fd);
}

static void accept_and_pass(int listener)
{
	pid_t child;
	int channel = other_process(&child);
	int fd = accept_one(listener);
	warm_up(fd);
	await_step(1);
	receive_pattern(fd, 0, 1000);
	pass(channel, fd);
	close(fd);
	join_child(child);
}

static void connect_and_feed(int fd)
{
	fd = connect_to_other();
	warm_up(fd);
	feed(fd);
}

/* Before the first byte: a server whose parent accepts for its children. */
static void accept_and_pass_fresh(int listener)
{
	pid_t child;
	int channel = other_process(&child);
	int fd = accept_one(listener);
	pass(channel, fd);
	close(fd);
	join_child(child);
}

static void connect_and_feed_fresh(int fd)
{
	fd = connect_to_other();
	step(1);
	send_pattern(fd, 1000, 9000);
	receive_pattern(fd, 0, 3000);
	for (uint64_t i = 0; i < 20; i++) {
		send_pattern(fd, i, 100);
		receive_pattern(fd, i, 100);
	}
	CHECK_IS(shutdown(fd, SHUT_WR), 0);
	expect_end(fd);
}

/* To itself; both descriptors are the same connection. */
static void pass_to_self(int fd)
{
	int ends[2];
	CHECK_IS(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	await_step(1);
	receive_pattern(fd, 0, 1000);
	pass(ends[0], fd);
	int other = take(ends[1]);
	receive_pattern(other, 1000, 2000);
	receive_pattern(fd, 3000, 3000);
	CHECK_IS(close(fd), 0);
	receive_pattern(other, 6000, 4000);
	send_pattern(other, 0, 3000);
	for (uint64_t i = 0; i < 20; i++) {
		receive_pattern(other, i, 100);
		send_pattern(other, i, 100);
	}
	expect_end(other);
}

const struct test passing_tests[] = {
	{"client", pass_to_other, accept_and_feed, BARE},
	{"server", connect_and_feed, accept_and_pass, BARE},
	{"fresh", connect_and_feed_fresh, accept_and_pass_fresh, BARE | UNCERTAIN},
	{"self", pass_to_self, feed, 0},
	{NULL, NULL, NULL, 0},
};
