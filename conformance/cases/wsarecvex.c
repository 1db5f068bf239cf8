/* WSARecvEx (clauses/wsarecvex.md). */
#include "harness.h"

static char buffer[8];
static int flags;

static int receive(SOCKET s) {
    flags = (int)POISON;
    return WSARecvEx(s, buffer, sizeof buffer, &flags);
}

CASE("wsarecvex/returns/count") {
    struct pair pair = tcp_pair();
    give_to(pair.peer, pair.local, "abcd");
    expect_clears(receive(pair.local), 4);
    expect_bytes(buffer, "abcd");
}

CASE("wsarecvex/returns/zero-at-close") {
    struct pair pair = tcp_pair();
    require(closesocket(pair.peer) == 0);
    expect_clears(receive(pair.local), 0);
    expect_clears(receive(pair.local), 0);
}

CASE("wsarecvex/param/flags-ignored") {
    static const int junk[] = {MSG_PEEK, MSG_OOB, MSG_PARTIAL, 0x12345678};
    struct pair pair = tcp_pair();
    int i;
    for (i = 0; i < 4; i++) {
        flags = junk[i];
        give_to(pair.peer, pair.local, "abcd");
        expect_eq(WSARecvEx(pair.local, buffer, sizeof buffer, &flags), 4);
        expect_eq(flags, 0);
        expect_eq(queued(pair.local), 0);
    }
}

CASE("wsarecvex/remarks/stream") {
    struct pair pair = tcp_pair();
    give_to(pair.peer, pair.local, "abcdefghij");
    expect_eq(receive(pair.local), 8);
    expect_eq(flags, 0);
    expect_eq(receive(pair.local), 2);
    expect_eq(flags, 0);
    expect_bytes(buffer, "ij");
}

CASE("wsarecvex/remarks/datagram-fits") {
    struct pair pair = udp_pair();
    give_to(pair.peer, pair.local, "abcdefgh");
    expect_eq(receive(pair.local), 8);
    expect_eq(flags, 0);
}

CASE("wsarecvex/remarks/datagram-too-long") {
    struct pair pair = udp_pair();
    give_to(pair.peer, pair.local, "abcdefghij");
    expect_clears(receive(pair.local), 8);
    expect_eq(flags, MSG_PARTIAL);
    expect_bytes(buffer, "abcdefgh");
}

CASE("wsarecvex/remarks/rest-is-gone") {
    struct pair pair = udp_pair();
    give_to(pair.peer, pair.local, "abcdefghij");
    give(pair.peer, "next");
    expect_eq(receive(pair.local), 8);
    expect_eq(receive(pair.local), 4);
    expect_eq(flags, 0);
    expect_bytes(buffer, "next");
}

COLD_CASE("wsarecvex/error/WSANOTINITIALISED") { expect_error(receive(INVALID_SOCKET), WSANOTINITIALISED); }

CASE("wsarecvex/error/WSAENOTSOCK") {
    expect_error(receive(INVALID_SOCKET), WSAENOTSOCK);
    expect_error(receive(0), WSAENOTSOCK);
}

CASE("wsarecvex/error/WSAENOTCONN") { expect_error(receive(tcp()), WSAENOTCONN); }

CASE("wsarecvex/error/WSAEINVAL") { expect_error(receive(udp()), WSAEINVAL); }

CASE("wsarecvex/error/WSAEFAULT") {
    struct pair pair = tcp_pair();
    give_to(pair.peer, pair.local, "abcd");
    expect_error(WSARecvEx(pair.local, UNMAPPED(char), 8, &flags), WSAEFAULT);
    expect_eq(queued(pair.local), 4);
}

CASE("wsarecvex/error/WSAEWOULDBLOCK") {
    SOCKET s = tcp_pair().local;
    nonblocking(s);
    expect_error(receive(s), WSAEWOULDBLOCK);
}

CASE("wsarecvex/error/WSAESHUTDOWN") {
    SOCKET s = tcp_pair().local;
    require(shutdown(s, SD_RECEIVE) == 0);
    expect_error(receive(s), WSAESHUTDOWN);
}

CASE("wsarecvex/error/WSAETIMEDOUT") {
    SOCKET s = tcp_pair().local;
    DWORD limit = 50;
    require(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (char *)&limit, sizeof limit) == 0);
    expect_error(receive(s), WSAETIMEDOUT);
}

CASE("wsarecvex/error/WSAECONNRESET") {
    struct pair pair = tcp_pair();
    reset(pair.peer);
    await_readable(pair.local);
    expect_error(receive(pair.local), WSAECONNRESET);
}
