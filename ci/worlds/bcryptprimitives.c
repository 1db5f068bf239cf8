/*
 * bcryptprimitives.c - stands in for bcryptprimitives.dll, which Wine 8 does not have: Rust's standard library asks it for
 * random bytes and for nothing else.
 */

#include <windows.h>

/* RtlGenRandom's name in advapi32. */
BOOLEAN NTAPI SystemFunction036(PVOID bytes, ULONG count);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE bytes, SIZE_T count)
{
    return SystemFunction036(bytes, (ULONG)count);
}
