/* Sending, as far as receivers can see it (clauses/send.md). */
#include "harness.h"

#define NAME(address) ((struct sockaddr *)&(address))

CASE("send/error/WSAENOTCONN") { expect_error(send(tcp(), "x", 1, 0), WSAENOTCONN); }

CASE("send/error/WSAENOTCONN-udp") { expect_error(send(udp_at(NULL), "x", 1, 0), WSAENOTCONN); }

CASE("send/error/WSAEFAULT") {
    struct pair pair = tcp_pair();
    expect_error(send(pair.local, UNMAPPED(char), 4, 0), WSAEFAULT);
    expect_eq(readable(pair.peer, 0), 0);
}

CASE("send/error/WSAEOPNOTSUPP") { expect_error(send(udp_pair().local, "x", 1, MSG_OOB), WSAEOPNOTSUPP); }

CASE("send/remarks/all-or-nothing") {
    static char block[4 << 20];
    struct pair pair = tcp_pair();
    int i, sent = 0;
    nonblocking(pair.local);
    for (i = 0; i < 32; i++) {
        WSASetLastError((int)POISON);
        sent = send(pair.local, block, sizeof block, 0);
        expect(sent == (int)sizeof block || (sent == SOCKET_ERROR && WSAGetLastError() == WSAEWOULDBLOCK));
        if (sent != (int)sizeof block) break;
    }
    expect_eq(sent, SOCKET_ERROR);
}

CASE("send/remarks/peer-gone") {
    struct pair pair = tcp_pair();
    long long end = now_ms() + PATIENCE;
    int result = 0, error = 0;
    require(closesocket(pair.peer) == 0);
    while (result >= 0 && now_ms() < end) {
        result = send(pair.local, "x", 1, 0);
        error = WSAGetLastError();
    }
    expect_eq(result, SOCKET_ERROR);
    expect(error == WSAECONNABORTED || error == WSAECONNRESET);
    result = send(pair.local, "x", 1, 0);
    expect_eq(result, SOCKET_ERROR);
}

CASE("send/error/WSAEMSGSIZE") {
    static char block[65508];
    expect_error(send(udp_pair().local, block, sizeof block, 0), WSAEMSGSIZE);
}

CASE("sendto/remarks/stream-ignores-address") {
    struct pair pair = tcp_pair();
    struct sockaddr_in nobody = closed_port(SOCK_STREAM);
    char buffer[8];
    expect_eq(sendto(pair.local, "abc", 3, 0, NAME(nobody), sizeof nobody), 3);
    await_readable(pair.peer);
    expect_eq(recv(pair.peer, buffer, sizeof buffer, 0), 3);
}

CASE("sendto/error/WSAENOTCONN") { expect_error(sendto(udp_at(NULL), "x", 1, 0, NULL, 0), WSAENOTCONN); }

CASE("sendto/error/WSAEFAULT") {
    struct sockaddr_in where;
    SOCKET other = udp_at(&where);
    expect_error(sendto(udp_at(NULL), "x", 1, 0, NAME(where), 3), WSAEFAULT);
    closesocket(other);
}

CASE("wsasend/remarks/gathers") {
    struct pair pair = tcp_pair();
    WSABUF parts[3] = {{2, (char *)"ab"}, {0, NULL}, {3, (char *)"cde"}};
    DWORD sent = POISON;
    char buffer[8];
    expect_clears(WSASend(pair.local, parts, 3, &sent, 0, NULL, NULL), 0);
    expect_eq(sent, 5);
    await_queued(pair.peer, 5);
    expect_eq(recv(pair.peer, buffer, sizeof buffer, 0), 5);
    expect_bytes(buffer, "abcde");
}

CASE("wsasendto/remarks/one-datagram") {
    struct sockaddr_in where;
    SOCKET s = udp(), other = udp_at(&where);
    WSABUF parts[2] = {{2, (char *)"ab"}, {3, (char *)"cde"}};
    DWORD sent = POISON;
    char buffer[8];
    expect_clears(WSASendTo(s, parts, 2, &sent, 0, NAME(where), sizeof where, NULL, NULL), 0);
    expect_eq(sent, 5);
    await_readable(other);
    expect_eq(recv(other, buffer, sizeof buffer, 0), 5);
}
