/* The ring and its gates between two threads, so that ThreadSanitizer sees
 * both sides; random lengths, every wait policy. */
#include <pthread.h>
#include <string.h>

#include "payload.h"
#include "ring.h"
#include "test.h"

enum { MESSAGES = 3000, LONGEST = 300000 };

static struct ring ring;
static struct results_page page;

struct side {
	struct peer peer;
	struct cell cell;
	struct ring_end end;
	unsigned char *buffer;
};

static void side_start(struct side *side, enum wait_policy wait)
{
	side->cell = (struct cell){.wait = wait};
	side->peer = (struct peer){.cell = &side->cell,
				   .page = &page,
				   .report = &page.report_client,
				   .spin_ns = ADAPTIVE_SPIN_NS};
	side->end = (struct ring_end){.ring = &ring};
	side->buffer = malloc(LONGEST);
	CHECK(side->buffer != NULL);
}

/* Mostly short messages, now and then one that is longer than the ring. */
static size_t length_of(uint64_t message)
{
	uint64_t mixed = (message + 1) * 0x9e3779b97f4a7c15u >> 32;
	return message % 100 == 99 ? RING_BYTES + mixed % 30000 : 1 + mixed % 2000;
}

static void *produce(void *argument)
{
	struct side *side = argument;
	for (uint64_t message = 0; message < MESSAGES; message++) {
		size_t n = length_of(message);
		payload_fill(side->buffer, n, message);
		CHECK(ring_send(&side->peer, &side->end, side->buffer, n) == 0);
	}
	return NULL;
}

static void exchange(enum wait_policy wait)
{
	struct side producer, consumer;
	pthread_t thread;
	memset(&ring, 0, sizeof ring);
	/* Start just before the counters wrap. */
	uint32_t start = UINT32_MAX - 5000;
	ring.head.value = ring.tail.value = start;
	side_start(&producer, wait);
	side_start(&consumer, wait);
	producer.end.own = producer.end.other = start;
	consumer.end.own = consumer.end.other = start;
	CHECK(pthread_create(&thread, NULL, produce, &producer) == 0);
	for (uint64_t message = 0; message < MESSAGES; message++) {
		size_t n = length_of(message);
		CHECK(ring_recv(&consumer.peer, &consumer.end, consumer.buffer, n) == 0);
		CHECK(payload_compare(consumer.buffer, n, message) == -1);
	}
	CHECK(pthread_join(thread, NULL) == 0);
	free(producer.buffer);
	free(consumer.buffer);
}

static void block(void)
{
	exchange(WAIT_BLOCK);
}

static void spin(void)
{
	exchange(WAIT_SPIN);
}

static void adaptive(void)
{
	exchange(WAIT_ADAPTIVE);
}

const struct test ring_tests[] = {
	{"ring.block", block}, {"ring.spin", spin}, {"ring.adaptive", adaptive}, {NULL, NULL}};
