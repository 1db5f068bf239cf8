/* winnt.h: limits, large integers, lists, languages, statuses, memory words and the Interlocked family. */
#ifndef OPENWS2_WINNT_H
#define OPENWS2_WINNT_H
#include "minwindef.h"
#ifndef WS2_WARN
#pragma GCC system_header
#endif

/* ---------------------------------------------------------------- integers and structures */
#define MINCHAR 0x80
#define MAXCHAR 0x7f
#define MINSHORT 0x8000
#define MAXSHORT 0x7fff
#define MINLONG 0x80000000
#define MAXLONG 0x7fffffff
#define MAXBYTE 0xff
#define MAXWORD 0xffff
#define MAXDWORD 0xffffffff
#define MAXLONGLONG 0x7fffffffffffffffLL

#define UNALIGNED
#define ARRAYSIZE(array) (sizeof(array) / sizeof((array)[0]))
#define RTL_NUMBER_OF(array) ARRAYSIZE(array)
#define FIELD_OFFSET(type, field) ((LONG)offsetof(type, field))
#define RTL_FIELD_SIZE(type, field) (sizeof(((type *)0)->field))
#define CONTAINING_RECORD(address, type, field) ((type *)((char *)(address)-offsetof(type, field)))
#define C_ASSERT(e) extern char ws2_c_assert[(e) ? 1 : -1]

typedef union _LARGE_INTEGER {
    __extension__ struct {
        DWORD LowPart;
        LONG HighPart;
    };
    struct {
        DWORD LowPart;
        LONG HighPart;
    } u;
    LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;

typedef union _ULARGE_INTEGER {
    __extension__ struct {
        DWORD LowPart;
        DWORD HighPart;
    };
    struct {
        DWORD LowPart;
        DWORD HighPart;
    } u;
    ULONGLONG QuadPart;
} ULARGE_INTEGER, *PULARGE_INTEGER;

typedef struct _LIST_ENTRY {
    struct _LIST_ENTRY *Flink;
    struct _LIST_ENTRY *Blink;
} LIST_ENTRY, *PLIST_ENTRY;

/* ---------------------------------------------------------------- languages, as FormatMessage takes them */
typedef DWORD LCID;
typedef WORD LANGID;
#define MAKELANGID(primary, sub) ((WORD)((WORD)(sub) << 10 | (WORD)(primary)))
#define PRIMARYLANGID(language) ((WORD)(language)&0x3ff)
#define SUBLANGID(language) ((WORD)(language) >> 10)
#define LANG_NEUTRAL 0
#define LANG_ENGLISH 9
#define SUBLANG_NEUTRAL 0
#define SUBLANG_DEFAULT 1
#define SUBLANG_SYS_DEFAULT 2
#define SUBLANG_ENGLISH_US 1
#define LANG_USER_DEFAULT MAKELANGID(LANG_NEUTRAL, SUBLANG_DEFAULT)
#define LANG_SYSTEM_DEFAULT MAKELANGID(LANG_NEUTRAL, SUBLANG_SYS_DEFAULT)

/* ---------------------------------------------------------------- why DllMain is called; threads are never why */
#define DLL_PROCESS_DETACH 0
#define DLL_PROCESS_ATTACH 1
#define DLL_THREAD_ATTACH 2
#define DLL_THREAD_DETACH 3

/* ---------------------------------------------------------------- statuses that waits and overlapped results show */
#define STATUS_WAIT_0 ((DWORD)0x00000000)
#ifndef WIN32_NO_STATUS
#define STATUS_ABANDONED_WAIT_0 ((DWORD)0x00000080)
#define STATUS_USER_APC ((DWORD)0x000000C0)
#define STATUS_TIMEOUT ((DWORD)0x00000102)
#define STATUS_PENDING ((DWORD)0x00000103)
#define STATUS_ACCESS_VIOLATION ((DWORD)0xC0000005)
#define STATUS_INVALID_HANDLE ((DWORD)0xC0000008)
#define STATUS_INVALID_PARAMETER ((DWORD)0xC000000D)
#define STATUS_NO_MEMORY ((DWORD)0xC0000017)
#endif
#define MAXIMUM_WAIT_OBJECTS 64

#define PROCESSOR_ARCHITECTURE_INTEL 0
#define PROCESSOR_ARCHITECTURE_AMD64 9
#define PROCESSOR_ARCHITECTURE_ARM64 12
#define PROCESSOR_ARCHITECTURE_UNKNOWN 0xffff

/* ---------------------------------------------------------------- access to objects, of which everybody has all */
typedef DWORD ACCESS_MASK, *PACCESS_MASK;
#define READ_CONTROL 0x00020000
#define WRITE_DAC 0x00040000
#define WRITE_OWNER 0x00080000
#define SYNCHRONIZE 0x00100000
#define STANDARD_RIGHTS_REQUIRED 0x000F0000
#define GENERIC_READ 0x80000000
#define GENERIC_WRITE 0x40000000
#define GENERIC_EXECUTE 0x20000000
#define GENERIC_ALL 0x10000000
#define EVENT_MODIFY_STATE 0x0002
#define EVENT_ALL_ACCESS (STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 0x3)

typedef VOID(NTAPI *PAPCFUNC)(ULONG_PTR data);

#define DUPLICATE_CLOSE_SOURCE 0x00000001
#define DUPLICATE_SAME_ACCESS 0x00000002

#define HEAP_NO_SERIALIZE 0x00000001
#define HEAP_GENERATE_EXCEPTIONS 0x00000004
#define HEAP_ZERO_MEMORY 0x00000008
#define HEAP_REALLOC_IN_PLACE_ONLY 0x00000010

/* ---------------------------------------------------------------- memory */
#define RtlCopyMemory(to, from, length) memcpy((to), (from), (length))
#define RtlMoveMemory(to, from, length) memmove((to), (from), (length))
#define RtlFillMemory(to, length, fill) memset((to), (fill), (length))
#define RtlZeroMemory(to, length) memset((to), 0, (length))
#define RtlEqualMemory(one, other, length) (!memcmp((one), (other), (length)))

WS2_INLINE PVOID RtlSecureZeroMemory(PVOID to, SIZE_T length)
{
    volatile char *p = (volatile char *)to; /* volatile: the compiler may not leave it out */
    for (; length > 0; length--)
        *p++ = 0;
    return to;
}

/* ---------------------------------------------------------------- Interlocked: full barriers, every one */
/* Windows' LONG is the program's long, which has 64 bits here. In C the operations are macros and in C++
 * templates, so that they work on a long, a LONG and an unsigned one alike. */
#define MemoryBarrier() __sync_synchronize()
#if defined(__x86_64__) || defined(__i386__)
#define YieldProcessor() __builtin_ia32_pause()
#elif defined(__aarch64__) || defined(__arm__)
#define YieldProcessor() __asm__ __volatile__("yield")
#else
#define YieldProcessor() ((void)0)
#endif

#ifdef __cplusplus
extern "C++" {
template <class T> struct ws2_same {
    typedef T type;
};
#define WS2_INTERLOCKED(name, ...)                                                                   \
    template <class T> inline T name(T volatile *target) { return __VA_ARGS__; }
#define WS2_INTERLOCKED_WITH(name, ...)                                                              \
    template <class T> inline T name(T volatile *target, typename ws2_same<T>::type value)           \
    {                                                                                                \
        return __VA_ARGS__;                                                                          \
    }
#define WS2_INTERLOCKED_COMPARE(name)                                                                \
    template <class T>                                                                               \
    inline T name(T volatile *target, typename ws2_same<T>::type value, typename ws2_same<T>::type comparand) \
    {                                                                                                \
        return __sync_val_compare_and_swap(target, comparand, value);                                \
    }
#define WS2_INTERLOCKED_SET(suffix)                                                                  \
    WS2_INTERLOCKED(InterlockedIncrement##suffix, __atomic_add_fetch(target, 1, __ATOMIC_SEQ_CST))   \
    WS2_INTERLOCKED(InterlockedDecrement##suffix, __atomic_sub_fetch(target, 1, __ATOMIC_SEQ_CST))   \
    WS2_INTERLOCKED_WITH(InterlockedAdd##suffix, __atomic_add_fetch(target, value, __ATOMIC_SEQ_CST)) \
    WS2_INTERLOCKED_WITH(InterlockedExchange##suffix, __atomic_exchange_n(target, value, __ATOMIC_SEQ_CST)) \
    WS2_INTERLOCKED_WITH(InterlockedExchangeAdd##suffix, __atomic_fetch_add(target, value, __ATOMIC_SEQ_CST)) \
    WS2_INTERLOCKED_WITH(InterlockedAnd##suffix, __atomic_fetch_and(target, value, __ATOMIC_SEQ_CST)) \
    WS2_INTERLOCKED_WITH(InterlockedOr##suffix, __atomic_fetch_or(target, value, __ATOMIC_SEQ_CST))  \
    WS2_INTERLOCKED_WITH(InterlockedXor##suffix, __atomic_fetch_xor(target, value, __ATOMIC_SEQ_CST)) \
    WS2_INTERLOCKED_COMPARE(InterlockedCompareExchange##suffix)
WS2_INTERLOCKED_SET()
WS2_INTERLOCKED_SET(64)
#undef WS2_INTERLOCKED
#undef WS2_INTERLOCKED_WITH
#undef WS2_INTERLOCKED_COMPARE
#undef WS2_INTERLOCKED_SET
}
#else
/* Functions too, for programs that take their address. */
#define WS2_INTERLOCKED_SET(type, suffix)                                                            \
    WS2_INLINE type InterlockedIncrement##suffix(type volatile *target)                              \
    {                                                                                                \
        return __atomic_add_fetch(target, 1, __ATOMIC_SEQ_CST);                                      \
    }                                                                                                \
    WS2_INLINE type InterlockedDecrement##suffix(type volatile *target)                              \
    {                                                                                                \
        return __atomic_sub_fetch(target, 1, __ATOMIC_SEQ_CST);                                      \
    }                                                                                                \
    WS2_INLINE type InterlockedAdd##suffix(type volatile *target, type value)                        \
    {                                                                                                \
        return __atomic_add_fetch(target, value, __ATOMIC_SEQ_CST);                                  \
    }                                                                                                \
    WS2_INLINE type InterlockedExchange##suffix(type volatile *target, type value)                   \
    {                                                                                                \
        return __atomic_exchange_n(target, value, __ATOMIC_SEQ_CST);                                 \
    }                                                                                                \
    WS2_INLINE type InterlockedExchangeAdd##suffix(type volatile *target, type value)                \
    {                                                                                                \
        return __atomic_fetch_add(target, value, __ATOMIC_SEQ_CST);                                  \
    }                                                                                                \
    WS2_INLINE type InterlockedAnd##suffix(type volatile *target, type value)                        \
    {                                                                                                \
        return __atomic_fetch_and(target, value, __ATOMIC_SEQ_CST);                                  \
    }                                                                                                \
    WS2_INLINE type InterlockedOr##suffix(type volatile *target, type value)                         \
    {                                                                                                \
        return __atomic_fetch_or(target, value, __ATOMIC_SEQ_CST);                                   \
    }                                                                                                \
    WS2_INLINE type InterlockedXor##suffix(type volatile *target, type value)                        \
    {                                                                                                \
        return __atomic_fetch_xor(target, value, __ATOMIC_SEQ_CST);                                  \
    }                                                                                                \
    WS2_INLINE type InterlockedCompareExchange##suffix(type volatile *target, type value, type comparand) \
    {                                                                                                \
        return __sync_val_compare_and_swap(target, comparand, value);                                \
    }
WS2_INTERLOCKED_SET(LONG, )
WS2_INTERLOCKED_SET(LONG64, 64)
#undef WS2_INTERLOCKED_SET
#define InterlockedIncrement(target) __atomic_add_fetch((target), 1, __ATOMIC_SEQ_CST)
#define InterlockedDecrement(target) __atomic_sub_fetch((target), 1, __ATOMIC_SEQ_CST)
#define InterlockedAdd(target, value) __atomic_add_fetch((target), (value), __ATOMIC_SEQ_CST)
#define InterlockedExchange(target, value) __atomic_exchange_n((target), (value), __ATOMIC_SEQ_CST)
#define InterlockedExchangeAdd(target, value) __atomic_fetch_add((target), (value), __ATOMIC_SEQ_CST)
#define InterlockedAnd(target, value) __atomic_fetch_and((target), (value), __ATOMIC_SEQ_CST)
#define InterlockedOr(target, value) __atomic_fetch_or((target), (value), __ATOMIC_SEQ_CST)
#define InterlockedXor(target, value) __atomic_fetch_xor((target), (value), __ATOMIC_SEQ_CST)
#define InterlockedCompareExchange(target, value, comparand) \
    __sync_val_compare_and_swap((target), (comparand), (value))
#define InterlockedIncrement64(target) InterlockedIncrement(target)
#define InterlockedDecrement64(target) InterlockedDecrement(target)
#define InterlockedAdd64(target, value) InterlockedAdd(target, value)
#define InterlockedExchange64(target, value) InterlockedExchange(target, value)
#define InterlockedExchangeAdd64(target, value) InterlockedExchangeAdd(target, value)
#define InterlockedAnd64(target, value) InterlockedAnd(target, value)
#define InterlockedOr64(target, value) InterlockedOr(target, value)
#define InterlockedXor64(target, value) InterlockedXor(target, value)
#define InterlockedCompareExchange64(target, value, comparand) InterlockedCompareExchange(target, value, comparand)
#endif

WS2_INLINE PVOID InterlockedExchangePointer(PVOID volatile *target, PVOID value)
{
    return __atomic_exchange_n(target, value, __ATOMIC_SEQ_CST);
}
WS2_INLINE PVOID InterlockedCompareExchangePointer(PVOID volatile *target, PVOID value, PVOID comparand)
{
    return __sync_val_compare_and_swap(target, comparand, value);
}

#define _InterlockedIncrement InterlockedIncrement
#define _InterlockedDecrement InterlockedDecrement
#define _InterlockedExchange InterlockedExchange
#define _InterlockedExchangeAdd InterlockedExchangeAdd
#define _InterlockedAnd InterlockedAnd
#define _InterlockedOr InterlockedOr
#define _InterlockedXor InterlockedXor
#define _InterlockedCompareExchange InterlockedCompareExchange
#define _InterlockedIncrement64 InterlockedIncrement64
#define _InterlockedDecrement64 InterlockedDecrement64
#define _InterlockedExchange64 InterlockedExchange64
#define _InterlockedExchangeAdd64 InterlockedExchangeAdd64
#define _InterlockedCompareExchange64 InterlockedCompareExchange64
#define _InterlockedExchangePointer InterlockedExchangePointer
#define _InterlockedCompareExchangePointer InterlockedCompareExchangePointer

#endif /* OPENWS2_WINNT_H */
