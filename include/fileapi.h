/* fileapi.h: reading and writing through a handle; here the handle is a socket's. */
#ifndef OPENWS2_FILEAPI_H
#define OPENWS2_FILEAPI_H
#include "minwinbase.h"
#ifndef WS2_WARN
#pragma GCC system_header
#endif

WS2_BEGIN_C
BOOL WINAPI ReadFile(HANDLE file, LPVOID buffer, DWORD room, LPDWORD bytes, LPOVERLAPPED overlapped)
    WS2_SYM(ReadFile);
BOOL WINAPI WriteFile(HANDLE file, LPCVOID buffer, DWORD length, LPDWORD bytes, LPOVERLAPPED overlapped)
    WS2_SYM(WriteFile);
WS2_END_C

#endif /* OPENWS2_FILEAPI_H */
