/* Flags of a receive (clauses/flags.md). */
#include "harness.h"

#ifndef MSG_WAITALL
#define MSG_WAITALL 8
#endif

CASE("flags/peek/leaves-data") {
    struct pair pair = tcp_pair();
    char buffer[8];
    give_to(pair.peer, pair.local, "abcd");
    expect_eq(recv(pair.local, buffer, 4, MSG_PEEK), 4);
    expect_bytes(buffer, "abcd");
    poison(buffer, sizeof buffer);
    expect_eq(recv(pair.local, buffer, 4, 0), 4);
    expect_bytes(buffer, "abcd");
    expect_eq(queued(pair.local), 0);
}

CASE("flags/peek/scatter") {
    struct pair pair = tcp_pair();
    char room[4];
    WSABUF parts[2] = {{1, room}, {3, room + 1}};
    int i;
    give_to(pair.peer, pair.local, "abcd");
    for (i = 0; i < 2; i++) {
        DWORD got = POISON, flags = MSG_PEEK;
        poison(room, sizeof room);
        expect_eq(WSARecv(pair.local, parts, 2, &got, &flags, NULL, NULL), 0);
        expect_eq(got, 4);
        expect_bytes(room, "abcd");
    }
    expect_eq(queued(pair.local), 4);
}

CASE("flags/peek/stream-again") {
    struct pair pair = tcp_pair();
    char buffer[8];
    give_to(pair.peer, pair.local, "ab");
    expect_eq(recv(pair.local, buffer, sizeof buffer, MSG_PEEK), 2);
    give(pair.peer, "cd");
    await_queued(pair.local, 4);
    expect_eq(recv(pair.local, buffer, sizeof buffer, MSG_PEEK), 4);
    expect_bytes(buffer, "abcd");
}

CASE("flags/peek/datagram") {
    struct pair pair = udp_pair();
    struct sockaddr_in from;
    int length = sizeof from;
    char buffer[8];
    poison(&from, sizeof from);
    give_to(pair.peer, pair.local, "abcd");
    expect_eq(recvfrom(pair.local, buffer, sizeof buffer, MSG_PEEK, (struct sockaddr *)&from, &length), 4);
    expect_eq(from.sin_family, AF_INET);
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 4);
    nonblocking(pair.local);
    expect_error(recv(pair.local, buffer, sizeof buffer, 0), WSAEWOULDBLOCK);
}

CASE("flags/peek/nonblocking-empty") {
    SOCKET s = tcp_pair().local;
    char buffer[8];
    nonblocking(s);
    expect_error(recv(s, buffer, sizeof buffer, MSG_PEEK), WSAEWOULDBLOCK);
}

CASE("flags/peek/at-close") {
    struct pair pair = tcp_pair();
    char buffer[8];
    require(closesocket(pair.peer) == 0);
    expect_eq(recv(pair.local, buffer, sizeof buffer, MSG_PEEK), 0);
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 0);
}

CASE("flags/error/dontroute") {
    struct pair pair = udp_pair();
    char buffer[8];
    WSABUF part = {sizeof buffer, buffer};
    DWORD got = POISON, flags = MSG_DONTROUTE;
    give_to(pair.peer, pair.local, "abcd");
    expect_error(recvfrom(pair.local, buffer, sizeof buffer, MSG_DONTROUTE, NULL, NULL), WSAEOPNOTSUPP);
    expect_error(WSARecvFrom(pair.local, &part, 1, &got, &flags, NULL, NULL, NULL, NULL), WSAEOPNOTSUPP);
    expect_eq(got, POISON);
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 4);
}

CASE("flags/error/unknown-bits") {
    static const int bits[] = {0x4, 0x10, 0x40, 0x80, 0x4000, 0x10000000};
    struct pair stream = tcp_pair(), datagram = udp_pair();
    char buffer[8];
    size_t i;
    give_to(stream.peer, stream.local, "abcd");
    give_to(datagram.peer, datagram.local, "abcd");
    for (i = 0; i < sizeof bits / sizeof *bits; i++) {
        expect_error(recv(stream.local, buffer, sizeof buffer, bits[i]), WSAEOPNOTSUPP);
        expect_error(recv(datagram.local, buffer, sizeof buffer, bits[i]), WSAEOPNOTSUPP);
    }
    expect_eq(recv(stream.local, buffer, sizeof buffer, 0), 4);
    expect_eq(recv(datagram.local, buffer, sizeof buffer, 0), 4);
}

CASE("flags/error/oob-datagram") {
    SOCKET s = udp_at(NULL);
    char buffer[8];
    expect_error(recv(s, buffer, sizeof buffer, MSG_OOB), WSAEOPNOTSUPP);
}

CASE("flags/error/peek-waitall") {
    struct pair pair = tcp_pair();
    char buffer[4];
    give_to(pair.peer, pair.local, "abcd");
    expect_error(recv(pair.local, buffer, sizeof buffer, MSG_PEEK | MSG_WAITALL), WSAEOPNOTSUPP);
    expect_eq(queued(pair.local), 4);
}

CASE("flags/error/waitall-oob") {
    SOCKET s = tcp_pair().local;
    char buffer[4];
    expect_error(recv(s, buffer, sizeof buffer, MSG_OOB | MSG_WAITALL), WSAEOPNOTSUPP);
}

CASE("flags/error/waitall-datagram") {
    struct pair pair = udp_pair();
    char buffer[4];
    give_to(pair.peer, pair.local, "abcd");
    expect_error(recv(pair.local, buffer, sizeof buffer, MSG_WAITALL), WSAEOPNOTSUPP);
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 4);
}

CASE("flags/error/waitall-nonblocking") {
    SOCKET s = tcp_pair().local;
    char buffer[4];
    nonblocking(s);
    expect_error(recv(s, buffer, sizeof buffer, MSG_WAITALL), WSAEOPNOTSUPP);
}

static long long act_recv_all(void *s) {
    char buffer[6];
    return recv(*(SOCKET *)s, buffer, sizeof buffer, MSG_WAITALL);
}

CASE("flags/waitall/joins") {
    struct pair pair = tcp_pair();
    struct call call;
    give_to(pair.peer, pair.local, "abcd");
    begin(&call, act_recv_all, &pair.local);
    give(pair.peer, "efgh");
    expect_finish(&call, 6, 0);
    expect_eq(queued(pair.local), 2);
}

CASE("flags/waitall/close") {
    struct pair pair = tcp_pair();
    struct call call;
    char byte;
    give_to(pair.peer, pair.local, "abcd");
    begin(&call, act_recv_all, &pair.local);
    require(closesocket(pair.peer) == 0);
    expect_finish(&call, 4, 0);
    expect_eq(recv(pair.local, &byte, 1, 0), 0);
}

CASE("flags/send/waitall") {
    struct pair pair = tcp_pair();
    expect_error(send(pair.local, "abcd", 4, MSG_WAITALL), WSAEOPNOTSUPP);
    give_to(pair.local, pair.peer, "e");
    expect_eq(queued(pair.peer), 1);
}
