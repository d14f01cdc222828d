#ifndef IPCBENCH_REPORT_H
#define IPCBENCH_REPORT_H

#include <stdarg.h>
#include <stdbool.h>

#include "results_page.h"

/* Fills a report unless it is filled already, and takes the blame if nobody
 * has it yet. Any thread may call it. */
void report_write(struct results_page *page, struct page_report *report, enum page_writer writer,
		  enum page_status status, int error, const char *expression, const char *file,
		  int line, const char *format, va_list arguments)
	__attribute__((format(printf, 9, 0)));

/* Whether any thread of this process has reported a failure. */
bool report_failed(const struct page_report *report);

#endif
