/* processenv.h: environment variables, whose names are known in any case. */
#ifndef OPENWS2_PROCESSENV_H
#define OPENWS2_PROCESSENV_H
#include "windef.h"
#ifndef WS2_WARN
#pragma GCC system_header
#endif

WS2_BEGIN_C

DWORD WINAPI GetEnvironmentVariableA(LPCSTR name, LPSTR buffer, DWORD size) WS2_SYM(GetEnvironmentVariableA);
DWORD WINAPI GetEnvironmentVariableW(LPCWSTR name, LPWSTR buffer, DWORD size) WS2_SYM_W(GetEnvironmentVariableW);
BOOL WINAPI SetEnvironmentVariableA(LPCSTR name, LPCSTR value) WS2_SYM(SetEnvironmentVariableA);
BOOL WINAPI SetEnvironmentVariableW(LPCWSTR name, LPCWSTR value) WS2_SYM_W(SetEnvironmentVariableW);
DWORD WINAPI ExpandEnvironmentStringsA(LPCSTR text, LPSTR buffer, DWORD size) WS2_SYM(ExpandEnvironmentStringsA);
DWORD WINAPI ExpandEnvironmentStringsW(LPCWSTR text, LPWSTR buffer, DWORD size)
    WS2_SYM_W(ExpandEnvironmentStringsW);

WS2_END_C

#define GetEnvironmentVariable WS2_AW(GetEnvironmentVariable)
#define SetEnvironmentVariable WS2_AW(SetEnvironmentVariable)
#define ExpandEnvironmentStrings WS2_AW(ExpandEnvironmentStrings)

#endif /* OPENWS2_PROCESSENV_H */
