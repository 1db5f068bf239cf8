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
