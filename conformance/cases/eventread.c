/* FD_READ and FD_OOB in records of WSAEventSelect (clauses/eventread.md). */
#include "netevents.h"

#define NAME(address) ((struct sockaddr *)&(address))

/* A pair whose local side has these events selected and none recorded. */
static struct pair watched(HANDLE *event, long mask) {
    struct pair pair = tcp_pair();
    *event = select_events(pair.local, mask);
    return pair;
}

static void urge(SOCKET from) { require(send(from, "u", 1, MSG_OOB) == 1); }

static void receive_urgent(SOCKET s) {
    char byte;
    expect_eq(recv(s, &byte, 1, MSG_OOB), 1);
}

/* ---- FD_READ ---- */

CASE("wsaeventselect/fd-read/arrival") {
    HANDLE event;
    struct pair pair = watched(&event, FD_READ);
    expect_no_events(pair.local, event);
    give(pair.peer, "abc");
    expect_events(pair.local, event, FD_READ);
    expect_no_events(pair.local, event);
}

CASE("wsaeventselect/fd-read/reselected") {
    HANDLE event;
    struct pair pair = watched(&event, FD_READ);
    give(pair.peer, "abc");
    expect_events(pair.local, event, FD_READ);
    reselect(pair.local, event, FD_READ);
    expect_no_events(pair.local, event);
    reselect(pair.local, event, 0);
    reselect(pair.local, event, FD_READ);
    expect_no_events(pair.local, event);
}

CASE("wsaeventselect/fd-read/more-arrives") {
    HANDLE event;
    struct pair pair = watched(&event, FD_READ);
    give(pair.peer, "abc");
    expect_events(pair.local, event, FD_READ);
    give(pair.peer, "def");
    expect_events(pair.local, event, FD_READ);
    expect_no_events(pair.local, event);
}

CASE("wsaeventselect/fd-read/after-recv") {
    HANDLE event;
    struct pair pair = watched(&event, FD_READ);
    char byte;
    int i;
    give(pair.peer, "abcdefgh");
    await_queued(pair.local, 8);
    expect_events(pair.local, event, FD_READ);
    for (i = 0; i < 7; i++) {
        expect_eq(recv(pair.local, &byte, 1, 0), 1);
        expect_events(pair.local, event, FD_READ);
    }
    expect_eq(recv(pair.local, &byte, 1, 0), 1);
    expect_no_events(pair.local, event);
}

CASE("wsaeventselect/fd-read/after-peek") {
    HANDLE event;
    struct pair pair = watched(&event, FD_READ);
    char byte;
    give(pair.peer, "a");
    expect_events(pair.local, event, FD_READ);
    expect_eq(recv(pair.local, &byte, 1, MSG_PEEK), 1);
    expect_events(pair.local, event, FD_READ);
    expect_no_events(pair.local, event);
}

CASE("wsaeventselect/fd-read/after-overlapped") {
    HANDLE event;
    struct pair pair = watched(&event, FD_READ);
    struct posted r;
    give(pair.peer, "ab");
    await_queued(pair.local, 2);
    expect_events(pair.local, event, FD_READ);
    lay_out_event(&r, 1);
    expect_eq(post_recv(pair.local, &r), 0);
    expect_events(pair.local, event, FD_READ);
    lay_out_event(&r, 1);
    expect_eq(post_recv(pair.local, &r), 0);
    expect_no_events(pair.local, event);
}

CASE("wsaeventselect/fd-read/after-readfile") {
    HANDLE event;
    struct pair pair = watched(&event, FD_READ);
    struct request request;
    DWORD got = POISON;
    give(pair.peer, "ab");
    await_queued(pair.local, 2);
    expect_events(pair.local, event, FD_READ);
    request_init(&request, manual_event());
    if (!ReadFile((HANDLE)pair.local, request.bytes, 1, &got, &request.overlapped))
        require(GetLastError() == ERROR_IO_PENDING);
    expect_ended(&request, ENDED_WELL, 1);
    expect_events(pair.local, event, FD_READ);
}

static long long receive_with(int function, SOCKET s) {
    char byte;
    WSABUF part;
    DWORD got = POISON, flags = 0;
    int plain = 0;
    part.len = 1;
    part.buf = &byte;
    switch (function) {
    case 0:
        return recvfrom(s, &byte, 1, 0, NULL, NULL);
    case 1:
        return WSARecv(s, &part, 1, &got, &flags, NULL, NULL) ? -1 : (long long)got;
    case 2:
        return WSARecvFrom(s, &part, 1, &got, &flags, NULL, NULL, NULL, NULL) ? -1 : (long long)got;
    default:
        return WSARecvEx(s, &byte, 1, &plain);
    }
}

CASE("wsaeventselect/fd-read/after-each-receive") {
    HANDLE event;
    struct pair pair = watched(&event, FD_READ);
    int function;
    give(pair.peer, "abcde");
    await_queued(pair.local, 5);
    expect_events(pair.local, event, FD_READ);
    for (function = 0; function < 4; function++) {
        expect_eq(receive_with(function, pair.local), 1);
        expect_events(pair.local, event, FD_READ);
    }
}

CASE("wsaeventselect/fd-read/failing-recv") {
    HANDLE event;
    struct pair pair = watched(&event, FD_READ);
    char byte;
    give(pair.peer, "abc");
    expect_events(pair.local, event, FD_READ);
    expect_error(recv(pair.local, &byte, -1, 0), WSAEFAULT);
    expect_no_events(pair.local, event);
}

CASE("wsaeventselect/fd-read/before-selection") {
    struct pair pair = tcp_pair();
    HANDLE event;
    give_to(pair.peer, pair.local, "abc");
    event = select_events(pair.local, FD_CLOSE);
    expect_no_events(pair.local, event);
    reselect(pair.local, event, FD_READ);
    expect(signalled(event, 0));
    expect_events(pair.local, event, FD_READ);
    expect_no_events(pair.local, event);
}

CASE("wsaeventselect/fd-read/received-before-selection") {
    HANDLE event;
    struct pair pair = watched(&event, FD_CLOSE);
    char byte;
    give_to(pair.peer, pair.local, "a");
    expect_eq(recv(pair.local, &byte, 1, 0), 1);
    reselect(pair.local, event, FD_READ);
    expect_no_events(pair.local, event);
}

CASE("wsaeventselect/fd-read/pending-receive") {
    HANDLE event;
    struct pair pair = watched(&event, FD_READ);
    struct posted r;
    expect_pend(pair.local, &r, 8);
    give(pair.peer, "abc");
    expect_ends(pair.local, &r, 0, 3);
    expect_no_events(pair.local, event);
    give(pair.peer, "d");
    expect_events(pair.local, event, FD_READ);
}

CASE("wsaeventselect/fd-read/two-pending-receives") {
    HANDLE event;
    struct pair pair = watched(&event, FD_READ);
    struct posted first, second;
    expect_pend(pair.local, &first, 1);
    expect_pend(pair.local, &second, 1);
    give(pair.peer, "ab");
    expect_ends(pair.local, &first, 0, 1);
    expect_ends(pair.local, &second, 0, 1);
    expect_bytes(first.bytes, "a");
    expect_bytes(second.bytes, "b");
    expect_no_events(pair.local, event);
}

CASE("wsaeventselect/fd-read/udp") {
    struct pair pair = udp_pair();
    HANDLE event = select_events(pair.local, FD_READ);
    char buffer[8];
    give(pair.peer, "a");
    expect_events(pair.local, event, FD_READ);
    give(pair.peer, "b");
    expect_events(pair.local, event, FD_READ);
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 1);
    expect_events(pair.local, event, FD_READ);
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 1);
    expect_no_events(pair.local, event);
}

CASE("wsaeventselect/fd-read/port-unreachable") {
    struct sockaddr_in nobody = closed_port(SOCK_DGRAM);
    SOCKET s = udp_at(NULL);
    HANDLE event = select_events(s, FD_READ);
    char byte;
    require(sendto(s, "x", 1, 0, NAME(nobody), sizeof nobody) == 1);
    expect_events(s, event, FD_READ);
    expect_error(recv(s, &byte, 1, 0), WSAECONNRESET);
}

CASE("wsaeventselect/fd-read/many-arrivals") {
    HANDLE event;
    struct pair pair = watched(&event, FD_READ);
    char buffer[64];
    int sent, got = 0;
    for (sent = 0; sent < 200; sent++) give(pair.peer, "abc");
    while (got < 600) {
        int now;
        require(signalled(event, PATIENCE));
        expect_eq(enumerate(pair.local, event) & ~FD_READ, 0);
        now = recv(pair.local, buffer, sizeof buffer, 0);
        if (now > 0)
            got += now;
        else
            require(WSAGetLastError() == WSAEWOULDBLOCK);
    }
    expect_eq(got, 600);
}

/* ---- FD_OOB ---- */

CASE("wsaeventselect/fd-oob/arrival") {
    HANDLE event;
    struct pair pair = watched(&event, FD_READ | FD_OOB);
    urge(pair.peer);
    expect_events(pair.local, event, FD_OOB);
    expect_no_events(pair.local, event);
}

CASE("wsaeventselect/fd-oob/each-byte") {
    HANDLE event;
    struct pair pair = watched(&event, FD_OOB);
    urge(pair.peer);
    expect_events(pair.local, event, FD_OOB);
    urge(pair.peer);
    expect_events(pair.local, event, FD_OOB);
    expect_no_events(pair.local, event);
}

CASE("wsaeventselect/fd-oob/reselected") {
    HANDLE event;
    struct pair pair = watched(&event, FD_OOB);
    urge(pair.peer);
    expect_events(pair.local, event, FD_OOB);
    reselect(pair.local, event, FD_OOB);
    expect_no_events(pair.local, event);
    reselect(pair.local, event, 0);
    reselect(pair.local, event, FD_OOB);
    expect_no_events(pair.local, event);
}

CASE("wsaeventselect/fd-oob/before-selection") {
    HANDLE event;
    struct pair pair = watched(&event, 0);
    urge(pair.peer);
    require(excepted(pair.local, PATIENCE) == 1);
    reselect(pair.local, event, FD_OOB);
    expect_events(pair.local, event, FD_OOB);
}

CASE("wsaeventselect/fd-oob/after-recv") {
    HANDLE event;
    struct pair pair = watched(&event, FD_OOB);
    urge(pair.peer);
    expect_events(pair.local, event, FD_OOB);
    urge(pair.peer);
    expect_events(pair.local, event, FD_OOB);
    receive_urgent(pair.local);
    expect_events(pair.local, event, FD_OOB);
    receive_urgent(pair.local);
    expect_no_events(pair.local, event);
}

CASE("wsaeventselect/fd-oob/beside-data") {
    HANDLE event;
    struct pair pair = watched(&event, FD_READ | FD_OOB);
    char byte;
    give(pair.peer, "a");
    expect_events(pair.local, event, FD_READ);
    urge(pair.peer);
    expect_events(pair.local, event, FD_OOB);
    expect_eq(recv(pair.local, &byte, 1, 0), 1);
    expect_no_events(pair.local, event);
}

CASE("wsaeventselect/fd-oob/in-line") {
    struct pair pair = tcp_pair();
    BOOL on = TRUE;
    HANDLE event;
    require(setsockopt(pair.local, SOL_SOCKET, SO_OOBINLINE, (char *)&on, sizeof on) == 0);
    event = select_events(pair.local, FD_READ | FD_OOB);
    urge(pair.peer);
    expect_events(pair.local, event, FD_READ);
}
