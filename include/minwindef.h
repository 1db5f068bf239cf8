/* minwindef.h: what the other headers of windows.h build on, beside the basic types of openws2/base.h. */
#ifndef OPENWS2_MINWINDEF_H
#define OPENWS2_MINWINDEF_H
#include "openws2/base.h"
#ifndef WS2_WARN
#pragma GCC system_header
#endif

#define MAX_PATH 260

typedef HANDLE HGLOBAL, HLOCAL, GLOBALHANDLE, LOCALHANDLE;
typedef int HFILE;
typedef WORD ATOM;
typedef INT_PTR(WINAPI *FARPROC)(void);
typedef INT_PTR(WINAPI *PROC)(void);

typedef struct _FILETIME {
    DWORD dwLowDateTime;
    DWORD dwHighDateTime;
} FILETIME, *PFILETIME, *LPFILETIME;

#endif /* OPENWS2_MINWINDEF_H */
