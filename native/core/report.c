/* Reports: how an error in any process reaches the person at the terminal. */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>

#include "probe.h"
#include "report.h"

static pthread_mutex_t writing = PTHREAD_MUTEX_INITIALIZER;

static void fill(struct page_report *report, enum page_writer writer, enum page_status status,
		 int error, const char *expression, const char *file, int line, const char *format,
		 va_list arguments) __attribute__((format(printf, 8, 0)));

static void fill(struct page_report *report, enum page_writer writer, enum page_status status,
		 int error, const char *expression, const char *file, int line, const char *format,
		 va_list arguments)
{
	report->writer = (uint32_t)writer;
	report->error = error;
	report->line = (uint32_t)line;
	snprintf(report->file, sizeof report->file, "%s", file);
	snprintf(report->expression, sizeof report->expression, "%s", expression);
	vsnprintf(report->reason, sizeof report->reason, format, arguments);
	report->status = (uint32_t)status;
}

void report_write(struct results_page *page, struct page_report *report, enum page_writer writer,
		  enum page_status status, int error, const char *expression, const char *file,
		  int line, const char *format, va_list arguments)
{
	uint32_t nobody = WRITER_NONE;
	pthread_mutex_lock(&writing);
	/* The first word of a writer is the cause, the rest is consequence. */
	if (report->status == PAGE_RUNNING) {
		fill(report, writer, status, error, expression, file, line, format, arguments);
		/* release: whoever reads `blame` finds the report complete. */
		atomic_compare_exchange_strong_explicit(&page->blame, &nobody, (uint32_t)writer,
							memory_order_release, memory_order_relaxed);
	}
	pthread_mutex_unlock(&writing);
}

bool report_failed(const struct page_report *report)
{
	pthread_mutex_lock(&writing);
	bool failed = report->status == PAGE_FAILED;
	pthread_mutex_unlock(&writing);
	return failed;
}

static enum page_writer writer_of(const struct peer *peer)
{
	return peer->role == ROLE_SERVER ? WRITER_SERVER : WRITER_CLIENT;
}

int peer_fail_at(struct peer *peer, const char *expression, int error, const char *file, int line,
		 const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	report_write(peer->page, peer->report, writer_of(peer), PAGE_FAILED, error, expression,
		     file, line, format, arguments);
	va_end(arguments);
	return -1;
}

int peer_unavailable(struct peer *peer, const char *remedy, const char *format, ...)
{
	va_list arguments;
	snprintf(peer->report->remedy, sizeof peer->report->remedy, "%s", remedy);
	va_start(arguments, format);
	report_write(peer->page, peer->report, writer_of(peer), PAGE_UNAVAILABLE, 0, "", "", 0,
		     format, arguments);
	va_end(arguments);
	return -1;
}
