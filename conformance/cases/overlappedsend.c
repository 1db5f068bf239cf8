/* Overlapped sends (clauses/overlappedsend.md). */
#include "harness.h"

#define NAME(address) ((struct sockaddr *)&(address))

/* ---- Sends ---- */

static int post_send(SOCKET s, struct posted *r, const char *text) {
    lay_out_event(r, (u_long)strlen(text));
    memcpy(r->bytes, text, strlen(text));
    return WSASend(s, &r->part, 1, &r->got, 0, &r->over, NULL);
}

CASE("overlapped/send/completes") {
    struct pair pair = tcp_pair();
    struct posted r;
    char buffer[8];
    int result = post_send(pair.local, &r, "abcd");
    expect(result == 0 || WSAGetLastError() == WSA_IO_PENDING);
    if (result == 0) expect_eq(r.got, 4);
    expect_ends(pair.local, &r, 0, 4);
    expect_result(pair.local, &r, TRUE, 4, 0);
    expect_eq(recv(pair.peer, buffer, sizeof buffer, 0), 4);
    expect_bytes(buffer, "abcd");
}

CASE("overlapped/send/no-count") {
    struct pair pair = tcp_pair();
    struct posted r;
    int result;
    lay_out_event(&r, 4);
    result = WSASend(pair.local, &r.part, 1, NULL, 0, &r.over, NULL);
    expect(result == 0 || WSAGetLastError() == WSA_IO_PENDING);
    expect_ends(pair.local, &r, 0, 4);
}

CASE("overlapped/send/gathers") {
    struct pair pair = tcp_pair();
    struct posted r;
    WSABUF parts[2] = {{2, (char *)"ab"}, {4, (char *)"cdef"}};
    char buffer[8];
    lay_out_event(&r, 0);
    WSASend(pair.local, parts, 2, &r.got, 0, &r.over, NULL);
    expect_ends(pair.local, &r, 0, 6);
    await_queued(pair.peer, 6);
    expect_eq(recv(pair.peer, buffer, sizeof buffer, 0), 6);
    expect_bytes(buffer, "abcdef");
}

#define MUCH (16 << 20)

/* Two sends that no queue holds; the bytes of the first are 1, those of the second 2. */
static void post_much(SOCKET s, struct posted r[2], char *bytes[2]) {
    int i;
    for (i = 0; i < 2; i++) {
        bytes[i] = malloc(MUCH);
        require(bytes[i] != NULL);
        memset(bytes[i], i + 1, MUCH);
        lay_out_event(&r[i], 0);
        r[i].part.len = MUCH;
        r[i].part.buf = bytes[i];
        require(WSASend(s, &r[i].part, 1, &r[i].got, 0, &r[i].over, NULL) == 0 ||
                WSAGetLastError() == WSA_IO_PENDING);
    }
}

/* Reads all of both, and that they come one after the other. */
static void drain(SOCKET s) {
    static char buffer[65536];
    long long count = 0;
    int wrong = 0;
    while (count < 2LL * MUCH) {
        int i, got = recv(s, buffer, sizeof buffer, 0);
        require(got > 0);
        for (i = 0; i < got; i++, count++) wrong += buffer[i] != (count < MUCH ? 1 : 2);
    }
    expect_eq(wrong, 0);
}

CASE("overlapped/send/much") {
    struct pair pair = tcp_pair();
    struct posted r[2];
    char *bytes[2];
    post_much(pair.local, r, bytes);
    drain(pair.peer);
    expect_ends(pair.local, &r[0], 0, MUCH);
    expect_ends(pair.local, &r[1], 0, MUCH);
    expect_result(pair.local, &r[1], TRUE, MUCH, 0);
}

CASE("overlapped/send/much-nonblocking") {
    struct pair pair = tcp_pair();
    struct posted r[2];
    char *bytes[2];
    nonblocking(pair.local);
    post_much(pair.local, r, bytes);
    drain(pair.peer);
    expect_ends(pair.local, &r[0], 0, MUCH);
    expect_ends(pair.local, &r[1], 0, MUCH);
}

CASE("overlapped/send/both-ways") {
    struct pair pair = tcp_pair();
    struct posted sent[2], received;
    char *bytes[2];
    expect_pend(pair.local, &received, 16);
    post_much(pair.local, sent, bytes);
    give(pair.peer, "abcd");
    expect_ends(pair.local, &received, 0, 4);
    drain(pair.peer);
    expect_ends(pair.local, &sent[1], 0, MUCH);
}

CASE("overlapped/send/errors") {
    struct pair pair = tcp_pair();
    struct posted r;
    expect_error(post_send(tcp(), &r, "abcd"), WSAENOTCONN);
    require(shutdown(pair.local, SD_SEND) == 0);
    expect_error(post_send(pair.local, &r, "abcd"), WSAESHUTDOWN);
    expect_eq(r.got, POISON);
}

CASE("overlapped/send/datagram") {
    struct pair pair = udp_pair();
    struct posted r;
    int result = post_send(pair.local, &r, "abcd");
    expect(result == 0 || WSAGetLastError() == WSA_IO_PENDING);
    expect_ends(pair.local, &r, 0, 4);
    await_queued(pair.peer, 4);
}

CASE("overlapped/sendto/completes") {
    struct sockaddr_in where;
    SOCKET s = udp(), to = udp_at(&where);
    struct posted r;
    char buffer[8];
    int result;
    lay_out_event(&r, 4);
    memcpy(r.bytes, "abcd", 4);
    result = WSASendTo(s, &r.part, 1, &r.got, 0, NAME(where), sizeof where, &r.over, NULL);
    expect(result == 0 || WSAGetLastError() == WSA_IO_PENDING);
    expect_ends(s, &r, 0, 4);
    expect_result(s, &r, TRUE, 4, 0);
    expect_eq(recv(to, buffer, sizeof buffer, 0), 4);
    expect_bytes(buffer, "abcd");
}
