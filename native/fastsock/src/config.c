/* The environment's wishes. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "config.h"
#include "real.h"
#include "segment.h"
#include "waiting.h"

#define RING_BYTES_LEAST (16u * 1024u)
#define RING_BYTES_MOST  (16u * 1024u * 1024u)
#define SPIN_NS_MOST     1000000000u

struct config config = {.ring_bytes = RING_BYTES_DEFAULT, .spin_ns = SPIN_MOST_NS};

/* Programs write their titles over their environment, and change directory. */
static char stats_path[PATH_MAX];

static void complain(const char *name, const char *value, const char *expected)
{
	char line[256];
	int n = snprintf(line, sizeof line, "fastsock: %s=%.64s is ignored: expected %s\n", name,
			 value, expected);
	if (n > 0)
		raw_syscall(SYS_write, STDERR_FILENO, line,
			    (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
}

/* A number with a suffix of k or m if `suffixes`; false when it isn't one. */
static bool parse(const char *text, bool suffixes, uint64_t *number)
{
	char *end;
	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	unsigned long long value = strtoull(text, &end, 10);
	unsigned shift = 0;
	if (suffixes && (*end == 'k' || *end == 'K'))
		shift = 10;
	else if (suffixes && (*end == 'm' || *end == 'M'))
		shift = 20;
	if (errno != 0 || end[shift != 0] != '\0' || value > (UINT64_MAX >> shift))
		return false;
	*number = (uint64_t)value << shift;
	return true;
}

/* NULL when it isn't set, or empty. A program with raised privileges isn't told. */
static const char *variable(const char *name)
{
	const char *value = secure_getenv(name);
	return value == NULL || *value == '\0' ? NULL : value;
}

static bool read_off(void)
{
	const char *value = variable("FASTSOCK_OFF");
	if (value == NULL || strcmp(value, "0") == 0)
		return false;
	if (strcmp(value, "1") == 0)
		return true;
	complain("FASTSOCK_OFF", value, "0 or 1");
	return false;
}

static const struct transport *read_transport(void)
{
	const char *value = variable("FASTSOCK_TRANSPORT");
	const struct transport *transport = NULL;
	if (value != NULL) {
		transport = transport_by_name(value);
		if (transport == NULL)
			complain("FASTSOCK_TRANSPORT", value, "mmap-sem, mmap-doors or doors");
	}
	return transport != NULL ? transport : transport_by_number(TRANSPORT_MMAP_SEM);
}

static uint32_t read_ring_bytes(void)
{
	const char *value = variable("FASTSOCK_RING_BYTES");
	uint64_t bytes;
	if (value == NULL)
		return RING_BYTES_DEFAULT;
	if (parse(value, true, &bytes) && bytes >= RING_BYTES_LEAST && bytes <= RING_BYTES_MOST &&
	    (bytes & (bytes - 1)) == 0)
		return (uint32_t)bytes;
	complain("FASTSOCK_RING_BYTES", value, "a power of two from 16k to 16m");
	return RING_BYTES_DEFAULT;
}

static uint32_t read_spin_ns(void)
{
	const char *value = variable("FASTSOCK_SPIN_NS");
	uint64_t spin_ns;
	if (value == NULL)
		return SPIN_MOST_NS;
	if (parse(value, false, &spin_ns) && spin_ns <= SPIN_NS_MOST)
		return (uint32_t)spin_ns;
	complain("FASTSOCK_SPIN_NS", value, "nanoseconds, at most 1000000000");
	return SPIN_MOST_NS;
}

static const char *read_stats(void)
{
	const char *value = variable("FASTSOCK_STATS");
	if (value == NULL)
		return NULL;
	size_t at = 0;
	if (*value != '/' && getcwd(stats_path, sizeof stats_path - 1) != NULL) {
		at = strlen(stats_path);
		stats_path[at++] = '/';
	}
	size_t bytes = strlen(value) + 1;
	if (bytes > sizeof stats_path - at) {
		complain("FASTSOCK_STATS", value, "the path of a file");
		return NULL;
	}
	memcpy(stats_path + at, value, bytes);
	return stats_path;
}

void config_read(void)
{
	int error = errno;
	config = (struct config){.off = read_off(),
				 .transport = read_transport(),
				 .ring_bytes = read_ring_bytes(),
				 .spin_ns = read_spin_ns(),
				 .stats = read_stats()};
	/* Asks the system now: later the program may have locked itself in. */
	can_spin();
	errno = error;
}
