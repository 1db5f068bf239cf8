/* mmsystem.h: of multimedia, the clock. */
#ifndef OPENWS2_MMSYSTEM_H
#define OPENWS2_MMSYSTEM_H
#include "timeapi.h"
#endif /* OPENWS2_MMSYSTEM_H */
