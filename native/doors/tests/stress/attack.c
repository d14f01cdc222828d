#include "attack.h"

#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/xattr.h>

#include "odd.h"
#include "wire_client.h"

int attack_open(const char *path)
{
	door_info_t facts;
	int fd = open(path, O_RDWR);
	/* The first use puts the door in the file's place. */
	if (fd >= 0 && door_info(fd, &facts) == 0)
		return fd;
	close(fd);
	return -1;
}

/* --- hello: everything that can be wrong with it --- */

static int odd_socket(unsigned kind, int *other)
{
	int ends[2] = {-1, -1};
	*other = -1;
	switch (kind % 6) {
	case 0:
		return open("/dev/null", O_RDWR);
	case 1:
		return socket(AF_INET, SOCK_STREAM, 0);
	case 2:
		CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
		break;
	case 3:
		CHECK(pipe(ends) == 0);
		break;
	case 4:
		return eventfd(0, 0);
	default:
		CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == 0);
	}
	*other = ends[0];
	return ends[1];
}

static void attack_hello(int door, const char *path, unsigned *random)
{
	static char garbage[4096];
	(void)path;
	for (int i = 0; i < 50; i++) {
		int other, fds[4];
		struct message hello = {.magic = WIRE_MAGIC, .kind = MESSAGE_HELLO};
		if (random_next(random) % 4 == 0)
			hello.magic = random_next(random);
		if (random_next(random) % 4 == 0)
			hello.kind = random_next(random) % 6;
		hello.client_cpu = (int32_t)random_next(random);
		fds[0] = odd_socket(random_next(random), &other);
		fds[1] = odd_memory(random_next(random));
		fds[2] = odd_memory(random_next(random));
		fds[3] = open("/dev/null", O_RDONLY);
		memcpy(garbage, &hello, sizeof hello);
		size_t size = random_next(random) % 4 == 0 ? random_next(random) % sizeof garbage
							   : sizeof hello;
		wire_send(door, garbage, size, fds, random_next(random) % 5);
		/* shrunk after it was accepted, if it lets itself be shrunk */
		if (ftruncate(fds[1], 0) < 0)
			errno = 0;
		for (int j = 0; j < 4; j++)
			close(fds[j]);
		close(other);
		usleep(random_next(random) % 500);
	}
}

/* A session whose socket is full before the server says its first word. */
static void attack_clog(int door, const char *path, unsigned *random)
{
	struct message hello = {.magic = WIRE_MAGIC, .kind = MESSAGE_HELLO};
	struct message filler = {.magic = WIRE_MAGIC};
	int ends[2], memory = wire_memory(SLOT_BYTES, MFD_ALLOW_SEALING, SEALED);
	(void)path;
	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == 0);
	while (send(ends[1], &filler, sizeof filler, MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
		;
	int fds[2] = {ends[1], memory};
	wire_send(door, &hello, sizeof hello, fds, 2);
	close(ends[1]);
	close(memory);
	sleep(5 + random_next(random) % 5);
	close(ends[0]);
}

/* Calls whose results are never fetched, until no more fit into the socket. */
static void attack_deaf(int door, const char *path, unsigned *random)
{
	struct wire_session session;
	(void)path;
	if (!wire_open(&session, door)) {
		wire_close(&session);
		return;
	}
	session.slot->request.data_bytes = 1;
	session.slot->request.small[0] = 2; /* asks for a descriptor */
	for (int i = 0; i < 400; i++) {
		wire_post(&session);
		wire_await(&session, 1);
	}
	usleep(random_next(random) % 1000000);
	wire_close(&session);
}

/* --- the slot --- */

static void new_bulk(struct wire_session *session, unsigned *random)
{
	size_t bytes = 65536u << random_next(random) % 4;
	unsigned kind = random_next(random);
	struct message message = {.magic = WIRE_MAGIC,
				  .kind = MESSAGE_BULK,
				  .bytes = bytes,
				  .version = session->version + 1};
	int fd = kind % 3 == 0 ? odd_memory(kind / 3)
			       : wire_memory(bytes, MFD_ALLOW_SEALING, SEALED);
	if (random_next(random) % 4 == 0)
		message.bytes = odd_number(random);
	if (random_next(random) % 4 == 0)
		message.version = (uint32_t)odd_number(random);
	session->version = message.version;
	wire_send(session->socket, &message, sizeof message, &fd, random_next(random) % 8 != 0);
	close(fd);
}

static void some_descriptors(struct wire_session *session, unsigned *random)
{
	int fds[253];
	unsigned count = random_next(random) % 8 == 0 ? 253 : random_next(random) % 5;
	struct message message = {.magic = WIRE_MAGIC, .kind = MESSAGE_DESCRIPTORS, .count = count};
	for (unsigned i = 0; i < count; i++)
		fds[i] = 0;
	if (random_next(random) % 3 == 0)
		message.count = (uint32_t)odd_number(random);
	wire_send(session->socket, &message,
		  random_next(random) % 8 == 0 ? random_next(random) % sizeof message
					       : sizeof message,
		  fds, count);
	session->slot->request.desc_count = count;
}

static void odd_request(struct wire_session *session, unsigned *random)
{
	struct request *request = &session->slot->request;
	request->desc_count = 0;
	request->data_bytes = odd_number(random);
	request->flags = random_next(random) % 2;
	request->bulk_version = random_next(random) % 2 ? session->version : 0;
	for (size_t i = 0; i < sizeof request->small; i++)
		request->small[i] = (char)random_next(random);
	switch (random_next(random) % 6) {
	case 0:
		request->desc_count = (uint32_t)odd_number(random);
		break;
	case 1:
		request->bulk_version = (uint32_t)odd_number(random);
		break;
	case 2:
		new_bulk(session, random);
		request->bulk_version = session->version;
		break;
	case 3:
		some_descriptors(session, random);
		break;
	case 4:
		session->sequence = (uint32_t)odd_number(random);
		break;
	default:
		break;
	}
}

static void attack_slot(int door, const char *path, unsigned *random)
{
	struct wire_session session;
	bool open = wire_open(&session, door);
	(void)path;
	for (int i = 0; open && i < 200; i++) {
		odd_request(&session, random);
		wire_post(&session);
		/* while the server reads it, or after */
		if (random_next(random) % 2 == 0)
			wire_await(&session, 1);
		if (random_next(random) % 2 == 0)
			odd_request(&session, random);
		if (random_next(random) % 4 == 0)
			scribble_over(session.slot, SLOT_BYTES, random);
		if (random_next(random) % 4 == 0)
			session.slot->request.state = random_next(random);
		if (random_next(random) % 8 == 0)
			wire_ring(&session);
		if (random_next(random) % 64 == 0)
			shutdown(session.socket, (int)(random_next(random) % 3));
	}
	wire_close(&session);
}

/* --- the bell --- */

/* One change, and nothing that would put it right; then silence for a while. */
static void attack_bell(int door, const char *path, unsigned *random)
{
	struct wire_session session;
	(void)path;
	if (wire_open(&session, door)) {
		struct bell *bell = session.bell;
		usleep(random_next(random) % 20000);
		switch (random_next(random) % 4) {
		case 0:
			bell->top = BELL_NOBODY;
			break;
		case 1:
			bell->top = random_next(random);
			break;
		case 2:
			bell->words[random_next(random) % BELL_WORDS] = random_next(random);
			break;
		default:
			bell->rung = random_next(random);
		}
	}
	wire_close(&session);
	usleep(500000 + random_next(random) % 500000);
}

/* All of it, all the time. */
static void attack_bell_storm(int door, const char *path, unsigned *random)
{
	struct wire_session session;
	(void)path;
	if (wire_open(&session, door))
		for (int i = 0; i < 3000; i++) {
			scribble_over(session.bell, PAGE_BYTES, random);
			session.bell->top = random_next(random) % 2 ? BELL_NOBODY
								    : random_next(random) % 300;
			if (i % 100 == 0)
				usleep(1000);
		}
	wire_close(&session);
}

/* --- crowds --- */

static void attack_flood(int door, const char *path, unsigned *random)
{
	enum { CROWD = 300 };
	static struct wire_session sessions[CROWD];
	(void)path;
	for (int i = 0; i < CROWD; i++) {
		if (wire_open(&sessions[i], door) && random_next(random) % 2 == 0) {
			sessions[i].slot->request.data_bytes = 0;
			wire_post(&sessions[i]);
		}
	}
	for (int i = 0; i < CROWD; i++)
		wire_close(&sessions[i]);
}

/* Visitors of the listener that names lead to, who say nothing or nonsense. */
static void attack_listener(int door, const char *path, unsigned *random)
{
	enum { CROWD = 200 };
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char value[256] = "", garbage[64] = "";
	int visitors[CROWD];
	(void)door;
	ssize_t length = getxattr(path, "user.libdoor", value, sizeof value - 1);
	CHECK(length > 0);
	size_t bytes = strcspn(value, " ");
	memcpy(address.sun_path + 1, value, bytes);
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + bytes);
	for (int i = 0; i < CROWD; i++) {
		visitors[i] = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
		if (connect(visitors[i], (struct sockaddr *)&address, size) < 0)
			continue;
		int fd = 0;
		if (random_next(random) % 2 == 0)
			wire_send(visitors[i], garbage, random_next(random) % sizeof garbage, &fd,
				  random_next(random) % 2);
	}
	usleep(random_next(random) % 100000);
	for (int i = 0; i < CROWD; i++)
		close(visitors[i]);
}

const struct attack attacks[] = {
	{"hello", attack_hello, false},
	{"clog", attack_clog, true},
	{"deaf", attack_deaf, false},
	{"slot", attack_slot, false},
	{"pool", attack_pool, false},
	{"bell", attack_bell, true},
	{"bell-storm", attack_bell_storm, false},
	{"flood", attack_flood, false},
	{"listener", attack_listener, false},
	{NULL, NULL, false},
};
