#include "wire_client.h"

#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

bool wire_send(int socket, const void *bytes, size_t size, const int *fds, unsigned count)
{
	char control[CMSG_SPACE(sizeof(int) * 253)] = {0};
	struct iovec data = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = size};
	struct msghdr header = {.msg_iov = &data, .msg_iovlen = 1};
	if (count > 0) {
		header.msg_control = control;
		header.msg_controllen = CMSG_SPACE(sizeof(int) * count);
		struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
		rights->cmsg_level = SOL_SOCKET;
		rights->cmsg_type = SCM_RIGHTS;
		rights->cmsg_len = CMSG_LEN(sizeof(int) * count);
		memcpy(CMSG_DATA(rights), fds, sizeof(int) * count);
	}
	return sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
}

int wire_memory(size_t bytes, unsigned flags, int seals)
{
	int fd = memfd_create("scribble", MFD_CLOEXEC | flags);
	if (fd < 0)
		return memfd_create("scribble", MFD_CLOEXEC);
	if (ftruncate(fd, (off_t)bytes) == 0 && seals != 0)
		fcntl(fd, F_ADD_SEALS, seals);
	return fd;
}

static bool take_welcome(struct wire_session *session)
{
	char control[CMSG_SPACE(sizeof(int) * 2)];
	struct message message;
	struct iovec data = {.iov_base = &message, .iov_len = sizeof message};
	struct msghdr header = {.msg_iov = &data,
				.msg_iovlen = 1,
				.msg_control = control,
				.msg_controllen = sizeof control};
	int fds[2];
	struct timeval patience = {.tv_sec = 2};
	setsockopt(session->socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	if (recvmsg(session->socket, &header, MSG_CMSG_CLOEXEC) != sizeof message ||
	    CMSG_FIRSTHDR(&header) == NULL)
		return false;
	memcpy(fds, CMSG_DATA(CMSG_FIRSTHDR(&header)), sizeof fds);
	session->bell = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fds[1], 0);
	close(fds[0]);
	close(fds[1]);
	return session->bell != MAP_FAILED;
}

bool wire_open(struct wire_session *session, int door)
{
	return wire_open_with(session, door, 0, -1);
}

bool wire_open_with(struct wire_session *session, int door, uint64_t shape, int pool)
{
	int ends[2], memory = wire_memory(SLOT_BYTES, MFD_ALLOW_SEALING, SEALED);
	struct message hello = {.magic = WIRE_MAGIC,
				.kind = MESSAGE_HELLO,
				.bytes = shape,
				.version = pool >= 0 ? HELLO_BUFFERS : 0,
				.client_cpu = -1};
	*session = (struct wire_session){.socket = -1};
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
		close(memory);
		return false;
	}
	session->socket = ends[0];
	session->slot = mmap(NULL, SLOT_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	int fds[3] = {ends[1], memory, pool};
	bool sent = wire_send(door, &hello, sizeof hello, fds, pool >= 0 ? 3 : 2);
	close(ends[1]);
	close(memory);
	return sent && session->slot != MAP_FAILED && take_welcome(session);
}

void wire_close(struct wire_session *session)
{
	close(session->socket);
	if (session->slot != NULL && session->slot != MAP_FAILED)
		munmap(session->slot, SLOT_BYTES);
	if (session->bell != NULL && session->bell != MAP_FAILED)
		munmap(session->bell, PAGE_BYTES);
	if (session->bulk != NULL)
		munmap(session->bulk, session->bulk_bytes);
}

void wire_ring(struct wire_session *session)
{
	uint32_t top = session->bell->top % BELL_WORDS;
	session->bell->rung++;
	session->bell->words[top]++;
	syscall(SYS_futex, &session->bell->words[top], FUTEX_WAKE, 1, NULL, NULL, 0);
}

void wire_post(struct wire_session *session)
{
	session->sequence = (session->sequence + 1) & (UINT32_MAX >> STATE_BITS);
	session->slot->request.state = session->sequence << STATE_BITS | REQUEST_POSTED;
	wire_ring(session);
}

void wire_await(struct wire_session *session, int ms)
{
	for (int i = 0; i < ms * 10 && session->slot->reply.sequence != session->sequence; i++)
		usleep(100);
}
