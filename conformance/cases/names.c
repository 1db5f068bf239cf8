/* getpeername and getsockname (clauses/names.md). */
#include "harness.h"

#define NAME(address) ((struct sockaddr *)&(address))

CASE("getpeername/precedence/handle-first") {
    expect_error(getpeername(INVALID_SOCKET, NULL, NULL), WSAENOTSOCK);
}

CASE("getpeername/precedence/state-before-pointers") {
    expect_error(getpeername(tcp(), NULL, NULL), WSAENOTCONN);
}

CASE("getpeername/error/WSAEFAULT") {
    SOCKET s = tcp_pair().local;
    struct sockaddr_in name;
    int length = sizeof name;
    expect_error(getpeername(s, NULL, &length), WSAEFAULT);
    expect_eq(length, sizeof name);
    expect_error(getpeername(s, NAME(name), NULL), WSAEFAULT);
    length = 0;
    expect_error(getpeername(s, NAME(name), &length), WSAEFAULT);
    expect_eq(length, 0);
}

static struct sockaddr_in own_name(SOCKET s) {
    struct sockaddr_in name;
    int length = sizeof name;
    require(getsockname(s, NAME(name), &length) == 0);
    return name;
}

static struct sockaddr_in peer_name(SOCKET s) {
    struct sockaddr_storage name;
    int length = sizeof name;
    poison(&name, sizeof name);
    require(getpeername(s, NAME(name), &length) == 0);
    expect_eq(length, 16);
    return *(struct sockaddr_in *)&name;
}

CASE("getpeername/returns/peer") {
    struct pair pair = tcp_pair();
    expect_eq(peer_name(pair.local).sin_port, own_name(pair.peer).sin_port);
    expect_eq(peer_name(pair.peer).sin_port, own_name(pair.local).sin_port);
    expect_eq(peer_name(pair.peer).sin_family, AF_INET);
    expect_eq(peer_name(pair.peer).sin_addr.s_addr, htonl(INADDR_LOOPBACK));
}

CASE("getpeername/error/WSAENOTCONN-listening") {
    struct sockaddr_in name;
    int length = sizeof name;
    expect_error(getpeername(listener(NULL), NAME(name), &length), WSAENOTCONN);
}

CASE("getsockname/error/WSAEINVAL-unbound") {
    struct sockaddr_in name;
    int length = sizeof name;
    poison(&name, sizeof name);
    expect_error(getsockname(tcp(), NAME(name), &length), WSAEINVAL);
    expect_error(getsockname(udp(), NAME(name), &length), WSAEINVAL);
    expect_untouched(&name, sizeof name);
}

CASE("getsockname/error/WSAEFAULT-short") {
    struct sockaddr_in name;
    int length = sizeof name - 1;
    expect_error(getsockname(udp_at(NULL), NAME(name), &length), WSAEFAULT);
    expect_eq(length, sizeof name - 1);
}

CASE("getsockname/returns/padding") {
    static const char zero[8];
    struct sockaddr_in name;
    int length = sizeof name;
    poison(&name, sizeof name);
    expect_eq(getsockname(udp_at(NULL), NAME(name), &length), 0);
    expect(memcmp(name.sin_zero, zero, 8) == 0);
    expect_eq(length, 16);
}

CASE("getsockname/error/WSAENOTSOCK") {
    struct sockaddr_in name;
    int length = sizeof name;
    SOCKET s = udp_at(NULL);
    require(closesocket(s) == 0);
    expect_error(getsockname(s, NAME(name), &length), WSAENOTSOCK);
}

CASE("getsockname/remarks/connect-binds") {
    struct pair pair = tcp_pair();
    expect(own_name(pair.local).sin_port != 0);
    expect_eq(own_name(pair.local).sin_port, peer_name(pair.peer).sin_port);
}

CASE("getsockname/remarks/sendto-binds") {
    struct sockaddr_in where;
    SOCKET s = udp(), other = udp_at(&where);
    expect_eq(sendto(s, "x", 1, 0, NAME(where), sizeof where), 1);
    expect(own_name(s).sin_port != 0);
    closesocket(other);
}
