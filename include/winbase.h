/* winbase.h: threads, locks, memory, strings, messages and clocks: the functions that windows.h offers.
 *
 * Handles, events, waits, overlapped operations and ports are in the headers that it includes, as on Windows.
 * A function is declared here only when the library has it. Wide functions bind to the entry points for the
 * width that wchar_t has in the program. */
#ifndef OPENWS2_WINBASE_H
#define OPENWS2_WINBASE_H
#include "winerror.h"
#include "minwinbase.h"
#include "handleapi.h"
#include "synchapi.h"
#include "ioapiset.h"
#include "fileapi.h"
#include "libloaderapi.h"
#include "processenv.h"
#include "openws2/format.h"
#ifndef WS2_WARN
#pragma GCC system_header
#endif

#define STILL_ACTIVE 0x103
#define CREATE_SUSPENDED 0x00000004
#define STACK_SIZE_PARAM_IS_A_RESERVATION 0x00010000
#define TLS_OUT_OF_INDEXES ((DWORD)0xffffffff)
#define TLS_MINIMUM_AVAILABLE 64

/* ---------------------------------------------------------------- overlapped operations */
#define FILE_SKIP_COMPLETION_PORT_ON_SUCCESS 0x1
#define FILE_SKIP_SET_EVENT_ON_HANDLE 0x2

/* Whether an operation that was begun has ended; its Internal is STATUS_PENDING (0x103) until then. */
#define HasOverlappedIoCompleted(overlapped) ((DWORD)(overlapped)->Internal != 0x103)

/* ---------------------------------------------------------------- locks */
typedef struct _RTL_CRITICAL_SECTION {
    PVOID DebugInfo;
    LONG LockCount;
    LONG RecursionCount;
    HANDLE OwningThread;
    HANDLE LockSemaphore;
    ULONG_PTR SpinCount;
} RTL_CRITICAL_SECTION, *PRTL_CRITICAL_SECTION, CRITICAL_SECTION, *PCRITICAL_SECTION, *LPCRITICAL_SECTION;
#define CRITICAL_SECTION_NO_DEBUG_INFO 0x01000000

typedef struct _RTL_SRWLOCK {
    PVOID Ptr;
} RTL_SRWLOCK, *PRTL_SRWLOCK, SRWLOCK, *PSRWLOCK;
#define RTL_SRWLOCK_INIT { 0 }
#define SRWLOCK_INIT RTL_SRWLOCK_INIT

typedef struct _RTL_CONDITION_VARIABLE {
    PVOID Ptr;
} RTL_CONDITION_VARIABLE, *PRTL_CONDITION_VARIABLE, CONDITION_VARIABLE, *PCONDITION_VARIABLE;
#define RTL_CONDITION_VARIABLE_INIT { 0 }
#define CONDITION_VARIABLE_INIT RTL_CONDITION_VARIABLE_INIT
#define CONDITION_VARIABLE_LOCKMODE_SHARED 0x1

typedef union _RTL_RUN_ONCE {
    PVOID Ptr;
} RTL_RUN_ONCE, *PRTL_RUN_ONCE, INIT_ONCE, *PINIT_ONCE, *LPINIT_ONCE;
#define RTL_RUN_ONCE_INIT { 0 }
#define INIT_ONCE_STATIC_INIT RTL_RUN_ONCE_INIT
typedef BOOL(WINAPI *PINIT_ONCE_FN)(PINIT_ONCE once, PVOID parameter, PVOID *context);

/* ---------------------------------------------------------------- memory */
#define LMEM_FIXED 0x0000
#define LMEM_MOVEABLE 0x0002
#define LMEM_ZEROINIT 0x0040
#define LPTR (LMEM_FIXED | LMEM_ZEROINIT)
#define GMEM_FIXED 0x0000
#define GMEM_MOVEABLE 0x0002
#define GMEM_ZEROINIT 0x0040
#define GPTR (GMEM_FIXED | GMEM_ZEROINIT)

#define CopyMemory RtlCopyMemory
#define MoveMemory RtlMoveMemory
#define FillMemory RtlFillMemory
#define ZeroMemory RtlZeroMemory
#define SecureZeroMemory RtlSecureZeroMemory

/* ---------------------------------------------------------------- messages, code pages, the machine */
#define FORMAT_MESSAGE_ALLOCATE_BUFFER 0x00000100
#define FORMAT_MESSAGE_IGNORE_INSERTS 0x00000200
#define FORMAT_MESSAGE_FROM_STRING 0x00000400
#define FORMAT_MESSAGE_FROM_HMODULE 0x00000800
#define FORMAT_MESSAGE_FROM_SYSTEM 0x00001000
#define FORMAT_MESSAGE_ARGUMENT_ARRAY 0x00002000
#define FORMAT_MESSAGE_MAX_WIDTH_MASK 0x000000ff

#define CP_ACP 0
#define CP_OEMCP 1
#define CP_THREAD_ACP 3
#define CP_UTF8 65001
#define MB_PRECOMPOSED 0x00000001
#define MB_ERR_INVALID_CHARS 0x00000008
#define WC_ERR_INVALID_CHARS 0x00000080
#define WC_NO_BEST_FIT_CHARS 0x00000400

typedef struct _SYSTEM_INFO {
    __extension__ union {
        DWORD dwOemId;
        __extension__ struct {
            WORD wProcessorArchitecture;
            WORD wReserved;
        };
    };
    DWORD dwPageSize;
    LPVOID lpMinimumApplicationAddress;
    LPVOID lpMaximumApplicationAddress;
    DWORD_PTR dwActiveProcessorMask;
    DWORD dwNumberOfProcessors;
    DWORD dwProcessorType;
    DWORD dwAllocationGranularity;
    WORD wProcessorLevel;
    WORD wProcessorRevision;
} SYSTEM_INFO, *LPSYSTEM_INFO;

/* ---------------------------------------------------------------- functions */
WS2_BEGIN_C

DWORD WINAPI GetLastError(void) WS2_SYM(GetLastError);
VOID WINAPI SetLastError(DWORD code) WS2_SYM(SetLastError);

HANDLE WINAPI CreateThread(LPSECURITY_ATTRIBUTES attributes, SIZE_T stack, LPTHREAD_START_ROUTINE start,
                           LPVOID parameter, DWORD flags, LPDWORD id) WS2_SYM(CreateThread);
DECLSPEC_NORETURN VOID WINAPI ExitThread(DWORD code) WS2_SYM(ExitThread);
DWORD WINAPI ResumeThread(HANDLE thread) WS2_SYM(ResumeThread);
BOOL WINAPI GetExitCodeThread(HANDLE thread, LPDWORD code) WS2_SYM(GetExitCodeThread);
HANDLE WINAPI GetCurrentThread(void) WS2_SYM(GetCurrentThread);
HANDLE WINAPI GetCurrentProcess(void) WS2_SYM(GetCurrentProcess);
DWORD WINAPI GetCurrentThreadId(void) WS2_SYM(GetCurrentThreadId);
DWORD WINAPI GetCurrentProcessId(void) WS2_SYM(GetCurrentProcessId);
DWORD WINAPI GetThreadId(HANDLE thread) WS2_SYM(GetThreadId);
DECLSPEC_NORETURN VOID WINAPI ExitProcess(UINT code) WS2_SYM(ExitProcess);
DWORD WINAPI QueueUserAPC(PAPCFUNC routine, HANDLE thread, ULONG_PTR data) WS2_SYM(QueueUserAPC);
BOOL WINAPI SetFileCompletionNotificationModes(HANDLE file, UCHAR flags)
    WS2_SYM(SetFileCompletionNotificationModes);

VOID WINAPI InitializeCriticalSection(LPCRITICAL_SECTION section) WS2_SYM(InitializeCriticalSection);
BOOL WINAPI InitializeCriticalSectionAndSpinCount(LPCRITICAL_SECTION section, DWORD spins)
    WS2_SYM(InitializeCriticalSectionAndSpinCount);
BOOL WINAPI InitializeCriticalSectionEx(LPCRITICAL_SECTION section, DWORD spins, DWORD flags)
    WS2_SYM(InitializeCriticalSectionEx);
DWORD WINAPI SetCriticalSectionSpinCount(LPCRITICAL_SECTION section, DWORD spins)
    WS2_SYM(SetCriticalSectionSpinCount);
VOID WINAPI EnterCriticalSection(LPCRITICAL_SECTION section) WS2_SYM(EnterCriticalSection);
BOOL WINAPI TryEnterCriticalSection(LPCRITICAL_SECTION section) WS2_SYM(TryEnterCriticalSection);
VOID WINAPI LeaveCriticalSection(LPCRITICAL_SECTION section) WS2_SYM(LeaveCriticalSection);
VOID WINAPI DeleteCriticalSection(LPCRITICAL_SECTION section) WS2_SYM(DeleteCriticalSection);

VOID WINAPI InitializeSRWLock(PSRWLOCK lock) WS2_SYM(InitializeSRWLock);
VOID WINAPI AcquireSRWLockExclusive(PSRWLOCK lock) WS2_SYM(AcquireSRWLockExclusive);
VOID WINAPI AcquireSRWLockShared(PSRWLOCK lock) WS2_SYM(AcquireSRWLockShared);
BOOLEAN WINAPI TryAcquireSRWLockExclusive(PSRWLOCK lock) WS2_SYM(TryAcquireSRWLockExclusive);
BOOLEAN WINAPI TryAcquireSRWLockShared(PSRWLOCK lock) WS2_SYM(TryAcquireSRWLockShared);
VOID WINAPI ReleaseSRWLockExclusive(PSRWLOCK lock) WS2_SYM(ReleaseSRWLockExclusive);
VOID WINAPI ReleaseSRWLockShared(PSRWLOCK lock) WS2_SYM(ReleaseSRWLockShared);

VOID WINAPI InitializeConditionVariable(PCONDITION_VARIABLE variable) WS2_SYM(InitializeConditionVariable);
BOOL WINAPI SleepConditionVariableCS(PCONDITION_VARIABLE variable, PCRITICAL_SECTION section, DWORD milliseconds)
    WS2_SYM(SleepConditionVariableCS);
BOOL WINAPI SleepConditionVariableSRW(PCONDITION_VARIABLE variable, PSRWLOCK lock, DWORD milliseconds, ULONG flags)
    WS2_SYM(SleepConditionVariableSRW);
VOID WINAPI WakeConditionVariable(PCONDITION_VARIABLE variable) WS2_SYM(WakeConditionVariable);
VOID WINAPI WakeAllConditionVariable(PCONDITION_VARIABLE variable) WS2_SYM(WakeAllConditionVariable);

VOID WINAPI InitOnceInitialize(PINIT_ONCE once) WS2_SYM(InitOnceInitialize);
BOOL WINAPI InitOnceExecuteOnce(PINIT_ONCE once, PINIT_ONCE_FN initialise, PVOID parameter, LPVOID *context)
    WS2_SYM(InitOnceExecuteOnce);

DWORD WINAPI TlsAlloc(void) WS2_SYM(TlsAlloc);
BOOL WINAPI TlsFree(DWORD index) WS2_SYM(TlsFree);
LPVOID WINAPI TlsGetValue(DWORD index) WS2_SYM(TlsGetValue);
BOOL WINAPI TlsSetValue(DWORD index, LPVOID value) WS2_SYM(TlsSetValue);

HANDLE WINAPI GetProcessHeap(void) WS2_SYM(GetProcessHeap);
LPVOID WINAPI HeapAlloc(HANDLE heap, DWORD flags, SIZE_T bytes) WS2_SYM(HeapAlloc);
LPVOID WINAPI HeapReAlloc(HANDLE heap, DWORD flags, LPVOID block, SIZE_T bytes) WS2_SYM(HeapReAlloc);
BOOL WINAPI HeapFree(HANDLE heap, DWORD flags, LPVOID block) WS2_SYM(HeapFree);
SIZE_T WINAPI HeapSize(HANDLE heap, DWORD flags, LPCVOID block) WS2_SYM(HeapSize);
HLOCAL WINAPI LocalAlloc(UINT flags, SIZE_T bytes) WS2_SYM(LocalAlloc);
HLOCAL WINAPI LocalReAlloc(HLOCAL block, SIZE_T bytes, UINT flags) WS2_SYM(LocalReAlloc);
HLOCAL WINAPI LocalFree(HLOCAL block) WS2_SYM(LocalFree);
SIZE_T WINAPI LocalSize(HLOCAL block) WS2_SYM(LocalSize);
HGLOBAL WINAPI GlobalAlloc(UINT flags, SIZE_T bytes) WS2_SYM(GlobalAlloc);
HGLOBAL WINAPI GlobalReAlloc(HGLOBAL block, SIZE_T bytes, UINT flags) WS2_SYM(GlobalReAlloc);
HGLOBAL WINAPI GlobalFree(HGLOBAL block) WS2_SYM(GlobalFree);
SIZE_T WINAPI GlobalSize(HGLOBAL block) WS2_SYM(GlobalSize);

DWORD WINAPI FormatMessageA(DWORD flags, LPCVOID source, DWORD id, DWORD language, LPSTR buffer, DWORD size,
                            va_list *arguments) WS2_SYM_W(FormatMessageA);
DWORD WINAPI FormatMessageW(DWORD flags, LPCVOID source, DWORD id, DWORD language, LPWSTR buffer, DWORD size,
                            va_list *arguments) WS2_SYM_W(FormatMessageW);
VOID WINAPI OutputDebugStringA(LPCSTR text) WS2_SYM(OutputDebugStringA);
VOID WINAPI OutputDebugStringW(LPCWSTR text) WS2_SYM_W(OutputDebugStringW);
BOOL WINAPI IsDebuggerPresent(void) WS2_SYM(IsDebuggerPresent);

int WINAPI lstrlenA(LPCSTR text) WS2_SYM(lstrlenA);
int WINAPI lstrlenW(LPCWSTR text) WS2_SYM_W(lstrlenW);
LPSTR WINAPI lstrcpyA(LPSTR to, LPCSTR from) WS2_SYM(lstrcpyA);
LPWSTR WINAPI lstrcpyW(LPWSTR to, LPCWSTR from) WS2_SYM_W(lstrcpyW);
LPSTR WINAPI lstrcpynA(LPSTR to, LPCSTR from, int room) WS2_SYM(lstrcpynA);
LPWSTR WINAPI lstrcpynW(LPWSTR to, LPCWSTR from, int room) WS2_SYM_W(lstrcpynW);
LPSTR WINAPI lstrcatA(LPSTR to, LPCSTR from) WS2_SYM(lstrcatA);
LPWSTR WINAPI lstrcatW(LPWSTR to, LPCWSTR from) WS2_SYM_W(lstrcatW);
int WINAPI lstrcmpA(LPCSTR one, LPCSTR other) WS2_SYM(lstrcmpA);
int WINAPI lstrcmpW(LPCWSTR one, LPCWSTR other) WS2_SYM_W(lstrcmpW);
int WINAPI lstrcmpiA(LPCSTR one, LPCSTR other) WS2_SYM(lstrcmpiA);
int WINAPI lstrcmpiW(LPCWSTR one, LPCWSTR other) WS2_SYM_W(lstrcmpiW);
int WINAPI MultiByteToWideChar(UINT page, DWORD flags, LPCSTR from, int bytes, LPWSTR to, int room)
    WS2_SYM_W(MultiByteToWideChar);
int WINAPI WideCharToMultiByte(UINT page, DWORD flags, LPCWSTR from, int length, LPSTR to, int room,
                               LPCSTR default_char, BOOL *used_default) WS2_SYM_W(WideCharToMultiByte);

DWORD WINAPI GetTickCount(void) WS2_SYM(GetTickCount);
ULONGLONG WINAPI GetTickCount64(void) WS2_SYM(GetTickCount64);
BOOL WINAPI QueryPerformanceCounter(LARGE_INTEGER *count) WS2_SYM(QueryPerformanceCounter);
BOOL WINAPI QueryPerformanceFrequency(LARGE_INTEGER *frequency) WS2_SYM(QueryPerformanceFrequency);
VOID WINAPI GetSystemTimeAsFileTime(LPFILETIME time) WS2_SYM(GetSystemTimeAsFileTime);
VOID WINAPI GetSystemTimePreciseAsFileTime(LPFILETIME time) WS2_SYM(GetSystemTimePreciseAsFileTime);
VOID WINAPI GetSystemInfo(LPSYSTEM_INFO info) WS2_SYM(GetSystemInfo);
VOID WINAPI GetNativeSystemInfo(LPSYSTEM_INFO info) WS2_SYM(GetNativeSystemInfo);

WS2_END_C

/* wsprintf: at most 1024 characters, the terminator among them, whatever the buffer. */
#define WS2_WSPRINTF_ROOM 1024
WS2_INLINE int wvsprintfA(LPSTR buffer, LPCSTR format, va_list args)
{
    ws2_crt_into(buffer, WS2_WSPRINTF_ROOM, WS2_CRT_C99, 0, format, args);
    return lstrlenA(buffer);
}
WS2_INLINE int wvsprintfW(LPWSTR buffer, LPCWSTR format, va_list args)
{
    ws2_crt_into(buffer, WS2_WSPRINTF_ROOM, WS2_CRT_C99, 1, format, args);
    return lstrlenW(buffer);
}
WS2_INLINE int wsprintfA(LPSTR buffer, LPCSTR format, ...)
{
    va_list args;
    int n;
    va_start(args, format);
    n = wvsprintfA(buffer, format, args);
    va_end(args);
    return n;
}
WS2_INLINE int wsprintfW(LPWSTR buffer, LPCWSTR format, ...)
{
    va_list args;
    int n;
    va_start(args, format);
    n = wvsprintfW(buffer, format, args);
    va_end(args);
    return n;
}

#define FormatMessage WS2_AW(FormatMessage)
#define OutputDebugString WS2_AW(OutputDebugString)
#define lstrlen WS2_AW(lstrlen)
#define lstrcpy WS2_AW(lstrcpy)
#define lstrcpyn WS2_AW(lstrcpyn)
#define lstrcat WS2_AW(lstrcat)
#define lstrcmp WS2_AW(lstrcmp)
#define lstrcmpi WS2_AW(lstrcmpi)
#define wsprintf WS2_AW(wsprintf)
#define wvsprintf WS2_AW(wvsprintf)

#endif /* OPENWS2_WINBASE_H */
