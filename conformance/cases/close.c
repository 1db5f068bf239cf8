/* closesocket while another thread is in a call (clauses/close.md). */
#include "harness.h"

static void close_under(SOCKET s, long long (*act)(void *), int code) {
    struct call call;
    begin(&call, act, &s);
    expect_eq(closesocket(s), 0);
    expect_finish(&call, -1, code);
}

CASE("closesocket/cancel/tcp-recv") { close_under(tcp_pair().local, act_recv, WSAECONNABORTED); }

CASE("closesocket/cancel/tcp-wsarecv") { close_under(tcp_pair().local, act_wsarecv, WSAECONNABORTED); }

CASE("closesocket/cancel/tcp-peer-reset") {
    struct pair pair = tcp_pair();
    char byte;
    close_under(pair.local, act_recv, WSAECONNABORTED);
    await_readable(pair.peer);
    expect_error(recv(pair.peer, &byte, 1, 0), WSAECONNRESET);
}

CASE("closesocket/cancel/udp-recv") { close_under(udp_at(NULL), act_recv, WSAEINTR); }

CASE("closesocket/cancel/udp-recvfrom") { close_under(udp_at(NULL), act_recvfrom, WSAEINTR); }

CASE("closesocket/cancel/udp-connected") { close_under(udp_pair().local, act_recv, WSAEINTR); }

CASE("closesocket/cancel/accept") { close_under(listener(NULL), act_accept, WSAEINTR); }

static struct sockaddr_in silent;

static long long act_connect(void *s) {
    return connect(*(SOCKET *)s, (struct sockaddr *)&silent, sizeof silent);
}

CASE("closesocket/cancel/connect") {
    silent = full_listener();
    close_under(tcp(), act_connect, WSAENOTSOCK);
}

CASE("closesocket/cancel/several-receivers") {
    SOCKET s = udp_at(NULL);
    struct call calls[3];
    int i;
    for (i = 0; i < 3; i++) begin(&calls[i], act_recv, &s);
    expect_eq(closesocket(s), 0);
    for (i = 0; i < 3; i++) expect_finish(&calls[i], -1, WSAEINTR);
}

CASE("closesocket/cancel/with-timeout") {
    SOCKET s = tcp_pair().local;
    DWORD limit = 4 * PATIENCE;
    require(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (char *)&limit, sizeof limit) == 0);
    close_under(s, act_recv, WSAECONNABORTED);
}

CASE("closesocket/remarks/idle-is-graceful") {
    struct pair pair = tcp_pair();
    char byte;
    expect_eq(closesocket(pair.local), 0);
    expect_clears(recv(pair.peer, &byte, 1, 0), 0);
}

COLD_CASE("wsacleanup/cancel/blocked-calls") {
    WSADATA data;
    struct call tcp_call, udp_call;
    SOCKET stream, datagram;
    require(WSAStartup(MAKEWORD(2, 2), &data) == 0);
    stream = tcp_pair().local;
    datagram = udp_at(NULL);
    begin(&tcp_call, act_recv, &stream);
    begin(&udp_call, act_recv, &datagram);
    expect_eq(WSACleanup(), 0);
    expect_finish(&tcp_call, -1, WSAEINTR);
    expect_finish(&udp_call, -1, WSAEINTR);
}

/* ---- Calls of every kind ---- */

static long long act_wsarecvfrom(void *s) {
    char buffer[16];
    WSABUF part = {sizeof buffer, buffer};
    DWORD got = POISON, flags = 0;
    return WSARecvFrom(*(SOCKET *)s, &part, 1, &got, &flags, NULL, NULL, NULL, NULL);
}

static long long act_wsarecvex(void *s) {
    char buffer[16];
    int flags = 0;
    return WSARecvEx(*(SOCKET *)s, buffer, sizeof buffer, &flags);
}

static long long act_peek(void *s) {
    char buffer[16];
    return recv(*(SOCKET *)s, buffer, sizeof buffer, MSG_PEEK);
}

static long long act_urgent(void *s) {
    char byte;
    return recv(*(SOCKET *)s, &byte, 1, MSG_OOB);
}

static long long act_nothing(void *s) { return recv(*(SOCKET *)s, NULL, 0, 0); }

static long long act_all(void *s) {
    char buffer[16];
    return recv(*(SOCKET *)s, buffer, sizeof buffer, 8 /* MSG_WAITALL */);
}

static long long act_send(void *s) {
    static char much[1 << 20];
    for (;;)
        if (send(*(SOCKET *)s, much, sizeof much, 0) == SOCKET_ERROR) return -1;
}

static long long act_select(void *s) {
    fd_set set;
    FD_ZERO(&set);
    FD_SET(*(SOCKET *)s, &set);
    return select(0, &set, NULL, NULL, NULL);
}

typedef long long (*act)(void *);

static const act stream_receives[] = {act_recv,     act_recvfrom, act_wsarecv, act_wsarecvfrom, act_wsarecvex,
                                      act_peek,     act_nothing,  act_all,     act_urgent};
static const act datagram_receives[] = {act_recv,      act_recvfrom, act_wsarecv, act_wsarecvfrom,
                                        act_wsarecvex, act_peek,     act_nothing};
#define COUNT(array) (sizeof(array) / sizeof *(array))

CASE("closesocket/cancel/tcp-every-receive") {
    size_t i;
    for (i = 0; i < COUNT(stream_receives); i++)
        close_under(tcp_pair().local, stream_receives[i], WSAECONNABORTED);
}

CASE("closesocket/cancel/tcp-send") { close_under(tcp_pair().local, act_send, WSAECONNABORTED); }

CASE("closesocket/cancel/tcp-send-peer-reset") {
    struct pair pair = tcp_pair();
    static char much[1 << 16];
    int got;
    close_under(pair.local, act_send, WSAECONNABORTED);
    do {
        await_readable(pair.peer);
        got = recv(pair.peer, much, sizeof much, 0);
    } while (got > 0);
    expect_eq(got, -1);
    expect_error(recv(pair.peer, much, sizeof much, 0), WSAECONNRESET);
}

CASE("closesocket/cancel/udp-every-receive") {
    size_t i;
    for (i = 0; i < COUNT(datagram_receives); i++) {
        close_under(udp_at(NULL), datagram_receives[i], WSAEINTR);
        close_under(udp_pair().local, datagram_receives[i], WSAEINTR);
    }
}

CASE("closesocket/cancel/then-WSAENOTSOCK") {
    SOCKET s = tcp_pair().local;
    char byte;
    close_under(s, act_recv, WSAECONNABORTED);
    expect_error(recv(s, &byte, 1, 0), WSAENOTSOCK);
    expect_error(closesocket(s), WSAENOTSOCK);
}

CASE("closesocket/cancel/out-of-band-in-use") {
    struct pair pair = tcp_pair();
    char byte;
    require(send(pair.peer, "x", 1, MSG_OOB) == 1);
    require(excepted(pair.local, PATIENCE) == 1);
    close_under(pair.local, act_recv, WSAECONNABORTED);
    await_readable(pair.peer);
    expect_error(recv(pair.peer, &byte, 1, 0), WSAECONNRESET);
}

CASE("closesocket/cancel/after-shutdown") {
    SOCKET s = tcp_pair().local;
    struct call call;
    begin(&call, act_recv, &s);
    expect_eq(shutdown(s, SD_BOTH), 0);
    expect(still_blocked(&call, 50));
    expect_eq(closesocket(s), 0);
    expect_finish(&call, -1, WSAECONNABORTED);
}

CASE("closesocket/error/WSAEWOULDBLOCK") {
    struct pair pair = tcp_pair();
    struct linger a_while = {1, 1};
    u_long off = 0;
    char buffer[8];
    require(setsockopt(pair.local, SOL_SOCKET, SO_LINGER, (char *)&a_while, sizeof a_while) == 0);
    nonblocking(pair.local);
    expect_error(closesocket(pair.local), WSAEWOULDBLOCK);
    give_to(pair.peer, pair.local, "abc");
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 3);
    require(ioctlsocket(pair.local, (long)FIONBIO, &off) == 0);
    expect_clears(closesocket(pair.local), 0);
}

/* ---- The final WSACleanup ---- */

static void startup(void) {
    WSADATA data;
    require(WSAStartup(MAKEWORD(2, 2), &data) == 0);
}

static void cleanup_under(SOCKET s, act blocked) {
    struct call call;
    begin(&call, blocked, &s);
    expect_eq(WSACleanup(), 0);
    expect_finish(&call, -1, WSAEINTR);
}

COLD_CASE("wsacleanup/cancel/every-receive") {
    size_t i;
    for (i = 0; i < COUNT(stream_receives); i++) {
        startup();
        cleanup_under(tcp_pair().local, stream_receives[i]);
    }
    for (i = 0; i < COUNT(datagram_receives); i++) {
        startup();
        cleanup_under(udp_at(NULL), datagram_receives[i]);
    }
}

COLD_CASE("wsacleanup/cancel/send") {
    startup();
    cleanup_under(tcp_pair().local, act_send);
}

COLD_CASE("wsacleanup/cancel/accept") {
    startup();
    cleanup_under(listener(NULL), act_accept);
}

COLD_CASE("wsacleanup/cancel/connect") {
    startup();
    silent = full_listener();
    cleanup_under(tcp(), act_connect);
}

COLD_CASE("wsacleanup/cancel/select") {
    startup();
    cleanup_under(tcp_pair().local, act_select);
}

COLD_CASE("wsacleanup/remarks/then-WSANOTINITIALISED") {
    SOCKET s;
    char byte;
    startup();
    s = udp_at(NULL);
    cleanup_under(s, act_recv);
    expect_error(closesocket(s), WSANOTINITIALISED);
    expect_error(recv(s, &byte, 1, 0), WSANOTINITIALISED);
    expect_error(send(s, &byte, 1, 0), WSANOTINITIALISED);
    expect_error(shutdown(s, SD_BOTH), WSANOTINITIALISED);
    expect_error(WSACleanup(), WSANOTINITIALISED);
}

COLD_CASE("wsacleanup/remarks/not-final") {
    struct pair pair;
    struct call call;
    startup();
    startup();
    pair = tcp_pair();
    begin(&call, act_recv, &pair.local);
    expect_eq(WSACleanup(), 0);
    expect(still_blocked(&call, 100));
    give(pair.peer, "abc");
    expect_finish(&call, 3, 0);
}
