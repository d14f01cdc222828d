#include "load.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>

unsigned random_next(unsigned *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

uint64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

void die_with_parent(void)
{
	CHECK(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0);
	CHECK(getppid() != 1);
}

int mappings(void)
{
	int lines = 0, c;
	FILE *file = fopen("/proc/self/maps", "r");
	CHECK(file != NULL);
	while ((c = getc(file)) != EOF)
		lines += c == '\n';
	fclose(file);
	return lines;
}

/* --- payload --- */

static char pattern(uint32_t seed, size_t at)
{
	return (char)((seed + at) * 2654435761u >> 11);
}

static void fill(char *data, const struct load *load, uint32_t seed, size_t bytes)
{
	memcpy(data, load, sizeof *load);
	for (size_t i = sizeof *load; i < bytes; i++)
		data[i] = pattern(seed, i);
}

static bool intact(const char *data, uint32_t seed, size_t bytes)
{
	for (size_t i = sizeof(struct load); i < bytes; i++)
		if (data[i] != pattern(seed, i))
			return false;
	return true;
}

/* --- server --- */

PROCEDURE(load_procedure)
{
	struct load load;
	door_desc_t answer = {.d_attributes = DOOR_DESCRIPTOR};
	if (bytes == 0)
		door_return(NULL, 0, NULL, 0);
	CHECK(bytes >= sizeof load);
	memcpy(&load, data, sizeof load);
	CHECK(load.magic == LOAD_MAGIC && load.bytes == bytes && load.descs == count);
	CHECK(intact(data, load.seed, bytes));
	for (uint_t i = 0; i < count; i++)
		CHECK(close(descs[i].d_data.d_desc.d_descriptor) == 0);
	/* in the data itself where it is large enough, as servers do */
	char *reply = data;
	if (load.reply_bytes > bytes)
		reply = malloc(load.reply_bytes);
	fill(reply, &load, load.seed + 1, load.reply_bytes);
	if (reply == data) {
		door_return(reply, load.reply_bytes, &answer, load.reply_descs);
		CHECK(false); /* it doesn't come back, whether or not the caller is there */
	}
	CHECK(door_reply(reply, load.reply_bytes, &answer, load.reply_descs) == 0);
	free(reply);
	door_return(NULL, 0, NULL, 0);
}

/* --- client --- */

static uint32_t random_size(unsigned *random)
{
	uint32_t least = sizeof(struct load);
	switch (random_next(random) % 8) {
	case 0:
		return least + random_next(random) % (LOAD_BYTES_MAX - least);
	case 1:
	case 2:
		return least + random_next(random) % 8192;
	default:
		return least + random_next(random) % 64;
	}
}

static bool right(const door_arg_t *arg, const struct load *load)
{
	struct load seen;
	if (arg->data_size != load->reply_bytes || arg->desc_num != load->reply_descs)
		return false;
	memcpy(&seen, arg->data_ptr, sizeof seen);
	return memcmp(&seen, load, sizeof seen) == 0 &&
	       intact(arg->data_ptr, load->seed + 1, load->reply_bytes);
}

static struct load_result call_with(int door, const struct load *load, char *data, bool mapped)
{
	_Alignas(8) char buffer[256];
	door_desc_t descs[4];
	for (uint32_t i = 0; i < load->descs; i++)
		descs[i] = (door_desc_t){.d_attributes = DOOR_DESCRIPTOR};
	door_arg_t arg = {data, load->bytes, descs, load->descs, buffer, sizeof buffer};
	if (mapped) {
		arg.rbuf = NULL;
		arg.rsize = 0;
	}
	uint64_t start = now_ms();
	int error = door_call(door, &arg) == 0 ? 0 : errno;
	struct load_result result = {.error = error, .took_ms = now_ms() - start};
	if (error != 0)
		return result;
	result.wrong = !right(&arg, load);
	for (uint_t i = 0; i < arg.desc_num; i++)
		close(arg.desc_ptr[i].d_data.d_desc.d_descriptor);
	if (arg.rbuf != buffer)
		munmap(arg.rbuf, arg.rsize);
	return result;
}

struct load_result load_call(int door, unsigned *random)
{
	struct load load = {.magic = LOAD_MAGIC, .seed = random_next(random)};
	if (random_next(random) % 16 == 0) { /* no data at all */
		uint64_t start = now_ms();
		int error = door_call(door, NULL) == 0 ? 0 : errno;
		return (struct load_result){.error = error, .took_ms = now_ms() - start};
	}
	load.bytes = random_size(random);
	load.reply_bytes = random_size(random);
	load.descs = random_next(random) % 8 == 0 ? 1 + random_next(random) % 4 : 0;
	load.reply_descs = random_next(random) % 8 == 0;
	char *data = malloc(load.bytes);
	CHECK(data != NULL);
	fill(data, &load, load.seed, load.bytes);
	struct load_result result = call_with(door, &load, data, random_next(random) % 2);
	free(data);
	return result;
}
