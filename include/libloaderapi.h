/* libloaderapi.h: modules: loading and freeing them, finding them and what they offer.
 *
 * The names of Windows' modules are this library itself; others are shared objects of the host (ws2cc -shared). */
#ifndef OPENWS2_LIBLOADERAPI_H
#define OPENWS2_LIBLOADERAPI_H
#include "windef.h"
#ifndef WS2_WARN
#pragma GCC system_header
#endif

/* Whoever calls GetProcAddress casts what it gives; Windows' compilers have nothing to say about that. */
#ifdef __clang__
#if __has_warning("-Wcast-function-type")
#pragma GCC diagnostic ignored "-Wcast-function-type"
#endif
#elif __GNUC__ >= 8
#pragma GCC diagnostic ignored "-Wcast-function-type"
#endif

#define LOAD_WITH_ALTERED_SEARCH_PATH 0x00000008
#define LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR 0x00000100
#define LOAD_LIBRARY_SEARCH_APPLICATION_DIR 0x00000200
#define LOAD_LIBRARY_SEARCH_USER_DIRS 0x00000400
#define LOAD_LIBRARY_SEARCH_SYSTEM32 0x00000800
#define LOAD_LIBRARY_SEARCH_DEFAULT_DIRS 0x00001000

#define GET_MODULE_HANDLE_EX_FLAG_PIN 0x00000001
#define GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT 0x00000002
#define GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS 0x00000004

WS2_BEGIN_C

HMODULE WINAPI LoadLibraryA(LPCSTR name) WS2_SYM(LoadLibraryA);
HMODULE WINAPI LoadLibraryW(LPCWSTR name) WS2_SYM_W(LoadLibraryW);
HMODULE WINAPI LoadLibraryExA(LPCSTR name, HANDLE file, DWORD flags) WS2_SYM(LoadLibraryExA);
HMODULE WINAPI LoadLibraryExW(LPCWSTR name, HANDLE file, DWORD flags) WS2_SYM_W(LoadLibraryExW);
BOOL WINAPI FreeLibrary(HMODULE module) WS2_SYM(FreeLibrary);
DECLSPEC_NORETURN VOID WINAPI FreeLibraryAndExitThread(HMODULE module, DWORD code) WS2_SYM(FreeLibraryAndExitThread);
BOOL WINAPI DisableThreadLibraryCalls(HMODULE module) WS2_SYM(DisableThreadLibraryCalls);
/* of functions with wide strings it finds those for the width that wchar_t has in the program */
FARPROC WINAPI GetProcAddress(HMODULE module, LPCSTR name) WS2_SYM_W(GetProcAddress);

HMODULE WINAPI GetModuleHandleA(LPCSTR name) WS2_SYM(GetModuleHandleA);
HMODULE WINAPI GetModuleHandleW(LPCWSTR name) WS2_SYM_W(GetModuleHandleW);
BOOL WINAPI GetModuleHandleExA(DWORD flags, LPCSTR name, HMODULE *module) WS2_SYM(GetModuleHandleExA);
BOOL WINAPI GetModuleHandleExW(DWORD flags, LPCWSTR name, HMODULE *module) WS2_SYM_W(GetModuleHandleExW);
DWORD WINAPI GetModuleFileNameA(HMODULE module, LPSTR buffer, DWORD size) WS2_SYM(GetModuleFileNameA);
DWORD WINAPI GetModuleFileNameW(HMODULE module, LPWSTR buffer, DWORD size) WS2_SYM_W(GetModuleFileNameW);

WS2_END_C

#define LoadLibrary WS2_AW(LoadLibrary)
#define LoadLibraryEx WS2_AW(LoadLibraryEx)
#define GetModuleHandle WS2_AW(GetModuleHandle)
#define GetModuleHandleEx WS2_AW(GetModuleHandleEx)
#define GetModuleFileName WS2_AW(GetModuleFileName)

#endif /* OPENWS2_LIBLOADERAPI_H */
