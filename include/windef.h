/* windef.h: the basic types. Most are in openws2/base.h and minwindef.h; here are those of windows. */
#ifndef OPENWS2_WINDEF_H
#define OPENWS2_WINDEF_H
#include "minwindef.h"
#include "winnt.h"
#ifndef WS2_WARN
#pragma GCC system_header
#endif

DECLARE_HANDLE(HBRUSH);
DECLARE_HANDLE(HICON);
typedef HICON HCURSOR;
DECLARE_HANDLE(HMENU);

typedef struct tagPOINT {
    LONG x;
    LONG y;
} POINT, *PPOINT, *NPPOINT, *LPPOINT;

#endif /* OPENWS2_WINDEF_H */
