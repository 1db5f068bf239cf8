/* handleapi.h: closing and duplicating handles, and their flags. */
#ifndef OPENWS2_HANDLEAPI_H
#define OPENWS2_HANDLEAPI_H
#include "winnt.h"
#ifndef WS2_WARN
#pragma GCC system_header
#endif

#define INVALID_HANDLE_VALUE ((HANDLE)(LONG_PTR)-1)
#define HANDLE_FLAG_INHERIT 0x00000001
#define HANDLE_FLAG_PROTECT_FROM_CLOSE 0x00000002

WS2_BEGIN_C
BOOL WINAPI CloseHandle(HANDLE object) WS2_SYM(CloseHandle);
BOOL WINAPI DuplicateHandle(HANDLE source_process, HANDLE source, HANDLE target_process, LPHANDLE target,
                            DWORD access, BOOL inherit, DWORD options) WS2_SYM(DuplicateHandle);
BOOL WINAPI GetHandleInformation(HANDLE object, LPDWORD flags) WS2_SYM(GetHandleInformation);
BOOL WINAPI SetHandleInformation(HANDLE object, DWORD mask, DWORD flags) WS2_SYM(SetHandleInformation);
WS2_END_C

#endif /* OPENWS2_HANDLEAPI_H */
