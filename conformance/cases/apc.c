/* APCs: when and where they run (clauses/apc.md). */
#include "harness.h"

#define NAME(address) ((struct sockaddr *)&(address))

/* The order in which APCs and routines ran, by what they were given. */
static int ran[16];
static volatile LONG run_count;
static DWORD ran_in;

static void note(int what) {
    require(run_count < 16);
    ran[run_count] = what;
    ran_in = GetCurrentThreadId();
    InterlockedIncrement(&run_count);
}

static void CALLBACK apc(ULONG_PTR argument) { note((int)argument); }

/* Queues an APC to this thread. */
static void queue(int what) { require(QueueUserAPC(apc, GetCurrentThread(), (ULONG_PTR)what) != 0); }

/* So many have run, and these last ones. */
#define expect_ran(count) expect_eq(run_count, count)
#define expect_alerted(call) expect_eq((DWORD)(call), WAIT_IO_COMPLETION)

/* Waits until so many ran in another thread. */
static void await_ran(int count) {
    long long end = now_ms() + PATIENCE;
    while (InterlockedCompareExchange(&run_count, 0, 0) < count) {
        require(now_ms() < end);
        Sleep(1);
    }
}

/* ---- QueueUserAPC and SleepEx ---- */

CASE("apc/queue/argument") {
    queue(42);
    expect_ran(0);
    expect_alerted(SleepEx(0, TRUE));
    expect_ran(1);
    expect_eq(ran[0], 42);
    expect_eq(ran_in, GetCurrentThreadId());
}

CASE("apc/queue/fifo") {
    int i;
    for (i = 0; i < 8; i++) queue(i);
    expect_alerted(SleepEx(PATIENCE, TRUE));
    expect_ran(8);
    for (i = 0; i < 8; i++) expect_eq(ran[i], i);
    expect_eq(SleepEx(0, TRUE), 0);
}

static void CALLBACK apc_queues(ULONG_PTR argument) {
    note((int)argument);
    if (argument > 0) require(QueueUserAPC(apc_queues, GetCurrentThread(), argument - 1) != 0);
}

CASE("apc/queue/from-an-apc") {
    require(QueueUserAPC(apc_queues, GetCurrentThread(), 2) != 0);
    expect_alerted(SleepEx(0, TRUE));
    expect_ran(3);
    expect_eq(ran[2], 0);
}

static long long act_sleep(void *unused) {
    (void)unused;
    return SleepEx(PATIENCE, TRUE);
}

CASE("apc/queue/other-thread") {
    struct call call;
    begin(&call, act_sleep, NULL);
    expect(QueueUserAPC(apc, call.thread, 7) != 0);
    finish(&call);
    expect_eq(call.result, WAIT_IO_COMPLETION);
    expect_ran(1);
    expect_eq(ran[0], 7);
    expect(ran_in != GetCurrentThreadId());
}

static DWORD WINAPI count_first(void *argument) {
    (void)argument;
    return (DWORD)run_count;
}

CASE("apc/queue/before-start") {
    DWORD id, code = POISON;
    HANDLE thread = CreateThread(NULL, 0, count_first, NULL, CREATE_SUSPENDED, &id);
    require(thread != NULL);
    expect(QueueUserAPC(apc, thread, 1) != 0);
    expect(QueueUserAPC(apc, thread, 2) != 0);
    expect_eq(ResumeThread(thread), 1);
    expect(signalled(thread, PATIENCE));
    expect(GetExitCodeThread(thread, &code));
    expect_eq(code, 2);
    expect_eq(ran_in, id);
}

CASE("apc/queue/error") {
    HANDLE event = manual_event(), thread;
    DWORD id;
    expect_eq(QueueUserAPC(apc, event, 1), 0);
    expect_false(QueueUserAPC(apc, NULL, 1), ERROR_INVALID_HANDLE);
    thread = CreateThread(NULL, 0, count_first, NULL, 0, &id);
    require(thread != NULL && signalled(thread, PATIENCE));
    expect_eq(QueueUserAPC(apc, thread, 1), 0);
}

CASE("apc/sleepex/timeout") {
    long long start = now_ms();
    expect_eq(SleepEx(60, TRUE), 0);
    expect_eq(SleepEx(40, FALSE), 0);
    expect_between(now_ms() - start, 80, PATIENCE);
}

CASE("apc/sleepex/zero") {
    expect_eq(SleepEx(0, TRUE), 0);
    queue(1);
    expect_alerted(SleepEx(0, TRUE));
    expect_eq(SleepEx(0, TRUE), 0);
}

CASE("apc/sleepex/infinite") {
    queue(1);
    expect_alerted(SleepEx(INFINITE, TRUE));
}

/* ---- Waits ---- */

CASE("apc/wait/every-alertable-form") {
    HANDLE event = manual_event(), both[2];
    both[0] = event;
    both[1] = manual_event();
    queue(1);
    expect_alerted(WaitForSingleObjectEx(event, PATIENCE, TRUE));
    queue(2);
    expect_alerted(WaitForMultipleObjectsEx(2, both, FALSE, PATIENCE, TRUE));
    queue(3);
    expect_alerted(WaitForMultipleObjectsEx(2, both, TRUE, PATIENCE, TRUE));
    queue(4);
    expect_alerted(WSAWaitForMultipleEvents(2, both, FALSE, PATIENCE, TRUE));
    queue(5);
    expect_alerted(SignalObjectAndWait(both[0], both[1], PATIENCE, TRUE));
    expect_ran(5);
}

CASE("apc/wait/all-in-one") {
    HANDLE event = manual_event();
    int i;
    for (i = 0; i < 4; i++) queue(i);
    expect_alerted(WSAWaitForMultipleEvents(1, &event, FALSE, PATIENCE, TRUE));
    expect_ran(4);
    for (i = 0; i < 4; i++) expect_eq(ran[i], i);
    expect_eq(WSAWaitForMultipleEvents(1, &event, FALSE, 0, TRUE), WSA_WAIT_TIMEOUT);
}

CASE("apc/wait/time-zero") {
    HANDLE event = manual_event();
    queue(1);
    expect_alerted(WaitForSingleObjectEx(event, 0, TRUE));
    expect_eq(WaitForSingleObjectEx(event, 0, TRUE), WAIT_TIMEOUT);
    queue(2);
    expect_alerted(WSAWaitForMultipleEvents(1, &event, FALSE, 0, TRUE));
    expect_ran(2);
}

CASE("apc/wait/satisfied-first") {
    HANDLE event = manual_event();
    require(SetEvent(event));
    queue(1);
    expect_eq(WaitForSingleObjectEx(event, PATIENCE, TRUE), WAIT_OBJECT_0);
    expect_eq(WSAWaitForMultipleEvents(1, &event, FALSE, PATIENCE, TRUE), WSA_WAIT_EVENT_0);
    expect_ran(0);
    expect_alerted(SleepEx(0, TRUE));
    expect_ran(1);
}

CASE("apc/wait/consumes-nothing") {
    HANDLE both[2];
    both[0] = CreateEventA(NULL, FALSE, TRUE, NULL);
    both[1] = CreateEventA(NULL, FALSE, FALSE, NULL);
    queue(1);
    expect_alerted(WaitForMultipleObjectsEx(2, both, TRUE, PATIENCE, TRUE));
    expect(signalled(both[0], 0));
}

static long long act_alertable(void *event) {
    return WaitForSingleObjectEx(*(HANDLE *)event, PATIENCE, TRUE);
}

static long long act_alertable_wsa(void *event) {
    return WSAWaitForMultipleEvents(1, (WSAEVENT *)event, FALSE, WSA_INFINITE, TRUE);
}

CASE("apc/wait/woken") {
    HANDLE event = manual_event();
    struct call call;
    begin(&call, act_alertable, &event);
    require(QueueUserAPC(apc, call.thread, 1) != 0);
    finish(&call);
    expect_eq(call.result, WAIT_IO_COMPLETION);
    begin(&call, act_alertable_wsa, &event);
    require(QueueUserAPC(apc, call.thread, 2) != 0);
    finish(&call);
    expect_eq(call.result, WSA_WAIT_IO_COMPLETION);
    expect_ran(2);
}

CASE("apc/wait/not-alertable") {
    HANDLE event = manual_event();
    fd_set none;
    struct timeval zero = {0, 0};
    SOCKET s = tcp_pair().local;
    queue(1);
    Sleep(0);
    Sleep(20);
    expect_eq(SleepEx(20, FALSE), 0);
    expect_eq(WaitForSingleObject(event, 20), WAIT_TIMEOUT);
    expect_eq(WaitForSingleObjectEx(event, 20, FALSE), WAIT_TIMEOUT);
    expect_eq(WaitForMultipleObjects(1, &event, FALSE, 20), WAIT_TIMEOUT);
    expect_eq(WaitForMultipleObjectsEx(1, &event, TRUE, 20, FALSE), WAIT_TIMEOUT);
    expect_eq(WSAWaitForMultipleEvents(1, &event, FALSE, 20, FALSE), WSA_WAIT_TIMEOUT);
    expect_eq(SignalObjectAndWait(manual_event(), event, 20, FALSE), WAIT_TIMEOUT);
    FD_ZERO(&none);
    FD_SET(s, &none);
    expect_eq(select(0, &none, NULL, NULL, &zero), 0);
    expect_ran(0);
    expect_alerted(SleepEx(0, TRUE));
    expect_ran(1);
}

CASE("apc/wait/port-is-not-alertable") {
    HANDLE port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
    DWORD bytes;
    ULONG_PTR key;
    OVERLAPPED *over;
    require(port != NULL);
    queue(1);
    expect_false(GetQueuedCompletionStatus(port, &bytes, &key, &over, 20), WAIT_TIMEOUT);
    expect_ran(0);
}

CASE("apc/wait/result-is-not-alertable") {
    struct pair pair = tcp_pair();
    struct posted r;
    DWORD count = POISON, flags = POISON;
    expect_pend(pair.local, &r, 16);
    queue(1);
    give(pair.peer, "abcd");
    expect(WSAGetOverlappedResult(pair.local, &r.over, &count, TRUE, &flags));
    expect_eq(count, 4);
    expect_pend(pair.local, &r, 16);
    give(pair.peer, "abcd");
    expect(GetOverlappedResult((HANDLE)pair.local, &r.over, &count, TRUE));
    expect_ran(0);
}

CASE("apc/wait/result-ex") {
    struct pair pair = tcp_pair();
    struct posted r;
    DWORD count = POISON;
    expect_pend(pair.local, &r, 16);
    queue(1);
    expect_false(GetOverlappedResultEx((HANDLE)pair.local, &r.over, &count, 20, FALSE), WAIT_TIMEOUT);
    expect_ran(0);
    expect_false(GetOverlappedResultEx((HANDLE)pair.local, &r.over, &count, PATIENCE, TRUE),
                 WAIT_IO_COMPLETION);
    expect_ran(1);
}

/* ---- Blocking Winsock calls ---- */

static SOCKET apc_socket;

static void CALLBACK apc_sends(ULONG_PTR argument) {
    note((int)argument);
    give(apc_socket, "abcd");
}

CASE("apc/blocking/wsarecv-runs") {
    struct pair pair = tcp_pair();
    char buffer[8];
    WSABUF part = {sizeof buffer, buffer};
    DWORD got = POISON, flags = 0;
    apc_socket = pair.peer;
    require(QueueUserAPC(apc_sends, GetCurrentThread(), 1) != 0);
    expect_clears(WSARecv(pair.local, &part, 1, &got, &flags, NULL, NULL), 0);
    expect_eq(got, 4);
    expect_ran(1);
}

CASE("apc/blocking/recv-runs") {
    struct pair pair = tcp_pair();
    char buffer[8];
    apc_socket = pair.peer;
    require(QueueUserAPC(apc_sends, GetCurrentThread(), 1) != 0);
    expect_clears(recv(pair.local, buffer, sizeof buffer, 0), 4);
    expect_ran(1);
}

CASE("apc/blocking/recvfrom-runs") {
    struct pair pair = udp_pair();
    char buffer[8];
    apc_socket = pair.peer;
    require(QueueUserAPC(apc_sends, GetCurrentThread(), 1) != 0);
    expect_clears(recvfrom(pair.local, buffer, sizeof buffer, 0, NULL, NULL), 4);
    expect_ran(1);
}

CASE("apc/blocking/at-once") {
    struct pair pair = tcp_pair();
    char buffer[8];
    WSABUF part = {2, buffer};
    DWORD got = POISON, flags = 0;
    give_to(pair.peer, pair.local, "abcd");
    queue(1);
    expect_clears(WSARecv(pair.local, &part, 1, &got, &flags, NULL, NULL), 0);
    expect_clears(recv(pair.local, buffer, sizeof buffer, 0), 2);
    expect_ran(0);
    expect_alerted(SleepEx(0, TRUE));
    expect_ran(1);
}

CASE("apc/blocking/nonblocking") {
    struct pair pair = tcp_pair();
    char buffer[8];
    nonblocking(pair.local);
    queue(1);
    expect_error(recv(pair.local, buffer, sizeof buffer, 0), WSAEWOULDBLOCK);
    expect_ran(0);
}

/* An APC runs in the thread that blocks, which goes on blocking; so does the next one. */
static void goes_on(struct call *call) {
    require(QueueUserAPC(apc, call->thread, 1) != 0);
    await_ran(1);
    expect(still_blocked(call, 50));
    require(QueueUserAPC(apc, call->thread, 2) != 0);
    await_ran(2);
    expect(still_blocked(call, 50));
    expect(ran_in != GetCurrentThreadId());
}

CASE("apc/blocking/recv-goes-on") {
    struct pair pair = tcp_pair();
    struct call call;
    begin(&call, act_recv, &pair.local);
    goes_on(&call);
    give(pair.peer, "abcd");
    expect_finish(&call, 4, 0);
}

CASE("apc/blocking/wsarecv-goes-on") {
    struct pair pair = tcp_pair();
    struct call call;
    begin(&call, act_wsarecv, &pair.local);
    goes_on(&call);
    give(pair.peer, "abcd");
    expect_finish(&call, 0, 0);
}

CASE("apc/blocking/udp-goes-on") {
    struct pair pair = udp_pair();
    struct call call;
    begin(&call, act_recvfrom, &pair.local);
    goes_on(&call);
    give(pair.peer, "abcd");
    expect_finish(&call, 4, 0);
}

CASE("apc/blocking/accept-goes-on") {
    struct sockaddr_in where;
    SOCKET listening = listener(&where);
    struct call call;
    begin(&call, act_accept, &listening);
    goes_on(&call);
    require(connect(tcp(), NAME(where), sizeof where) == 0);
    finish(&call);
    expect(call.result > 0);
}

static struct sockaddr_in far_away;

static long long act_connect(void *s) { return connect(*(SOCKET *)s, NAME(far_away), sizeof far_away); }

CASE("apc/blocking/connect-goes-on") {
    SOCKET s = tcp();
    struct call call;
    far_away = full_listener();
    begin(&call, act_connect, &s);
    goes_on(&call);
}

CASE("apc/blocking/time-limit") {
    SOCKET s = tcp_pair().local;
    DWORD limit = 200;
    char byte;
    long long start = now_ms();
    require(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (char *)&limit, sizeof limit) == 0);
    queue(1);
    expect_error(recv(s, &byte, 1, 0), WSAETIMEDOUT);
    expect_ran(1);
    expect_between(now_ms() - start, 180, PATIENCE);
}

static void CALLBACK apc_cancels(ULONG_PTR argument) {
    note((int)argument);
    expect(CancelIo((HANDLE)apc_socket));
}

CASE("apc/blocking/apc-cancels") {
    struct call call;
    apc_socket = listener(NULL);
    begin(&call, act_accept, &apc_socket);
    require(QueueUserAPC(apc_cancels, call.thread, 1) != 0);
    finish(&call);
    expect_eq(call.result, -1);
    expect_ran(1);
}

static int select_on(SOCKET s, long microseconds) {
    struct timeval wait;
    fd_set set;
    wait.tv_sec = 0;
    wait.tv_usec = microseconds;
    FD_ZERO(&set);
    FD_SET(s, &set);
    return select(0, &set, NULL, NULL, &wait);
}

CASE("apc/select/waits") {
    SOCKET s = tcp_pair().local;
    queue(1);
    expect_eq(select_on(s, 500), 0);
    expect_ran(1);
    queue(2);
    expect_eq(select_on(s, 50000), 0);
    expect_ran(2);
}

CASE("apc/select/ready") {
    struct pair pair = tcp_pair();
    give_to(pair.peer, pair.local, "abcd");
    queue(1);
    expect_eq(select_on(pair.local, 50000), 1);
    expect_ran(0);
}

static long long act_select(void *s) { return readable(*(SOCKET *)s, PATIENCE); }

CASE("apc/select/goes-on") {
    struct pair pair = tcp_pair();
    struct call call;
    begin(&call, act_select, &pair.local);
    goes_on(&call);
    give(pair.peer, "abcd");
    expect_finish(&call, 1, 0);
}
