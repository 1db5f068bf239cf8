/* WSASendMsg and its control data (clauses/wsasendmsg.md). */
#include "sendmsg.h"

static SOCKET udp6_at(struct sockaddr_in6 *where, int everywhere) {
    SOCKET s = socket(AF_INET6, SOCK_DGRAM, IPPROTO_UDP);
    int length = sizeof *where;
    require(s != INVALID_SOCKET);
    require(!everywhere || set(s, IPPROTO_IPV6, IPV6_V6ONLY, 0) == 0);
    memset(where, 0, sizeof *where);
    where->sin6_family = AF_INET6;
    where->sin6_addr.s6_addr[15] = everywhere ? 0 : 1;
    require(bind(s, NAME(*where), sizeof *where) == 0);
    require(getsockname(s, NAME(*where), &length) == 0);
    return s;
}

/* The number that the next datagram brings as its only control data. */
static INT number_of_next(SOCKET s, int level, int type) {
    GUID id = WSAID_WSARECVMSG;
    LPFN_WSARECVMSG function = NULL;
    struct message m;
    char bytes[64];
    DWORD size;
    WSACMSGHDR *entry;
    require(WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, &function, sizeof function, &size,
                     NULL, NULL) == 0);
    await_readable(s);
    prepare(&m, bytes, sizeof bytes, NULL, 0);
    m.head.Control.buf = m.control.bytes;
    m.head.Control.len = sizeof m.control;
    require(function(s, &m.head, &m.sent, NULL, NULL) == 0);
    entry = WSA_CMSG_FIRSTHDR(&m.head);
    require(entry != NULL);
    expect_eq(entry->cmsg_level, level);
    expect_eq(entry->cmsg_type, type);
    return *(INT *)WSA_CMSG_DATA(entry);
}

CASE("wsasendmsg/pointer/any-socket") {
    GUID id = WSAID_WSASENDMSG;
    LPFN_WSASENDMSG function = NULL;
    struct sockaddr_in where;
    SOCKET to = udp_at(&where);
    struct message m;
    DWORD size = POISON;
    expect_eq(WSAIoctl(tcp(), SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, &function, sizeof function,
                       &size, NULL, NULL),
              0);
    expect_eq(size, sizeof function);
    require(function != NULL);
    prepare(&m, "abcd", 4, &where, sizeof where);
    expect_clears(function(udp(), &m.head, 0, &m.sent, NULL, NULL), 0);
    expect_eq(m.sent, 4);
    next_is(to, "abcd");
}

CASE("wsasendmsg/returns/datagram") {
    struct sockaddr_in where, own, from;
    SOCKET to = udp_at(&where), s = udp_at(&own);
    struct message m;
    prepare(&m, "abcd", 4, &where, sizeof where);
    expect_clears(post(s, &m), 0);
    expect_eq(m.sent, 4);
    from = next_is(to, "abcd");
    expect_eq(from.sin_port, own.sin_port);
}

CASE("wsasendmsg/returns/gathers") {
    struct sockaddr_in where;
    SOCKET to = udp_at(&where);
    WSABUF parts[3] = {{2, (char *)"ab"}, {0, NULL}, {3, (char *)"cde"}};
    struct message m;
    prepare(&m, NULL, 0, &where, sizeof where);
    m.head.lpBuffers = parts;
    m.head.dwBufferCount = 3;
    expect_clears(post(udp(), &m), 0);
    expect_eq(m.sent, 5);
    next_is(to, "abcde");
}

CASE("wsasendmsg/returns/connected") {
    struct pair pair = udp_pair();
    struct message m;
    prepare(&m, "abcd", 4, NULL, 0);
    expect_clears(post(pair.local, &m), 0);
    next_is(pair.peer, "abcd");
}

CASE("wsasendmsg/returns/binds") {
    struct sockaddr_in where, own;
    SOCKET to = udp_at(&where), s = udp();
    int length = sizeof own;
    struct message m;
    prepare(&m, "abcd", 4, &where, sizeof where);
    expect_clears(post(s, &m), 0);
    expect_eq(getsockname(s, NAME(own), &length), 0);
    expect_eq(next_is(to, "abcd").sin_port, own.sin_port);
}

CASE("wsasendmsg/returns/own-flags") {
    struct pair pair = udp_pair();
    struct message m;
    prepare(&m, "abcd", 4, NULL, 0);
    m.head.dwFlags = MSG_PEEK | MSG_TRUNC;
    expect_clears(post(pair.local, &m), 0);
    expect_eq(m.head.dwFlags, MSG_PEEK | MSG_TRUNC);
    next_is(pair.peer, "abcd");
}

/* 127.0.0.2, which is the host's own. */
static IN_PKTINFO second_address(void) {
    IN_PKTINFO info;
    memset(&info, 0, sizeof info);
    info.ipi_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
    return info;
}

CASE("wsasendmsg/control/source") {
    struct sockaddr_in where;
    SOCKET to = udp_at(&where);
    IN_PKTINFO info = second_address();
    struct message m;
    prepare(&m, "abcd", 4, &where, sizeof where);
    add(&m, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
    expect_clears(post(udp(), &m), 0);
    expect_eq(next_is(to, "abcd").sin_addr.s_addr, htonl(INADDR_LOOPBACK + 1));
}

CASE("wsasendmsg/control/source-ipv6") {
    struct sockaddr_in6 where, from;
    SOCKET to = udp6_at(&where, 0);
    IN6_PKTINFO info;
    struct message m;
    char byte;
    int length = sizeof from;
    memset(&info, 0, sizeof info);
    info.ipi6_addr.s6_addr[15] = 1;
    prepare(&m, "a", 1, &where, sizeof where);
    add(&m, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
    expect_clears(post(socket(AF_INET6, SOCK_DGRAM, 0), &m), 0);
    await_readable(to);
    require(recvfrom(to, &byte, 1, 0, NAME(from), &length) == 1);
    expect(memcmp(&from.sin6_addr, &info.ipi6_addr, 16) == 0);
}

CASE("wsasendmsg/control/source-dual-stack") {
    struct sockaddr_in where;
    struct sockaddr_in6 own, mapped;
    SOCKET to = udp_at(&where), s = udp6_at(&own, 1);
    IN_PKTINFO info = second_address();
    struct message m;
    memset(&mapped, 0, sizeof mapped);
    mapped.sin6_family = AF_INET6;
    mapped.sin6_port = where.sin_port;
    mapped.sin6_addr.s6_addr[10] = mapped.sin6_addr.s6_addr[11] = 0xff;
    memcpy(&mapped.sin6_addr.s6_addr[12], &where.sin_addr, 4);
    prepare(&m, "abcd", 4, &mapped, sizeof mapped);
    add(&m, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
    expect_clears(post(s, &m), 0);
    expect_eq(next_is(to, "abcd").sin_addr.s_addr, htonl(INADDR_LOOPBACK + 1));
}

CASE("wsasendmsg/control/source-absent") {
    struct sockaddr_in where;
    SOCKET to = udp_at(&where);
    IN_PKTINFO info = second_address();
    struct message m;
    info.ipi_addr.s_addr = htonl(0xC0000201); /* 192.0.2.1, which is nobody's */
    prepare(&m, "abcd", 4, &where, sizeof where);
    add(&m, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
    expect_error(post(udp(), &m), WSAEADDRNOTAVAIL);
    expect_eq(m.sent, POISON);
    nothing_comes(to);
}

/* What the receiver's option `option` tells of a datagram that was sent with this number. */
static INT told(int level, int sent, INT number, int option, int kind) {
    struct sockaddr_in where;
    struct sockaddr_in6 where6;
    int six = level == IPPROTO_IPV6;
    SOCKET to = six ? udp6_at(&where6, 0) : udp_at(&where);
    SOCKET s = socket(six ? AF_INET6 : AF_INET, SOCK_DGRAM, 0);
    struct message m;
    require(set(to, level, option, 1) == 0);
    prepare(&m, "abcd", 4, six ? (void *)&where6 : (void *)&where, six ? sizeof where6 : sizeof where);
    add_number(&m, level, sent, number);
    expect_clears(post(s, &m), 0);
    return number_of_next(to, level, kind);
}

CASE("wsasendmsg/control/ecn") {
    INT mark;
    for (mark = 0; mark < 3; mark++) {
        expect_eq(told(IPPROTO_IP, IP_ECN, mark, IP_ECN, IP_ECN), mark);
        expect_eq(told(IPPROTO_IPV6, IPV6_ECN, mark, IPV6_ECN, IPV6_ECN), mark);
    }
}

CASE("wsasendmsg/control/ecn-congestion") {
    struct pair pair = udp_pair();
    struct message m;
    prepare(&m, "abcd", 4, NULL, 0);
    add_number(&m, IPPROTO_IP, IP_ECN, 3);
    expect_error(post(pair.local, &m), WSAEINVAL);
    nothing_comes(pair.peer);
}

CASE("wsasendmsg/control/ecn-beside-tos") {
    struct pair pair = udp_pair();
    struct message m;
    require(set(pair.peer, IPPROTO_IP, IP_RECVTOS, 1) == 0);
    prepare(&m, "abcd", 4, NULL, 0);
    add_number(&m, IPPROTO_IP, IP_ECN, 2);
    add_number(&m, IPPROTO_IP, IP_TOS, 0xb9);
    expect_clears(post(pair.local, &m), 0);
    expect_eq(number_of_next(pair.peer, IPPROTO_IP, IP_TOS), 0xba);
}

CASE("wsasendmsg/control/class") {
    expect_eq(told(IPPROTO_IP, IP_TOS, 0xb8, IP_RECVTOS, IP_TOS), 0xb8);
    expect_eq(told(IPPROTO_IPV6, IPV6_TCLASS, 0xb8, IPV6_RECVTCLASS, IPV6_TCLASS), 0xb8);
}

CASE("wsasendmsg/control/cut") {
    struct pair pair = udp_pair();
    struct message m;
    prepare(&m, "abcdefghij", 10, NULL, 0);
    add_number(&m, IPPROTO_UDP, UDP_SEND_MSG_SIZE, 4);
    expect_clears(post(pair.local, &m), 0);
    expect_eq(m.sent, 10);
    next_is(pair.peer, "abcd");
    next_is(pair.peer, "efgh");
    next_is(pair.peer, "ij");
    nothing_comes(pair.peer);
}

CASE("wsasendmsg/control/cut-much") {
    static char bytes[120 * 1000];
    struct pair pair = udp_pair();
    struct message m;
    char buffer[2000];
    int i;
    for (i = 0; i < (int)sizeof bytes; i++) bytes[i] = (char)(i / 1000);
    require(set(pair.peer, SOL_SOCKET, SO_RCVBUF, 1 << 20) == 0);
    require(set(pair.local, SOL_SOCKET, SO_SNDBUF, 1 << 20) == 0);
    prepare(&m, bytes, sizeof bytes, NULL, 0);
    add_number(&m, IPPROTO_UDP, UDP_SEND_MSG_SIZE, 1000);
    expect_clears(post(pair.local, &m), 0);
    expect_eq(m.sent, sizeof bytes);
    for (i = 0; i < 120; i++) {
        await_readable(pair.peer);
        expect_eq(recv(pair.peer, buffer, sizeof buffer, 0), 1000);
        expect_eq(buffer[0], i);
        expect_eq(buffer[999], i);
    }
}

CASE("wsasendmsg/control/not-cut") {
    struct pair pair = udp_pair();
    struct message m;
    require(set(pair.local, IPPROTO_UDP, UDP_SEND_MSG_SIZE, 2) == 0);
    prepare(&m, "abcd", 4, NULL, 0);
    add_number(&m, IPPROTO_UDP, UDP_SEND_MSG_SIZE, 0);
    expect_clears(post(pair.local, &m), 0);
    next_is(pair.peer, "abcd");
    prepare(&m, "abcd", 4, NULL, 0);
    add_number(&m, IPPROTO_UDP, UDP_SEND_MSG_SIZE, 4);
    expect_clears(post(pair.local, &m), 0);
    next_is(pair.peer, "abcd");
}

CASE("wsasendmsg/control/malformed") {
    struct pair pair = udp_pair();
    struct message m;
    static const size_t lengths[] = {0, 1, WSA_CMSG_LEN(0) - 1, WSA_CMSG_LEN(sizeof(INT)) + 64, (size_t)-1};
    size_t i;
    for (i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        prepare(&m, "abcd", 4, NULL, 0);
        add_number(&m, IPPROTO_IP, IP_ECN, 1);
        m.control.aligned.cmsg_len = lengths[i];
        expect_error(post(pair.local, &m), WSAEINVAL);
    }
    prepare(&m, "abcd", 4, NULL, 0);
    add_number(&m, IPPROTO_IP, IP_ECN, 1);
    m.head.Control.len += (ULONG)sizeof(WSACMSGHDR) - 1;
    expect_clears(post(pair.local, &m), 0);
    next_is(pair.peer, "abcd");
    nothing_comes(pair.peer);
}

static void refused(SOCKET s, int level, int type, size_t length) {
    char data[32] = {0};
    struct message m;
    prepare(&m, "abcd", 4, NULL, 0);
    add(&m, level, type, data, length);
    expect_error(post(s, &m), WSAEINVAL);
}

CASE("wsasendmsg/control/unknown") {
    struct pair pair = udp_pair();
    refused(pair.local, SOL_SOCKET, 1, 4);
    refused(pair.local, IPPROTO_IP, 250, 4);
    refused(pair.local, IPPROTO_IPV6, IPV6_ECN, sizeof(INT));
    refused(pair.local, IPPROTO_IP, IP_ECN, 1);
    refused(pair.local, IPPROTO_IP, IP_PKTINFO, sizeof(IN_PKTINFO) - 1);
    refused(pair.local, IPPROTO_UDP, UDP_SEND_MSG_SIZE, 8);
    nothing_comes(pair.peer);
}
