/* WSADuplicateSocket within the process (clauses/duplicate.md). */
#include "harness.h"

static SOCKET duplicate(SOCKET s) {
    WSAPROTOCOL_INFOA info;
    SOCKET copy;
    require(WSADuplicateSocketA(s, GetCurrentProcessId(), &info) == 0);
    copy =
        WSASocketA(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &info, 0, WSA_FLAG_OVERLAPPED);
    require(copy != INVALID_SOCKET);
    return copy;
}

static struct sockaddr_in bind_it(SOCKET s) {
    struct sockaddr_in where = loopback(0);
    int length = sizeof where;
    require(bind(s, (struct sockaddr *)&where, sizeof where) == 0);
    require(getsockname(s, (struct sockaddr *)&where, &length) == 0);
    return where;
}

static void post(struct sockaddr_in where, const char *text) {
    int length = (int)strlen(text);
    require(sendto(udp(), text, length, 0, (struct sockaddr *)&where, sizeof where) == length);
}

CASE("wsaduplicatesocket/precedence/handle-process-pointer") {
    SOCKET s = tcp();
    expect_error(WSADuplicateSocketA(INVALID_SOCKET, GetCurrentProcessId(), NULL), WSAENOTSOCK);
    expect_error(WSADuplicateSocketA(s, 0, NULL), WSAEINVAL);
    expect_error(WSADuplicateSocketA(s, ~0u, NULL), WSAEINVAL);
    expect_error(WSADuplicateSocketA(s, GetCurrentProcessId(), NULL), WSAEFAULT);
}

CASE("wsaduplicatesocket/remarks/shares-data") {
    struct sockaddr_in where;
    SOCKET s = udp_at(&where), copy = duplicate(s);
    char buffer[8];
    post(where, "abc");
    await_readable(copy);
    expect_eq(recvfrom(copy, buffer, sizeof buffer, 0, NULL, NULL), 3);
}

CASE("wsaduplicatesocket/remarks/bound-later") {
    SOCKET s = udp(), copy = duplicate(s);
    struct sockaddr_in where = bind_it(s);
    char buffer[8];
    post(where, "abc");
    await_readable(s);
    expect_error(recvfrom(copy, buffer, sizeof buffer, 0, NULL, NULL), WSAEINVAL);
    expect_eq(recvfrom(s, buffer, sizeof buffer, 0, NULL, NULL), 3);
}

CASE("wsaduplicatesocket/remarks/bound-later-recv") {
    SOCKET s = udp(), copy = duplicate(s);
    struct sockaddr_in where = bind_it(s);
    char buffer[8];
    post(where, "abc");
    await_readable(s);
    expect_eq(recv(copy, buffer, sizeof buffer, 0), 3);
}

CASE("wsaduplicatesocket/remarks/original-closed") {
    struct sockaddr_in where;
    SOCKET s = udp_at(&where), copy = duplicate(s);
    char buffer[8];
    expect_eq(sendto(copy, "a", 1, 0, (struct sockaddr *)&where, sizeof where), 1);
    expect_eq(closesocket(s), 0);
    expect_eq(sendto(copy, "b", 1, 0, (struct sockaddr *)&where, sizeof where), 1);
    await_readable(copy);
    expect_eq(recv(copy, buffer, sizeof buffer, 0), 1);
    await_readable(copy);
    expect_eq(recv(copy, buffer, sizeof buffer, 0), 1);
    expect_error(recv(s, buffer, sizeof buffer, 0), WSAENOTSOCK);
}

CASE("wsaduplicatesocket/remarks/duplicate-closed") {
    struct sockaddr_in where;
    SOCKET s = udp_at(&where), copy = duplicate(s);
    char buffer[8];
    expect_eq(closesocket(copy), 0);
    post(where, "abc");
    await_readable(s);
    expect_eq(recv(s, buffer, sizeof buffer, 0), 3);
}

CASE("wsaduplicatesocket/remarks/stream") {
    struct pair pair = tcp_pair();
    SOCKET copy = duplicate(pair.local);
    char buffer[8];
    give_to(copy, pair.peer, "abc");
    expect_eq(recv(pair.peer, buffer, sizeof buffer, 0), 3);
    give_to(pair.peer, copy, "de");
    expect_eq(recv(copy, buffer, sizeof buffer, 0), 2);
}

CASE("wsaduplicatesocket/remarks/own-value") {
    struct pair pair = tcp_pair();
    SOCKET copy = duplicate(pair.local);
    char buffer[8];
    expect(copy != pair.local);
    expect_eq(closesocket(pair.local), 0);
    expect_eq(readable(pair.peer, 50), 0);
    expect_eq(closesocket(copy), 0);
    expect_eq(recv(pair.peer, buffer, sizeof buffer, 0), 0);
}

CASE("wsaduplicatesocket/returns/wide") {
    WSAPROTOCOL_INFOW info;
    struct sockaddr_in where;
    SOCKET s = udp_at(&where), copy;
    char buffer[8];
    expect_eq(WSADuplicateSocketW(s, GetCurrentProcessId(), &info), 0);
    copy =
        WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &info, 0, WSA_FLAG_OVERLAPPED);
    require(copy != INVALID_SOCKET);
    post(where, "abc");
    await_readable(copy);
    expect_eq(recv(copy, buffer, sizeof buffer, 0), 3);
}
