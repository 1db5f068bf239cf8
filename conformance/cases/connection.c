/* bind, listen, connect and accept (clauses/connection.md). */
#include "harness.h"

#define NAME(address) ((struct sockaddr *)&(address)), (int)sizeof(address)

CASE("bind/error/WSAEFAULT") {
    struct sockaddr_in any = loopback(0);
    expect_error(bind(tcp(), NULL, sizeof any), WSAEFAULT);
    expect_error(bind(tcp(), (struct sockaddr *)&any, sizeof any - 1), WSAEFAULT);
}

CASE("bind/error/WSAEAFNOSUPPORT") {
    struct sockaddr_in any = loopback(0);
    any.sin_family = 0xdead;
    expect_error(bind(tcp(), NAME(any)), WSAEAFNOSUPPORT);
}

CASE("bind/error/WSAEADDRNOTAVAIL") {
    struct sockaddr_in foreign = loopback(0);
    foreign.sin_addr.s_addr = htonl(0xc0000201); /* 192.0.2.1 is nobody's */
    expect_error(bind(tcp(), NAME(foreign)), WSAEADDRNOTAVAIL);
}

CASE("bind/error/WSAEINVAL-twice") {
    struct sockaddr_in any = loopback(0);
    expect_error(bind(udp_at(NULL), NAME(any)), WSAEINVAL);
}

CASE("bind/error/WSAEADDRINUSE") {
    struct sockaddr_in where;
    SOCKET taken = udp_at(&where);
    expect_error(bind(udp(), NAME(where)), WSAEADDRINUSE);
    closesocket(taken);
}

CASE("listen/error/WSAEOPNOTSUPP") { expect_error(listen(udp_at(NULL), 1), WSAEOPNOTSUPP); }

CASE("listen/error/WSAEINVAL") { expect_error(listen(tcp(), 1), WSAEINVAL); }

CASE("listen/error/WSAENOTSOCK") { expect_error(listen(INVALID_SOCKET, 1), WSAENOTSOCK); }

CASE("listen/remarks/twice") { expect_eq(listen(listener(NULL), 1), 0); }

CASE("connect/error/WSAECONNREFUSED") {
    struct sockaddr_in nobody = closed_port(SOCK_STREAM);
    expect_error(connect(tcp(), NAME(nobody)), WSAECONNREFUSED);
}

CASE("connect/error/WSAEWOULDBLOCK") {
    struct sockaddr_in where;
    SOCKET listening = listener(&where), s = tcp();
    nonblocking(s);
    expect_error(connect(s, NAME(where)), WSAEWOULDBLOCK);
    require(writable(s, PATIENCE) == 1);
    expect_eq(send(s, "x", 1, 0), 1);
    closesocket(listening);
}

CASE("connect/error/WSAEISCONN") {
    struct sockaddr_in where;
    SOCKET listening = listener(&where), s = tcp();
    expect_eq(connect(s, NAME(where)), 0);
    expect_error(connect(s, NAME(where)), WSAEISCONN);
    expect_error(connect(accept(listening, NULL, NULL), NAME(where)), WSAEISCONN);
}

CASE("connect/error/WSAEALREADY") {
    struct sockaddr_in where = full_listener();
    SOCKET s = tcp();
    nonblocking(s);
    expect_error(connect(s, NAME(where)), WSAEWOULDBLOCK);
    expect_error(connect(s, NAME(where)), WSAEALREADY);
}

CASE("connect/error/WSAEINVAL-listening") {
    struct sockaddr_in where;
    SOCKET listening = listener(&where);
    expect_error(connect(listening, NAME(where)), WSAEINVAL);
}

CASE("connect/error/WSAEFAULT") {
    struct sockaddr_in where = loopback(htons(9));
    expect_error(connect(tcp(), (struct sockaddr *)&where, 3), WSAEFAULT);
}

CASE("connect/remarks/again-after-refusal") {
    struct sockaddr_in nobody = closed_port(SOCK_STREAM), where;
    SOCKET s = tcp(), listening = listener(&where);
    expect_error(connect(s, NAME(nobody)), WSAECONNREFUSED);
    expect_eq(connect(s, NAME(where)), 0);
    closesocket(listening);
}

CASE("connect/remarks/udp-again") {
    struct sockaddr_in own, first, second;
    SOCKET s = udp_at(&own), a = udp_at(&first), b = udp_at(&second);
    char buffer[8];
    expect_eq(connect(s, NAME(first)), 0);
    expect_eq(connect(s, NAME(second)), 0);
    require(sendto(a, "no", 2, 0, NAME(own)) == 2);
    require(sendto(b, "yes", 3, 0, NAME(own)) == 3);
    await_readable(s);
    expect_eq(recv(s, buffer, sizeof buffer, 0), 3);
}

CASE("wsaconnect/returns/connected") {
    struct sockaddr_in where;
    SOCKET s = tcp(), listening = listener(&where);
    expect_eq(WSAConnect(s, NAME(where), NULL, NULL, NULL, NULL), 0);
    expect_eq(send(s, "x", 1, 0), 1);
    closesocket(listening);
}

/* A listener with one connection waiting. */
static SOCKET visited(void) {
    struct sockaddr_in where;
    SOCKET listening = listener(&where), s = tcp();
    require(connect(s, NAME(where)) == 0);
    await_readable(listening);
    give(s, "hello");
    return listening;
}

CASE("accept/error/WSAEFAULT") {
    struct sockaddr_in from;
    int length = 0;
    SOCKET listening = visited();
    expect_error(accept(listening, (struct sockaddr *)&from, &length), WSAEFAULT);
    expect_eq(length, 0);
}

CASE("accept/param/address-without-length") {
    struct sockaddr_in from;
    poison(&from, sizeof from);
    expect(accept(visited(), (struct sockaddr *)&from, NULL) != INVALID_SOCKET);
    expect_untouched(&from, sizeof from);
}

CASE("accept/error/WSAEINVAL") {
    expect_error(accept(tcp(), NULL, NULL), WSAEINVAL);
    expect_error(accept(tcp_pair().local, NULL, NULL), WSAEINVAL);
}

CASE("accept/error/WSAEOPNOTSUPP") { expect_error(accept(udp_at(NULL), NULL, NULL), WSAEOPNOTSUPP); }

CASE("accept/error/WSAEWOULDBLOCK") {
    SOCKET listening = listener(NULL);
    nonblocking(listening);
    expect_error(accept(listening, NULL, NULL), WSAEWOULDBLOCK);
}

CASE("accept/returns/address") {
    struct sockaddr_in where, from, own;
    SOCKET listening = listener(&where), s = tcp();
    int length = sizeof from, own_length = sizeof own;
    poison(&from, sizeof from);
    require(connect(s, NAME(where)) == 0);
    require(getsockname(s, (struct sockaddr *)&own, &own_length) == 0);
    expect(accept(listening, (struct sockaddr *)&from, &length) != INVALID_SOCKET);
    expect_eq(length, 16);
    expect_eq(from.sin_family, AF_INET);
    expect_eq(from.sin_port, own.sin_port);
}

CASE("accept/remarks/inherits-nonblocking") {
    struct sockaddr_in where;
    SOCKET listening = listener(&where), s = tcp(), accepted;
    char byte;
    nonblocking(listening);
    require(connect(s, NAME(where)) == 0);
    await_readable(listening);
    accepted = accept(listening, NULL, NULL);
    require(accepted != INVALID_SOCKET);
    expect_error(recv(accepted, &byte, 1, 0), WSAEWOULDBLOCK);
}

CASE("accept/remarks/waits") {
    struct sockaddr_in where;
    SOCKET listening = listener(&where), s = tcp();
    struct call call;
    begin(&call, act_accept, &listening);
    require(connect(s, NAME(where)) == 0);
    finish(&call);
    expect(call.result != -1);
}

static int asked, answer;
static u_short seen_port;
static DWORD_PTR seen_data;

static int CALLBACK condition(LPWSABUF caller, LPWSABUF caller_data, LPQOS qos, LPQOS group_qos,
                              LPWSABUF callee, LPWSABUF callee_data, GROUP *group, DWORD_PTR data) {
    (void)caller_data, (void)qos, (void)group_qos, (void)callee, (void)callee_data, (void)group;
    asked++;
    seen_data = data;
    if (caller && caller->len >= sizeof(struct sockaddr_in))
        seen_port = ((struct sockaddr_in *)(void *)caller->buf)->sin_port;
    return answer;
}

CASE("wsaaccept/condition/defer") {
    SOCKET listening = visited(), accepted;
    char buffer[8];
    answer = CF_DEFER;
    expect_error(WSAAccept(listening, NULL, NULL, condition, 0), WSATRY_AGAIN);
    expect_eq(asked, 1);
    accepted = accept(listening, NULL, NULL);
    require(accepted != INVALID_SOCKET);
    expect_eq(recv(accepted, buffer, sizeof buffer, 0), 5);
}

CASE("wsaaccept/condition/accept") {
    struct sockaddr_in from;
    int length = sizeof from;
    SOCKET accepted;
    answer = CF_ACCEPT;
    accepted = WSAAccept(visited(), (struct sockaddr *)&from, &length, condition, 0x1234);
    expect(accepted != INVALID_SOCKET);
    expect_eq(asked, 1);
    expect_eq(seen_data, 0x1234);
    expect_eq(seen_port, from.sin_port);
}

CASE("wsaaccept/condition/reject") {
    answer = CF_REJECT;
    expect_error(WSAAccept(visited(), NULL, NULL, condition, 0), WSAECONNREFUSED);
}

CASE("wsaaccept/remarks/no-condition") {
    expect(WSAAccept(visited(), NULL, NULL, NULL, 0) != INVALID_SOCKET);
}
