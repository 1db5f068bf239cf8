/* SO_RCVTIMEO (clauses/timeout.md). */
#include "harness.h"

static void limit(SOCKET s, DWORD milliseconds) {
    require(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (char *)&milliseconds, sizeof milliseconds) == 0);
}

static DWORD limit_of(SOCKET s) {
    DWORD milliseconds = POISON;
    int length = sizeof milliseconds;
    require(getsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (char *)&milliseconds, &length) == 0);
    expect_eq(length, 4);
    return milliseconds;
}

CASE("so-rcvtimeo/returns/default") {
    expect_eq(limit_of(tcp()), 0);
    expect_eq(limit_of(udp()), 0);
}

CASE("so-rcvtimeo/returns/what-was-set") {
    static const DWORD values[] = {100, 63000, 0x123, 1, 0};
    SOCKET s = tcp();
    size_t i;
    for (i = 0; i < sizeof values / sizeof *values; i++) {
        limit(s, values[i]);
        expect_eq(limit_of(s), values[i]);
    }
}

CASE("so-rcvtimeo/remarks/inherited") {
    struct sockaddr_in where;
    SOCKET listening = listener(&where), s = tcp();
    limit(listening, 0x123);
    require(connect(s, (struct sockaddr *)&where, sizeof where) == 0);
    expect_eq(limit_of(accept(listening, NULL, NULL)), 0x123);
}

CASE("so-rcvtimeo/recv/WSAETIMEDOUT") {
    SOCKET s = tcp_pair().local;
    char buffer[8];
    limit(s, 100);
    expect_error(recv(s, buffer, sizeof buffer, 0), WSAETIMEDOUT);
    expect_error(recv(s, buffer, sizeof buffer, 0), WSAETIMEDOUT);
}

CASE("so-rcvtimeo/wsarecv/WSAETIMEDOUT") {
    SOCKET s = tcp_pair().local;
    char buffer[8];
    WSABUF part = {sizeof buffer, buffer};
    DWORD got = POISON, flags = 0;
    limit(s, 100);
    expect_error(WSARecv(s, &part, 1, &got, &flags, NULL, NULL), WSAETIMEDOUT);
    expect_eq(got, POISON);
}

CASE("so-rcvtimeo/recvfrom/WSAETIMEDOUT") {
    SOCKET s = udp_at(NULL);
    char buffer[8];
    WSABUF part = {sizeof buffer, buffer};
    DWORD got = POISON, flags = 0;
    limit(s, 100);
    expect_error(recvfrom(s, buffer, sizeof buffer, 0, NULL, NULL), WSAETIMEDOUT);
    expect_error(WSARecvFrom(s, &part, 1, &got, &flags, NULL, NULL, NULL, NULL), WSAETIMEDOUT);
    expect_eq(got, POISON);
}

CASE("so-rcvtimeo/remarks/usable-afterwards") {
    struct pair pair = tcp_pair();
    char buffer[8];
    limit(pair.local, 50);
    expect_error(recv(pair.local, buffer, sizeof buffer, 0), WSAETIMEDOUT);
    give_to(pair.peer, pair.local, "abc");
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 3);
    expect_eq(send(pair.local, "x", 1, 0), 1);
}

CASE("so-rcvtimeo/remarks/never-early") {
    static const DWORD values[] = {40, 100, 700};
    SOCKET s = tcp_pair().local;
    char buffer[8];
    size_t i;
    for (i = 0; i < 3; i++) {
        long long start = now_ms();
        limit(s, values[i]);
        expect_error(recv(s, buffer, sizeof buffer, 0), WSAETIMEDOUT);
        expect_between(now_ms() - start, values[i] - 1, values[i] + 1000);
    }
}

CASE("so-rcvtimeo/remarks/data-in-time") {
    struct pair pair = tcp_pair();
    struct call call;
    limit(pair.local, PATIENCE);
    begin(&call, act_recv, &pair.local);
    give(pair.peer, "abc");
    expect_finish(&call, 3, 0);
}

CASE("so-rcvtimeo/remarks/nonblocking") {
    SOCKET s = tcp_pair().local;
    char buffer[8];
    long long start;
    limit(s, 2000);
    nonblocking(s);
    start = now_ms();
    expect_error(recv(s, buffer, sizeof buffer, 0), WSAEWOULDBLOCK);
    expect_between(now_ms() - start, 0, 1000);
}

CASE("so-rcvtimeo/remarks/accept") {
    struct sockaddr_in where;
    SOCKET listening = listener(&where), s = tcp();
    struct call call;
    limit(listening, 20);
    begin(&call, act_accept, &listening);
    expect(still_blocked(&call, 100));
    require(connect(s, (struct sockaddr *)&where, sizeof where) == 0);
    finish(&call);
    expect(call.result != -1);
}

CASE("so-rcvtimeo/remarks/minus-one") {
    struct pair pair = tcp_pair();
    struct call call;
    limit(pair.local, (DWORD)-1);
    begin(&call, act_recv, &pair.local);
    give(pair.peer, "abc");
    expect_finish(&call, 3, 0);
}

CASE("so-rcvtimeo/remarks/plain-socket") {
    struct sockaddr_in where;
    SOCKET listening = listener(&where), peer, s = WSASocketA(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, 0);
    struct call call;
    require(connect(s, (struct sockaddr *)&where, sizeof where) == 0);
    peer = accept(listening, NULL, NULL);
    limit(s, 20);
    begin(&call, act_recv, &s);
    expect(still_blocked(&call, 100));
    give(peer, "abc");
    expect_finish(&call, 3, 0);
}

CASE("so-rcvtimeo/error/unknown-level") {
    SOCKET s = tcp();
    DWORD value = 100;
    int length = sizeof value;
    expect_error(setsockopt(s, -1, SO_RCVTIMEO, (char *)&value, sizeof value), WSAEINVAL);
    expect_error(setsockopt(s, 0x8000, SO_RCVTIMEO, (char *)&value, sizeof value), WSAEINVAL);
    expect_error(getsockopt(s, 0x8000, SO_RCVTIMEO, (char *)&value, &length), WSAEINVAL);
}

CASE("so-rcvtimeo/remarks/zero-again") {
    struct pair pair = tcp_pair();
    struct call call;
    limit(pair.local, 20);
    limit(pair.local, 0);
    begin(&call, act_recv, &pair.local);
    give(pair.peer, "abc");
    expect_finish(&call, 3, 0);
}

CASE("so-rcvtimeo/remarks/consumes-nothing") {
    struct pair pair = tcp_pair();
    char buffer[8];
    limit(pair.local, 20);
    expect_error(recv(pair.local, buffer, sizeof buffer, 0), WSAETIMEDOUT);
    give(pair.peer, "abcd");
    await_queued(pair.local, 4);
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 4);
    expect_bytes(buffer, "abcd");
}

static void expect_in_time(SOCKET s) {
    char buffer[8];
    WSABUF part = {sizeof buffer, buffer};
    DWORD got = POISON, flags = 0;
    limit(s, 50);
    expect_error(recv(s, buffer, sizeof buffer, MSG_PEEK), WSAETIMEDOUT);
    expect_error(recv(s, NULL, 0, 0), WSAETIMEDOUT);
    expect_error(recvfrom(s, buffer, sizeof buffer, 0, NULL, NULL), WSAETIMEDOUT);
    expect_error(WSARecvFrom(s, &part, 1, &got, &flags, NULL, NULL, NULL, NULL), WSAETIMEDOUT);
    expect_eq(got, POISON);
}

CASE("so-rcvtimeo/remarks/every-receive") {
    expect_in_time(tcp_pair().local);
    expect_in_time(udp_at(NULL));
}

CASE("so-rcvtimeo/remarks/to-the-millisecond") {
    SOCKET s = tcp_pair().local;
    char buffer[8];
    long long best = PATIENCE;
    int i;
    limit(s, 20);
    for (i = 0; i < 3; i++) {
        long long start = now_ms(), took;
        expect_error(recv(s, buffer, sizeof buffer, 0), WSAETIMEDOUT);
        took = now_ms() - start;
        if (took < best) best = took;
    }
    expect_between(best, 19, 250);
}

CASE("so-rcvtimeo/remarks/per-receive") {
    struct pair pair = tcp_pair();
    struct call call;
    int i;
    limit(pair.local, 1000);
    for (i = 0; i < 3; i++) {
        begin(&call, act_recv, &pair.local);
        expect(still_blocked(&call, 300));
        give(pair.peer, "abc");
        expect_finish(&call, 3, 0);
    }
}

CASE("so-rcvtimeo/remarks/set-while-blocked") {
    struct pair pair = tcp_pair();
    struct call call;
    char buffer[8];
    begin(&call, act_recv, &pair.local);
    limit(pair.local, 50);
    expect(still_blocked(&call, 200));
    give(pair.peer, "abc");
    expect_finish(&call, 3, 0);
    expect_error(recv(pair.local, buffer, sizeof buffer, 0), WSAETIMEDOUT);
}

CASE("so-rcvtimeo/remarks/send-not-limited") {
    struct pair pair = tcp_pair();
    static char much[1 << 20], bytes[1 << 16];
    long long total = 0;
    int sent;
    limit(pair.local, 1);
    nonblocking(pair.local);
    do {
        sent = send(pair.local, much, sizeof much, 0);
        total += sent > 0 ? sent : 0;
    } while (sent > 0 && total < (64 << 20));
    expect(sent > 0 || WSAGetLastError() == WSAEWOULDBLOCK);
    while (total > 0) {
        int got = recv(pair.peer, bytes, sizeof bytes, 0);
        require(got > 0);
        total -= got;
    }
}
