/* getsockopt and setsockopt (clauses/options.md). */
#include "harness.h"

#ifndef SO_CONNECT_TIME
#define SO_CONNECT_TIME 0x700C
#endif

static int get(SOCKET s, int level, int option, void *value, int *length) {
    return getsockopt(s, level, option, (char *)value, length);
}

static int set(SOCKET s, int level, int option, int value) {
    return setsockopt(s, level, option, (char *)&value, sizeof value);
}

static int value_of(SOCKET s, int level, int option) {
    int value = 0, length = sizeof value;
    require(get(s, level, option, &value, &length) == 0);
    return value;
}

static int so_error(SOCKET s) { return value_of(s, SOL_SOCKET, SO_ERROR); }

/* A nonblocking socket whose connect was refused. */
static SOCKET refused(void) {
    struct sockaddr_in nobody = closed_port(SOCK_STREAM), own = loopback(0);
    SOCKET s = tcp();
    nonblocking(s);
    require(bind(s, (struct sockaddr *)&own, sizeof own) == 0);
    require(connect(s, (struct sockaddr *)&nobody, sizeof nobody) == SOCKET_ERROR);
    require(excepted(s, PATIENCE) == 1);
    return s;
}

CASE("so-error/remarks/settable") {
    SOCKET s = tcp();
    int value = 1234;
    expect_clears(setsockopt(s, SOL_SOCKET, SO_ERROR, (char *)&value, sizeof value), 0);
    expect_eq(so_error(s), 1234);
}

CASE("so-error/remarks/reading-keeps") {
    SOCKET s = refused();
    expect_eq(so_error(s), WSAECONNREFUSED);
    expect_eq(so_error(s), WSAECONNREFUSED);
}

CASE("so-error/remarks/survives-connect") {
    struct sockaddr_in where = full_listener();
    SOCKET s = refused();
    expect_error(connect(s, (struct sockaddr *)&where, sizeof where), WSAEWOULDBLOCK);
    expect_eq(so_error(s), WSAECONNREFUSED);
}

CASE("so-error/remarks/success-clears") {
    struct sockaddr_in where;
    SOCKET s = refused(), listening = listener(&where);
    expect_error(connect(s, (struct sockaddr *)&where, sizeof where), WSAEWOULDBLOCK);
    require(writable(s, PATIENCE) == 1);
    expect_eq(so_error(s), 0);
    closesocket(listening);
}

CASE("so-error/remarks/survives-listen") {
    SOCKET s = refused();
    listen(s, 1);
    expect_eq(so_error(s), WSAECONNREFUSED);
}

CASE("so-error/remarks/synchronous-failure") {
    struct sockaddr_in nobody = closed_port(SOCK_STREAM);
    SOCKET s = tcp();
    expect_error(connect(s, (struct sockaddr *)&nobody, sizeof nobody), WSAECONNREFUSED);
    expect_eq(so_error(s), 0);
}

CASE("so-error/error/WSAEFAULT") {
    int value = 0, length = 1;
    expect_error(get(tcp(), SOL_SOCKET, SO_ERROR, &value, &length), WSAEFAULT);
}

CASE("so-error/error/WSAENOTSOCK") {
    int value = (int)POISON, length = sizeof value;
    SOCKET s = tcp();
    require(closesocket(s) == 0);
    expect_error(get(s, SOL_SOCKET, SO_ERROR, &value, &length), WSAENOTSOCK);
    expect_eq(value, (int)POISON);
}

static const int integers[] = {SO_RCVBUF, SO_SNDBUF, SO_RCVTIMEO, SO_SNDTIMEO, SO_OPENTYPE, SO_LINGER};
static const int bools[] = {SO_OOBINLINE, SO_BROADCAST, SO_DONTLINGER, SO_REUSEADDR};
#define COUNT(table) (sizeof(table) / sizeof *(table))

/* SO_BROADCAST is a datagram's option, the others are a stream's as well. */
static SOCKET bearer(int option) { return option == SO_BROADCAST ? udp() : tcp(); }

CASE("getsockopt/error/WSAEFAULT-short-integer") {
    SOCKET s = tcp();
    size_t i;
    for (i = 0; i < COUNT(integers); i++) {
        int short_length;
        for (short_length = 1; short_length <= 2; short_length++) {
            int value = 0, length = short_length;
            expect_error(get(s, SOL_SOCKET, integers[i], &value, &length), WSAEFAULT);
            expect_error(setsockopt(s, SOL_SOCKET, integers[i], (char *)&value, short_length), WSAEFAULT);
        }
    }
}

CASE("getsockopt/param/long-integer") {
    SOCKET s = tcp();
    size_t i;
    for (i = 0; i < COUNT(integers); i++) {
        int value[2] = {0, 0}, length = 8;
        expect_eq(get(s, SOL_SOCKET, integers[i], value, &length), 0);
        expect_eq(length, 4);
        expect_eq(setsockopt(s, SOL_SOCKET, integers[i], (char *)value, 8), 0);
    }
}

CASE("getsockopt/remarks/short-buffer-size-zeroed") {
    SOCKET s = tcp();
    int value = (int)POISON, length = 1;
    expect_error(get(s, SOL_SOCKET, SO_RCVBUF, &value, &length), WSAEFAULT);
    expect_eq((unsigned)value, 0xdeadbe00u);
    value = (int)POISON;
    length = 2;
    expect_error(get(s, SOL_SOCKET, SO_SNDBUF, &value, &length), WSAEFAULT);
    expect_eq((unsigned)value, 0xdead0000u);
    value = (int)POISON;
    length = 2;
    expect_error(get(s, SOL_SOCKET, SO_RCVTIMEO, &value, &length), WSAEFAULT);
    expect_eq((unsigned)value, POISON);
}

CASE("setsockopt/param/bool-lengths") {
    static const int lengths[] = {0, 1, 2, 4, 8};
    size_t i, j;
    for (i = 0; i < COUNT(bools); i++)
        for (j = 0; j < COUNT(lengths); j++) {
            int value[2] = {1, 0};
            expect_eq(setsockopt(bearer(bools[i]), SOL_SOCKET, bools[i], (char *)value, lengths[j]), 0);
        }
}

CASE("setsockopt/param/bool-any-value") {
    size_t i;
    for (i = 0; i < COUNT(bools); i++) {
        SOCKET s = bearer(bools[i]);
        expect_eq(set(s, SOL_SOCKET, bools[i], 0x100), 0);
        expect_eq(value_of(s, SOL_SOCKET, bools[i]), 1);
        expect_eq(set(s, SOL_SOCKET, bools[i], 0), 0);
        expect_eq(value_of(s, SOL_SOCKET, bools[i]), 0);
    }
}

CASE("getsockopt/param/bool-short") {
    size_t i;
    for (i = 0; i < COUNT(bools); i++) {
        SOCKET s = bearer(bools[i]);
        int offered;
        for (offered = 1; offered <= 2; offered++) {
            int value = 0, length = offered;
            expect_eq(set(s, SOL_SOCKET, bools[i], 1), 0);
            expect_eq(get(s, SOL_SOCKET, bools[i], &value, &length), 0);
            expect_eq(value & 0xff, 1);
            expect_eq(length, 1);
        }
    }
}

/* Level, option, family of the options that are one byte wide. */
static const int one_byte[][3] = {{SOL_SOCKET, SO_KEEPALIVE, AF_INET},
                                  {SOL_SOCKET, SO_DONTROUTE, AF_INET},
                                  {IPPROTO_TCP, TCP_NODELAY, AF_INET},
                                  {IPPROTO_IPV6, IPV6_V6ONLY, AF_INET6}};

CASE("getsockopt/param/one-byte-options") {
    size_t i;
    for (i = 0; i < COUNT(one_byte); i++) {
        SOCKET s = socket(one_byte[i][2], SOCK_STREAM, IPPROTO_TCP);
        int offered;
        for (offered = 1; offered <= 4; offered++) {
            int value = 0, length = offered;
            expect_eq(get(s, one_byte[i][0], one_byte[i][1], &value, &length), 0);
            expect_eq(length, 1);
        }
    }
}

CASE("setsockopt/param/one-byte-value") {
    size_t i;
    for (i = 0; i < COUNT(one_byte); i++) {
        SOCKET s = socket(one_byte[i][2], SOCK_STREAM, IPPROTO_TCP);
        expect_eq(set(s, one_byte[i][0], one_byte[i][1], 1), 0);
        expect_eq(value_of(s, one_byte[i][0], one_byte[i][1]) & 0xff, 1);
        expect_eq(set(s, one_byte[i][0], one_byte[i][1], 0x100), 0);
        expect_eq(value_of(s, one_byte[i][0], one_byte[i][1]) & 0xff, 0);
    }
}

CASE("setsockopt/param/length-minus-one") {
    SOCKET s = tcp();
    int value = 0;
    expect_eq(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (char *)&value, -1), 0);
    expect_eq(setsockopt(s, SOL_SOCKET, SO_OOBINLINE, (char *)&value, -1), 0);
    expect_error(setsockopt(s, IPPROTO_TCP, TCP_NODELAY, (char *)&value, -1), WSAENOBUFS);
}

CASE("getsockopt/param/length-minus-one") {
    int value = 0, length = -1;
    expect_error(get(tcp(), SOL_SOCKET, SO_RCVTIMEO, &value, &length), WSAEFAULT);
    expect_eq(length, -1);
}

CASE("getsockopt/error/WSAEFAULT-zero-length") {
    int value = 0, length = 0;
    expect_error(get(tcp(), SOL_SOCKET, SO_RCVBUF, &value, &length), WSAEFAULT);
    length = 0;
    expect_error(get(tcp(), SOL_SOCKET, SO_OOBINLINE, &value, &length), WSAEFAULT);
}

CASE("setsockopt/error/WSAEFAULT-zero-length") {
    int value = 1;
    expect_error(setsockopt(tcp(), SOL_SOCKET, SO_RCVTIMEO, (char *)&value, 0), WSAEFAULT);
    expect_error(setsockopt(tcp(), IPPROTO_TCP, TCP_NODELAY, (char *)&value, 0), WSAEFAULT);
    expect_eq(setsockopt(tcp(), SOL_SOCKET, SO_OOBINLINE, (char *)&value, 0), 0);
}

CASE("getsockopt/error/WSAEFAULT-pointer") {
    SOCKET s = tcp();
    int length = 4;
    expect_error(getsockopt(s, SOL_SOCKET, SO_RCVBUF, NULL, &length), WSAEFAULT);
    expect_error(getsockopt(s, SOL_SOCKET, SO_RCVBUF, UNMAPPED(char), &length), WSAEFAULT);
    expect_error(setsockopt(s, SOL_SOCKET, SO_RCVBUF, NULL, 4), WSAEFAULT);
    expect_error(setsockopt(s, SOL_SOCKET, SO_RCVBUF, UNMAPPED(char), 4), WSAEFAULT);
    expect_error(setsockopt(s, SOL_SOCKET, SO_LINGER, NULL, 0), WSAEFAULT);
}

CASE("getsockopt/error/WSAEINVAL-level") {
    static const int levels[] = {-1, 0x1234ffff, 0x8000};
    SOCKET s = tcp();
    size_t i;
    for (i = 0; i < COUNT(levels); i++) {
        int value = 0, length = sizeof value;
        expect_error(get(s, levels[i], SO_LINGER, &value, &length), WSAEINVAL);
        expect_error(set(s, levels[i], SO_LINGER, 0), WSAEINVAL);
    }
}

CASE("getsockopt/error/WSAENOPROTOOPT-linger-udp") {
    struct linger value;
    int length = sizeof value;
    expect_error(get(udp(), SOL_SOCKET, SO_LINGER, &value, &length), WSAENOPROTOOPT);
}

CASE("getsockopt/error/WSAENOPROTOOPT-ip") {
    int value = 0, length = sizeof value;
    expect_error(get(udp(), IPPROTO_IP, 0x7fff, &value, &length), WSAENOPROTOOPT);
    expect_error(set(udp(), IPPROTO_IP, 0x7fff, 0), WSAENOPROTOOPT);
}

CASE("getsockopt/error/WSAENOTSOCK") {
    expect_error(getsockopt(INVALID_SOCKET, SOL_SOCKET, SO_RCVBUF, NULL, NULL), WSAENOTSOCK);
    expect_error(setsockopt(INVALID_SOCKET, SOL_SOCKET, SO_RCVBUF, NULL, 0), WSAENOTSOCK);
}

CASE("so-rcvbuf/returns/what-was-set") {
    SOCKET s = tcp();
    expect_eq(set(s, SOL_SOCKET, SO_RCVBUF, 4096), 0);
    expect_eq(value_of(s, SOL_SOCKET, SO_RCVBUF), 4096);
    expect_eq(set(s, SOL_SOCKET, SO_RCVBUF, 0), 0);
    expect_eq(value_of(s, SOL_SOCKET, SO_RCVBUF), 0);
}

/* What a connection taken from a listener with this option set has. */
static int inherited(int level, int option, const void *value, int length, void *out) {
    struct sockaddr_in where;
    SOCKET listening = listener(&where), s = tcp(), accepted;
    require(setsockopt(listening, level, option, (const char *)value, length) == 0);
    require(connect(s, (struct sockaddr *)&where, sizeof where) == 0);
    accepted = accept(listening, NULL, NULL);
    require(get(accepted, level, option, out, &length) == 0);
    return length;
}

CASE("so-rcvbuf/remarks/inherited") {
    int value = 0x123, out = 0;
    inherited(SOL_SOCKET, SO_RCVBUF, &value, sizeof value, &out);
    expect_eq(out, 0x123);
}

CASE("so-type/returns/type") {
    expect_eq(value_of(tcp(), SOL_SOCKET, SO_TYPE), SOCK_STREAM);
    expect_eq(value_of(udp(), SOL_SOCKET, SO_TYPE), SOCK_DGRAM);
}

CASE("so-type/error/set-tcp") { expect_error(set(tcp(), SOL_SOCKET, SO_TYPE, SOCK_DGRAM), WSAENOPROTOOPT); }

CASE("so-type/error/set-udp") { expect_error(set(udp(), SOL_SOCKET, SO_TYPE, SOCK_STREAM), WSAEINVAL); }

CASE("so-acceptconn/returns/listening") {
    SOCKET listening = listener(NULL);
    expect_eq(value_of(tcp(), SOL_SOCKET, SO_ACCEPTCONN), 0);
    expect_eq(value_of(listening, SOL_SOCKET, SO_ACCEPTCONN), 1);
    expect_error(set(listening, SOL_SOCKET, SO_ACCEPTCONN, 1), WSAENOPROTOOPT);
    expect_error(set(tcp(), SOL_SOCKET, SO_ACCEPTCONN, 1), WSAENOPROTOOPT);
}

CASE("so-protocol-info/precedence/handle-first") {
    expect_error(getsockopt(INVALID_SOCKET, SOL_SOCKET, SO_PROTOCOL_INFOA, NULL, NULL), WSAENOTSOCK);
    expect_error(getsockopt(tcp(), SOL_SOCKET, SO_PROTOCOL_INFOA, NULL, NULL), WSAEFAULT);
}

CASE("so-protocol-info/error/WSAEFAULT") {
    WSAPROTOCOL_INFOW info;
    int length = sizeof(WSAPROTOCOL_INFOA) - 1;
    SOCKET s = tcp();
    expect_error(get(s, SOL_SOCKET, SO_PROTOCOL_INFOA, &info, &length), WSAEFAULT);
    expect_eq(length, sizeof(WSAPROTOCOL_INFOA));
    length = sizeof(WSAPROTOCOL_INFOW) - 1;
    expect_error(get(s, SOL_SOCKET, SO_PROTOCOL_INFOW, &info, &length), WSAEFAULT);
    expect_eq(length, sizeof(WSAPROTOCOL_INFOW));
    length = sizeof info;
    expect_error(get(s, SOL_SOCKET, SO_PROTOCOL_INFOA, NULL, &length), WSAEFAULT);
}

CASE("so-protocol-info/returns/both-forms") {
    WSAPROTOCOL_INFOA narrow;
    WSAPROTOCOL_INFOW wide;
    SOCKET s = udp();
    int length = sizeof narrow;
    expect_eq(get(s, SOL_SOCKET, SO_PROTOCOL_INFOA, &narrow, &length), 0);
    length = sizeof wide;
    expect_eq(get(s, SOL_SOCKET, SO_PROTOCOL_INFOW, &wide, &length), 0);
    expect(memcmp(&narrow, &wide, offsetof(WSAPROTOCOL_INFOA, szProtocol)) == 0);
    expect_eq(narrow.iAddressFamily, AF_INET);
    expect_eq(narrow.iSocketType, SOCK_DGRAM);
    expect_eq(narrow.iProtocol, IPPROTO_UDP);
    expect_eq(narrow.iMaxSockAddr, 16);
}

CASE("so-connect-time/returns/seconds") {
    struct pair stream = tcp_pair(), datagram = udp_pair();
    expect_eq((DWORD)value_of(tcp(), SOL_SOCKET, SO_CONNECT_TIME), 0xFFFFFFFFu);
    expect_between((DWORD)value_of(stream.local, SOL_SOCKET, SO_CONNECT_TIME), 0, 2);
    expect_between((DWORD)value_of(stream.peer, SOL_SOCKET, SO_CONNECT_TIME), 0, 2);
    expect_eq((DWORD)value_of(datagram.local, SOL_SOCKET, SO_CONNECT_TIME), 0xFFFFFFFFu);
}

CASE("so-debug/returns/bool") {
    SOCKET s = tcp();
    int value = 2;
    expect_clears(setsockopt(s, SOL_SOCKET, SO_DEBUG, (char *)&value, sizeof value), 0);
    expect_eq(value_of(s, SOL_SOCKET, SO_DEBUG), 1);
}

static DWORD WINAPI idle(void *unused) {
    (void)unused;
    return 0;
}

CASE("so-opentype/remarks/any-handle") {
    DWORD id;
    HANDLE thread = CreateThread(NULL, 0, idle, NULL, 0, &id);
    SOCKET other = (SOCKET)(ULONG_PTR)thread;
    int value = -1, length = sizeof value;
    require(thread != NULL);
    expect_eq(get(other, SOL_SOCKET, SO_OPENTYPE, &value, &length), 0);
    expect_eq(set(other, SOL_SOCKET, SO_OPENTYPE, SO_SYNCHRONOUS_ALERT), 0);
    expect_error(get(other, SOL_SOCKET, SO_TYPE, &value, &length), WSAENOTSOCK);
    CloseHandle(thread);
}

CASE("accept/remarks/inherits-options") {
    static const int options[][2] = {{SOL_SOCKET, SO_REUSEADDR},
                                     {SOL_SOCKET, SO_KEEPALIVE},
                                     {SOL_SOCKET, SO_OOBINLINE},
                                     {IPPROTO_TCP, TCP_NODELAY}};
    struct linger linger = {1, 5}, linger_out = {0, 0};
    int value = 1, milliseconds = 0x123, out = 0;
    size_t i;
    for (i = 0; i < COUNT(options); i++) {
        out = 0;
        inherited(options[i][0], options[i][1], &value, sizeof value, &out);
        expect_eq(out & 0xff, 1);
    }
    inherited(SOL_SOCKET, SO_SNDTIMEO, &milliseconds, sizeof milliseconds, &out);
    expect_eq(out, 0x123);
    inherited(SOL_SOCKET, SO_LINGER, &linger, sizeof linger, &linger_out);
    expect_eq(linger_out.l_onoff, 1);
    expect_eq(linger_out.l_linger, 5);
}

CASE("so-linger/returns/what-was-set") {
    struct linger linger = {1, 12}, out = {0, 0};
    int length = sizeof out;
    SOCKET s = tcp();
    expect_eq(value_of(s, SOL_SOCKET, SO_DONTLINGER) & 0xff, 1);
    expect_eq(setsockopt(s, SOL_SOCKET, SO_LINGER, (char *)&linger, sizeof linger), 0);
    expect_eq(get(s, SOL_SOCKET, SO_LINGER, &out, &length), 0);
    expect_eq(length, 4);
    expect_eq(out.l_onoff, 1);
    expect_eq(out.l_linger, 12);
    expect_eq(value_of(s, SOL_SOCKET, SO_DONTLINGER) & 0xff, 0);
}

CASE("ipv6-v6only/returns/ipv4-socket") {
    SOCKET s = udp();
    DWORD on = 2, off = 0;
    int length = sizeof on;
    expect_eq(getsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, (char *)&on, &length), 0);
    expect_eq(on, 1);
    expect_eq(setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, (char *)&off, sizeof off), 0);
    on = 2;
    length = sizeof on;
    expect_eq(getsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, (char *)&on, &length), 0);
    expect_eq(on, 0);
}
