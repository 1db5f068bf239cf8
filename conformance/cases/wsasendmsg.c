/* WSASendMsg, its control data, and the options that cut sends (clauses/wsasendmsg.md). */
#include "harness.h"

#ifndef IP_ECN
#define IP_ECN 50
#endif
#ifndef IPV6_ECN
#define IPV6_ECN 50
#endif
#ifndef UDP_SEND_MSG_SIZE
#define UDP_SEND_MSG_SIZE 2
#endif
#ifndef UDP_RECV_MAX_COALESCED_SIZE
#define UDP_RECV_MAX_COALESCED_SIZE 3
#endif
#define NAME(address) ((struct sockaddr *)&(address))

/* A message to send, with all that it points to. */
struct message {
    WSAMSG head;
    WSABUF part;
    DWORD sent;
    union {
        char bytes[256];
        WSACMSGHDR aligned;
    } control;
};

/* These bytes to this name, if there is one. */
static void prepare(struct message *m, const char *bytes, size_t length, void *name, int namelen) {
    memset(m, 0, sizeof *m);
    m->sent = POISON;
    m->part.len = (u_long)length;
    m->part.buf = (char *)bytes;
    m->head.lpBuffers = &m->part;
    m->head.dwBufferCount = 1;
    m->head.name = (LPSOCKADDR)name;
    m->head.namelen = namelen;
}

/* One more entry of control data. */
static void add(struct message *m, int level, int type, const void *data, size_t length) {
    WSACMSGHDR *entry = (WSACMSGHDR *)(m->control.bytes + m->head.Control.len);
    m->head.Control.buf = m->control.bytes;
    m->head.Control.len += (ULONG)WSA_CMSG_SPACE(length);
    require(m->head.Control.len <= sizeof m->control);
    entry->cmsg_len = WSA_CMSG_LEN(length);
    entry->cmsg_level = level;
    entry->cmsg_type = type;
    memcpy(WSA_CMSG_DATA(entry), data, length);
}

static void add_number(struct message *m, int level, int type, INT number) {
    add(m, level, type, &number, sizeof number);
}

static int post(SOCKET s, struct message *m) { return WSASendMsg(s, &m->head, 0, &m->sent, NULL, NULL); }

static int set(SOCKET s, int level, int name, int value) {
    return setsockopt(s, level, name, (char *)&value, sizeof value);
}

static int get(SOCKET s, int level, int name) {
    int value = (int)POISON, length = sizeof value;
    require(getsockopt(s, level, name, (char *)&value, &length) == 0);
    return value;
}

/* The next datagram has these bytes; its sender. */
static struct sockaddr_in next_is(SOCKET s, const char *text) {
    struct sockaddr_in from;
    char buffer[64];
    int length = sizeof from;
    await_readable(s);
    expect_eq(recvfrom(s, buffer, sizeof buffer, 0, NAME(from), &length), (int)strlen(text));
    expect_bytes(buffer, text);
    return from;
}

static void nothing_comes(SOCKET s) { expect(!readable(s, 50)); }

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

COLD_CASE("wsasendmsg/error/WSANOTINITIALISED") {
    struct message m;
    prepare(&m, "abcd", 4, NULL, 0);
    expect_error(post(4, &m), WSANOTINITIALISED);
}

CASE("wsasendmsg/error/WSAENOTSOCK") {
    struct message m;
    prepare(&m, "abcd", 4, NULL, 0);
    expect_error(post(INVALID_SOCKET, &m), WSAENOTSOCK);
    expect_error(WSASendMsg(0, NULL, 0, NULL, NULL, NULL), WSAENOTSOCK);
}

CASE("wsasendmsg/error/stream") {
    struct message m;
    prepare(&m, "abcd", 4, NULL, 0);
    expect_error(post(tcp(), &m), WSAEINVAL);
    expect_error(post(tcp_pair().local, &m), WSAEINVAL);
}

CASE("wsasendmsg/error/WSAEFAULT-message") {
    DWORD sent = POISON;
    expect_error(WSASendMsg(udp_pair().local, NULL, 0, &sent, NULL, NULL), WSAEFAULT);
    expect_error(WSASendMsg(udp_pair().local, UNMAPPED(WSAMSG), 0, &sent, NULL, NULL), WSAEFAULT);
    expect_eq(sent, POISON);
}

CASE("wsasendmsg/error/WSAEFAULT-name") {
    struct message m;
    prepare(&m, "abcd", 4, NULL, sizeof(struct sockaddr_in));
    expect_error(post(udp(), &m), WSAEFAULT);
    expect_error(post(udp_pair().local, &m), WSAEFAULT);
}

CASE("wsasendmsg/error/WSAEFAULT-control") {
    struct pair pair = udp_pair();
    struct message m;
    prepare(&m, "abcd", 4, NULL, 0);
    m.head.Control.len = 24;
    expect_error(post(pair.local, &m), WSAEFAULT);
    nothing_comes(pair.peer);
}

CASE("wsasendmsg/error/WSAEFAULT-count") {
    struct pair pair = udp_pair();
    struct message m;
    prepare(&m, "abcd", 4, NULL, 0);
    expect_error(WSASendMsg(pair.local, &m.head, 0, NULL, NULL, NULL), WSAEFAULT);
    nothing_comes(pair.peer);
}

CASE("wsasendmsg/error/WSAENOTCONN") {
    struct message m;
    prepare(&m, "abcd", 4, NULL, 0);
    expect_error(post(udp_at(NULL), &m), WSAENOTCONN);
}

CASE("wsasendmsg/error/WSAESHUTDOWN") {
    struct pair pair = udp_pair();
    struct message m;
    require(shutdown(pair.local, SD_SEND) == 0);
    prepare(&m, "abcd", 4, NULL, 0);
    expect_error(post(pair.local, &m), WSAESHUTDOWN);
}

CASE("wsasendmsg/error/WSAEOPNOTSUPP") {
    struct pair pair = udp_pair();
    struct message m;
    prepare(&m, "abcd", 4, NULL, 0);
    expect_error(WSASendMsg(pair.local, &m.head, MSG_PEEK, &m.sent, NULL, NULL), WSAEOPNOTSUPP);
    nothing_comes(pair.peer);
}

CASE("wsasendmsg/error/WSAEMSGSIZE") {
    static char bytes[70000];
    struct pair pair = udp_pair();
    struct message m;
    prepare(&m, bytes, sizeof bytes, NULL, 0);
    expect_error(post(pair.local, &m), WSAEMSGSIZE);
    nothing_comes(pair.peer);
}

CASE("wsasendmsg/overlapped/event") {
    struct pair pair = udp_pair();
    struct message m;
    struct posted r;
    DWORD got = POISON, flags;
    lay_out(&r, 8, manual_event());
    prepare(&m, "abcdefgh", 8, NULL, 0);
    add_number(&m, IPPROTO_UDP, UDP_SEND_MSG_SIZE, 4);
    expect_eq(WSASendMsg(pair.local, &m.head, 0, NULL, &r.over, NULL), 0);
    expect(signalled(r.over.hEvent, PATIENCE));
    expect(WSAGetOverlappedResult(pair.local, &r.over, &got, FALSE, &flags));
    expect_eq(got, 8);
    next_is(pair.peer, "abcd");
    next_is(pair.peer, "efgh");
}

static DWORD routine_code, routine_bytes;

static void CALLBACK note(DWORD code, DWORD bytes, LPWSAOVERLAPPED overlapped, DWORD flags) {
    (void)overlapped;
    (void)flags;
    routine_code = code;
    routine_bytes = bytes;
}

CASE("wsasendmsg/overlapped/routine") {
    struct pair pair = udp_pair();
    struct message m;
    struct posted r;
    lay_out(&r, 8, NULL);
    routine_code = routine_bytes = POISON;
    prepare(&m, "abcd", 4, NULL, 0);
    expect_eq(WSASendMsg(pair.local, &m.head, 0, NULL, &r.over, note), 0);
    expect_eq(routine_bytes, POISON);
    expect_eq(SleepEx(PATIENCE, TRUE), WAIT_IO_COMPLETION);
    expect_eq(routine_code, 0);
    expect_eq(routine_bytes, 4);
    next_is(pair.peer, "abcd");
}

CASE("wsasendmsg/overlapped/port") {
    struct pair pair = udp_pair();
    HANDLE port = CreateIoCompletionPort((HANDLE)(ULONG_PTR)pair.local, NULL, 7, 0);
    struct message m;
    struct posted r;
    OVERLAPPED *which = NULL;
    ULONG_PTR key = 0;
    DWORD bytes = POISON;
    require(port != NULL);
    lay_out(&r, 8, NULL);
    prepare(&m, "abcd", 4, NULL, 0);
    expect_eq(WSASendMsg(pair.local, &m.head, 0, NULL, &r.over, NULL), 0);
    expect(GetQueuedCompletionStatus(port, &bytes, &key, &which, PATIENCE));
    expect(which == &r.over);
    expect_eq(key, 7);
    expect_eq(bytes, 4);
}

CASE("wsasendmsg/overlapped/captured") {
    struct sockaddr_in where;
    SOCKET to = udp_at(&where), s = udp();
    struct message m;
    struct posted r;
    DWORD got, flags;
    lay_out(&r, 8, manual_event());
    prepare(&m, "abcd", 4, &where, sizeof where);
    add_number(&m, IPPROTO_IP, IP_ECN, 1);
    expect_eq(WSASendMsg(s, &m.head, 0, NULL, &r.over, NULL), 0);
    memset(&m, 0xee, sizeof m);
    memset(&where, 0xee, sizeof where);
    expect(signalled(r.over.hEvent, PATIENCE));
    expect(WSAGetOverlappedResult(s, &r.over, &got, FALSE, &flags));
    next_is(to, "abcd");
}

CASE("udp-send-msg-size/returns/default") {
    SOCKET s = udp();
    expect_eq(get(s, IPPROTO_UDP, UDP_SEND_MSG_SIZE), 0);
    expect_eq(set(s, IPPROTO_UDP, UDP_SEND_MSG_SIZE, 1500), 0);
    expect_eq(get(s, IPPROTO_UDP, UDP_SEND_MSG_SIZE), 1500);
    expect_eq(set(s, IPPROTO_UDP, UDP_SEND_MSG_SIZE, 0), 0);
    expect_eq(get(s, IPPROTO_UDP, UDP_SEND_MSG_SIZE), 0);
}

CASE("udp-send-msg-size/sends/cut") {
    struct sockaddr_in where;
    SOCKET to = udp_at(&where), s = udp();
    WSABUF parts[2] = {{3, (char *)"abc"}, {3, (char *)"def"}};
    struct message m;
    DWORD sent = POISON;
    require(set(s, IPPROTO_UDP, UDP_SEND_MSG_SIZE, 4) == 0);
    expect_eq(sendto(s, "abcdef", 6, 0, NAME(where), sizeof where), 6);
    next_is(to, "abcd");
    next_is(to, "ef");
    require(connect(s, NAME(where), sizeof where) == 0);
    expect_eq(send(s, "abcdef", 6, 0), 6);
    next_is(to, "abcd");
    next_is(to, "ef");
    expect_eq(WSASend(s, parts, 2, &sent, 0, NULL, NULL), 0);
    expect_eq(sent, 6);
    next_is(to, "abcd");
    next_is(to, "ef");
    prepare(&m, "abcdef", 6, NULL, 0);
    expect_eq(post(s, &m), 0);
    next_is(to, "abcd");
    next_is(to, "ef");
    require(set(s, IPPROTO_UDP, UDP_SEND_MSG_SIZE, 0) == 0);
    expect_eq(send(s, "abcdef", 6, 0), 6);
    next_is(to, "abcdef");
}

CASE("udp-send-msg-size/error/stream") {
    expect_error(set(tcp(), IPPROTO_UDP, UDP_SEND_MSG_SIZE, 1500), WSAENOPROTOOPT);
    expect_error(set(tcp(), IPPROTO_UDP, UDP_RECV_MAX_COALESCED_SIZE, 1500), WSAENOPROTOOPT);
}

CASE("udp-recv-max-coalesced-size/returns/default") {
    SOCKET s = udp();
    expect_eq(get(s, IPPROTO_UDP, UDP_RECV_MAX_COALESCED_SIZE), 0);
    expect_eq(set(s, IPPROTO_UDP, UDP_RECV_MAX_COALESCED_SIZE, 65535), 0);
    expect_eq(get(s, IPPROTO_UDP, UDP_RECV_MAX_COALESCED_SIZE), 65535);
}

CASE("udp-recv-max-coalesced-size/receives/separately") {
    struct pair pair = udp_pair();
    require(set(pair.peer, IPPROTO_UDP, UDP_RECV_MAX_COALESCED_SIZE, 65535) == 0);
    require(set(pair.local, IPPROTO_UDP, UDP_SEND_MSG_SIZE, 4) == 0);
    expect_eq(send(pair.local, "abcdefgh", 8, 0), 8);
    next_is(pair.peer, "abcd");
    next_is(pair.peer, "efgh");
}
