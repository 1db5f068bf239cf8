/* libloaderapi.h: GetModuleHandle, whose only module is the program: NULL. */
#ifndef OPENWS2_LIBLOADERAPI_H
#define OPENWS2_LIBLOADERAPI_H
#include "windef.h"
#ifndef WS2_WARN
#pragma GCC system_header
#endif

WS2_BEGIN_C

HMODULE WINAPI GetModuleHandleA(LPCSTR name) WS2_SYM(GetModuleHandleA);
HMODULE WINAPI GetModuleHandleW(LPCWSTR name) WS2_SYM_W(GetModuleHandleW);

WS2_END_C

#define GetModuleHandle WS2_AW(GetModuleHandle)

#endif /* OPENWS2_LIBLOADERAPI_H */
