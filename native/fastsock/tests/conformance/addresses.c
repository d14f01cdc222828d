/* Addresses of this host, of both families, and what they are told to be. */
#include "check.h"
#include "network.h"

#include <arpa/inet.h>
#include <sys/un.h>

struct names {
	struct sockaddr_storage own, other;
	socklen_t own_length, other_length;
};

static struct names names_of(int fd)
{
	struct names names;
	memset(&names, 0, sizeof names);
	names.own_length = names.other_length = sizeof names.own;
	CHECK_IS(getsockname(fd, (struct sockaddr *)&names.own, &names.own_length), 0);
	CHECK_IS(getpeername(fd, (struct sockaddr *)&names.other, &names.other_length), 0);
	return names;
}

static void talk(int fd)
{
	struct names before = names_of(fd), after;
	warm_up(fd);
	for (uint64_t i = 0; i < 5; i++) {
		send_pattern(fd, i, 10000);
		receive_pattern(fd, i, 10000);
	}
	after = names_of(fd);
	CHECK_IS(memcmp(&before, &after, sizeof before), 0);
	/* The other side sees them crosswise. */
	uint64_t port = ntohs(((struct sockaddr_in *)&after.own)->sin_port);
	shared->number[side] = port;
	step(1);
	await_step(1);
	CHECK_IS(ntohs(((struct sockaddr_in *)&after.other)->sin_port), shared->number[!side]);
	if (side == CLIENT)
		CHECK_IS(shared->number[!side], shared->port);
	CHECK_IS(shutdown(fd, SHUT_WR), 0);
	expect_end(fd);
	if (side == SERVER)
		CHECK_IS(after.own.ss_family, after.other.ss_family);
}

static void connect_and_talk(const char *address)
{
	talk(connect_to(address));
}

static void listen_and_talk(int family, const char *address)
{
	int listener = listen_at(family, address);
	talk(accept_one(listener));
}

#define PAIR(name, family, listening, connecting)                                                  \
	static void name##_client(int fd)                                                          \
	{                                                                                          \
		(void)fd;                                                                          \
		connect_and_talk(connecting);                                                      \
	}                                                                                          \
	static void name##_server(int fd)                                                          \
	{                                                                                          \
		(void)fd;                                                                          \
		listen_and_talk(family, listening);                                                \
	}

PAIR(first, AF_INET, "127.0.0.1", "127.0.0.1")
PAIR(second, AF_INET, "127.0.0.2", "127.0.0.2")
PAIR(any, AF_INET, "0.0.0.0", "127.0.0.3")
PAIR(six, AF_INET6, "::1", "::1")
PAIR(any_six, AF_INET6, "::", "::1")
PAIR(mapped_client, AF_INET, "127.0.0.1", "::ffff:127.0.0.1")
PAIR(mapped_server, AF_INET6, "::", "127.0.0.1")
PAIR(mapped_both, AF_INET6, "::ffff:127.0.0.1", "::ffff:127.0.0.1")
PAIR(own, AF_INET, OWN_ADDRESS, OWN_ADDRESS)
PAIR(own_any, AF_INET, "0.0.0.0", OWN_ADDRESS)

/* From a loopback address to one of the host's: the two differ. */
static void cross_client(int fd)
{
	struct sockaddr_in from = {.sin_family = AF_INET}, to = {.sin_family = AF_INET};
	WAIT_FOR(shared->port != 0);
	fd = tcp_socket(AF_INET, 0);
	from.sin_addr.s_addr = inet_addr("127.0.0.9");
	to.sin_addr.s_addr = inet_addr("127.0.0.1");
	to.sin_port = htons((uint16_t)shared->port);
	CHECK_IS(bind(fd, (struct sockaddr *)&from, sizeof from), 0);
	CHECK_IS(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
	struct names names = names_of(fd);
	CHECK_IS(((struct sockaddr_in *)&names.own)->sin_addr.s_addr, from.sin_addr.s_addr);
	talk(fd);
}

static void not_connected(int fd)
{
	struct sockaddr_in address;
	socklen_t length = sizeof address;
	await_step(1);
	fd = tcp_socket(AF_INET, 0);
	CHECK_FAILS(getpeername(fd, (struct sockaddr *)&address, &length), ENOTCONN);
	CHECK_FAILS(shutdown(fd, SHUT_RDWR), ENOTCONN);
	length = sizeof address;
	CHECK_IS(getsockname(fd, (struct sockaddr *)&address, &length), 0);
	CHECK_IS(address.sin_port, 0);
	/* Cut short, and told how long it is. */
	int connected = connect_to_other();
	warm_up(connected);
	length = 4;
	CHECK_IS(getpeername(connected, (struct sockaddr *)&address, &length), 0);
	CHECK_IS(length, sizeof address);
}

static void accept_with_name(int listener)
{
	struct sockaddr_in address, peer;
	socklen_t length = sizeof address;
	step(1);
	int fd = accept(listener, (struct sockaddr *)&address, &length);
	CHECK(fd >= 0);
	CHECK_IS(length, sizeof address);
	CHECK_IS(getpeername(fd, (struct sockaddr *)&peer, &length), 0);
	CHECK_IS(memcmp(&address, &peer, sizeof peer), 0);
	warm_up(fd);
	expect_end(fd);
}

const struct test address_tests[] = {
	{"127.0.0.1", first_client, first_server, BARE | NETWORK},
	{"127.0.0.2", second_client, second_server, BARE | NETWORK},
	{"any", any_client, any_server, BARE | NETWORK},
	{"six", six_client, six_server, BARE | NETWORK},
	{"any-six", any_six_client, any_six_server, BARE | NETWORK},
	{"mapped-client", mapped_client_client, mapped_client_server, BARE | NETWORK},
	{"mapped-server", mapped_server_client, mapped_server_server, BARE | NETWORK},
	{"mapped-both", mapped_both_client, mapped_both_server, BARE | NETWORK},
	{"own", own_client, own_server, BARE | NETWORK},
	{"own-any", own_any_client, own_any_server, BARE | NETWORK},
	{"cross", cross_client, first_server, BARE | NETWORK},
	{"not-connected", not_connected, accept_with_name, BARE},
	{NULL, NULL, NULL, 0},
};
