/* WSPRecv (clauses/spirecv.md). */
#include "provider.h"
#include <afunix.h>

#ifndef OPENWS2_UNIXPROTO_PARTS
#define OPENWS2_UNIXPROTO_PARTS 0x57530001
#define OPENWS2_UNIXPROTO_WHOLE 0x57530002
#endif
#ifndef MSG_PARTIAL
#define MSG_PARTIAL 0x8000
#endif

static WSPPROC_TABLE base;

static char bytes[64];
static DWORD got, flags;

static void start_if_first(void) {
    if (base.lpWSPRecv == NULL) {
        base = start_base();
        told = (INT)POISON;
        WSASetLastError((int)POISON);
    }
}

/* A synchronous receive for this much; what it got is in `bytes`, `got` and `flags`. */
static int take(SOCKET s, ULONG room, DWORD asked) {
    WSABUF part = {room, bytes};
    start_if_first();
    poison(bytes, sizeof bytes);
    got = POISON;
    flags = asked;
    return base.lpWSPRecv(s, &part, 1, &got, &flags, NULL, NULL, NULL, &told);
}

/* An overlapped one. */
static int post(SOCKET s, struct posted *r, LPWSAOVERLAPPED_COMPLETION_ROUTINE its_routine,
                LPWSATHREADID thread) {
    start_if_first();
    return base.lpWSPRecv(s, &r->part, 1, &r->got, &r->flags, &r->over, its_routine, thread, &told);
}

/* ---- What it returns ---- */

CASE("wsprecv/returns/zero") {
    struct pair pair = tcp_pair();
    give_to(pair.peer, pair.local, "abcd");
    expect_eq(take(pair.local, 8, 0), 0);
    expect_eq(got, 4);
    expect_eq(flags, 0);
    expect_bytes(bytes, "abcd");
}

CASE("wsprecv/returns/error-to-lperrno") {
    SOCKET s = tcp();
    expect_told(take(s, 8, 0), SOCKET_ERROR, WSAENOTCONN);
}

CASE("wsprecv/returns/success-writes-no-error") {
    struct pair pair = tcp_pair();
    give_to(pair.peer, pair.local, "abcd");
    expect_told(take(pair.local, 8, 0), 0, POISON);
}

CASE("wsprecv/returns/no-lperrno") {
    WSABUF part = {8, bytes};
    base = start_base();
    flags = 0;
    expect_eq(base.lpWSPRecv(tcp(), &part, 1, &got, &flags, NULL, NULL, NULL, NULL), SOCKET_ERROR);
    expect_eq(WSAGetLastError(), (int)POISON);
}

CASE("wsprecv/returns/outputs-of-failure") {
    SOCKET s = tcp();
    expect_told(take(s, 8, MSG_PEEK), SOCKET_ERROR, WSAENOTCONN);
    expect_eq(got, POISON);
    expect_eq(flags, MSG_PEEK);
    expect_untouched(bytes, 8);
}

CASE("wsprecv/returns/ws2-32-copies") {
    SOCKET s = tcp();
    WSABUF part = {8, bytes};
    expect_told(take(s, 8, 0), SOCKET_ERROR, WSAENOTCONN);
    flags = 0;
    expect_error(WSARecv(s, &part, 1, &got, &flags, NULL, NULL), told);
}

/* ---- Errors ---- */

COLD_CASE("wsprecv/error/WSANOTINITIALISED") {
    base = start_base();
    expect_eq(base.lpWSPCleanup(&told), 0);
    expect_told(take(INVALID_SOCKET, 8, 0), SOCKET_ERROR, WSANOTINITIALISED);
}

CASE("wsprecv/error/WSAENOTSOCK") {
    SOCKET s = tcp();
    require(closesocket(s) == 0);
    expect_told(take(s, 8, 0), SOCKET_ERROR, WSAENOTSOCK);
    expect_told(take(INVALID_SOCKET, 8, 0), SOCKET_ERROR, WSAENOTSOCK);
}

CASE("wsprecv/error/WSAENOTCONN") {
    SOCKET s = tcp();
    expect_told(take(s, 8, 0), SOCKET_ERROR, WSAENOTCONN);
}

static INT told_inside;
static SOCKET asked_inside;

static BOOL WINAPI hook(void) {
    INT cancelled = 0;
    WSABUF part = {8, bytes};
    DWORD count = POISON, none = 0;
    if (asked_inside != INVALID_SOCKET)
        expect_eq(base.lpWSPRecv(asked_inside, &part, 1, &count, &none, NULL, NULL, NULL, &told_inside),
                  SOCKET_ERROR);
    expect_eq(base.lpWSPCancelBlockingCall(&cancelled), 0);
    return FALSE;
}

/* A blocked receive of a program that asked for Winsock 1, with the hook above. */
static void block_with_hook(SOCKET inside) {
    WSADATA data;
    struct pair pair;
    require(WSAStartup(MAKEWORD(1, 1), &data) == 0);
    pair = tcp_pair();
    base = start_base();
    asked_inside = inside;
    require(WSASetBlockingHook((FARPROC)(void *)hook) != NULL);
    expect_told(take(pair.local, 8, 0), SOCKET_ERROR, WSAEINTR);
}

COLD_CASE("wsprecv/error/WSAEINTR") { block_with_hook(INVALID_SOCKET); }

COLD_CASE("wsprecv/error/WSAEINPROGRESS") {
    block_with_hook(0);
    expect_eq(told_inside, WSAEINPROGRESS);
}

CASE("wsprecv/error/WSAEFAULT") {
    struct pair pair = tcp_pair();
    WSABUF part = {8, bytes}, nowhere = {8, UNMAPPED(char)};
    struct posted r;
    base = start_base();
    give_to(pair.peer, pair.local, "abcd");
    flags = 0;
    expect_told(base.lpWSPRecv(pair.local, &nowhere, 1, &got, &flags, NULL, NULL, NULL, &told), SOCKET_ERROR,
                WSAEFAULT);
    expect_told(base.lpWSPRecv(pair.local, UNMAPPED(WSABUF), 1, &got, &flags, NULL, NULL, NULL, &told),
                SOCKET_ERROR, WSAEFAULT);
    expect_told(base.lpWSPRecv(pair.local, &part, 1, &got, UNMAPPED(DWORD), NULL, NULL, NULL, &told),
                SOCKET_ERROR, WSAEFAULT);
    lay_out(&r, 8, NULL);
    expect_told(
        base.lpWSPRecv(pair.local, &r.part, 1, &r.got, &r.flags, UNMAPPED(WSAOVERLAPPED), NULL, NULL, &told),
        SOCKET_ERROR, WSAEFAULT);
    expect_eq(take(pair.local, 8, 0), 0);
    expect_bytes(bytes, "abcd");
}

CASE("wsprecv/error/WSAEOPNOTSUPP") {
    SOCKET s = udp_at(NULL);
    expect_told(take(s, 8, MSG_OOB), SOCKET_ERROR, WSAEOPNOTSUPP);
}

CASE("wsprecv/error/WSAESHUTDOWN") {
    struct pair receive = tcp_pair(), both = tcp_pair();
    base = start_base();
    expect_eq(base.lpWSPShutdown(receive.local, SD_RECEIVE, &told), 0);
    expect_told(take(receive.local, 8, 0), SOCKET_ERROR, WSAESHUTDOWN);
    expect_eq(base.lpWSPShutdown(both.local, SD_BOTH, &told), 0);
    expect_told(take(both.local, 8, 0), SOCKET_ERROR, WSAESHUTDOWN);
}

CASE("wsprecv/error/WSAEWOULDBLOCK") {
    struct pair pair = tcp_pair();
    nonblocking(pair.local);
    expect_told(take(pair.local, 8, 0), SOCKET_ERROR, WSAEWOULDBLOCK);
}

CASE("wsprecv/error/WSAEMSGSIZE") {
    struct pair pair = udp_pair();
    give_to(pair.peer, pair.local, "abcdef");
    expect_told(take(pair.local, 4, 0), SOCKET_ERROR, WSAEMSGSIZE);
    expect_bytes(bytes, "abcd");
    nonblocking(pair.local);
    expect_told(take(pair.local, 4, 0), SOCKET_ERROR, WSAEWOULDBLOCK);
}

CASE("wsprecv/error/WSAEINVAL") {
    SOCKET s = udp();
    expect_told(take(s, 8, 0), SOCKET_ERROR, WSAEINVAL);
}

static SOCKET plain_udp(struct sockaddr_in *where) {
    SOCKET s;
    int length = sizeof *where;
    base = start_base();
    s = base.lpWSPSocket(AF_INET, SOCK_DGRAM, IPPROTO_UDP, NULL, 0, 0, &told);
    require(s != INVALID_SOCKET);
    *where = loopback(0);
    require(base.lpWSPBind(s, (struct sockaddr *)where, sizeof *where, &told) == 0);
    require(base.lpWSPGetSockName(s, (struct sockaddr *)where, &length, &told) == 0);
    return s;
}

static void send_a_byte(struct sockaddr_in *where) {
    require(sendto(udp(), "x", 1, 0, (struct sockaddr *)where, sizeof *where) == 1);
}

CASE("wsprecv/error/not-overlapped") {
    struct sockaddr_in where;
    SOCKET s = plain_udp(&where);
    struct posted r;
    send_a_byte(&where);
    lay_out_event(&r, 8);
    expect_eq(post(s, &r, NULL, NULL), 0);
    expect_eq(r.got, 1);
}

struct blocked {
    SOCKET s;
    INT error;
};

static long long act_take(void *argument) {
    struct blocked *it = (struct blocked *)argument;
    WSABUF part = {8, bytes};
    DWORD count = 0, none = 0;
    WSATHREADID nobody;
    memset(&nobody, 0xff, sizeof nobody);
    return base.lpWSPRecv(it->s, &part, 1, &count, &none, NULL, NULL, &nobody, &it->error);
}

CASE("wsprecv/error/WSAECONNABORTED") {
    struct pair pair = tcp_pair();
    struct blocked it = {pair.local, 0};
    struct call call;
    base = start_base();
    begin(&call, act_take, &it);
    expect(still_blocked(&call, 20));
    expect_eq(base.lpWSPCloseSocket(pair.local, &told), 0);
    finish(&call);
    expect_eq(call.result, SOCKET_ERROR);
    expect_eq(it.error, WSAECONNABORTED);
}

CASE("wsprecv/error/WSAECONNRESET") {
    struct pair pair = tcp_pair();
    reset(pair.peer);
    await_readable(pair.local);
    expect_told(take(pair.local, 8, 0), SOCKET_ERROR, WSAECONNRESET);
}

/* `local` connected, `peer` accepted: a message-oriented circuit. */
static struct pair circuit(int protocol) {
    SOCKET listening = socket(AF_UNIX, SOCK_SEQPACKET, protocol);
    struct sockaddr_un name;
    struct pair pair;
    const char *folder = getenv("TMPDIR");
    require(listening != INVALID_SOCKET);
    name.sun_family = AF_UNIX;
    snprintf(name.sun_path, sizeof name.sun_path, "%s/openws2-spi-%lu", folder ? folder : "/tmp",
             (unsigned long)GetCurrentProcessId());
    require(bind(listening, (struct sockaddr *)&name, sizeof name) == 0);
    require(listen(listening, 5) == 0);
    pair.local = socket(AF_UNIX, SOCK_SEQPACKET, protocol);
    require(connect(pair.local, (struct sockaddr *)&name, sizeof name) == 0);
    pair.peer = accept(listening, NULL, NULL);
    require(pair.peer != INVALID_SOCKET);
    require(closesocket(listening) == 0);
    require(remove(name.sun_path) == 0);
    return pair;
}

EXTENSION_CASE("wsprecv/error/WSAEDISCON") {
    struct pair pair = circuit(OPENWS2_UNIXPROTO_PARTS);
    require(closesocket(pair.peer) == 0);
    expect_told(take(pair.local, 8, 0), SOCKET_ERROR, WSAEDISCON);
}

CASE("wsprecv/error/WSA_IO_PENDING") {
    struct pair pair = tcp_pair();
    struct posted r;
    lay_out_event(&r, 8);
    expect_told(post(pair.local, &r, NULL, NULL), SOCKET_ERROR, WSA_IO_PENDING);
    expect_eq((DWORD)r.over.Internal, PENDING);
    give(pair.peer, "abcd");
    expect_ends(pair.local, &r, 0, 4);
    expect_bytes(r.bytes, "abcd");
}

/* ---- Routines ---- */

static volatile LONG calls;
static DWORD ran_in, with_error, with_count, with_flags;
static LPWSAOVERLAPPED with_over;

static void CALLBACK routine(DWORD error, DWORD count, LPWSAOVERLAPPED over, DWORD its_flags) {
    ran_in = GetCurrentThreadId();
    with_error = error;
    with_count = count;
    with_over = over;
    with_flags = its_flags;
    InterlockedIncrement(&calls);
}

/* Waits alertably until a routine has run. */
static void await_call(void) {
    long long until = now_ms() + PATIENCE;
    while (calls == 0 && now_ms() < until) SleepEx(50, TRUE);
    require(calls > 0);
}

CASE("wsprecv/error/WSA_OPERATION_ABORTED") {
    SOCKET s = udp_at(NULL);
    WSATHREADID self = this_thread();
    struct posted r;
    lay_out(&r, 8, NULL);
    expect_told(post(s, &r, routine, &self), SOCKET_ERROR, WSA_IO_PENDING);
    expect_eq(base.lpWSPCloseSocket(s, &told), 0);
    await_call();
    expect_eq(with_error, WSA_OPERATION_ABORTED);
    expect_eq(with_count, 0);
}

CASE("wsprecv/error/no-indication") {
    HANDLE port = new_port(), event = manual_event();
    SOCKET s = tcp(), other = tcp();
    WSATHREADID self = this_thread();
    struct posted r;
    associate(port, s, 7);
    lay_out(&r, 8, event);
    expect_told(post(s, &r, NULL, NULL), SOCKET_ERROR, WSAENOTCONN);
    expect(!signalled(event, 0));
    expect_no_packet(port);
    expect_told(post(other, &r, routine, &self), SOCKET_ERROR, WSAENOTCONN);
    expect_eq(SleepEx(20, TRUE), 0);
    expect_eq(calls, 0);
}

CASE("wsprecv/error/own-checks") {
    struct sockaddr_in nobody = closed_port(SOCK_STREAM);
    SOCKET s = tcp(), other = tcp();
    int error = (int)POISON, length = sizeof error;
    base = start_base();
    nonblocking(s);
    expect_told(
        base.lpWSPConnect(s, (struct sockaddr *)&nobody, sizeof nobody, NULL, NULL, NULL, NULL, &told),
        SOCKET_ERROR, WSAEWOULDBLOCK);
    require(excepted(s, PATIENCE) == 1);
    expect_eq(base.lpWSPGetSockOpt(other, SOL_SOCKET, SO_ERROR, (char *)&error, &length, &told), 0);
    expect_eq(error, 0);
    expect_eq(base.lpWSPGetSockOpt(s, SOL_SOCKET, SO_ERROR, (char *)&error, &length, &told), 0);
    expect_eq(error, WSAECONNREFUSED);
}

/* ---- Streams and messages ---- */

CASE("wsprecv/acts-as/stream") {
    struct pair pair = tcp_pair();
    DWORD asked[2] = {0, MSG_PARTIAL};
    int i;
    for (i = 0; i < 2; i++) {
        give(pair.peer, "ab");
        give(pair.peer, "cd");
        await_queued(pair.local, 4);
        expect_eq(take(pair.local, 8, asked[i]), 0);
        expect_eq(got, 4);
        expect_eq(flags, 0);
    }
}

CASE("wsprecv/acts-as/message") {
    struct pair pair = udp_pair();
    give(pair.peer, "ab");
    give(pair.peer, "cde");
    expect_eq(take(pair.local, 8, 0), 0);
    expect_eq(got, 2);
    expect_eq(take(pair.local, 8, 0), 0);
    expect_eq(got, 3);
}

EXTENSION_CASE("wsprecv/acts-as/parts") {
    struct pair pair = circuit(OPENWS2_UNIXPROTO_PARTS);
    give_to(pair.peer, pair.local, "abcdef");
    expect_eq(take(pair.local, 4, 0), 0);
    expect_eq(got, 4);
    expect_eq(flags, MSG_PARTIAL);
    expect_eq(take(pair.local, 4, 0), 0);
    expect_eq(got, 2);
    expect_eq(flags, 0);
}

EXTENSION_CASE("wsprecv/acts-as/whole") {
    struct pair pair = circuit(OPENWS2_UNIXPROTO_WHOLE);
    give_to(pair.peer, pair.local, "abcdef");
    expect_told(take(pair.local, 4, 0), SOCKET_ERROR, WSAEMSGSIZE);
    expect_eq(take(pair.local, 8, 0), 0);
    expect_eq(got, 6);
    expect_bytes(bytes, "abcdef");
}

CASE("wsprecv/end/stream") {
    struct pair pair = tcp_pair();
    require(closesocket(pair.peer) == 0);
    expect_eq(take(pair.local, 8, 0), 0);
    expect_eq(got, 0);
    expect_eq(take(pair.local, 8, 0), 0);
    expect_eq(got, 0);
}

CASE("wsprecv/end/connected-datagrams") {
    struct pair pair = udp_pair();
    struct sockaddr_in where;
    int length = sizeof where;
    require(getsockname(pair.local, (struct sockaddr *)&where, &length) == 0);
    send_a_byte(&where);
    give(pair.peer, "abcd");
    expect_eq(take(pair.local, 8, 0), 0);
    expect_eq(got, 4);
}

CASE("wsprecv/flags/peek") {
    struct pair pair = tcp_pair();
    give_to(pair.peer, pair.local, "abcd");
    expect_eq(take(pair.local, 2, MSG_PEEK), 0);
    expect_bytes(bytes, "ab");
    expect_eq(take(pair.local, 8, 0), 0);
    expect_eq(got, 4);
}

CASE("wsprecv/flags/oob") {
    struct pair pair = tcp_pair();
    require(send(pair.peer, "!", 1, MSG_OOB) == 1);
    require(excepted(pair.local, PATIENCE) == 1);
    expect_eq(take(pair.local, 1, MSG_OOB), 0);
    expect_eq(got, 1);
    expect_bytes(bytes, "!");
}

/* ---- Buffers ---- */

CASE("wsprecv/buffers/in-order") {
    struct pair pair = tcp_pair();
    char one[2], two[3], three[8];
    WSABUF parts[3] = {{2, one}, {3, two}, {8, three}};
    base = start_base();
    poison(three, sizeof three);
    give_to(pair.peer, pair.local, "abcdefghi");
    await_queued(pair.local, 9);
    flags = 0;
    expect_eq(base.lpWSPRecv(pair.local, parts, 3, &got, &flags, NULL, NULL, NULL, &told), 0);
    expect_eq(got, 9);
    expect_bytes(one, "ab");
    expect_bytes(two, "cde");
    expect_bytes(three, "fghi");
    expect_untouched(three + 4, 4);
}

CASE("wsprecv/buffers/captured") {
    struct pair pair = tcp_pair();
    struct posted r;
    lay_out_event(&r, 8);
    expect_told(post(pair.local, &r, NULL, NULL), SOCKET_ERROR, WSA_IO_PENDING);
    poison(&r.part, sizeof r.part);
    give(pair.peer, "abcd");
    expect_ends(pair.local, &r, 0, 4);
    expect_bytes(r.bytes, "abcd");
}

CASE("wsprecv/buffers/order-of-issue") {
    struct pair pair = tcp_pair();
    struct posted first, second;
    lay_out_event(&first, 2);
    lay_out_event(&second, 2);
    expect_told(post(pair.local, &first, NULL, NULL), SOCKET_ERROR, WSA_IO_PENDING);
    expect_told(post(pair.local, &second, NULL, NULL), SOCKET_ERROR, WSA_IO_PENDING);
    give(pair.peer, "abcd");
    expect_ends(pair.local, &second, 0, 2);
    expect_ends(pair.local, &first, 0, 2);
    expect_bytes(first.bytes, "ab");
    expect_bytes(second.bytes, "cd");
}

/* ---- Calls that wait ---- */

CASE("wsprecv/blocks/until-one-byte") {
    struct pair pair = tcp_pair();
    struct blocked it = {pair.local, 0};
    struct call call;
    base = start_base();
    begin(&call, act_take, &it);
    expect(still_blocked(&call, 20));
    give(pair.peer, "a");
    finish(&call);
    expect_eq(call.result, 0);
    expect_bytes(bytes, "a");
}

CASE("wsprecv/plain/no-overlapped") {
    struct pair pair = tcp_pair();
    WSATHREADID self = this_thread();
    WSABUF part = {8, bytes};
    base = start_base();
    give_to(pair.peer, pair.local, "abcd");
    flags = 0;
    expect_eq(base.lpWSPRecv(pair.local, &part, 1, &got, &flags, NULL, routine, &self, &told), 0);
    expect_eq(got, 4);
    expect_eq(SleepEx(20, TRUE), 0);
    expect_eq(calls, 0);
}

CASE("wsprecv/plain/no-thread") {
    struct pair pair = tcp_pair();
    WSATHREADID nobody;
    WSABUF part = {8, bytes};
    struct posted r;
    base = start_base();
    memset(&nobody, 0xee, sizeof nobody);
    give_to(pair.peer, pair.local, "abcd");
    flags = 0;
    expect_eq(base.lpWSPRecv(pair.local, &part, 1, &got, &flags, NULL, routine, &nobody, &told), 0);
    lay_out_event(&r, 8);
    expect_told(post(pair.local, &r, NULL, &nobody), SOCKET_ERROR, WSA_IO_PENDING);
}

CASE("wsprecv/plain/socket") {
    struct sockaddr_in where;
    SOCKET s = plain_udp(&where);
    WSATHREADID nobody;
    struct posted r;
    memset(&nobody, 0xee, sizeof nobody);
    send_a_byte(&where);
    lay_out_event(&r, 8);
    expect_eq(post(s, &r, routine, &nobody), 0);
    expect_eq(r.got, 1);
}

/* ---- Ends of overlapped calls ---- */

CASE("wsprecv/overlapped/at-once") {
    struct pair pair = tcp_pair();
    struct posted r;
    lay_out_event(&r, 8);
    give_to(pair.peer, pair.local, "abcd");
    expect_eq(post(pair.local, &r, NULL, NULL), 0);
    expect_eq(r.got, 4);
    expect_eq(r.flags, 0);
    expect(signalled(r.over.hEvent, 0));
    expect_eq(r.over.InternalHigh, 4);
}

CASE("wsprecv/overlapped/outputs-of-pending") {
    struct pair pair = tcp_pair();
    struct posted r;
    lay_out_event(&r, 8);
    expect_told(post(pair.local, &r, NULL, NULL), SOCKET_ERROR, WSA_IO_PENDING);
    give(pair.peer, "abcd");
    expect_ends(pair.local, &r, 0, 4);
    expect_eq(r.got, POISON);
    expect_eq(r.flags, 0);
}

CASE("wsprecv/overlapped/status-block") {
    struct pair pair = tcp_pair();
    struct posted r;
    lay_out(&r, 8, NULL);
    expect_told(post(pair.local, &r, NULL, NULL), SOCKET_ERROR, WSA_IO_PENDING);
    give(pair.peer, "abcd");
    expect_ends(pair.local, &r, 0, 4);
}

CASE("wsprecv/overlapped/offsets") {
    struct pair pair = tcp_pair();
    struct posted r;
    lay_out_event(&r, 8);
    r.over.Offset = 11;
    r.over.OffsetHigh = 22;
    expect_told(post(pair.local, &r, NULL, NULL), SOCKET_ERROR, WSA_IO_PENDING);
    give(pair.peer, "abcd");
    expect_ends(pair.local, &r, 0, 4);
    expect_eq(r.over.Offset, 11);
    expect_eq(r.over.OffsetHigh, 22);
}

CASE("wsprecv/event/set") {
    struct pair pair = tcp_pair();
    struct posted r;
    lay_out_event(&r, 8);
    expect_told(post(pair.local, &r, NULL, NULL), SOCKET_ERROR, WSA_IO_PENDING);
    expect(!signalled(r.over.hEvent, 20));
    give(pair.peer, "abcd");
    expect(signalled(r.over.hEvent, PATIENCE));
}

CASE("wsprecv/event/reset") {
    struct pair pair = tcp_pair();
    struct posted r;
    lay_out_event(&r, 8);
    require(SetEvent(r.over.hEvent));
    expect_told(post(pair.local, &r, NULL, NULL), SOCKET_ERROR, WSA_IO_PENDING);
    expect(!signalled(r.over.hEvent, 0));
}

CASE("wsprecv/event/ignored-with-routine") {
    struct pair pair = tcp_pair();
    WSATHREADID self = this_thread();
    struct posted r;
    HANDLE event = manual_event();
    lay_out(&r, 8, event);
    expect_told(post(pair.local, &r, routine, &self), SOCKET_ERROR, WSA_IO_PENDING);
    give(pair.peer, "abcd");
    await_call();
    expect(!signalled(event, 0));
    calls = 0;
    lay_out(&r, 8, (HANDLE)(ULONG_PTR)12345);
    expect_told(post(pair.local, &r, routine, &self), SOCKET_ERROR, WSA_IO_PENDING);
    give(pair.peer, "abcd");
    await_call();
    expect(with_over->hEvent == (HANDLE)(ULONG_PTR)12345);
}

CASE("wsprecv/port/packet") {
    struct pair pair = tcp_pair();
    HANDLE port = new_port();
    struct posted r;
    associate(port, pair.local, 7);
    lay_out(&r, 8, NULL);
    expect_told(post(pair.local, &r, NULL, NULL), SOCKET_ERROR, WSA_IO_PENDING);
    give(pair.peer, "abcd");
    expect_packet(port, 7, &r.over, 4, NO_ERROR);
}

CASE("wsprecv/routine/already-queued") {
    struct pair pair = tcp_pair();
    WSATHREADID self = this_thread();
    struct posted r;
    lay_out(&r, 8, NULL);
    give_to(pair.peer, pair.local, "abcd");
    expect_eq(post(pair.local, &r, routine, &self), 0);
    expect_eq(calls, 0);
    expect_eq(SleepEx(0, TRUE), WAIT_IO_COMPLETION);
    expect_eq(calls, 1);
}

CASE("wsprecv/routine/arguments") {
    struct pair pair = tcp_pair(), datagrams = udp_pair();
    WSATHREADID self = this_thread();
    struct posted r;
    lay_out(&r, 8, NULL);
    expect_told(post(pair.local, &r, routine, &self), SOCKET_ERROR, WSA_IO_PENDING);
    give(pair.peer, "abcd");
    await_call();
    expect_eq(with_error, 0);
    expect_eq(with_count, 4);
    expect(with_over == &r.over);
    expect_eq(with_flags, 0);
    calls = 0;
    lay_out(&r, 2, NULL);
    expect_told(post(datagrams.local, &r, routine, &self), SOCKET_ERROR, WSA_IO_PENDING);
    give(datagrams.peer, "abcd");
    await_call();
    expect_eq(with_error, WSAEMSGSIZE);
    expect_eq(with_count, 2);
}

CASE("wsprecv/routine/alertable") {
    struct pair pair = tcp_pair();
    WSATHREADID self = this_thread();
    struct posted r;
    lay_out(&r, 8, NULL);
    give_to(pair.peer, pair.local, "abcd");
    expect_eq(post(pair.local, &r, routine, &self), 0);
    Sleep(20);
    expect_eq(WaitForSingleObject(manual_event(), 20), WAIT_TIMEOUT);
    expect_eq(calls, 0);
    await_call();
}

/* A thread that waits alertably until it is to end. */
struct other_thread {
    WSATHREADID id;
    DWORD number;
    HANDLE end;
};

static DWORD WINAPI waits_alertably(void *argument) {
    HANDLE end = *(HANDLE *)argument;
    while (WaitForSingleObjectEx(end, INFINITE, TRUE) == WAIT_IO_COMPLETION) continue;
    return 0;
}

static void start_thread(struct other_thread *it) {
    memset(it, 0, sizeof *it);
    it->end = manual_event();
    it->id.ThreadHandle = CreateThread(NULL, 0, waits_alertably, &it->end, 0, &it->number);
    require(it->id.ThreadHandle != NULL);
}

/* Waits without being alertable: what ran did so in the other thread. */
static void expect_ran_in(struct other_thread *it) {
    long long until = now_ms() + PATIENCE;
    while (calls == 0 && now_ms() < until) Sleep(1);
    expect_eq(calls, 1);
    expect_eq(ran_in, it->number);
    expect_eq(with_error, 0);
    expect_eq(with_count, 4);
}

CASE("wsprecv/routine/named-thread") {
    struct pair pair = tcp_pair();
    struct other_thread other;
    struct posted r;
    start_thread(&other);
    lay_out(&r, 8, NULL);
    expect_told(post(pair.local, &r, routine, &other.id), SOCKET_ERROR, WSA_IO_PENDING);
    give(pair.peer, "abcd");
    expect_ran_in(&other);
    expect_eq(SleepEx(0, TRUE), 0);
}

CASE("wsprecv/routine/named-thread-at-once") {
    struct pair pair = tcp_pair();
    struct other_thread other;
    struct posted r;
    start_thread(&other);
    lay_out(&r, 8, NULL);
    give_to(pair.peer, pair.local, "abcd");
    expect_eq(post(pair.local, &r, routine, &other.id), 0);
    expect_ran_in(&other);
}

CASE("wsprecv/routine/thread-copied") {
    struct pair pair = tcp_pair();
    struct other_thread other;
    struct posted r;
    WSATHREADID id;
    start_thread(&other);
    id = other.id;
    lay_out(&r, 8, NULL);
    expect_told(post(pair.local, &r, routine, &id), SOCKET_ERROR, WSA_IO_PENDING);
    poison(&id, sizeof id);
    give(pair.peer, "abcd");
    expect_ran_in(&other);
}

CASE("wsprecv/routine/no-thread") {
    struct pair pair = tcp_pair();
    struct posted r;
    lay_out(&r, 8, NULL);
    expect_told(post(pair.local, &r, routine, NULL), SOCKET_ERROR, WSA_IO_PENDING);
    give(pair.peer, "abcd");
    await_call();
    expect_eq(ran_in, GetCurrentThreadId());
}

CASE("wsprecv/routine/bad-thread") {
    struct pair pair = tcp_pair();
    struct posted r;
    WSATHREADID nobody;
    memset(&nobody, 0xee, sizeof nobody);
    give_to(pair.peer, pair.local, "abcd");
    lay_out(&r, 8, NULL);
    expect_told(post(pair.local, &r, routine, &nobody), SOCKET_ERROR, WSAEFAULT);
    expect_told(post(pair.local, &r, routine, UNMAPPED(WSATHREADID)), SOCKET_ERROR, WSAEFAULT);
    expect_eq(queued(pair.local), 4);
}

static struct posted again;
static SOCKET again_on;
static volatile LONG inside, nested;

static void CALLBACK asks_again(DWORD error, DWORD count, LPWSAOVERLAPPED over, DWORD its_flags) {
    (void)error;
    (void)count;
    (void)over;
    (void)its_flags;
    if (InterlockedIncrement(&inside) > 1) nested++;
    if (InterlockedIncrement(&calls) == 1) {
        WSATHREADID self = this_thread();
        lay_out(&again, 2, NULL);
        expect_eq(post(again_on, &again, asks_again, &self), 0);
        SleepEx(20, TRUE);
    }
    InterlockedDecrement(&inside);
}

CASE("wsprecv/routine/calls-again") {
    struct pair pair = tcp_pair();
    WSATHREADID self = this_thread();
    struct posted r;
    long long until = now_ms() + PATIENCE;
    again_on = pair.local;
    give_to(pair.peer, pair.local, "abcd");
    await_queued(pair.local, 4);
    lay_out(&r, 2, NULL);
    expect_eq(post(pair.local, &r, asks_again, &self), 0);
    while (calls < 2 && now_ms() < until) SleepEx(20, TRUE);
    expect_eq(calls, 2);
    expect_eq(nested, 0);
    expect_bytes(again.bytes, "cd");
}
