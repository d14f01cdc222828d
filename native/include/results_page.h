/*
 * The results page: one shared mapping per trial, an anonymous memfd, through
 * which the peers report and the command line watches.
 *
 * Who writes what. The command line creates the page (zero-filled), writes the
 * first four header words, may set `hold`, and later clears that and may set
 * `stop`. The client, the server and
 * the launcher each write only the parts marked with their name, so no field
 * has two concurrent writers. The command line maps it through FFI and reads
 * it at any time; what it reads before the launcher has exited is for display
 * only.
 *
 * Every field is naturally aligned and the layout has no implicit padding: the
 * same bytes are described again in src/runner/page.ts, and a test compares
 * the two through `ipcbench-peer --layout`. A change of layout is a change of
 * RESULTS_PAGE_VERSION.
 *
 * Units: every duration is in nanoseconds (`_ns`) or picoseconds (`_ps`).
 */
#ifndef IPCBENCH_RESULTS_PAGE_H
#define IPCBENCH_RESULTS_PAGE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define RESULTS_PAGE_MAGIC   0x62637069u /* "ipcb", little endian */
#define RESULTS_PAGE_VERSION 3u

/* Time-ordered samples kept; when full, every second one is dropped and from
 * then on only every second one is taken (see `sample_stride`). */
#define RESULTS_SAMPLES_MAX 65536u

/*
 * The histogram is log-linear in picoseconds per operation: values below
 * 2^HISTOGRAM_LINEAR_BITS have a bucket each; above, every power of two is cut
 * into 2^HISTOGRAM_LINEAR_BITS equal parts, so a bucket is never wider than
 * 0.8 % of its value. The last bucket takes everything from 2^48 ps (281 s).
 */
#define HISTOGRAM_LINEAR_BITS 7u
#define HISTOGRAM_TOP_BIT     48u
#define HISTOGRAM_BUCKETS                                                                          \
	((HISTOGRAM_TOP_BIT - HISTOGRAM_LINEAR_BITS + 1u) << HISTOGRAM_LINEAR_BITS)

enum page_status {
	PAGE_RUNNING = 0,     /* nothing final yet: a peer that dies leaves this */
	PAGE_OK = 1,          /* the timed window is complete */
	PAGE_UNAVAILABLE = 2, /* this machine or these limits can't: see report */
	PAGE_FAILED = 3,      /* an error: see report */
	PAGE_STOPPED = 4,     /* the stop flag was honoured; no figures */
	PAGE_TIMEOUT = 5,     /* the launcher ended the trial at its time limit */
	PAGE_PEER_DIED = 6,   /* a peer was killed; see report for which and how */
};

enum page_phase {
	PHASE_START = 0,
	PHASE_OPEN = 1,
	PHASE_VERIFY = 2,
	PHASE_WARMUP = 3,
	PHASE_TIMED = 4,
	PHASE_CLOSE = 5,
	PHASE_DONE = 6,
};

enum page_writer { WRITER_NONE = 0, WRITER_LAUNCHER = 1, WRITER_SERVER = 2, WRITER_CLIENT = 3 };

/* What went wrong, where, and what to do. One per writer; strings are
 * NUL-terminated UTF-8. */
struct page_report {
	uint32_t status; /* enum page_status, PAGE_RUNNING = this writer has nothing to say */
	int32_t error;   /* errno, 0 = none */
	uint32_t line;
	uint32_t writer; /* enum page_writer */
	char file[48];
	char expression[160]; /* the C expression that failed */
	char reason[256];     /* one sentence for people */
	char remedy[256];     /* what enables it; empty = nothing known */
};

/* One side's use of the machine over exactly the timed window (getrusage,
 * RUSAGE_SELF: all threads of the peer). */
struct page_usage {
	uint64_t ops; /* operations in the window, as this side counted them */
	uint64_t wall_ns;
	uint64_t user_ns;
	uint64_t system_ns;
	uint64_t voluntary_switches;
	uint64_t involuntary_switches;
	uint64_t minor_faults;
	uint64_t major_faults;
	uint64_t bytes_sent;
	uint64_t bytes_received;
	uint64_t begin_ns; /* CLOCK_MONOTONIC just before the window, the clock of tracers */
	uint64_t end_ns;   /* and just after it */
	int32_t pid;       /* written before the warm-up */
	int32_t cpu_first; /* processor at the window's start, -1 unknown */
	int32_t cpu_last;  /* and at its end */
	uint32_t reserved;
};

/* Events that one side counts over exactly the timed window (perf_event_open), in
 * this order. The hardware's come first. */
enum page_event {
	EVENT_CYCLES_USER = 0,
	EVENT_CYCLES_KERNEL,
	EVENT_INSTRUCTIONS_USER,
	EVENT_INSTRUCTIONS_KERNEL,
	EVENT_CACHE_REFERENCES,
	EVENT_CACHE_MISSES,
	EVENT_DTLB_LOAD_MISSES,
	EVENT_BRANCH_MISSES,
	EVENT_TASK_CLOCK_NS,
	EVENT_PAGE_FAULTS_USER,
	EVENT_PAGE_FAULTS_KERNEL,
	EVENT_CONTEXT_SWITCHES,
	EVENT_COUNT
};

#define COUNTERS_NOT_ASKED (-1)

/* Raw counts: an event whose `running_ns` is less than its `enabled_ns` shared the
 * hardware's counters with others and is to be scaled by whoever reads this. */
struct page_counters {
	int32_t error;   /* errno of the first event that could not be opened, 0 = none,
			  * COUNTERS_NOT_ASKED */
	uint32_t opened; /* 1 << enum page_event */
	uint64_t values[EVENT_COUNT];
	uint64_t enabled_ns[EVENT_COUNT];
	uint64_t running_ns[EVENT_COUNT];
};

/* What the kernel granted of the socket options asked for, read back after
 * they were set; -1 = does not apply. */
struct page_granted {
	int64_t sndbuf_bytes;
	int64_t rcvbuf_bytes;
	int64_t rcvlowat_bytes;
	int64_t backlog;
};

/* Buffers that the peers share and hold while they need them, over the timed window, as
 * one side knows them; all 0 = it keeps no books. What this side alone has done: waits,
 * failures, overflows; the rest is of both sides. */
struct page_buffers {
	uint64_t buffer_bytes; /* of one buffer */
	uint64_t looks;        /* at how many are in use, at times of their own; 0 = none */
	uint64_t in_use_sum;   /* over the looks */
	uint64_t peak;         /* buffers that were taken at all; the lowest free one always is */
	uint64_t holdings;     /* buffers taken, each time */
	uint64_t timed;        /* of these */
	uint64_t held_ns;      /* sum over the timed ones that ended */
	uint64_t in_use_ns;    /* time in use within the span, summed over buffers, of timed ones */
	uint64_t span_ns;      /* from the last look before the window to the last in it */
	uint64_t waits;        /* for a buffer */
	uint64_t failures;     /* calls refused for want of one */
	uint64_t overflows;    /* results that found none and took another way */
};

struct results_page {
	/* header: written by the command line before the launcher starts */
	uint32_t magic;
	uint32_t version;
	uint64_t page_bytes; /* sizeof(struct results_page) */
	uint64_t reserved_header[6];

	/* control: a cache line of its own, read by the client once per batch */
	_Atomic uint32_t stop; /* command line: 1 = end the trial soon */
	_Atomic uint32_t hold; /* command line: 1 before the start = the warm-up goes on until 0 */
	uint64_t reserved_control[7];

	/* hand-over of a window's end, see native/core/loop.c */
	_Atomic uint64_t
		last_op; /* client: number of the last operation, UINT64_MAX = not yet known */
	uint64_t reserved_last[7];

	/* progress, written by the client once per batch */
	_Atomic uint64_t progress_ops;
	_Atomic uint64_t progress_ns; /* since the start of the phase */
	_Atomic uint32_t phase;       /* enum page_phase */
	_Atomic uint32_t blame;       /* enum page_writer: whose report came first */
	uint64_t reserved_progress[5];

	/* the timed window, written when it is over by the side that times it: the
	 * client, or the receiver of a stream, which is the server */
	uint64_t window_ns; /* first operation's start to last one's end */
	uint64_t ops;
	uint64_t batch;            /* operations per sample, from calibration */
	uint64_t clock_cost_ps;    /* one clock reading */
	uint64_t sample_count;     /* entries in `samples` */
	uint64_t sample_stride;    /* 1 = each batch has an entry, 2 = every second, ... */
	uint64_t histogram_count;  /* samples in the histogram: all of them */
	uint64_t min_ps;           /* per operation, exact */
	uint64_t max_ps;           /* likewise */
	uint64_t sum_ps;           /* of the per-operation values of all samples */
	uint64_t warmup_ops;       /* before the window */
	uint64_t verified_ops;     /* operations whose payloads were compared byte by byte */
	uint64_t request_bytes;    /* per operation, client to server */
	uint64_t reply_bytes;      /* and back */
	uint64_t adaptive_spin_ns; /* bound of the spin under wait policy adaptive, else 0 */
	uint64_t stream_window;    /* messages that may be outstanding, 0 = no limit of ours */

	/* open loop only, written by the client: `histogram` and `samples` then hold
	 * response times from the intended send, these hold service times from the
	 * actual one */
	uint64_t service_count;
	uint64_t service_sum_ps;
	uint64_t service_min_ps;
	uint64_t service_max_ps;
	uint64_t unsent_ops;    /* were due within the window and not sent: the rate was not met */
	uint64_t clock_step_ns; /* smallest step between two values of the clock */
	uint64_t reserved_load[2];

	struct page_report report_launcher;
	struct page_report report_server;
	struct page_report report_client;
	struct page_usage usage_server;
	struct page_usage usage_client;

	struct page_granted granted_server;
	struct page_granted granted_client;

	struct page_counters counters_server;
	struct page_counters counters_client;

	struct page_buffers buffers_server;
	struct page_buffers buffers_client;

	uint64_t histogram[HISTOGRAM_BUCKETS];
	uint64_t service_histogram[HISTOGRAM_BUCKETS];
	uint64_t samples[RESULTS_SAMPLES_MAX]; /* elapsed ns of a batch, in time order */
};

#define PAGE_AT(field, offset)                                                                     \
	_Static_assert(offsetof(struct results_page, field) == (offset), #field " moved")

_Static_assert(sizeof(struct page_report) == 736, "page_report changed size");
_Static_assert(sizeof(struct page_usage) == 112, "page_usage changed size");
_Static_assert(sizeof(struct page_counters) == 296, "page_counters changed size");
_Static_assert(sizeof(struct page_buffers) == 96, "page_buffers changed size");
_Static_assert(sizeof(_Atomic uint64_t) == 8 && sizeof(_Atomic uint32_t) == 4, "padded atomics");
PAGE_AT(stop, 64);
PAGE_AT(hold, 68);
PAGE_AT(last_op, 128);
PAGE_AT(progress_ops, 192);
PAGE_AT(window_ns, 256);
PAGE_AT(service_count, 384);
PAGE_AT(report_launcher, 448);
PAGE_AT(usage_server, 448 + 3 * 736);
PAGE_AT(granted_server, 448 + 3 * 736 + 2 * 112);
PAGE_AT(counters_server, 448 + 3 * 736 + 2 * 112 + 2 * 32);
PAGE_AT(buffers_server, 448 + 3 * 736 + 2 * 112 + 2 * 32 + 2 * 296);
PAGE_AT(histogram, 448 + 3 * 736 + 2 * 112 + 2 * 32 + 2 * 296 + 2 * 96);
PAGE_AT(service_histogram,
	448 + 3 * 736 + 2 * 112 + 2 * 32 + 2 * 296 + 2 * 96 + 8 * HISTOGRAM_BUCKETS);
PAGE_AT(samples, 448 + 3 * 736 + 2 * 112 + 2 * 32 + 2 * 296 + 2 * 96 + 16 * HISTOGRAM_BUCKETS);

#endif
