/* basetsd.h: the integer types of fixed and of pointer size. They are in openws2/base.h. */
#ifndef OPENWS2_BASETSD_H
#define OPENWS2_BASETSD_H
#include "openws2/base.h"
#endif /* OPENWS2_BASETSD_H */
