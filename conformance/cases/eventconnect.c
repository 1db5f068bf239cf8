/* FD_CONNECT, FD_ACCEPT and FD_WRITE in records of WSAEventSelect (clauses/eventconnect.md). */
#include "netevents.h"

#define NAME(address) ((struct sockaddr *)&(address))
#define EVERY (FD_ACCEPT | FD_CONNECT | TRANSFER)

/* ---- FD_CONNECT ---- */

CASE("wsaeventselect/fd-connect/success") {
    struct sockaddr_in where;
    SOCKET listening = listener(&where), s = tcp();
    HANDLE event = select_events(s, FD_CONNECT | TRANSFER);
    expect_error(connect(s, NAME(where), sizeof where), WSAEWOULDBLOCK);
    expect_events(s, event, FD_CONNECT | FD_WRITE);
    expect_no_events(s, event);
    closesocket(listening);
}

CASE("wsaeventselect/fd-connect/failure") {
    struct sockaddr_in nobody = closed_port(SOCK_STREAM);
    SOCKET s = tcp();
    HANDLE event = select_events(s, FD_CONNECT | FD_READ | FD_WRITE);
    expect_error(connect(s, NAME(nobody), sizeof nobody), WSAEWOULDBLOCK);
    expect_events_code(s, event, FD_CONNECT, FD_CONNECT_BIT, WSAECONNREFUSED);
    expect_no_events(s, event);
}

CASE("wsaeventselect/fd-connect/failure-reselected") {
    struct sockaddr_in nobody = closed_port(SOCK_STREAM);
    SOCKET s = tcp();
    HANDLE event = select_events(s, FD_CONNECT);
    expect_error(connect(s, NAME(nobody), sizeof nobody), WSAEWOULDBLOCK);
    expect_events_code(s, event, FD_CONNECT, FD_CONNECT_BIT, WSAECONNREFUSED);
    reselect(s, event, FD_CONNECT);
    expect_no_events(s, event);
    reselect(s, event, 0);
    reselect(s, event, FD_CONNECT);
    expect_no_events(s, event);
}

CASE("wsaeventselect/fd-connect/in-progress") {
    SOCKET s = connecting();
    HANDLE event = select_events(s, FD_CONNECT | TRANSFER);
    expect_no_events(s, event);
}

CASE("wsaeventselect/fd-connect/before-selection") {
    struct pair pair = tcp_pair();
    HANDLE connected = select_events(pair.local, EVERY), accepted = select_events(pair.peer, EVERY);
    expect_events(pair.local, connected, FD_CONNECT | FD_WRITE);
    expect_no_events(pair.local, connected);
    expect_events(pair.peer, accepted, FD_WRITE);
    expect_no_events(pair.peer, accepted);
}

CASE("wsaeventselect/fd-connect/unconnected") {
    SOCKET s = tcp();
    HANDLE event = select_events(s, EVERY);
    expect_no_events(s, event);
    reselect(s, event, 0);
    reselect(s, event, FD_ALL_EVENTS);
    expect_no_events(s, event);
}

CASE("wsaeventselect/fd-connect/udp") {
    struct sockaddr_in where;
    SOCKET s = udp();
    HANDLE event = select_events(s, FD_CONNECT | TRANSFER);
    udp_at(&where);
    expect_eq(connect(s, NAME(where), sizeof where), 0);
    expect_events(s, event, FD_CONNECT | FD_WRITE);
    expect_no_events(s, event);
}

/* ---- FD_WRITE ---- */

CASE("wsaeventselect/fd-write/at-selection") {
    SOCKET stream = tcp_pair().local, datagram = udp_at(NULL);
    HANDLE of_stream = select_events(stream, FD_WRITE), of_datagram = select_events(datagram, FD_WRITE);
    expect(signalled(of_stream, 0));
    expect_events(stream, of_stream, FD_WRITE);
    expect_events(datagram, of_datagram, FD_WRITE);
    expect_no_events(stream, of_stream);
    expect_no_events(datagram, of_datagram);
}

CASE("wsaeventselect/fd-write/reselected") {
    SOCKET s = tcp_pair().local;
    HANDLE event = select_events(s, FD_WRITE);
    expect_events(s, event, FD_WRITE);
    reselect(s, event, FD_WRITE);
    expect_no_events(s, event);
    reselect(s, event, 0);
    reselect(s, event, FD_WRITE);
    expect_no_events(s, event);
}

CASE("wsaeventselect/fd-write/send") {
    SOCKET s = tcp_pair().local;
    HANDLE event = select_events(s, FD_WRITE);
    expect_eq(send(s, "abc", 3, 0), 3);
    expect_events(s, event, FD_WRITE);
    expect_eq(send(s, "abc", 3, 0), 3);
    expect_no_events(s, event);
}

CASE("wsaeventselect/fd-write/unbound-udp") {
    SOCKET s = udp();
    HANDLE event = select_events(s, FD_CONNECT | TRANSFER);
    expect_no_events(s, event);
}

/* Sends until WSAEWOULDBLOCK; what was sent. */
static long long fill(SOCKET s) {
    static const char block[65536];
    long long sent = 0;
    int now;
    while ((now = send(s, block, sizeof block, 0)) > 0) sent += now;
    require(WSAGetLastError() == WSAEWOULDBLOCK);
    return sent;
}

static void drain(SOCKET s, long long bytes) {
    static char block[65536];
    while (bytes > 0) {
        int got;
        await_readable(s);
        got = recv(s, block, sizeof block, 0);
        require(got > 0);
        bytes -= got;
    }
}

CASE("wsaeventselect/fd-write/after-WSAEWOULDBLOCK") {
    struct pair pair = tcp_pair();
    HANDLE event = select_events(pair.local, FD_WRITE);
    int round;
    expect_events(pair.local, event, FD_WRITE);
    for (round = 0; round < 2; round++) {
        long long sent = fill(pair.local);
        drain(pair.peer, sent);
        expect_events(pair.local, event, FD_WRITE);
        expect_eq(send(pair.local, "x", 1, 0), 1);
        drain(pair.peer, 1);
        expect_no_events(pair.local, event);
    }
}

CASE("wsaeventselect/fd-write/no-space") {
    struct pair pair = tcp_pair();
    HANDLE event = select_events(pair.local, FD_WRITE);
    expect_events(pair.local, event, FD_WRITE);
    do fill(pair.local);
    while (writable(pair.local, 200));
    enumerate(pair.local, event);
    expect_no_events(pair.local, event);
}

/* ---- FD_ACCEPT ---- */

static SOCKET call_on(struct sockaddr_in where) {
    SOCKET s = tcp();
    require(connect(s, NAME(where), sizeof where) == 0);
    return s;
}

CASE("wsaeventselect/fd-accept/arrival") {
    struct sockaddr_in where;
    SOCKET s = listener(&where);
    HANDLE event = select_events(s, EVERY);
    expect_no_events(s, event);
    call_on(where);
    expect_events(s, event, FD_ACCEPT);
    expect_no_events(s, event);
}

CASE("wsaeventselect/fd-accept/each-connection") {
    struct sockaddr_in where;
    SOCKET s = listener(&where);
    HANDLE event = select_events(s, FD_ACCEPT);
    call_on(where);
    expect_events(s, event, FD_ACCEPT);
    call_on(where);
    expect_events(s, event, FD_ACCEPT);
    expect_no_events(s, event);
}

CASE("wsaeventselect/fd-accept/after-accept") {
    struct sockaddr_in where;
    SOCKET s = listener(&where);
    HANDLE event = select_events(s, FD_ACCEPT);
    call_on(where);
    expect_events(s, event, FD_ACCEPT);
    call_on(where);
    expect_events(s, event, FD_ACCEPT);
    expect(accept(s, NULL, NULL) != INVALID_SOCKET);
    expect_events(s, event, FD_ACCEPT);
    expect(WSAAccept(s, NULL, NULL, NULL, 0) != INVALID_SOCKET);
    expect_no_events(s, event);
    expect_error(accept(s, NULL, NULL), WSAEWOULDBLOCK);
}

CASE("wsaeventselect/fd-accept/before-selection") {
    struct sockaddr_in where;
    SOCKET s = listener(&where);
    HANDLE event;
    call_on(where);
    await_readable(s);
    event = select_events(s, FD_ACCEPT);
    expect_events(s, event, FD_ACCEPT);
}

CASE("wsaeventselect/fd-accept/before-listen") {
    struct sockaddr_in where = loopback(0);
    int length = sizeof where;
    SOCKET s = tcp();
    HANDLE event = select_events(s, FD_ACCEPT);
    require(bind(s, NAME(where), sizeof where) == 0);
    require(getsockname(s, NAME(where), &length) == 0);
    require(listen(s, 5) == 0);
    call_on(where);
    expect_events(s, event, FD_ACCEPT);
}

CASE("wsaeventselect/fd-accept/acceptex") {
    struct sockaddr_in where;
    SOCKET s = listener(&where), accepting = tcp();
    HANDLE event = select_events(s, FD_ACCEPT);
    struct posted r;
    DWORD got = POISON;
    lay_out_event(&r, 64);
    expect_false(AcceptEx(s, accepting, r.bytes, 0, sizeof(struct sockaddr_in) + 16,
                          sizeof(struct sockaddr_in) + 16, &got, (OVERLAPPED *)&r.over),
                 ERROR_IO_PENDING);
    call_on(where);
    expect_ends(s, &r, 0, 0);
    expect_no_events(s, event);
    call_on(where);
    expect_events(s, event, FD_ACCEPT);
}
