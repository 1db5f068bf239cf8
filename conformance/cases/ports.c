/* Completion ports (clauses/ports.md). */
#include "harness.h"

#define KEY 125

static HANDLE new_event(void) {
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    require(event != NULL);
    return event;
}

static SOCKET not_overlapped(void) {
    SOCKET s = WSASocketA(AF_INET, SOCK_DGRAM, IPPROTO_UDP, NULL, 0, 0);
    require(s != INVALID_SOCKET);
    return s;
}

/* A connected pair whose `local` is on the port. */
static struct pair pair_on(HANDLE port) {
    struct pair pair = tcp_pair();
    associate(port, pair.local, KEY);
    return pair;
}

static void modes(SOCKET s, UCHAR flags) { require(SetFileCompletionNotificationModes((HANDLE)s, flags)); }

static OVERLAPPED *at(ULONG_PTR address) { return (OVERLAPPED *)address; }

/* ---- CreateIoCompletionPort ---- */

CASE("createiocompletionport/returns/new") {
    HANDLE port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
    HANDLE other = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 3);
    expect(port != NULL && port != INVALID_HANDLE_VALUE);
    expect(other != NULL && other != port);
    expect(CloseHandle(port));
    expect_no_packet(other);
}

CASE("createiocompletionport/returns/existing") {
    HANDLE port = new_port();
    expect(CreateIoCompletionPort((HANDLE)tcp(), port, KEY, 0) == port);
    expect(CreateIoCompletionPort((HANDLE)udp(), port, KEY, 0) == port);
}

CASE("createiocompletionport/returns/new-with-socket") {
    struct pair pair = tcp_pair();
    HANDLE port = CreateIoCompletionPort((HANDLE)pair.local, NULL, KEY, 0);
    struct request request;
    require(port != NULL);
    expect_pending(&request, begin_receive(pair.local, &request, NULL, 8));
    give(pair.peer, "abc");
    expect_packet(port, KEY, &request.overlapped, 3, NO_ERROR);
}

CASE("createiocompletionport/error/second-association") {
    SOCKET s = udp_at(NULL);
    HANDLE port = new_port(), other = new_port();
    associate(port, s, KEY);
    expect_false(CreateIoCompletionPort((HANDLE)s, other, KEY, 0), ERROR_INVALID_PARAMETER);
    expect_false(CreateIoCompletionPort((HANDLE)s, port, KEY, 0), ERROR_INVALID_PARAMETER);
}

CASE("createiocompletionport/error/no-file") {
    expect_false(CreateIoCompletionPort(INVALID_HANDLE_VALUE, new_port(), 0, 0), ERROR_INVALID_PARAMETER);
}

CASE("createiocompletionport/error/not-overlapped") {
    SOCKET s = not_overlapped();
    expect_false(CreateIoCompletionPort((HANDLE)s, new_port(), KEY, 0), ERROR_INVALID_PARAMETER);
}

CASE("createiocompletionport/error/closed-socket") {
    SOCKET s = udp();
    require(closesocket(s) == 0);
    expect_false(CreateIoCompletionPort((HANDLE)s, new_port(), KEY, 0), ERROR_INVALID_HANDLE);
}

CASE("createiocompletionport/error/not-a-port") {
    expect_false(CreateIoCompletionPort((HANDLE)udp(), new_event(), KEY, 0), ERROR_INVALID_HANDLE);
}

CASE("createiocompletionport/remarks/keys") {
    HANDLE port = new_port();
    ULONG_PTR keys[] = {0, 7, ~(ULONG_PTR)0, (ULONG_PTR)&port};
    struct request requests[4];
    int i;
    for (i = 0; i < 4; i++) {
        struct pair pair = udp_pair();
        associate(port, pair.local, keys[i]);
        expect_pending(&requests[i], begin_receive(pair.local, &requests[i], NULL, 8));
        give(pair.peer, "abc");
        expect_packet(port, keys[i], &requests[i].overlapped, 3, NO_ERROR);
    }
}

CASE("createiocompletionport/remarks/request-came-first") {
    struct pair pair = tcp_pair();
    HANDLE port = new_port();
    struct request request;
    expect_pending(&request, begin_receive(pair.local, &request, NULL, 8));
    associate(port, pair.local, KEY);
    give(pair.peer, "abc");
    expect_packet(port, KEY, &request.overlapped, 3, NO_ERROR);
    expect_no_packet(port);
}

static int routine_runs;
static DWORD routine_count;

static void CALLBACK routine(DWORD error, DWORD count, LPWSAOVERLAPPED overlapped, DWORD flags) {
    (void)error, (void)overlapped, (void)flags;
    routine_runs++;
    routine_count = count;
}

CASE("createiocompletionport/remarks/routine-came-first") {
    struct pair pair = tcp_pair();
    HANDLE port = new_port();
    struct request request;
    DWORD flags = 0;
    request_init(&request, NULL);
    expect_error(WSARecv(pair.local, &request.part, 1, NULL, &flags, &request.overlapped, routine),
                 WSA_IO_PENDING);
    associate(port, pair.local, KEY);
    give(pair.peer, "abc");
    expect_eq(SleepEx(PATIENCE, TRUE), WAIT_IO_COMPLETION);
    expect_eq(routine_runs, 1);
    expect_eq(routine_count, 3);
    expect_no_packet(port);
}

CASE("createiocompletionport/remarks/signals-socket") {
    SOCKET s = udp();
    associate(new_port(), s, KEY);
    expect_eq(WaitForSingleObject((HANDLE)s, 0), WAIT_OBJECT_0);
}

CASE("createiocompletionport/remarks/signals-no-socket-with-mode") {
    SOCKET s = udp();
    modes(s, FILE_SKIP_SET_EVENT_ON_HANDLE);
    associate(new_port(), s, KEY);
    expect_eq(WaitForSingleObject((HANDLE)s, 0), WAIT_TIMEOUT);
}

CASE("createiocompletionport/remarks/routine-refused") {
    HANDLE port = new_port();
    struct pair pair = pair_on(port);
    struct request request;
    DWORD flags = 0;
    char buffer[8];
    request_init(&request, NULL);
    expect_error(WSARecv(pair.local, &request.part, 1, NULL, &flags, &request.overlapped, routine),
                 WSAEINVAL);
    give_to(pair.peer, pair.local, "abc");
    expect_error(WSARecv(pair.local, &request.part, 1, NULL, &flags, &request.overlapped, routine),
                 WSAEINVAL);
    expect_eq(SleepEx(50, TRUE), 0);
    expect_eq(routine_runs, 0);
    expect_no_packet(port);
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 3);
}

CASE("createiocompletionport/remarks/port-closed-under-request") {
    HANDLE port = new_port(), event = new_event();
    struct pair pair = pair_on(port);
    struct request request;
    expect_pending(&request, begin_receive(pair.local, &request, event, 8));
    expect(CloseHandle(port));
    give(pair.peer, "abc");
    expect_eq(WaitForSingleObject(event, PATIENCE), WAIT_OBJECT_0);
    expect_ended(&request, ENDED_WELL, 3);
}

/* ---- GetQueuedCompletionStatus itself ---- */

CASE("getqueuedcompletionstatus/returns/timeout") {
    DWORD count = POISON;
    ULONG_PTR key = POISON;
    OVERLAPPED *overlapped = UNMAPPED(OVERLAPPED);
    HANDLE port = new_port();
    long long start = now_ms();
    expect_false(GetQueuedCompletionStatus(port, &count, &key, &overlapped, 0), WAIT_TIMEOUT);
    expect_false(GetQueuedCompletionStatus(port, &count, &key, &overlapped, 100), WAIT_TIMEOUT);
    expect(now_ms() - start >= 80);
    expect_eq(count, POISON);
    expect_eq(key, POISON);
    expect(overlapped == NULL);
}

CASE("getqueuedcompletionstatus/returns/keeps-last-error") {
    HANDLE port = new_port();
    DWORD count;
    ULONG_PTR key;
    OVERLAPPED *overlapped;
    require(PostQueuedCompletionStatus(port, 1, 2, NULL));
    SetLastError(POISON);
    expect(GetQueuedCompletionStatus(port, &count, &key, &overlapped, 0));
    expect(GetLastError() == POISON);
}

static OVERLAPPED *seen;

static long long act_dequeue(void *port) {
    DWORD count = POISON;
    ULONG_PTR key = POISON;
    seen = UNMAPPED(OVERLAPPED);
    if (!GetQueuedCompletionStatus(*(HANDLE *)port, &count, &key, &seen, INFINITE)) return -1;
    return count;
}

static long long act_dequeue_ex(void *port) {
    OVERLAPPED_ENTRY entries[2];
    ULONG count = POISON;
    if (!GetQueuedCompletionStatusEx(*(HANDLE *)port, entries, 2, &count, INFINITE, FALSE)) return -1;
    return count;
}

CASE("getqueuedcompletionstatus/remarks/waits-for-post") {
    HANDLE port = new_port();
    struct call call;
    begin(&call, act_dequeue, &port);
    expect(PostQueuedCompletionStatus(port, 42, 0, NULL));
    expect_finish(&call, 42, POISON);
}

CASE("getqueuedcompletionstatus/remarks/waits-for-data") {
    HANDLE port = new_port();
    struct pair pair = pair_on(port);
    struct request request;
    struct call call;
    expect_pending(&request, begin_receive(pair.local, &request, NULL, 8));
    begin(&call, act_dequeue, &port);
    give(pair.peer, "abc");
    expect_finish(&call, 3, POISON);
    expect(seen == &request.overlapped);
}

CASE("getqueuedcompletionstatus/remarks/polled") {
    HANDLE port = new_port();
    struct pair pair = pair_on(port);
    struct request request;
    DWORD count = POISON;
    ULONG_PTR key;
    OVERLAPPED *overlapped;
    long long start = now_ms();
    BOOL taken;
    expect_pending(&request, begin_receive(pair.local, &request, NULL, 8));
    give(pair.peer, "abc");
    do
        taken = GetQueuedCompletionStatus(port, &count, &key, &overlapped, 0);
    while (!taken && now_ms() - start < PATIENCE);
    expect(taken);
    expect_eq(count, 3);
    expect(overlapped == &request.overlapped);
}

CASE("getqueuedcompletionstatus/remarks/request-begun-under-waiter") {
    HANDLE port = new_port();
    struct pair pair = pair_on(port);
    struct request request;
    struct call call;
    begin(&call, act_dequeue, &port);
    expect_eq(begin_receive(pair.local, &request, NULL, 8), WSA_IO_PENDING);
    give(pair.peer, "abc");
    expect_finish(&call, 3, POISON);
}

CASE("getqueuedcompletionstatus/error/abandoned") {
    HANDLE port = new_port();
    struct call call;
    begin(&call, act_dequeue, &port);
    expect(CloseHandle(port));
    expect_finish(&call, -1, ERROR_ABANDONED_WAIT_0);
    expect(seen == NULL);
}

CASE("getqueuedcompletionstatusex/error/abandoned") {
    HANDLE port = new_port();
    struct call call;
    begin(&call, act_dequeue_ex, &port);
    expect(CloseHandle(port));
    expect_finish(&call, -1, ERROR_ABANDONED_WAIT_0);
}

CASE("getqueuedcompletionstatus/error/all-abandoned") {
    HANDLE port = new_port();
    struct pair pair = pair_on(port);
    struct request request;
    struct call calls[3];
    int i;
    expect_pending(&request, begin_receive(pair.local, &request, NULL, 8));
    for (i = 0; i < 3; i++) begin(&calls[i], act_dequeue, &port);
    expect(CloseHandle(port));
    for (i = 0; i < 3; i++) expect_finish(&calls[i], -1, ERROR_ABANDONED_WAIT_0);
}

CASE("getqueuedcompletionstatus/error/not-a-port") {
    DWORD count = POISON;
    ULONG_PTR key = POISON;
    OVERLAPPED *overlapped = UNMAPPED(OVERLAPPED);
    HANDLE port = new_port();
    require(CloseHandle(port));
    expect_false(GetQueuedCompletionStatus(port, &count, &key, &overlapped, 0), ERROR_INVALID_HANDLE);
    expect_false(GetQueuedCompletionStatus(new_event(), &count, &key, &overlapped, 0), ERROR_INVALID_HANDLE);
    expect_eq(count, POISON);
    expect_eq(key, POISON);
    expect(overlapped == NULL);
}

static int apcs;

static void CALLBACK apc(ULONG_PTR argument) {
    (void)argument;
    apcs++;
}

static void queue_apc(void) { require(QueueUserAPC(apc, GetCurrentThread(), 0)); }

CASE("getqueuedcompletionstatus/remarks/not-alertable") {
    HANDLE port = new_port();
    queue_apc();
    expect_no_packet(port);
    expect_eq(apcs, 0);
    expect_eq(SleepEx(0, TRUE), WAIT_IO_COMPLETION);
    expect_eq(apcs, 1);
}

CASE("getqueuedcompletionstatus/remarks/fifo") {
    HANDLE port = new_port();
    struct pair pair = pair_on(port);
    struct request request;
    expect(PostQueuedCompletionStatus(port, 1, 10, at(0x100)));
    give_to(pair.peer, pair.local, "abc");
    expect_eq(begin_receive(pair.local, &request, NULL, 8), NO_ERROR);
    expect(PostQueuedCompletionStatus(port, 2, 20, at(0x200)));
    expect_packet(port, 10, at(0x100), 1, NO_ERROR);
    expect_packet(port, KEY, &request.overlapped, 3, NO_ERROR);
    expect_packet(port, 20, at(0x200), 2, NO_ERROR);
    expect_no_packet(port);
}

CASE("getqueuedcompletionstatus/remarks/lifo-threads") {
    HANDLE port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 8);
    struct call calls[3];
    int i;
    for (i = 0; i < 3; i++) begin(&calls[i], act_dequeue, &port);
    for (i = 2; i >= 0; i--) {
        expect(PostQueuedCompletionStatus(port, (DWORD)i, 0, NULL));
        expect_finish(&calls[i], i, POISON);
    }
}

/* ---- Concurrency ---- */

/* Takes a packet, works until it is told to go on, and then does what it is told. */
struct worker {
    HANDLE port;
    volatile LONG took, go_on;
    HANDLE then_wait;    /* blocks on this event, or */
    HANDLE then_dequeue; /* looks into this port, or ends its thread */
    volatile LONG second, leave;
    struct call call;
};

static long long act_work(void *argument) {
    struct worker *worker = (struct worker *)argument;
    DWORD count;
    ULONG_PTR key;
    OVERLAPPED *overlapped;
    if (!GetQueuedCompletionStatus(worker->port, &count, &key, &overlapped, 2 * PATIENCE)) return -1;
    InterlockedExchange(&worker->took, 1);
    while (!worker->go_on) continue;
    if (worker->then_wait) WaitForSingleObject(worker->then_wait, 2 * PATIENCE);
    if (worker->then_dequeue && GetQueuedCompletionStatus(worker->then_dequeue, &count, &key, &overlapped, 0))
        InterlockedExchange(&worker->second, 1);
    while (worker->then_dequeue && !worker->leave) continue;
    return 0;
}

static int flag_comes(volatile LONG *flag, int milliseconds) {
    long long end = now_ms() + milliseconds;
    while (!*flag) {
        if (now_ms() >= end) return 0;
        Sleep(1);
    }
    return 1;
}

/* One worker has taken a packet and works, the other waits, and a second packet is queued. */
static HANDLE one_works(struct worker *idle, struct worker *busy, DWORD concurrency) {
    HANDLE port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, concurrency);
    memset(idle, 0, sizeof *idle);
    memset(busy, 0, sizeof *busy);
    idle->port = busy->port = port;
    idle->go_on = idle->leave = 1;
    begin(&busy->call, act_work, busy);
    require(PostQueuedCompletionStatus(port, 1, 0, NULL));
    require(flag_comes(&busy->took, PATIENCE));
    begin(&idle->call, act_work, idle);
    require(PostQueuedCompletionStatus(port, 2, 0, NULL));
    return port;
}

static void let_go(struct worker *idle, struct worker *busy) {
    busy->go_on = busy->leave = 1;
    finish(&busy->call);
    finish(&idle->call);
}

CASE("getqueuedcompletionstatus/concurrency/one-works") {
    struct worker idle, busy;
    HANDLE port = one_works(&idle, &busy, 1);
    expect(!flag_comes(&idle.took, 150));
    busy.then_dequeue = port;
    busy.go_on = 1;
    expect(flag_comes(&busy.second, PATIENCE));
    expect(!flag_comes(&idle.took, 50));
    require(PostQueuedCompletionStatus(port, 3, 0, NULL));
    let_go(&idle, &busy);
}

CASE("getqueuedcompletionstatus/concurrency/two-work") {
    struct worker idle, busy;
    one_works(&idle, &busy, 2);
    expect(flag_comes(&idle.took, PATIENCE));
    let_go(&idle, &busy);
}

CASE("getqueuedcompletionstatus/concurrency/blocked-does-not-count") {
    struct worker idle, busy;
    HANDLE event = new_event();
    one_works(&idle, &busy, 1);
    expect(!flag_comes(&idle.took, 100));
    busy.then_wait = event;
    busy.go_on = 1;
    expect(flag_comes(&idle.took, PATIENCE));
    SetEvent(event);
    let_go(&idle, &busy);
}

CASE("getqueuedcompletionstatus/concurrency/another-port") {
    struct worker idle, busy;
    one_works(&idle, &busy, 1);
    expect(!flag_comes(&idle.took, 100));
    busy.then_dequeue = new_port();
    busy.go_on = 1;
    expect(flag_comes(&idle.took, PATIENCE));
    let_go(&idle, &busy);
}

CASE("getqueuedcompletionstatus/concurrency/thread-ends") {
    struct worker idle, busy;
    one_works(&idle, &busy, 1);
    expect(!flag_comes(&idle.took, 100));
    let_go(&idle, &busy);
    expect_eq(idle.took, 1);
}

CASE("getqueuedcompletionstatus/concurrency/zero-is-processors") {
    struct worker idle, busy;
    SYSTEM_INFO system;
    GetSystemInfo(&system);
    one_works(&idle, &busy, 0);
    expect_eq(flag_comes(&idle.took, system.dwNumberOfProcessors > 1 ? PATIENCE : 100),
              system.dwNumberOfProcessors > 1);
    let_go(&idle, &busy);
}

CASE("getqueuedcompletionstatus/concurrency/of-association-ignored") {
    struct worker idle, busy;
    HANDLE port = one_works(&idle, &busy, 1);
    expect(CreateIoCompletionPort((HANDLE)udp(), port, KEY, 8) == port);
    require(PostQueuedCompletionStatus(port, 3, 0, NULL));
    expect(!flag_comes(&idle.took, 150));
    let_go(&idle, &busy);
}

/* ---- GetQueuedCompletionStatusEx ---- */

CASE("getqueuedcompletionstatusex/returns/several") {
    HANDLE port = new_port();
    OVERLAPPED_ENTRY entries[4];
    ULONG count = POISON;
    DWORD i;
    poison(entries, sizeof entries);
    for (i = 1; i <= 3; i++) require(PostQueuedCompletionStatus(port, i, 10 * i, at(0x100 * i)));
    expect(GetQueuedCompletionStatusEx(port, entries, 2, &count, 0, FALSE));
    expect_eq(count, 2);
    for (i = 0; i < 2; i++) {
        expect_eq(entries[i].dwNumberOfBytesTransferred, i + 1);
        expect_eq(entries[i].lpCompletionKey, 10 * (i + 1));
        expect(entries[i].lpOverlapped == at(0x100 * (i + 1)));
    }
    expect_untouched(&entries[2], 2 * sizeof *entries);
    expect(GetQueuedCompletionStatusEx(port, entries, 4, &count, 0, FALSE));
    expect_eq(count, 1);
    expect_eq(entries[0].lpCompletionKey, 30);
}

CASE("getqueuedcompletionstatusex/returns/timeout") {
    HANDLE port = new_port();
    OVERLAPPED_ENTRY entry;
    ULONG count = POISON;
    expect_false(GetQueuedCompletionStatusEx(port, &entry, 1, &count, 0, FALSE), WAIT_TIMEOUT);
    expect_false(GetQueuedCompletionStatusEx(port, &entry, 1, &count, 50, FALSE), WAIT_TIMEOUT);
    expect_false(GetQueuedCompletionStatusEx(port, &entry, 1, &count, 50, TRUE), WAIT_TIMEOUT);
}

CASE("getqueuedcompletionstatusex/error/no-entries") {
    HANDLE port = new_port();
    OVERLAPPED_ENTRY entry;
    ULONG count = POISON;
    require(PostQueuedCompletionStatus(port, 1, 2, NULL));
    expect_false(GetQueuedCompletionStatusEx(port, &entry, 0, &count, 0, FALSE), ERROR_INVALID_PARAMETER);
    expect_eq(count, POISON);
    expect_packet(port, 2, NULL, 1, NO_ERROR);
}

CASE("getqueuedcompletionstatusex/error/not-a-port") {
    OVERLAPPED_ENTRY entry;
    ULONG count = POISON;
    expect_false(GetQueuedCompletionStatusEx(new_event(), &entry, 1, &count, 0, FALSE), ERROR_INVALID_HANDLE);
}

CASE("getqueuedcompletionstatusex/returns/failed-request") {
    HANDLE port = new_port();
    struct pair pair = pair_on(port);
    struct request request;
    OVERLAPPED_ENTRY entry;
    ULONG count = POISON;
    expect_pending(&request, begin_receive(pair.local, &request, NULL, 8));
    reset(pair.peer);
    poison(&entry, sizeof entry);
    expect(GetQueuedCompletionStatusEx(port, &entry, 1, &count, PATIENCE, FALSE));
    expect_eq(count, 1);
    expect(entry.lpOverlapped == &request.overlapped);
    expect_eq(entry.lpCompletionKey, KEY);
    expect_eq(entry.dwNumberOfBytesTransferred, 0);
    expect_ended(&request, RESET_BY_PEER, 0);
}

CASE("getqueuedcompletionstatusex/remarks/waits-for-one") {
    HANDLE port = new_port();
    struct call call;
    begin(&call, act_dequeue_ex, &port);
    expect(PostQueuedCompletionStatus(port, 42, 0, NULL));
    expect_finish(&call, 1, POISON);
}

CASE("getqueuedcompletionstatusex/alertable/apc") {
    HANDLE port = new_port();
    OVERLAPPED_ENTRY entry;
    ULONG count = POISON;
    queue_apc();
    queue_apc();
    expect_false(GetQueuedCompletionStatusEx(port, &entry, 1, &count, PATIENCE, TRUE), WAIT_IO_COMPLETION);
    expect_eq(apcs, 2);
}

CASE("getqueuedcompletionstatusex/alertable/apc-first") {
    HANDLE port = new_port();
    OVERLAPPED_ENTRY entry;
    ULONG count = POISON;
    queue_apc();
    require(PostQueuedCompletionStatus(port, 1, 2, NULL));
    expect_false(GetQueuedCompletionStatusEx(port, &entry, 1, &count, PATIENCE, TRUE), WAIT_IO_COMPLETION);
    expect_eq(apcs, 1);
    expect(GetQueuedCompletionStatusEx(port, &entry, 1, &count, PATIENCE, TRUE));
    expect_eq(entry.lpCompletionKey, 2);
}

CASE("getqueuedcompletionstatusex/alertable/packet-first") {
    HANDLE port = new_port();
    OVERLAPPED_ENTRY entry;
    ULONG count = POISON;
    require(PostQueuedCompletionStatus(port, 1, 2, NULL));
    expect(GetQueuedCompletionStatusEx(port, &entry, 1, &count, PATIENCE, TRUE));
    queue_apc();
    require(PostQueuedCompletionStatus(port, 3, 4, NULL));
    expect(GetQueuedCompletionStatusEx(port, &entry, 1, &count, PATIENCE, TRUE));
    expect_eq(entry.lpCompletionKey, 4);
    expect_eq(apcs, 0);
    expect_eq(SleepEx(0, TRUE), WAIT_IO_COMPLETION);
    expect_eq(apcs, 1);
}

CASE("getqueuedcompletionstatusex/alertable/not-unless-asked") {
    HANDLE port = new_port();
    OVERLAPPED_ENTRY entry;
    ULONG count = POISON;
    queue_apc();
    expect_false(GetQueuedCompletionStatusEx(port, &entry, 1, &count, 50, FALSE), WAIT_TIMEOUT);
    expect_eq(apcs, 0);
}

/* ---- PostQueuedCompletionStatus ---- */

CASE("postqueuedcompletionstatus/remarks/passed-through") {
    HANDLE port = new_port();
    expect(PostQueuedCompletionStatus(port, 0xffffffffu, ~(ULONG_PTR)0, at(1)));
    expect(PostQueuedCompletionStatus(port, 0, 0, at(~(ULONG_PTR)0)));
    expect_packet(port, ~(ULONG_PTR)0, at(1), 0xffffffffu, NO_ERROR);
    expect_packet(port, 0, at(~(ULONG_PTR)0), 0, NO_ERROR);
}

CASE("postqueuedcompletionstatus/remarks/null-overlapped") {
    HANDLE port = new_port();
    expect(PostQueuedCompletionStatus(port, 5, 6, NULL));
    expect_packet(port, 6, NULL, 5, NO_ERROR);
    expect_no_packet(port);
}

CASE("postqueuedcompletionstatus/remarks/overlapped-untouched") {
    HANDLE port = new_port();
    OVERLAPPED overlapped;
    poison(&overlapped, sizeof overlapped);
    expect(PostQueuedCompletionStatus(port, 5, 6, &overlapped));
    expect_packet(port, 6, &overlapped, 5, NO_ERROR);
    expect_untouched(&overlapped, sizeof overlapped);
}

CASE("postqueuedcompletionstatus/error/not-a-port") {
    HANDLE port = new_port();
    require(CloseHandle(port));
    expect_false(PostQueuedCompletionStatus(port, 1, 2, NULL), ERROR_INVALID_HANDLE);
    expect_false(PostQueuedCompletionStatus(new_event(), 1, 2, NULL), ERROR_INVALID_HANDLE);
}
