/* Events: both kinds, named and not, waited for one by one, any and all; and the same under Winsock's names. */
#include <winsock2.h>
#include "win32_check.h"

#define FAILS(call, code) (SetLastError(0xdeadbeef), !(call) && GetLastError() == (DWORD)(code))
#define WAIT_FAILS(call, code) (SetLastError(0xdeadbeef), (call) == WAIT_FAILED && GetLastError() == (DWORD)(code))

static int is_set(HANDLE event) { return WaitForSingleObject(event, 0) == WAIT_OBJECT_0; }

static void kinds(void)
{
    HANDLE manual = CreateEventA(NULL, TRUE, FALSE, NULL), self = CreateEventW(NULL, FALSE, TRUE, NULL);
    HANDLE thread = GetCurrentThread();
    CHECK(manual != NULL && self != NULL && manual != self && (ULONG_PTR)manual % 4 == 0);
    CHECK(!is_set(manual));
    CHECK(SetEvent(manual) && SetEvent(manual) && is_set(manual) && is_set(manual));
    CHECK(ResetEvent(manual) && ResetEvent(manual) && !is_set(manual));
    CHECK(is_set(self) && !is_set(self)); /* the wait has reset it */
    CHECK(SetEvent(self) && SetEvent(self) && is_set(self) && !is_set(self));
    CHECK(SetEvent(self) && ResetEvent(self) && !is_set(self));
    CHECK(PulseEvent(self) && PulseEvent(manual) && !is_set(self) && !is_set(manual));
    CHECK(SetEvent(manual) && PulseEvent(manual) && !is_set(manual));

    /* G180 */
    CHECK(SetEvent((HANDLE)((ULONG_PTR)manual | 1)) && is_set((HANDLE)((ULONG_PTR)manual | 3)));
    CHECK(FAILS(SetEvent(NULL), ERROR_INVALID_HANDLE) && FAILS(ResetEvent(thread), ERROR_INVALID_HANDLE));
    CHECK(FAILS(PulseEvent(INVALID_HANDLE_VALUE), ERROR_INVALID_HANDLE));
    CHECK(CloseHandle(self) && FAILS(SetEvent(self), ERROR_INVALID_HANDLE));
    CHECK(FAILS(CloseHandle(self), ERROR_INVALID_HANDLE));
    CHECK(CloseHandle(manual));
}

static void creation(void)
{
    HANDLE event = CreateEventExA(NULL, NULL, CREATE_EVENT_MANUAL_RESET | CREATE_EVENT_INITIAL_SET, EVENT_ALL_ACCESS);
    CHECK(event != NULL && is_set(event) && is_set(event) && CloseHandle(event));
    event = CreateEventExW(NULL, NULL, 0, SYNCHRONIZE | EVENT_MODIFY_STATE);
    CHECK(event != NULL && !is_set(event) && SetEvent(event) && is_set(event) && !is_set(event));
    CHECK(CloseHandle(event));
    CHECK(FAILS(CreateEventExA(NULL, NULL, 4, EVENT_ALL_ACCESS), ERROR_INVALID_PARAMETER));
    CHECK(FAILS(CreateEventExW(NULL, L"flags", 0x80000000u, EVENT_ALL_ACCESS), ERROR_INVALID_PARAMETER));
}

static void names(void)
{
    char longest[MAX_PATH + 2];
    HANDLE other, third, event;
    SetLastError(0xdeadbeef);
    event = CreateEventA(NULL, TRUE, FALSE, "own name");
    CHECK(event != NULL && GetLastError() == 0);
    /* The kind and the state that are asked for do not matter to one that is there. */
    SetLastError(0xdeadbeef);
    other = CreateEventW(NULL, FALSE, TRUE, L"own name");
    CHECK(other != NULL && other != event && GetLastError() == ERROR_ALREADY_EXISTS);
    CHECK(!is_set(other) && SetEvent(other) && is_set(event) && is_set(event));
    third = OpenEventA(EVENT_ALL_ACCESS, FALSE, "Local\\own name");
    CHECK(third != NULL && ResetEvent(third) && !is_set(event));
    CHECK(CloseHandle(event) && CloseHandle(other));
    event = OpenEventW(SYNCHRONIZE, FALSE, L"own name");
    CHECK(event != NULL && SetEvent(event) && is_set(third) && CloseHandle(third) && CloseHandle(event));
    CHECK(FAILS(OpenEventA(EVENT_ALL_ACCESS, FALSE, "own name"), ERROR_FILE_NOT_FOUND));

    event = CreateEvent(NULL, TRUE, FALSE, TEXT("Case"));
    CHECK(FAILS(OpenEventA(EVENT_ALL_ACCESS, FALSE, "case"), ERROR_FILE_NOT_FOUND));
    CHECK(FAILS(OpenEventA(EVENT_ALL_ACCESS, FALSE, "Global\\Case"), ERROR_FILE_NOT_FOUND));
    other = CreateEventA(NULL, TRUE, FALSE, "Global\\Case");
    CHECK(other != NULL && GetLastError() == 0 && CloseHandle(other) && CloseHandle(event));
    CHECK(FAILS(CreateEventA(NULL, TRUE, FALSE, "Local\\a\\b"), ERROR_PATH_NOT_FOUND));
    CHECK(FAILS(OpenEventW(SYNCHRONIZE, FALSE, NULL), ERROR_INVALID_PARAMETER));
    CHECK(FAILS(OpenEventA(SYNCHRONIZE, FALSE, ""), ERROR_FILE_NOT_FOUND));
    memset(longest, 'n', sizeof longest);
    longest[MAX_PATH + 1] = 0;
    CHECK(FAILS(CreateEventA(NULL, TRUE, FALSE, longest), ERROR_FILENAME_EXCED_RANGE));
    longest[MAX_PATH] = 0;
    event = CreateEventA(NULL, TRUE, FALSE, longest);
    CHECK(event != NULL && CloseHandle(event));
    /* An empty name is none. */
    event = CreateEventA(NULL, TRUE, FALSE, "");
    other = CreateEventA(NULL, TRUE, FALSE, "");
    CHECK(event != NULL && other != NULL && GetLastError() == 0 && SetEvent(event) && !is_set(other));
    CHECK(CloseHandle(event) && CloseHandle(other));
}

/* Any takes the lowest and that alone (G175); all takes nothing until it can take everything (G177). */
static void any_and_all(void)
{
    HANDLE events[MAXIMUM_WAIT_OBJECTS + 1];
    DWORD i;
    for (i = 0; i <= MAXIMUM_WAIT_OBJECTS; i++)
        events[i] = CreateEventA(NULL, FALSE, TRUE, NULL);
    SetLastError(0xdeadbeef);
    for (i = 0; i < MAXIMUM_WAIT_OBJECTS; i++)
        CHECK(WaitForMultipleObjects(MAXIMUM_WAIT_OBJECTS, events, FALSE, LATE) == WAIT_OBJECT_0 + i);
    CHECK(WaitForMultipleObjects(MAXIMUM_WAIT_OBJECTS, events, FALSE, 0) == WAIT_TIMEOUT);
    CHECK(GetLastError() == 0xdeadbeef); /* G176 */

    for (i = 1; i < MAXIMUM_WAIT_OBJECTS; i++)
        SetEvent(events[i]);
    CHECK(WaitForMultipleObjectsEx(MAXIMUM_WAIT_OBJECTS, events, TRUE, 10, TRUE) == WAIT_TIMEOUT);
    CHECK(is_set(events[1]) && SetEvent(events[1])); /* it was not taken */
    SetEvent(events[0]);
    CHECK(WaitForMultipleObjects(MAXIMUM_WAIT_OBJECTS, events, TRUE, LATE) == WAIT_OBJECT_0);
    for (i = 0; i < MAXIMUM_WAIT_OBJECTS; i++)
        CHECK(!is_set(events[i]));

    CHECK(WAIT_FAILS(WaitForMultipleObjectsEx(0, events, FALSE, 0, FALSE), ERROR_INVALID_PARAMETER));
    CHECK(WAIT_FAILS(WaitForMultipleObjectsEx(65, events, FALSE, 0, FALSE), ERROR_INVALID_PARAMETER));
    CHECK(WAIT_FAILS(WaitForMultipleObjectsEx(1, NULL, FALSE, 0, TRUE), ERROR_NOACCESS));
    events[1] = events[0];
    CHECK(WAIT_FAILS(WaitForMultipleObjects(2, events, TRUE, 0), ERROR_INVALID_PARAMETER));
    CHECK(SetEvent(events[0]) && WaitForMultipleObjects(2, events, FALSE, 0) == WAIT_OBJECT_0);
    CHECK(CloseHandle(events[0]) && WAIT_FAILS(WaitForMultipleObjects(2, events, FALSE, 0), ERROR_INVALID_HANDLE));
    for (i = 2; i <= MAXIMUM_WAIT_OBJECTS; i++)
        CHECK(CloseHandle(events[i]));
}

struct pair {
    HANDLE ping, pong;
    volatile LONG count;
};

static DWORD WINAPI answers(LPVOID parameter)
{
    struct pair *pair = (struct pair *)parameter;
    int i;
    for (i = 0; i < 500; i++) {
        CHECK(WaitForSingleObject(pair->ping, LATE) == WAIT_OBJECT_0);
        pair->count++;
        CHECK(SetEvent(pair->pong));
    }
    return 0;
}

static DWORD WINAPI waits_once(LPVOID parameter)
{
    return WaitForSingleObject(((struct pair *)parameter)->ping, LATE);
}

static void between_threads(void)
{
    struct pair pair;
    HANDLE thread, waiters[8];
    DWORD code;
    int i;
    pair.ping = CreateEventA(NULL, FALSE, FALSE, NULL);
    pair.pong = CreateEventA(NULL, FALSE, FALSE, NULL);
    pair.count = 0;
    thread = CreateThread(NULL, 0, answers, &pair, 0, NULL);
    for (i = 0; i < 500; i++) {
        if (i % 2)
            CHECK(SetEvent(pair.ping) && WaitForSingleObject(pair.pong, LATE) == WAIT_OBJECT_0);
        else
            CHECK(SignalObjectAndWait(pair.ping, pair.pong, LATE, FALSE) == WAIT_OBJECT_0);
        CHECK(pair.count == i + 1);
    }
    CHECK(WaitForSingleObject(thread, LATE) == WAIT_OBJECT_0 && CloseHandle(thread));
    CHECK(SignalObjectAndWait(pair.ping, pair.pong, 0, FALSE) == WAIT_TIMEOUT && is_set(pair.ping));
    CHECK(WAIT_FAILS(SignalObjectAndWait(pair.ping, NULL, 0, FALSE), ERROR_INVALID_HANDLE) && !is_set(pair.ping));
    CHECK(WAIT_FAILS(SignalObjectAndWait(GetCurrentThread(), pair.pong, 0, FALSE), ERROR_INVALID_HANDLE));

    /* Each setting lets one thread go. */
    for (i = 0; i < 8; i++)
        waiters[i] = CreateThread(NULL, 0, waits_once, &pair, 0, NULL);
    for (i = 0; i < 8; i++) {
        DWORD which;
        CHECK(SetEvent(pair.ping));
        which = WaitForMultipleObjects(8 - i, waiters, FALSE, LATE);
        CHECK(which < (DWORD)(8 - i));
        CHECK(GetExitCodeThread(waiters[which], &code) && code == WAIT_OBJECT_0 && CloseHandle(waiters[which]));
        waiters[which] = waiters[7 - i];
    }
    CHECK(!is_set(pair.ping));

    /* A pulse lets go who waits, and nobody else. */
    thread = CreateThread(NULL, 0, waits_once, &pair, 0, NULL);
    for (i = 0; i < LATE && WaitForSingleObject(thread, 1) == WAIT_TIMEOUT; i++)
        CHECK(PulseEvent(pair.ping));
    CHECK(GetExitCodeThread(thread, &code) && code == WAIT_OBJECT_0 && !is_set(pair.ping));
    CHECK(CloseHandle(thread) && CloseHandle(pair.ping) && CloseHandle(pair.pong));
}

static void winsock(void)
{
    WSADATA data;
    WSAEVENT events[WSA_MAXIMUM_WAIT_EVENTS + 1];
    int i;
    CHECK(WSACreateEvent() == WSA_INVALID_EVENT && WSAGetLastError() == WSANOTINITIALISED);
    CHECK(WSAWaitForMultipleEvents(0, NULL, FALSE, 0, FALSE) == WSA_WAIT_FAILED);
    CHECK(WSAGetLastError() == WSANOTINITIALISED);
    CHECK(!WSASetEvent(NULL) && WSAGetLastError() == WSANOTINITIALISED);
    CHECK(!WSAResetEvent(NULL) && WSAGetLastError() == WSANOTINITIALISED);
    CHECK(!WSACloseEvent(NULL) && WSAGetLastError() == WSANOTINITIALISED);
    CHECK(WSAStartup(MAKEWORD(2, 2), &data) == 0);
    for (i = 0; i <= WSA_MAXIMUM_WAIT_EVENTS; i++)
        CHECK((events[i] = WSACreateEvent()) != WSA_INVALID_EVENT);
    SetLastError(0xdeadbeef);
    CHECK(WSAWaitForMultipleEvents(WSA_MAXIMUM_WAIT_EVENTS, events, FALSE, 0, FALSE) == WSA_WAIT_TIMEOUT); /* G188 */
    CHECK(WSASetEvent(events[63]) && SetEvent(events[7]));
    SetLastError(0xdeadbeef);
    CHECK(WSAWaitForMultipleEvents(64, events, FALSE, WSA_INFINITE, FALSE) == WSA_WAIT_EVENT_0 + 7);
    CHECK(WSAWaitForMultipleEvents(64, events, TRUE, 10, FALSE) == WSA_WAIT_TIMEOUT);
    CHECK(GetLastError() == 0xdeadbeef); /* G176 */
    CHECK(WSAResetEvent(events[7]) && WSAWaitForMultipleEvents(64, events, FALSE, 0, FALSE) == 63);
    CHECK(WSAWaitForMultipleEvents(1, events + 63, FALSE, 0, FALSE) == WSA_WAIT_EVENT_0); /* by hand */

    CHECK(WSAWaitForMultipleEvents(65, events, FALSE, 0, FALSE) == WSA_WAIT_FAILED);
    CHECK(WSAGetLastError() == WSA_INVALID_PARAMETER);
    CHECK(WSAWaitForMultipleEvents(0, events, FALSE, 0, FALSE) == WSA_WAIT_FAILED);
    CHECK(WSAGetLastError() == WSA_INVALID_PARAMETER);
    CHECK(WSACloseEvent(events[64]) && !WSACloseEvent(events[64]) && WSAGetLastError() == WSA_INVALID_HANDLE);
    CHECK(WSAWaitForMultipleEvents(1, events + 64, FALSE, 0, FALSE) == WSA_WAIT_FAILED);
    CHECK(WSAGetLastError() == WSA_INVALID_HANDLE);
    CHECK(!WSASetEvent(events[64]) && WSAGetLastError() == WSA_INVALID_HANDLE);
    CHECK(!WSAResetEvent(events[64]) && WSAGetLastError() == WSA_INVALID_HANDLE);
    for (i = 0; i < WSA_MAXIMUM_WAIT_EVENTS; i++)
        CHECK(WSACloseEvent(events[i]) && WSAGetLastError() == 0);
    CHECK(WSACleanup() == 0);
}

int main(void)
{
    kinds();
    creation();
    names();
    any_and_all();
    between_threads();
    winsock();
    DONE();
}
