/* How requests are cancelled: CancelIo, CancelIoEx, CancelSynchronousIo, closesocket, the end of a thread,
   the final WSACleanup (clauses/cancel.md). */
#include "harness.h"

#define KEY 125

static HANDLE new_event(void) {
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    require(event != NULL);
    return event;
}

static void expect_set(HANDLE event) { expect_eq(WaitForSingleObject(event, PATIENCE), WAIT_OBJECT_0); }
static void expect_unset(HANDLE event) { expect_eq(WaitForSingleObject(event, 50), WAIT_TIMEOUT); }

/* What both functions say of a request that has ended; `any` is a socket that still is one. */
static void expect_results(SOCKET any, struct request *request, int winsock, int win32) {
    DWORD count = POISON, flags = POISON;
    expect_false(WSAGetOverlappedResult(any, &request->overlapped, &count, FALSE, &flags), winsock);
    expect_eq(count, 0);
    count = POISON;
    expect_false(GetOverlappedResult((HANDLE)any, &request->overlapped, &count, FALSE), win32);
    expect_eq(count, 0);
}

/* Nothing of the connection is harmed: data go both ways. */
static void expect_usable(struct pair pair) {
    char buffer[8];
    give_to(pair.peer, pair.local, "abc");
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 3);
    give_to(pair.local, pair.peer, "de");
    expect_eq(recv(pair.peer, buffer, sizeof buffer, 0), 2);
}

/* Runs `act` in a thread of its own, and returns when that has ended. */
static void elsewhere(DWORD(WINAPI *act)(void *), void *argument) {
    DWORD id;
    HANDLE thread = CreateThread(NULL, 0, act, argument, 0, &id);
    require(thread != NULL && WaitForSingleObject(thread, PATIENCE) == WAIT_OBJECT_0);
    require(CloseHandle(thread));
}

struct posting {
    SOCKET s;
    struct request *request;
    HANDLE event;
    LPWSAOVERLAPPED_COMPLETION_ROUTINE routine;
    int error;
};

static int routine_runs;
static DWORD routine_error, routine_count;

static void CALLBACK routine(DWORD error, DWORD count, LPWSAOVERLAPPED overlapped, DWORD flags) {
    (void)overlapped, (void)flags;
    routine_runs++;
    routine_error = error;
    routine_count = count;
}

static DWORD WINAPI post_it(void *argument) {
    struct posting *posting = (struct posting *)argument;
    struct request *request = posting->request;
    request_init(request, posting->event);
    posting->error = NO_ERROR;
    if (WSARecv(posting->s, &request->part, 1, NULL, &request->flags, &request->overlapped,
                posting->routine) != 0)
        posting->error = WSAGetLastError();
    return 0;
}

/* Begins a receive in a thread that has ended when this returns. */
static void receive_elsewhere(SOCKET s, struct request *request, HANDLE event) {
    struct posting posting = {s, request, event, NULL, 0};
    elsewhere(post_it, &posting);
    expect_eq(posting.error, WSA_IO_PENDING);
}

static void receive_with_routine(SOCKET s, struct request *request) {
    struct posting posting = {s, request, NULL, routine, 0};
    post_it(&posting);
    expect_eq(posting.error, WSA_IO_PENDING);
}

/* ---- CancelIo ---- */

CASE("cancelio/returns/nothing-pending") {
    expect(CancelIo((HANDLE)tcp_pair().local));
    expect(CancelIo((HANDLE)udp()));
}

CASE("cancelio/error/closed-socket") {
    SOCKET s = udp();
    require(closesocket(s) == 0);
    expect_false(CancelIo((HANDLE)s), ERROR_INVALID_HANDLE);
    expect_false(CancelIoEx((HANDLE)s, NULL), ERROR_INVALID_HANDLE);
}

CASE("cancelio/remarks/all-of-the-socket") {
    struct pair pairs[2];
    struct request first, second;
    HANDLE event = new_event();
    int i;
    pairs[0] = tcp_pair();
    pairs[1] = udp_pair();
    for (i = 0; i < 2; i++) {
        ResetEvent(event);
        expect_pending(&first, begin_receive(pairs[i].local, &first, event, 8));
        expect_pending(&second, begin_receive(pairs[i].local, &second, NULL, 8));
        expect(CancelIo((HANDLE)pairs[i].local));
        expect_set(event);
        expect_ended(&first, CANCELLED, 0);
        expect_ended(&second, CANCELLED, 0);
        expect_results(pairs[i].local, &first, WSA_OPERATION_ABORTED, ERROR_OPERATION_ABORTED);
        expect_usable(pairs[i]);
    }
}

static DWORD WINAPI cancel_it(void *s) {
    expect(CancelIo(*(HANDLE *)s));
    return 0;
}

CASE("cancelio/remarks/other-threads") {
    struct pair pair = udp_pair();
    struct request request;
    expect_pending(&request, begin_receive(pair.local, &request, NULL, 8));
    elsewhere(cancel_it, &pair.local);
    expect_still_pending(&request);
    give(pair.peer, "abc");
    expect_ended(&request, ENDED_WELL, 3);
}

CASE("cancelio/remarks/other-sockets") {
    struct pair one = udp_pair(), two = udp_pair();
    struct request request;
    expect_pending(&request, begin_receive(one.local, &request, NULL, 8));
    expect(CancelIo((HANDLE)two.local));
    expect_still_pending(&request);
}

CASE("cancelio/remarks/routine") {
    struct pair pair = udp_pair();
    struct request request;
    receive_with_routine(pair.local, &request);
    expect(CancelIo((HANDLE)pair.local));
    expect_eq(routine_runs, 0);
    expect_eq(SleepEx(PATIENCE, TRUE), WAIT_IO_COMPLETION);
    expect_eq(routine_runs, 1);
    expect_eq(routine_error, WSA_OPERATION_ABORTED);
    expect_eq(routine_count, 0);
}

static void CALLBACK cancel_apc(ULONG_PTR s) { CancelIo((HANDLE)s); }

static void cancel_by_apc(SOCKET s, long long (*act)(void *)) {
    struct call call;
    begin(&call, act, &s);
    require(QueueUserAPC(cancel_apc, call.thread, (ULONG_PTR)s));
    expect_finish(&call, -1, WSAEINTR);
}

CASE("cancelio/apc/blocked-accept") { cancel_by_apc(listener(NULL), act_accept); }

CASE("cancelio/apc/blocked-recv") {
    cancel_by_apc(udp_at(NULL), act_recv);
    cancel_by_apc(tcp_pair().local, act_recv);
}

/* ---- CancelIoEx ---- */

CASE("cancelioex/returns/nothing-pending") {
    struct request request;
    SOCKET s = tcp_pair().local;
    request_init(&request, NULL);
    expect_false(CancelIoEx((HANDLE)s, NULL), ERROR_NOT_FOUND);
    expect_false(CancelIoEx((HANDLE)s, &request.overlapped), ERROR_NOT_FOUND);
}

CASE("cancelioex/returns/accepted-send") {
    struct pair pair = tcp_pair();
    struct request request;
    DWORD sent = POISON;
    request_init(&request, NULL);
    expect_eq(WSASend(pair.local, &request.part, 1, &sent, 0, &request.overlapped, NULL), 0);
    expect_false(CancelIoEx((HANDLE)pair.local, &request.overlapped), ERROR_NOT_FOUND);
    expect_false(CancelIoEx((HANDLE)pair.local, NULL), ERROR_NOT_FOUND);
    await_queued(pair.peer, sizeof request.bytes);
}

CASE("cancelioex/returns/other-request") {
    struct pair pair = udp_pair();
    struct request request, other;
    expect_pending(&request, begin_receive(pair.local, &request, NULL, 8));
    request_init(&other, NULL);
    expect_false(CancelIoEx((HANDLE)pair.local, &other.overlapped), ERROR_NOT_FOUND);
    expect_still_pending(&request);
}

CASE("cancelioex/returns/ended-request") {
    struct pair pair = udp_pair();
    struct request request;
    expect_pending(&request, begin_receive(pair.local, &request, NULL, 8));
    give(pair.peer, "abc");
    expect_ended(&request, ENDED_WELL, 3);
    expect_false(CancelIoEx((HANDLE)pair.local, &request.overlapped), ERROR_NOT_FOUND);
    expect_ended(&request, ENDED_WELL, 3);
}

CASE("cancelioex/remarks/tcp-takes-all") {
    struct pair pair = tcp_pair();
    struct request requests[3];
    int i;
    for (i = 0; i < 3; i++) expect_pending(&requests[i], begin_receive(pair.local, &requests[i], NULL, 8));
    expect(CancelIoEx((HANDLE)pair.local, &requests[1].overlapped));
    for (i = 0; i < 3; i++) expect_ended(&requests[i], CANCELLED, 0);
    expect_usable(pair);
}

CASE("cancelioex/remarks/udp-takes-the-named") {
    struct pair pair = udp_pair();
    struct request requests[3];
    int i;
    for (i = 0; i < 3; i++) expect_pending(&requests[i], begin_receive(pair.local, &requests[i], NULL, 8));
    expect(CancelIoEx((HANDLE)pair.local, &requests[1].overlapped));
    expect_ended(&requests[1], CANCELLED, 0);
    expect_still_pending(&requests[0]);
    expect_still_pending(&requests[2]);
    give(pair.peer, "a");
    expect_ended(&requests[0], ENDED_WELL, 1);
    give(pair.peer, "bc");
    expect_ended(&requests[2], ENDED_WELL, 2);
}

CASE("cancelioex/remarks/null-takes-all") {
    struct pair pair = udp_pair();
    struct request requests[3];
    int i;
    for (i = 0; i < 3; i++) expect_pending(&requests[i], begin_receive(pair.local, &requests[i], NULL, 8));
    expect(CancelIoEx((HANDLE)pair.local, NULL));
    for (i = 0; i < 3; i++) expect_ended(&requests[i], CANCELLED, 0);
    expect_usable(pair);
}

/* Begins sends until one pends, which the peer's reading will end. */
static OVERLAPPED *pending_send(SOCKET s) {
    static char much[1 << 20];
    static OVERLAPPED sends[64];
    WSABUF part = {sizeof much, much};
    int i;
    for (i = 0; i < 64; i++)
        if (WSASend(s, &part, 1, NULL, 0, &sends[i], NULL) != 0) {
            require(WSAGetLastError() == WSA_IO_PENDING);
            return &sends[i];
        }
    require(!"a send that nobody reads pends in the end");
    return NULL;
}

CASE("cancelioex/remarks/sends-stay") {
    struct pair pair = tcp_pair();
    struct request request;
    static char buffer[1 << 16];
    OVERLAPPED *sending = pending_send(pair.local);
    expect_pending(&request, begin_receive(pair.local, &request, NULL, 8));
    expect(CancelIoEx((HANDLE)pair.local, &request.overlapped));
    expect_ended(&request, CANCELLED, 0);
    expect(!ended(sending, 100));
    /* the last byte can be here before the end is told */
    while (!ended(sending, 0))
        if (readable(pair.peer, 10) == 1) expect(recv(pair.peer, buffer, sizeof buffer, 0) > 0);
    expect_eq(sending->Internal, 0);
    expect_eq(sending->InternalHigh, 1 << 20);
}

static DWORD WINAPI cancel_ex_it(void *s) {
    expect(CancelIoEx(*(HANDLE *)s, NULL));
    return 0;
}

CASE("cancelioex/remarks/any-thread") {
    struct pair pair = tcp_pair();
    struct request request;
    HANDLE event = new_event();
    expect_pending(&request, begin_receive(pair.local, &request, event, 8));
    elsewhere(cancel_ex_it, &pair.local);
    expect_set(event);
    expect_results(pair.local, &request, WSA_OPERATION_ABORTED, ERROR_OPERATION_ABORTED);
}

CASE("cancelioex/remarks/connection-unharmed") {
    struct pair pair = tcp_pair();
    struct request request;
    ULONG length;
    for (length = 0; length < 2; length++) {
        expect_pending(&request, begin_receive(pair.local, &request, NULL, length));
        expect(CancelIoEx((HANDLE)pair.local, &request.overlapped));
        expect_ended(&request, CANCELLED, 0);
    }
    expect_pending(&request, begin_receive(pair.local, &request, NULL, 8));
    expect_still_pending(&request);
    give(pair.peer, "abc");
    expect_ended(&request, ENDED_WELL, 3);
    expect_usable(pair);
}

CASE("cancelioex/remarks/nothing-consumed") {
    struct pair pair = tcp_pair();
    struct request request;
    char buffer[8];
    expect_pending(&request, begin_receive(pair.local, &request, NULL, 8));
    expect(CancelIoEx((HANDLE)pair.local, NULL));
    give_to(pair.peer, pair.local, "abc");
    expect_ended(&request, CANCELLED, 0);
    expect_untouched(request.bytes, sizeof request.bytes);
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 3);
    expect_bytes(buffer, "abc");
}

CASE("cancelioex/remarks/waitall-midway") {
    struct pair pair = tcp_pair();
    struct request request;
    request_init(&request, NULL);
    request.part.len = 6;
    request.flags = 8 /* MSG_WAITALL */;
    give_to(pair.peer, pair.local, "abcd");
    expect_error(WSARecv(pair.local, &request.part, 1, NULL, &request.flags, &request.overlapped, NULL),
                 WSA_IO_PENDING);
    expect(CancelIoEx((HANDLE)pair.local, NULL));
    expect_ended(&request, CANCELLED, 0);
}

CASE("cancelioex/remarks/packet") {
    struct pair pair = tcp_pair();
    struct request request;
    HANDLE port = new_port();
    associate(port, pair.local, KEY);
    expect_pending(&request, begin_receive(pair.local, &request, NULL, 8));
    expect(CancelIoEx((HANDLE)pair.local, &request.overlapped));
    expect_packet(port, KEY, &request.overlapped, 0, ERROR_OPERATION_ABORTED);
    expect_ended(&request, CANCELLED, 0);
    expect_no_packet(port);
}

/* CancelIoEx from here ends what blocks there. */
static void cancel_under(SOCKET s, long long (*act)(void *)) {
    struct call call;
    begin(&call, act, &s);
    expect(CancelIoEx((HANDLE)s, NULL));
    expect_finish(&call, -1, WSAEINTR);
}

static LPFN_WSARECVMSG receive_message;

static long long act_wsarecvmsg(void *s) {
    char buffer[16];
    WSABUF part = {sizeof buffer, buffer};
    WSAMSG message;
    DWORD got = POISON;
    memset(&message, 0, sizeof message);
    message.lpBuffers = &part;
    message.dwBufferCount = 1;
    return receive_message(*(SOCKET *)s, &message, &got, NULL, NULL);
}

static long long act_send(void *s) {
    static char much[1 << 20];
    for (;;)
        if (send(*(SOCKET *)s, much, sizeof much, 0) == SOCKET_ERROR) return -1;
}

CASE("cancelioex/blocked/accept") { cancel_under(listener(NULL), act_accept); }

CASE("cancelioex/blocked/udp") {
    extension((GUID)WSAID_WSARECVMSG, &receive_message);
    cancel_under(udp_at(NULL), act_recv);
    cancel_under(udp_at(NULL), act_recvfrom);
    cancel_under(udp_at(NULL), act_wsarecvmsg);
}

CASE("cancelioex/blocked/tcp") {
    struct pair pair = tcp_pair();
    cancel_under(pair.local, act_recv);
    cancel_under(pair.local, act_wsarecv);
    expect_usable(pair);
}

CASE("cancelioex/blocked/send") { cancel_under(tcp_pair().local, act_send); }

CASE("cancelioex/blocked/no-packet") {
    struct pair pair = udp_pair();
    HANDLE port = new_port();
    associate(port, pair.local, KEY);
    cancel_under(pair.local, act_recv);
    expect_no_packet(port);
}

/* ---- CancelSynchronousIo ---- */

CASE("cancelsynchronousio/error/overlapped-socket") {
    struct pair pair = udp_pair();
    struct call call;
    begin(&call, act_recv, &pair.local);
    expect_false(CancelSynchronousIo(call.thread), ERROR_NOT_FOUND);
    expect(still_blocked(&call, 100));
    give(pair.peer, "abc");
    expect_finish(&call, 3, 0);
}

CASE("cancelsynchronousio/remarks/plain-socket") {
    struct sockaddr_in any = loopback(0);
    SOCKET s = WSASocketA(AF_INET, SOCK_DGRAM, IPPROTO_UDP, NULL, 0, 0);
    struct call call;
    require(s != INVALID_SOCKET && bind(s, (struct sockaddr *)&any, sizeof any) == 0);
    begin(&call, act_recv, &s);
    expect(CancelSynchronousIo(call.thread));
    expect_finish(&call, -1, WSAEINTR);
}

CASE("cancelsynchronousio/error/idle-thread") {
    expect_false(CancelSynchronousIo(GetCurrentThread()), ERROR_NOT_FOUND);
}

/* ---- closesocket under a request ---- */

CASE("closesocket/pending/tcp") {
    struct pair pair = tcp_pair();
    struct request request;
    HANDLE event = new_event();
    expect_pending(&request, begin_receive(pair.local, &request, event, 8));
    expect_eq(closesocket(pair.local), 0);
    expect_set(event);
    expect_ended(&request, ABORTED, 0);
    expect_results(pair.peer, &request, WSAECONNABORTED, ERROR_CONNECTION_ABORTED);
}

CASE("closesocket/pending/tcp-no-event") {
    struct pair pair = tcp_pair();
    struct request request;
    expect_pending(&request, begin_receive(pair.local, &request, NULL, 8));
    expect_eq(closesocket(pair.local), 0);
    expect_ended(&request, ABORTED, 0);
}

CASE("closesocket/pending/tcp-packet") {
    struct pair pair = tcp_pair();
    struct request request;
    HANDLE port = new_port();
    associate(port, pair.local, KEY);
    expect_pending(&request, begin_receive(pair.local, &request, NULL, 8));
    expect_eq(closesocket(pair.local), 0);
    expect_packet(port, KEY, &request.overlapped, 0, ERROR_CONNECTION_ABORTED);
    expect_ended(&request, ABORTED, 0);
    expect_no_packet(port);
}

CASE("closesocket/pending/tcp-thread-gone") {
    struct pair pair = tcp_pair();
    struct request request;
    HANDLE port = new_port();
    associate(port, pair.local, KEY);
    receive_elsewhere(pair.local, &request, NULL);
    expect_no_packet(port);
    expect_eq(closesocket(pair.local), 0);
    expect_packet(port, KEY, &request.overlapped, 0, ERROR_CONNECTION_ABORTED);
    expect_no_packet(port);
}

CASE("closesocket/pending/tcp-routine") {
    struct pair pair = tcp_pair();
    struct request request;
    receive_with_routine(pair.local, &request);
    expect_eq(closesocket(pair.local), 0);
    expect_eq(SleepEx(PATIENCE, TRUE), WAIT_IO_COMPLETION);
    expect_eq(routine_runs, 1);
    expect_eq(routine_error, WSAECONNABORTED);
    expect_eq(routine_count, 0);
}

CASE("closesocket/pending/tcp-all") {
    struct pair pair = tcp_pair();
    struct request requests[3];
    int i;
    for (i = 0; i < 3; i++) expect_pending(&requests[i], begin_receive(pair.local, &requests[i], NULL, 8));
    expect_eq(closesocket(pair.local), 0);
    for (i = 0; i < 3; i++) expect_ended(&requests[i], ABORTED, 0);
}

CASE("closesocket/pending/closehandle") {
    struct pair pair = tcp_pair();
    struct request request;
    HANDLE port = new_port();
    associate(port, pair.local, KEY);
    expect_pending(&request, begin_receive(pair.local, &request, NULL, 8));
    expect(CloseHandle((HANDLE)pair.local));
    expect_packet(port, KEY, &request.overlapped, 0, ERROR_CONNECTION_ABORTED);
    expect_no_packet(port);
}

CASE("closesocket/pending/peer-reset") {
    struct pair pair = tcp_pair();
    struct request request;
    char byte;
    expect_pending(&request, begin_receive(pair.local, &request, NULL, 8));
    expect_eq(closesocket(pair.local), 0);
    await_readable(pair.peer);
    expect_error(recv(pair.peer, &byte, 1, 0), WSAECONNRESET);
}

CASE("closesocket/pending/send-peer-reset") {
    struct pair pair = tcp_pair();
    static char buffer[1 << 16];
    int got;
    OVERLAPPED *sending = pending_send(pair.local);
    expect_eq(closesocket(pair.local), 0);
    expect(ended(sending, PATIENCE));
    do {
        await_readable(pair.peer);
        got = recv(pair.peer, buffer, sizeof buffer, 0);
    } while (got > 0);
    expect_error(recv(pair.peer, buffer, sizeof buffer, 0), WSAECONNRESET);
}

CASE("closesocket/pending/cancelled-before") {
    struct pair pair = tcp_pair();
    struct request request;
    char byte;
    expect_pending(&request, begin_receive(pair.local, &request, NULL, 8));
    expect(CancelIoEx((HANDLE)pair.local, NULL));
    expect_ended(&request, CANCELLED, 0);
    expect_eq(closesocket(pair.local), 0);
    await_readable(pair.peer);
    expect_error(recv(pair.peer, &byte, 1, 0), WSAECONNRESET);
}

CASE("closesocket/pending/udp") {
    struct pair pair = udp_pair();
    struct request request;
    HANDLE event = new_event();
    expect_pending(&request, begin_receive(pair.local, &request, event, 8));
    expect_eq(closesocket(pair.local), 0);
    expect_set(event);
    expect_ended(&request, CANCELLED, 0);
    expect_results(pair.peer, &request, WSA_OPERATION_ABORTED, ERROR_OPERATION_ABORTED);
}

CASE("closesocket/pending/udp-packet") {
    SOCKET s = udp_at(NULL);
    struct request request;
    HANDLE port = new_port();
    associate(port, s, KEY);
    expect_pending(&request, begin_receive(s, &request, NULL, 8));
    expect_eq(closesocket(s), 0);
    expect_packet(port, KEY, &request.overlapped, 0, ERROR_OPERATION_ABORTED);
    expect_no_packet(port);
}

CASE("closesocket/pending/udp-routine") {
    SOCKET s = udp_at(NULL);
    struct request request;
    receive_with_routine(s, &request);
    expect_eq(closesocket(s), 0);
    expect_eq(SleepEx(PATIENCE, TRUE), WAIT_IO_COMPLETION);
    expect_eq(routine_runs, 1);
    expect_eq(routine_error, WSA_OPERATION_ABORTED);
}

CASE("closesocket/pending/one-of-two") {
    struct pair pair = tcp_pair();
    SOCKET copy = copy_of(pair.local);
    struct request request;
    HANDLE event = new_event();
    expect_pending(&request, begin_receive(pair.local, &request, event, 8));
    expect_eq(closesocket(pair.local), 0);
    expect_unset(event);
    expect_pending(&request, WSA_IO_PENDING);
    give(pair.peer, "abc");
    expect_set(event);
    expect_ended(&request, ENDED_WELL, 3);
    expect_eq(closesocket(copy), 0);
}

CASE("closesocket/pending/last-of-two") {
    struct pair pair = tcp_pair();
    SOCKET copy = copy_of(pair.local);
    struct request first, second;
    expect_pending(&first, begin_receive(pair.local, &first, NULL, 8));
    expect_pending(&second, begin_receive(copy, &second, NULL, 8));
    expect_eq(closesocket(copy), 0);
    expect_still_pending(&first);
    expect_still_pending(&second);
    expect_eq(closesocket(pair.local), 0);
    expect_ended(&first, ABORTED, 0);
    expect_ended(&second, ABORTED, 0);
}

/* ---- shutdown under a request ---- */

static void shut_down_under(struct pair pair, int how) {
    struct request request, later;
    HANDLE event = new_event();
    expect_pending(&request, begin_receive(pair.local, &request, event, 8));
    expect_eq(shutdown(pair.local, how), 0);
    expect_unset(event);
    expect_eq(begin_receive(pair.local, &later, NULL, 8), WSAESHUTDOWN);
    give(pair.peer, "hello");
    expect_set(event);
    expect_ended(&request, ENDED_WELL, 5);
    expect_bytes(request.bytes, "hello");
}

CASE("shutdown/pending/tcp-receive") { shut_down_under(tcp_pair(), SD_RECEIVE); }

CASE("shutdown/pending/tcp-both") {
    struct pair pair = tcp_pair();
    struct request request;
    HANDLE event = new_event();
    expect_pending(&request, begin_receive(pair.local, &request, event, 8));
    expect_eq(shutdown(pair.local, SD_BOTH), 0);
    expect_unset(event);
    expect_still_pending(&request);
}

CASE("shutdown/pending/udp-receive") { shut_down_under(udp_pair(), SD_RECEIVE); }

/* ---- The end of a thread ---- */

CASE("exitthread/cancel/event") {
    struct pair pair = udp_pair();
    struct request request;
    HANDLE event = new_event();
    receive_elsewhere(pair.local, &request, event);
    expect_set(event);
    expect_ended(&request, CANCELLED, 0);
    expect_usable(pair);
}

CASE("exitthread/cancel/no-event") {
    struct pair pair = tcp_pair();
    struct request request;
    receive_elsewhere(pair.local, &request, NULL);
    expect_ended(&request, CANCELLED, 0);
    expect_usable(pair);
}

CASE("exitthread/cancel/routine") {
    struct pair pair = udp_pair();
    struct request request;
    struct posting posting = {pair.local, &request, NULL, routine, 0};
    elsewhere(post_it, &posting);
    expect_eq(posting.error, WSA_IO_PENDING);
    expect_ended(&request, CANCELLED, 0);
    expect_eq(SleepEx(50, TRUE), 0);
    expect_eq(routine_runs, 0);
}

CASE("exitthread/port/event") {
    struct pair pair = tcp_pair();
    struct request request;
    HANDLE port = new_port(), event = new_event();
    associate(port, pair.local, KEY);
    receive_elsewhere(pair.local, &request, event);
    expect_set(event);
    expect_ended(&request, CANCELLED, 0);
    expect_packet(port, KEY, &request.overlapped, 0, ERROR_OPERATION_ABORTED);
}

CASE("exitthread/port/event-with-low-bit") {
    struct pair pair = tcp_pair();
    struct request request;
    HANDLE port = new_port(), event = new_event();
    associate(port, pair.local, KEY);
    receive_elsewhere(pair.local, &request, (HANDLE)((ULONG_PTR)event | 1));
    expect_set(event);
    expect_ended(&request, CANCELLED, 0);
    expect_no_packet(port);
}

CASE("exitthread/port/no-event") {
    struct pair pair = tcp_pair();
    struct request request;
    HANDLE port = new_port();
    associate(port, pair.local, KEY);
    receive_elsewhere(pair.local, &request, NULL);
    expect_no_packet(port);
    expect_still_pending(&request);
    give(pair.peer, "abc");
    expect_packet(port, KEY, &request.overlapped, 3, NO_ERROR);
}

CASE("exitthread/port/cancelled-later") {
    struct pair pair = tcp_pair();
    struct request request;
    HANDLE port = new_port();
    associate(port, pair.local, KEY);
    receive_elsewhere(pair.local, &request, NULL);
    expect_no_packet(port);
    expect(CancelIoEx((HANDLE)pair.local, NULL));
    expect_packet(port, KEY, &request.overlapped, 0, ERROR_OPERATION_ABORTED);
    expect_ended(&request, CANCELLED, 0);
}

/* ---- The final WSACleanup ---- */

static void startup(void) {
    WSADATA data;
    require(WSAStartup(MAKEWORD(2, 2), &data) == 0);
}

COLD_CASE("wsacleanup/pending/cancelled") {
    struct request stream, datagram;
    struct pair pair;
    DWORD count = POISON;
    HANDLE event = new_event();
    startup();
    pair = udp_pair();
    expect_pending(&stream, begin_receive(tcp_pair().local, &stream, NULL, 8));
    expect_pending(&datagram, begin_receive(pair.local, &datagram, event, 8));
    expect_eq(WSACleanup(), 0);
    expect_ended(&stream, CANCELLED, 0);
    expect_ended(&datagram, CANCELLED, 0);
    expect_false(GetOverlappedResult((HANDLE)pair.local, &datagram.overlapped, &count, FALSE),
                 ERROR_OPERATION_ABORTED);
}

COLD_CASE("wsacleanup/pending/event-not-set") {
    struct request request;
    HANDLE event = new_event();
    startup();
    expect_pending(&request, begin_receive(tcp_pair().local, &request, event, 8));
    expect_eq(WSACleanup(), 0);
    expect_ended(&request, CANCELLED, 0);
    expect_unset(event);
}

COLD_CASE("wsacleanup/pending/routine-not-called") {
    struct request request;
    startup();
    receive_with_routine(udp_at(NULL), &request);
    expect_eq(WSACleanup(), 0);
    expect_ended(&request, CANCELLED, 0);
    expect_eq(SleepEx(50, TRUE), 0);
    expect_eq(routine_runs, 0);
}

COLD_CASE("wsacleanup/pending/not-final") {
    struct request request;
    struct pair pair;
    startup();
    startup();
    pair = tcp_pair();
    expect_pending(&request, begin_receive(pair.local, &request, NULL, 8));
    expect_eq(WSACleanup(), 0);
    expect_still_pending(&request);
    give(pair.peer, "abc");
    expect_ended(&request, ENDED_WELL, 3);
}
