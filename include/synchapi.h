/* synchapi.h: events, and waits for objects. Names of events are the process's own. */
#ifndef OPENWS2_SYNCHAPI_H
#define OPENWS2_SYNCHAPI_H
#include "minwinbase.h"
#ifndef WS2_WARN
#pragma GCC system_header
#endif

#define INFINITE 0xffffffff
#define WAIT_OBJECT_0 0u
#define WAIT_ABANDONED 0x80u
#define WAIT_ABANDONED_0 0x80u
#define WAIT_IO_COMPLETION 0xc0u
#define WAIT_FAILED ((DWORD)0xffffffff)

#define CREATE_EVENT_MANUAL_RESET 0x00000001
#define CREATE_EVENT_INITIAL_SET 0x00000002

WS2_BEGIN_C

HANDLE WINAPI CreateEventA(LPSECURITY_ATTRIBUTES attributes, BOOL manual, BOOL set, LPCSTR name)
    WS2_SYM(CreateEventA);
HANDLE WINAPI CreateEventW(LPSECURITY_ATTRIBUTES attributes, BOOL manual, BOOL set, LPCWSTR name)
    WS2_SYM_W(CreateEventW);
HANDLE WINAPI CreateEventExA(LPSECURITY_ATTRIBUTES attributes, LPCSTR name, DWORD flags, DWORD access)
    WS2_SYM(CreateEventExA);
HANDLE WINAPI CreateEventExW(LPSECURITY_ATTRIBUTES attributes, LPCWSTR name, DWORD flags, DWORD access)
    WS2_SYM_W(CreateEventExW);
HANDLE WINAPI OpenEventA(DWORD access, BOOL inherit, LPCSTR name) WS2_SYM(OpenEventA);
HANDLE WINAPI OpenEventW(DWORD access, BOOL inherit, LPCWSTR name) WS2_SYM_W(OpenEventW);
BOOL WINAPI SetEvent(HANDLE event) WS2_SYM(SetEvent);
BOOL WINAPI ResetEvent(HANDLE event) WS2_SYM(ResetEvent);
BOOL WINAPI PulseEvent(HANDLE event) WS2_SYM(PulseEvent);

VOID WINAPI Sleep(DWORD milliseconds) WS2_SYM(Sleep);
DWORD WINAPI SleepEx(DWORD milliseconds, BOOL alertable) WS2_SYM(SleepEx);
DWORD WINAPI WaitForSingleObject(HANDLE object, DWORD milliseconds) WS2_SYM(WaitForSingleObject);
DWORD WINAPI WaitForSingleObjectEx(HANDLE object, DWORD milliseconds, BOOL alertable)
    WS2_SYM(WaitForSingleObjectEx);
DWORD WINAPI WaitForMultipleObjects(DWORD count, const HANDLE *objects, BOOL all, DWORD milliseconds)
    WS2_SYM(WaitForMultipleObjects);
DWORD WINAPI WaitForMultipleObjectsEx(DWORD count, const HANDLE *objects, BOOL all, DWORD milliseconds,
                                      BOOL alertable) WS2_SYM(WaitForMultipleObjectsEx);
DWORD WINAPI SignalObjectAndWait(HANDLE signalled, HANDLE object, DWORD milliseconds, BOOL alertable)
    WS2_SYM(SignalObjectAndWait);

WS2_END_C

#define CreateEvent WS2_AW(CreateEvent)
#define CreateEventEx WS2_AW(CreateEventEx)
#define OpenEvent WS2_AW(OpenEvent)

#endif /* OPENWS2_SYNCHAPI_H */
