/* APCs and completion routines: when and where they run (clauses/apc.md). */
#include "harness.h"

#ifndef SIO_FLUSH
#define SIO_FLUSH _WSAIO(IOC_WS2, 4)
#endif
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
    struct request r;
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
    struct request r;
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

/* ---- Completion routines ---- */

/* What the last routine was told. */
static struct {
    int count, depth, deepest;
    DWORD error, bytes, flags, thread;
    WSAOVERLAPPED *over;
} told;

static void CALLBACK routine(DWORD error, DWORD bytes, WSAOVERLAPPED *over, DWORD flags) {
    told.count++;
    told.error = error;
    told.bytes = bytes;
    told.over = over;
    told.flags = flags;
    told.thread = GetCurrentThreadId();
}

static int post_routine(SOCKET s, struct request *r, LPWSAOVERLAPPED_COMPLETION_ROUTINE what) {
    return WSARecv(s, &r->part, 1, &r->got, &r->flags, &r->over, what);
}

/* Sleeps alertably until so many routines ran. */
static void await_told(int count) {
    long long end = now_ms() + PATIENCE;
    while (told.count < count) {
        require(now_ms() < end);
        SleepEx(PATIENCE, TRUE);
    }
}

static void expect_told(DWORD error, DWORD bytes, struct request *r) {
    await_told(1);
    expect_eq(told.count, 1);
    expect_eq(told.error, error);
    expect_eq(told.bytes, bytes);
    expect(told.over == &r->over);
    expect_eq(told.flags, 0);
}

CASE("apc/routine/runs") {
    struct pair pair = tcp_pair();
    struct request r;
    lay_out(&r, 16, NULL);
    expect_pending(post_routine(pair.local, &r, routine));
    expect_eq(r.over.Internal, PENDING);
    expect_eq(SleepEx(50, TRUE), 0);
    give(pair.peer, "abcd");
    expect_alerted(SleepEx(PATIENCE, TRUE));
    expect_told(0, 4, &r);
    expect_eq(told.thread, GetCurrentThreadId());
    expect_eq((DWORD)r.over.Internal, 0);
    expect_eq(r.over.InternalHigh, 4);
    expect_bytes(r.bytes, "abcd");
    expect_eq(SleepEx(50, TRUE), 0);
    expect_eq(told.count, 1);
}

CASE("apc/routine/at-once") {
    struct pair pair = tcp_pair();
    struct request r;
    int result;
    give_to(pair.peer, pair.local, "abcd");
    lay_out(&r, 16, NULL);
    result = post_routine(pair.local, &r, routine);
    expect(result == 0 || WSAGetLastError() == WSA_IO_PENDING);
    if (result == 0) expect_eq(r.got, 4);
    Sleep(20);
    expect_eq(told.count, 0);
    expect_alerted(SleepEx(PATIENCE, TRUE));
    expect_told(0, 4, &r);
}

CASE("apc/routine/event-unset") {
    struct pair pair = tcp_pair();
    struct request r;
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, NULL);
    lay_out(&r, 16, event);
    expect_pending(post_routine(pair.local, &r, routine));
    give(pair.peer, "abcd");
    expect_told(0, 4, &r);
    expect(!signalled(event, 1));
}

CASE("apc/routine/event-is-free") {
    struct pair pair = tcp_pair();
    struct request r;
    lay_out(&r, 16, (HANDLE)(ULONG_PTR)0xdeadbee0);
    expect_pending(post_routine(pair.local, &r, routine));
    give(pair.peer, "abcd");
    expect_told(0, 4, &r);
    expect(r.over.hEvent == (HANDLE)(ULONG_PTR)0xdeadbee0);
}

CASE("apc/routine/ends-wait") {
    struct pair pair = tcp_pair();
    struct request r;
    HANDLE event = manual_event();
    lay_out(&r, 16, NULL);
    expect_pending(post_routine(pair.local, &r, routine));
    give(pair.peer, "abcd");
    expect_alerted(WSAWaitForMultipleEvents(1, &event, FALSE, PATIENCE, TRUE));
    expect_told(0, 4, &r);
    expect_eq(WSAWaitForMultipleEvents(1, &event, FALSE, 0, TRUE), WSA_WAIT_TIMEOUT);
    expect_result(pair.local, &r, TRUE, 4, 0);
}

static void CALLBACK routine_signals(DWORD error, DWORD bytes, WSAOVERLAPPED *over, DWORD flags) {
    routine(error, bytes, over, flags);
    expect(WSASetEvent(over->hEvent));
}

/* Whether the wait in which the routine runs sees the event at once or the next one does is left open. */
CASE("apc/routine/sets-event") {
    struct pair pair = tcp_pair();
    struct request r;
    DWORD waited;
    lay_out_event(&r, 16);
    expect_pending(post_routine(pair.local, &r, routine_signals));
    give(pair.peer, "abcd");
    waited = WSAWaitForMultipleEvents(1, &r.over.hEvent, FALSE, PATIENCE, TRUE);
    if (waited == WSA_WAIT_IO_COMPLETION)
        waited = WSAWaitForMultipleEvents(1, &r.over.hEvent, FALSE, PATIENCE, TRUE);
    expect_eq(waited, WSA_WAIT_EVENT_0);
    expect_told(0, 4, &r);
    expect_result(pair.local, &r, TRUE, 4, 0);
}

static DWORD WINAPI sleep_alertably(void *argument) {
    (void)argument;
    return SleepEx(200, TRUE);
}

CASE("apc/routine/issuing-thread") {
    struct pair pair = tcp_pair();
    struct request r;
    HANDLE thread;
    DWORD id, code = POISON;
    lay_out(&r, 16, NULL);
    expect_pending(post_routine(pair.local, &r, routine));
    thread = CreateThread(NULL, 0, sleep_alertably, NULL, 0, &id);
    require(thread != NULL);
    give(pair.peer, "abcd");
    expect_eq(WaitForSingleObject(thread, PATIENCE), WAIT_OBJECT_0);
    expect(GetExitCodeThread(thread, &code));
    expect_eq(code, 0);
    expect_eq(told.count, 0);
    expect_told(0, 4, &r);
    expect_eq(told.thread, GetCurrentThreadId());
}

CASE("apc/routine/not-elsewhere") {
    struct pair pair = tcp_pair();
    struct request r;
    HANDLE event = manual_event();
    lay_out(&r, 16, NULL);
    expect_pending(post_routine(pair.local, &r, routine));
    give(pair.peer, "abcd");
    expect_eq(WaitForSingleObject(event, 50), WAIT_TIMEOUT);
    Sleep(20);
    expect_eq(select_on(pair.peer, 0), 0);
    expect_eq(told.count, 0);
    expect_told(0, 4, &r);
}

CASE("apc/routine/end") {
    struct pair pair = tcp_pair();
    struct request r;
    lay_out(&r, 16, NULL);
    expect_pending(post_routine(pair.local, &r, routine));
    require(closesocket(pair.peer) == 0);
    expect_told(0, 0, &r);
}

CASE("apc/routine/reset") {
    struct pair pair = tcp_pair();
    struct request r;
    lay_out(&r, 16, NULL);
    expect_pending(post_routine(pair.local, &r, routine));
    reset(pair.peer);
    expect_told(WSAECONNRESET, 0, &r);
}

CASE("apc/routine/truncation") {
    struct pair pair = udp_pair();
    struct request r;
    lay_out(&r, 4, NULL);
    expect_pending(post_routine(pair.local, &r, routine));
    give(pair.peer, "abcdef");
    expect_told(WSAEMSGSIZE, 4, &r);
    expect_bytes(r.bytes, "abcd");
}

CASE("apc/routine/unreachable") {
    struct sockaddr_in nobody = closed_port(SOCK_DGRAM);
    SOCKET s = udp_at(NULL);
    struct request r;
    lay_out(&r, 16, NULL);
    expect_pending(post_routine(s, &r, routine));
    expect_eq(sendto(s, "x", 1, 0, NAME(nobody), sizeof nobody), 1);
    expect_told(WSAECONNRESET, 0, &r);
}

CASE("apc/routine/failed-call") {
    struct request r;
    lay_out(&r, 16, NULL);
    expect_error(post_routine(tcp(), &r, routine), WSAENOTCONN);
    expect_eq(SleepEx(20, TRUE), 0);
    expect_eq(told.count, 0);
}

CASE("apc/routine/no-overlapped") {
    struct pair pair = tcp_pair();
    struct request r;
    give_to(pair.peer, pair.local, "abcd");
    lay_out(&r, 16, NULL);
    expect_clears(WSARecv(pair.local, &r.part, 1, &r.got, &r.flags, NULL, routine), 0);
    expect_eq(r.got, 4);
    expect_eq(SleepEx(20, TRUE), 0);
    expect_eq(told.count, 0);
}

static void CALLBACK routine_notes(DWORD error, DWORD bytes, WSAOVERLAPPED *over, DWORD flags) {
    routine(error, bytes, over, flags);
    note(((struct request *)over)->bytes[0]);
}

CASE("apc/routine/order") {
    struct pair pair = tcp_pair();
    struct request r[4];
    int i;
    for (i = 0; i < 4; i++) {
        lay_out(&r[i], 1, NULL);
        expect_pending(post_routine(pair.local, &r[i], routine_notes));
    }
    give(pair.peer, "abcd");
    await_told(4);
    expect_eq(told.count, 4);
    for (i = 0; i < 4; i++) expect_eq(ran[i], 'a' + i);
}

CASE("apc/routine/all-in-one-wait") {
    struct pair pair = tcp_pair();
    struct request r[3];
    int i;
    give_to(pair.peer, pair.local, "abc");
    for (i = 0; i < 3; i++) {
        lay_out(&r[i], 1, NULL);
        WSASetLastError(0);
        require(post_routine(pair.local, &r[i], routine_notes) == 0 || WSAGetLastError() == WSA_IO_PENDING);
    }
    queue('z');
    expect_alerted(SleepEx(PATIENCE, TRUE));
    expect_eq(told.count, 3);
    expect_ran(4);
    for (i = 0; i < 3; i++) expect_eq(ran[i], 'a' + i);
    expect_eq(ran[3], 'z');
}

static SOCKET chain_socket;

static void CALLBACK routine_reposts(DWORD error, DWORD bytes, WSAOVERLAPPED *over, DWORD flags) {
    struct request *r = (struct request *)over;
    told.deepest = ++told.depth > told.deepest ? told.depth : told.deepest;
    note(r->bytes[0]);
    routine(error, bytes, over, flags);
    if (told.count < 4) {
        lay_out(r, 1, NULL);
        WSASetLastError(0);
        require(post_routine(chain_socket, r, routine_reposts) == 0 || WSAGetLastError() == WSA_IO_PENDING);
    }
    told.depth--;
}

CASE("apc/routine/reposts") {
    struct pair pair = tcp_pair();
    struct request r;
    int i;
    chain_socket = pair.local;
    lay_out(&r, 1, NULL);
    expect_pending(post_routine(pair.local, &r, routine_reposts));
    give(pair.peer, "abcd");
    await_told(4);
    expect_eq(told.deepest, 1);
    for (i = 0; i < 4; i++) expect_eq(ran[i], 'a' + i);
}

static void CALLBACK routine_sleeps(DWORD error, DWORD bytes, WSAOVERLAPPED *over, DWORD flags) {
    told.deepest = ++told.depth > told.deepest ? told.depth : told.deepest;
    routine(error, bytes, over, flags);
    if (told.count == 1) SleepEx(50, TRUE);
    told.depth--;
}

CASE("apc/routine/not-nested") {
    struct pair pair = tcp_pair();
    struct request r[2];
    int i;
    for (i = 0; i < 2; i++) {
        lay_out(&r[i], 1, NULL);
        expect_pending(post_routine(pair.local, &r[i], routine_sleeps));
    }
    give(pair.peer, "ab");
    await_told(2);
    expect_eq(told.deepest, 1);
}

CASE("apc/routine/in-blocking-call") {
    struct pair pair = tcp_pair(), other = tcp_pair();
    struct request r;
    DWORD limit = 500;
    char byte;
    require(setsockopt(other.local, SOL_SOCKET, SO_RCVTIMEO, (char *)&limit, sizeof limit) == 0);
    lay_out(&r, 16, NULL);
    expect_pending(post_routine(pair.local, &r, routine));
    give(pair.peer, "abcd");
    expect_error(recv(other.local, &byte, 1, 0), WSAETIMEDOUT);
    expect_eq(told.count, 1);
    expect_told(0, 4, &r);
}

CASE("apc/routine/recvfrom") {
    struct sockaddr_in from_name, to_name, name;
    SOCKET from = udp_at(&from_name), to = udp_at(&to_name);
    struct request r;
    int length = sizeof name;
    lay_out(&r, 16, NULL);
    poison(&name, sizeof name);
    expect_pending(WSARecvFrom(to, &r.part, 1, &r.got, &r.flags, NAME(name), &length, &r.over, routine));
    require(sendto(from, "abcd", 4, 0, NAME(to_name), sizeof to_name) == 4);
    expect_told(0, 4, &r);
    expect_eq(name.sin_port, from_name.sin_port);
}

CASE("apc/routine/send") {
    struct pair pair = tcp_pair();
    struct request r;
    int result;
    lay_out(&r, 4, NULL);
    result = WSASend(pair.local, &r.part, 1, &r.got, 0, &r.over, routine);
    expect(result == 0 || WSAGetLastError() == WSA_IO_PENDING);
    expect_eq(told.count, 0);
    expect_told(0, 4, &r);
    await_queued(pair.peer, 4);
}

CASE("apc/routine/recvmsg-cut") {
    struct sockaddr_in where;
    SOCKET s = udp_at(&where);
    GUID id = WSAID_WSARECVMSG;
    LPFN_WSARECVMSG function = NULL;
    WSAMSG message;
    struct request r;
    char control[1];
    DWORD size;
    int on = 1;
    require(setsockopt(s, IPPROTO_IP, IP_PKTINFO, (char *)&on, sizeof on) == 0);
    require(WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, &function, sizeof function, &size,
                     NULL, NULL) == 0);
    require(sendto(udp_at(NULL), "sixish", 6, 0, NAME(where), sizeof where) == 6);
    await_readable(s);
    lay_out(&r, 32, NULL);
    memset(&message, 0, sizeof message);
    message.lpBuffers = &r.part;
    message.dwBufferCount = 1;
    message.Control.len = sizeof control;
    message.Control.buf = control;
    expect_pending(function(s, &message, &r.got, &r.over, routine));
    expect_told(WSAEMSGSIZE, 6, &r);
    expect_eq(message.dwFlags, MSG_CTRUNC);
}

/* ---- WSAIoctl ---- */

/* The ioctl returns 0 and this count; its routine is told of 0 bytes at the next alertable wait. */
static void ioctl_with_routine(SOCKET s, DWORD code, void *in, DWORD in_size, void *out, DWORD out_size,
                               DWORD count) {
    struct request r;
    lay_out(&r, 0, NULL);
    told.count = 0;
    expect_clears(WSAIoctl(s, code, in, in_size, out, out_size, &r.got, &r.over, routine), 0);
    expect_eq(r.got, count);
    expect_eq(told.count, 0);
    expect_alerted(SleepEx(PATIENCE, TRUE));
    expect_told(0, 0, &r);
}

CASE("apc/ioctl/routine") {
    struct pair pair = tcp_pair();
    GUID id = WSAID_WSARECVMSG;
    LPFN_WSARECVMSG function = NULL;
    u_long value = POISON, on = 1;
    give_to(pair.peer, pair.local, "abcde");
    ioctl_with_routine(pair.local, FIONREAD, NULL, 0, &value, sizeof value, 4);
    expect_eq(value, 5);
    ioctl_with_routine(pair.local, SIOCATMARK, NULL, 0, &value, sizeof value, 4);
    expect_eq(value, 1);
    ioctl_with_routine(pair.local, FIONBIO, &on, sizeof on, NULL, 0, 0);
    ioctl_with_routine(pair.local, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, &function,
                       sizeof function, sizeof function);
    expect(function != NULL);
}

CASE("apc/ioctl/no-count") {
    SOCKET s = tcp_pair().local;
    struct request r;
    u_long value;
    lay_out(&r, 0, manual_event());
    expect_error(WSAIoctl(s, FIONREAD, NULL, 0, &value, sizeof value, NULL, &r.over, NULL), WSAEFAULT);
    expect_error(WSAIoctl(s, FIONREAD, NULL, 0, &value, sizeof value, NULL, &r.over, routine), WSAEFAULT);
    expect_error(WSAIoctl(s, 0xdeadbeef, NULL, 0, NULL, 0, NULL, &r.over, routine), WSAEFAULT);
    expect_eq(SleepEx(20, TRUE), 0);
}

CASE("apc/ioctl/unsupported") {
    static const DWORD codes[] = {0xdeadbeef, 0x667e, SIO_FLUSH};
    SOCKET s = tcp_pair().local;
    struct request r;
    size_t i;
    for (i = 0; i < sizeof codes / sizeof *codes; i++) {
        lay_out(&r, 0, NULL);
        told.count = 0;
        expect_pending(WSAIoctl(s, codes[i], NULL, 0, NULL, 0, &r.got, &r.over, routine));
        expect_eq(r.got, POISON);
        expect_told(WSAEOPNOTSUPP, 0, &r);
    }
}
