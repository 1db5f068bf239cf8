/* WSARecvDisconnect and WSASendDisconnect (clauses/disconnect.md). */
#include "harness.h"

static char buffer[8];

static WSABUF data(void) {
    WSABUF data = {sizeof buffer, buffer};
    return data;
}

static int receive(SOCKET s) { return recv(s, buffer, sizeof buffer, 0); }

CASE("wsarecvdisconnect/remarks/shutdown") {
    struct pair pair = tcp_pair();
    expect_clears(WSARecvDisconnect(pair.local, NULL), 0);
    expect_error(receive(pair.local), WSAESHUTDOWN);
    give_to(pair.local, pair.peer, "abc");
    expect_eq(receive(pair.peer), 3);
}

CASE("wsarecvdisconnect/remarks/udp") {
    SOCKET s = udp_at(NULL);
    expect_clears(WSARecvDisconnect(s, NULL), 0);
    expect_error(receive(s), WSAESHUTDOWN);
}

CASE("wsarecvdisconnect/error/WSAENOTCONN") { expect_error(WSARecvDisconnect(tcp(), NULL), WSAENOTCONN); }

CASE("wsarecvdisconnect/error/WSAENOTSOCK") {
    expect_error(WSARecvDisconnect(INVALID_SOCKET, NULL), WSAENOTSOCK);
}

CASE("wsarecvdisconnect/error/WSAENOPROTOOPT") {
    struct pair pair = tcp_pair();
    WSABUF wanted = data();
    expect_error(WSARecvDisconnect(pair.local, &wanted), WSAENOPROTOOPT);
    give_to(pair.peer, pair.local, "abc");
    expect_eq(receive(pair.local), 3);
}

COLD_CASE("wsarecvdisconnect/error/WSANOTINITIALISED") {
    expect_error(WSARecvDisconnect(INVALID_SOCKET, NULL), WSANOTINITIALISED);
}

CASE("wsasenddisconnect/remarks/shutdown") {
    struct pair pair = tcp_pair();
    expect_clears(WSASendDisconnect(pair.local, NULL), 0);
    expect_error(send(pair.local, "abc", 3, 0), WSAESHUTDOWN);
    expect_clears(receive(pair.peer), 0);
    give_to(pair.peer, pair.local, "abc");
    expect_eq(receive(pair.local), 3);
}

CASE("wsasenddisconnect/error/WSAENOTCONN") { expect_error(WSASendDisconnect(tcp(), NULL), WSAENOTCONN); }

CASE("wsasenddisconnect/error/WSAENOTSOCK") {
    expect_error(WSASendDisconnect(INVALID_SOCKET, NULL), WSAENOTSOCK);
}

CASE("wsasenddisconnect/error/WSAENOPROTOOPT") {
    struct pair pair = tcp_pair();
    WSABUF given = data();
    expect_error(WSASendDisconnect(pair.local, &given), WSAENOPROTOOPT);
    give_to(pair.local, pair.peer, "abc");
    expect_eq(receive(pair.peer), 3);
}

COLD_CASE("wsasenddisconnect/error/WSANOTINITIALISED") {
    expect_error(WSASendDisconnect(INVALID_SOCKET, NULL), WSANOTINITIALISED);
}
