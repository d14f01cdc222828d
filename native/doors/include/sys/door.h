/* sys/door.h: as on Solaris, the types and constants; here all of door.h. */
#ifndef _SYS_DOOR_H
#define _SYS_DOOR_H

#include <door.h>

#endif
