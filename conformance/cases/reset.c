/* A connection that is reset (clauses/reset.md). */
#include "harness.h"

/* A socket whose peer has just aborted, once that has arrived. */
static SOCKET aborted(void) {
    struct pair pair = tcp_pair();
    reset(pair.peer);
    await_readable(pair.local);
    return pair.local;
}

static int receive(SOCKET s, int flags) {
    char buffer[8];
    return recv(s, buffer, sizeof buffer, flags);
}

CASE("reset/remarks/linger-zero") {
    struct pair pair = tcp_pair();
    struct linger at_once = {1, 0};
    expect_clears(setsockopt(pair.peer, SOL_SOCKET, SO_LINGER, (char *)&at_once, sizeof at_once), 0);
    expect_eq(closesocket(pair.peer), 0);
    await_readable(pair.local);
    expect_error(receive(pair.local, 0), WSAECONNRESET);
}

CASE("reset/recv/sticky") {
    SOCKET s = aborted();
    int i;
    for (i = 0; i < 3; i++) expect_error(receive(s, 0), WSAECONNRESET);
}

CASE("reset/send/sticky") {
    SOCKET s = aborted();
    WSABUF part = {1, (char *)"x"};
    DWORD sent = POISON;
    expect_error(receive(s, 0), WSAECONNRESET);
    expect_error(send(s, "x", 1, 0), WSAECONNRESET);
    expect_error(WSASend(s, &part, 1, &sent, 0, NULL, NULL), WSAECONNRESET);
    expect_eq(sent, POISON);
    expect_error(receive(s, 0), WSAECONNRESET);
}

CASE("reset/wsarecv/count-untouched") {
    SOCKET s = aborted();
    char buffer[8];
    WSABUF part = {sizeof buffer, buffer};
    DWORD got = POISON, flags = 0;
    expect_error(WSARecv(s, &part, 1, &got, &flags, NULL, NULL), WSAECONNRESET);
    expect_eq(got, POISON);
}

CASE("reset/recv/blocked") {
    struct pair pair = tcp_pair();
    struct call call;
    begin(&call, act_recv, &pair.local);
    reset(pair.peer);
    expect_finish(&call, -1, WSAECONNRESET);
}

static int so_error(SOCKET s) {
    int error = (int)POISON, length = sizeof error;
    require(getsockopt(s, SOL_SOCKET, SO_ERROR, (char *)&error, &length) == 0);
    return error;
}

CASE("reset/so-error/zero") {
    SOCKET s = aborted();
    expect_eq(so_error(s), 0);
    expect_error(receive(s, 0), WSAECONNRESET);
    expect_eq(so_error(s), 0);
}

CASE("reset/so-error/reading-keeps-reset") {
    SOCKET s = aborted();
    so_error(s);
    expect_error(receive(s, 0), WSAECONNRESET);
    expect_error(receive(s, 0), WSAECONNRESET);
}

CASE("reset/select/read-and-write") {
    SOCKET s = aborted();
    struct timeval at_once = {0, 0};
    fd_set reads, writes, excepts;
    FD_ZERO(&reads);
    FD_SET(s, &reads);
    writes = excepts = reads;
    expect_eq(select(0, &reads, &writes, &excepts, &at_once), 2);
    expect_eq(reads.fd_count, 1);
    expect_eq(writes.fd_count, 1);
    expect_eq(excepts.fd_count, 0);
}

CASE("reset/select/except-alone") { expect_eq(excepted(aborted(), 0), 0); }

CASE("reset/select/then-recv") {
    SOCKET s = aborted();
    expect_eq(readable(s, 0), 1);
    expect_eq(writable(s, 0), 1);
    expect_eq(excepted(s, 0), 0);
    expect_error(receive(s, 0), WSAECONNRESET);
    expect_eq(readable(s, 0), 1);
}

CASE("reset/peek/reports") {
    SOCKET s = aborted();
    expect_error(receive(s, MSG_PEEK), WSAECONNRESET);
    expect_error(receive(s, MSG_PEEK), WSAECONNRESET);
    expect_error(receive(s, 0), WSAECONNRESET);
}

CASE("reset/remarks/unread-data") {
    struct pair pair = tcp_pair();
    give_to(pair.local, pair.peer, "unread");
    require(closesocket(pair.peer) == 0);
    await_readable(pair.local);
    expect_error(receive(pair.local, 0), WSAECONNRESET);
}

/* A socket with data queued over which its peer's reset came. The reset shows only as an error of the host's
   that takes no call to arrive; on loopback it is there once the peer's closesocket has returned. */
static SOCKET aborted_over_data(void) {
    struct pair pair = tcp_pair();
    give(pair.peer, "lost");
    await_queued(pair.local, 4);
    reset(pair.peer);
    return pair.local;
}

CASE("reset/recv/queued-data") {
    SOCKET s = aborted_over_data();
    expect_error(receive(s, 0), WSAECONNRESET);
    expect_error(receive(s, 0), WSAECONNRESET);
}

CASE("reset/select/queued-data") {
    SOCKET s = aborted_over_data();
    expect_eq(readable(s, PATIENCE), 1);
    expect_error(receive(s, 0), WSAECONNRESET);
    expect_eq(readable(s, 0), 1);
    expect_error(receive(s, MSG_PEEK), WSAECONNRESET);
}

CASE("reset/recv/failed-call-finds-it") {
    SOCKET s = aborted_over_data();
    char byte;
    expect_error(recv(s, &byte, -1, 0), WSAECONNRESET);
    expect_error(receive(s, 0), WSAECONNRESET);
}

CASE("reset/recv/after-end-own-send") {
    struct pair pair = tcp_pair();
    int i;
    require(closesocket(pair.peer) == 0);
    expect_eq(receive(pair.local, 0), 0);
    expect_eq(send(pair.local, "hello", 5, 0), 5);
    for (i = 0; i < PATIENCE && receive(pair.local, 0) == 0; i++) Sleep(1);
    for (i = 0; i < 2; i++) expect_error(receive(pair.local, 0), WSAECONNABORTED);
}

CASE("reset/recv/after-end-by-peer") {
    struct pair pair = tcp_pair();
    int i;
    require(shutdown(pair.peer, SD_SEND) == 0);
    expect_eq(receive(pair.local, 0), 0);
    reset(pair.peer);
    for (i = 0; i < PATIENCE && receive(pair.local, 0) == 0; i++) Sleep(1);
    for (i = 0; i < 2; i++) expect_error(receive(pair.local, 0), WSAECONNRESET);
}

static void expect_every_receive(SOCKET s, int code) {
    char buffer[8];
    WSABUF part = {sizeof buffer, buffer};
    DWORD got = POISON, flags = 0;
    int ex = 0;
    expect_error(recv(s, buffer, sizeof buffer, 0), code);
    expect_error(recvfrom(s, buffer, sizeof buffer, 0, NULL, NULL), code);
    expect_error(WSARecv(s, &part, 1, &got, &flags, NULL, NULL), code);
    expect_error(WSARecvFrom(s, &part, 1, &got, &flags, NULL, NULL, NULL, NULL), code);
    expect_error(WSARecvEx(s, buffer, sizeof buffer, &ex), code);
    expect_eq(got, POISON);
}

CASE("reset/recv/midway") {
    struct pair pair = tcp_pair();
    struct call call;
    begin(&call, act_wsarecv, &pair.local);
    reset(pair.peer);
    expect_finish(&call, -1, WSAECONNRESET);
    expect_every_receive(pair.local, WSAECONNRESET);
}

CASE("reset/recv/every-function") {
    expect_every_receive(aborted(), WSAECONNRESET);
}

CASE("reset/remarks/so-keepalive") {
    struct pair pair = tcp_pair();
    BOOL on = TRUE;
    require(setsockopt(pair.local, SOL_SOCKET, SO_KEEPALIVE, (char *)&on, sizeof on) == 0);
    reset(pair.peer);
    await_readable(pair.local);
    expect_error(receive(pair.local, 0), WSAECONNRESET);
    expect_error(receive(pair.local, 0), WSAECONNRESET);
}

CASE("reset/shutdown/after-reset") {
    SOCKET s = aborted();
    shutdown(s, SD_SEND);
    expect_error(receive(s, 0), WSAECONNRESET);
}
