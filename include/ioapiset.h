/* ioapiset.h: completion ports, and the results and the cancellation of overlapped operations. */
#ifndef OPENWS2_IOAPISET_H
#define OPENWS2_IOAPISET_H
#include "minwinbase.h"
#ifndef WS2_WARN
#pragma GCC system_header
#endif

WS2_BEGIN_C

HANDLE WINAPI CreateIoCompletionPort(HANDLE file, HANDLE port, ULONG_PTR key, DWORD threads)
    WS2_SYM(CreateIoCompletionPort);
BOOL WINAPI GetQueuedCompletionStatus(HANDLE port, LPDWORD bytes, PULONG_PTR key, LPOVERLAPPED *overlapped,
                                      DWORD milliseconds) WS2_SYM(GetQueuedCompletionStatus);
BOOL WINAPI GetQueuedCompletionStatusEx(HANDLE port, LPOVERLAPPED_ENTRY entries, ULONG count, PULONG removed,
                                        DWORD milliseconds, BOOL alertable) WS2_SYM(GetQueuedCompletionStatusEx);
BOOL WINAPI PostQueuedCompletionStatus(HANDLE port, DWORD bytes, ULONG_PTR key, LPOVERLAPPED overlapped)
    WS2_SYM(PostQueuedCompletionStatus);

BOOL WINAPI GetOverlappedResult(HANDLE file, LPOVERLAPPED overlapped, LPDWORD bytes, BOOL wait)
    WS2_SYM(GetOverlappedResult);
BOOL WINAPI GetOverlappedResultEx(HANDLE file, LPOVERLAPPED overlapped, LPDWORD bytes, DWORD milliseconds,
                                  BOOL alertable) WS2_SYM(GetOverlappedResultEx);
BOOL WINAPI CancelIo(HANDLE file) WS2_SYM(CancelIo);
BOOL WINAPI CancelIoEx(HANDLE file, LPOVERLAPPED overlapped) WS2_SYM(CancelIoEx);
BOOL WINAPI CancelSynchronousIo(HANDLE thread) WS2_SYM(CancelSynchronousIo);

WS2_END_C

#endif /* OPENWS2_IOAPISET_H */
