/* Overlapped receives without routines and ports: what the call does, and what signals the end
 * (clauses/overlapped.md). */
#include "harness.h"

#ifndef MSG_WAITALL
#define MSG_WAITALL 8
#endif
#ifndef SIO_FLUSH
#define SIO_FLUSH _WSAIO(IOC_WS2, 4)
#endif
#define NAME(address) ((struct sockaddr *)&(address))
#define UNSUPPORTED_STATUS 0xC00000BBu

/* The receive is accepted: at once or to be told later, which Windows leaves open when data are queued. */
static void accepted(SOCKET s, struct posted *r) {
    int result = post_recv(s, r);
    require(result == 0 || (result == SOCKET_ERROR && WSAGetLastError() == WSA_IO_PENDING));
}

/* Neither status nor count nor bytes were written. */
static void expect_waiting(struct posted *r) {
    expect_eq(r->over.Internal, PENDING);
    expect_eq(r->over.InternalHigh, POISON);
    expect_eq(r->got, POISON);
    expect_untouched(r->bytes, sizeof r->bytes);
}

/* A connected socket that was made without WSA_FLAG_OVERLAPPED, and its peer. */
static struct pair plain_pair(void) {
    struct sockaddr_in where;
    struct pair pair;
    SOCKET listening = listener(&where);
    pair.local = WSASocketA(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, 0);
    require(pair.local != INVALID_SOCKET);
    require(connect(pair.local, NAME(where), sizeof where) == 0);
    pair.peer = accept(listening, NULL, NULL);
    require(pair.peer != INVALID_SOCKET);
    return pair;
}

/* ---- What the call does ---- */

CASE("overlapped/pending/outputs") {
    struct posted r;
    expect_pend(tcp_pair().local, &r, 16);
    expect_waiting(&r);
    expect(!HasOverlappedIoCompleted(&r.over));
}

CASE("overlapped/pending/nonblocking") {
    struct pair pair = tcp_pair();
    struct posted r;
    nonblocking(pair.local);
    expect_pend(pair.local, &r, 16);
    give(pair.peer, "abcd");
    expect_ends(pair.local, &r, 0, 4);
}

CASE("overlapped/pending/so-rcvtimeo") {
    struct pair pair = tcp_pair();
    struct posted r;
    DWORD limit = 50;
    require(setsockopt(pair.local, SOL_SOCKET, SO_RCVTIMEO, (char *)&limit, sizeof limit) == 0);
    expect_pend(pair.local, &r, 16);
    expect(!signalled(r.over.hEvent, 200));
    expect_waiting(&r);
    give(pair.peer, "x");
    expect_ends(pair.local, &r, 0, 1);
}

CASE("overlapped/pending/takes-what-comes") {
    struct pair pair = tcp_pair();
    struct posted r;
    expect_pend(pair.local, &r, 16);
    give(pair.peer, "abcd");
    expect_ends(pair.local, &r, 0, 4);
    expect_bytes(r.bytes, "abcd");
    expect_eq(r.got, POISON);
    expect_result(pair.local, &r, TRUE, 4, 0);
}

CASE("overlapped/pending/rest-of-buffer") {
    struct pair pair = tcp_pair();
    struct posted r;
    char fresh[16];
    poison(fresh, sizeof fresh);
    expect_pend(pair.local, &r, 16);
    give(pair.peer, "abcd");
    expect_ends(pair.local, &r, 0, 4);
    expect(memcmp(r.bytes + 4, fresh + 4, 12) == 0);
}

CASE("overlapped/at-once/outputs") {
    struct pair pair = tcp_pair();
    struct posted r;
    give_to(pair.peer, pair.local, "abcd");
    lay_out_event(&r, 16);
    expect_clears(post_recv(pair.local, &r), 0);
    expect_eq(r.got, 4);
    expect_eq(r.flags, 0);
    expect_eq((DWORD)r.over.Internal, 0);
    expect_eq(r.over.InternalHigh, 4);
    expect_bytes(r.bytes, "abcd");
    expect_result(pair.local, &r, TRUE, 4, 0);
}

CASE("overlapped/at-once/end") {
    struct pair pair = tcp_pair();
    struct posted r;
    require(closesocket(pair.peer) == 0);
    await_readable(pair.local);
    lay_out_event(&r, 16);
    accepted(pair.local, &r);
    expect_ends(pair.local, &r, 0, 0);
    expect_result(pair.local, &r, TRUE, 0, 0);
}

CASE("overlapped/param/no-count") {
    struct pair pair = tcp_pair();
    struct posted r;
    lay_out_event(&r, 4);
    expect_pends(WSARecv(pair.local, &r.part, 1, NULL, &r.flags, &r.over, NULL));
    give(pair.peer, "abcdefgh");
    expect_ends(pair.local, &r, 0, 4);
    await_queued(pair.local, 4);
    lay_out_event(&r, 4);
    WSARecv(pair.local, &r.part, 1, NULL, &r.flags, &r.over, NULL);
    expect_ends(pair.local, &r, 0, 4);
    expect_bytes(r.bytes, "efgh");
}

CASE("overlapped/param/offset-untouched") {
    struct pair pair = tcp_pair();
    struct posted r;
    lay_out_event(&r, 16);
    r.over.Offset = 0xdead3;
    r.over.OffsetHigh = 0xdead4;
    expect_pends(post_recv(pair.local, &r));
    give(pair.peer, "abcd");
    expect_ends(pair.local, &r, 0, 4);
    expect_eq(r.over.Offset, 0xdead3);
    expect_eq(r.over.OffsetHigh, 0xdead4);
}

CASE("overlapped/error/no-buffers") {
    SOCKET s = tcp_pair().local;
    struct posted r;
    lay_out_event(&r, 16);
    expect_error(WSARecv(s, &r.part, 0, &r.got, &r.flags, &r.over, NULL), WSAEINVAL);
    expect_error(WSARecv(s, NULL, 0, &r.got, &r.flags, &r.over, NULL), WSAEINVAL);
    expect_eq(r.got, POISON);
}

CASE("overlapped/error/WSAENOTSOCK") {
    struct sockaddr_in where = loopback(htons(9));
    struct posted r;
    lay_out_event(&r, 4);
    expect_error(post_recv(INVALID_SOCKET, &r), WSAENOTSOCK);
    expect_error(WSASend(INVALID_SOCKET, &r.part, 1, &r.got, 0, &r.over, NULL), WSAENOTSOCK);
    expect_error(WSASendTo(INVALID_SOCKET, &r.part, 1, &r.got, 0, NAME(where), sizeof where, &r.over, NULL),
                 WSAENOTSOCK);
    expect_eq(r.got, POISON);
}

CASE("overlapped/error/WSAENOTCONN") {
    struct posted r;
    lay_out_event(&r, 16);
    expect_error(post_recv(tcp(), &r), WSAENOTCONN);
    expect_error(post_recv(listener(NULL), &r), WSAENOTCONN);
    expect_error(post_recv(connecting(), &r), WSAENOTCONN);
    expect_eq(r.got, POISON);
    expect(!signalled(r.over.hEvent, 0));
}

CASE("overlapped/error/WSAEINVAL-unbound") {
    struct posted r;
    lay_out_event(&r, 16);
    expect_error(post_recv(udp(), &r), WSAEINVAL);
}

CASE("overlapped/error/WSAESHUTDOWN") {
    struct pair pair = tcp_pair();
    struct posted r;
    require(shutdown(pair.local, SD_RECEIVE) == 0);
    lay_out_event(&r, 16);
    expect_error(post_recv(pair.local, &r), WSAESHUTDOWN);
    expect_eq(r.got, POISON);
}

CASE("overlapped/error/flags") {
    struct pair pair = udp_pair();
    struct posted r;
    give_to(pair.peer, pair.local, "abcd");
    lay_out_event(&r, 16);
    r.flags = 4;
    expect_error(post_recv(pair.local, &r), WSAEOPNOTSUPP);
    r.flags = MSG_WAITALL;
    expect_error(post_recv(pair.local, &r), WSAEOPNOTSUPP);
    expect_eq(queued(pair.local), 4);
}

/* ---- Sockets without WSA_FLAG_OVERLAPPED ---- */

static struct posted plain;

static long long act_plain(void *s) { return post_recv(*(SOCKET *)s, &plain); }

static void blocks(struct pair pair, HANDLE event) {
    struct call call;
    DWORD count = POISON;
    lay_out(&plain, 16, event);
    begin(&call, act_plain, &pair.local);
    give(pair.peer, "abcd");
    expect_finish(&call, 0, 0);
    expect_eq((DWORD)plain.over.Internal, 0);
    expect_eq(plain.over.InternalHigh, 4);
    expect(GetOverlappedResult((HANDLE)pair.local, &plain.over, &count, FALSE));
    expect_eq(count, 4);
    expect_bytes(plain.bytes, "abcd");
}

CASE("overlapped/plain-socket/blocks") { blocks(plain_pair(), NULL); }

CASE("overlapped/plain-socket/blocks-with-event") { blocks(plain_pair(), manual_event()); }

CASE("overlapped/plain-socket/nonblocking-too") {
    struct pair pair = plain_pair();
    nonblocking(pair.local);
    blocks(pair, NULL);
}

CASE("overlapped/plain-socket/at-once") {
    struct pair pair = plain_pair();
    give_to(pair.peer, pair.local, "abcd");
    lay_out(&plain, 16, NULL);
    expect_clears(post_recv(pair.local, &plain), 0);
    expect_eq(plain.got, 4);
    expect_eq((DWORD)plain.over.Internal, 0);
    expect_eq(plain.over.InternalHigh, 4);
}

/* ---- What signals the end ---- */

CASE("overlapped/signal/socket-itself") {
    struct pair pair = tcp_pair();
    struct posted r;
    lay_out(&r, 16, NULL);
    expect_pends(post_recv(pair.local, &r));
    expect_eq(WaitForSingleObject((HANDLE)pair.local, 0), WAIT_TIMEOUT);
    give(pair.peer, "abcd");
    expect_eq(WaitForSingleObject((HANDLE)pair.local, PATIENCE), WAIT_OBJECT_0);
    expect_ends(pair.local, &r, 0, 4);
}

CASE("overlapped/signal/socket-again") {
    struct pair pair = tcp_pair();
    struct posted r;
    int round;
    for (round = 0; round < 3; round++) {
        lay_out(&r, 16, NULL);
        expect_pends(post_recv(pair.local, &r));
        expect(!signalled((HANDLE)pair.local, 0));
        give(pair.peer, "abcd");
        expect_ends(pair.local, &r, 0, 4);
    }
}

CASE("overlapped/signal/event") {
    struct pair pair = tcp_pair();
    struct posted r;
    expect_pend(pair.local, &r, 16);
    expect(!signalled(r.over.hEvent, 0));
    give(pair.peer, "abcd");
    expect(signalled(r.over.hEvent, PATIENCE));
    expect(signalled(r.over.hEvent, 0));
}

CASE("overlapped/signal/event-at-once") {
    struct pair pair = tcp_pair();
    struct posted r;
    give_to(pair.peer, pair.local, "abcd");
    lay_out_event(&r, 16);
    accepted(pair.local, &r);
    expect(signalled(r.over.hEvent, PATIENCE));
    expect_ends(pair.local, &r, 0, 4);
}

CASE("overlapped/signal/event-is-reset") {
    struct pair pair = tcp_pair();
    struct posted r;
    lay_out_event(&r, 16);
    require(SetEvent(r.over.hEvent));
    expect_pends(post_recv(pair.local, &r));
    expect_eq(WaitForSingleObject(r.over.hEvent, 0), WAIT_TIMEOUT);
    give(pair.peer, "abcd");
    expect_ends(pair.local, &r, 0, 4);
}

CASE("overlapped/signal/auto-reset-event") {
    struct pair pair = tcp_pair();
    struct posted r;
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, NULL);
    lay_out(&r, 16, event);
    expect_pends(post_recv(pair.local, &r));
    give(pair.peer, "abcd");
    expect_ends(pair.local, &r, 0, 4);
    expect(!signalled(event, 0));
}

CASE("overlapped/signal/tagged-event") {
    struct pair pair = tcp_pair();
    struct posted r;
    HANDLE event = manual_event();
    lay_out(&r, 16, (HANDLE)((ULONG_PTR)event | 1));
    expect_pends(post_recv(pair.local, &r));
    expect(!signalled(event, 0));
    give(pair.peer, "abcd");
    expect(signalled(event, PATIENCE));
    expect_ends(pair.local, &r, 0, 4);
}

CASE("overlapped/signal/each-its-own") {
    struct pair pair = tcp_pair();
    struct posted first, second;
    expect_pend(pair.local, &first, 4);
    expect_pend(pair.local, &second, 4);
    give(pair.peer, "abcd");
    expect_ends(pair.local, &first, 0, 4);
    expect(!signalled(second.over.hEvent, 50));
    expect_waiting(&second);
}

/* ---- Buffers ---- */

CASE("overlapped/buffers/array-captured") {
    struct pair pair = tcp_pair();
    struct posted r;
    WSABUF parts[2];
    lay_out_event(&r, 0);
    parts[0].len = 2;
    parts[0].buf = r.bytes;
    parts[1].len = 8;
    parts[1].buf = r.bytes + 8;
    expect_pends(WSARecv(pair.local, parts, 2, &r.got, &r.flags, &r.over, NULL));
    poison(parts, sizeof parts);
    r.flags = POISON;
    give(pair.peer, "abcdef");
    expect_ends(pair.local, &r, 0, 6);
    expect_bytes(r.bytes, "ab");
    expect_bytes(r.bytes + 8, "cdef");
    expect_untouched(parts, sizeof parts);
}

CASE("overlapped/buffers/empty-ones") {
    struct pair pair = tcp_pair();
    struct posted r;
    WSABUF parts[3];
    lay_out_event(&r, 0);
    parts[0].len = parts[1].len = 0;
    parts[0].buf = NULL;
    parts[1].buf = r.bytes + 20;
    parts[2].len = 8;
    parts[2].buf = r.bytes;
    expect_pends(WSARecv(pair.local, parts, 3, &r.got, &r.flags, &r.over, NULL));
    give(pair.peer, "abcd");
    expect_ends(pair.local, &r, 0, 4);
    expect_bytes(r.bytes, "abcd");
}

CASE("overlapped/buffers/so-rcvbuf") {
    static char bytes[3][4096], message[4096];
    struct pair pair = tcp_pair();
    struct posted r[3];
    int i, size = 1024, none = 0;
    require(setsockopt(pair.local, SOL_SOCKET, SO_RCVBUF, (char *)&size, sizeof size) == 0);
    require(setsockopt(pair.peer, SOL_SOCKET, SO_SNDBUF, (char *)&none, sizeof none) == 0);
    nonblocking(pair.local);
    for (i = 0; i < 3; i++) {
        memset(message, 'a' + i, sizeof message);
        lay_out_event(&r[i], 0);
        r[i].part.len = sizeof bytes[i];
        r[i].part.buf = bytes[i];
        expect_pends(post_recv(pair.local, &r[i]));
        expect_eq(send(pair.peer, message, sizeof message, 0), 4096);
        expect_ends(pair.local, &r[i], 0, 4096);
        expect(memcmp(bytes[i], message, sizeof message) == 0);
    }
}

/* ---- Ioctls ---- */

CASE("overlapped/ioctl/unsupported") {
    static const DWORD codes[] = {0xdeadbeef, 0x667e, SIO_FLUSH};
    SOCKET s = tcp_pair().local;
    struct posted r;
    DWORD count;
    size_t i;
    for (i = 0; i < sizeof codes / sizeof *codes; i++) {
        lay_out_event(&r, 0);
        expect_pends(WSAIoctl(s, codes[i], NULL, 0, NULL, 0, &r.got, &r.over, NULL));
        expect_eq(r.got, POISON);
        expect_ends(s, &r, UNSUPPORTED_STATUS, 0);
        expect_result(s, &r, FALSE, 0, WSAEOPNOTSUPP);
        expect_false(GetOverlappedResult((HANDLE)s, &r.over, &count, FALSE), ERROR_NOT_SUPPORTED);
    }
}

CASE("overlapped/ioctl/at-once") {
    struct pair pair = tcp_pair();
    struct posted r;
    u_long bytes = POISON;
    give_to(pair.peer, pair.local, "abcd");
    lay_out_event(&r, 0);
    expect_clears(WSAIoctl(pair.local, FIONREAD, NULL, 0, &bytes, sizeof bytes, &r.got, &r.over, NULL), 0);
    expect_eq(bytes, 4);
    expect_eq(r.got, 4);
    expect_ends(pair.local, &r, 0, 0);
}
