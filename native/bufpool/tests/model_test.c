/*
 * Random sequences of operations on both sides, against a model: which buffer is whose,
 * and what each operation must say. The model knows the rule (first free buffer, in
 * order) and nothing of the flags.
 */
#include "check.h"

enum { SIDES = 2, BUFFERS_MAX = 96, STEPS = 20000, SEQUENCES = 60, STALE = 16 };

enum where { FREE_NOW, HELD, PASSED }; /* passed: on its way to the other side */

struct model_buffer {
	enum where where;
	int side; /* that holds it, or has passed it */
	struct bufpool_buffer buffer;
	uint32_t stamp;
};

struct model {
	struct pair_of_sides both;
	struct bufpool_geometry geometry;
	uint32_t areas;
	uint32_t random;
	struct model_buffer all[BUFFERS_MAX];
	struct bufpool_buffer stale[STALE]; /* freed some time ago */
	uint32_t stales;
};

static struct bufpool *side_of(const struct model *model, int side)
{
	return side == 0 ? model->both.first : model->both.second;
}

static uint32_t buffers_of(const struct model *model)
{
	return model->areas * model->geometry.buffers;
}

static struct model_buffer *first_free(struct model *model)
{
	for (uint32_t i = 0; i < buffers_of(model); i++)
		if (model->all[i].where == FREE_NOW)
			return &model->all[i];
	return NULL;
}

static void stamp(const struct model *model, struct model_buffer *it)
{
	it->stamp = random_next(&((struct model *)(uintptr_t)model)->random);
	for (uint32_t at = 0; at + 4 <= model->geometry.buffer_bytes; at += 4)
		memcpy(it->buffer.data + at, &it->stamp, 4);
}

static void check_stamp(const struct model *model, const struct model_buffer *it)
{
	for (uint32_t at = 0; at + 4 <= model->geometry.buffer_bytes; at += 4)
		CHECK(memcmp(it->buffer.data + at, &it->stamp, 4) == 0);
}

static void allocate(struct model *model, int side)
{
	bool grows = random_next(&model->random) % 4 == 0;
	struct bufpool_buffer got;
	struct model_buffer *due = first_free(model);
	enum bufpool_result result = bufpool_obtain(
		side_of(model, side), grows ? BUFPOOL_GROW : BUFPOOL_FAIL, NULL, NULL, &got);
	if (due == NULL && grows && model->areas < model->geometry.areas) {
		model->areas++;
		due = first_free(model);
	}
	if (due == NULL) {
		CHECK(result == BUFPOOL_EMPTY);
		return;
	}
	CHECK(result == BUFPOOL_OK && got.index == (uint32_t)(due - model->all));
	*due = (struct model_buffer){.where = HELD, .side = side, .buffer = got};
	stamp(model, due);
}

static void release(struct model *model, int side, struct model_buffer *it)
{
	enum bufpool_result result = bufpool_free(side_of(model, side), &it->buffer);
	/* By its holder, or by either side while it is on its way. */
	CHECK(result == BUFPOOL_OK);
	it->where = FREE_NOW;
	model->stale[model->stales++ % STALE] = it->buffer;
}

static void free_something(struct model *model, int side)
{
	struct model_buffer *it = &model->all[random_next(&model->random) % buffers_of(model)];
	if (it->where == FREE_NOW)
		return;
	check_stamp(model, it);
	if (it->where == HELD && it->side != side)
		return; /* that is a mistake which the pool can't see */
	release(model, side, it);
}

static void pass_something(struct model *model, int side)
{
	struct model_buffer *it = &model->all[random_next(&model->random) % buffers_of(model)];
	if (it->where != HELD || it->side != side)
		return;
	bufpool_pass(side_of(model, side), &it->buffer);
	it->where = PASSED;
}

static void take_something(struct model *model, int side)
{
	struct model_buffer *it = &model->all[random_next(&model->random) % buffers_of(model)];
	struct bufpool_buffer got;
	if (it->where == FREE_NOW || (it->where == HELD && it->side != side))
		return;
	enum bufpool_result result = bufpool_take(side_of(model, side), it->buffer.index,
						  it->buffer.ticket, &got);
	if (it->where == HELD) { /* by this side */
		CHECK(result == BUFPOOL_UNKNOWN);
		return;
	}
	CHECK(result == BUFPOOL_OK && got.data == it->buffer.data);
	it->where = HELD;
	it->side = side;
	check_stamp(model, it);
}

static void free_something_stale(struct model *model, int side)
{
	uint32_t i = random_next(&model->random) % STALE;
	if (i < model->stales)
		CHECK(bufpool_free(side_of(model, side), &model->stale[i]) == BUFPOOL_NOT_HELD);
}

static void free_nonsense(struct model *model, int side)
{
	struct bufpool_buffer odd = {NULL, random_next(&model->random) % 200,
				     0x10000000 | (random_next(&model->random) & 0xf)};
	uint32_t total = model->geometry.buffers * model->geometry.areas;
	enum bufpool_result result = bufpool_free(side_of(model, side), &odd);
	CHECK(odd.index >= total ? result == BUFPOOL_UNKNOWN
				 : result == BUFPOOL_UNKNOWN || result == BUFPOOL_NOT_HELD);
}

/* The other side dies: its buffers, and what was on its way to it, are free. */
static void bury(struct model *model, int side)
{
	uint32_t due = 0;
	for (uint32_t i = 0; i < buffers_of(model); i++) {
		struct model_buffer *it = &model->all[i];
		if (it->where == FREE_NOW || (it->where == HELD && it->side == side))
			continue;
		it->where = FREE_NOW;
		model->stale[model->stales++ % STALE] = it->buffer;
		due++;
	}
	CHECK(bufpool_reclaim(side_of(model, side)) == due);
	struct bufpool **dead = side == 0 ? &model->both.second : &model->both.first;
	bufpool_close(*dead);
	CHECK(bufpool_open(model->both.memory, model->both.bytes, &model->geometry,
			   side == 0 ? BUFPOOL_SECOND : BUFPOOL_FIRST, dead) == BUFPOOL_OK);
}

static void check_totals(const struct model *model)
{
	struct bufpool_usage usage;
	uint32_t due = 0;
	for (uint32_t i = 0; i < buffers_of(model); i++)
		due += model->all[i].where != FREE_NOW;
	bufpool_usage(model->both.first, &usage);
	CHECK(usage.in_use == due && usage.areas == model->areas);
}

static void step(struct model *model)
{
	static void (*const operations[])(struct model *, int) = {
		allocate,       allocate,       allocate,       allocate,
		free_something, free_something, free_something, pass_something,
		pass_something, take_something, take_something, free_something_stale,
		free_nonsense,
	};
	enum { KINDS = sizeof operations / sizeof operations[0] };
	int side = (int)(random_next(&model->random) % SIDES);
	if (random_next(&model->random) % 500 == 0)
		bury(model, side);
	else
		operations[random_next(&model->random) % KINDS](model, side);
	check_totals(model);
}

static void run_sequence(uint32_t seed)
{
	static struct model model;
	model = (struct model){.random = seed * 2654435761u + 1, .areas = 1};
	model.geometry.buffers = 1 + random_next(&model.random) % 32;
	model.geometry.buffer_bytes = 4 + random_next(&model.random) % 200;
	model.geometry.areas = 1 + random_next(&model.random) % 3;
	model.both = open_both(model.geometry.buffers, model.geometry.buffer_bytes,
			       model.geometry.areas);
	if (random_next(&model.random) % 2)
		CHECK(bufpool_initialise(model.both.first) == BUFPOOL_OK);
	for (int i = 0; i < STEPS; i++)
		step(&model);
	close_both(&model.both);
}

static void random_sequences(void)
{
	for (uint32_t seed = 1; seed <= SEQUENCES; seed++)
		run_sequence(seed);
}

const struct test model_tests[] = {
	{"random-sequences", random_sequences},
	{NULL, NULL},
};
