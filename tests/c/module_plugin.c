/* A module as the programs of tests/modules.rs load it. NAME says which one it is; REFUSES makes its entry refuse,
 * LOADS names a module that its entry loads, NEEDS makes it need a function that is nowhere. */
#include <winsock2.h>
#include <windows.h>
#include <stdio.h>

#define OFFERED __declspec(dllexport)

static int loads;

#ifdef LOADS
static HMODULE other;
#endif

/* In C++ it has C++'s linkage: compilers for Windows know this name. */
BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, LPVOID reserved)
{
    char file[MAX_PATH];
    if (!GetModuleFileNameA(module, file, sizeof file) || reserved)
        return FALSE;
    printf("%s: %s\n", NAME, reason == DLL_PROCESS_ATTACH ? "attach" : reason == DLL_PROCESS_DETACH ? "detach" : "?");
    fflush(stdout);
    if (reason == DLL_PROCESS_ATTACH) {
        loads++;
        if (!DisableThreadLibraryCalls(module))
            return FALSE;
    }
#ifdef LOADS
    if (reason == DLL_PROCESS_ATTACH)
        other = LoadLibraryA(LOADS);
    else
        FreeLibrary(other);
    if (!other)
        return FALSE;
#endif
#ifdef REFUSES
    return FALSE;
#else
    return TRUE;
#endif
}

#ifdef __cplusplus
extern "C" {
#endif

#ifdef NEEDS
extern int function_that_is_nowhere(void);
OFFERED int Needy(void)
{
    return function_that_is_nowhere();
}
#endif

OFFERED int Loads(void)
{
    return loads;
}

OFFERED int TheAnswer = 42;

/* The C library has a function of this name, which is not for this module. */
OFFERED int error(int value)
{
    return value + 1;
}

OFFERED int OwnError(int value)
{
    return error(value);
}

OFFERED void SetLast(int code)
{
    WSASetLastError(code);
}

/* This module has started nothing: it can do so only with the program's start. */
OFFERED SOCKET MakeSocket(void)
{
    return socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
}

OFFERED void *StartupHere(void)
{
    return (void *)WSAStartup;
}

OFFERED int WSPStartup(void)
{
    return 16;
}

OFFERED int WSPStartup_w32(void)
{
    return 32;
}

OFFERED DWORD WINAPI LeaveForGood(LPVOID module)
{
    FreeLibraryAndExitThread((HMODULE)module, 77);
}

#ifdef __cplusplus
}
#endif
