/* shutdown and the graceful end (clauses/shutdown.md). */
#include "harness.h"

static int receive(SOCKET s) {
    char buffer[8];
    return recv(s, buffer, sizeof buffer, 0);
}

static int receive_wsa(SOCKET s) {
    char buffer[8];
    WSABUF part = {sizeof buffer, buffer};
    DWORD got = POISON, flags = 0;
    return WSARecv(s, &part, 1, &got, &flags, NULL, NULL);
}

CASE("shutdown/error/WSAENOTCONN") {
    SOCKET fresh = tcp(), listening = listener(NULL);
    int how;
    for (how = SD_RECEIVE; how <= SD_BOTH; how++) {
        expect_error(shutdown(fresh, how), WSAENOTCONN);
        expect_error(shutdown(listening, how), WSAENOTCONN);
    }
}

CASE("shutdown/error/WSAEINVAL") {
    SOCKET s = tcp_pair().local;
    expect_error(shutdown(s, 3), WSAEINVAL);
    expect_error(shutdown(s, -1), WSAEINVAL);
}

CASE("shutdown/error/WSAENOTSOCK") { expect_error(shutdown(INVALID_SOCKET, SD_BOTH), WSAENOTSOCK); }

CASE("shutdown/remarks/send-twice") {
    SOCKET s = tcp_pair().local;
    expect_clears(shutdown(s, SD_SEND), 0);
    expect_clears(shutdown(s, SD_SEND), 0);
}

CASE("shutdown/receive/recv") {
    SOCKET s = tcp_pair().local;
    expect_eq(shutdown(s, SD_RECEIVE), 0);
    expect_error(receive(s), WSAESHUTDOWN);
    expect_error(receive_wsa(s), WSAESHUTDOWN);
    expect_error(receive(s), WSAESHUTDOWN);
}

CASE("shutdown/receive/queued-data") {
    struct pair pair = tcp_pair();
    give_to(pair.peer, pair.local, "abc");
    expect_eq(shutdown(pair.local, SD_RECEIVE), 0);
    expect_error(receive(pair.local), WSAESHUTDOWN);
}

CASE("shutdown/receive/sending-works") {
    struct pair pair = tcp_pair();
    expect_eq(shutdown(pair.local, SD_RECEIVE), 0);
    give_to(pair.local, pair.peer, "abc");
    expect_eq(receive(pair.peer), 3);
}

CASE("shutdown/receive/peer-sends") {
    struct pair pair = tcp_pair();
    int i;
    expect_eq(shutdown(pair.local, SD_RECEIVE), 0);
    for (i = 0; i < 5; i++) {
        expect_eq(send(pair.peer, "abcde", 5, 0), 5);
        give_to(pair.local, pair.peer, "x");
        expect_eq(receive(pair.peer), 1);
    }
    expect_error(receive(pair.local), WSAESHUTDOWN);
}

CASE("shutdown/receive/beats-end") {
    struct pair pair = tcp_pair();
    require(closesocket(pair.peer) == 0);
    expect_eq(receive(pair.local), 0);
    expect_eq(shutdown(pair.local, SD_RECEIVE), 0);
    expect_error(receive(pair.local), WSAESHUTDOWN);
    expect_error(receive(pair.local), WSAESHUTDOWN);
}

CASE("shutdown/receive/blocked-call") {
    struct pair pair = tcp_pair();
    struct call call;
    begin(&call, act_recv, &pair.local);
    expect_eq(shutdown(pair.local, SD_RECEIVE), 0);
    expect(still_blocked(&call, 100));
    give(pair.peer, "abcde");
    expect_finish(&call, 5, 0);
}

CASE("shutdown/both/blocked-call") {
    struct pair pair = tcp_pair();
    struct call call;
    begin(&call, act_recv, &pair.local);
    expect_eq(shutdown(pair.local, SD_BOTH), 0);
    expect(still_blocked(&call, 200));
    expect_eq(closesocket(pair.local), 0);
    finish(&call);
    expect_eq(call.result, SOCKET_ERROR);
}

CASE("shutdown/send/send") {
    SOCKET s = tcp_pair().local;
    expect_eq(shutdown(s, SD_SEND), 0);
    expect_error(send(s, "x", 1, 0), WSAESHUTDOWN);
    expect_error(send(s, "x", 1, 0), WSAESHUTDOWN);
}

CASE("shutdown/send/peer-reads-end") {
    struct pair pair = tcp_pair();
    expect_eq(shutdown(pair.local, SD_SEND), 0);
    expect_eq(receive(pair.peer), 0);
    expect_eq(receive(pair.peer), 0);
}

CASE("shutdown/send/names") {
    SOCKET s = tcp_pair().local;
    struct sockaddr_in name;
    int length = sizeof name;
    expect_eq(shutdown(s, SD_SEND), 0);
    expect_eq(getpeername(s, (struct sockaddr *)&name, &length), 0);
    expect_eq(getsockname(s, (struct sockaddr *)&name, &length), 0);
}

CASE("shutdown/send/connect") {
    SOCKET s = tcp_pair().local;
    struct sockaddr_in name;
    int length = sizeof name;
    require(getpeername(s, (struct sockaddr *)&name, &length) == 0);
    expect_eq(shutdown(s, SD_SEND), 0);
    expect_error(connect(s, (struct sockaddr *)&name, sizeof name), WSAEISCONN);
}

CASE("shutdown/send/receiving-works") {
    struct pair pair = tcp_pair();
    expect_eq(shutdown(pair.local, SD_SEND), 0);
    expect_eq(receive(pair.peer), 0);
    give_to(pair.peer, pair.local, "abc");
    expect_eq(receive(pair.local), 3);
}

CASE("shutdown/both/local") {
    SOCKET s = tcp_pair().local;
    expect_eq(shutdown(s, SD_BOTH), 0);
    expect_error(receive(s), WSAESHUTDOWN);
    expect_error(send(s, "x", 1, 0), WSAESHUTDOWN);
}

CASE("shutdown/both/peer-reads-end") {
    struct pair pair = tcp_pair();
    expect_eq(shutdown(pair.local, SD_BOTH), 0);
    expect_eq(receive(pair.peer), 0);
    expect_eq(receive(pair.peer), 0);
}

/* Until the answer to the send has arrived recv may still say 0. */
CASE("shutdown/remarks/send-after-peer-closed") {
    struct pair pair = tcp_pair();
    long long end = now_ms() + PATIENCE;
    int result;
    require(shutdown(pair.peer, SD_SEND) == 0);
    require(closesocket(pair.peer) == 0);
    await_readable(pair.local);
    expect_eq(send(pair.local, "hello", 5, 0), 5);
    while ((result = receive(pair.local)) == 0 && now_ms() < end) Sleep(1);
    expect(result == SOCKET_ERROR && WSAGetLastError() == WSAECONNABORTED);
    expect_error(receive(pair.local), WSAECONNABORTED);
}

CASE("shutdown/udp/receive") {
    SOCKET s = udp_at(NULL);
    char buffer[8];
    expect_clears(shutdown(s, SD_RECEIVE), 0);
    expect_error(recvfrom(s, buffer, sizeof buffer, 0, NULL, NULL), WSAESHUTDOWN);
}

CASE("shutdown/udp/send") {
    struct sockaddr_in where;
    SOCKET s = udp_at(NULL), other = udp_at(&where);
    expect_eq(shutdown(s, SD_SEND), 0);
    expect_eq(shutdown(s, SD_SEND), 0);
    expect_error(sendto(s, "x", 1, 0, (struct sockaddr *)&where, sizeof where), WSAESHUTDOWN);
    closesocket(other);
}

CASE("shutdown/udp/send-keeps-receiving") {
    struct sockaddr_in where;
    SOCKET s = udp_at(&where), other = udp_at(NULL);
    expect_eq(shutdown(s, SD_SEND), 0);
    require(sendto(other, "abc", 3, 0, (struct sockaddr *)&where, sizeof where) == 3);
    await_readable(s);
    expect_eq(receive(s), 3);
}

CASE("shutdown/remarks/fully-closed") {
    struct pair pair = tcp_pair();
    require(shutdown(pair.local, SD_SEND) == 0);
    require(closesocket(pair.peer) == 0);
    expect_eq(receive(pair.local), 0);
    expect_eq(shutdown(pair.local, SD_SEND), 0);
    expect_eq(shutdown(pair.local, SD_BOTH), 0);
}
