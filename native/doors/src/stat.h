#ifndef LIBDOOR_STAT_H
#define LIBDOOR_STAT_H

#include "common.h"

/* Whether a door is attached to the open file `fd`, and nothing has used the
 * descriptor yet. */
HIDDEN bool descriptor_is_attached(int fd);

#endif
