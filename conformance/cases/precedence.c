/* What a receive tells of two faults at once (clauses/precedence.md). */
#include "harness.h"

#define UNKNOWN 0x40
#define NAME(address) ((struct sockaddr *)&(address))

/* Every receive function, with a NULL buffer and a length. */
static void expect_all_without_buffer(SOCKET s, int code) {
    WSABUF part = {8, NULL};
    DWORD got = POISON, flags = 0;
    int ex = 0;
    expect_error(recv(s, NULL, 8, 0), code);
    expect_error(recvfrom(s, NULL, 8, 0, NULL, NULL), code);
    expect_error(WSARecv(s, &part, 1, &got, &flags, NULL, NULL), code);
    expect_error(WSARecvFrom(s, &part, 1, &got, &flags, NULL, NULL, NULL, NULL), code);
    expect_error(WSARecvEx(s, NULL, 8, &ex), code);
    expect_eq(got, POISON);
}

/* Every function that takes flags, with one that no receive knows. */
static void expect_all_with_unknown_flag(SOCKET s, int code) {
    char buffer[8];
    WSABUF part = {sizeof buffer, buffer};
    DWORD got = POISON, flags = UNKNOWN;
    expect_error(recv(s, buffer, sizeof buffer, UNKNOWN), code);
    expect_error(recvfrom(s, buffer, sizeof buffer, UNKNOWN, NULL, NULL), code);
    expect_error(WSARecv(s, &part, 1, &got, &flags, NULL, NULL), code);
    expect_error(WSARecvFrom(s, &part, 1, &got, &flags, NULL, NULL, NULL, NULL), code);
    expect_eq(got, POISON);
    expect_eq(flags, UNKNOWN);
}

static SOCKET shut(void) {
    SOCKET s = tcp_pair().local;
    require(shutdown(s, SD_RECEIVE) == 0);
    return s;
}

static SOCKET aborted(void) {
    struct pair pair = tcp_pair();
    reset(pair.peer);
    await_readable(pair.local);
    return pair.local;
}

COLD_CASE("recv/precedence/startup-before-handle") {
    expect_all_without_buffer(INVALID_SOCKET, WSANOTINITIALISED);
    expect_all_without_buffer(0, WSANOTINITIALISED);
    expect_all_with_unknown_flag(INVALID_SOCKET, WSANOTINITIALISED);
}

CASE("recv/precedence/state-before-buffer") {
    SOCKET s = tcp();
    char byte;
    expect_all_without_buffer(s, WSAENOTCONN);
    expect_error(recv(s, &byte, -1, 0), WSAENOTCONN);
    expect_error(recvfrom(s, &byte, -1, 0, NULL, NULL), WSAENOTCONN);
}

CASE("recv/precedence/state-before-flags") { expect_all_with_unknown_flag(tcp(), WSAENOTCONN); }

CASE("recv/precedence/listening-before-buffer") { expect_all_without_buffer(listener(NULL), WSAENOTCONN); }

CASE("recv/precedence/connecting-before-buffer") { expect_all_without_buffer(connecting(), WSAENOTCONN); }

CASE("recv/precedence/unbound-before-buffer") { expect_all_without_buffer(udp(), WSAEINVAL); }

CASE("recvfrom/precedence/unbound-before-address") {
    SOCKET s = udp();
    struct sockaddr_in from;
    int length = 1;
    char buffer[8];
    WSABUF part = {sizeof buffer, buffer};
    DWORD got = POISON, flags = 0;
    expect_error(recvfrom(s, buffer, sizeof buffer, 0, NAME(from), &length), WSAEINVAL);
    expect_error(recvfrom(s, buffer, sizeof buffer, 0, NULL, &length), WSAEINVAL);
    expect_error(WSARecvFrom(s, &part, 1, &got, &flags, NAME(from), &length, NULL, NULL), WSAEINVAL);
}

CASE("recv/precedence/shut-before-buffer") { expect_all_without_buffer(shut(), WSAESHUTDOWN); }

CASE("recv/precedence/shut-before-flags") { expect_all_with_unknown_flag(shut(), WSAESHUTDOWN); }

CASE("recv/precedence/shut-before-reset") {
    struct pair pair = tcp_pair();
    char buffer[8];
    int i;
    require(shutdown(pair.local, SD_RECEIVE) == 0);
    reset(pair.peer);
    await_readable(pair.local);
    for (i = 0; i < 2; i++) expect_error(recv(pair.local, buffer, sizeof buffer, 0), WSAESHUTDOWN);
}

CASE("recv/precedence/reset-before-buffer") { expect_all_without_buffer(aborted(), WSAECONNRESET); }

CASE("recv/precedence/reset-before-flags") { expect_all_with_unknown_flag(aborted(), WSAECONNRESET); }

CASE("recv/precedence/buffer-before-flags") {
    struct pair pair = tcp_pair();
    char buffer[8];
    WSABUF part = {8, NULL};
    DWORD got = POISON, flags = UNKNOWN;
    give_to(pair.peer, pair.local, "abcd");
    expect_error(recv(pair.local, buffer, -1, UNKNOWN), WSAEFAULT);
    expect_error(recv(pair.local, NULL, 8, UNKNOWN), WSAEFAULT);
    expect_error(WSARecv(pair.local, &part, 1, &got, &flags, NULL, NULL), WSAEFAULT);
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 4);
}

CASE("wsarecv/precedence/no-buffers-first") {
    struct pair pair = tcp_pair();
    DWORD got = POISON, flags = 0;
    WSABUF part = {8, NULL};
    give_to(pair.peer, pair.local, "abcd");
    expect_error(WSARecv(pair.local, NULL, 0, &got, &flags, NULL, NULL), WSAEINVAL);
    expect_error(WSARecv(pair.local, &part, 0, NULL, &flags, NULL, NULL), WSAEINVAL);
    expect_error(WSARecv(pair.local, &part, 0, &got, NULL, NULL, NULL), WSAEINVAL);
    expect_eq(queued(pair.local), 4);
}

CASE("wsarecv/precedence/count-before-flags") {
    struct pair pair = tcp_pair();
    char buffer[8];
    WSABUF part = {sizeof buffer, buffer};
    DWORD flags = UNKNOWN;
    give_to(pair.peer, pair.local, "abcd");
    expect_error(WSARecv(pair.local, &part, 1, NULL, &flags, NULL, NULL), WSAEFAULT);
    expect_eq(queued(pair.local), 4);
}

CASE("recvfrom/precedence/address-before-truncation") {
    struct pair pair = udp_pair();
    struct sockaddr_in from;
    int length = 1;
    char buffer[8];
    poison(&from, sizeof from);
    give_to(pair.peer, pair.local, "abcdefgh");
    expect_error(recvfrom(pair.local, buffer, 2, 0, NAME(from), &length), WSAEFAULT);
    expect_untouched(&from, sizeof from);
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 8);
    expect_bytes(buffer, "abcdefgh");
}

CASE("recvfrom/precedence/address-before-flags") {
    struct pair pair = udp_pair();
    struct sockaddr_in from;
    int length = 1;
    char buffer[8];
    give_to(pair.peer, pair.local, "abcd");
    expect_error(recvfrom(pair.local, buffer, sizeof buffer, UNKNOWN, NAME(from), &length), WSAEFAULT);
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 4);
}

CASE("recvfrom/precedence/address-before-would-block") {
    SOCKET s = udp_at(NULL);
    struct sockaddr_in from;
    int length = 1;
    char buffer[8];
    nonblocking(s);
    expect_error(recvfrom(s, buffer, sizeof buffer, 0, NAME(from), &length), WSAEFAULT);
}

CASE("recv/precedence/flags-before-would-block") {
    SOCKET stream = tcp_pair().local, datagram = udp_at(NULL);
    nonblocking(stream);
    nonblocking(datagram);
    expect_all_with_unknown_flag(stream, WSAEOPNOTSUPP);
    expect_all_with_unknown_flag(datagram, WSAEOPNOTSUPP);
}

static struct pair in_line(void) {
    struct pair pair = tcp_pair();
    BOOL on = TRUE;
    require(setsockopt(pair.local, SOL_SOCKET, SO_OOBINLINE, (char *)&on, sizeof on) == 0);
    return pair;
}

CASE("recv/precedence/in-line-before-would-block") {
    struct pair pair = in_line();
    char buffer[8];
    nonblocking(pair.local);
    expect_error(recv(pair.local, buffer, sizeof buffer, MSG_OOB), WSAEINVAL);
    give_to(pair.peer, pair.local, "abcd");
    expect_error(recv(pair.local, buffer, sizeof buffer, MSG_OOB), WSAEINVAL);
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 4);
}

CASE("recv/precedence/unknown-before-in-line") {
    struct pair pair = in_line();
    char buffer[8];
    expect_error(recv(pair.local, buffer, sizeof buffer, MSG_OOB | UNKNOWN), WSAEOPNOTSUPP);
}

CASE("recv/precedence/buffer-before-unreachable") {
    struct sockaddr_in nobody = closed_port(SOCK_DGRAM);
    SOCKET s = udp_at(NULL);
    char buffer[8];
    require(connect(s, NAME(nobody), sizeof nobody) == 0);
    require(send(s, "x", 1, 0) == 1);
    await_readable(s);
    expect_error(recv(s, buffer, -1, 0), WSAEFAULT);
    expect_error(recv(s, buffer, sizeof buffer, 0), WSAECONNRESET);
}
