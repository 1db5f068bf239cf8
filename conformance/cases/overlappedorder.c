/* Overlapped receives on streams: order, readiness, MSG_PEEK and MSG_WAITALL, the end of the connection
 * (clauses/overlappedorder.md). */
#include "harness.h"

#ifndef MSG_WAITALL
#define MSG_WAITALL 8
#endif
#define RESET_STATUS 0xC000020Du

/* ---- Order, and what others see ---- */

CASE("overlapped/order/fifo") {
    struct pair pair = tcp_pair();
    struct posted first, second;
    expect_pend(pair.local, &first, 16);
    expect_pend(pair.local, &second, 16);
    give(pair.peer, "0123456789abcdefABCDEFGHIJKLMNOP");
    expect_ends(pair.local, &first, 0, 16);
    expect_ends(pair.local, &second, 0, 16);
    expect_bytes(first.bytes, "0123456789abcdef");
    expect_bytes(second.bytes, "ABCDEFGHIJKLMNOP");
}

CASE("overlapped/order/many") {
    struct pair pair = tcp_pair();
    static struct posted r[200];
    int i;
    char byte[2] = "a";
    for (i = 0; i < 200; i++) expect_pend(pair.local, &r[i], 1);
    for (i = 0; i < 200; i++) {
        byte[0] = (char)('a' + i % 26);
        give(pair.peer, byte);
    }
    for (i = 0; i < 200; i++) {
        expect_ends(pair.local, &r[i], 0, 1);
        expect_eq(r[i].bytes[0], 'a' + i % 26);
    }
    expect_eq(queued(pair.local), 0);
}

CASE("overlapped/order/datagrams") {
    struct pair pair = udp_pair();
    struct posted first, second;
    expect_pend(pair.local, &first, 16);
    expect_pend(pair.local, &second, 16);
    give(pair.peer, "one");
    give(pair.peer, "three");
    expect_ends(pair.local, &first, 0, 3);
    expect_ends(pair.local, &second, 0, 5);
    expect_bytes(first.bytes, "one");
    expect_bytes(second.bytes, "three");
}

CASE("overlapped/order/same-overlapped") {
    struct pair pair = tcp_pair();
    struct posted r;
    DWORD count = POISON;
    lay_out_event(&r, 16);
    expect_pends(post_recv(pair.local, &r));
    expect_pends(post_recv(pair.local, &r));
    reset(pair.peer);
    expect_ends(pair.local, &r, RESET_STATUS, 0);
    expect_false(GetOverlappedResult((HANDLE)pair.local, &r.over, &count, FALSE), ERROR_NETNAME_DELETED);
    expect_eq(count, 0);
}

CASE("overlapped/order/before-synchronous") {
    struct pair pair = tcp_pair();
    struct posted r;
    struct call call;
    expect_pend(pair.local, &r, 4);
    begin(&call, act_recv, &pair.local);
    give(pair.peer, "abcd");
    expect_ends(pair.local, &r, 0, 4);
    expect(still_blocked(&call, 50));
    give(pair.peer, "ef");
    expect_finish(&call, 2, 0);
}

CASE("overlapped/order/synchronous-nonblocking") {
    struct pair pair = tcp_pair();
    struct posted r;
    char buffer[8];
    nonblocking(pair.local);
    expect_pend(pair.local, &r, 4);
    expect_error(recv(pair.local, buffer, sizeof buffer, 0), WSAEWOULDBLOCK);
    give(pair.peer, "abcdef");
    expect_ends(pair.local, &r, 0, 4);
    expect_bytes(r.bytes, "abcd");
    await_queued(pair.local, 2);
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 2);
    expect_bytes(buffer, "ef");
}

CASE("overlapped/readiness/two-bytes") {
    struct pair pair = tcp_pair();
    struct posted first, second;
    expect_pend(pair.local, &first, 1);
    expect_pend(pair.local, &second, 1);
    give(pair.peer, "ab");
    expect_ends(pair.local, &first, 0, 1);
    expect_ends(pair.local, &second, 0, 1);
    expect_bytes(first.bytes, "a");
    expect_bytes(second.bytes, "b");
    expect_eq(readable(pair.local, 0), 0);
    expect_eq(queued(pair.local), 0);
}

static long long act_select(void *s) { return readable(*(SOCKET *)s, 500); }

CASE("overlapped/readiness/swallowed") {
    struct pair pair = tcp_pair();
    struct posted r;
    struct call call;
    expect_pend(pair.local, &r, 16);
    begin(&call, act_select, &pair.local);
    give(pair.peer, "abcd");
    expect_ends(pair.local, &r, 0, 4);
    expect_finish(&call, 0, 0);
    expect_eq(queued(pair.local), 0);
}

CASE("overlapped/readiness/next-data") {
    struct pair pair = tcp_pair();
    struct posted r;
    expect_pend(pair.local, &r, 16);
    give(pair.peer, "abcd");
    expect_ends(pair.local, &r, 0, 4);
    expect_eq(readable(pair.local, 0), 0);
    give_to(pair.peer, pair.local, "efg");
    expect_eq(queued(pair.local), 3);
}

CASE("overlapped/readiness/rest") {
    struct pair pair = tcp_pair();
    struct posted r;
    expect_pend(pair.local, &r, 4);
    give(pair.peer, "abcdef");
    expect_ends(pair.local, &r, 0, 4);
    await_readable(pair.local);
    expect_eq(queued(pair.local), 2);
}

CASE("overlapped/oob/does-not-complete") {
    struct pair pair = tcp_pair();
    struct posted r;
    expect_pend(pair.local, &r, 16);
    require(send(pair.peer, "!", 1, MSG_OOB) == 1);
    expect(!signalled(r.over.hEvent, 100));
    give(pair.peer, "a");
    expect_ends(pair.local, &r, 0, 1);
    expect_bytes(r.bytes, "a");
}

/* ---- Zero lengths ---- */

CASE("overlapped/zero/waits-for-data") {
    struct pair pair = tcp_pair();
    struct posted r;
    expect_pend(pair.local, &r, 0);
    expect_eq(r.over.Internal, PENDING);
    expect_eq(r.over.InternalHigh, POISON);
    give(pair.peer, "abcde");
    expect_ends(pair.local, &r, 0, 0);
    await_queued(pair.local, 5);
    expect_eq(queued(pair.local), 5);
}

CASE("overlapped/zero/at-once") {
    struct pair pair = tcp_pair();
    struct posted r;
    give_to(pair.peer, pair.local, "abcde");
    lay_out_event(&r, 0);
    expect_clears(post_recv(pair.local, &r), 0);
    expect_eq(r.got, 0);
    expect_eq(r.over.InternalHigh, 0);
    expect_eq(queued(pair.local), 5);
}

CASE("overlapped/zero/no-buffer") {
    struct pair pair = tcp_pair();
    struct posted r;
    lay_out_event(&r, 0);
    r.part.buf = NULL;
    expect_pends(post_recv(pair.local, &r));
    give(pair.peer, "abcde");
    expect_ends(pair.local, &r, 0, 0);
}

CASE("overlapped/zero/waits-for-close") {
    struct pair pair = tcp_pair();
    struct posted r;
    expect_pend(pair.local, &r, 0);
    require(closesocket(pair.peer) == 0);
    expect_ends(pair.local, &r, 0, 0);
}

CASE("overlapped/zero/then-data") {
    struct pair pair = tcp_pair();
    struct posted empty, full;
    expect_pend(pair.local, &empty, 0);
    expect_pend(pair.local, &full, 16);
    give(pair.peer, "abcde");
    expect_ends(pair.local, &empty, 0, 0);
    expect_ends(pair.local, &full, 0, 5);
    expect_bytes(full.bytes, "abcde");
}

/* ---- MSG_PEEK and MSG_WAITALL ---- */

static void expect_peeks(struct pair pair, struct posted *r) {
    char buffer[8];
    expect_ends(pair.local, r, 0, 4);
    expect_bytes(r->bytes, "abcd");
    expect_eq(queued(pair.local), 4);
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 4);
    expect_bytes(buffer, "abcd");
}

CASE("overlapped/peek/at-once") {
    struct pair pair = tcp_pair();
    struct posted r;
    give_to(pair.peer, pair.local, "abcd");
    lay_out_event(&r, 16);
    r.flags = MSG_PEEK;
    expect_clears(post_recv(pair.local, &r), 0);
    expect_peeks(pair, &r);
}

CASE("overlapped/peek/pending") {
    struct pair pair = tcp_pair();
    struct posted r;
    lay_out_event(&r, 16);
    r.flags = MSG_PEEK;
    expect_pends(post_recv(pair.local, &r));
    give(pair.peer, "abcd");
    expect_peeks(pair, &r);
}

CASE("overlapped/peek/then-receive") {
    struct pair pair = tcp_pair();
    struct posted peek, r;
    lay_out_event(&peek, 16);
    peek.flags = MSG_PEEK;
    expect_pends(post_recv(pair.local, &peek));
    expect_pend(pair.local, &r, 16);
    give(pair.peer, "abcd");
    expect_ends(pair.local, &peek, 0, 4);
    expect_ends(pair.local, &r, 0, 4);
    expect_bytes(peek.bytes, "abcd");
    expect_bytes(r.bytes, "abcd");
}

static void post_all(SOCKET s, struct posted *r, u_long room) {
    lay_out_event(r, room);
    r->flags = MSG_WAITALL;
    expect_pends(post_recv(s, r));
}

CASE("overlapped/waitall/joins") {
    struct pair pair = tcp_pair();
    struct posted r;
    give_to(pair.peer, pair.local, "abcd");
    post_all(pair.local, &r, 6);
    expect(!signalled(r.over.hEvent, 50));
    expect_eq(r.over.Internal, PENDING);
    give(pair.peer, "ef");
    expect_ends(pair.local, &r, 0, 6);
    expect_bytes(r.bytes, "abcdef");
}

CASE("overlapped/waitall/piece-by-piece") {
    struct pair pair = tcp_pair();
    struct posted r;
    char byte[2] = "a";
    post_all(pair.local, &r, 6);
    for (; byte[0] < 'f'; byte[0]++) {
        give(pair.peer, byte);
        expect(!signalled(r.over.hEvent, 20));
    }
    give(pair.peer, byte);
    expect_ends(pair.local, &r, 0, 6);
    expect_bytes(r.bytes, "abcdef");
}

CASE("overlapped/waitall/sum-of-buffers") {
    struct pair pair = tcp_pair();
    struct posted r;
    WSABUF parts[2];
    lay_out_event(&r, 0);
    r.flags = MSG_WAITALL;
    parts[0].len = 1;
    parts[0].buf = r.bytes;
    parts[1].len = 5;
    parts[1].buf = r.bytes + 8;
    expect_pends(WSARecv(pair.local, parts, 2, &r.got, &r.flags, &r.over, NULL));
    give(pair.peer, "abc");
    expect(!signalled(r.over.hEvent, 50));
    give(pair.peer, "defgh");
    expect_ends(pair.local, &r, 0, 6);
    expect_bytes(r.bytes, "a");
    expect_bytes(r.bytes + 8, "bcdef");
    await_queued(pair.local, 2);
}

CASE("overlapped/waitall/close") {
    struct pair pair = tcp_pair();
    struct posted r;
    post_all(pair.local, &r, 6);
    give(pair.peer, "abcd");
    require(closesocket(pair.peer) == 0);
    expect_ends(pair.local, &r, 0, 4);
    expect_bytes(r.bytes, "abcd");
}

CASE("overlapped/waitall/reset") {
    struct pair pair = tcp_pair();
    struct posted r;
    post_all(pair.local, &r, 6);
    give(pair.peer, "abcd");
    expect(!signalled(r.over.hEvent, 50));
    reset(pair.peer);
    expect_ends(pair.local, &r, RESET_STATUS, 0);
    expect_result(pair.local, &r, FALSE, 0, WSAECONNRESET);
}

CASE("overlapped/waitall/nonblocking") {
    struct pair pair = tcp_pair();
    struct posted r;
    nonblocking(pair.local);
    post_all(pair.local, &r, 6);
    give(pair.peer, "abcd");
    expect(!signalled(r.over.hEvent, 50));
    give(pair.peer, "ef");
    expect_ends(pair.local, &r, 0, 6);
}

CASE("overlapped/waitall/in-order") {
    struct pair pair = tcp_pair();
    struct posted all, next;
    post_all(pair.local, &all, 6);
    expect_pend(pair.local, &next, 16);
    give(pair.peer, "abcd");
    expect(!signalled(next.over.hEvent, 50));
    give(pair.peer, "efgh");
    expect_ends(pair.local, &all, 0, 6);
    expect_ends(pair.local, &next, 0, 2);
    expect_bytes(all.bytes, "abcdef");
    expect_bytes(next.bytes, "gh");
}

/* ---- The end of the connection ---- */

CASE("overlapped/end/close") {
    struct pair pair = tcp_pair();
    struct posted r;
    expect_pend(pair.local, &r, 16);
    require(closesocket(pair.peer) == 0);
    expect_ends(pair.local, &r, 0, 0);
    expect_result(pair.local, &r, TRUE, 0, 0);
}

CASE("overlapped/end/shutdown") {
    struct pair pair = tcp_pair();
    struct posted r;
    expect_pend(pair.local, &r, 16);
    require(shutdown(pair.peer, SD_SEND) == 0);
    expect_ends(pair.local, &r, 0, 0);
    expect_eq(send(pair.local, "abcd", 4, 0), 4);
}

CASE("overlapped/end/all-of-them") {
    struct pair pair = tcp_pair();
    struct posted r[4];
    int i;
    for (i = 0; i < 4; i++) expect_pend(pair.local, &r[i], 4);
    give(pair.peer, "abcd");
    require(closesocket(pair.peer) == 0);
    for (i = 0; i < 4; i++) expect_ends(pair.local, &r[i], 0, i == 0 ? 4 : 0);
}

CASE("overlapped/end/own-shutdown") {
    struct pair pair = tcp_pair();
    struct posted r, later;
    expect_pend(pair.local, &r, 16);
    require(shutdown(pair.local, SD_RECEIVE) == 0);
    lay_out_event(&later, 16);
    expect_error(post_recv(pair.local, &later), WSAESHUTDOWN);
    expect(!signalled(r.over.hEvent, 50));
    give(pair.peer, "abcde");
    expect_ends(pair.local, &r, 0, 5);
    expect_bytes(r.bytes, "abcde");
}

CASE("overlapped/reset/pending") {
    struct pair pair = tcp_pair();
    struct posted r;
    DWORD count = POISON;
    expect_pend(pair.local, &r, 16);
    reset(pair.peer);
    expect_ends(pair.local, &r, RESET_STATUS, 0);
    expect_false(GetOverlappedResult((HANDLE)pair.local, &r.over, &count, FALSE), ERROR_NETNAME_DELETED);
    expect_eq(count, 0);
    expect_result(pair.local, &r, FALSE, 0, WSAECONNRESET);
}

CASE("overlapped/reset/all-of-them") {
    struct pair pair = tcp_pair();
    struct posted r[3];
    int i;
    for (i = 0; i < 3; i++) expect_pend(pair.local, &r[i], 4);
    reset(pair.peer);
    for (i = 0; i < 3; i++) expect_ends(pair.local, &r[i], RESET_STATUS, 0);
}

CASE("overlapped/reset/sticky") {
    struct pair pair = tcp_pair();
    struct posted r;
    expect_pend(pair.local, &r, 16);
    reset(pair.peer);
    expect_ends(pair.local, &r, RESET_STATUS, 0);
    lay_out_event(&r, 16);
    expect_error(post_recv(pair.local, &r), WSAECONNRESET);
    expect_eq(r.got, POISON);
    expect_error(send(pair.local, "a", 1, 0), WSAECONNRESET);
    expect_error(WSASend(pair.local, &r.part, 1, &r.got, 0, &r.over, NULL), WSAECONNRESET);
    expect_eq(r.got, POISON);
}
