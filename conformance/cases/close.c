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
