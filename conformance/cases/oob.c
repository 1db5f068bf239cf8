/* Out-of-band data (clauses/oob.md). */
#include "harness.h"

static u_long at_mark(SOCKET s) {
    u_long mark = POISON;
    require(ioctlsocket(s, SIOCATMARK, &mark) == 0);
    return mark;
}

static void urge(SOCKET from, const char *text) {
    int length = (int)strlen(text);
    require(send(from, text, length, MSG_OOB) == length);
}

/* Sends an out-of-band byte and waits until it is queued at the other end. */
static void urge_to(SOCKET from, SOCKET to, const char *byte) {
    long long end = now_ms() + PATIENCE;
    urge(from, byte);
    while (at_mark(to) != 0) {
        require(now_ms() < end);
        Sleep(1);
    }
}

static int receive_urgent(SOCKET s) {
    char byte = 0;
    int got = recv(s, &byte, 1, MSG_OOB);
    return got == 1 ? byte : -1;
}

/* The next out-of-band byte, however long it takes to come. */
static int await_urgent(SOCKET s) {
    require(excepted(s, PATIENCE) == 1);
    return receive_urgent(s);
}

static void in_line(SOCKET s, BOOL on) {
    require(setsockopt(s, SOL_SOCKET, SO_OOBINLINE, (char *)&on, sizeof on) == 0);
}

/* Receives normal data until `count` bytes are there. */
static void collect(SOCKET s, char *bytes, int count) {
    int done = 0;
    while (done < count) {
        int got;
        await_readable(s);
        got = recv(s, bytes + done, count - done, 0);
        require(got > 0);
        done += got;
    }
}

CASE("oob/recv/own-queue") {
    struct pair pair = tcp_pair();
    nonblocking(pair.local);
    urge_to(pair.peer, pair.local, "x");
    urge(pair.peer, "y");
    expect_eq(receive_urgent(pair.local), 'x');
    expect_eq(await_urgent(pair.local), 'y');
    expect_error(receive_urgent(pair.local), WSAEWOULDBLOCK);
}

CASE("oob/recv/many") {
    struct pair pair = tcp_pair();
    char byte[2] = "a";
    int i;
    for (i = 0; i < 20; i++) {
        byte[0] = (char)('a' + i);
        urge(pair.peer, byte);
        Sleep(20); /* it is the clause that says so */
    }
    for (i = 0; i < 20; i++) expect_eq(await_urgent(pair.local), 'a' + i);
}

CASE("oob/recv/one-at-a-time") {
    struct pair pair = tcp_pair();
    char buffer[8];
    poison(buffer, sizeof buffer);
    urge_to(pair.peer, pair.local, "x");
    expect_eq(recv(pair.local, buffer, sizeof buffer, MSG_OOB), 1);
    expect_eq(buffer[0], 'x');
    expect_eq((unsigned char)buffer[1], 0xbe);
}

CASE("oob/recv/not-in-stream") {
    struct pair pair = tcp_pair();
    char buffer[8];
    nonblocking(pair.local);
    give_to(pair.peer, pair.local, "ab");
    urge_to(pair.peer, pair.local, "x");
    urge(pair.peer, "y");
    expect_eq(recv(pair.local, buffer, 5, 0), 2);
    expect_bytes(buffer, "ab");
    expect_error(recv(pair.local, buffer, 5, 0), WSAEWOULDBLOCK);
    expect_eq(receive_urgent(pair.local), 'x');
    expect_eq(await_urgent(pair.local), 'y');
    expect_error(recv(pair.local, buffer, 5, 0), WSAEWOULDBLOCK);
}

CASE("oob/recv/sent-first") {
    struct pair pair = tcp_pair();
    char buffer[8];
    urge_to(pair.peer, pair.local, "x");
    give(pair.peer, "abcde");
    await_queued(pair.local, 5);
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 5);
    expect_bytes(buffer, "abcde");
    expect_eq(receive_urgent(pair.local), 'x');
}

CASE("oob/recv/between") {
    struct pair pair = tcp_pair();
    char buffer[8];
    give_to(pair.peer, pair.local, "abc");
    urge_to(pair.peer, pair.local, "x");
    give(pair.peer, "defgh");
    await_queued(pair.local, 8);
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 3);
    collect(pair.local, buffer + 3, 5);
    expect_bytes(buffer, "abcdefgh");
}

CASE("oob/fionread/normal-only") {
    struct pair pair = tcp_pair();
    char buffer[8];
    give(pair.peer, "hello");
    await_queued(pair.local, 5);
    urge_to(pair.peer, pair.local, "x");
    expect_eq(queued(pair.local), 5);
    expect_eq(recv(pair.local, buffer, 3, 0), 3);
    expect_eq(queued(pair.local), 2);
    expect_eq(recv(pair.local, buffer, 2, 0), 2);
    expect_eq(queued(pair.local), 0);
    expect_eq(receive_urgent(pair.local), 'x');
    expect_eq(queued(pair.local), 0);
}

CASE("oob/fionread/second-byte") {
    struct pair pair = tcp_pair();
    char buffer[8];
    give(pair.peer, "hello");
    await_queued(pair.local, 5);
    urge_to(pair.peer, pair.local, "x");
    urge(pair.peer, "y");
    expect_eq(receive_urgent(pair.local), 'x');
    expect_eq(await_urgent(pair.local), 'y');
    urge_to(pair.peer, pair.local, "z");
    expect_eq(queued(pair.local), 5);
    expect_eq(recv(pair.local, buffer, 3, 0), 3);
    expect_eq(queued(pair.local), 2);
}

CASE("oob/siocatmark/queued") {
    struct pair pair = tcp_pair();
    char buffer[8];
    expect_eq(at_mark(pair.local), 1);
    give_to(pair.peer, pair.local, "hello");
    expect_eq(at_mark(pair.local), 1);
    urge_to(pair.peer, pair.local, "x");
    expect_eq(at_mark(pair.local), 0);
    expect_eq(recv(pair.local, buffer, 3, 0), 3);
    expect_eq(at_mark(pair.local), 0);
    expect_eq(recv(pair.local, buffer, 8, 0), 2);
    expect_eq(at_mark(pair.local), 0);
}

CASE("oob/siocatmark/after-the-last") {
    struct pair pair = tcp_pair();
    give_to(pair.peer, pair.local, "hello");
    urge_to(pair.peer, pair.local, "x");
    urge(pair.peer, "y");
    expect_eq(receive_urgent(pair.local), 'x');
    require(excepted(pair.local, PATIENCE) == 1);
    expect_eq(at_mark(pair.local), 0);
    expect_eq(receive_urgent(pair.local), 'y');
    expect_eq(at_mark(pair.local), 1);
    expect_eq(queued(pair.local), 5);
}

CASE("oob/select/stays") {
    struct pair pair = tcp_pair();
    urge_to(pair.peer, pair.local, "x");
    urge(pair.peer, "y");
    expect_eq(excepted(pair.local, PATIENCE), 1);
    expect_eq(readable(pair.local, 0), 0);
    expect_eq(receive_urgent(pair.local), 'x');
    expect_eq(excepted(pair.local, PATIENCE), 1);
    expect_eq(readable(pair.local, 0), 0);
    expect_eq(receive_urgent(pair.local), 'y');
    expect_eq(excepted(pair.local, 0), 0);
}

CASE("oob/send/many-at-once") {
    struct pair pair = tcp_pair();
    char block[129], bytes[8];
    int i, rest = 0;
    memset(block, 'a', 128);
    block[128] = 0;
    for (i = 0; i < 16; i++) expect_eq(send(pair.peer, block, 128, MSG_OOB), 128);
    collect(pair.local, bytes, 8);
    expect_bytes(bytes, "aaaaaaaa");
    while (readable(pair.local, 200) == 1) {
        char buffer[4096];
        int got = recv(pair.local, buffer, sizeof buffer, 0);
        require(got > 0);
        rest += got;
    }
    expect_between(rest, 1, 2048 - 8 - 1);
    expect_eq(at_mark(pair.local), 0);
}

CASE("oob/recv/WSAEWOULDBLOCK") {
    struct pair pair = tcp_pair();
    char byte;
    WSABUF part = {1, &byte};
    DWORD got = POISON, flags = MSG_OOB;
    nonblocking(pair.local);
    expect_error(recv(pair.local, &byte, 1, MSG_OOB), WSAEWOULDBLOCK);
    give_to(pair.peer, pair.local, "hello");
    expect_error(recv(pair.local, &byte, 1, MSG_OOB), WSAEWOULDBLOCK);
    expect_error(WSARecv(pair.local, &part, 1, &got, &flags, NULL, NULL), WSAEWOULDBLOCK);
    expect_eq(got, POISON);
    expect_eq(queued(pair.local), 5);
}

static long long act_urgent(void *s) {
    char byte = 0;
    int got = recv(*(SOCKET *)s, &byte, 1, MSG_OOB);
    return got == 1 ? byte : got;
}

CASE("oob/recv/waits") {
    struct pair pair = tcp_pair();
    struct call call;
    begin(&call, act_urgent, &pair.local);
    give(pair.peer, "hello");
    expect(still_blocked(&call, 100));
    urge(pair.peer, "x");
    expect_finish(&call, 'x', 0);
    expect_eq(queued(pair.local), 5);
}

CASE("oob/recv/WSAETIMEDOUT") {
    struct pair pair = tcp_pair();
    DWORD limit = 100;
    char byte;
    long long start = now_ms();
    require(setsockopt(pair.local, SOL_SOCKET, SO_RCVTIMEO, (char *)&limit, sizeof limit) == 0);
    give_to(pair.peer, pair.local, "hello");
    expect_error(recv(pair.local, &byte, 1, MSG_OOB), WSAETIMEDOUT);
    expect_between(now_ms() - start, 99, 1100);
}

CASE("oob/recv/at-close") {
    struct pair pair = tcp_pair();
    urge_to(pair.peer, pair.local, "x");
    require(closesocket(pair.peer) == 0);
    await_readable(pair.local);
    expect_eq(receive_urgent(pair.local), 'x');
    expect_eq(act_urgent(&pair.local), 0);
}

CASE("oob/recv/after-reset") {
    struct pair pair = tcp_pair();
    char byte;
    reset(pair.peer);
    await_readable(pair.local);
    expect_error(recv(pair.local, &byte, 1, MSG_OOB), WSAECONNRESET);
    expect_error(recv(pair.local, &byte, 1, 0), WSAECONNRESET);
}

CASE("oob/peek/stays") {
    struct pair pair = tcp_pair();
    char byte = 0;
    int i;
    urge_to(pair.peer, pair.local, "x");
    for (i = 0; i < 2; i++) {
        expect_eq(recv(pair.local, &byte, 1, MSG_OOB | MSG_PEEK), 1);
        expect_eq(byte, 'x');
        expect_eq(at_mark(pair.local), 0);
    }
    expect_eq(receive_urgent(pair.local), 'x');
    expect_eq(at_mark(pair.local), 1);
}

CASE("oob/wsarecv/flags-out") {
    struct pair pair = tcp_pair();
    char byte = 0;
    WSABUF part = {1, &byte};
    DWORD got = POISON, flags = MSG_OOB;
    urge_to(pair.peer, pair.local, "x");
    expect_eq(WSARecv(pair.local, &part, 1, &got, &flags, NULL, NULL), 0);
    expect_eq(got, 1);
    expect_eq(byte, 'x');
    expect_eq(flags, MSG_OOB);
}

CASE("oob/recv/blocked-receive-goes-on") {
    struct pair pair = tcp_pair();
    struct call call;
    begin(&call, act_recv, &pair.local);
    urge_to(pair.peer, pair.local, "x");
    expect(still_blocked(&call, 100));
    give(pair.peer, "abc");
    expect_finish(&call, 3, 0);
    expect_eq(receive_urgent(pair.local), 'x');
}

CASE("oob/in-line/WSAEINVAL") {
    struct pair pair = tcp_pair();
    char byte;
    WSABUF part = {1, &byte};
    DWORD got = POISON, flags = MSG_OOB;
    in_line(pair.local, TRUE);
    expect_error(recv(pair.local, &byte, 1, MSG_OOB), WSAEINVAL);
    urge(pair.peer, "x");
    await_readable(pair.local);
    expect_error(recv(pair.local, &byte, 1, MSG_OOB), WSAEINVAL);
    expect_error(WSARecv(pair.local, &part, 1, &got, &flags, NULL, NULL), WSAEINVAL);
    expect_eq(queued(pair.local), 1);
}

CASE("oob/in-line/counts") {
    struct pair pair = tcp_pair();
    char buffer[8];
    in_line(pair.local, TRUE);
    urge(pair.peer, "x");
    await_queued(pair.local, 1);
    expect_eq(at_mark(pair.local), 1);
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 1);
    expect_eq(buffer[0], 'x');
    expect_eq(queued(pair.local), 0);
    expect_eq(at_mark(pair.local), 1);
}

CASE("oob/in-line/select") {
    struct pair pair = tcp_pair();
    in_line(pair.local, TRUE);
    urge(pair.peer, "x");
    expect_eq(readable(pair.local, PATIENCE), 1);
    expect_eq(excepted(pair.local, 0), 0);
}

CASE("oob/in-line/once") {
    struct pair pair = tcp_pair();
    char buffer[8];
    in_line(pair.local, TRUE);
    nonblocking(pair.local);
    urge(pair.peer, "x");
    await_readable(pair.local);
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 1);
    expect_error(recv(pair.local, buffer, sizeof buffer, 0), WSAEWOULDBLOCK);
    expect_eq(readable(pair.local, 0), 0);
    expect_eq(excepted(pair.local, 0), 0);
}

CASE("oob/in-line/in-order") {
    struct pair pair = tcp_pair();
    char buffer[8];
    in_line(pair.local, TRUE);
    give(pair.peer, "abc");
    urge(pair.peer, "x");
    give(pair.peer, "def");
    await_queued(pair.local, 7);
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 3);
    collect(pair.local, buffer + 3, 4);
    expect_bytes(buffer, "abcxdef");
}

CASE("oob/in-line/switched-on") {
    struct pair pair = tcp_pair();
    char buffer[8];
    urge_to(pair.peer, pair.local, "x");
    in_line(pair.local, TRUE);
    expect_eq(queued(pair.local), 1);
    expect_eq(at_mark(pair.local), 0);
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 1);
    expect_eq(buffer[0], 'x');
    expect_eq(at_mark(pair.local), 1);
    expect_eq(queued(pair.local), 0);
}

CASE("oob/in-line/no-replay") {
    struct pair pair = tcp_pair();
    char buffer[8];
    nonblocking(pair.local);
    give_to(pair.peer, pair.local, "ab");
    urge_to(pair.peer, pair.local, "x");
    expect_eq(receive_urgent(pair.local), 'x');
    in_line(pair.local, TRUE);
    expect_eq(queued(pair.local), 2);
    collect(pair.local, buffer, 2);
    expect_bytes(buffer, "ab");
    expect_error(recv(pair.local, buffer, sizeof buffer, 0), WSAEWOULDBLOCK);
}

CASE("oob/in-line/switched-off") {
    struct pair pair = tcp_pair();
    char buffer[8];
    in_line(pair.local, TRUE);
    urge(pair.peer, "x");
    await_queued(pair.local, 1);
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 1);
    in_line(pair.local, FALSE);
    urge_to(pair.peer, pair.local, "y");
    expect_eq(queued(pair.local), 0);
    expect_eq(receive_urgent(pair.local), 'y');
}

CASE("oob/in-line/inherited") {
    struct sockaddr_in where;
    SOCKET listening = listener(&where), s = tcp(), accepted;
    BOOL on = FALSE;
    int length = sizeof on;
    char byte = 0;
    in_line(listening, TRUE);
    require(connect(s, (struct sockaddr *)&where, sizeof where) == 0);
    accepted = accept(listening, NULL, NULL);
    require(accepted != INVALID_SOCKET);
    expect_eq(getsockopt(accepted, SOL_SOCKET, SO_OOBINLINE, (char *)&on, &length), 0);
    expect_eq(on, TRUE);
    urge(s, "x");
    await_readable(accepted);
    expect_eq(recv(accepted, &byte, 1, 0), 1);
    expect_eq(byte, 'x');
}
