/* minwinbase.h: the structures and routine types that the functions of windows.h share. */
#ifndef OPENWS2_MINWINBASE_H
#define OPENWS2_MINWINBASE_H
#include "winnt.h"
#ifndef WS2_WARN
#pragma GCC system_header
#endif

typedef struct _SECURITY_ATTRIBUTES {
    DWORD nLength;
    LPVOID lpSecurityDescriptor;
    BOOL bInheritHandle;
} SECURITY_ATTRIBUTES, *PSECURITY_ATTRIBUTES, *LPSECURITY_ATTRIBUTES;

/* A packet as GetQueuedCompletionStatusEx hands it out. Internal is the status that the operation ended with. */
typedef struct _OVERLAPPED_ENTRY {
    ULONG_PTR lpCompletionKey;
    LPOVERLAPPED lpOverlapped;
    ULONG_PTR Internal;
    DWORD dwNumberOfBytesTransferred;
} OVERLAPPED_ENTRY, *LPOVERLAPPED_ENTRY;

typedef DWORD(WINAPI *PTHREAD_START_ROUTINE)(LPVOID parameter);
typedef PTHREAD_START_ROUTINE LPTHREAD_START_ROUTINE;
typedef VOID(WINAPI *LPOVERLAPPED_COMPLETION_ROUTINE)(DWORD code, DWORD bytes, LPOVERLAPPED overlapped);

#endif /* OPENWS2_MINWINBASE_H */
