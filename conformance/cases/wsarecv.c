/* WSARecv without OVERLAPPED (clauses/wsarecv.md). */
#include "harness.h"

static int receive(SOCKET s, void *bytes, u_long length, DWORD *got) {
    WSABUF part;
    DWORD flags = 0;
    part.len = length;
    part.buf = (char *)bytes;
    return WSARecv(s, &part, 1, got, &flags, NULL, NULL);
}

CASE("wsarecv/error/WSAENOTCONN") {
    char buffer[8];
    DWORD got = POISON;
    poison(buffer, sizeof buffer);
    expect_error(receive(tcp(), buffer, sizeof buffer, &got), WSAENOTCONN);
    expect_eq(got, POISON);
    expect_untouched(buffer, sizeof buffer);
}

CASE("wsarecv/precedence/state-before-pointers") {
    expect_error(WSARecv(listener(NULL), NULL, 0, NULL, NULL, NULL, NULL), WSAENOTCONN);
}

CASE("wsarecv/error/WSAEINVAL-unbound-udp") {
    char buffer[8];
    DWORD got = POISON;
    expect_error(receive(udp(), buffer, sizeof buffer, &got), WSAEINVAL);
    expect_eq(got, POISON);
}

CASE("wsarecv/error/WSAEINVAL-no-buffers") {
    struct pair pair = tcp_pair();
    char buffer[8];
    WSABUF part = {sizeof buffer, buffer};
    DWORD got = POISON, flags = 0;
    give_to(pair.peer, pair.local, "abcd");
    expect_error(WSARecv(pair.local, NULL, 0, &got, &flags, NULL, NULL), WSAEINVAL);
    expect_error(WSARecv(pair.local, &part, 0, &got, &flags, NULL, NULL), WSAEINVAL);
    expect_eq(got, POISON);
    expect_eq(queued(pair.local), 4);
}

CASE("wsarecv/error/WSAEINVAL-no-buffers-overlapped") {
    struct pair pair = tcp_pair();
    char buffer[8];
    WSABUF part = {sizeof buffer, buffer};
    WSAOVERLAPPED overlapped;
    DWORD got = POISON, flags = 0;
    memset(&overlapped, 0, sizeof overlapped);
    expect_error(WSARecv(pair.local, NULL, 0, &got, &flags, &overlapped, NULL), WSAEINVAL);
    expect_error(WSARecv(pair.local, &part, 0, &got, &flags, &overlapped, NULL), WSAEINVAL);
}

CASE("wsarecv/error/WSAEFAULT-buffer") {
    struct pair pair = tcp_pair();
    DWORD got = POISON;
    give_to(pair.peer, pair.local, "abcd");
    expect_error(receive(pair.local, UNMAPPED(char), 4, &got), WSAEFAULT);
    expect_error(receive(pair.local, NULL, 4, &got), WSAEFAULT);
    expect_eq(got, POISON);
    expect_eq(queued(pair.local), 4);
}

CASE("wsarecv/error/WSAEFAULT-array") {
    struct pair pair = tcp_pair();
    DWORD got = POISON, flags = 0;
    give_to(pair.peer, pair.local, "abcd");
    expect_error(WSARecv(pair.local, NULL, 1, &got, &flags, NULL, NULL), WSAEFAULT);
    expect_error(WSARecv(pair.local, UNMAPPED(WSABUF), 1, &got, &flags, NULL, NULL), WSAEFAULT);
    expect_eq(queued(pair.local), 4);
}

CASE("wsarecv/error/WSAEFAULT-no-flags") {
    struct pair pair = tcp_pair();
    char buffer[8];
    WSABUF part = {sizeof buffer, buffer};
    DWORD got = POISON;
    give_to(pair.peer, pair.local, "abcd");
    expect_error(WSARecv(pair.local, &part, 1, &got, NULL, NULL, NULL), WSAEFAULT);
    expect_eq(queued(pair.local), 4);
}

CASE("wsarecv/error/WSAEWOULDBLOCK") {
    SOCKET s = tcp_pair().local;
    char buffer[8];
    DWORD got = POISON;
    nonblocking(s);
    expect_error(receive(s, buffer, sizeof buffer, &got), WSAEWOULDBLOCK);
    expect_eq(got, POISON);
}

CASE("wsarecv/remarks/buffers-in-order") {
    struct pair pair = tcp_pair();
    char first[4], second[5];
    WSABUF parts[2] = {{4, first}, {5, second}};
    DWORD got = POISON, flags = 0;
    give(pair.peer, "abcdefghi");
    await_queued(pair.local, 9);
    expect_clears(WSARecv(pair.local, parts, 2, &got, &flags, NULL, NULL), 0);
    expect_eq(got, 9);
    expect_bytes(first, "abcd");
    expect_bytes(second, "efghi");
}

CASE("wsarecv/remarks/no-holes") {
    struct pair pair = tcp_pair();
    char room[16];
    WSABUF parts[2] = {{2, room}, {4, room + 4}};
    DWORD got = POISON, flags = 0;
    poison(room, sizeof room);
    give(pair.peer, "abcde");
    await_queued(pair.local, 5);
    expect_eq(WSARecv(pair.local, parts, 2, &got, &flags, NULL, NULL), 0);
    expect_eq(got, 5);
    expect_bytes(room, "ab");
    expect_bytes(room + 4, "cde");
    expect_eq((unsigned char)room[2], 0xad);
    expect_eq((unsigned char)room[3], 0xde);
    expect_eq((unsigned char)room[7], 0xde);
    expect_untouched(room + 8, 8);
}

CASE("wsarecv/remarks/many-buffers") {
    static char text[1201], room[1200];
    static WSABUF parts[1200];
    struct pair pair = tcp_pair();
    DWORD got = POISON, flags = 0, i;
    for (i = 0; i < 1200; i++) {
        text[i] = (char)('a' + i % 26);
        parts[i].len = 1;
        parts[i].buf = room + i;
    }
    give(pair.peer, text);
    await_queued(pair.local, 1200);
    expect_eq(WSARecv(pair.local, parts, 1200, &got, &flags, NULL, NULL), 0);
    expect_eq(got, 1200);
    expect_bytes(room, text);
}

CASE("wsarecv/remarks/empty-buffer-among-others") {
    struct pair pair = tcp_pair();
    char first[2], second[2];
    WSABUF parts[3] = {{2, first}, {0, NULL}, {2, second}};
    DWORD got = POISON, flags = 0;
    give(pair.peer, "abcd");
    await_queued(pair.local, 4);
    expect_eq(WSARecv(pair.local, parts, 3, &got, &flags, NULL, NULL), 0);
    expect_eq(got, 4);
    expect_bytes(first, "ab");
    expect_bytes(second, "cd");
}

CASE("wsarecv/remarks/blocks-until-data") {
    struct pair pair = tcp_pair();
    struct call call;
    begin(&call, act_wsarecv, &pair.local);
    give(pair.peer, "abc");
    expect_finish(&call, 0, 0);
}

CASE("wsarecv/remarks/plain-socket-waits") {
    struct sockaddr_in where;
    SOCKET listening = listener(&where), peer, s = WSASocketA(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, 0);
    struct call call;
    char buffer[8];
    DWORD got = POISON;
    require(connect(s, (struct sockaddr *)&where, sizeof where) == 0);
    peer = accept(listening, NULL, NULL);
    begin(&call, act_wsarecv, &s);
    give(peer, "abcd");
    expect_finish(&call, 0, 0);
    give_to(peer, s, "efgh");
    expect_eq(receive(s, buffer, sizeof buffer, &got), 0);
    expect_eq(got, 4);
}

CASE("wsarecv/returns/zero-at-close") {
    struct pair pair = tcp_pair();
    char buffer[8];
    DWORD got = POISON;
    require(closesocket(pair.peer) == 0);
    expect_clears(receive(pair.local, buffer, sizeof buffer, &got), 0);
    expect_eq(got, 0);
}

static int routine_ran;

static void CALLBACK routine(DWORD error, DWORD bytes, LPWSAOVERLAPPED overlapped, DWORD flags) {
    (void)error, (void)bytes, (void)overlapped, (void)flags;
    routine_ran++;
}

CASE("wsarecv/remarks/routine-without-overlapped") {
    struct pair pair = tcp_pair();
    char buffer[8];
    WSABUF part = {sizeof buffer, buffer};
    DWORD got = POISON, flags = 0;
    give_to(pair.peer, pair.local, "abcd");
    expect_clears(WSARecv(pair.local, &part, 1, &got, &flags, NULL, routine), 0);
    expect_eq(got, 4);
    expect_eq(routine_ran, 0);
}

CASE("wsarecv/param/flags-out") {
    struct pair pair = tcp_pair();
    char buffer[8];
    WSABUF part = {sizeof buffer, buffer};
    DWORD got, flags = MSG_PEEK;
    give_to(pair.peer, pair.local, "abcd");
    expect_eq(WSARecv(pair.local, &part, 1, &got, &flags, NULL, NULL), 0);
    expect_eq(flags, 0);
    expect_eq(WSARecv(pair.local, &part, 1, &got, &flags, NULL, NULL), 0);
    expect_eq(flags, 0);
    expect_eq(got, 4);
}

CASE("wsarecv/param/flags-out-stream") {
    struct pair pair = tcp_pair();
    char buffer[2];
    WSABUF part = {sizeof buffer, buffer};
    DWORD got, flags = 0;
    give_to(pair.peer, pair.local, "abcd");
    expect_eq(WSARecv(pair.local, &part, 1, &got, &flags, NULL, NULL), 0);
    expect_eq(flags, 0);
    expect_eq(got, 2);
}
