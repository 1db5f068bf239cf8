/* How WSASendMsg fails, and its overlapped operations (clauses/wsasendmsgends.md). */
#include "sendmsg.h"

COLD_CASE("wsasendmsg/error/WSANOTINITIALISED") {
    struct message m;
    prepare(&m, "abcd", 4, NULL, 0);
    expect_error(post(4, &m), WSANOTINITIALISED);
}

CASE("wsasendmsg/error/WSAENOTSOCK") {
    struct message m;
    prepare(&m, "abcd", 4, NULL, 0);
    expect_error(post(INVALID_SOCKET, &m), WSAENOTSOCK);
    expect_error(WSASendMsg(0, NULL, 0, NULL, NULL, NULL), WSAENOTSOCK);
}

CASE("wsasendmsg/error/stream") {
    struct message m;
    prepare(&m, "abcd", 4, NULL, 0);
    expect_error(post(tcp(), &m), WSAEINVAL);
    expect_error(post(tcp_pair().local, &m), WSAEINVAL);
}

CASE("wsasendmsg/error/WSAEFAULT-message") {
    DWORD sent = POISON;
    expect_error(WSASendMsg(udp_pair().local, NULL, 0, &sent, NULL, NULL), WSAEFAULT);
    expect_error(WSASendMsg(udp_pair().local, UNMAPPED(WSAMSG), 0, &sent, NULL, NULL), WSAEFAULT);
    expect_eq(sent, POISON);
}

CASE("wsasendmsg/error/WSAEFAULT-name") {
    struct message m;
    prepare(&m, "abcd", 4, NULL, sizeof(struct sockaddr_in));
    expect_error(post(udp(), &m), WSAEFAULT);
    expect_error(post(udp_pair().local, &m), WSAEFAULT);
}

CASE("wsasendmsg/error/WSAEFAULT-control") {
    struct pair pair = udp_pair();
    struct message m;
    prepare(&m, "abcd", 4, NULL, 0);
    m.head.Control.len = 24;
    expect_error(post(pair.local, &m), WSAEFAULT);
    nothing_comes(pair.peer);
}

CASE("wsasendmsg/error/WSAEFAULT-count") {
    struct pair pair = udp_pair();
    struct message m;
    prepare(&m, "abcd", 4, NULL, 0);
    expect_error(WSASendMsg(pair.local, &m.head, 0, NULL, NULL, NULL), WSAEFAULT);
    nothing_comes(pair.peer);
}

CASE("wsasendmsg/error/WSAENOTCONN") {
    struct message m;
    prepare(&m, "abcd", 4, NULL, 0);
    expect_error(post(udp_at(NULL), &m), WSAENOTCONN);
}

CASE("wsasendmsg/error/WSAESHUTDOWN") {
    struct pair pair = udp_pair();
    struct message m;
    require(shutdown(pair.local, SD_SEND) == 0);
    prepare(&m, "abcd", 4, NULL, 0);
    expect_error(post(pair.local, &m), WSAESHUTDOWN);
}

CASE("wsasendmsg/error/WSAEOPNOTSUPP") {
    struct pair pair = udp_pair();
    struct message m;
    prepare(&m, "abcd", 4, NULL, 0);
    expect_error(WSASendMsg(pair.local, &m.head, MSG_PEEK, &m.sent, NULL, NULL), WSAEOPNOTSUPP);
    nothing_comes(pair.peer);
}

CASE("wsasendmsg/error/WSAEMSGSIZE") {
    static char bytes[70000];
    struct pair pair = udp_pair();
    struct message m;
    prepare(&m, bytes, sizeof bytes, NULL, 0);
    expect_error(post(pair.local, &m), WSAEMSGSIZE);
    nothing_comes(pair.peer);
}

CASE("wsasendmsg/error/WSAEINVAL-control-length") {
    static char control[4097];
    struct pair pair = udp_pair();
    struct message m;
    prepare(&m, "abcd", 4, NULL, 0);
    m.head.Control.buf = control;
    m.head.Control.len = sizeof control;
    expect_error(post(pair.local, &m), WSAEINVAL);
    nothing_comes(pair.peer);
}

CASE("wsasendmsg/overlapped/event") {
    struct pair pair = udp_pair();
    struct message m;
    struct posted r;
    DWORD got = POISON, flags;
    lay_out(&r, 8, manual_event());
    prepare(&m, "abcdefgh", 8, NULL, 0);
    add_number(&m, IPPROTO_UDP, UDP_SEND_MSG_SIZE, 4);
    expect_eq(WSASendMsg(pair.local, &m.head, 0, NULL, &r.over, NULL), 0);
    expect(signalled(r.over.hEvent, PATIENCE));
    expect(WSAGetOverlappedResult(pair.local, &r.over, &got, FALSE, &flags));
    expect_eq(got, 8);
    next_is(pair.peer, "abcd");
    next_is(pair.peer, "efgh");
}

static DWORD routine_code, routine_bytes;

static void CALLBACK note(DWORD code, DWORD bytes, LPWSAOVERLAPPED overlapped, DWORD flags) {
    (void)overlapped;
    (void)flags;
    routine_code = code;
    routine_bytes = bytes;
}

CASE("wsasendmsg/overlapped/routine") {
    struct pair pair = udp_pair();
    struct message m;
    struct posted r;
    lay_out(&r, 8, NULL);
    routine_code = routine_bytes = POISON;
    prepare(&m, "abcd", 4, NULL, 0);
    expect_eq(WSASendMsg(pair.local, &m.head, 0, NULL, &r.over, note), 0);
    expect_eq(routine_bytes, POISON);
    expect_eq(SleepEx(PATIENCE, TRUE), WAIT_IO_COMPLETION);
    expect_eq(routine_code, 0);
    expect_eq(routine_bytes, 4);
    next_is(pair.peer, "abcd");
}

CASE("wsasendmsg/overlapped/port") {
    struct pair pair = udp_pair();
    HANDLE port = CreateIoCompletionPort((HANDLE)(ULONG_PTR)pair.local, NULL, 7, 0);
    struct message m;
    struct posted r;
    OVERLAPPED *which = NULL;
    ULONG_PTR key = 0;
    DWORD bytes = POISON;
    require(port != NULL);
    lay_out(&r, 8, NULL);
    prepare(&m, "abcd", 4, NULL, 0);
    expect_eq(WSASendMsg(pair.local, &m.head, 0, NULL, &r.over, NULL), 0);
    expect(GetQueuedCompletionStatus(port, &bytes, &key, &which, PATIENCE));
    expect(which == &r.over);
    expect_eq(key, 7);
    expect_eq(bytes, 4);
}

/* Behind a send of very many datagrams, which go elsewhere, the message waits for its turn. */
CASE("wsasendmsg/overlapped/captured") {
    static char many[1 << 20];
    struct sockaddr_in where, elsewhere;
    SOCKET to = udp_at(&where), s = udp();
    struct message m, first;
    struct posted r, before;
    WSABUF parts[2] = {{2, (char *)"ab"}, {2, (char *)"cd"}};
    DWORD got, flags;
    udp_at(&elsewhere);
    require(set(s, IPPROTO_UDP, UDP_SEND_MSG_SIZE, 8) == 0);
    lay_out(&before, 8, manual_event());
    prepare(&first, many, sizeof many, &elsewhere, sizeof elsewhere);
    WSASendMsg(s, &first.head, 0, NULL, &before.over, NULL);
    lay_out(&r, 8, manual_event());
    prepare(&m, NULL, 0, &where, sizeof where);
    m.head.lpBuffers = parts;
    m.head.dwBufferCount = 2;
    add_number(&m, IPPROTO_UDP, UDP_SEND_MSG_SIZE, 3);
    WSASendMsg(s, &m.head, 0, NULL, &r.over, NULL);
    memset(&m, 0xee, sizeof m);
    memset(&where, 0xee, sizeof where);
    memset(parts, 0xee, sizeof parts);
    expect(signalled(r.over.hEvent, PATIENCE));
    expect(WSAGetOverlappedResult(s, &r.over, &got, FALSE, &flags));
    expect_eq(got, 4);
    next_is(to, "abc");
    next_is(to, "d");
    expect(WSAGetOverlappedResult(s, &before.over, &got, FALSE, &flags));
    expect_eq(got, sizeof many);
}
