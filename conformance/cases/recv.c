/* recv on a stream, and what refuses it (clauses/recv.md). */
#include "harness.h"

CASE("recv/error/WSAENOTCONN") {
    char buffer[8];
    poison(buffer, sizeof buffer);
    expect_error(recv(tcp(), buffer, sizeof buffer, 0), WSAENOTCONN);
    expect_untouched(buffer, sizeof buffer);
}

CASE("recv/error/WSAENOTCONN-bound") {
    struct sockaddr_in any = loopback(0);
    SOCKET s = tcp();
    char buffer[8];
    require(bind(s, (struct sockaddr *)&any, sizeof any) == 0);
    expect_error(recv(s, buffer, sizeof buffer, 0), WSAENOTCONN);
}

CASE("recv/error/WSAENOTCONN-listening") {
    char buffer[8];
    expect_error(recv(listener(NULL), buffer, sizeof buffer, 0), WSAENOTCONN);
}

CASE("recv/error/WSAENOTCONN-connecting") {
    SOCKET s = connecting();
    char buffer[8];
    expect_error(recv(s, buffer, sizeof buffer, 0), WSAENOTCONN);
    expect_error(send(s, "x", 1, 0), WSAENOTCONN);
}

CASE("recv/error/WSAEINVAL-unbound-udp") {
    char buffer[8];
    poison(buffer, sizeof buffer);
    expect_error(recv(udp(), buffer, sizeof buffer, 0), WSAEINVAL);
    expect_untouched(buffer, sizeof buffer);
}

CASE("recv/error/WSAEWOULDBLOCK-udp") {
    SOCKET s = udp_at(NULL);
    char buffer[8];
    nonblocking(s);
    expect_error(recv(s, buffer, sizeof buffer, 0), WSAEWOULDBLOCK);
}

CASE("recv/error/WSAEFAULT-negative-length") {
    struct pair pair = tcp_pair();
    char buffer[8];
    give_to(pair.peer, pair.local, "abcd");
    expect_error(recv(pair.local, buffer, -1, 0), WSAEFAULT);
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 4);
    expect_bytes(buffer, "abcd");
}

CASE("recv/error/WSAEFAULT-null") {
    struct pair pair = tcp_pair();
    give_to(pair.peer, pair.local, "abcd");
    expect_error(recv(pair.local, NULL, 4, 0), WSAEFAULT);
    expect_eq(queued(pair.local), 4);
}

CASE("recv/error/WSAEFAULT-unmapped") {
    struct pair pair = tcp_pair();
    give_to(pair.peer, pair.local, "abcd");
    expect_error(recv(pair.local, UNMAPPED(char), 4, 0), WSAEFAULT);
    expect_eq(queued(pair.local), 4);
}

CASE("recv/error/WSAEFAULT-unmapped-udp") {
    struct pair pair = udp_pair();
    char buffer[8];
    give_to(pair.peer, pair.local, "abcd");
    expect_error(recv(pair.local, UNMAPPED(char), 4, 0), WSAEFAULT);
    expect_error(recv(pair.local, NULL, 4, 0), WSAEFAULT);
    nonblocking(pair.local);
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 4);
}

CASE("recv/error/WSAEWOULDBLOCK") {
    SOCKET s = tcp_pair().local;
    char buffer[8];
    nonblocking(s);
    expect_error(recv(s, buffer, sizeof buffer, 0), WSAEWOULDBLOCK);
}

CASE("recv/error/WSAEWOULDBLOCK-plain-socket") {
    struct sockaddr_in where;
    SOCKET listening = listener(&where), s = WSASocketA(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, 0);
    char buffer[8];
    WSABUF part = {sizeof buffer, buffer};
    DWORD got = POISON, flags = 0;
    require(connect(s, (struct sockaddr *)&where, sizeof where) == 0);
    nonblocking(s);
    expect_error(recv(s, buffer, sizeof buffer, 0), WSAEWOULDBLOCK);
    expect_error(WSARecv(s, &part, 1, &got, &flags, NULL, NULL), WSAEWOULDBLOCK);
    closesocket(listening);
}

CASE("recv/returns/what-is-there") {
    struct pair pair = tcp_pair();
    char buffer[8];
    give(pair.peer, "abcd");
    await_queued(pair.local, 4);
    expect_eq(recv(pair.local, buffer, 5, 0), 4);
    expect_bytes(buffer, "abcd");
}

CASE("recv/returns/no-more-than-asked") {
    struct pair pair = tcp_pair();
    char buffer[8];
    give(pair.peer, "ab");
    await_queued(pair.local, 2);
    expect_eq(recv(pair.local, buffer, 1, 0), 1);
    expect_bytes(buffer, "a");
    expect_eq(recv(pair.local, buffer, 1, 0), 1);
    expect_bytes(buffer, "b");
}

CASE("recv/remarks/blocks-until-data") {
    struct pair pair = tcp_pair();
    struct call call;
    begin(&call, act_recv, &pair.local);
    give(pair.peer, "abc");
    expect_finish(&call, 3, 0);
}

CASE("recv/returns/zero-at-close") {
    struct pair pair = tcp_pair();
    char buffer[8];
    int i;
    require(closesocket(pair.peer) == 0);
    for (i = 0; i < 3; i++) expect_clears(recv(pair.local, buffer, sizeof buffer, 0), 0);
}

CASE("recv/returns/data-before-close") {
    struct pair pair = tcp_pair();
    char buffer[8];
    give(pair.peer, "abc");
    require(closesocket(pair.peer) == 0);
    await_queued(pair.local, 3);
    expect_eq(recv(pair.local, buffer, 2, 0), 2);
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 1);
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 0);
}

CASE("recv/returns/zero-wakes") {
    struct pair pair = tcp_pair();
    struct call call;
    begin(&call, act_recv, &pair.local);
    require(closesocket(pair.peer) == 0);
    expect_finish(&call, 0, 0);
}

/* Sends without blocking until the system takes no more; the bytes count up. Returns how many went. */
static long long fill(SOCKET s) {
    static char block[65536];
    long long total = 0;
    nonblocking(s);
    for (;;) {
        int i, sent;
        for (i = 0; i < (int)sizeof block; i++) block[i] = (char)((total + i) % 251);
        sent = send(s, block, sizeof block, 0);
        if (sent < 0) break;
        total += sent;
        require(total < 400000000);
    }
    return total;
}

/* Receives to the end and compares with what `fill` wrote. */
static long long drain(SOCKET s) {
    static char block[65536];
    long long total = 0;
    int got, i;
    while ((got = recv(s, block, sizeof block, 0)) > 0)
        for (i = 0; i < got; i++, total++)
            if (block[i] != (char)(total % 251)) {
                expect(!"the bytes arrive in order");
                return total;
            }
    expect_eq(got, 0);
    return total;
}

CASE("recv/remarks/last-bytes-survive") {
    struct pair pair = tcp_pair();
    long long sent = fill(pair.peer);
    expect(sent > 0);
    require(closesocket(pair.peer) == 0);
    expect_eq(drain(pair.local), sent);
}

CASE("recv/remarks/last-bytes-survive-shutdown") {
    struct pair pair = tcp_pair();
    long long sent = fill(pair.peer);
    require(shutdown(pair.peer, SD_BOTH) == 0);
    require(closesocket(pair.peer) == 0);
    expect_eq(drain(pair.local), sent);
}

CASE("recv/remarks/readiness-is-not-consumed") {
    struct pair pair = tcp_pair();
    char byte;
    give_to(pair.peer, pair.local, "a");
    expect_eq(readable(pair.local, 0), 1);
    expect_eq(readable(pair.local, 0), 1);
    expect_eq(recv(pair.local, &byte, 1, 0), 1);
    expect_eq(readable(pair.local, 0), 0);
}

CASE("recv/returns/buffer-beyond-count") {
    struct pair pair = tcp_pair();
    char buffer[16];
    poison(buffer, sizeof buffer);
    give_to(pair.peer, pair.local, "abcd");
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 4);
    expect_untouched(buffer + 4, sizeof buffer - 4);
}
