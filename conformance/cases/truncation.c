/* Datagrams longer than their buffers (clauses/truncation.md). */
#include "harness.h"

static const char long_text[] = "this datagram has thirty-nine bytes....";

static u_short port_of(SOCKET s) {
    struct sockaddr_in name;
    int length = sizeof name;
    require(getsockname(s, (struct sockaddr *)&name, &length) == 0);
    return name.sin_port;
}

CASE("truncation/recv/WSAEMSGSIZE") {
    struct pair pair = udp_pair();
    char buffer[6];
    give_to(pair.peer, pair.local, "abcdefghi");
    expect_error(recv(pair.local, buffer, sizeof buffer, 0), WSAEMSGSIZE);
    expect_bytes(buffer, "abcdef");
}

CASE("truncation/recv/next-message") {
    struct pair pair = udp_pair();
    char buffer[6];
    give_to(pair.peer, pair.local, "abcdefghi");
    give(pair.peer, "next");
    expect_error(recv(pair.local, buffer, sizeof buffer, 0), WSAEMSGSIZE);
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 4);
    expect_bytes(buffer, "next");
}

CASE("truncation/recvfrom/sender") {
    struct pair pair = udp_pair();
    struct sockaddr_in from;
    int length = sizeof from;
    char buffer[6];
    poison(&from, sizeof from);
    give_to(pair.peer, pair.local, "abcdefghi");
    expect_error(recvfrom(pair.local, buffer, sizeof buffer, 0, (struct sockaddr *)&from, &length),
                 WSAEMSGSIZE);
    expect_bytes(buffer, "abcdef");
    expect_eq(length, 16);
    expect_eq(from.sin_family, AF_INET);
    expect_eq(from.sin_port, port_of(pair.peer));
}

CASE("truncation/wsarecv/count") {
    struct pair pair = udp_pair();
    char room[24];
    WSABUF parts[2] = {{9, room}, {15, room + 9}};
    DWORD got = POISON, flags = 0;
    give_to(pair.peer, pair.local, long_text);
    expect_error(WSARecv(pair.local, parts, 2, &got, &flags, NULL, NULL), WSAEMSGSIZE);
    expect_eq(got, 24);
    expect_bytes(room, "this datagram has thirty");
}

CASE("truncation/wsarecvfrom/count-and-sender") {
    struct pair pair = udp_pair();
    struct sockaddr_in from;
    int length = sizeof from;
    char room[24];
    WSABUF parts[2] = {{9, room}, {15, room + 9}};
    DWORD got = POISON, flags = 0;
    give_to(pair.peer, pair.local, long_text);
    expect_error(
        WSARecvFrom(pair.local, parts, 2, &got, &flags, (struct sockaddr *)&from, &length, NULL, NULL),
        WSAEMSGSIZE);
    expect_eq(got, 24);
    expect_bytes(room, "this datagram has thirty");
    expect_eq(length, 16);
    expect_eq(from.sin_port, port_of(pair.peer));
}

CASE("truncation/wsarecv/no-partial") {
    struct pair pair = udp_pair();
    char buffer[6];
    WSABUF part = {sizeof buffer, buffer};
    DWORD got = POISON, flags = 0;
    give_to(pair.peer, pair.local, "abcdefghi");
    expect_error(WSARecv(pair.local, &part, 1, &got, &flags, NULL, NULL), WSAEMSGSIZE);
    expect_eq(flags & MSG_PARTIAL, 0);
}

CASE("truncation/recv/exact-fit") {
    struct pair pair = udp_pair();
    char buffer[6];
    give_to(pair.peer, pair.local, "abcdef");
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 6);
}

CASE("truncation/recv/beyond-buffer") {
    struct pair pair = udp_pair();
    char buffer[16];
    poison(buffer, sizeof buffer);
    give_to(pair.peer, pair.local, "abcdefghi");
    expect_error(recv(pair.local, buffer, 4, 0), WSAEMSGSIZE);
    expect_untouched(buffer + 4, 12);
}

CASE("truncation/peek/stays") {
    struct pair pair = udp_pair();
    struct sockaddr_in from;
    int length = sizeof from;
    char buffer[16];
    give_to(pair.peer, pair.local, "abcdefghi");
    expect_error(recvfrom(pair.local, buffer, 4, MSG_PEEK, (struct sockaddr *)&from, &length), WSAEMSGSIZE);
    expect_bytes(buffer, "abcd");
    expect_eq(from.sin_port, port_of(pair.peer));
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 9);
    expect_bytes(buffer, "abcdefghi");
}

CASE("truncation/peek/learn-sender") {
    struct pair pair = udp_pair();
    struct sockaddr_in from;
    int length = sizeof from;
    char buffer[16];
    give_to(pair.peer, pair.local, "abc");
    expect_error(recvfrom(pair.local, NULL, 0, MSG_PEEK, (struct sockaddr *)&from, &length), WSAEMSGSIZE);
    expect_eq(from.sin_port, port_of(pair.peer));
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 3);
}

CASE("truncation/recv/largest") {
    static char sent[65507], got[65600];
    struct pair pair = udp_pair();
    int i;
    for (i = 0; i < (int)sizeof sent; i++) sent[i] = (char)(i % 251);
    expect_eq(send(pair.peer, sent, sizeof sent, 0), 65507);
    await_readable(pair.local);
    expect_eq(recv(pair.local, got, sizeof got, 0), 65507);
    expect(memcmp(sent, got, sizeof sent) == 0);
}

CASE("so-max-msg-size/returns/udp") {
    unsigned size = 0;
    int length = sizeof size;
    expect_eq(getsockopt(udp(), SOL_SOCKET, SO_MAX_MSG_SIZE, (char *)&size, &length), 0);
    expect_eq(size, 65507);
    expect_eq(length, 4);
    expect_eq(
        getsockopt(socket(AF_INET6, SOCK_DGRAM, 0), SOL_SOCKET, SO_MAX_MSG_SIZE, (char *)&size, &length), 0);
    expect(size == 65507 || size == 65527);
}
