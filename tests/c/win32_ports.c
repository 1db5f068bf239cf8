/* Completion ports: posted packets, their order, timeouts, calls against packets, closing; and duplicate handles. */
#include <winsock2.h>
#include "win32_check.h"

#define UNTOUCHED 0xdeadbeef

static DWORD bytes;
static ULONG_PTR key;
static OVERLAPPED *overlapped;

static BOOL get(HANDLE port, DWORD milliseconds)
{
    bytes = UNTOUCHED;
    key = UNTOUCHED;
    overlapped = (OVERLAPPED *)(ULONG_PTR)UNTOUCHED;
    SetLastError(UNTOUCHED);
    return GetQueuedCompletionStatus(port, &bytes, &key, &overlapped, milliseconds);
}

/* No packet was taken (F081, G197). */
static int got_none(DWORD code)
{
    return GetLastError() == code && bytes == UNTOUCHED && key == UNTOUCHED && overlapped == NULL;
}

static HANDLE new_port(DWORD threads) { return CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, threads); }

static void posted(void)
{
    HANDLE port = new_port(0), event = CreateEventA(NULL, TRUE, FALSE, NULL);
    ULONG_PTR i;
    CHECK(port != NULL && (ULONG_PTR)port % 4 == 0);
    CHECK(!get(port, 0) && got_none(WAIT_TIMEOUT));
    CHECK(!get(port, 10) && got_none(WAIT_TIMEOUT));
    for (i = 1; i <= 100; i++)
        CHECK(PostQueuedCompletionStatus(port, (DWORD)i * 3, i * 5, (LPOVERLAPPED)(i * 7)));
    for (i = 1; i <= 100; i++) { /* G189, G196, F009 */
        CHECK(get(port, i % 2 ? 0 : INFINITE) && GetLastError() == UNTOUCHED);
        CHECK(bytes == i * 3 && key == i * 5 && (ULONG_PTR)overlapped == i * 7);
    }
    CHECK(PostQueuedCompletionStatus(port, 0, 0, NULL)); /* G197 */
    CHECK(get(port, 0) && bytes == 0 && key == 0 && overlapped == NULL);
    CHECK(!get(port, 0) && got_none(WAIT_TIMEOUT));
    CHECK(PostQueuedCompletionStatus((HANDLE)((ULONG_PTR)port | 1), 1, ~(ULONG_PTR)0, NULL));
    CHECK(get(port, 0) && bytes == 1 && key == ~(ULONG_PTR)0);

    CHECK(!get(event, 0) && got_none(ERROR_INVALID_HANDLE) && !get(NULL, 0) && got_none(ERROR_INVALID_HANDLE));
    CHECK(!get(INVALID_HANDLE_VALUE, 0) && got_none(ERROR_INVALID_HANDLE));
    CHECK(!PostQueuedCompletionStatus(event, 0, 0, NULL) && GetLastError() == ERROR_INVALID_HANDLE);
    CHECK(PostQueuedCompletionStatus(port, 1, 2, NULL));
    CHECK(!GetQueuedCompletionStatus(port, NULL, &key, &overlapped, 0) && GetLastError() == ERROR_NOACCESS);
    CHECK(get(port, 0) && key == 2); /* the packet was not lost */
    CHECK(WaitForSingleObject(port, 0) == WAIT_FAILED && GetLastError() == ERROR_INVALID_HANDLE);

    CHECK(CreateIoCompletionPort(INVALID_HANDLE_VALUE, port, 0, 0) == NULL); /* G203 */
    CHECK(GetLastError() == ERROR_INVALID_PARAMETER);
    CHECK(CreateIoCompletionPort(event, NULL, 0, 0) == NULL && GetLastError() == ERROR_INVALID_HANDLE);
    CHECK(CreateIoCompletionPort(event, event, 0, 0) == NULL && GetLastError() == ERROR_INVALID_HANDLE);
    CHECK(CloseHandle(port) && !get(port, 0) && got_none(ERROR_INVALID_HANDLE));
    CHECK(!PostQueuedCompletionStatus(port, 0, 0, NULL) && GetLastError() == ERROR_INVALID_HANDLE);
    CHECK(CloseHandle(event));
}

static void several_at_once(void)
{
    OVERLAPPED_ENTRY entries[4];
    ULONG count = UNTOUCHED;
    HANDLE port = new_port(1);
    ULONG_PTR i;
    memset(entries, 0xcc, sizeof entries);
    SetLastError(UNTOUCHED);
    CHECK(!GetQueuedCompletionStatusEx(port, entries, 0, &count, 0, FALSE)); /* F094 */
    CHECK(GetLastError() == ERROR_INVALID_PARAMETER && count == UNTOUCHED);
    CHECK(!GetQueuedCompletionStatusEx(port, entries, 4, &count, 0, FALSE));
    CHECK(GetLastError() == WAIT_TIMEOUT && count == 0);
    for (i = 1; i <= 6; i++)
        CHECK(PostQueuedCompletionStatus(port, (DWORD)i, i * 10, (LPOVERLAPPED)(i * 100)));
    SetLastError(UNTOUCHED);
    CHECK(GetQueuedCompletionStatusEx(port, entries, 4, &count, INFINITE, FALSE) && count == 4);
    for (i = 0; i < 4; i++) {
        CHECK(entries[i].dwNumberOfBytesTransferred == i + 1 && entries[i].lpCompletionKey == (i + 1) * 10);
        CHECK((ULONG_PTR)entries[i].lpOverlapped == (i + 1) * 100 && entries[i].Internal == 0);
    }
    CHECK(GetQueuedCompletionStatusEx(port, entries, 1, &count, 0, TRUE) && count == 1);
    CHECK(GetQueuedCompletionStatusEx(port, entries, 4, &count, 0, FALSE) && count == 1);
    CHECK(entries[0].lpCompletionKey == 60 && GetLastError() == UNTOUCHED);
    CHECK(!GetQueuedCompletionStatusEx(port, NULL, 4, &count, 0, FALSE) && GetLastError() == ERROR_NOACCESS);
    CHECK(CloseHandle(port));
    CHECK(!GetQueuedCompletionStatusEx(port, entries, 4, &count, 0, FALSE));
    CHECK(GetLastError() == ERROR_INVALID_HANDLE);
}

static volatile LONG called;
static void CALLBACK count_call(ULONG_PTR by) { InterlockedExchangeAdd(&called, (LONG)by); }

/* F095, in a thread that has never taken a packet. */
static DWORD WINAPI calls_and_packets(LPVOID parameter)
{
    HANDLE port = (HANDLE)parameter;
    OVERLAPPED_ENTRY entry;
    ULONG count = UNTOUCHED;
    CHECK(PostQueuedCompletionStatus(port, 1, 1, NULL) && QueueUserAPC(count_call, GetCurrentThread(), 1));
    CHECK(!GetQueuedCompletionStatusEx(port, &entry, 1, &count, LATE, TRUE));
    CHECK(GetLastError() == WAIT_IO_COMPLETION && count == 0 && called == 1);
    CHECK(GetQueuedCompletionStatusEx(port, &entry, 1, &count, LATE, TRUE) && count == 1);
    CHECK(PostQueuedCompletionStatus(port, 2, 2, NULL) && QueueUserAPC(count_call, GetCurrentThread(), 1));
    CHECK(GetQueuedCompletionStatusEx(port, &entry, 1, &count, LATE, TRUE) && count == 1 && called == 1);
    CHECK(!get(port, 10) && got_none(WAIT_TIMEOUT) && called == 1); /* G195 */
    CHECK(!GetQueuedCompletionStatusEx(port, &entry, 1, &count, 10, FALSE) && GetLastError() == WAIT_TIMEOUT);
    CHECK(called == 1);
    CHECK(!GetQueuedCompletionStatusEx(port, &entry, 1, &count, 0, TRUE) && GetLastError() == WAIT_IO_COMPLETION);
    CHECK(called == 2);
    CHECK(!GetQueuedCompletionStatusEx(port, &entry, 1, &count, 10, TRUE) && GetLastError() == WAIT_TIMEOUT);
    return 0;
}

static HANDLE ready;

static DWORD WINAPI waits_for_the_end(LPVOID parameter)
{
    DWORD got = 0;
    ULONG_PTR its = 0;
    OVERLAPPED *none = (OVERLAPPED *)&got;
    OVERLAPPED_ENTRY entry;
    ULONG count;
    SetEvent(ready);
    if ((ULONG_PTR)parameter & 1) {
        CHECK(!GetQueuedCompletionStatusEx((HANDLE)parameter, &entry, 1, &count, INFINITE, FALSE));
        return GetLastError();
    }
    CHECK(!GetQueuedCompletionStatus((HANDLE)parameter, &got, &its, &none, INFINITE) && none == NULL);
    return GetLastError();
}

/* G193: who waits is told. A thread that came too late finds no port. */
static void closed_under_a_waiter(ULONG_PTR tag)
{
    DWORD code = 0;
    int tries;
    for (tries = 0; tries < 100 && code != ERROR_ABANDONED_WAIT_0; tries++) {
        HANDLE port = new_port(1), again, thread;
        CHECK(DuplicateHandle(GetCurrentProcess(), port, GetCurrentProcess(), &again, 0, FALSE,
                              DUPLICATE_SAME_ACCESS));
        thread = CreateThread(NULL, 0, waits_for_the_end, (LPVOID)((ULONG_PTR)again | tag), 0, NULL);
        CHECK(WaitForSingleObject(ready, LATE) == WAIT_OBJECT_0);
        CHECK(CloseHandle(port) && WaitForSingleObject(thread, 20) == WAIT_TIMEOUT); /* not the last handle */
        CHECK(CloseHandle(again) && WaitForSingleObject(thread, LATE) == WAIT_OBJECT_0);
        CHECK(GetExitCodeThread(thread, &code) && CloseHandle(thread));
        CHECK(code == ERROR_ABANDONED_WAIT_0 || code == ERROR_INVALID_HANDLE);
    }
    CHECK(code == ERROR_ABANDONED_WAIT_0);
}

#define WORKERS 6
#define EACH 2000
static volatile LONG taken[WORKERS * EACH];

static DWORD WINAPI works(LPVOID port)
{
    DWORD got, n = 0;
    ULONG_PTR its;
    OVERLAPPED *none;
    while (GetQueuedCompletionStatus((HANDLE)port, &got, &its, &none, LATE) && none == NULL) {
        if (its == 0)
            return n;
        InterlockedIncrement(&taken[its - 1]);
        if (++n % 512 == 0)
            Sleep(1);
    }
    CHECK(!"a packet in time");
    return n;
}

static void crowd(DWORD threads)
{
    HANDLE port = new_port(threads), workers[WORKERS];
    DWORD n, sum = 0;
    ULONG_PTR i;
    memset((void *)taken, 0, sizeof taken);
    for (i = 0; i < WORKERS; i++)
        workers[i] = CreateThread(NULL, 0, works, port, 0, NULL);
    for (i = 1; i <= WORKERS * EACH; i++)
        PostQueuedCompletionStatus(port, 0, i, NULL);
    for (i = 0; i < WORKERS; i++)
        PostQueuedCompletionStatus(port, 0, 0, NULL);
    CHECK(WaitForMultipleObjects(WORKERS, workers, TRUE, LATE) == WAIT_OBJECT_0);
    for (i = 0; i < WORKERS; i++)
        sum += GetExitCodeThread(workers[i], &n) && CloseHandle(workers[i]) ? n : 0;
    CHECK(sum == WORKERS * EACH);
    for (i = 0; i < WORKERS * EACH; i++)
        CHECK(taken[i] == 1);
    CHECK(CloseHandle(port));
}

static HANDLE duplicate(HANDLE source, DWORD options)
{
    HANDLE made = NULL;
    CHECK(DuplicateHandle(GetCurrentProcess(), source, GetCurrentProcess(), &made, 0, FALSE, options));
    return made;
}

static void duplicates(void)
{
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL), again = duplicate(event, DUPLICATE_SAME_ACCESS), self;
    HANDLE none = (HANDLE)&event;
    struct sockaddr_in address;
    int length = sizeof address;
    WSADATA data;
    SOCKET s, t;
    char buffer[4];
    CHECK(again != event && SetEvent(event) && WaitForSingleObject(again, 0) == WAIT_OBJECT_0);
    CHECK(CloseHandle(event) && ResetEvent(again) && WaitForSingleObject(again, 0) == WAIT_TIMEOUT);
    event = duplicate(again, DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE);
    CHECK(!CloseHandle(again) && SetEvent(event));
    self = duplicate(GetCurrentThread(), DUPLICATE_SAME_ACCESS);
    CHECK(self != GetCurrentThread() && GetThreadId(self) == GetCurrentThreadId() && CloseHandle(self));
    CHECK(!DuplicateHandle(GetCurrentProcess(), self, GetCurrentProcess(), &none, 0, FALSE, 2));
    CHECK(GetLastError() == ERROR_INVALID_HANDLE && none == (HANDLE)&event);
    CHECK(!DuplicateHandle(event, event, GetCurrentProcess(), &none, 0, FALSE, 2));
    CHECK(GetLastError() == ERROR_INVALID_HANDLE);
    CHECK(!DuplicateHandle(GetCurrentProcess(), event, event, &none, 0, FALSE, 2));
    CHECK(GetLastError() == ERROR_INVALID_HANDLE);
    CHECK(!DuplicateHandle(GetCurrentProcess(), event, GetCurrentProcess(), &none, 0, FALSE, 8));
    CHECK(GetLastError() == ERROR_INVALID_PARAMETER && none == (HANDLE)&event);
    CHECK(DuplicateHandle(GetCurrentProcess(), event, NULL, NULL, 0, FALSE, DUPLICATE_CLOSE_SOURCE));
    CHECK(!SetEvent(event));

    /* F320: a socket's duplicate receives what is sent to the socket. */
    CHECK(WSAStartup(MAKEWORD(2, 2), &data) == 0);
    s = socket(AF_INET, SOCK_DGRAM, 0);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(bind(s, (struct sockaddr *)&address, sizeof address) == 0);
    CHECK(getsockname(s, (struct sockaddr *)&address, &length) == 0);
    t = (SOCKET)duplicate((HANDLE)s, DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE);
    CHECK(t != s && closesocket(s) == SOCKET_ERROR && WSAGetLastError() == WSAENOTSOCK);
    CHECK(sendto(t, "abc", 3, 0, (struct sockaddr *)&address, length) == 3);
    CHECK(recv(t, buffer, sizeof buffer, 0) == 3 && memcmp(buffer, "abc", 3) == 0 && closesocket(t) == 0);
    CHECK(WSACleanup() == 0);
}

int main(void)
{
    HANDLE port = new_port(2), thread;
    ready = CreateEventA(NULL, FALSE, FALSE, NULL);
    posted();
    several_at_once();
    thread = CreateThread(NULL, 0, calls_and_packets, port, 0, NULL);
    CHECK(WaitForSingleObject(thread, LATE) == WAIT_OBJECT_0 && CloseHandle(thread) && CloseHandle(port));
    closed_under_a_waiter(0);
    closed_under_a_waiter(1);
    crowd(0);
    crowd(1);
    crowd(WORKERS);
    duplicates();
    DONE();
}
