/* Event objects and the waits on them (clauses/events.md). */
#include "harness.h"

#define MOST 64 /* the handles that one wait takes */
/* The wait returns this and leaves this last error. */
#define expect_wait(call, value, code)                                                                       \
    harness_error(__FILE__, __LINE__, #call, poisoned((DWORD)(call)), (long long)(DWORD)(value), (int)(code))
#define NO_HANDLE ((HANDLE)(ULONG_PTR)0xdeadbee0)

static HANDLE event_of(BOOL manual, BOOL set) {
    HANDLE event = CreateEventA(NULL, manual, set, NULL);
    require(event != NULL);
    return event;
}

static HANDLE auto_event(void) { return event_of(FALSE, FALSE); }

static void many(HANDLE *events, int count, BOOL manual, BOOL set) {
    int i;
    for (i = 0; i < count; i++) events[i] = event_of(manual, set);
}

/* ---- Creating ---- */

CASE("events/create/manual") {
    HANDLE event = event_of(TRUE, FALSE);
    expect(!signalled(event, 0));
    expect(SetEvent(event));
    expect(signalled(event, 0));
    expect(signalled(event, 0));
    expect(ResetEvent(event));
    expect(!signalled(event, 0));
}

CASE("events/create/auto") {
    HANDLE event = event_of(FALSE, FALSE);
    expect(!signalled(event, 0));
    expect(SetEvent(event));
    expect(signalled(event, 0));
    expect(!signalled(event, 0));
}

CASE("events/create/initial-state") {
    HANDLE manual = event_of(TRUE, TRUE), automatic = event_of(FALSE, TRUE);
    expect(signalled(manual, 0) && signalled(manual, 0));
    expect(signalled(automatic, 0));
    expect(!signalled(automatic, 0));
}

CASE("events/create/wide") {
    HANDLE event = CreateEventW(NULL, TRUE, TRUE, NULL);
    require(event != NULL);
    expect(signalled(event, 0));
    expect(CloseHandle(event));
}

CASE("events/create/reset-unset") {
    HANDLE event = event_of(FALSE, TRUE);
    expect(ResetEvent(event));
    expect(!signalled(event, 0));
    expect(ResetEvent(event));
}

CASE("events/create/not-counted") {
    HANDLE event = auto_event();
    expect(SetEvent(event));
    expect(SetEvent(event));
    expect(signalled(event, 0));
    expect(!signalled(event, 0));
}

CASE("events/wsacreate/manual") {
    WSAEVENT event = WSACreateEvent();
    require(event != WSA_INVALID_EVENT);
    expect(!signalled(event, 0));
    expect(WSASetEvent(event));
    expect(signalled(event, 0));
    expect(signalled(event, 0));
    expect(WSAResetEvent(event));
    expect(!signalled(event, 0));
    expect(WSACloseEvent(event));
}

CASE("events/wsacreate/same-objects") {
    WSAEVENT event = WSACreateEvent();
    HANDLE other = auto_event();
    expect(SetEvent(event));
    expect_eq(WSAWaitForMultipleEvents(1, &event, FALSE, 0, FALSE), WSA_WAIT_EVENT_0);
    expect(WSASetEvent(other));
    expect(signalled(other, 0));
    expect(CloseHandle(event));
    expect(WSACloseEvent(other));
}

CASE("events/error/bad-handle") {
    expect_false(SetEvent(NO_HANDLE), ERROR_INVALID_HANDLE);
    expect_false(ResetEvent(NO_HANDLE), ERROR_INVALID_HANDLE);
    expect_false(CloseHandle(NO_HANDLE), ERROR_INVALID_HANDLE);
    expect_false(WSASetEvent(NO_HANDLE), WSA_INVALID_HANDLE);
    expect_false(WSAResetEvent(NO_HANDLE), WSA_INVALID_HANDLE);
    expect_false(WSACloseEvent(NO_HANDLE), WSA_INVALID_HANDLE);
}

CASE("events/error/null-handle") {
    expect_false(SetEvent(NULL), ERROR_INVALID_HANDLE);
    expect_false(WSACloseEvent(WSA_INVALID_EVENT), WSA_INVALID_HANDLE);
    expect_wait(WaitForSingleObject(NULL, 0), WAIT_FAILED, ERROR_INVALID_HANDLE);
}

CASE("events/error/closed") {
    HANDLE event = event_of(TRUE, TRUE);
    expect(CloseHandle(event));
    expect_false(SetEvent(event), ERROR_INVALID_HANDLE);
    expect_false(CloseHandle(event), ERROR_INVALID_HANDLE);
    expect_eq(WaitForSingleObject(event, 0), WAIT_FAILED);
}

static DWORD WINAPI nothing(void *argument) { return argument != NULL; }

CASE("events/error/other-object") {
    DWORD id;
    HANDLE thread = CreateThread(NULL, 0, nothing, NULL, 0, &id);
    require(thread != NULL);
    expect_false(SetEvent(thread), ERROR_INVALID_HANDLE);
    expect(signalled(thread, PATIENCE));
}

/* ---- Names ---- */

#define SOME_NAME "conformance.events.some"

CASE("events/named/exists") {
    HANDLE first, second;
    DWORD error;
    SetLastError(POISON);
    first = CreateEventA(NULL, TRUE, FALSE, SOME_NAME);
    expect(first != NULL && GetLastError() != ERROR_ALREADY_EXISTS);
    SetLastError(POISON);
    second = CreateEventA(NULL, TRUE, FALSE, SOME_NAME);
    error = GetLastError();
    expect_eq(error, ERROR_ALREADY_EXISTS);
    expect(second != NULL && second != first);
    expect(SetEvent(second));
    expect(signalled(first, 0));
}

CASE("events/named/keeps-its-kind") {
    HANDLE first = CreateEventA(NULL, FALSE, FALSE, SOME_NAME), second;
    require(first != NULL);
    second = CreateEventA(NULL, TRUE, TRUE, SOME_NAME);
    expect(!signalled(first, 0));
    expect(SetEvent(second));
    expect(signalled(first, 0));
    expect(!signalled(second, 0));
}

CASE("events/named/open") {
    HANDLE first = CreateEventA(NULL, TRUE, FALSE, SOME_NAME), second;
    require(first != NULL);
    second = OpenEventA(EVENT_ALL_ACCESS, FALSE, SOME_NAME);
    expect(second != NULL && second != first);
    expect(SetEvent(second));
    expect(signalled(first, 0));
    second = OpenEventA(SYNCHRONIZE | EVENT_MODIFY_STATE, FALSE, SOME_NAME);
    expect(second != NULL && signalled(second, 0));
}

CASE("events/named/open-wide") {
    HANDLE first = CreateEventW(NULL, TRUE, FALSE, L"conformance.events.\u00e4\u20ac"), second;
    require(first != NULL);
    second = OpenEventW(EVENT_ALL_ACCESS, FALSE, L"conformance.events.\u00e4\u20ac");
    expect(second != NULL);
    expect(SetEvent(first));
    expect(signalled(second, 0));
}

CASE("events/named/wide-is-same") {
    HANDLE first = CreateEventW(NULL, TRUE, TRUE, L"conformance.events.some");
    HANDLE second = OpenEventA(EVENT_ALL_ACCESS, FALSE, SOME_NAME);
    expect(first != NULL && second != NULL);
    expect(signalled(second, 0));
}

CASE("events/named/not-found") {
    expect_false(OpenEventA(EVENT_ALL_ACCESS, FALSE, "conformance.events.none"), ERROR_FILE_NOT_FOUND);
    expect_false(OpenEventW(EVENT_ALL_ACCESS, FALSE, L"conformance.events.none"), ERROR_FILE_NOT_FOUND);
}

CASE("events/named/case") {
    HANDLE first = CreateEventA(NULL, TRUE, FALSE, SOME_NAME);
    require(first != NULL);
    expect_false(OpenEventA(EVENT_ALL_ACCESS, FALSE, "CONFORMANCE.EVENTS.SOME"), ERROR_FILE_NOT_FOUND);
}

CASE("events/named/gone-with-last-handle") {
    HANDLE first = CreateEventA(NULL, TRUE, TRUE, SOME_NAME);
    HANDLE second = OpenEventA(EVENT_ALL_ACCESS, FALSE, SOME_NAME);
    require(first != NULL && second != NULL);
    expect(CloseHandle(first));
    expect(signalled(second, 0));
    first = OpenEventA(EVENT_ALL_ACCESS, FALSE, SOME_NAME);
    expect(first != NULL);
    expect(CloseHandle(first));
    expect(CloseHandle(second));
    expect_false(OpenEventA(EVENT_ALL_ACCESS, FALSE, SOME_NAME), ERROR_FILE_NOT_FOUND);
}

CASE("events/named/no-name") {
    HANDLE first = CreateEventA(NULL, TRUE, FALSE, ""), second = CreateEventA(NULL, TRUE, FALSE, NULL);
    expect(first != NULL && second != NULL);
    expect(SetEvent(first));
    expect(!signalled(second, 0));
    expect_false(OpenEventA(EVENT_ALL_ACCESS, FALSE, NULL), ERROR_INVALID_PARAMETER);
}

/* ---- One object ---- */

static DWORD wait_of(HANDLE object) { return WaitForSingleObject(object, PATIENCE); }

static long long act_wait(void *event) { return wait_of(*(HANDLE *)event); }

CASE("events/wait/timeout") {
    HANDLE event = manual_event();
    long long start = now_ms();
    expect_eq(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
    expect_eq(WaitForSingleObject(event, 100), WAIT_TIMEOUT);
    expect_between(now_ms() - start, 80, PATIENCE);
    expect_eq(WaitForSingleObjectEx(event, 10, FALSE), WAIT_TIMEOUT);
}

CASE("events/wait/last-error") {
    HANDLE set = event_of(TRUE, TRUE), unset = manual_event();
    expect_wait(WaitForSingleObject(set, 0), WAIT_OBJECT_0, POISON);
    expect_wait(WaitForSingleObject(unset, 0), WAIT_TIMEOUT, POISON);
    expect_wait(WaitForMultipleObjects(1, &set, FALSE, 0), WAIT_OBJECT_0, POISON);
}

CASE("events/wait/bad-handle") {
    HANDLE both[2];
    both[0] = event_of(FALSE, TRUE);
    both[1] = NO_HANDLE;
    expect_wait(WaitForSingleObject(NO_HANDLE, 0), WAIT_FAILED, ERROR_INVALID_HANDLE);
    expect_wait(WaitForSingleObjectEx(NO_HANDLE, 0, TRUE), WAIT_FAILED, ERROR_INVALID_HANDLE);
    expect_wait(WaitForMultipleObjects(2, both, FALSE, 0), WAIT_FAILED, ERROR_INVALID_HANDLE);
    expect_wait(WSAWaitForMultipleEvents(2, both, FALSE, 0, FALSE), WSA_WAIT_FAILED, WSA_INVALID_HANDLE);
    expect(signalled(both[0], 0));
}

CASE("events/wait/tag-bits") {
    HANDLE set = event_of(TRUE, TRUE), tagged;
    ULONG_PTR bits;
    for (bits = 1; bits < 4; bits++) {
        tagged = (HANDLE)((ULONG_PTR)set | bits);
        expect_eq(WaitForSingleObject(tagged, 0), WAIT_OBJECT_0);
        expect_eq(WaitForMultipleObjects(1, &tagged, FALSE, 0), WAIT_OBJECT_0);
        expect_eq(WSAWaitForMultipleEvents(1, &tagged, FALSE, 0, FALSE), WSA_WAIT_EVENT_0);
        expect_wait(WaitForSingleObject((HANDLE)((ULONG_PTR)NO_HANDLE | bits), 0), WAIT_FAILED,
                    ERROR_INVALID_HANDLE);
    }
}

CASE("events/wait/woken") {
    HANDLE event = auto_event();
    struct call call;
    begin(&call, act_wait, &event);
    expect(SetEvent(event));
    expect_finish(&call, WAIT_OBJECT_0, (int)POISON);
    expect(!signalled(event, 0));
}

CASE("events/wait/manual-wakes-all") {
    HANDLE event = manual_event();
    struct call call[3];
    int i;
    for (i = 0; i < 3; i++) begin(&call[i], act_wait, &event);
    expect(SetEvent(event));
    for (i = 0; i < 3; i++) expect_finish(&call[i], WAIT_OBJECT_0, (int)POISON);
    expect(signalled(event, 0));
}

CASE("events/wait/auto-wakes-one") {
    HANDLE event = auto_event(), threads[3];
    struct call call[3];
    int i, left;
    for (i = 0; i < 3; i++) {
        begin(&call[i], act_wait, &event);
        threads[i] = call[i].thread;
    }
    for (left = 3; left > 0; left--) {
        DWORD which;
        expect(SetEvent(event));
        which = WaitForMultipleObjects((DWORD)left, threads, FALSE, PATIENCE);
        require(which < (DWORD)left);
        threads[which] = threads[left - 1];
        if (left > 1) expect_eq(WaitForMultipleObjects((DWORD)left - 1, threads, FALSE, 50), WAIT_TIMEOUT);
    }
    expect(!signalled(event, 0));
}

CASE("events/wait/thread-handle") {
    HANDLE both[2];
    DWORD id;
    both[0] = manual_event();
    both[1] = CreateThread(NULL, 0, nothing, NULL, 0, &id);
    require(both[1] != NULL);
    expect_eq(WaitForMultipleObjects(2, both, FALSE, PATIENCE), WAIT_OBJECT_0 + 1);
    expect(SetEvent(both[0]));
    expect_eq(WaitForMultipleObjects(2, both, TRUE, PATIENCE), WAIT_OBJECT_0);
}

CASE("events/wait/socket-handle") {
    struct pair pair = tcp_pair();
    struct posted r;
    HANDLE both[2];
    both[0] = manual_event();
    both[1] = (HANDLE)pair.local;
    lay_out(&r, 16, NULL);
    expect_pends(post_recv(pair.local, &r));
    expect_eq(WaitForMultipleObjects(2, both, FALSE, 0), WAIT_TIMEOUT);
    give(pair.peer, "abcd");
    expect_eq(WaitForMultipleObjects(2, both, FALSE, PATIENCE), WAIT_OBJECT_0 + 1);
    expect_result(pair.local, &r, TRUE, 4, 0);
}

/* ---- Any of several, all of several ---- */

CASE("events/any/lowest") {
    HANDLE events[4];
    many(events, 4, TRUE, FALSE);
    expect_eq(WaitForMultipleObjects(4, events, FALSE, 0), WAIT_TIMEOUT);
    expect(SetEvent(events[3]));
    expect_eq(WaitForMultipleObjects(4, events, FALSE, 0), WAIT_OBJECT_0 + 3);
    expect(SetEvent(events[1]));
    expect_eq(WaitForMultipleObjects(4, events, FALSE, 0), WAIT_OBJECT_0 + 1);
    expect_eq(WaitForMultipleObjectsEx(4, events, FALSE, 0, FALSE), WAIT_OBJECT_0 + 1);
    expect_eq(WSAWaitForMultipleEvents(4, events, FALSE, 0, FALSE), WSA_WAIT_EVENT_0 + 1);
    expect(ResetEvent(events[1]));
    expect_eq(WaitForMultipleObjects(4, events, FALSE, 0), WAIT_OBJECT_0 + 3);
}

CASE("events/any/consumes-one") {
    HANDLE events[MOST];
    int i;
    many(events, MOST, FALSE, TRUE);
    for (i = 0; i < MOST; i++) expect_eq(WaitForMultipleObjects(MOST, events, FALSE, 0), WAIT_OBJECT_0 + i);
    expect_eq(WaitForMultipleObjects(MOST, events, FALSE, 0), WAIT_TIMEOUT);
}

CASE("events/any/consumes-one-wsa") {
    HANDLE events[MOST];
    int i;
    many(events, MOST, FALSE, TRUE);
    for (i = 0; i < MOST; i++)
        expect_eq(WSAWaitForMultipleEvents(MOST, events, FALSE, 0, FALSE), WSA_WAIT_EVENT_0 + i);
    expect_eq(WSAWaitForMultipleEvents(MOST, events, FALSE, 0, FALSE), WSA_WAIT_TIMEOUT);
}

CASE("events/any/duplicates") {
    HANDLE events[3];
    events[0] = auto_event();
    events[1] = events[2] = event_of(FALSE, TRUE);
    expect_eq(WaitForMultipleObjects(3, events, FALSE, 0), WAIT_OBJECT_0 + 1);
    expect_eq(WaitForMultipleObjects(3, events, FALSE, 0), WAIT_TIMEOUT);
}

struct several {
    HANDLE events[MOST];
    DWORD count;
    BOOL all;
};

static long long act_several(void *argument) {
    struct several *several = argument;
    return WSAWaitForMultipleEvents(several->count, several->events, several->all, PATIENCE, FALSE);
}

CASE("events/any/woken") {
    struct several several = {.count = MOST, .all = FALSE};
    struct call call;
    many(several.events, MOST, FALSE, FALSE);
    begin(&call, act_several, &several);
    expect(SetEvent(several.events[MOST - 1]));
    finish(&call);
    expect_eq(call.result, WSA_WAIT_EVENT_0 + MOST - 1);
    expect(!signalled(several.events[MOST - 1], 0));
}

CASE("events/all/none-before-all") {
    HANDLE events[3];
    many(events, 3, FALSE, FALSE);
    expect(SetEvent(events[0]) && SetEvent(events[2]));
    expect_eq(WaitForMultipleObjects(3, events, TRUE, 20), WAIT_TIMEOUT);
    expect(signalled(events[0], 0));
    expect(SetEvent(events[0]) && SetEvent(events[1]));
    expect_eq(WaitForMultipleObjects(3, events, TRUE, 0), WAIT_OBJECT_0);
    expect_eq(WaitForMultipleObjects(3, events, FALSE, 0), WAIT_TIMEOUT);
}

CASE("events/all/woken") {
    struct several several = {.count = 3, .all = TRUE};
    struct call call;
    int i;
    many(several.events, 3, FALSE, FALSE);
    begin(&call, act_several, &several);
    for (i = 2; i >= 0; i--) {
        expect(still_blocked(&call, 20));
        expect(SetEvent(several.events[i]));
    }
    finish(&call);
    expect_eq(call.result, WSA_WAIT_EVENT_0);
    expect_eq(WaitForMultipleObjects(3, several.events, FALSE, 0), WAIT_TIMEOUT);
}

CASE("events/all/taken-meanwhile") {
    struct several several = {.count = 2, .all = TRUE};
    struct call call;
    many(several.events, 2, FALSE, FALSE);
    begin(&call, act_several, &several);
    expect(SetEvent(several.events[0]));
    expect(signalled(several.events[0], PATIENCE));
    expect(SetEvent(several.events[1]));
    expect(still_blocked(&call, 50));
    expect(SetEvent(several.events[0]));
    finish(&call);
    expect_eq(call.result, WSA_WAIT_EVENT_0);
}

CASE("events/all/duplicates") {
    HANDLE events[2];
    events[0] = events[1] = event_of(TRUE, TRUE);
    expect_wait(WaitForMultipleObjects(2, events, TRUE, 0), WAIT_FAILED, ERROR_INVALID_PARAMETER);
    expect_wait(WSAWaitForMultipleEvents(2, events, TRUE, 0, FALSE), WSA_WAIT_FAILED, WSA_INVALID_PARAMETER);
}

CASE("events/several/most") {
    HANDLE events[MOST + 1];
    many(events, MOST + 1, TRUE, TRUE);
    expect_eq(WaitForMultipleObjects(MOST, events, TRUE, 0), WAIT_OBJECT_0);
    expect_wait(WaitForMultipleObjects(MOST + 1, events, FALSE, 0), WAIT_FAILED, ERROR_INVALID_PARAMETER);
    expect_wait(WaitForMultipleObjectsEx(MOST + 1, events, FALSE, 0, FALSE), WAIT_FAILED,
                ERROR_INVALID_PARAMETER);
    expect_wait(WSAWaitForMultipleEvents(MOST + 1, events, FALSE, 0, FALSE), WSA_WAIT_FAILED,
                WSA_INVALID_PARAMETER);
}

CASE("events/several/none") {
    HANDLE event = event_of(TRUE, TRUE);
    expect_wait(WaitForMultipleObjects(0, &event, FALSE, 0), WAIT_FAILED, ERROR_INVALID_PARAMETER);
    expect_wait(WSAWaitForMultipleEvents(0, &event, FALSE, 0, FALSE), WSA_WAIT_FAILED, WSA_INVALID_PARAMETER);
}

CASE("events/several/no-array") {
    expect_wait(WaitForMultipleObjects(1, NULL, FALSE, 0), WAIT_FAILED, ERROR_NOACCESS);
    expect_wait(WSAWaitForMultipleEvents(1, NULL, FALSE, 0, FALSE), WSA_WAIT_FAILED, ERROR_NOACCESS);
}

CASE("events/several/timeout") {
    HANDLE events[2];
    long long start = now_ms();
    many(events, 2, TRUE, FALSE);
    expect_eq(WaitForMultipleObjects(2, events, FALSE, 60), WAIT_TIMEOUT);
    expect_eq(WSAWaitForMultipleEvents(2, events, TRUE, 60, FALSE), WSA_WAIT_TIMEOUT);
    expect_between(now_ms() - start, 90, PATIENCE);
}

CASE("events/wsawait/codes") {
    expect_eq(WSA_MAXIMUM_WAIT_EVENTS, 64);
    expect_eq(MAXIMUM_WAIT_OBJECTS, 64);
    expect_eq(WSA_WAIT_EVENT_0, 0);
    expect_eq(WSA_WAIT_IO_COMPLETION, 0xc0);
    expect_eq(WSA_WAIT_TIMEOUT, 258);
    expect_eq((DWORD)WSA_WAIT_FAILED, 0xffffffffu);
    expect_eq((DWORD)WSA_INFINITE, 0xffffffffu);
}

COLD_CASE("events/wsawait/WSANOTINITIALISED") {
    HANDLE event = event_of(TRUE, TRUE);
    expect_wait(WSAWaitForMultipleEvents(1, &event, FALSE, 0, FALSE), WSA_WAIT_FAILED, WSANOTINITIALISED);
}

/* A server's way: a connection for each of the 64 events of one wait. */
CASE("events/wsawait/receives") {
    static struct posted r[MOST];
    struct pair pair[MOST];
    HANDLE events[MOST];
    int i;
    many(events, MOST, FALSE, FALSE);
    for (i = 0; i < MOST; i++) {
        pair[i] = tcp_pair();
        lay_out(&r[i], 16, events[i]);
        expect_pends(post_recv(pair[i].local, &r[i]));
    }
    for (i = MOST - 1; i >= 0; i--) {
        give(pair[i].peer, "abcd");
        expect_eq(WSAWaitForMultipleEvents(MOST, events, FALSE, PATIENCE, FALSE), WSA_WAIT_EVENT_0 + i);
        expect_result(pair[i].local, &r[i], TRUE, 4, 0);
    }
    expect_eq(WSAWaitForMultipleEvents(MOST, events, FALSE, 0, FALSE), WSA_WAIT_TIMEOUT);
}

CASE("events/wsawait/all-receives") {
    struct pair pair = tcp_pair();
    struct posted r[3];
    HANDLE events[3];
    int i;
    for (i = 0; i < 3; i++) {
        expect_pend(pair.local, &r[i], 4);
        events[i] = r[i].over.hEvent;
    }
    give(pair.peer, "abcdefgh");
    expect_eq(WSAWaitForMultipleEvents(3, events, TRUE, 50, FALSE), WSA_WAIT_TIMEOUT);
    give(pair.peer, "ij");
    expect_eq(WSAWaitForMultipleEvents(3, events, TRUE, PATIENCE, FALSE), WSA_WAIT_EVENT_0);
    for (i = 0; i < 3; i++) expect_result(pair.local, &r[i], TRUE, i < 2 ? 4 : 2, 0);
}

/* ---- SignalObjectAndWait ---- */

static HANDLE ping, pong;

static long long act_answer(void *argument) {
    (void)argument;
    if (wait_of(ping) != WAIT_OBJECT_0) return -1;
    return SetEvent(pong);
}

CASE("events/signal-and-wait/both") {
    struct call call;
    ping = auto_event();
    pong = auto_event();
    begin(&call, act_answer, NULL);
    expect_eq(SignalObjectAndWait(ping, pong, PATIENCE, FALSE), WAIT_OBJECT_0);
    finish(&call);
    expect_eq(call.result, TRUE);
    expect(!signalled(pong, 0));
}

CASE("events/signal-and-wait/timeout") {
    HANDLE first = manual_event(), second = manual_event();
    expect_eq(SignalObjectAndWait(first, second, 20, FALSE), WAIT_TIMEOUT);
    expect(signalled(first, 0));
}

CASE("events/signal-and-wait/same") {
    HANDLE event = auto_event();
    expect_eq(SignalObjectAndWait(event, event, 0, FALSE), WAIT_OBJECT_0);
    expect(!signalled(event, 0));
}

CASE("events/signal-and-wait/bad-handle") {
    HANDLE event = manual_event();
    expect_wait(SignalObjectAndWait(NO_HANDLE, event, 0, FALSE), WAIT_FAILED, ERROR_INVALID_HANDLE);
    expect_wait(SignalObjectAndWait(event, NO_HANDLE, 0, FALSE), WAIT_FAILED, ERROR_INVALID_HANDLE);
}
