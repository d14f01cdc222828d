/* Segments and records. */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "real.h"
#include "record.h"
#include "segment.h"
#include "unit.h"

static void segment_round(void)
{
	struct mapping made, taken;
	int fd;
	CHECK(segment_create(&made, 64 * 1024, 2, &fd) == 0);
	CHECK(fd >= 256 && (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	CHECK(segment_attach(&taken, fd, 2) == 0);
	CHECK(taken.ring_bytes == 64 * 1024 && taken.bytes == made.bytes);
	made.rings[0][0] = 'a';
	made.rings[0][64 * 1024 - 1] = 'b';
	made.rings[1][0] = 'c';
	made.rings[1][64 * 1024 - 1] = 'd';
	CHECK(taken.rings[0][0] == 'a' && taken.rings[0][64 * 1024 - 1] == 'b');
	CHECK(taken.rings[1][0] == 'c' && taken.rings[1][64 * 1024 - 1] == 'd');
	for (int i = 0; i < 2; i++)
		CHECK(taken.segment->lanes[i].data_awaited == SLEEPS_KERNEL &&
		      taken.segment->lanes[i].room_awaited == 0);
	CHECK(ftruncate(fd, 0) < 0 && ftruncate(fd, 1 << 24) < 0);
	segment_release(&taken);
	segment_release(&taken);
	segment_release(&made);
	CHECK(made.segment == NULL);
	close(fd);
}

static void segment_sizes(void)
{
	struct mapping mapping;
	int fd;
	const uint32_t wrong[] = {0, 4096, 8192, 20000, 65537, 32 * 1024 * 1024, 0x80000000u};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		CHECK(segment_create(&mapping, wrong[i], 0, &fd) < 0 && errno == EINVAL);
	for (uint32_t bytes = 16 * 1024; bytes <= 16 * 1024 * 1024; bytes *= 2) {
		CHECK(segment_create(&mapping, bytes, 0, &fd) == 0);
		segment_release(&mapping);
		close(fd);
	}
}

static void refused(int fd)
{
	struct mapping mapping;
	CHECK(segment_attach(&mapping, fd, 0) < 0 && errno == EPROTO);
}

static void segment_foreign(void)
{
	const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
	long page = sysconf(_SC_PAGESIZE);
	struct mapping mapping;
	int fd;
	refused(STDERR_FILENO);
	fd = memfd_create("unsealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	CHECK(ftruncate(fd, page + 2 * 65536) == 0);
	refused(fd);
	CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0);
	refused(fd);
	CHECK(fcntl(fd, F_ADD_SEALS, seals) == 0);
	refused(fd); /* no magic */
	close(fd);
	fd = memfd_create("odd", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	CHECK(ftruncate(fd, page + 2 * 65536 + 1) == 0 && fcntl(fd, F_ADD_SEALS, seals) == 0);
	refused(fd);
	close(fd);
	CHECK(segment_create(&mapping, 65536, 1, &fd) == 0);
	refused(fd); /* another transport */
	mapping.segment->transport = 0;
	mapping.segment->ring_bytes = 1u << 24; /* a lie */
	refused(fd);
}

static void record_reuse(void)
{
	CHECK(record_take() == NULL);
	CHECK(records_init() == 0);
	struct record *first = record_take(), *second = record_take();
	CHECK(first != NULL && second != NULL && first != second && first->holders == 1);
	first->broken = 1;
	first->sndtimeo_ns = 7;
	first->in.bells = 9;
	first->holders = 2;
	record_give_back(first);
	CHECK(first->holders == 1 && first->broken == 1);
	record_give_back(first);
	CHECK(record_take() == first);
	struct record zero = {.holders = 1};
	CHECK(memcmp(first, &zero, sizeof zero) == 0);
}

static void record_all(void)
{
	unsigned n = 0;
	CHECK(records_init() == 0);
	struct record *record, *last = NULL;
	while ((record = record_take()) != NULL) {
		last = record;
		n++;
	}
	CHECK(n == 65536);
	record_give_back(last);
	CHECK(record_take() == last && record_take() == NULL);
}

/* Four processes take and give; nobody gets what another has. */
static void record_family(void)
{
	CHECK(records_init() == 0);
	pid_t pids[4];
	for (int p = 0; p < 4; p++) {
		pids[p] = fork();
		if (pids[p] != 0)
			continue;
		for (int round = 0; round < 2000; round++) {
			struct record *mine[8];
			for (int i = 0; i < 8; i++) {
				mine[i] = record_take();
				CHECK(mine[i] != NULL && mine[i]->shut_in == 0);
				mine[i]->shut_in = (uint32_t)getpid();
			}
			for (int i = 0; i < 8; i++) {
				CHECK(mine[i]->shut_in == (uint32_t)getpid());
				record_give_back(mine[i]);
			}
		}
		_exit(0);
	}
	for (int p = 0; p < 4; p++) {
		int status;
		CHECK(waitpid(pids[p], &status, 0) == pids[p] && status == 0);
	}
}

static void move_high_moves(void)
{
	struct rlimit limit = {.rlim_cur = 300, .rlim_max = 300};
	CHECK(move_high(-1) == -1);
	int fd = open("/dev/null", O_RDONLY), high = move_high(fd);
	CHECK(high > fd && (fcntl(high, F_GETFD) & FD_CLOEXEC) != 0);
	CHECK(fcntl(fd, F_GETFD) < 0);
	CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	fd = open("/dev/null", O_RDONLY);
	CHECK(move_high(fd) >= 150);
}

const struct unit_case memory_cases[] = {
	{"segment-round", segment_round},     {"segment-sizes", segment_sizes},
	{"segment-foreign", segment_foreign}, {"record-reuse", record_reuse},
	{"record-all", record_all},           {"record-family", record_family},
	{"move-high", move_high_moves},       {NULL, NULL},
};
