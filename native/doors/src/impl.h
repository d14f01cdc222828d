/* Internals of libdoor. */
#ifndef LIBDOOR_IMPL_H
#define LIBDOOR_IMPL_H

#include "client.h"
#include "common.h"
#include "server.h"

#endif
