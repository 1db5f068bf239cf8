/* DisconnectEx (clauses/disconnectex.md). */
#include "harness.h"

#define KEY 125

static HANDLE new_event(void) {
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    require(event != NULL);
    return event;
}

static LPFN_DISCONNECTEX disconnect_ex;

static struct pair connected(void) {
    extension((GUID)WSAID_DISCONNECTEX, &disconnect_ex);
    return tcp_pair();
}

/* NO_ERROR, or the last error DisconnectEx failed with. */
static int begin_disconnect(SOCKET s, struct request *request, HANDLE event) {
    request_init(request, event);
    WSASetLastError((int)POISON);
    return disconnect_ex(s, &request->overlapped, 0, 0) ? NO_ERROR : WSAGetLastError();
}

CASE("disconnectex/returns/overlapped") {
    struct pair pair = connected();
    struct request request;
    HANDLE event = new_event();
    expect_eq(begin_disconnect(pair.local, &request, event), WSA_IO_PENDING);
    expect_eq(WaitForSingleObject(event, PATIENCE), WAIT_OBJECT_0);
    expect_ended(&request, ENDED_WELL, 0);
}

CASE("disconnectex/returns/plain") {
    struct pair pair = connected();
    expect(disconnect_ex(pair.local, NULL, 0, 0));
    expect(disconnect_ex(pair.local, NULL, 0, 0));
}

/* Sends and connects are over, receives are not; the peer reads the end. */
static void expect_half_closed(struct pair pair) {
    struct sockaddr_in where;
    char buffer[8];
    listener(&where);
    expect_error(send(pair.local, "x", 1, 0), WSAESHUTDOWN);
    expect_error(connect(pair.local, (struct sockaddr *)&where, sizeof where), WSAEISCONN);
    expect_eq(recv(pair.peer, buffer, sizeof buffer, 0), 0);
    give_to(pair.peer, pair.local, "hello");
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 5);
}

CASE("disconnectex/remarks/half-close") {
    struct pair pair = connected();
    struct request request;
    expect_eq(begin_disconnect(pair.local, &request, NULL), WSA_IO_PENDING);
    expect_ended(&request, ENDED_WELL, 0);
    expect_half_closed(pair);
}

CASE("disconnectex/remarks/half-close-plain") {
    struct pair pair = connected();
    expect(disconnect_ex(pair.local, NULL, 0, 0));
    expect_half_closed(pair);
}

CASE("disconnectex/error/WSAENOTCONN") {
    struct request request;
    connected();
    expect_eq(begin_disconnect(tcp(), &request, NULL), WSAENOTCONN);
    expect_false(disconnect_ex(tcp(), NULL, 0, 0), WSAENOTCONN);
}

CASE("disconnectex/error/WSAENOTSOCK") {
    struct request request;
    connected();
    expect_eq(begin_disconnect(INVALID_SOCKET, &request, NULL), WSAENOTSOCK);
    expect_false(disconnect_ex(INVALID_SOCKET, NULL, 0, 0), WSAENOTSOCK);
}

CASE("disconnectex/error/WSAEINVAL") {
    struct pair pair = connected();
    expect_false(disconnect_ex(pair.local, NULL, 0x80, 0), WSAEINVAL);
    expect_false(disconnect_ex(pair.local, NULL, 0, 1), WSAEINVAL);
    give_to(pair.local, pair.peer, "abc");
}

CASE("disconnectex/reuse/acceptex") {
    struct sockaddr_in where;
    struct request request;
    LPFN_ACCEPTEX accept_ex;
    char addresses[64], buffer[8];
    DWORD got;
    SOCKET listening = listener(&where), accepted = tcp(), visitor;
    int round;
    extension((GUID)WSAID_ACCEPTEX, &accept_ex);
    extension((GUID)WSAID_DISCONNECTEX, &disconnect_ex);
    for (round = 0; round < 2; round++) {
        request_init(&request, NULL);
        expect_false(accept_ex(listening, accepted, addresses, 0, 32, 32, &got, &request.overlapped),
                     WSA_IO_PENDING);
        visitor = tcp();
        require(connect(visitor, (struct sockaddr *)&where, sizeof where) == 0);
        expect_ended(&request, ENDED_WELL, 0);
        give_to(visitor, accepted, "abc");
        expect_eq(recv(accepted, buffer, sizeof buffer, 0), 3);
        require(closesocket(visitor) == 0);
        expect_eq(recv(accepted, buffer, sizeof buffer, 0), 0);
        expect(disconnect_ex(accepted, NULL, TF_REUSE_SOCKET, 0));
    }
}

CASE("disconnectex/reuse/connectex") {
    struct sockaddr_in where, any;
    struct request request;
    LPFN_CONNECTEX connect_ex;
    char buffer[8];
    SOCKET listening = listener(&where), connecting = tcp(), accepted;
    int round;
    extension((GUID)WSAID_CONNECTEX, &connect_ex);
    extension((GUID)WSAID_DISCONNECTEX, &disconnect_ex);
    memset(&any, 0, sizeof any);
    any.sin_family = AF_INET;
    require(bind(connecting, (struct sockaddr *)&any, sizeof any) == 0);
    for (round = 0; round < 2; round++) {
        request_init(&request, NULL);
        expect_false(connect_ex(connecting, (struct sockaddr *)&where, sizeof where, NULL, 0, NULL,
                                &request.overlapped),
                     WSA_IO_PENDING);
        accepted = accept(listening, NULL, NULL);
        require(accepted != INVALID_SOCKET);
        expect_ended(&request, ENDED_WELL, 0);
        give_to(accepted, connecting, "abc");
        expect_eq(recv(connecting, buffer, sizeof buffer, 0), 3);
        require(closesocket(accepted) == 0);
        expect_eq(recv(connecting, buffer, sizeof buffer, 0), 0);
        expect(disconnect_ex(connecting, NULL, TF_REUSE_SOCKET, 0));
    }
}

/* ---- Completion ports ---- */

static struct pair connected_on(HANDLE port) {
    struct pair pair = connected();
    associate(port, pair.local, KEY);
    return pair;
}

CASE("disconnectex/port/overlapped") {
    struct request request;
    HANDLE port = new_port();
    expect_eq(begin_disconnect(connected_on(port).local, &request, NULL), WSA_IO_PENDING);
    expect_packet(port, KEY, &request.overlapped, 0, NO_ERROR);
    expect_no_packet(port);
}

CASE("disconnectex/port/plain") {
    HANDLE port = new_port();
    SOCKET s = connected_on(port).local;
    expect(disconnect_ex(s, NULL, 0, 0));
    expect_no_packet(port);
}

CASE("disconnectex/port/skip-flag") {
    struct request request;
    HANDLE port = new_port();
    SOCKET s = connected_on(port).local;
    require(SetFileCompletionNotificationModes((HANDLE)s, FILE_SKIP_COMPLETION_PORT_ON_SUCCESS));
    expect_eq(begin_disconnect(s, &request, NULL), WSA_IO_PENDING);
    expect_packet(port, KEY, &request.overlapped, 0, NO_ERROR);
    expect_no_packet(port);
}

CASE("disconnectex/port/event-with-low-bit") {
    struct request request;
    HANDLE port = new_port(), event = new_event();
    HANDLE tagged = (HANDLE)((ULONG_PTR)event | 1);
    expect_eq(begin_disconnect(connected_on(port).local, &request, tagged), WSA_IO_PENDING);
    expect_eq(WaitForSingleObject(tagged, PATIENCE), WAIT_OBJECT_0);
    expect_ended(&request, ENDED_WELL, 0);
    expect_no_packet(port);
}
