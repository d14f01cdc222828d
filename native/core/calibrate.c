#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "calibrate.h"
#include "clock.h"
#include "copies.h"
#include "handoff.h"
#include "peer.h"
#include "place.h"

enum { SIZES_MAX = 128, COPY_BYTES_MAX = SIZE_MAX_BYTES };

#define SECONDS_LEAST   0.001
#define SECONDS_MOST    600.0
#define SECONDS_DEFAULT 0.4

static const size_t usual_sizes[] = {1, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576};

struct calibration {
	double seconds;
	int here;
	int there; /* -1 = there is no other processor */
	size_t sizes[SIZES_MAX];
	size_t size_count;
	struct meter meter;
	struct copies copies;
	/* what is left to be done, and until when */
	uint64_t deadline_ns;
	unsigned weight_left;
};

/* What each part takes of the time. */
enum weight {
	WEIGHT_CLOCK = 1,
	WEIGHT_SYSTEM_CALL = 1,
	WEIGHT_LINE = 1,
	WEIGHT_FUTEX = 2,
	WEIGHT_WARM = 1,
	WEIGHT_CROSS = 2
};

/* --- arguments ------------------------------------------------------------------------- */

static int usage(void)
{
	fprintf(stderr, "usage: ipcbench-peer calibrate [--seconds S] [--sizes A,B,...] "
			"[--cpus A,B]\n");
	return PEER_EXIT_USAGE;
}

static int add_size(struct calibration *calibration, size_t bytes)
{
	size_t at = 0;
	while (at < calibration->size_count && calibration->sizes[at] < bytes)
		at++;
	if (at < calibration->size_count && calibration->sizes[at] == bytes)
		return 0;
	if (calibration->size_count == SIZES_MAX)
		return -1;
	memmove(&calibration->sizes[at + 1], &calibration->sizes[at],
		(calibration->size_count - at) * sizeof calibration->sizes[0]);
	calibration->sizes[at] = bytes;
	calibration->size_count++;
	return 0;
}

/* Reads one number of a list and goes on to the next; -1 = it is none. */
static int next_number(const char **text, long low, long high, long *value)
{
	char *end;
	errno = 0;
	*value = strtol(*text, &end, 10);
	if (errno != 0 || end == *text || *value < low || *value > high)
		return -1;
	if (*end == ',' && end[1] != '\0')
		*text = end + 1;
	else if (*end == '\0')
		*text = end;
	else
		return -1;
	return 0;
}

static int parse_sizes(struct calibration *calibration, const char *text)
{
	long bytes;
	do
		if (next_number(&text, 1, COPY_BYTES_MAX, &bytes) < 0 ||
		    add_size(calibration, (size_t)bytes) < 0)
			return -1;
	while (*text != '\0');
	return 0;
}

static int parse_cpus(struct calibration *calibration, const char *text)
{
	long here, there;
	if (next_number(&text, 0, CPU_SETSIZE - 1, &here) < 0 || *text == '\0' ||
	    next_number(&text, 0, CPU_SETSIZE - 1, &there) < 0 || *text != '\0')
		return -1;
	calibration->here = (int)here;
	calibration->there = here == there ? -1 : (int)there;
	return 0;
}

static int parse_seconds(struct calibration *calibration, const char *text)
{
	char *end;
	calibration->seconds = strtod(text, &end);
	if (end == text || *end != '\0' ||
	    !(calibration->seconds >= SECONDS_LEAST && calibration->seconds <= SECONDS_MOST))
		return -1;
	return 0;
}

static int parse(struct calibration *calibration, int argc, char **argv)
{
	for (int i = 0; i < argc; i += 2) {
		const char *value = i + 1 < argc ? argv[i + 1] : "";
		int result = -1;
		if (strcmp(argv[i], "--seconds") == 0)
			result = parse_seconds(calibration, value);
		else if (strcmp(argv[i], "--sizes") == 0)
			result = parse_sizes(calibration, value);
		else if (strcmp(argv[i], "--cpus") == 0)
			result = parse_cpus(calibration, value);
		if (result < 0) {
			fprintf(stderr, "ipcbench-peer: calibrate: %s '%s'\n", argv[i], value);
			return -1;
		}
	}
	return 0;
}

/* --- time ------------------------------------------------------------------------------- */

static unsigned weight_of_all(const struct calibration *calibration)
{
	bool two = calibration->there >= 0;
	unsigned of_size = WEIGHT_WARM + (two ? WEIGHT_CROSS : 0);
	return WEIGHT_CLOCK + WEIGHT_SYSTEM_CALL + WEIGHT_FUTEX +
	       (two ? WEIGHT_LINE + WEIGHT_FUTEX : 0) + of_size * (unsigned)calibration->size_count;
}

/* A part's share of the time that is left: one that took longer than it should is
 * made up for by those after it. */
static uint64_t share_ns(struct calibration *calibration, enum weight weight)
{
	uint64_t now = clock_now_ns();
	uint64_t left = now < calibration->deadline_ns ? calibration->deadline_ns - now : 0;
	uint64_t share = left * weight / calibration->weight_left;
	calibration->weight_left -= weight;
	return share;
}

/* --- parts -------------------------------------------------------------------------------- */

static void read_clock(void *unused, uint64_t count)
{
	(void)unused;
	for (uint64_t i = 0; i < count; i++)
		clock_now_ns();
}

static void call_system(void *unused, uint64_t count)
{
	(void)unused;
	for (uint64_t i = 0; i < count; i++)
		syscall(SYS_getppid);
}

static int failed(const char *what, int error)
{
	fprintf(stderr, "ipcbench-peer: calibrate: %s: %s\n", what, strerror(error));
	return -1;
}

static void print_ns(const char *name, double ns)
{
	if (isnan(ns))
		printf("\"%s\":null", name);
	else
		printf("\"%s\":%.3f", name, ns);
}

static void print_repeated(struct calibration *calibration, const char *name, meter_fn run,
			   enum weight weight)
{
	print_ns(name,
		 meter_repeat_ns(&calibration->meter, run, NULL, share_ns(calibration, weight)));
	putchar(',');
}

static int print_handoffs(struct calibration *calibration)
{
	struct meter *meter = &calibration->meter;
	int here = calibration->here, there = calibration->there;
	double line_ns = NAN, same_ns = NAN, two_ns = NAN;
	int error = 0;
	if (there >= 0)
		error = handoff_line_ns(meter, here, there, share_ns(calibration, WEIGHT_LINE),
					&line_ns);
	if (error != 0)
		return failed("ping-pong", error);
	error = handoff_futex_ns(meter, here, here, share_ns(calibration, WEIGHT_FUTEX), &same_ns);
	if (error == 0 && there >= 0)
		error = handoff_futex_ns(meter, here, there, share_ns(calibration, WEIGHT_FUTEX),
					 &two_ns);
	if (error != 0)
		return failed("futex", error);
	print_ns("ping_pong_ns", line_ns);
	printf(",\"futex_ns\":{");
	print_ns("same_core_ns", same_ns);
	putchar(',');
	print_ns("two_cores_ns", two_ns);
	printf("},");
	return 0;
}

static int print_copies_of(struct calibration *calibration, size_t bytes)
{
	double cross_ns = NAN;
	int cpu, error = 0;
	double warm_ns = copies_warm_ns(&calibration->copies, &calibration->meter, bytes,
					share_ns(calibration, WEIGHT_WARM));
	if (calibration->there >= 0) {
		const struct copies_cross what = {
			.writer_cpu = calibration->there,
			.copier_cpu = calibration->here,
			.bytes = bytes,
			.duration_ns = share_ns(calibration, WEIGHT_CROSS)};
		error = copies_cross_ns(&calibration->copies, &calibration->meter, &what, &cross_ns,
					&cpu);
	}
	if (error != 0)
		return failed("copies", error);
	printf("{\"bytes\":%zu,", bytes);
	print_ns("warm_ns", warm_ns);
	putchar(',');
	print_ns("cross_ns", cross_ns);
	putchar('}');
	return 0;
}

static int print_all(struct calibration *calibration)
{
	uint64_t start_ns = clock_now_ns();
	calibration->deadline_ns = start_ns + (uint64_t)(calibration->seconds * 1e9);
	calibration->weight_left = weight_of_all(calibration);
	int error = place_bind(calibration->here);
	if (error != 0)
		return failed("processor", error);
	putchar('{');
	print_repeated(calibration, "clock_ns", read_clock, WEIGHT_CLOCK);
	print_repeated(calibration, "system_call_ns", call_system, WEIGHT_SYSTEM_CALL);
	if (print_handoffs(calibration) < 0)
		return -1;
	printf("\"copies\":[");
	for (size_t i = 0; i < calibration->size_count; i++) {
		if (i > 0)
			putchar(',');
		if (print_copies_of(calibration, calibration->sizes[i]) < 0)
			return -1;
	}
	printf("],\"cpus\":[%d", calibration->here);
	if (calibration->there >= 0)
		printf(",%d", calibration->there);
	printf("],\"elapsed_ns\":%llu}\n", (unsigned long long)(clock_now_ns() - start_ns));
	return 0;
}

int calibrate_main(int argc, char **argv)
{
	struct calibration calibration = {.seconds = SECONDS_DEFAULT};
	place_pair(&calibration.here, &calibration.there);
	for (size_t i = 0; i < sizeof usual_sizes / sizeof usual_sizes[0]; i++)
		add_size(&calibration, usual_sizes[i]);
	if (parse(&calibration, argc, argv) < 0)
		return usage();
	int result = -1;
	if (meter_create(&calibration.meter) == 0 &&
	    copies_create(&calibration.copies, COPY_BYTES_MAX) == 0)
		result = print_all(&calibration);
	else
		perror("ipcbench-peer: calibrate: no memory");
	copies_free(&calibration.copies);
	meter_free(&calibration.meter);
	return result < 0 ? PEER_EXIT_USAGE : 0;
}
