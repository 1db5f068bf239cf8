/* FD_CLOSE in records of WSAEventSelect (clauses/eventclose.md). */
#include "netevents.h"

/* A pair whose local side has these events selected; an FD_WRITE among them is enumerated. */
static struct pair watched(HANDLE *event, long mask) {
    struct pair pair = tcp_pair();
    *event = select_events(pair.local, mask);
    if (mask & FD_WRITE) expect_events(pair.local, *event, FD_WRITE);
    return pair;
}

CASE("wsaeventselect/fd-close/peer-close") {
    HANDLE event;
    struct pair pair = watched(&event, TRANSFER);
    require(closesocket(pair.peer) == 0);
    expect_events(pair.local, event, FD_CLOSE);
    expect_no_events(pair.local, event);
}

CASE("wsaeventselect/fd-close/peer-shutdown") {
    HANDLE event;
    struct pair pair = watched(&event, TRANSFER);
    char byte;
    require(shutdown(pair.peer, SD_SEND) == 0);
    expect_events(pair.local, event, FD_CLOSE);
    expect_eq(recv(pair.local, &byte, 1, 0), 0);
    expect_no_events(pair.local, event);
    expect_eq(send(pair.local, "x", 1, 0), 1);
}

CASE("wsaeventselect/fd-close/selected-later") {
    HANDLE event;
    struct pair pair = watched(&event, FD_READ | FD_WRITE | FD_OOB);
    require(closesocket(pair.peer) == 0);
    require(readable(pair.local, PATIENCE) == 1);
    expect_no_events(pair.local, event);
    reselect(pair.local, event, TRANSFER);
    expect_events(pair.local, event, FD_CLOSE);
}

CASE("wsaeventselect/fd-close/before-selection") {
    struct pair pair = tcp_pair();
    HANDLE event;
    require(closesocket(pair.peer) == 0);
    await_readable(pair.local);
    event = select_events(pair.local, FD_READ | FD_CLOSE);
    expect_events(pair.local, event, FD_CLOSE);
}

CASE("wsaeventselect/fd-close/reselected") {
    HANDLE event;
    struct pair pair = watched(&event, FD_CLOSE);
    require(closesocket(pair.peer) == 0);
    expect_events(pair.local, event, FD_CLOSE);
    reselect(pair.local, event, FD_CLOSE);
    expect_no_events(pair.local, event);
    reselect(pair.local, event, 0);
    reselect(pair.local, event, FD_CLOSE);
    expect_no_events(pair.local, event);
}

CASE("wsaeventselect/fd-close/closed-after-shutdown") {
    HANDLE event;
    struct pair pair = watched(&event, TRANSFER);
    require(shutdown(pair.peer, SD_SEND) == 0);
    expect_events(pair.local, event, FD_CLOSE);
    require(closesocket(pair.peer) == 0);
    expect_no_events(pair.local, event);
}

CASE("wsaeventselect/fd-close/data-first") {
    HANDLE event;
    struct pair pair = watched(&event, TRANSFER);
    char buffer[8];
    give(pair.peer, "abcde");
    expect_events(pair.local, event, FD_READ);
    require(closesocket(pair.peer) == 0);
    expect_events(pair.local, event, FD_CLOSE);
    expect_eq(recv(pair.local, buffer, 3, 0), 3);
    expect_events(pair.local, event, FD_READ);
    expect_eq(recv(pair.local, buffer, 5, 0), 2);
    expect_no_events(pair.local, event);
    expect_eq(recv(pair.local, buffer, 5, 0), 0);
    expect_no_events(pair.local, event);
}

CASE("wsaeventselect/fd-close/data-and-close-before-selection") {
    struct pair pair = tcp_pair();
    HANDLE event;
    WSAPOLLFD it = {pair.local, POLLIN, 0};
    long long end = now_ms() + PATIENCE;
    give(pair.peer, "abcde");
    require(closesocket(pair.peer) == 0);
    while (!(it.revents & POLLHUP)) {
        require(WSAPoll(&it, 1, 0) >= 0);
        require(now_ms() < end);
        Sleep(1);
    }
    event = select_events(pair.local, FD_READ | FD_CLOSE);
    expect_events(pair.local, event, FD_READ | FD_CLOSE);
    expect_no_events(pair.local, event);
}

CASE("wsaeventselect/fd-close/own-shutdown") {
    HANDLE event;
    struct pair pair = watched(&event, TRANSFER);
    require(shutdown(pair.local, SD_BOTH) == 0);
    expect_no_events(pair.local, event);
}

CASE("wsaeventselect/fd-close/after-own-shutdown") {
    HANDLE event;
    struct pair pair = watched(&event, TRANSFER);
    require(shutdown(pair.local, SD_BOTH) == 0);
    require(shutdown(pair.peer, SD_SEND) == 0);
    expect_events(pair.local, event, FD_CLOSE);
    expect_no_events(pair.local, event);
}

CASE("wsaeventselect/fd-close/after-own-end") {
    HANDLE event;
    struct pair pair = watched(&event, TRANSFER);
    require(shutdown(pair.local, SD_SEND) == 0);
    expect_no_events(pair.local, event);
    require(closesocket(pair.peer) == 0);
    expect_events(pair.local, event, FD_CLOSE);
}

CASE("wsaeventselect/fd-close/peer-stops-receiving") {
    HANDLE event;
    struct pair pair = watched(&event, TRANSFER);
    require(shutdown(pair.peer, SD_RECEIVE) == 0);
    expect_no_events(pair.local, event);
    require(shutdown(pair.peer, SD_SEND) == 0);
    expect_events(pair.local, event, FD_CLOSE);
}

CASE("wsaeventselect/fd-close/reset") {
    HANDLE event;
    struct pair pair = watched(&event, TRANSFER);
    char byte;
    reset(pair.peer);
    expect_events_code(pair.local, event, FD_CLOSE, FD_CLOSE_BIT, WSAECONNABORTED);
    expect_no_events(pair.local, event);
    expect_error(recv(pair.local, &byte, 1, 0), WSAECONNRESET);
    expect_no_events(pair.local, event);
}

CASE("wsaeventselect/fd-close/reset-reselected") {
    HANDLE event;
    struct pair pair = watched(&event, FD_CLOSE);
    reset(pair.peer);
    expect_events_code(pair.local, event, FD_CLOSE, FD_CLOSE_BIT, WSAECONNABORTED);
    reselect(pair.local, event, FD_CLOSE);
    expect_no_events(pair.local, event);
    reselect(pair.local, event, 0);
    reselect(pair.local, event, FD_CLOSE);
    expect_no_events(pair.local, event);
}

CASE("wsaeventselect/fd-close/reset-before-selection") {
    struct pair pair = tcp_pair();
    HANDLE event;
    reset(pair.peer);
    await_readable(pair.local);
    event = select_events(pair.local, FD_CLOSE);
    expect_events_code(pair.local, event, FD_CLOSE, FD_CLOSE_BIT, WSAECONNABORTED);
}

CASE("wsaeventselect/fd-close/pending-receive") {
    HANDLE event;
    struct pair pair = watched(&event, FD_READ | FD_CLOSE);
    struct posted r;
    expect_pend(pair.local, &r, 8);
    require(closesocket(pair.peer) == 0);
    expect_ends(pair.local, &r, 0, 0);
    expect_events(pair.local, event, FD_CLOSE);
    expect_no_events(pair.local, event);
}
