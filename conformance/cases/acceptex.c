/* AcceptEx and GetAcceptExSockaddrs (clauses/acceptex.md). */
#include "harness.h"

#define KEY 125
#define ROOM (sizeof(struct sockaddr_in) + 16) /* what AcceptEx wants for an address */

static HANDLE new_event(void) {
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    require(event != NULL);
    return event;
}

static LPFN_ACCEPTEX accept_ex;
static LPFN_GETACCEPTEXSOCKADDRS accept_ex_addresses;

static void load(void) {
    extension((GUID)WSAID_ACCEPTEX, &accept_ex);
    extension((GUID)WSAID_GETACCEPTEXSOCKADDRS, &accept_ex_addresses);
}

/* An AcceptEx and its sockets. */
struct visit {
    struct sockaddr_in where;
    SOCKET listening, accepted, visitor;
    HANDLE event;
    struct request request;
    char buffer[16 + 2 * 64];
    DWORD got, length, local, remote;
};

/* NO_ERROR, or the last error AcceptEx failed with. */
static int begin_accept(struct visit *visit, DWORD length) {
    request_init(&visit->request, visit->event);
    poison(visit->buffer, sizeof visit->buffer);
    visit->got = POISON;
    visit->length = length;
    WSASetLastError((int)POISON);
    return accept_ex(visit->listening, visit->accepted, visit->buffer, length, visit->local, visit->remote,
                     &visit->got, &visit->request.overlapped)
               ? NO_ERROR
               : WSAGetLastError();
}

/* Everything is there, nothing begun. */
static void prepare_visit(struct visit *visit) {
    load();
    memset(visit, 0, sizeof *visit);
    visit->listening = listener(&visit->where);
    visit->accepted = tcp();
    visit->event = new_event();
    visit->local = visit->remote = ROOM;
}

static void open_visit(struct visit *visit, DWORD length) {
    prepare_visit(visit);
    expect_begun(&visit->request, begin_accept(visit, length));
}

static void come(struct visit *visit) {
    visit->visitor = tcp();
    require(connect(visit->visitor, (struct sockaddr *)&visit->where, sizeof visit->where) == 0);
}

static void expect_set(HANDLE event) { expect_eq(WaitForSingleObject(event, PATIENCE), WAIT_OBJECT_0); }
static void expect_unset(HANDLE event) { expect_eq(WaitForSingleObject(event, 100), WAIT_TIMEOUT); }

static void expect_accepted(struct visit *visit, DWORD count) {
    expect_set(visit->event);
    expect_ended(&visit->request, ENDED_WELL, count);
}

/* ---- With and without data ---- */

CASE("acceptex/returns/pending") {
    struct visit visit;
    open_visit(&visit, 0);
    expect_unset(visit.event);
    expect_eq(visit.got, POISON);
    expect_still_pending(&visit.request);
}

CASE("acceptex/returns/by-name") {
    struct visit visit;
    struct sockaddr *local, *remote;
    int local_length, remote_length;
    prepare_visit(&visit);
    accept_ex = AcceptEx;
    expect_begun(&visit.request, begin_accept(&visit, 8));
    come(&visit);
    give(visit.visitor, "abc");
    expect_accepted(&visit, 3);
    expect_bytes(visit.buffer, "abc");
    GetAcceptExSockaddrs(visit.buffer, 8, ROOM, ROOM, &local, &local_length, &remote, &remote_length);
    expect_eq(((struct sockaddr_in *)(void *)local)->sin_port, visit.where.sin_port);
}

CASE("acceptex/data/first-bytes") {
    struct visit visit;
    open_visit(&visit, 2);
    come(&visit);
    expect_unset(visit.event);
    expect_still_pending(&visit.request);
    give(visit.visitor, "a");
    expect_accepted(&visit, 1);
    expect_bytes(visit.buffer, "a");
}

CASE("acceptex/data/rest-stays") {
    struct visit visit;
    char buffer[8];
    open_visit(&visit, 2);
    come(&visit);
    give(visit.visitor, "abcde");
    expect_accepted(&visit, 2);
    expect_eq(recv(visit.accepted, buffer, sizeof buffer, 0), 3);
    expect_bytes(buffer, "cde");
}

CASE("acceptex/data/visitor-closes") {
    struct visit visit;
    open_visit(&visit, 2);
    come(&visit);
    require(closesocket(visit.visitor) == 0);
    expect_accepted(&visit, 0);
}

CASE("acceptex/data/length-zero") {
    struct visit visit;
    char buffer[8];
    open_visit(&visit, 0);
    come(&visit);
    expect_accepted(&visit, 0);
    give_to(visit.visitor, visit.accepted, "abc");
    expect_eq(recv(visit.accepted, buffer, sizeof buffer, 0), 3);
    give_to(visit.accepted, visit.visitor, "de");
    expect_eq(recv(visit.visitor, buffer, sizeof buffer, 0), 2);
}

CASE("acceptex/data/connection-came-first") {
    struct visit visit;
    int error;
    prepare_visit(&visit);
    come(&visit);
    await_readable(visit.listening);
    error = begin_accept(&visit, 0);
    expect(error == NO_ERROR || error == WSA_IO_PENDING);
    expect_accepted(&visit, 0);
}

CASE("acceptex/data/in-order") {
    struct visit first, second;
    open_visit(&first, 0);
    second = first;
    second.accepted = tcp();
    second.event = new_event();
    expect_begun(&second.request, begin_accept(&second, 0));
    come(&first);
    expect_accepted(&first, 0);
    expect_unset(second.event);
    come(&second);
    expect_accepted(&second, 0);
}

CASE("acceptex/remarks/swallows-readiness") {
    struct visit visit;
    open_visit(&visit, 0);
    come(&visit);
    expect_accepted(&visit, 0);
    expect_eq(readable(visit.listening, 50), 0);
    come(&visit);
    expect_eq(readable(visit.listening, PATIENCE), 1);
}

static int CALLBACK defer(LPWSABUF caller, LPWSABUF caller_data, LPQOS qos, LPQOS group_qos, LPWSABUF callee,
                          LPWSABUF callee_data, GROUP *group, DWORD_PTR data) {
    (void)caller, (void)caller_data, (void)qos, (void)group_qos;
    (void)callee, (void)callee_data, (void)group, (void)data;
    return CF_DEFER;
}

CASE("acceptex/remarks/deferred-comes-first") {
    struct visit visit;
    int error;
    prepare_visit(&visit);
    come(&visit);
    give(visit.visitor, "first");
    expect_error(WSAAccept(visit.listening, NULL, NULL, defer, 0), WSATRY_AGAIN);
    come(&visit);
    give(visit.visitor, "other");
    error = begin_accept(&visit, 5);
    expect(error == NO_ERROR || error == WSA_IO_PENDING);
    expect_accepted(&visit, 5);
    expect_bytes(visit.buffer, "first");
}

/* ---- Addresses and context ---- */

static void expect_addresses(struct visit *visit) {
    struct sockaddr_in visitor;
    struct sockaddr *local = NULL, *remote = NULL;
    int length = sizeof visitor, local_length = 0, remote_length = 0;
    require(getsockname(visit->visitor, (struct sockaddr *)&visitor, &length) == 0);
    accept_ex_addresses(visit->buffer, visit->length, visit->local, visit->remote, &local, &local_length,
                        &remote, &remote_length);
    require(local != NULL && remote != NULL);
    expect_eq(local_length, sizeof(struct sockaddr_in));
    expect_eq(remote_length, sizeof(struct sockaddr_in));
    expect(memcmp(local, &visit->where, sizeof visit->where) == 0);
    expect(memcmp(remote, &visitor, sizeof visitor) == 0);
    expect((char *)local >= visit->buffer + visit->length);
    expect((char *)remote >= visit->buffer + visit->length + visit->local);
}

CASE("getacceptexsockaddrs/returns/addresses") {
    struct visit visit;
    open_visit(&visit, 0);
    come(&visit);
    expect_accepted(&visit, 0);
    expect_addresses(&visit);
}

CASE("getacceptexsockaddrs/returns/behind-data") {
    struct visit visit;
    open_visit(&visit, 8);
    come(&visit);
    give(visit.visitor, "abc");
    expect_accepted(&visit, 3);
    expect_addresses(&visit);
}

CASE("acceptex/context/update") {
    struct visit visit;
    struct sockaddr_in name, visitor;
    int length = sizeof name;
    open_visit(&visit, 0);
    come(&visit);
    expect_accepted(&visit, 0);
    expect(getsockname(visit.accepted, (struct sockaddr *)&name, &length) == SOCKET_ERROR);
    expect_eq(setsockopt(visit.accepted, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, (char *)&visit.listening,
                         sizeof visit.listening),
              0);
    length = sizeof name;
    expect_eq(getsockname(visit.accepted, (struct sockaddr *)&name, &length), 0);
    expect_eq(name.sin_port, visit.where.sin_port);
    length = sizeof name;
    expect_eq(getpeername(visit.accepted, (struct sockaddr *)&name, &length), 0);
    length = sizeof visitor;
    require(getsockname(visit.visitor, (struct sockaddr *)&visitor, &length) == 0);
    expect_eq(name.sin_port, visitor.sin_port);
    expect_eq(shutdown(visit.accepted, SD_SEND), 0);
}

/* ---- What is refused ---- */

/* The call fails at once with this error; Internal says that something is pending. */
static void expect_refused(struct visit *visit, int code) {
    expect_eq(begin_accept(visit, 0), code);
    expect_eq((DWORD)visit->request.overlapped.Internal, NOT_ENDED);
}

CASE("acceptex/error/no-overlapped") {
    struct visit visit;
    DWORD got;
    prepare_visit(&visit);
    expect_false(accept_ex(visit.listening, visit.accepted, visit.buffer, 0, ROOM, ROOM, &got, NULL),
                 ERROR_INVALID_PARAMETER);
}

CASE("acceptex/error/WSAENOTSOCK") {
    struct visit visit;
    prepare_visit(&visit);
    visit.listening = INVALID_SOCKET;
    expect_refused(&visit, WSAENOTSOCK);
    visit.listening = listener(NULL);
    visit.accepted = INVALID_SOCKET;
    expect_refused(&visit, WSAENOTSOCK);
}

CASE("acceptex/error/WSAEINVAL-listening") {
    struct visit visit;
    struct sockaddr_in any = loopback(0);
    prepare_visit(&visit);
    visit.listening = tcp();
    require(bind(visit.listening, (struct sockaddr *)&any, sizeof any) == 0);
    expect_refused(&visit, WSAEINVAL);
}

CASE("acceptex/error/WSAEINVAL-accepted") {
    struct visit visit;
    struct sockaddr_in any = loopback(0);
    prepare_visit(&visit);
    visit.accepted = udp();
    expect_refused(&visit, WSAEINVAL);
    visit.accepted = tcp();
    require(bind(visit.accepted, (struct sockaddr *)&any, sizeof any) == 0);
    expect_refused(&visit, WSAEINVAL);
    visit.accepted = tcp_pair().local;
    expect_refused(&visit, WSAEINVAL);
}

CASE("acceptex/error/WSAEFAULT") {
    struct visit visit;
    DWORD got;
    prepare_visit(&visit);
    request_init(&visit.request, NULL);
    expect_false(
        accept_ex(visit.listening, visit.accepted, NULL, 0, ROOM, ROOM, &got, &visit.request.overlapped),
        WSAEFAULT);
    visit.remote = 0;
    expect_refused(&visit, WSAEFAULT);
}

CASE("acceptex/error/in-use") {
    struct visit visit, second;
    LPFN_CONNECTEX connect_ex;
    struct sockaddr_in other, any = loopback(0);
    DWORD sent;
    listener(&other);
    extension((GUID)WSAID_CONNECTEX, &connect_ex);
    open_visit(&visit, 0);
    second = visit;
    expect_refused(&second, WSAEINVAL);
    expect_error(connect(visit.accepted, (struct sockaddr *)&other, sizeof other), WSAEINVAL);
    bind(visit.accepted, (struct sockaddr *)&any, sizeof any);
    expect_false(connect_ex(visit.accepted, (struct sockaddr *)&other, sizeof other, NULL, 0, &sent,
                            &second.request.overlapped),
                 WSAEINVAL);
    expect_still_pending(&visit.request);
}

CASE("acceptex/address/little-short") {
    struct visit visit;
    prepare_visit(&visit);
    visit.remote = ROOM - 1;
    expect_eq(begin_accept(&visit, 0), WSA_IO_PENDING);
}

/* The room for the local address is found too small when the connection comes, which stays in the queue. */
static void local_too_small(DWORD room) {
    struct visit visit;
    DWORD count = POISON;
    prepare_visit(&visit);
    visit.local = room;
    expect_begun(&visit.request, begin_accept(&visit, 0));
    come(&visit);
    expect_set(visit.event);
    expect_ended(&visit.request, TOO_SMALL, 0);
    expect_false(GetOverlappedResult((HANDLE)visit.listening, &visit.request.overlapped, &count, FALSE),
                 ERROR_INSUFFICIENT_BUFFER);
    expect_eq(readable(visit.listening, PATIENCE), 1);
    expect(accept(visit.listening, NULL, NULL) != INVALID_SOCKET);
}

CASE("acceptex/address/local-3") { local_too_small(3); }

CASE("acceptex/address/local-without-margin") { local_too_small(sizeof(struct sockaddr_in) + 4); }

/* ---- Cancelling ---- */

static void expect_cancelled(struct visit *visit) {
    SOCKET any = udp();
    DWORD count = POISON;
    expect_set(visit->event);
    expect_ended(&visit->request, CANCELLED, 0);
    expect_false(GetOverlappedResult((HANDLE)any, &visit->request.overlapped, &count, FALSE),
                 ERROR_OPERATION_ABORTED);
}

CASE("acceptex/cancel/close-listener") {
    struct visit visit;
    open_visit(&visit, 0);
    expect_eq(closesocket(visit.listening), 0);
    expect_cancelled(&visit);
}

CASE("acceptex/cancel/close-accepted") {
    struct visit visit;
    open_visit(&visit, 0);
    expect_eq(closesocket(visit.accepted), 0);
    expect_cancelled(&visit);
}

CASE("acceptex/cancel/close-accepted-connected") {
    struct visit visit;
    DWORD count = POISON;
    open_visit(&visit, 2);
    come(&visit);
    expect_unset(visit.event);
    expect_eq(closesocket(visit.accepted), 0);
    expect_set(visit.event);
    expect(!GetOverlappedResult((HANDLE)visit.listening, &visit.request.overlapped, &count, FALSE));
    expect(GetLastError() == ERROR_OPERATION_ABORTED || GetLastError() == ERROR_CONNECTION_ABORTED);
    expect_eq(count, 0);
}

CASE("acceptex/cancel/cancelio-of-accepted") {
    struct visit visit;
    open_visit(&visit, 0);
    expect(CancelIo((HANDLE)visit.accepted));
    expect_unset(visit.event);
    come(&visit);
    expect_accepted(&visit, 0);
}

CASE("acceptex/cancel/cancelio-of-listener") {
    struct visit visit;
    open_visit(&visit, 0);
    expect(CancelIo((HANDLE)visit.listening));
    expect_cancelled(&visit);
    expect_begun(&visit.request, begin_accept(&visit, 0));
    come(&visit);
    expect_accepted(&visit, 0);
}

/* ---- Completion ports ---- */

/* The listener has KEY, the accept socket 236, both on one port. */
static HANDLE visit_on_port(struct visit *visit, DWORD length) {
    HANDLE port = new_port();
    prepare_visit(visit);
    visit->event = NULL;
    associate(port, visit->listening, KEY);
    associate(port, visit->accepted, 236);
    expect_begun(&visit->request, begin_accept(visit, length));
    return port;
}

CASE("acceptex/port/data") {
    struct visit visit;
    HANDLE port = visit_on_port(&visit, 2);
    come(&visit);
    expect_no_packet(port);
    give(visit.visitor, "a");
    expect_packet(port, KEY, &visit.request.overlapped, 1, NO_ERROR);
    expect_no_packet(port);
}

CASE("acceptex/port/visitor-closes") {
    struct visit visit;
    HANDLE port = visit_on_port(&visit, 2);
    come(&visit);
    require(closesocket(visit.visitor) == 0);
    expect_packet(port, KEY, &visit.request.overlapped, 0, NO_ERROR);
}

CASE("acceptex/port/close-listener") {
    struct visit visit;
    HANDLE port = visit_on_port(&visit, 0);
    expect_eq(closesocket(visit.listening), 0);
    expect_packet(port, KEY, &visit.request.overlapped, 0, ERROR_OPERATION_ABORTED);
    expect_no_packet(port);
}

CASE("acceptex/port/close-accepted") {
    struct visit visit;
    HANDLE port = visit_on_port(&visit, 0);
    expect_eq(closesocket(visit.accepted), 0);
    expect_packet(port, KEY, &visit.request.overlapped, 0, ERROR_OPERATION_ABORTED);
    expect_no_packet(port);
}

CASE("acceptex/port/associated-later") {
    struct visit visit;
    HANDLE port = new_port();
    prepare_visit(&visit);
    visit.event = NULL;
    expect_begun(&visit.request, begin_accept(&visit, 0));
    associate(port, visit.listening, KEY);
    expect_eq(closesocket(visit.listening), 0);
    expect_packet(port, KEY, &visit.request.overlapped, 0, ERROR_OPERATION_ABORTED);
    expect_no_packet(port);
}

CASE("acceptex/port/duplicate") {
    struct visit visit;
    HANDLE port = visit_on_port(&visit, 0);
    SOCKET copy = copy_of(visit.listening);
    expect_eq(closesocket(visit.listening), 0);
    expect_no_packet(port);
    expect_eq(closesocket(copy), 0);
    expect_packet(port, KEY, &visit.request.overlapped, 0, ERROR_OPERATION_ABORTED);
    expect_no_packet(port);
}

CASE("acceptex/port/address-too-small") {
    struct visit visit;
    HANDLE port = new_port();
    prepare_visit(&visit);
    visit.event = NULL;
    visit.local = 3;
    associate(port, visit.listening, KEY);
    expect_begun(&visit.request, begin_accept(&visit, 0));
    come(&visit);
    expect_packet(port, KEY, &visit.request.overlapped, 0, ERROR_INSUFFICIENT_BUFFER);
}
