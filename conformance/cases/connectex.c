/* ConnectEx (clauses/connectex.md). */
#include "harness.h"

#define KEY 125

static HANDLE new_event(void) {
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    require(event != NULL);
    return event;
}

static LPFN_CONNECTEX connect_ex;

/* A socket as ConnectEx wants it. */
static SOCKET bound(void) {
    struct sockaddr_in any = loopback(0);
    SOCKET s = tcp();
    require(bind(s, (struct sockaddr *)&any, sizeof any) == 0);
    if (!connect_ex) extension((GUID)WSAID_CONNECTEX, &connect_ex);
    return s;
}

/* NO_ERROR, or the last error ConnectEx failed with. */
static int begin_connect(SOCKET s, struct sockaddr_in where, struct request *request, HANDLE event,
                         const char *text) {
    request_init(request, event);
    memcpy(request->bytes, text, strlen(text));
    WSASetLastError((int)POISON);
    return connect_ex(s, (struct sockaddr *)&where, sizeof where, request->bytes, (DWORD)strlen(text), NULL,
                      &request->overlapped)
               ? NO_ERROR
               : WSAGetLastError();
}

static SOCKET connected_by_it(void) {
    struct sockaddr_in where;
    struct request request;
    int error;
    SOCKET s = bound(), accepted, listening = listener(&where);
    HANDLE event = new_event();
    error = begin_connect(s, where, &request, event, "");
    require(error == NO_ERROR || error == WSA_IO_PENDING);
    require(WaitForSingleObject(event, PATIENCE) == WAIT_OBJECT_0 && request.overlapped.Internal == 0);
    accepted = accept(listening, NULL, NULL);
    require(accepted != INVALID_SOCKET);
    return s;
}

CASE("connectex/returns/connects") {
    struct sockaddr_in where;
    struct request request;
    SOCKET s = bound(), listening = listener(&where), accepted;
    HANDLE event = new_event();
    char buffer[8];
    expect_eq(begin_connect(s, where, &request, event, ""), WSA_IO_PENDING);
    expect_eq(WaitForSingleObject(event, PATIENCE), WAIT_OBJECT_0);
    expect_ended(&request, ENDED_WELL, 0);
    accepted = accept(listening, NULL, NULL);
    expect(accepted != INVALID_SOCKET);
    give_to(accepted, s, "abc");
    expect_eq(recv(s, buffer, sizeof buffer, 0), 3);
    give_to(s, accepted, "de");
    expect_eq(recv(accepted, buffer, sizeof buffer, 0), 2);
}

CASE("connectex/returns/socket-signalled") {
    struct sockaddr_in where;
    struct request request;
    SOCKET s = bound();
    listener(&where);
    expect_eq(begin_connect(s, where, &request, NULL, ""), WSA_IO_PENDING);
    expect_eq(WaitForSingleObject((HANDLE)s, PATIENCE), WAIT_OBJECT_0);
    expect_ended(&request, ENDED_WELL, 0);
}

CASE("connectex/data/sent") {
    struct sockaddr_in where;
    struct request request;
    SOCKET s = bound(), listening = listener(&where), accepted;
    char buffer[8];
    expect_eq(begin_connect(s, where, &request, NULL, "hello"), WSA_IO_PENDING);
    expect_ended(&request, ENDED_WELL, 5);
    accepted = accept(listening, NULL, NULL);
    require(accepted != INVALID_SOCKET);
    await_queued(accepted, 5);
    expect_eq(recv(accepted, buffer, sizeof buffer, 0), 5);
    expect_bytes(buffer, "hello");
}

CASE("connectex/error/refused") {
    struct request request;
    DWORD count = POISON, flags = 0;
    SOCKET s = bound();
    HANDLE event = new_event();
    expect_eq(begin_connect(s, closed_port(SOCK_STREAM), &request, event, ""), WSA_IO_PENDING);
    expect_eq(WaitForSingleObject(event, PATIENCE), WAIT_OBJECT_0);
    expect_ended(&request, REFUSED, 0);
    expect_false(WSAGetOverlappedResult(s, &request.overlapped, &count, FALSE, &flags), WSAECONNREFUSED);
    expect_false(GetOverlappedResult((HANDLE)s, &request.overlapped, &count, FALSE),
                 ERROR_CONNECTION_REFUSED);
}

/* ---- What is refused at once ---- */

/* Internal says then that something is pending, InternalHigh is as before. */
static void expect_refused(SOCKET s, int code) {
    struct sockaddr_in where;
    struct request request;
    listener(&where);
    expect_eq(begin_connect(s, where, &request, NULL, ""), code);
    expect_eq((DWORD)request.overlapped.Internal, NOT_ENDED);
    expect_eq((DWORD)request.overlapped.InternalHigh, POISON);
}

CASE("connectex/error/WSAENOTSOCK") {
    bound();
    expect_refused(INVALID_SOCKET, WSAENOTSOCK);
}

CASE("connectex/error/WSAEINVAL-unbound") {
    bound();
    expect_refused(tcp(), WSAEINVAL);
}

CASE("connectex/error/WSAEISCONN") {
    bound();
    expect_refused(tcp_pair().local, WSAEISCONN);
}

CASE("connectex/error/WSAEADDRNOTAVAIL") {
    struct sockaddr_in where, anyone, portless;
    struct request request;
    listener(&where);
    anyone = portless = where;
    anyone.sin_addr.s_addr = htonl(INADDR_ANY);
    portless.sin_port = 0;
    expect_eq(begin_connect(bound(), anyone, &request, NULL, ""), WSAEADDRNOTAVAIL);
    expect_eq(begin_connect(bound(), portless, &request, NULL, ""), WSAEADDRNOTAVAIL);
}

CASE("connectex/error/no-overlapped") {
    struct sockaddr_in where;
    DWORD sent;
    SOCKET s = bound();
    listener(&where);
    expect_false(connect_ex(s, (struct sockaddr *)&where, sizeof where, NULL, 0, &sent, NULL),
                 ERROR_INVALID_PARAMETER);
}

/* ---- While it pends, and after ---- */

CASE("connectex/pending/receives") {
    struct request request, receive;
    SOCKET s = bound();
    char byte;
    expect_begun(&request, begin_connect(s, full_listener(), &request, NULL, ""));
    nonblocking(s);
    expect_error(recv(s, &byte, 1, 0), WSAENOTCONN);
    expect_error(send(s, "x", 1, 0), WSAENOTCONN);
    expect_eq(begin_receive(s, &receive, NULL, 1), WSAENOTCONN);
    expect_still_pending(&request);
}

CASE("connectex/pending/cancelled") {
    struct request request;
    SOCKET s = bound();
    HANDLE event = new_event();
    expect_begun(&request, begin_connect(s, full_listener(), &request, event, ""));
    expect(CancelIoEx((HANDLE)s, &request.overlapped));
    expect_eq(WaitForSingleObject(event, PATIENCE), WAIT_OBJECT_0);
    expect_ended(&request, CANCELLED, 0);
}

CASE("connectex/pending/closed") {
    struct request request;
    SOCKET s = bound();
    HANDLE event = new_event();
    expect_begun(&request, begin_connect(s, full_listener(), &request, event, ""));
    expect_eq(closesocket(s), 0);
    expect_eq(WaitForSingleObject(event, PATIENCE), WAIT_OBJECT_0);
    expect(request.overlapped.Internal >= 0xc0000000u);
}

CASE("connectex/context/connect-again") {
    struct sockaddr_in where;
    SOCKET s = connected_by_it();
    listener(&where);
    expect_error(connect(s, (struct sockaddr *)&where, sizeof where), WSAEINVAL);
}

CASE("connectex/context/accepted-connect") {
    struct sockaddr_in where;
    SOCKET accepted = tcp_pair().peer;
    listener(&where);
    expect_error(connect(accepted, (struct sockaddr *)&where, sizeof where), WSAEISCONN);
}

CASE("connectex/context/update") {
    struct sockaddr_in name, where;
    int length = sizeof name;
    SOCKET s = connected_by_it();
    expect_eq(setsockopt(s, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, NULL, 0), 0);
    expect_eq(getpeername(s, (struct sockaddr *)&name, &length), 0);
    expect_eq(name.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    length = sizeof name;
    expect_eq(getsockname(s, (struct sockaddr *)&name, &length), 0);
    listener(&where);
    expect_error(connect(s, (struct sockaddr *)&where, sizeof where), WSAEISCONN);
    expect_eq(shutdown(s, SD_SEND), 0);
}

/* ---- Completion ports ---- */

static SOCKET bound_on(HANDLE port) {
    SOCKET s = bound();
    associate(port, s, KEY);
    return s;
}

CASE("connectex/port/connects") {
    struct sockaddr_in where;
    struct request request;
    HANDLE port = new_port();
    SOCKET s = bound_on(port);
    listener(&where);
    expect_eq(begin_connect(s, where, &request, NULL, ""), WSA_IO_PENDING);
    expect_packet(port, KEY, &request.overlapped, 0, NO_ERROR);
    expect_no_packet(port);
}

CASE("connectex/port/data") {
    struct sockaddr_in where;
    struct request request;
    HANDLE port = new_port();
    SOCKET s = bound_on(port);
    listener(&where);
    expect_eq(begin_connect(s, where, &request, NULL, "hello"), WSA_IO_PENDING);
    expect_packet(port, KEY, &request.overlapped, 5, NO_ERROR);
}

CASE("connectex/port/refused") {
    struct request request;
    HANDLE port = new_port();
    SOCKET s = bound_on(port);
    expect_eq(begin_connect(s, closed_port(SOCK_STREAM), &request, NULL, ""), WSA_IO_PENDING);
    expect_packet(port, KEY, &request.overlapped, 0, ERROR_CONNECTION_REFUSED);
    expect_ended(&request, REFUSED, 0);
    expect_no_packet(port);
}

CASE("connectex/port/skip-flag") {
    struct sockaddr_in where;
    struct request request;
    HANDLE port = new_port();
    SOCKET s = bound_on(port), other = bound_on(port);
    require(SetFileCompletionNotificationModes((HANDLE)s, FILE_SKIP_COMPLETION_PORT_ON_SUCCESS));
    require(SetFileCompletionNotificationModes((HANDLE)other, FILE_SKIP_COMPLETION_PORT_ON_SUCCESS));
    listener(&where);
    expect_eq(begin_connect(s, where, &request, NULL, ""), WSA_IO_PENDING);
    expect_packet(port, KEY, &request.overlapped, 0, NO_ERROR);
    expect_eq(begin_connect(other, closed_port(SOCK_STREAM), &request, NULL, ""), WSA_IO_PENDING);
    expect_packet(port, KEY, &request.overlapped, 0, ERROR_CONNECTION_REFUSED);
}

CASE("connectex/port/event-with-low-bit") {
    struct sockaddr_in where;
    struct request request;
    HANDLE port = new_port(), event = new_event();
    HANDLE tagged = (HANDLE)((ULONG_PTR)event | 1);
    SOCKET s = bound_on(port);
    listener(&where);
    expect_eq(begin_connect(s, where, &request, tagged, ""), WSA_IO_PENDING);
    expect_eq(WaitForSingleObject(tagged, PATIENCE), WAIT_OBJECT_0);
    expect_ended(&request, ENDED_WELL, 0);
    expect_no_packet(port);
}
