/* windef.h: the basic types. They are in openws2/base.h and minwindef.h. */
#ifndef OPENWS2_WINDEF_H
#define OPENWS2_WINDEF_H
#include "minwindef.h"
#include "winnt.h"
#endif /* OPENWS2_WINDEF_H */
