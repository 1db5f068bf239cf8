/* Receives of length 0, and datagrams of length 0 (clauses/zero.md). */
#include "harness.h"

static int receive_nothing(SOCKET s, DWORD *got) {
    WSABUF part = {0, NULL};
    DWORD flags = 0;
    return WSARecv(s, &part, 1, got, &flags, NULL, NULL);
}

static long long act_recv_nothing(void *s) { return recv(*(SOCKET *)s, NULL, 0, 0); }

static long long act_wsarecv_nothing(void *s) {
    DWORD got = POISON;
    int result = receive_nothing(*(SOCKET *)s, &got);
    return result == 0 ? (long long)got : result;
}

CASE("zero/stream/null-buffer") {
    struct pair pair = tcp_pair();
    char buffer[8];
    give_to(pair.peer, pair.local, "abcde");
    expect_clears(recv(pair.local, NULL, 0, 0), 0);
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 5);
}

CASE("zero/stream/data-queued") {
    struct pair pair = tcp_pair();
    DWORD got = POISON;
    give_to(pair.peer, pair.local, "abcde");
    expect_clears(receive_nothing(pair.local, &got), 0);
    expect_eq(got, 0);
    expect_eq(queued(pair.local), 5);
}

CASE("zero/stream/again") {
    struct pair pair = tcp_pair();
    give_to(pair.peer, pair.local, "abcde");
    expect_eq(recv(pair.local, NULL, 0, 0), 0);
    expect_eq(recv(pair.local, NULL, 0, 0), 0);
    expect_eq(queued(pair.local), 5);
}

CASE("zero/stream/waits-for-data") {
    struct pair pair = tcp_pair();
    struct call call;
    begin(&call, act_recv_nothing, &pair.local);
    give(pair.peer, "abcde");
    expect_finish(&call, 0, 0);
    expect_eq(queued(pair.local), 5);
}

CASE("zero/stream/waits-for-data-wsarecv") {
    struct pair pair = tcp_pair();
    struct call call;
    begin(&call, act_wsarecv_nothing, &pair.local);
    give(pair.peer, "abcde");
    expect_finish(&call, 0, 0);
    expect_eq(queued(pair.local), 5);
}

CASE("zero/stream/waits-for-close") {
    struct pair pair = tcp_pair();
    struct call call;
    begin(&call, act_recv_nothing, &pair.local);
    require(closesocket(pair.peer) == 0);
    expect_finish(&call, 0, 0);
}

CASE("zero/stream/nonblocking") {
    SOCKET s = tcp_pair().local;
    DWORD got = POISON;
    nonblocking(s);
    expect_error(recv(s, NULL, 0, 0), WSAEWOULDBLOCK);
    expect_error(receive_nothing(s, &got), WSAEWOULDBLOCK);
    expect_eq(got, POISON);
}

CASE("zero/stream/at-close") {
    struct pair pair = tcp_pair();
    char byte;
    require(closesocket(pair.peer) == 0);
    expect_eq(recv(pair.local, NULL, 0, 0), 0);
    expect_eq(recv(pair.local, &byte, 1, 0), 0);
    expect_eq(recv(pair.local, NULL, 0, 0), 0);
}

CASE("zero/stream/after-reset") {
    struct pair pair = tcp_pair();
    reset(pair.peer);
    await_readable(pair.local);
    expect_error(recv(pair.local, NULL, 0, 0), WSAECONNRESET);
}

CASE("zero/stream/all-empty") {
    struct pair pair = tcp_pair();
    WSABUF parts[2] = {{0, NULL}, {0, NULL}};
    DWORD got = POISON, flags = 0;
    give_to(pair.peer, pair.local, "abcde");
    expect_eq(WSARecv(pair.local, parts, 2, &got, &flags, NULL, NULL), 0);
    expect_eq(got, 0);
    expect_eq(queued(pair.local), 5);
}

CASE("zero/stream/unconnected") { expect_error(recv(tcp(), NULL, 0, 0), WSAENOTCONN); }

CASE("zero/datagram/truncates") {
    struct pair pair = udp_pair();
    char buffer[8];
    give_to(pair.peer, pair.local, "abcde");
    expect_error(recv(pair.local, buffer, 0, 0), WSAEMSGSIZE);
    nonblocking(pair.local);
    expect_error(recv(pair.local, buffer, sizeof buffer, 0), WSAEWOULDBLOCK);
}

CASE("zero/datagram/truncates-wsarecv") {
    struct pair pair = udp_pair();
    DWORD got = POISON;
    give_to(pair.peer, pair.local, "abcde");
    expect_error(receive_nothing(pair.local, &got), WSAEMSGSIZE);
    expect_eq(got, 0);
}

CASE("zero/datagram/empty-datagram") {
    struct pair pair = udp_pair();
    struct sockaddr_in from;
    int length = sizeof from;
    char buffer[8];
    poison(&from, sizeof from);
    expect_eq(send(pair.peer, "", 0, 0), 0);
    await_readable(pair.local);
    expect_clears(recvfrom(pair.local, buffer, sizeof buffer, 0, (struct sockaddr *)&from, &length), 0);
    expect_eq(from.sin_family, AF_INET);
    expect_eq(from.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
}

CASE("zero/datagram/empty-datagram-once") {
    struct pair pair = udp_pair();
    char buffer[8];
    expect_eq(send(pair.peer, "", 0, 0), 0);
    give_to(pair.peer, pair.local, "next");
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 0);
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 4);
}

CASE("zero/datagram/empty-into-empty") {
    struct pair pair = udp_pair();
    expect_eq(send(pair.peer, "", 0, 0), 0);
    await_readable(pair.local);
    expect_clears(recv(pair.local, NULL, 0, 0), 0);
    nonblocking(pair.local);
    expect_error(recv(pair.local, NULL, 0, 0), WSAEWOULDBLOCK);
}

CASE("zero/datagram/null-buffer") {
    struct pair pair = udp_pair();
    nonblocking(pair.local);
    expect_error(recv(pair.local, NULL, 0, 0), WSAEWOULDBLOCK);
    give_to(pair.peer, pair.local, "abcde");
    expect_error(recv(pair.local, NULL, 0, 0), WSAEMSGSIZE);
}

CASE("zero/datagram/waits") {
    struct pair pair = udp_pair();
    struct call call;
    begin(&call, act_recv_nothing, &pair.local);
    give(pair.peer, "abc");
    expect_finish(&call, -1, WSAEMSGSIZE);
}

static long long act_zero_recvfrom(void *s) { return recvfrom(*(SOCKET *)s, NULL, 0, 0, NULL, NULL); }

static long long act_zero_wsarecvfrom(void *s) {
    WSABUF part = {0, NULL};
    DWORD got = POISON, flags = 0;
    int failed = WSARecvFrom(*(SOCKET *)s, &part, 1, &got, &flags, NULL, NULL, NULL, NULL);
    return failed ? -1 : (long long)got;
}

static long long act_zero_wsarecvex(void *s) {
    int flags = 0;
    return WSARecvEx(*(SOCKET *)s, NULL, 0, &flags);
}

static long long act_zero_peek(void *s) { return recv(*(SOCKET *)s, NULL, 0, MSG_PEEK); }

static void expect_waits(long long (*act)(void *)) {
    struct pair pair = tcp_pair();
    struct call call;
    begin(&call, act, &pair.local);
    give(pair.peer, "abcd");
    expect_finish(&call, 0, 0);
    expect_eq(queued(pair.local), 4);
}

CASE("zero/stream/every-function") {
    expect_waits(act_zero_recvfrom);
    expect_waits(act_zero_wsarecvfrom);
    expect_waits(act_zero_wsarecvex);
}

CASE("zero/stream/waits-for-reset") {
    struct pair pair = tcp_pair();
    struct call call;
    begin(&call, act_zero_recvfrom, &pair.local);
    reset(pair.peer);
    expect_finish(&call, -1, WSAECONNRESET);
}

CASE("zero/stream/peek") { expect_waits(act_zero_peek); }

CASE("zero/datagram/nonblocking") {
    SOCKET s = udp_at(NULL);
    nonblocking(s);
    expect_error(recv(s, NULL, 0, 0), WSAEWOULDBLOCK);
    expect_error(act_zero_recvfrom(&s), WSAEWOULDBLOCK);
    expect_error(act_zero_wsarecvfrom(&s), WSAEWOULDBLOCK);
}

CASE("zero/datagram/all-empty") {
    struct pair pair = udp_pair();
    WSABUF parts[2] = {{0, NULL}, {0, NULL}};
    DWORD got = POISON, flags = 0;
    char buffer[8];
    give_to(pair.peer, pair.local, "abcd");
    give(pair.peer, "next");
    expect_error(WSARecv(pair.local, parts, 2, &got, &flags, NULL, NULL), WSAEMSGSIZE);
    expect_eq(got, 0);
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 4);
    expect_bytes(buffer, "next");
}

CASE("zero/datagram/truncated-sender") {
    struct pair pair = udp_pair();
    struct sockaddr_in from;
    int length = sizeof from;
    poison(&from, sizeof from);
    give_to(pair.peer, pair.local, "abcd");
    expect_error(recvfrom(pair.local, NULL, 0, 0, (struct sockaddr *)&from, &length), WSAEMSGSIZE);
    expect_eq(from.sin_family, AF_INET);
    expect_eq(length, 16);
}
