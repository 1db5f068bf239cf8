/* WSAEnumNetworkEvents: its parameters, what it writes, clears and resets (clauses/enumnetworkevents.md). */
#include "netevents.h"

#define NAME(address) ((struct sockaddr *)&(address))

/* A pair whose local side has FD_READ recorded and its event set. */
static struct pair recorded(HANDLE *event) {
    struct pair pair = tcp_pair();
    *event = select_events(pair.local, FD_READ);
    give(pair.peer, "x");
    require(signalled(*event, PATIENCE));
    return pair;
}

COLD_CASE("wsaenumnetworkevents/error/WSANOTINITIALISED") {
    WSANETWORKEVENTS record;
    expect_error(WSAEnumNetworkEvents(INVALID_SOCKET, NULL, &record), WSANOTINITIALISED);
}

CASE("wsaenumnetworkevents/error/WSAENOTSOCK") {
    SOCKET closed = tcp();
    WSANETWORKEVENTS record;
    require(closesocket(closed) == 0);
    poison(&record, sizeof record);
    expect_error(WSAEnumNetworkEvents(INVALID_SOCKET, NULL, &record), WSAENOTSOCK);
    expect_error(WSAEnumNetworkEvents(closed, NULL, &record), WSAENOTSOCK);
    expect_untouched(&record, sizeof record);
}

CASE("wsaenumnetworkevents/error/WSAENOTSOCK-keeps-the-event") {
    HANDLE event = manual_event();
    WSANETWORKEVENTS record;
    require(SetEvent(event));
    expect_error(WSAEnumNetworkEvents(INVALID_SOCKET, event, &record), WSAENOTSOCK);
    expect(signalled(event, 0));
}

CASE("wsaenumnetworkevents/error/WSAENOTSOCK-first") {
    expect_error(WSAEnumNetworkEvents(INVALID_SOCKET, NULL, NULL), WSAENOTSOCK);
}

CASE("wsaenumnetworkevents/error/WSAEFAULT") {
    SOCKET s = tcp_pair().local;
    expect_error(WSAEnumNetworkEvents(s, NULL, NULL), WSAEFAULT);
    expect_error(WSAEnumNetworkEvents(s, NULL, UNMAPPED(WSANETWORKEVENTS)), WSAEFAULT);
}

CASE("wsaenumnetworkevents/error/WSAEFAULT-clears-nothing") {
    HANDLE event;
    struct pair pair = recorded(&event);
    expect_error(WSAEnumNetworkEvents(pair.local, event, NULL), WSAEFAULT);
    expect(signalled(event, 0));
    expect_eq(enumerate(pair.local, event), FD_READ);
}

CASE("wsaenumnetworkevents/error/WSAEINVAL-closed-event") {
    HANDLE event, closed = manual_event();
    struct pair pair = recorded(&event);
    WSANETWORKEVENTS record;
    require(CloseHandle(closed));
    expect_error(WSAEnumNetworkEvents(pair.local, closed, &record), WSAEINVAL);
    expect_eq(enumerate(pair.local, event), FD_READ);
}

CASE("wsaenumnetworkevents/returns/last-error") {
    HANDLE event;
    struct pair pair = recorded(&event);
    WSANETWORKEVENTS record;
    expect_clears(WSAEnumNetworkEvents(pair.local, event, &record), 0);
    expect_clears(WSAEnumNetworkEvents(pair.local, event, &record), 0);
}

CASE("wsaenumnetworkevents/returns/nothing-selected") {
    struct pair pair = tcp_pair();
    HANDLE event = manual_event();
    give_to(pair.peer, pair.local, "x");
    require(SetEvent(event));
    expect_eq(enumerate(pair.local, event), 0);
    expect(!signalled(event, 0));
}

CASE("wsaenumnetworkevents/record/once") {
    HANDLE event;
    struct pair pair = recorded(&event);
    expect_eq(enumerate(pair.local, event), FD_READ);
    expect_no_events(pair.local, event);
}

CASE("wsaenumnetworkevents/record/several") {
    struct pair pair = tcp_pair();
    HANDLE event = select_events(pair.local, TRANSFER);
    WSANETWORKEVENTS record;
    give_to(pair.peer, pair.local, "x");
    poison(&record, sizeof record);
    expect_eq(WSAEnumNetworkEvents(pair.local, event, &record), 0);
    expect_eq(record.lNetworkEvents, FD_READ | FD_WRITE);
    expect_eq(record.iErrorCode[FD_READ_BIT], 0);
    expect_eq(record.iErrorCode[FD_WRITE_BIT], 0);
}

CASE("wsaenumnetworkevents/record/other-codes-untouched") {
    HANDLE event;
    struct pair pair = recorded(&event);
    WSANETWORKEVENTS record;
    int bit;
    poison(&record, sizeof record);
    expect_eq(WSAEnumNetworkEvents(pair.local, event, &record), 0);
    expect_eq(record.lNetworkEvents, FD_READ);
    for (bit = 0; bit < FD_MAX_EVENTS; bit++)
        expect_eq(record.iErrorCode[bit], bit == FD_READ_BIT ? 0 : (int)POISON);
}

CASE("wsaenumnetworkevents/record/no-codes-without-events") {
    SOCKET s = tcp_pair().local;
    HANDLE event = select_events(s, FD_READ);
    WSANETWORKEVENTS record;
    poison(&record, sizeof record);
    expect_eq(WSAEnumNetworkEvents(s, event, &record), 0);
    expect_eq(record.lNetworkEvents, 0);
    expect_untouched(record.iErrorCode, sizeof record.iErrorCode);
}

CASE("wsaenumnetworkevents/event/none") {
    HANDLE event;
    struct pair pair = recorded(&event);
    expect_eq(enumerate(pair.local, NULL), FD_READ);
    expect(signalled(event, 0));
    expect_eq(enumerate(pair.local, event), 0);
    expect(!signalled(event, 0));
}

CASE("wsaenumnetworkevents/event/reset") {
    HANDLE event;
    struct pair pair = recorded(&event);
    expect_eq(enumerate(pair.local, event), FD_READ);
    expect(!signalled(event, 0));
}

CASE("wsaenumnetworkevents/event/reset-without-events") {
    SOCKET s = tcp_pair().local;
    HANDLE event = select_events(s, FD_READ);
    require(SetEvent(event));
    expect_eq(enumerate(s, event), 0);
    expect(!signalled(event, 0));
}

CASE("wsaenumnetworkevents/event/another") {
    HANDLE event, other = manual_event();
    struct pair pair = recorded(&event);
    require(SetEvent(other));
    expect_eq(enumerate(pair.local, other), FD_READ);
    expect(!signalled(other, 0));
    expect(signalled(event, 0));
}

CASE("wsaenumnetworkevents/record/unselected-stay") {
    struct pair pair = tcp_pair();
    HANDLE event = select_events(pair.local, 0);
    give_to(pair.peer, pair.local, "x");
    expect_no_events(pair.local, event);
    reselect(pair.local, event, FD_READ | FD_WRITE);
    expect_eq(enumerate(pair.local, event), FD_READ | FD_WRITE);
}

CASE("wsaenumnetworkevents/event/stays-after-the-data") {
    HANDLE event;
    struct pair pair = recorded(&event);
    char byte;
    expect_eq(recv(pair.local, &byte, 1, 0), 1);
    expect(signalled(event, 0));
    expect_error(recv(pair.local, &byte, 1, 0), WSAEWOULDBLOCK);
}

/* A listener with FD_ACCEPT recorded and its event set. */
static SOCKET called(HANDLE *event) {
    struct sockaddr_in where;
    SOCKET s = listener(&where);
    *event = select_events(s, FD_ACCEPT);
    require(connect(tcp(), NAME(where), sizeof where) == 0);
    require(signalled(*event, PATIENCE));
    return s;
}

CASE("wsaenumnetworkevents/record/narrowed-mask") {
    HANDLE event;
    SOCKET s = called(&event);
    reselect(s, event, FD_CLOSE);
    expect(signalled(event, 0));
    require(ResetEvent(event));
    reselect(s, event, FD_CLOSE);
    expect(!signalled(event, QUIET));
    reselect(s, event, FD_CLOSE | FD_ACCEPT);
    expect_events(s, event, FD_ACCEPT);
    expect_no_events(s, event);
}

CASE("wsaenumnetworkevents/record/selected-again") {
    HANDLE event;
    SOCKET s = called(&event);
    require(ResetEvent(event));
    reselect(s, event, FD_ACCEPT);
    expect_events(s, event, FD_ACCEPT);
}
