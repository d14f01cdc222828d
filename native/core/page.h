/* Mapping of the results page. */
#ifndef IPCBENCH_PAGE_H
#define IPCBENCH_PAGE_H

#include "results_page.h"

/* Maps the page behind `fd` with all its memory present, so that no fault
 * falls into a window. NULL with errno; EPROTO when the header is not ours. */
struct results_page *page_map(int fd);

/* A page of one's own, for runs without the command line: an anonymous memfd
 * in *fd. NULL with errno. */
struct results_page *page_create(int *fd);

/* Prints offsets and sizes of every field as JSON. */
void page_print_layout(void);

#endif
