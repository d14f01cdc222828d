/* What a stranger, or a peer that lies, may not do. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cases.h"
#include "doors.h"
#include "line.h"

static struct door_answer ask(int door, struct door_request request, size_t n)
{
	struct door_answer answer;
	struct parcel parcel = {.request = request};
	CHECK(doors_call(door, &parcel, sizeof request + n, &answer) == 0);
	return answer;
}

void strangers(const struct transport *transport)
{
	struct pair pair;
	struct end end;
	pair_make(&pair, transport);
	pid_t child = fork_consumer(&pair, 100);
	end_open(&end, &pair, SIDE_CLIENT);
	const struct line *line = end.connection.transport_state;
	int door = atomic_load(&line->door);
	struct door_request good = {.key = line->key, .kind = DOOR_BYTES, .attempt = 7};
	struct door_request other = good;
	for (unsigned bit = 0; bit < 64; bit++) {
		other.key = good.key ^ UINT64_C(1) << bit;
		CHECK(ask(door, other, 10).known == 0);
	}
	other = good;
	other.kind = 99;
	CHECK(ask(door, other, 10).known == 0);
	other = good;
	other.position = 1;
	CHECK(ask(door, other, 10).landed == 0 && ask(door, other, 0).position == 0);
	CHECK(end_send(&end, source, 40) == 40);
	good.position = 40;
	struct parcel parcel = {.request = good};
	struct door_answer answer;
	memcpy(parcel.bytes, source + 40, 30);
	/* Once, and made again after a signal. */
	for (int i = 0; i < 3; i++)
		CHECK(doors_call(door, &parcel, sizeof good + 30, &answer) == 0 &&
		      answer.landed == 30 && answer.position == 70);
	/* Another attempt at the same place doesn't take the first one's bytes for its own. */
	parcel.request.attempt++;
	CHECK(doors_call(door, &parcel, sizeof good + 30, &answer) == 0 && answer.landed == 0 &&
	      answer.position == 70);
	/* What the sender doesn't know yet it learns by its next put. */
	CHECK(transport->put(&end.connection, source + 70, 30, 30) == 0);
	CHECK(atomic_load(&end.connection.record->out.position) == 70);
	CHECK(end_send(&end, source + 70, 30) == 30);
	check_child(child, 0);
	CHECK(end_send(&end, source, 10) == 0);
	end_close(&end);
	/* What is no door isn't called. */
	int sockets[2], file = dup(0);
	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sockets) == 0);
	CHECK(doors_adopt(sockets[0]) < 0 && errno == EPROTO && doors_adopt(file) < 0);
	CHECK(close(sockets[0]) == 0 && close(file) == 0);
}
