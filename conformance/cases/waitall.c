/* MSG_WAITALL (clauses/waitall.md). */
#include "harness.h"

#ifndef MSG_WAITALL
#define MSG_WAITALL 8
#endif

static char joined[8];

static long long act_all(void *s) { return recv(*(SOCKET *)s, joined, 6, MSG_WAITALL); }

static long long act_all_wsarecv(void *s) {
    WSABUF parts[3] = {{1, joined}, {2, joined + 1}, {3, joined + 3}};
    DWORD got = POISON, flags = MSG_WAITALL;
    if (WSARecv(*(SOCKET *)s, parts, 3, &got, &flags, NULL, NULL) != 0) return -1;
    return flags == 0 ? (long long)got : -2;
}

static long long act_all_recvfrom(void *s) {
    return recvfrom(*(SOCKET *)s, joined, 6, MSG_WAITALL, NULL, NULL);
}

static void limit(SOCKET s, DWORD milliseconds) {
    require(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (char *)&milliseconds, sizeof milliseconds) == 0);
}

/* Gives 4 bytes of 6, and the rest while the call waits. */
static void join_two(long long (*act)(void *)) {
    struct pair pair = tcp_pair();
    struct call call;
    give(pair.peer, "abcd");
    await_queued(pair.local, 4);
    begin(&call, act, &pair.local);
    give(pair.peer, "ef");
    expect_finish(&call, 6, 0);
    expect_bytes(joined, "abcdef");
    expect_eq(queued(pair.local), 0);
}

CASE("waitall/recv/all-queued") {
    struct pair pair = tcp_pair();
    give(pair.peer, "abcdefgh");
    await_queued(pair.local, 8);
    expect_clears(act_all(&pair.local), 6);
    expect_bytes(joined, "abcdef");
    expect_eq(queued(pair.local), 2);
}

CASE("waitall/recv/many-pieces") {
    struct pair pair = tcp_pair();
    struct call call;
    char byte[2] = "a";
    begin(&call, act_all, &pair.local);
    for (; byte[0] < 'f'; byte[0]++) {
        give(pair.peer, byte);
        expect(still_blocked(&call, 20));
    }
    give(pair.peer, byte);
    expect_finish(&call, 6, 0);
    expect_bytes(joined, "abcdef");
}

CASE("waitall/wsarecv/joins") { join_two(act_all_wsarecv); }

CASE("waitall/wsarecv/sum-of-buffers") {
    struct pair pair = tcp_pair();
    struct call call;
    char byte[2] = "a";
    begin(&call, act_all_wsarecv, &pair.local);
    for (; byte[0] <= 'f'; byte[0]++) give(pair.peer, byte);
    expect_finish(&call, 6, 0);
    expect_bytes(joined, "abcdef");
}

CASE("waitall/wsarecv/flags-out") {
    struct pair pair = tcp_pair();
    WSABUF part = {4, joined};
    DWORD got = POISON, flags = MSG_WAITALL;
    give(pair.peer, "abcd");
    expect_clears(WSARecv(pair.local, &part, 1, &got, &flags, NULL, NULL), 0);
    expect_eq(got, 4);
    expect_eq(flags, 0);
}

CASE("waitall/recvfrom/joins") { join_two(act_all_recvfrom); }

CASE("waitall/recv/close") {
    struct pair pair = tcp_pair();
    struct call call;
    begin(&call, act_all, &pair.local);
    give(pair.peer, "abcd");
    require(closesocket(pair.peer) == 0);
    expect_finish(&call, 4, 0);
    expect_bytes(joined, "abcd");
    expect_clears(act_all(&pair.local), 0);
}

CASE("waitall/recv/shutdown") {
    struct pair pair = tcp_pair();
    struct call call;
    char buffer[8];
    begin(&call, act_all, &pair.local);
    give(pair.peer, "ab");
    require(shutdown(pair.peer, SD_SEND) == 0);
    expect_finish(&call, 2, 0);
    give_to(pair.local, pair.peer, "answer");
    expect_eq(recv(pair.peer, buffer, sizeof buffer, 0), 6);
}

CASE("waitall/recv/close-at-once") {
    struct pair pair = tcp_pair();
    require(closesocket(pair.peer) == 0);
    expect_clears(act_all(&pair.local), 0);
}

CASE("waitall/recv/reset") {
    struct pair pair = tcp_pair();
    struct call call;
    begin(&call, act_all, &pair.local);
    give(pair.peer, "abcd");
    expect(still_blocked(&call, 50));
    reset(pair.peer);
    expect_finish(&call, -1, WSAECONNRESET);
    expect_error(act_recv(&pair.local), WSAECONNRESET);
}

CASE("waitall/recv/WSAETIMEDOUT") {
    struct pair pair = tcp_pair();
    long long start;
    limit(pair.local, 100);
    give_to(pair.peer, pair.local, "abcd");
    start = now_ms();
    expect_error(act_all(&pair.local), WSAETIMEDOUT);
    expect_between(now_ms() - start, 99, 1100);
}

CASE("waitall/recv/timeout-loses-nothing") {
    struct pair pair = tcp_pair();
    limit(pair.local, 50);
    give_to(pair.peer, pair.local, "abcd");
    expect_error(act_all(&pair.local), WSAETIMEDOUT);
    expect_error(act_all(&pair.local), WSAETIMEDOUT);
    give(pair.peer, "efgh");
    await_queued(pair.local, 8);
    expect_eq(act_all(&pair.local), 6);
    expect_bytes(joined, "abcdef");
    expect_eq(queued(pair.local), 2);
}

CASE("waitall/wsarecv/timeout-loses-nothing") {
    struct pair pair = tcp_pair();
    limit(pair.local, 50);
    give_to(pair.peer, pair.local, "abcde");
    expect_error(act_all_wsarecv(&pair.local), WSAETIMEDOUT);
    give(pair.peer, "f");
    await_queued(pair.local, 6);
    expect_eq(act_all_wsarecv(&pair.local), 6);
    expect_bytes(joined, "abcdef");
}

CASE("waitall/remarks/after-timeout") {
    struct pair pair = tcp_pair();
    char buffer[8];
    u_long mark = POISON;
    limit(pair.local, 50);
    give_to(pair.peer, pair.local, "abcd");
    expect_error(act_all(&pair.local), WSAETIMEDOUT);
    expect_eq(queued(pair.local), 4);
    expect_eq(readable(pair.local, 0), 1);
    expect_eq(ioctlsocket(pair.local, SIOCATMARK, &mark), 0);
    expect_eq(mark, 1);
    expect_eq(recv(pair.local, buffer, 2, MSG_PEEK), 2);
    expect_bytes(buffer, "ab");
    nonblocking(pair.local);
    expect_eq(recv(pair.local, buffer, 3, 0), 3);
    expect_eq(recv(pair.local, buffer + 3, 3, 0), 1);
    expect_bytes(buffer, "abcd");
    expect_error(recv(pair.local, buffer, 3, 0), WSAEWOULDBLOCK);
    expect_eq(readable(pair.local, 0), 0);
}

CASE("waitall/recv/closesocket") {
    struct pair pair = tcp_pair();
    struct call call;
    begin(&call, act_all, &pair.local);
    give(pair.peer, "abcd");
    expect(still_blocked(&call, 50));
    expect_eq(closesocket(pair.local), 0);
    expect_finish(&call, -1, WSAECONNABORTED);
}

static long long act_nothing(void *s) { return recv(*(SOCKET *)s, NULL, 0, MSG_WAITALL); }

CASE("waitall/recv/zero-length") {
    struct pair pair = tcp_pair();
    struct call call;
    begin(&call, act_nothing, &pair.local);
    give(pair.peer, "abcd");
    expect_finish(&call, 0, 0);
    expect_eq(queued(pair.local), 4);
}

static void refused(SOCKET s, DWORD flags) {
    WSABUF part = {4, joined};
    DWORD got = POISON;
    expect_error(recv(s, joined, 4, (int)flags), WSAEOPNOTSUPP);
    expect_error(recvfrom(s, joined, 4, (int)flags, NULL, NULL), WSAEOPNOTSUPP);
    expect_error(WSARecv(s, &part, 1, &got, &flags, NULL, NULL), WSAEOPNOTSUPP);
    expect_error(WSARecvFrom(s, &part, 1, &got, &flags, NULL, NULL, NULL, NULL), WSAEOPNOTSUPP);
    expect_eq(got, POISON);
    expect_eq(queued(s), 4);
}

CASE("waitall/error/refused-consume-nothing") {
    struct pair pair = tcp_pair();
    give(pair.peer, "abcd");
    await_queued(pair.local, 4);
    refused(pair.local, MSG_WAITALL | MSG_PEEK);
    refused(pair.local, MSG_WAITALL | MSG_OOB);
    refused(pair.local, MSG_WAITALL | MSG_PARTIAL);
    nonblocking(pair.local);
    refused(pair.local, MSG_WAITALL);
}

CASE("waitall/error/blocking-again") {
    struct pair pair = tcp_pair();
    u_long off = 0;
    give(pair.peer, "abcdef");
    await_queued(pair.local, 6);
    nonblocking(pair.local);
    expect_error(act_all(&pair.local), WSAEOPNOTSUPP);
    expect_eq(ioctlsocket(pair.local, (long)FIONBIO, &off), 0);
    expect_eq(act_all(&pair.local), 6);
}
