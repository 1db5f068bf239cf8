/* WSAEventSelect: its parameters, what a selection does and ends, waits, accepted sockets, duplicates
   (clauses/eventselect.md). */
#include "netevents.h"

#define NAME(address) ((struct sockaddr *)&(address))

/* ---- Parameters ---- */

COLD_CASE("wsaeventselect/error/WSANOTINITIALISED") {
    expect_error(WSAEventSelect(INVALID_SOCKET, NULL, FD_READ), WSANOTINITIALISED);
}

CASE("wsaeventselect/error/WSAENOTSOCK") {
    SOCKET closed = tcp();
    HANDLE event = manual_event();
    require(closesocket(closed) == 0);
    expect_error(WSAEventSelect(INVALID_SOCKET, event, FD_READ), WSAENOTSOCK);
    expect_error(WSAEventSelect(closed, event, FD_READ), WSAENOTSOCK);
    expect_error(WSAEventSelect(closed, event, 0), WSAENOTSOCK);
}

CASE("wsaeventselect/error/WSAENOTSOCK-first") {
    SOCKET closed = tcp();
    require(closesocket(closed) == 0);
    expect_error(WSAEventSelect(closed, NULL, FD_READ), WSAENOTSOCK);
}

CASE("wsaeventselect/error/WSAEINVAL-no-event") {
    SOCKET s = tcp_pair().local;
    expect_error(WSAEventSelect(s, NULL, FD_READ), WSAEINVAL);
    expect_error(WSAEventSelect(s, WSA_INVALID_EVENT, FD_READ | FD_CLOSE), WSAEINVAL);
}

CASE("wsaeventselect/error/WSAEINVAL-closed-event") {
    SOCKET s = tcp_pair().local;
    HANDLE event = manual_event();
    require(CloseHandle(event));
    expect_error(WSAEventSelect(s, event, FD_READ), WSAEINVAL);
}

CASE("wsaeventselect/error/keeps-the-selection") {
    struct pair pair = tcp_pair();
    HANDLE event = select_events(pair.local, FD_READ);
    expect_error(WSAEventSelect(pair.local, NULL, FD_CLOSE), WSAEINVAL);
    give(pair.peer, "x");
    expect_events(pair.local, event, FD_READ);
}

CASE("wsaeventselect/returns/last-error") {
    SOCKET s = tcp_pair().local;
    HANDLE event = manual_event();
    expect_clears(WSAEventSelect(s, event, FD_READ), 0);
    expect_clears(WSAEventSelect(s, event, FD_ALL_EVENTS), 0);
    expect_clears(WSAEventSelect(s, NULL, 0), 0);
    expect_clears(WSAEventSelect(s, event, 0), 0);
}

/* ---- The mode of the socket ---- */

static int set_nonblocking(SOCKET s, u_long on) { return ioctlsocket(s, (long)FIONBIO, &on); }

CASE("wsaeventselect/fionbio/nonblocking") {
    SOCKET s = tcp_pair().local;
    char byte;
    select_events(s, FD_CLOSE);
    expect_error(recv(s, &byte, 1, 0), WSAEWOULDBLOCK);
}

CASE("wsaeventselect/fionbio/no-events") {
    SOCKET s = tcp_pair().local;
    char byte;
    reselect(s, NULL, 0);
    expect_error(recv(s, &byte, 1, 0), WSAEWOULDBLOCK);
}

CASE("wsaeventselect/fionbio/WSAEINVAL") {
    SOCKET s = tcp_pair().local;
    char byte;
    select_events(s, FD_READ);
    expect_error(set_nonblocking(s, 0), WSAEINVAL);
    expect_eq(set_nonblocking(s, 1), 0);
    expect_error(set_nonblocking(s, 0), WSAEINVAL);
    expect_error(recv(s, &byte, 1, 0), WSAEWOULDBLOCK);
}

CASE("wsaeventselect/fionbio/count") {
    SOCKET s = tcp_pair().local;
    u_long off = 0;
    DWORD count = POISON;
    select_events(s, FD_READ);
    expect_error(WSAIoctl(s, FIONBIO, &off, sizeof off, NULL, 0, &count, NULL, NULL), WSAEINVAL);
    expect_eq(count, 0);
}

CASE("wsaeventselect/fionbio/restored") {
    struct pair pair = tcp_pair();
    struct call call;
    HANDLE event = select_events(pair.local, FD_READ);
    reselect(pair.local, event, 0);
    expect_eq(set_nonblocking(pair.local, 0), 0);
    begin(&call, act_recv, &pair.local);
    give(pair.peer, "abc");
    expect_finish(&call, 3, 0);
}

/* ---- What a selection replaces, and what ends it ---- */

CASE("wsaeventselect/mask/others-not-reported") {
    struct pair pair = tcp_pair();
    HANDLE event = select_events(pair.local, FD_CLOSE);
    give_to(pair.peer, pair.local, "x");
    expect_no_events(pair.local, event);
}

CASE("wsaeventselect/mask/replaced") {
    struct pair pair = tcp_pair();
    HANDLE event = select_events(pair.local, FD_CLOSE);
    reselect(pair.local, event, FD_READ);
    require(shutdown(pair.peer, SD_SEND) == 0);
    expect_eq(readable(pair.local, PATIENCE), 1);
    expect_no_events(pair.local, event);
}

CASE("wsaeventselect/mask/widened") {
    struct pair pair = tcp_pair();
    HANDLE event = select_events(pair.local, FD_READ);
    reselect(pair.local, event, FD_READ | FD_WRITE);
    expect_events(pair.local, event, FD_WRITE);
    give(pair.peer, "x");
    expect_events(pair.local, event, FD_READ);
}

CASE("wsaeventselect/event/replaced") {
    struct pair pair = tcp_pair();
    HANDLE first = select_events(pair.local, FD_READ), second = select_events(pair.local, FD_READ);
    give(pair.peer, "x");
    expect(signalled(second, PATIENCE));
    expect(!signalled(first, QUIET));
    expect_events(pair.local, second, FD_READ);
}

CASE("wsaeventselect/mask/none") {
    struct pair pair = tcp_pair();
    HANDLE event = select_events(pair.local, FD_READ | FD_CLOSE);
    reselect(pair.local, event, 0);
    give_to(pair.peer, pair.local, "x");
    require(closesocket(pair.peer) == 0);
    expect_no_events(pair.local, event);
}

CASE("wsaeventselect/mask/none-drops-records") {
    struct pair pair = tcp_pair();
    HANDLE event = select_events(pair.local, FD_READ);
    give(pair.peer, "x");
    require(signalled(event, PATIENCE));
    reselect(pair.local, NULL, 0);
    expect_eq(enumerate(pair.local, NULL), 0);
}

CASE("wsaeventselect/closesocket/ends-it") {
    struct pair pair = tcp_pair();
    HANDLE event = select_events(pair.local, TRANSFER);
    expect_events(pair.local, event, FD_WRITE);
    require(closesocket(pair.local) == 0);
    expect(!signalled(event, QUIET));
    expect(SetEvent(event));
    expect(signalled(event, 0));
}

CASE("wsaeventselect/event/closed-later") {
    struct pair pair = tcp_pair();
    HANDLE event = select_events(pair.local, FD_READ);
    require(CloseHandle(event));
    give_to(pair.peer, pair.local, "x");
    expect_eq(enumerate(pair.local, NULL), FD_READ);
}

/* ---- Event objects and waits ---- */

CASE("wsaeventselect/wait/beside-others") {
    struct pair pair = tcp_pair(), other = tcp_pair();
    struct call call;
    HANDLE all[3];
    begin(&call, act_recv, &other.local);
    all[0] = manual_event();
    all[1] = call.thread;
    all[2] = select_events(pair.local, FD_READ);
    expect_eq(WaitForMultipleObjects(3, all, FALSE, 0), WAIT_TIMEOUT);
    give(pair.peer, "x");
    expect_eq(WaitForMultipleObjects(3, all, FALSE, PATIENCE), WAIT_OBJECT_0 + 2);
    give(other.peer, "x");
    expect_eq(WaitForMultipleObjects(2, all, FALSE, PATIENCE), WAIT_OBJECT_0 + 1);
    expect(SetEvent(all[0]));
    expect_eq(WaitForMultipleObjects(3, all, FALSE, PATIENCE), WAIT_OBJECT_0);
}

CASE("wsaeventselect/wait/all") {
    struct pair one = tcp_pair(), other = tcp_pair();
    HANDLE all[2];
    all[0] = select_events(one.local, FD_READ);
    all[1] = select_events(other.local, FD_READ);
    give_to(one.peer, one.local, "x");
    expect_eq(WSAWaitForMultipleEvents(2, all, TRUE, QUIET, FALSE), WSA_WAIT_TIMEOUT);
    give(other.peer, "x");
    expect_eq(WSAWaitForMultipleEvents(2, all, TRUE, PATIENCE, FALSE), WSA_WAIT_EVENT_0);
}

static long long act_wait(void *event) {
    return WSAWaitForMultipleEvents(1, (HANDLE *)event, FALSE, WSA_INFINITE, FALSE);
}

CASE("wsaeventselect/wait/woken") {
    struct pair pair = tcp_pair();
    HANDLE event = select_events(pair.local, FD_READ);
    struct call call;
    begin(&call, act_wait, &event);
    give(pair.peer, "x");
    finish(&call);
    expect_eq(call.result, WSA_WAIT_EVENT_0);
}

CASE("wsaeventselect/wait/one-event-for-several") {
    struct pair one = tcp_pair(), other = tcp_pair();
    HANDLE event = select_events(one.local, FD_READ);
    reselect(other.local, event, FD_READ);
    give(other.peer, "x");
    expect(signalled(event, PATIENCE));
    expect_eq(enumerate(one.local, NULL), 0);
    expect_events(other.local, event, FD_READ);
    give(one.peer, "x");
    expect_events(one.local, event, FD_READ);
}

CASE("wsaeventselect/event/auto-reset") {
    struct pair pair = tcp_pair();
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, NULL);
    reselect(pair.local, event, FD_READ);
    give(pair.peer, "x");
    expect(signalled(event, PATIENCE));
    expect(!signalled(event, QUIET));
    expect_eq(enumerate(pair.local, NULL), FD_READ);
}

CASE("wsaeventselect/select/no-signal") {
    struct pair pair = tcp_pair();
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, NULL);
    WSAPOLLFD it = {pair.local, POLLIN, 0};
    reselect(pair.local, event, FD_READ);
    give(pair.peer, "x");
    expect(signalled(event, PATIENCE));
    expect_eq(WSAPoll(&it, 1, 0), 1);
    expect_eq(it.revents, POLLRDNORM);
    expect_eq(readable(pair.local, 0), 1);
    expect(!signalled(event, QUIET));
}

CASE("wsaeventselect/select/consumes-nothing") {
    struct pair pair = tcp_pair();
    HANDLE event = select_events(pair.local, FD_READ);
    WSAPOLLFD it = {pair.local, POLLIN, 0};
    give_to(pair.peer, pair.local, "x");
    expect_eq(WSAPoll(&it, 1, 0), 1);
    expect_events(pair.local, event, FD_READ);
    expect_eq(readable(pair.local, 0), 1);
    expect_eq(WSAPoll(&it, 1, 0), 1);
}

/* ---- Accepted sockets ---- */

/* A listener with this selection; `client` connected to it, its connection accepted once the event said so.
 */
static SOCKET accept_selected(SOCKET listening, HANDLE event, struct sockaddr_in where, SOCKET *client) {
    SOCKET accepted;
    *client = tcp();
    require(connect(*client, NAME(where), sizeof where) == 0);
    expect_events(listening, event, FD_ACCEPT);
    accepted = accept(listening, NULL, NULL);
    require(accepted != INVALID_SOCKET);
    return accepted;
}

CASE("wsaeventselect/accept/inherits") {
    struct sockaddr_in where;
    char byte;
    SOCKET listening = listener(&where), client, accepted;
    HANDLE event = select_events(listening, FD_ACCEPT | TRANSFER);
    accepted = accept_selected(listening, event, where, &client);
    expect_events(accepted, event, FD_WRITE);
    give(client, "x");
    expect_events(accepted, event, FD_READ);
    expect_eq(recv(accepted, &byte, 1, 0), 1);
    require(closesocket(client) == 0);
    expect_events(accepted, event, FD_CLOSE);
    expect_eq(enumerate(listening, NULL), 0);
}

CASE("wsaeventselect/accept/inherits-mask") {
    struct sockaddr_in where;
    SOCKET listening = listener(&where), client, accepted;
    HANDLE event = select_events(listening, FD_ACCEPT | FD_CLOSE);
    accepted = accept_selected(listening, event, where, &client);
    give_to(client, accepted, "x");
    expect_no_events(accepted, event);
    expect_error(set_nonblocking(accepted, 0), WSAEINVAL);
}

CASE("wsaeventselect/accept/own-selection") {
    struct sockaddr_in where;
    SOCKET listening = listener(&where), client, accepted;
    HANDLE event = select_events(listening, FD_ACCEPT | FD_READ), own;
    accepted = accept_selected(listening, event, where, &client);
    own = select_events(accepted, FD_READ);
    give(client, "x");
    expect_events(accepted, own, FD_READ);
    expect_no_events(listening, event);
    accepted = accept_selected(listening, event, where, &client);
    give(client, "x");
    expect_events(accepted, event, FD_READ);
}

/* ---- Duplicates ---- */

CASE("wsaeventselect/duplicate/replaces") {
    struct pair pair = tcp_pair();
    SOCKET copy = copy_of(pair.local);
    HANDLE event = select_events(pair.local, FD_READ), other = select_events(copy, FD_READ);
    give(pair.peer, "x");
    expect(signalled(other, PATIENCE));
    expect(!signalled(event, QUIET));
}

CASE("wsaeventselect/duplicate/same-records") {
    struct pair pair = tcp_pair();
    SOCKET copy = copy_of(pair.local);
    HANDLE event = select_events(pair.local, FD_READ);
    give(pair.peer, "x");
    expect_events(copy, event, FD_READ);
    expect_no_events(pair.local, event);
}

CASE("wsaeventselect/duplicate/outlives") {
    struct pair pair = tcp_pair();
    SOCKET copy = copy_of(pair.local);
    HANDLE event = select_events(pair.local, FD_READ);
    require(closesocket(pair.local) == 0);
    give(pair.peer, "x");
    expect_events(copy, event, FD_READ);
}
