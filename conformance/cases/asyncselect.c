/* WSAAsyncSelect (clauses/asyncselect.md). */
#include "messages.h"

#define NAME(address) ((struct sockaddr *)&(address))
#define TRANSFER (FD_READ | FD_WRITE | FD_OOB | FD_CLOSE)

static HWND window; /* of the case that runs */

static void reselect(SOCKET s, long mask) { require(WSAAsyncSelect(s, window, WM_SOCKET, mask) == 0); }

static void select_messages(SOCKET s, long mask) {
    if (!window) window = message_window();
    reselect(s, mask);
}

/* The socket's next message has this event and this code. */
static void check_message(int line, SOCKET s, int event, int code) {
    MSG message;
    int came = take_message(&message, window, 0, 0, PATIENCE);
    harness_eq(__FILE__, line, "that a message came", came, 1);
    if (!came) return;
    harness_eq(__FILE__, line, "the message", message.message, WM_SOCKET);
    harness_eq(__FILE__, line, "its socket", (long long)message.wParam, (long long)s);
    harness_eq(__FILE__, line, "its event", WSAGETSELECTEVENT(message.lParam), event);
    harness_eq(__FILE__, line, "its code", WSAGETSELECTERROR(message.lParam), code);
}
#define expect_message(s, event) check_message(__LINE__, (s), (event), 0)
#define expect_message_code(s, event, code) check_message(__LINE__, (s), (event), (code))

/* The next messages are these two, in either order, with code 0. */
static void check_both(int line, SOCKET s, int one, int other) {
    MSG message;
    int seen = 0, count;
    for (count = 0; count < 2 && take_message(&message, window, 0, 0, PATIENCE); count++) {
        harness_eq(__FILE__, line, "its socket", (long long)message.wParam, (long long)s);
        harness_eq(__FILE__, line, "its code", WSAGETSELECTERROR(message.lParam), 0);
        seen |= WSAGETSELECTEVENT(message.lParam);
    }
    harness_eq(__FILE__, line, "the number of messages", count, 2);
    harness_eq(__FILE__, line, "their events", seen, one | other);
}
#define expect_both(s, one, other) check_both(__LINE__, (s), (one), (other))

static void check_no_message(int line) {
    MSG message;
    memset(&message, 0, sizeof message);
    if (take_message(&message, window, 0, 0, QUIET))
        harness_eq(__FILE__, line, "the lParam of the message where none is due", message.lParam, 0);
}
#define expect_no_message() check_no_message(__LINE__)

/* Selecting the same mask, and 0 and then the mask, each posts this event. */
static void check_posted_again(int line, SOCKET s, long mask, int event, int code) {
    reselect(s, mask);
    check_message(line, s, event, code);
    check_no_message(line);
    reselect(s, 0);
    reselect(s, mask);
    check_message(line, s, event, code);
    check_no_message(line);
}
#define expect_posted_again(s, mask, event, code) check_posted_again(__LINE__, (s), (mask), (event), (code))

static struct pair watched(long mask) {
    struct pair pair = tcp_pair();
    select_messages(pair.local, mask);
    return pair;
}

/* ---- Parameters ---- */

COLD_CASE("wsaasyncselect/error/WSANOTINITIALISED") {
    expect_error(WSAAsyncSelect(INVALID_SOCKET, NULL, WM_SOCKET, FD_READ), WSANOTINITIALISED);
}

CASE("wsaasyncselect/error/WSAENOTSOCK") {
    SOCKET closed = tcp();
    require(closesocket(closed) == 0);
    window = message_window();
    expect_error(WSAAsyncSelect(INVALID_SOCKET, window, WM_SOCKET, FD_READ), WSAENOTSOCK);
    expect_error(WSAAsyncSelect(closed, window, WM_SOCKET, FD_READ), WSAENOTSOCK);
}

CASE("wsaasyncselect/error/WSAEINVAL") {
    SOCKET s = tcp_pair().local;
    HWND gone = message_window();
    require(DestroyWindow(gone));
    expect_error(WSAAsyncSelect(s, NULL, WM_SOCKET, FD_READ), WSAEINVAL);
    expect_error(WSAAsyncSelect(s, gone, WM_SOCKET, FD_READ), WSAEINVAL);
}

CASE("wsaasyncselect/returns/last-error") {
    SOCKET s = tcp_pair().local;
    window = message_window();
    expect_clears(WSAAsyncSelect(s, window, WM_SOCKET, FD_READ), 0);
    expect_clears(WSAAsyncSelect(s, window, 0, 0), 0);
}

CASE("wsaasyncselect/fionbio/WSAEINVAL") {
    struct pair pair = watched(FD_READ);
    u_long off = 0;
    char byte;
    expect_error(recv(pair.local, &byte, 1, 0), WSAEWOULDBLOCK);
    expect_error(ioctlsocket(pair.local, (long)FIONBIO, &off), WSAEINVAL);
    reselect(pair.local, 0);
    expect_eq(ioctlsocket(pair.local, (long)FIONBIO, &off), 0);
}

/* ---- Messages ---- */

static WPARAM dispatched_socket;
static LPARAM dispatched_what;

static LRESULT CALLBACK note_socket(HWND at, UINT what, WPARAM w, LPARAM l) {
    if (what != WM_SOCKET) return DefWindowProcA(at, what, w, l);
    dispatched_socket = w;
    dispatched_what = l;
    return 0;
}

CASE("wsaasyncselect/message/dispatched") {
    struct pair pair = tcp_pair();
    MSG message;
    register_class("dispatched", note_socket);
    window = create_window("dispatched", NULL);
    reselect(pair.local, FD_READ);
    give(pair.peer, "x");
    expect_eq(GetMessageA(&message, NULL, 0, 0), 1);
    expect(message.hwnd == window);
    DispatchMessageA(&message);
    expect_eq(dispatched_socket, pair.local);
    expect_eq(dispatched_what, MAKELONG(FD_READ, 0));
}

CASE("wsaasyncselect/message/one-for-each-event") {
    struct pair pair = tcp_pair();
    give_to(pair.peer, pair.local, "x");
    select_messages(pair.local, TRANSFER);
    expect_both(pair.local, FD_READ, FD_WRITE);
    expect_no_message();
}

CASE("wsaasyncselect/message/of-the-last-call") {
    struct pair pair = watched(FD_READ);
    MSG message;
    char byte;
    require(WSAAsyncSelect(pair.local, window, WM_SOCKET + 1, FD_CLOSE) == 0);
    give_to(pair.peer, pair.local, "x");
    expect_eq(recv(pair.local, &byte, 1, 0), 1);
    require(closesocket(pair.peer) == 0);
    require(take_message(&message, window, 0, 0, PATIENCE));
    expect_eq(message.message, WM_SOCKET + 1);
    expect_eq(message.lParam, MAKELONG(FD_CLOSE, 0));
    expect_no_message();
}

CASE("wsaasyncselect/mask/none") {
    struct pair pair = watched(FD_READ | FD_CLOSE);
    reselect(pair.local, 0);
    give_to(pair.peer, pair.local, "x");
    require(closesocket(pair.peer) == 0);
    expect_no_message();
}

CASE("wsaasyncselect/wsaeventselect/replaces") {
    struct pair pair = watched(FD_READ);
    HANDLE event = manual_event();
    WSANETWORKEVENTS record;
    require(WSAEventSelect(pair.local, event, FD_READ) == 0);
    give(pair.peer, "x");
    expect(signalled(event, PATIENCE));
    expect_no_message();
    reselect(pair.local, FD_READ);
    expect_message(pair.local, FD_READ);
    require(ResetEvent(event));
    give(pair.peer, "y");
    expect(!signalled(event, QUIET));
    expect_eq(WSAEnumNetworkEvents(pair.local, event, &record), 0);
    expect_eq(record.lNetworkEvents, 0);
}

CASE("wsaasyncselect/closesocket/no-message") {
    struct pair pair = watched(FD_READ | FD_CLOSE);
    require(closesocket(pair.local) == 0);
    expect_no_message();
}

CASE("wsaasyncselect/closehandle/FD_CLOSE") {
    struct pair pair = watched(FD_READ | FD_CLOSE);
    require(CloseHandle((HANDLE)pair.local));
    expect_message(pair.local, FD_CLOSE);
    expect_no_message();
}

/* ---- FD_READ ---- */

CASE("wsaasyncselect/fd-read/posted-again") {
    struct pair pair = watched(FD_READ);
    give(pair.peer, "abc");
    expect_message(pair.local, FD_READ);
    expect_no_message();
    expect_posted_again(pair.local, FD_READ, FD_READ, 0);
}

CASE("wsaasyncselect/fd-read/unserviced") {
    struct pair pair = watched(FD_READ);
    give(pair.peer, "abc");
    expect_message(pair.local, FD_READ);
    give(pair.peer, "def");
    await_queued(pair.local, 6);
    expect_no_message();
}

CASE("wsaasyncselect/fd-read/after-recv") {
    struct pair pair = watched(FD_READ);
    char byte;
    int i;
    give(pair.peer, "abcd");
    await_queued(pair.local, 4);
    expect_message(pair.local, FD_READ);
    for (i = 0; i < 3; i++) {
        expect_eq(recv(pair.local, &byte, 1, 0), 1);
        expect_message(pair.local, FD_READ);
    }
    expect_eq(recv(pair.local, &byte, 1, 0), 1);
    expect_no_message();
    give(pair.peer, "e");
    expect_message(pair.local, FD_READ);
}

CASE("wsaasyncselect/fd-read/failing-recv") {
    struct pair pair = watched(FD_READ);
    char byte;
    give(pair.peer, "abc");
    expect_message(pair.local, FD_READ);
    expect_error(recv(pair.local, &byte, -1, 0), WSAEFAULT);
    expect_message(pair.local, FD_READ);
    expect_no_message();
}

CASE("wsaasyncselect/fd-read/pending-receive") {
    struct pair pair = watched(FD_READ);
    struct posted r;
    expect_pend(pair.local, &r, 8);
    give(pair.peer, "abc");
    expect_ends(pair.local, &r, 0, 3);
    expect_no_message();
    give(pair.peer, "d");
    expect_message(pair.local, FD_READ);
}

static DWORD WINAPI select_and_exit(void *s) {
    return (DWORD)WSAAsyncSelect(*(SOCKET *)s, window, WM_SOCKET, FD_READ);
}

CASE("wsaasyncselect/thread/exits") {
    struct pair pair = tcp_pair();
    HANDLE thread;
    DWORD code = POISON;
    window = message_window();
    thread = CreateThread(NULL, 0, select_and_exit, &pair.local, 0, NULL);
    require(thread != NULL && signalled(thread, PATIENCE));
    require(GetExitCodeThread(thread, &code) && code == 0);
    give(pair.peer, "x");
    expect_message(pair.local, FD_READ);
}

/* ---- FD_OOB and FD_WRITE ---- */

static void urge(SOCKET from) { require(send(from, "u", 1, MSG_OOB) == 1); }

CASE("wsaasyncselect/fd-oob/posted-again") {
    struct pair pair = watched(FD_OOB);
    urge(pair.peer);
    expect_message(pair.local, FD_OOB);
    expect_no_message();
    expect_posted_again(pair.local, FD_OOB, FD_OOB, 0);
}

CASE("wsaasyncselect/fd-oob/unserviced") {
    struct pair pair = watched(FD_OOB);
    urge(pair.peer);
    expect_message(pair.local, FD_OOB);
    urge(pair.peer);
    expect_no_message();
}

CASE("wsaasyncselect/fd-write/posted-again") {
    SOCKET s = watched(FD_WRITE).local;
    expect_message(s, FD_WRITE);
    expect_no_message();
    expect_posted_again(s, FD_WRITE, FD_WRITE, 0);
}

CASE("wsaasyncselect/fd-write/after-WSAEWOULDBLOCK") {
    struct pair pair = watched(FD_WRITE);
    static char block[65536];
    long long sent = 0;
    int now;
    expect_message(pair.local, FD_WRITE);
    while ((now = send(pair.local, block, sizeof block, 0)) > 0) sent += now;
    require(WSAGetLastError() == WSAEWOULDBLOCK);
    while (sent > 0) {
        now = recv(pair.peer, block, sizeof block, 0);
        require(now > 0);
        sent -= now;
    }
    expect_message(pair.local, FD_WRITE);
    expect_no_message();
}

/* ---- FD_CLOSE ---- */

CASE("wsaasyncselect/fd-close/posted-again") {
    struct pair pair = watched(FD_READ | FD_CLOSE);
    require(closesocket(pair.peer) == 0);
    expect_message(pair.local, FD_CLOSE);
    expect_no_message();
    expect_posted_again(pair.local, FD_READ | FD_CLOSE, FD_CLOSE, 0);
}

CASE("wsaasyncselect/fd-close/reset") {
    struct pair pair = watched(FD_READ | FD_CLOSE);
    reset(pair.peer);
    expect_message_code(pair.local, FD_CLOSE, WSAECONNABORTED);
    expect_no_message();
    expect_posted_again(pair.local, FD_READ | FD_CLOSE, FD_CLOSE, WSAECONNABORTED);
}

/* ---- FD_CONNECT ---- */

CASE("wsaasyncselect/fd-connect/success") {
    struct sockaddr_in where;
    SOCKET listening = listener(&where), s = tcp();
    select_messages(s, FD_CONNECT | TRANSFER);
    expect_no_message();
    expect_error(connect(s, NAME(where), sizeof where), WSAEWOULDBLOCK);
    expect_both(s, FD_CONNECT, FD_WRITE);
    expect_no_message();
    closesocket(listening);
}

CASE("wsaasyncselect/fd-connect/failure") {
    struct sockaddr_in nobody = closed_port(SOCK_STREAM);
    SOCKET s = tcp();
    select_messages(s, FD_CONNECT | FD_WRITE);
    expect_error(connect(s, NAME(nobody), sizeof nobody), WSAEWOULDBLOCK);
    expect_message_code(s, FD_CONNECT, WSAECONNREFUSED);
    expect_no_message();
}

CASE("wsaasyncselect/fd-connect/already-connected") {
    SOCKET s = tcp_pair().local;
    select_messages(s, FD_CONNECT | TRANSFER);
    expect_message(s, FD_WRITE);
    expect_no_message();
}

CASE("wsaasyncselect/fd-connect/udp") {
    struct sockaddr_in where;
    SOCKET s = udp();
    udp_at(&where);
    select_messages(s, TRANSFER);
    expect_message(s, FD_WRITE);
    expect_eq(connect(s, NAME(where), sizeof where), 0);
    expect_message(s, FD_WRITE);
}

/* ---- FD_ACCEPT ---- */

static SOCKET call_on(struct sockaddr_in where) {
    SOCKET s = tcp();
    require(connect(s, NAME(where), sizeof where) == 0);
    return s;
}

CASE("wsaasyncselect/fd-accept/posted-again") {
    struct sockaddr_in where;
    SOCKET s = listener(&where);
    select_messages(s, FD_ACCEPT);
    call_on(where);
    expect_message(s, FD_ACCEPT);
    expect_no_message();
    expect_posted_again(s, FD_ACCEPT, FD_ACCEPT, 0);
}

CASE("wsaasyncselect/fd-accept/unserviced") {
    struct sockaddr_in where;
    SOCKET s = listener(&where);
    select_messages(s, FD_ACCEPT);
    call_on(where);
    expect_message(s, FD_ACCEPT);
    call_on(where);
    expect_no_message();
    expect(accept(s, NULL, NULL) != INVALID_SOCKET);
    expect_message(s, FD_ACCEPT);
    expect(accept(s, NULL, NULL) != INVALID_SOCKET);
    expect_no_message();
}

CASE("wsaasyncselect/fd-accept/inherits") {
    struct sockaddr_in where;
    SOCKET s = listener(&where), client, accepted;
    select_messages(s, FD_ACCEPT | FD_READ);
    client = call_on(where);
    expect_message(s, FD_ACCEPT);
    accepted = accept(s, NULL, NULL);
    require(accepted != INVALID_SOCKET);
    give(client, "x");
    expect_message(accepted, FD_READ);
}
