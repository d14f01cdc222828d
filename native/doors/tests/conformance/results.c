/* Results: where they lie, what stays untouched, what can go wrong with them. */
#include "check.h"

#include <sys/mman.h>
#include <sys/resource.h>

static void overflow_is_mapped(void)
{
	static char big[100000];
	memset(big, 7, sizeof big);
	int door = door_create(echo, NULL, 0);
	door_arg_t arg = {big, sizeof big, NULL, 0, NULL, 0};
	CHECK(door_call(door, &arg) == 0);
	CHECK(arg.rbuf != NULL && arg.data_ptr == arg.rbuf && arg.data_size == sizeof big);
	CHECK(arg.rsize >= sizeof big && arg.rsize % 4096 == 0);
	CHECK(memcmp(arg.rbuf, big, sizeof big) == 0);
	CHECK(munmap(arg.rbuf, arg.rsize) == 0);
	/* rbuf may be the argument itself */
	arg = (door_arg_t){big, sizeof big, NULL, 0, big, sizeof big};
	CHECK(door_call(door, &arg) == 0 && arg.rbuf == big);
}

static PROCEDURE(something)
{
	door_desc_t desc = {.d_attributes = DOOR_DESCRIPTOR};
	CHECK_FAILS(door_return("x", 1, NULL, 0), E2BIG);
	CHECK_FAILS(door_return(NULL, 0, &desc, 1), E2BIG);
	door_return(NULL, 0, NULL, 0);
}

static void null_argument(void)
{
	int quiet = door_create(nothing, NULL, 0), loud = door_create(something, NULL, 0);
	CHECK(door_call(quiet, NULL) == 0);
	CHECK(door_call(loud, NULL) == 0); /* the server saw E2BIG and tried again */
	char keep = 'k';
	door_arg_t arg = {&keep, 1, NULL, 0, NULL, 0};
	CHECK(door_call(quiet, &arg) == 0);
	CHECK(arg.data_ptr == &keep && arg.data_size == 0); /* a pointer whose count is 0 stays */
}

/* --- layout --- */

struct shape {
	size_t bytes;
	uint_t count;
};

/* Returns what it is asked for: bytes of 'd', copies of descriptor 0. */
static PROCEDURE(shaped)
{
	struct shape shape;
	static char text[20000];
	door_desc_t answer[8];
	CHECK(bytes == sizeof shape);
	memcpy(&shape, data, sizeof shape);
	memset(text, 'd', sizeof text);
	for (uint_t i = 0; i < shape.count; i++)
		answer[i] = (door_desc_t){.d_attributes = DOOR_DESCRIPTOR};
	door_return(text, shape.bytes, answer, shape.count);
}

static void check_shape(const door_arg_t *arg, const struct shape *shape)
{
	CHECK(arg->data_size == shape->bytes && arg->desc_num == shape->count);
	if (shape->bytes > 0)
		CHECK(arg->data_ptr == arg->rbuf);
	for (size_t i = 0; i < shape->bytes; i++)
		CHECK(arg->data_ptr[i] == 'd');
	if (shape->count > 0) {
		size_t at = (shape->bytes + sizeof(door_desc_t) - 1) / sizeof(door_desc_t) *
			    sizeof(door_desc_t);
		CHECK((char *)arg->desc_ptr == arg->rbuf + at);
	}
	for (uint_t i = 0; i < shape->count; i++) {
		CHECK(arg->desc_ptr[i].d_attributes == DOOR_DESCRIPTOR);
		CHECK(close(arg->desc_ptr[i].d_data.d_desc.d_descriptor) == 0);
	}
}

static size_t shape_size(const struct shape *shape)
{
	size_t unit = sizeof(door_desc_t);
	if (shape->count == 0)
		return shape->bytes;
	return (shape->bytes + unit - 1) / unit * unit + shape->count * unit;
}

/* `room` is what rbuf offers. */
static void ask_shape(int door, struct shape shape, size_t room)
{
	static _Alignas(16) char buffer[32768];
	char *data = (char *)&shape;
	door_desc_t *marker = (door_desc_t *)(void *)&shape;
	memset(buffer, '-', sizeof buffer);
	door_arg_t arg = {data, sizeof shape, marker, 0, room > 0 ? buffer : NULL, room};
	CHECK(door_call(door, &arg) == 0);
	if (shape.bytes == 0)
		CHECK(arg.data_ptr == data);
	if (shape.count == 0)
		CHECK(arg.desc_ptr == marker);
	check_shape(&arg, &shape);
	if (shape_size(&shape) == 0 || shape_size(&shape) <= room) {
		CHECK(arg.rbuf == (room > 0 ? buffer : NULL) && arg.rsize == room);
		/* nothing is written beyond the results */
		CHECK(buffer[shape_size(&shape)] == '-');
		return;
	}
	CHECK(arg.rbuf != buffer && arg.rsize == (shape_size(&shape) + 4095) / 4096 * 4096);
	CHECK(buffer[0] == '-');
	CHECK(munmap(arg.rbuf, arg.rsize) == 0);
}

static void results_layout(void)
{
	static const size_t sizes[] = {0, 1, 23, 24, 25, 47, 48, 64, 4096, 4097, 20000};
	int door = door_create(shaped, NULL, 0);
	int before = 0;
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
			for (uint_t count = 0; count <= 8; count += count == 1 ? 2 : 1) {
				struct shape shape = {sizes[i], count};
				size_t exact = shape_size(&shape);
				ask_shape(door, shape, exact);
				ask_shape(door, shape, exact + 1);
				ask_shape(door, shape, exact > 1 ? exact - 1 : 0);
				ask_shape(door, shape, 0);
			}
		if (round == 0)
			before = open_descriptors();
	}
	CHECK(open_descriptors() == before);
}

/* --- rbuf, data_ptr and desc_ptr may be one memory --- */

static PROCEDURE(returns_reversed)
{
	static char text[8192];
	door_desc_t answer = {.d_attributes = DOOR_DESCRIPTOR | DOOR_RELEASE};
	for (size_t i = 0; i < bytes; i++)
		text[i] = data[bytes - 1 - i];
	if (count > 0)
		answer.d_data.d_desc.d_descriptor = descs[0].d_data.d_desc.d_descriptor;
	door_return(text, bytes, &answer, count);
}

static void results_may_alias_arguments(void)
{
	static _Alignas(16) char memory[8192];
	int door = door_create(returns_reversed, NULL, 0);
	for (size_t offset = 0; offset < 4000; offset = offset * 3 + 1) {
		size_t bytes = 4000;
		for (size_t i = 0; i < bytes; i++)
			memory[offset + i] = (char)i;
		door_arg_t arg = {memory + offset, bytes, NULL, 0, memory, sizeof memory};
		CHECK(door_call(door, &arg) == 0 && arg.data_ptr == memory);
		for (size_t i = 0; i < bytes; i++)
			CHECK(memory[i] == (char)(bytes - 1 - i));
	}
}

static void results_may_alias_descriptors(void)
{
	static _Alignas(16) char memory[256];
	int ends[2], before = 0;
	char byte = 0;
	int door = door_create(returns_reversed, NULL, 0);
	CHECK(pipe(ends) == 0);
	for (int i = 0; i < 30; i++) {
		door_desc_t desc = {.d_attributes = DOOR_DESCRIPTOR};
		desc.d_data.d_desc.d_descriptor = ends[1];
		memcpy(memory + 24, &desc, sizeof desc);
		memcpy(memory + 48, "abcdefgh", 8);
		door_arg_t arg = {memory + 48, 8,      (door_desc_t *)(void *)(memory + 24),
				  1,           memory, sizeof memory};
		CHECK(door_call(door, &arg) == 0);
		CHECK(arg.data_ptr == memory && memcmp(memory, "hgfedcba", 8) == 0);
		CHECK((char *)arg.desc_ptr == memory + sizeof desc && arg.desc_num == 1);
		int back = arg.desc_ptr[0].d_data.d_desc.d_descriptor;
		CHECK(back != ends[1] && write(back, "!", 1) == 1);
		CHECK(read(ends[0], &byte, 1) == 1 && byte == '!');
		close(back);
		if (i == 10)
			before = open_descriptors();
	}
	CHECK(open_descriptors() == before);
}

/* --- failures --- */

static void unwritable_results(void)
{
	int door = door_create(shaped, NULL, 0);
	struct shape shape = {100, 2};
	char *locked = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(door_call(door, &(door_arg_t){(char *)&shape, sizeof shape, NULL, 0, NULL, 0}) == 0);
	int before = open_descriptors();
	for (int i = 0; i < 10; i++) {
		door_arg_t arg = {(char *)&shape, sizeof shape, NULL, 0, locked, 4096}, copy;
		memcpy(&copy, &arg, sizeof copy);
		CHECK_FAILS(door_call(door, &arg), EFAULT);
		CHECK(memcmp(&copy, &arg, sizeof copy) == 0);
	}
	CHECK(open_descriptors() == before);
	ask_shape(door, shape, 4096);
}

static int make_shaped(void)
{
	return door_create(shaped, NULL, 0);
}

/* The client's table takes one of three: it gets none. */
static void results_and_a_full_table(void)
{
	struct rlimit old;
	struct shape shape = {10, 3};
	char buffer[256];
	struct remote far = remote(make_shaped);
	ask_shape(far.door, shape, 4096);
	int free_number = dup(0);
	close(free_number);
	CHECK(getrlimit(RLIMIT_NOFILE, &old) == 0);
	struct rlimit full = {.rlim_cur = (rlim_t)free_number + 1, .rlim_max = old.rlim_max};
	int before = open_descriptors();
	for (int i = 0; i < 20; i++) {
		CHECK(setrlimit(RLIMIT_NOFILE, &full) == 0);
		door_arg_t arg = {(char *)&shape, sizeof shape, NULL, 0, buffer, sizeof buffer},
			   copy;
		memcpy(&copy, &arg, sizeof copy);
		CHECK_FAILS(door_call(far.door, &arg), EMFILE);
		CHECK(memcmp(&copy, &arg, sizeof copy) == 0);
		CHECK(setrlimit(RLIMIT_NOFILE, &old) == 0);
		CHECK(open_descriptors() == before);
	}
	ask_shape(far.door, shape, 4096);
	remote_end(&far);
}

static PROCEDURE(returns_much)
{
	size_t much = 64u << 20;
	char *memory = mmap(NULL, much, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	door_desc_t desc = {.d_attributes = DOOR_DESCRIPTOR};
	CHECK(memory != MAP_FAILED);
	CHECK(door_reply(memory, bytes == 0 ? 1 : much, &desc, 1) == 0);
	munmap(memory, much);
	door_return(NULL, 0, NULL, 0);
}

static int make_much(void)
{
	return door_create(returns_much, NULL, 0);
}

static rlim_t address_space(void)
{
	long pages;
	FILE *file = fopen("/proc/self/statm", "r");
	CHECK(file != NULL && fscanf(file, "%ld", &pages) == 1);
	fclose(file);
	return (rlim_t)pages * 4096;
}

static void results_that_cannot_be_mapped(void)
{
	if (SANITIZED)
		skip("sanitizers reserve more address space than any limit leaves");
	struct rlimit old;
	char buffer[256];
	struct remote far = remote(make_much);
	door_arg_t arg = {NULL, 0, NULL, 0, buffer, sizeof buffer}, copy;
	CHECK(door_call(far.door, &arg) == 0);
	close(arg.desc_ptr->d_data.d_desc.d_descriptor);
	int before = open_descriptors();
	CHECK(getrlimit(RLIMIT_AS, &old) == 0);
	struct rlimit tight = {.rlim_cur = address_space() + (16u << 20), .rlim_max = old.rlim_max};
	for (int i = 0; i < 5; i++) {
		CHECK(setrlimit(RLIMIT_AS, &tight) == 0);
		arg = (door_arg_t){"m", 1, NULL, 0, buffer, sizeof buffer};
		memcpy(&copy, &arg, sizeof copy);
		CHECK_FAILS(door_call(far.door, &arg), EOVERFLOW);
		CHECK(memcmp(&copy, &arg, sizeof copy) == 0);
		CHECK(setrlimit(RLIMIT_AS, &old) == 0);
		CHECK(open_descriptors() <= before);
	}
	arg = (door_arg_t){"m", 1, NULL, 0, buffer, sizeof buffer};
	CHECK(door_call(far.door, &arg) == 0 && arg.data_size == 64u << 20);
	remote_end(&far);
}

const struct test result_tests[] = {
	{"overflow-is-mapped", overflow_is_mapped},
	{"null-argument", null_argument},
	{"results-layout", results_layout},
	{"results-may-alias-arguments", results_may_alias_arguments},
	{"results-may-alias-descriptors", results_may_alias_descriptors},
	{"unwritable-results", unwritable_results},
	{"results-and-a-full-table", results_and_a_full_table},
	{"results-that-cannot-be-mapped", results_that_cannot_be_mapped},
	{NULL, NULL},
};
