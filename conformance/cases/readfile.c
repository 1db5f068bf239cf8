/* ReadFile and WriteFile on sockets (clauses/readfile.md). */
#include "harness.h"

#define KEY 125

static HANDLE new_event(void) {
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    require(event != NULL);
    return event;
}

/* ERROR_SUCCESS, or the last error ReadFile failed with. */
static int begin_read(SOCKET s, struct request *request, HANDLE event, DWORD length) {
    request_init(request, event);
    SetLastError(POISON);
    return ReadFile((HANDLE)s, request->bytes, length, NULL, &request->overlapped) ? NO_ERROR
                                                                                   : (int)GetLastError();
}

static int begin_write(SOCKET s, struct request *request, HANDLE event, const char *text) {
    request_init(request, event);
    memcpy(request->bytes, text, strlen(text));
    SetLastError(POISON);
    return WriteFile((HANDLE)s, request->bytes, (DWORD)strlen(text), NULL, &request->overlapped)
               ? NO_ERROR
               : (int)GetLastError();
}

/* A connected pair whose `local` was made without WSA_FLAG_OVERLAPPED. */
static struct pair plain_pair(void) {
    struct sockaddr_in where;
    struct pair pair;
    SOCKET listening = listener(&where);
    pair.local = WSASocketA(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, 0);
    require(pair.local != INVALID_SOCKET);
    require(connect(pair.local, (struct sockaddr *)&where, sizeof where) == 0);
    pair.peer = accept(listening, NULL, NULL);
    require(pair.peer != INVALID_SOCKET);
    return pair;
}

static void expect_set(HANDLE event) { expect_eq(WaitForSingleObject(event, PATIENCE), WAIT_OBJECT_0); }

static void expect_failed(SOCKET any, struct request *request, int code, DWORD count) {
    DWORD got = POISON;
    expect_false(GetOverlappedResult((HANDLE)any, &request->overlapped, &got, FALSE), code);
    expect_eq(got, count);
}

/* ---- ReadFile ---- */

CASE("readfile/overlapped/pends") {
    struct pair pair = tcp_pair();
    struct request request;
    DWORD count = POISON;
    HANDLE event = new_event();
    expect_pending(&request, begin_read(pair.local, &request, event, 8));
    expect_eq(WaitForSingleObject(event, 50), WAIT_TIMEOUT);
    expect_false(GetOverlappedResult((HANDLE)pair.local, &request.overlapped, &count, FALSE),
                 ERROR_IO_INCOMPLETE);
    give(pair.peer, "abc");
    expect_set(event);
    expect_ended(&request, ENDED_WELL, 3);
    expect_bytes(request.bytes, "abc");
    expect(GetOverlappedResult((HANDLE)pair.local, &request.overlapped, &count, FALSE));
    expect_eq(count, 3);
}

CASE("readfile/overlapped/waited-for") {
    struct pair pair = udp_pair();
    struct request request;
    DWORD count = POISON;
    expect_pending(&request, begin_read(pair.local, &request, NULL, 8));
    give(pair.peer, "abc");
    expect(GetOverlappedResult((HANDLE)pair.local, &request.overlapped, &count, TRUE));
    expect_eq(count, 3);
}

CASE("readfile/overlapped/at-once") {
    struct pair pair = tcp_pair();
    struct request request;
    DWORD got = POISON;
    give_to(pair.peer, pair.local, "abcde");
    request_init(&request, NULL);
    expect(ReadFile((HANDLE)pair.local, request.bytes, 3, &got, &request.overlapped));
    expect_eq(got, 3);
    expect_ended(&request, ENDED_WELL, 3);
    expect_eq(begin_read(pair.local, &request, NULL, 8), NO_ERROR);
    expect_ended(&request, ENDED_WELL, 2);
}

CASE("readfile/overlapped/count-while-pending") {
    struct pair pair = tcp_pair();
    struct request request;
    DWORD got = POISON;
    request_init(&request, NULL);
    expect_false(ReadFile((HANDLE)pair.local, request.bytes, 8, &got, &request.overlapped), ERROR_IO_PENDING);
    expect_eq(got, 0);
    give(pair.peer, "abc");
    expect_ended(&request, ENDED_WELL, 3);
    expect_eq(got, 0);
}

CASE("readfile/overlapped/count-of-failure") {
    struct request request;
    DWORD got = POISON, put = POISON;
    SOCKET s = udp();
    require(closesocket(s) == 0);
    request_init(&request, NULL);
    expect_false(ReadFile((HANDLE)s, request.bytes, 8, &got, &request.overlapped), ERROR_INVALID_HANDLE);
    expect_eq(got, 0);
    expect_false(WriteFile((HANDLE)s, request.bytes, 8, &put, &request.overlapped), ERROR_INVALID_HANDLE);
    expect_eq(put, 0);
}

CASE("readfile/overlapped/nonblocking") {
    struct pair pair = tcp_pair();
    struct request request;
    nonblocking(pair.local);
    expect_pending(&request, begin_read(pair.local, &request, NULL, 8));
    give(pair.peer, "abc");
    expect_ended(&request, ENDED_WELL, 3);
}

CASE("readfile/overlapped/with-wsarecv") {
    struct pair pair = tcp_pair();
    struct request first, second;
    expect_pending(&first, begin_read(pair.local, &first, NULL, 2));
    expect_pending(&second, begin_receive(pair.local, &second, NULL, 2));
    give(pair.peer, "abcd");
    expect_ended(&first, ENDED_WELL, 2);
    expect_ended(&second, ENDED_WELL, 2);
    expect_bytes(first.bytes, "ab");
    expect_bytes(second.bytes, "cd");
}

CASE("readfile/offset/accepted") {
    struct pair pair = tcp_pair();
    struct request request;
    DWORD offset, got;
    give_to(pair.peer, pair.local, "abc");
    for (offset = 0; offset < 3; offset++) {
        request_init(&request, NULL);
        request.overlapped.Offset = offset;
        got = POISON;
        expect(ReadFile((HANDLE)pair.local, request.bytes, 1, &got, &request.overlapped));
        expect_eq(got, 1);
        expect_eq(request.bytes[0], 'a' + (int)offset);
        expect_eq(request.overlapped.Offset, offset);
    }
}

CASE("readfile/offset/negative") {
    struct pair pair = tcp_pair();
    struct request request;
    DWORD got;
    give_to(pair.peer, pair.local, "abc");
    request_init(&request, NULL);
    request.overlapped.Offset = request.overlapped.OffsetHigh = 0xffffffffu;
    expect_false(ReadFile((HANDLE)pair.local, request.bytes, 1, &got, &request.overlapped),
                 ERROR_INVALID_PARAMETER);
    request.overlapped.Offset = 0xfffffffdu;
    expect_false(ReadFile((HANDLE)pair.local, request.bytes, 1, &got, &request.overlapped),
                 ERROR_INVALID_PARAMETER);
    expect_eq(queued(pair.local), 3);
}

CASE("readfile/offset/no-overlapped") {
    struct pair pair = tcp_pair();
    char buffer[8];
    DWORD got = POISON;
    give_to(pair.peer, pair.local, "abc");
    expect_false(ReadFile((HANDLE)pair.local, buffer, sizeof buffer, &got, NULL), ERROR_INVALID_PARAMETER);
    expect_eq(queued(pair.local), 3);
}

static char plain_bytes[8];

static long long act_read(void *s) {
    DWORD got = POISON;
    return ReadFile(*(HANDLE *)s, plain_bytes, 5, &got, NULL) ? (long long)got : -1;
}

CASE("readfile/plain/blocks") {
    struct pair pair = plain_pair();
    struct call call;
    begin(&call, act_read, &pair.local);
    give(pair.peer, "abcd");
    expect_finish(&call, 4, POISON);
    expect_bytes(plain_bytes, "abcd");
}

CASE("readfile/plain/blocks-nonblocking") {
    struct pair pair = plain_pair();
    struct call call;
    nonblocking(pair.local);
    begin(&call, act_read, &pair.local);
    give(pair.peer, "abcd");
    expect_finish(&call, 4, POISON);
}

CASE("readfile/end/at-once") {
    struct pair pair = tcp_pair();
    struct request request;
    DWORD got = POISON;
    require(shutdown(pair.peer, SD_SEND) == 0);
    await_readable(pair.local);
    request_init(&request, NULL);
    expect(ReadFile((HANDLE)pair.local, request.bytes, 8, &got, &request.overlapped));
    expect_eq(got, 0);
    expect_ended(&request, ENDED_WELL, 0);
}

CASE("readfile/end/while-pending") {
    struct pair pair = tcp_pair();
    struct request request;
    DWORD count = POISON;
    expect_pending(&request, begin_read(pair.local, &request, NULL, 8));
    require(shutdown(pair.peer, SD_SEND) == 0);
    expect_ended(&request, ENDED_WELL, 0);
    expect(GetOverlappedResult((HANDLE)pair.local, &request.overlapped, &count, FALSE));
    expect_eq(count, 0);
}

CASE("readfile/end/plain") {
    struct pair pair = plain_pair();
    require(closesocket(pair.peer) == 0);
    expect_eq(act_read(&pair.local), 0);
}

CASE("readfile/error/reset-while-pending") {
    struct pair pair = tcp_pair();
    struct request request;
    expect_pending(&request, begin_read(pair.local, &request, NULL, 8));
    reset(pair.peer);
    expect_ended(&request, RESET_BY_PEER, 0);
    expect_failed(pair.local, &request, ERROR_NETNAME_DELETED, 0);
    expect_eq(begin_read(pair.local, &request, NULL, 8), ERROR_NETNAME_DELETED);
}

CASE("readfile/error/shut-down") {
    struct pair pair = tcp_pair();
    struct request request;
    require(shutdown(pair.local, SD_RECEIVE) == 0);
    expect_eq(begin_read(pair.local, &request, NULL, 8), ERROR_PIPE_NOT_CONNECTED);
}

CASE("readfile/error/closed-socket") {
    struct request request;
    SOCKET s = udp();
    require(closesocket(s) == 0);
    expect_eq(begin_read(s, &request, NULL, 8), ERROR_INVALID_HANDLE);
    expect_eq(begin_write(s, &request, NULL, "abc"), ERROR_INVALID_HANDLE);
}

CASE("readfile/error/too-long-datagram") {
    struct pair pair = udp_pair();
    struct request request;
    expect_pending(&request, begin_read(pair.local, &request, NULL, 6));
    give(pair.peer, "abcdefghi");
    expect_ended(&request, 0x80000005u, 6);
    expect_failed(pair.local, &request, ERROR_MORE_DATA, 6);
    expect_bytes(request.bytes, "abcdef");
}

CASE("readfile/cancel/cancelioex") {
    struct pair pair = tcp_pair();
    struct request request;
    HANDLE event = new_event();
    expect_pending(&request, begin_read(pair.local, &request, event, 8));
    expect(CancelIoEx((HANDLE)pair.local, &request.overlapped));
    expect_set(event);
    expect_ended(&request, CANCELLED, 0);
    expect_failed(pair.local, &request, ERROR_OPERATION_ABORTED, 0);
}

CASE("readfile/cancel/closesocket-tcp") {
    struct pair pair = tcp_pair();
    struct request request;
    expect_pending(&request, begin_read(pair.local, &request, NULL, 8));
    expect_eq(closesocket(pair.local), 0);
    expect_ended(&request, ABORTED, 0);
    expect_failed(pair.peer, &request, ERROR_CONNECTION_ABORTED, 0);
}

CASE("readfile/cancel/closesocket-udp") {
    struct pair pair = udp_pair();
    struct request request;
    expect_pending(&request, begin_read(pair.local, &request, NULL, 8));
    expect_eq(closesocket(pair.local), 0);
    expect_ended(&request, CANCELLED, 0);
    expect_failed(pair.peer, &request, ERROR_OPERATION_ABORTED, 0);
}

CASE("readfile/port/packets") {
    struct pair pair = tcp_pair();
    struct request request;
    HANDLE port = new_port();
    associate(port, pair.local, KEY);
    expect_pending(&request, begin_read(pair.local, &request, NULL, 8));
    give(pair.peer, "abc");
    expect_packet(port, KEY, &request.overlapped, 3, NO_ERROR);
    give_to(pair.peer, pair.local, "de");
    expect_eq(begin_read(pair.local, &request, NULL, 8), NO_ERROR);
    expect_packet(port, KEY, &request.overlapped, 2, NO_ERROR);
    expect_pending(&request, begin_read(pair.local, &request, NULL, 8));
    reset(pair.peer);
    expect_packet(port, KEY, &request.overlapped, 0, ERROR_NETNAME_DELETED);
    expect_no_packet(port);
}

CASE("readfile/port/skip-flag") {
    struct pair pair = tcp_pair();
    struct request request;
    HANDLE port = new_port();
    associate(port, pair.local, KEY);
    require(SetFileCompletionNotificationModes((HANDLE)pair.local, FILE_SKIP_COMPLETION_PORT_ON_SUCCESS));
    give_to(pair.peer, pair.local, "de");
    expect_eq(begin_read(pair.local, &request, NULL, 8), NO_ERROR);
    expect_no_packet(port);
    expect_pending(&request, begin_read(pair.local, &request, NULL, 8));
    give(pair.peer, "abc");
    expect_packet(port, KEY, &request.overlapped, 3, NO_ERROR);
}

/* ---- WriteFile ---- */

CASE("writefile/overlapped/sends") {
    struct pair pair = tcp_pair();
    struct request request;
    DWORD sent = POISON;
    HANDLE event = new_event();
    char buffer[8];
    request_init(&request, event);
    expect(WriteFile((HANDLE)pair.local, "abc", 3, &sent, &request.overlapped));
    expect_eq(sent, 3);
    expect_set(event);
    expect_ended(&request, ENDED_WELL, 3);
    await_queued(pair.peer, 3);
    expect_eq(recv(pair.peer, buffer, sizeof buffer, 0), 3);
    expect_bytes(buffer, "abc");
}

CASE("writefile/overlapped/datagram") {
    struct pair pair = udp_pair();
    struct request request;
    char buffer[8];
    expect_eq(begin_write(pair.local, &request, NULL, "abc"), NO_ERROR);
    expect_ended(&request, ENDED_WELL, 3);
    await_readable(pair.peer);
    expect_eq(recv(pair.peer, buffer, sizeof buffer, 0), 3);
}

CASE("writefile/offset/no-overlapped") {
    DWORD sent = POISON;
    expect_false(WriteFile((HANDLE)tcp_pair().local, "abc", 3, &sent, NULL), ERROR_INVALID_PARAMETER);
}

CASE("writefile/offset/negative") {
    struct pair pair = tcp_pair();
    struct request request;
    request_init(&request, NULL);
    request.overlapped.Offset = request.overlapped.OffsetHigh = 0xffffffffu;
    expect_false(WriteFile((HANDLE)pair.local, "abc", 3, NULL, &request.overlapped), ERROR_INVALID_PARAMETER);
    request.overlapped.Offset = 2;
    request.overlapped.OffsetHigh = 0;
    expect(WriteFile((HANDLE)pair.local, "abc", 3, NULL, &request.overlapped));
}

CASE("writefile/plain/sends") {
    struct pair pair = plain_pair();
    DWORD sent = POISON;
    expect(WriteFile((HANDLE)pair.local, "abc", 3, &sent, NULL));
    expect_eq(sent, 3);
    await_queued(pair.peer, 3);
}

CASE("writefile/error/shut-down") {
    struct pair pair = tcp_pair();
    struct request request;
    require(shutdown(pair.local, SD_SEND) == 0);
    expect_eq(begin_write(pair.local, &request, NULL, "abc"), ERROR_PIPE_NOT_CONNECTED);
}

CASE("writefile/port/packet") {
    struct pair pair = tcp_pair();
    struct request request;
    HANDLE port = new_port();
    associate(port, pair.local, KEY);
    expect_eq(begin_write(pair.local, &request, NULL, "abc"), NO_ERROR);
    expect_packet(port, KEY, &request.overlapped, 3, NO_ERROR);
    expect_no_packet(port);
}
