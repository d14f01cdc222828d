/*
 * Upgrades: from the kernel's connection alone to one with a segment.
 *
 * Nothing is done for connections of a few operations, since it wouldn't pay. From
 * its third operation on a server listens for an offer, from its fourth on a client
 * makes one. All of it happens within calls of the program, none of it waits, and
 * after many operations in vain the connection is left alone; a client that has found
 * nobody at an address doesn't look for a while. Operations count when
 * they move bytes: a program that looks again and again for what isn't there yet
 * tells nothing of the other side.
 */
#include "config.h"
#include "inside.h"
#include "own.h"
#include "real.h"
#include "rendezvous.h"
#include "stats.h"
#include "waiting.h"

enum {
	SERVER_FROM = 3,
	CLIENT_FROM = 4,
	ALWAYS_UNTIL = 6,      /* operations up to which every one tries; then 8, 12, 16, 24 ... */
	GIVE_UP_AFTER = 512,   /* if that took so long that the other side has had a chance, */
	GIVE_UP_AT_LAST = 4096 /* and then never again */
};

static _Atomic uint32_t plain_only;

void connections_stay_plain(void)
{
	atomic_store(&plain_only, 1);
}

static void set_stage(struct connection *connection, enum stage stage)
{
	/* release: what the stage stands for is set up before. */
	atomic_store_explicit(&connection->stage, stage, memory_order_release);
}

static void lay_lanes(struct connection *connection)
{
	struct mapping *mapping = &connection->mapping;
	enum side other = connection->side == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT;
	connection->out = &mapping->segment->lanes[connection->side];
	connection->in = &mapping->segment->lanes[other];
	connection->out_ring = mapping->rings[connection->side];
	connection->in_ring = mapping->rings[other];
	/* Said before there was a lane to say it in. relaxed: published with the stage. */
	if (flag(&connection->record->shut_out))
		atomic_store_explicit(&connection->out->finished, 1, memory_order_relaxed);
}

static void drop_segment(struct connection *connection)
{
	if (connection->opened)
		connection->transport->close(connection);
	connection->opened = false;
	if (connection->mapping.segment != NULL)
		segment_release(&connection->mapping);
	connection->mapping = (struct mapping){0};
	own_close(connection->offer);
	connection->offer = -1;
}

static void give_up(struct connection *connection, const char *reason)
{
	set_stage(connection, STAGE_PLAIN);
	own_close(connection->rendezvous);
	connection->rendezvous = -1;
	drop_segment(connection);
	stats_passed(reason);
}

/* Only one process of a family may have mapped what another one hasn't. */
static bool is_shared(const struct connection *connection)
{
	return record_living_holders(connection->record) != 1;
}

/* --- client --------------------------------------------------------------------------- */

static bool prepare(struct connection *connection, int *fds, int *count)
{
	connection->transport = config.transport;
	if (segment_create(&connection->mapping, config.ring_bytes, config.transport->number,
			   &connection->offer) < 0)
		return false;
	own_descriptor(connection->offer);
	lay_lanes(connection);
	*count = connection->transport->open(connection, fds);
	connection->opened = *count >= 0;
	return connection->opened;
}

/* Nothing is made before there is somebody to have it. */
static void offer(struct connection *connection, int fd)
{
	int fds[TRANSPORT_DESCRIPTORS] = {-1};
	int count = 0;
	int met = rendezvous_meet(fd);
	if (met < 0) {
		connection->refusals += errno == ECONNREFUSED;
		if (errno != ECONNREFUSED && errno != EAGAIN)
			give_up(connection, "rendezvous failed");
		return;
	}
	connection->rendezvous = own_descriptor(met);
	if (!prepare(connection, fds, &count)) {
		give_up(connection, "no memory or no transport");
		return;
	}
	uint32_t number = (uint32_t)connection->transport->number;
	atomic_store(&connection->mapping.segment->ready[SIDE_CLIENT], 1);
	/* Live before it is offered: the server may use it before the offer has returned. From
	 * here on the lanes stay until the connection is closed, for other threads use them. */
	set_stage(connection, STAGE_OFFERED);
	if (rendezvous_offer(connection->rendezvous, connection->offer, number, fds, count) < 0) {
		/* The server has gone: nobody answers, and the kernel carries on. */
		own_close(connection->rendezvous);
		connection->rendezvous = -1;
	}
	own_close(connection->offer);
	connection->offer = -1;
}

/* The server has mapped the segment and its answer is there, or on its way. */
static void hear_answer(struct connection *connection)
{
	struct arrival arrival;
	if (rendezvous_hear(connection->rendezvous, &arrival) < 0) {
		if (errno == EAGAIN)
			return;
		arrival.count = 0;
	}
	/* Whatever comes of it: the incoming lane is in use, and the outgoing one can
	 * stay with the kernel. */
	if (connection->transport->attach(connection, arrival.fds, arrival.count) == 0) {
		set_stage(connection, STAGE_MAPPED);
		stats_accelerated(connection);
		arrival.count = 0; /* the transport's now */
	}
	for (int i = 0; i < arrival.count; i++)
		raw_close(arrival.fds[i]);
	own_close(connection->rendezvous);
	connection->rendezvous = -1;
}

/* --- addresses where nobody was found -------------------------------------------------- */

/* So many refusals, one for each operation that is due, are enough to know that a server
 * isn't there; with an address that was in vain lately the looking begins later. */
enum { UNMET_AFTER = 5, UNMET_FROM = 64, UNMET_PLACES = 64 };
#define UNMET_MS 500u

/* Hashes of addresses above, and when, in ms. */
static _Atomic uint64_t unmet[UNMET_PLACES];

static uint32_t now_in_ms(void)
{
	return (uint32_t)(clock_ns() / 1000000u);
}

static _Atomic uint64_t *place_of(const struct connection *connection)
{
	return &unmet[connection->destination % UNMET_PLACES];
}

void connection_unmet(const struct connection *connection)
{
	if (connection->refusals < UNMET_AFTER)
		return;
	/* relaxed: a hint for later connections, whole in itself. */
	atomic_store_explicit(place_of(connection),
			      (uint64_t)connection->destination << 32 | now_in_ms(),
			      memory_order_relaxed);
}

static bool was_unmet(const struct connection *connection)
{
	uint64_t noted = atomic_load_explicit(place_of(connection), memory_order_relaxed);
	return noted >> 32 == connection->destination && now_in_ms() - (uint32_t)noted < UNMET_MS;
}

/* --- client: its steps ------------------------------------------------------------------- */

static void client_step(struct connection *connection, int fd)
{
	uint32_t stage = atomic_load_explicit(&connection->stage, memory_order_relaxed);
	if (stage == STAGE_FRESH)
		offer(connection, fd);
	else if (stage == STAGE_OFFERED && connection->rendezvous >= 0 &&
		 flag(&connection->mapping.segment->ready[SIDE_SERVER]))
		hear_answer(connection);
}

/* --- server --------------------------------------------------------------------------- */

static bool accept_offer(struct connection *connection, struct arrival *arrival)
{
	int fds[TRANSPORT_DESCRIPTORS] = {-1};
	connection->transport = transport_by_number(arrival->transport);
	if (connection->transport == NULL ||
	    segment_attach(&connection->mapping, arrival->segment, arrival->transport) < 0)
		return false;
	lay_lanes(connection);
	int count = connection->transport->open(connection, fds);
	connection->opened = count >= 0;
	if (count < 0 ||
	    connection->transport->attach(connection, arrival->fds, arrival->count) < 0)
		return false;
	arrival->count = 0; /* the transport's now */
	/* The client sends nothing over the ring before it has heard this. */
	if (rendezvous_answer(arrival->connection, arrival->transport, fds, count) < 0)
		return false;
	arrival->connection = -1;
	return true;
}

static void server_take(struct connection *connection)
{
	struct arrival arrival;
	if (rendezvous_take(connection->rendezvous, &arrival) < 0) {
		if (errno != EAGAIN)
			give_up(connection, "rendezvous failed");
		return;
	}
	bool accepted = accept_offer(connection, &arrival);
	for (int i = 0; i < arrival.count; i++)
		raw_close(arrival.fds[i]);
	raw_close(arrival.segment);
	if (arrival.connection >= 0)
		raw_close(arrival.connection);
	if (!accepted) {
		give_up(connection, "offer not acceptable");
		return;
	}
	own_close(connection->rendezvous);
	connection->rendezvous = -1;
	set_stage(connection, STAGE_MAPPED);
	/* Last of all: from here on the client may use the rings. */
	atomic_store(&connection->mapping.segment->ready[SIDE_SERVER], 1);
	stats_accelerated(connection);
}

static void server_step(struct connection *connection, int fd)
{
	if (connection->rendezvous >= 0) {
		server_take(connection);
		return;
	}
	int listening = rendezvous_listen(fd);
	if (listening < 0) {
		give_up(connection, "rendezvous failed");
		return;
	}
	connection->rendezvous = own_descriptor(listening);
	set_stage(connection, STAGE_OFFERED);
}

/* --- when ------------------------------------------------------------------------------ */

static bool is_power_of_two(uint32_t n)
{
	return (n & (n - 1)) == 0;
}

/* Or half as much again. */
static bool is_milestone(uint32_t n)
{
	return is_power_of_two(n) || (n % 3 == 0 && is_power_of_two(n / 3));
}

/* In the operation's first look, and then less and less often. */
static bool is_due(const struct connection *connection, uint32_t operation, uint32_t look)
{
	uint32_t from = connection->side == SIDE_CLIENT ? CLIENT_FROM : SERVER_FROM;
	if (operation < from || !is_power_of_two(look))
		return false;
	return operation <= ALWAYS_UNTIL || is_milestone(operation);
}

/* The other side may have come by at any moment. */
static bool is_answered(const struct connection *connection, uint32_t stage)
{
	return stage == STAGE_OFFERED && connection->side == SIDE_CLIENT &&
	       flag(&connection->mapping.segment->ready[SIDE_SERVER]);
}

/* A server may be busy elsewhere while its client sends and sends. */
#define CHANCE_NS 20000000u

static bool is_hopeless(const struct connection *connection, uint32_t operation)
{
	if (atomic_load_explicit(&plain_only, memory_order_relaxed))
		return true;
	if (operation < GIVE_UP_AFTER || lanes_live(connection))
		return false;
	return operation >= GIVE_UP_AT_LAST || clock_ns() - connection->born_ns >= CHANCE_NS;
}

static bool may_step(const struct connection *connection, uint32_t stage, uint32_t operation)
{
	if (stage >= STAGE_MAPPED)
		return false;
	if (connection->side == SIDE_SERVER)
		return !is_shared(connection);
	if (stage == STAGE_OFFERED)
		return true;
	return !is_shared(connection) && (operation >= UNMET_FROM || !was_unmet(connection));
}

static void step_in_turn(struct connection *connection, int fd, uint32_t operation)
{
	if (!turn_take(&connection->record->out.turn))
		return;
	uint32_t stage = atomic_load_explicit(&connection->stage, memory_order_relaxed);
	if (stage < STAGE_MAPPED && is_hopeless(connection, operation) && !lanes_live(connection))
		give_up(connection, "the other side has no library");
	else if (may_step(connection, stage, operation)) {
		const char *obstacle = connection->inspected ? NULL : connection_obstacle(fd);
		connection->inspected = true;
		if (obstacle != NULL)
			give_up(connection, obstacle);
		else if (connection->side == SIDE_CLIENT)
			client_step(connection, fd);
		else
			server_step(connection, fd);
	}
	turn_pass(&connection->record->out.turn);
}

void connection_upgrade(struct connection *connection, int fd)
{
	/* relaxed: taken again in turn. */
	uint32_t stage = atomic_load_explicit(&connection->stage, memory_order_relaxed);
	if (stage >= STAGE_MAPPED)
		return;
	/* relaxed: counts, of which some may be lost. */
	uint32_t operation = atomic_load_explicit(&connection->operations, memory_order_relaxed) +
			     1;
	uint32_t look = atomic_fetch_add_explicit(&connection->looks, 1, memory_order_relaxed) + 1;
	/* errno is the program's: nothing of this is its business. */
	int error = errno;
	if (is_due(connection, operation, look) || is_answered(connection, stage))
		step_in_turn(connection, fd, operation);
	errno = error;
}

void connection_moved(struct connection *connection)
{
	/* relaxed: see above. */
	if (atomic_load_explicit(&connection->stage, memory_order_relaxed) >= STAGE_MAPPED)
		return;
	atomic_fetch_add_explicit(&connection->operations, 1, memory_order_relaxed);
	atomic_store_explicit(&connection->looks, 0, memory_order_relaxed);
}
