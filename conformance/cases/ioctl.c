/* ioctlsocket and WSAIoctl (clauses/ioctl.md). */
#include "harness.h"

#ifndef SIO_KEEPALIVE_VALS
#define SIO_KEEPALIVE_VALS _WSAIOW(IOC_VENDOR, 4)
struct tcp_keepalive {
    u_long onoff, keepalivetime, keepaliveinterval;
};
#endif

CASE("ioctlsocket/error/WSAEFAULT") {
    SOCKET s = tcp_pair().local;
    expect_error(ioctlsocket(s, (long)FIONBIO, UNMAPPED(u_long)), WSAEFAULT);
    expect_error(ioctlsocket(s, FIONREAD, UNMAPPED(u_long)), WSAEFAULT);
    expect_error(ioctlsocket(s, SIOCATMARK, UNMAPPED(u_long)), WSAEFAULT);
}

CASE("ioctlsocket/error/WSAENOTSOCK") {
    u_long value = POISON;
    SOCKET s = tcp();
    require(closesocket(s) == 0);
    expect_error(ioctlsocket(s, FIONREAD, &value), WSAENOTSOCK);
    expect_error(ioctlsocket(0, FIONREAD, &value), WSAENOTSOCK);
    expect_error(ioctlsocket(INVALID_SOCKET, FIONREAD, &value), WSAENOTSOCK);
    expect_eq(value, POISON);
}

CASE("ioctlsocket/fionread/zero") {
    struct sockaddr_in any = loopback(0);
    SOCKET bound = tcp();
    require(bind(bound, (struct sockaddr *)&any, sizeof any) == 0);
    expect_eq(queued(tcp()), 0);
    expect_eq(queued(bound), 0);
    expect_eq(queued(listener(NULL)), 0);
    expect_eq(queued(tcp_pair().local), 0);
}

CASE("ioctlsocket/fionread/count") {
    struct pair pair = tcp_pair();
    char buffer[8];
    give(pair.peer, "abcde");
    await_queued(pair.local, 5);
    expect_eq(queued(pair.local), 5);
    expect_eq(recv(pair.local, buffer, 3, 0), 3);
    expect_eq(queued(pair.local), 2);
}

CASE("ioctlsocket/fionread/udp-total") {
    struct pair pair = udp_pair();
    give_to(pair.peer, pair.local, "abc");
    give(pair.peer, "defgh");
    expect_eq(queued(pair.local), 8);
}

static u_long at_mark(SOCKET s) {
    u_long mark = POISON;
    require(ioctlsocket(s, SIOCATMARK, &mark) == 0);
    return mark;
}

CASE("ioctlsocket/siocatmark/idle") {
    struct pair pair = tcp_pair();
    expect_eq(at_mark(tcp()), 1);
    expect_eq(at_mark(listener(NULL)), 1);
    expect_eq(at_mark(pair.local), 1);
    give_to(pair.peer, pair.local, "abcde");
    expect_eq(at_mark(pair.local), 1);
}

CASE("ioctlsocket/fionbio/both-ways") {
    struct pair pair = tcp_pair();
    struct call call;
    u_long off = 0;
    char byte;
    nonblocking(pair.local);
    expect_error(recv(pair.local, &byte, 1, 0), WSAEWOULDBLOCK);
    expect_clears(ioctlsocket(pair.local, (long)FIONBIO, &off), 0);
    begin(&call, act_recv, &pair.local);
    give(pair.peer, "x");
    expect_finish(&call, 1, 0);
}

CASE("ioctlsocket/error/WSAEOPNOTSUPP") {
    u_long value = 0;
    expect_error(ioctlsocket(tcp(), 0x12345678, &value), WSAEOPNOTSUPP);
}

CASE("wsaioctl/error/WSAEFAULT-short-output") {
    SOCKET s = tcp_pair().local;
    u_long value;
    DWORD size = POISON;
    expect_error(WSAIoctl(s, FIONREAD, NULL, 0, &value, 3, &size, NULL, NULL), WSAEFAULT);
    expect_error(WSAIoctl(s, SIOCATMARK, NULL, 0, &value, 3, &size, NULL, NULL), WSAEFAULT);
    expect_eq(size, POISON);
}

CASE("wsaioctl/returns/fionread") {
    struct pair pair = tcp_pair();
    u_long value = POISON;
    DWORD size = POISON;
    give_to(pair.peer, pair.local, "abcde");
    expect_clears(WSAIoctl(pair.local, FIONREAD, NULL, 0, &value, sizeof value, &size, NULL, NULL), 0);
    expect_eq(value, 5);
    expect_eq(size, 4);
    expect_clears(WSAIoctl(pair.local, SIOCATMARK, NULL, 0, &value, sizeof value, &size, NULL, NULL), 0);
    expect_eq(value, 1);
    expect_eq(size, 4);
}

CASE("wsaioctl/fionbio/short-input") {
    u_long on = 1;
    DWORD size = POISON;
    expect_error(WSAIoctl(tcp(), FIONBIO, &on, 3, NULL, 0, &size, NULL, NULL), WSAEFAULT);
}

CASE("wsaioctl/fionbio/output") {
    SOCKET s = tcp_pair().local;
    u_long on[2] = {1, 0};
    DWORD size = POISON;
    char byte;
    expect_clears(WSAIoctl(s, FIONBIO, on, 4, UNMAPPED(char), 4, &size, NULL, NULL), 0);
    expect_eq(size, 0);
    expect_clears(WSAIoctl(s, FIONBIO, on, 8, NULL, 0, &size, NULL, NULL), 0);
    expect_error(recv(s, &byte, 1, 0), WSAEWOULDBLOCK);
}

CASE("wsaioctl/error/WSAEFAULT-no-count") {
    u_long value = 1;
    expect_error(WSAIoctl(tcp(), FIONREAD, NULL, 0, &value, sizeof value, NULL, NULL, NULL), WSAEFAULT);
    expect_error(WSAIoctl(tcp(), FIONBIO, &value, sizeof value, NULL, 0, NULL, NULL, NULL), WSAEFAULT);
    expect_error(WSAIoctl(tcp(), 0xdeadbeef, NULL, 0, NULL, 0, NULL, NULL, NULL), WSAEFAULT);
}

CASE("wsaioctl/extension/pointer") {
    GUID id = WSAID_WSARECVMSG;
    LPFN_WSARECVMSG function = NULL;
    DWORD size = POISON;
    expect_clears(WSAIoctl(udp(), SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, &function,
                           sizeof function, &size, NULL, NULL),
                  0);
    expect(function != NULL);
    expect_eq(size, sizeof(void *));
}

CASE("wsaioctl/extension/unknown") {
    GUID id = {0xdeadbeef, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}};
    ULONG_PTR function = POISON;
    DWORD size = POISON;
    expect_error(WSAIoctl(udp(), SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, &function,
                          sizeof function, &size, NULL, NULL),
                 WSAEINVAL);
    expect_eq(size, POISON);
    expect_eq(function, POISON);
}

CASE("wsaioctl/keepalive/no-input") {
    struct tcp_keepalive values = {1, 1000, 1000};
    SOCKET s = tcp();
    DWORD size = POISON;
    expect_error(WSAIoctl(s, SIO_KEEPALIVE_VALS, &values, 0, NULL, 0, &size, NULL, NULL), WSAEFAULT);
    expect_eq(size, 0);
    size = POISON;
    expect_error(WSAIoctl(s, SIO_KEEPALIVE_VALS, NULL, sizeof values, NULL, 0, &size, NULL, NULL), WSAEFAULT);
    expect_eq(size, 0);
}

CASE("wsaioctl/keepalive/set") {
    struct tcp_keepalive values = {1, 10000, 1000};
    DWORD size = POISON;
    expect_clears(WSAIoctl(tcp(), SIO_KEEPALIVE_VALS, &values, sizeof values, NULL, 0, &size, NULL, NULL), 0);
    expect_eq(size, 0);
}

CASE("wsaioctl/error/WSAEOPNOTSUPP") {
    static const DWORD codes[] = {0xdeadbeef, 0x667e, 0x8004667d};
    SOCKET s = tcp_pair().local;
    int i;
    for (i = 0; i < 3; i++) {
        u_long in = 0, out = 0;
        DWORD size = POISON;
        expect_error(WSAIoctl(s, codes[i], &in, sizeof in, &out, sizeof out, &size, NULL, NULL),
                     WSAEOPNOTSUPP);
        expect_eq(size, 0);
    }
}

CASE("wsaioctl/error/WSAENOTSOCK") {
    u_long value = 0;
    DWORD size;
    expect_error(WSAIoctl(INVALID_SOCKET, FIONREAD, NULL, 0, &value, sizeof value, &size, NULL, NULL),
                 WSAENOTSOCK);
}
