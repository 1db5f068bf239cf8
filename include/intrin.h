/* intrin.h: the compiler intrinsics that network programs use. The Interlocked ones are in winnt.h. */
#ifndef OPENWS2_INTRIN_H
#define OPENWS2_INTRIN_H
#include "winnt.h"
#if defined(__x86_64__) || defined(__i386__)
#include <x86intrin.h> /* the compiler's own: __rdtsc, _mm_pause and the vector intrinsics */
#endif
#ifndef WS2_WARN
#pragma GCC system_header
#endif

#define _ReadWriteBarrier() __asm__ __volatile__("" ::: "memory")
#define _ReadBarrier() _ReadWriteBarrier()
#define _WriteBarrier() _ReadWriteBarrier()
#define __debugbreak() __builtin_trap()

WS2_INLINE BYTE _BitScanForward(DWORD *index, DWORD mask)
{
    if (mask == 0)
        return 0;
    *index = (DWORD)__builtin_ctz(mask);
    return 1;
}
WS2_INLINE BYTE _BitScanReverse(DWORD *index, DWORD mask)
{
    if (mask == 0)
        return 0;
    *index = (DWORD)(31 - __builtin_clz(mask));
    return 1;
}

#define _byteswap_ushort(value) __builtin_bswap16(value)
#define _byteswap_ulong(value) __builtin_bswap32(value)
#define _byteswap_uint64(value) __builtin_bswap64(value)

#endif /* OPENWS2_INTRIN_H */
