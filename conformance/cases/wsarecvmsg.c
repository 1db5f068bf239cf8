/* WSARecvMsg, its control data, and the options that ask for them (clauses/wsarecvmsg.md). */
#include "harness.h"

#ifndef MSG_PUSH_IMMEDIATE
#define MSG_PUSH_IMMEDIATE 0x20
#endif
#ifndef IP_ECN
#define IP_ECN 50
#endif
#ifndef IP_RECVERR
#define IP_RECVERR 75
#endif
#ifndef IPV6_RECVERR
#define IPV6_RECVERR 75
#endif
#define NAME(address) ((struct sockaddr *)&(address))

static LPFN_WSARECVMSG function_of(SOCKET s) {
    GUID id = WSAID_WSARECVMSG;
    LPFN_WSARECVMSG function = NULL;
    DWORD size;
    int done = WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, &function, sizeof function,
                        &size, NULL, NULL);
    require(done == 0 && function != NULL);
    return function;
}

/* A message with all that it points to. */
struct message {
    WSAMSG head;
    WSABUF part;
    DWORD got;
    char bytes[64];
    struct sockaddr_in6 name;
    union {
        char bytes[256];
        WSACMSGHDR aligned;
    } control;
};

/* Room for this much of a datagram and of control data, and for any name. */
static void prepare(struct message *m, u_long room, u_long control) {
    memset(m, 0, sizeof *m);
    poison(m->bytes, sizeof m->bytes);
    poison(&m->name, sizeof m->name);
    m->got = POISON;
    m->part.len = room;
    m->part.buf = m->bytes;
    m->head.lpBuffers = &m->part;
    m->head.dwBufferCount = 1;
    m->head.name = NAME(m->name);
    m->head.namelen = sizeof m->name;
    m->head.Control.len = control;
    m->head.Control.buf = control ? m->control.bytes : NULL;
}

static int receive(SOCKET s, struct message *m) {
    LPFN_WSARECVMSG function = function_of(s);
    WSASetLastError((int)POISON);
    return function(s, &m->head, &m->got, NULL, NULL);
}

/* The data of the only entry, which has this level and type; NULL, and a failure, if there is another one or
 * none. */
static void *only(struct message *m, int level, int type, size_t length) {
    WSACMSGHDR *entry = WSA_CMSG_FIRSTHDR(&m->head);
    expect(entry != NULL);
    if (entry == NULL) return NULL;
    expect_eq(entry->cmsg_level, level);
    expect_eq(entry->cmsg_type, type);
    expect_eq(entry->cmsg_len, WSA_CMSG_LEN(length));
    expect(WSA_CMSG_NXTHDR(&m->head, entry) == NULL);
    return entry->cmsg_level == level && entry->cmsg_type == type ? WSA_CMSG_DATA(entry) : NULL;
}

static int set(SOCKET s, int level, int name, int value) {
    return setsockopt(s, level, name, (char *)&value, sizeof value);
}

static int get(SOCKET s, int level, int name, int *value) {
    int length = sizeof *value;
    *value = (int)POISON;
    return getsockopt(s, level, name, (char *)value, &length);
}

static void post(SOCKET to, const char *text) {
    struct sockaddr_in name;
    SOCKET from = udp_at(NULL);
    int length = sizeof name;
    require(getsockname(to, NAME(name), &length) == 0);
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    length = (int)strlen(text);
    require(sendto(from, text, length, 0, NAME(name), sizeof name) == length);
    await_readable(to);
}

static SOCKET udp_anywhere(struct sockaddr_in *where) {
    SOCKET s = udp();
    int length = sizeof *where;
    *where = loopback(0);
    where->sin_addr.s_addr = htonl(INADDR_ANY);
    require(bind(s, (struct sockaddr *)where, sizeof *where) == 0);
    require(getsockname(s, (struct sockaddr *)where, &length) == 0);
    return s;
}

CASE("wsarecvmsg/pointer/any-socket") {
    LPFN_WSARECVMSG function = function_of(tcp());
    SOCKET s = udp_at(NULL);
    struct message m;
    post(s, "sixish");
    prepare(&m, 32, 0);
    expect_clears(function(s, &m.head, &m.got, NULL, NULL), 0);
    expect_eq(m.got, 6);
}

CASE("wsarecvmsg/returns/message-and-sender") {
    struct sockaddr_in from_name, to_name;
    SOCKET from = udp_at(&from_name), to = udp_at(&to_name);
    struct message m;
    require(sendto(from, "sixish", 6, 0, NAME(to_name), sizeof to_name) == 6);
    prepare(&m, 32, 0);
    expect_clears(receive(to, &m), 0);
    expect_eq(m.got, 6);
    expect_bytes(m.bytes, "sixish");
    expect_eq(m.head.namelen, 16);
    expect_eq(((struct sockaddr_in *)&m.name)->sin_family, AF_INET);
    expect_eq(((struct sockaddr_in *)&m.name)->sin_port, from_name.sin_port);
    expect_eq(m.head.Control.len, 0);
    expect_eq(m.head.dwFlags, 0);
}

CASE("wsarecvmsg/param/no-name") {
    SOCKET s = udp_at(NULL);
    struct message m;
    post(s, "abcd");
    prepare(&m, 32, 0);
    m.head.name = NULL;
    m.head.namelen = 0;
    expect_clears(receive(s, &m), 0);
    expect_eq(m.got, 4);
}

CASE("wsarecvmsg/param/scatter") {
    SOCKET s = udp_at(NULL);
    char first[2], second[8];
    WSABUF parts[2] = {{2, first}, {8, second}};
    struct message m;
    post(s, "abcdef");
    prepare(&m, 0, 0);
    m.head.lpBuffers = parts;
    m.head.dwBufferCount = 2;
    expect_clears(receive(s, &m), 0);
    expect_eq(m.got, 6);
    expect_bytes(first, "ab");
    expect_bytes(second, "cdef");
}

CASE("wsarecvmsg/error/WSAEFAULT-nothing") {
    SOCKET s = udp_at(NULL);
    LPFN_WSARECVMSG function = function_of(s);
    expect_error(function(s, NULL, NULL, NULL, NULL), WSAEFAULT);
}

/* The message as it is fails so, writes nothing and leaves the datagram. */
static void refused(SOCKET s, struct message *m, int code) {
    struct message good;
    expect_error(receive(s, m), code);
    expect_eq(m->got, POISON);
    expect_untouched(m->bytes, sizeof m->bytes);
    prepare(&good, 32, 0);
    nonblocking(s);
    expect_eq(receive(s, &good), 0);
    expect_eq(good.got, 4);
}

CASE("wsarecvmsg/error/WSAEFAULT-name") {
    SOCKET s = udp_at(NULL);
    struct message m;
    post(s, "abcd");
    prepare(&m, 32, 0);
    m.head.name = NULL;
    refused(s, &m, WSAEFAULT);
}

CASE("wsarecvmsg/error/WSAEFAULT-short-name") {
    SOCKET s = udp_at(NULL);
    struct message m;
    post(s, "abcd");
    prepare(&m, 32, 0);
    m.head.namelen = 1;
    refused(s, &m, WSAEFAULT);
    expect_untouched(&m.name, sizeof m.name);
}

CASE("wsarecvmsg/error/WSAEFAULT-control") {
    SOCKET s = udp_at(NULL);
    struct message m;
    post(s, "abcd");
    prepare(&m, 32, 8);
    m.head.Control.buf = NULL;
    refused(s, &m, WSAEFAULT);
}

CASE("wsarecvmsg/error/WSAEINVAL-unbound") {
    struct message m;
    prepare(&m, 32, 0);
    expect_error(receive(udp(), &m), WSAEINVAL);
    expect_eq(m.got, POISON);
}

CASE("wsarecvmsg/error/WSAETIMEDOUT") {
    SOCKET s = udp_at(NULL);
    DWORD patience = 50;
    struct message m;
    long long since;
    require(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (char *)&patience, sizeof patience) == 0);
    prepare(&m, 32, 0);
    since = now_ms();
    expect_error(receive(s, &m), WSAETIMEDOUT);
    expect_between(now_ms() - since, 49, PATIENCE);
    expect_eq(m.got, POISON);
}

CASE("wsarecvmsg/error/WSAEWOULDBLOCK") {
    SOCKET s = udp_at(NULL);
    struct message m;
    nonblocking(s);
    prepare(&m, 32, 64);
    expect_error(receive(s, &m), WSAEWOULDBLOCK);
    expect_eq(m.got, POISON);
    expect_eq(m.head.namelen, sizeof m.name);
    expect_eq(m.head.Control.len, 64);
    expect_eq(m.head.dwFlags, 0);
}

CASE("wsarecvmsg/error/WSAECONNRESET") {
    struct sockaddr_in nobody = closed_port(SOCK_DGRAM);
    SOCKET s = udp_at(NULL);
    struct message m;
    require(sendto(s, "x", 1, 0, NAME(nobody), sizeof nobody) == 1);
    await_readable(s);
    prepare(&m, 32, 0);
    expect_error(receive(s, &m), WSAECONNRESET);
    expect_eq(m.got, POISON);
    expect_eq(m.head.namelen, 16);
    expect_eq(((struct sockaddr_in *)&m.name)->sin_port, nobody.sin_port);
}

CASE("wsarecvmsg/error/WSAEOPNOTSUPP-stream") {
    struct pair pair = tcp_pair();
    struct message m;
    give_to(pair.peer, pair.local, "abcd");
    prepare(&m, 32, 0);
    expect_error(receive(pair.local, &m), WSAEOPNOTSUPP);
    m.head.dwFlags = MSG_PEEK;
    expect_error(receive(pair.local, &m), WSAEOPNOTSUPP);
    expect_eq(m.got, POISON);
    expect_eq(recv(pair.local, m.bytes, 32, 0), 4);
}

CASE("wsarecvmsg/error/WSAEOPNOTSUPP-flags") {
    SOCKET s = udp_at(NULL);
    struct message m;
    post(s, "abcd");
    prepare(&m, 32, 0);
    m.head.dwFlags = MSG_MCAST;
    refused(s, &m, WSAEOPNOTSUPP);
}

CASE("wsarecvmsg/peek/stays") {
    SOCKET s = udp_at(NULL);
    char none[4];
    int round;
    require(set(s, IPPROTO_IP, IP_PKTINFO, 1) == 0);
    post(s, "abcd");
    nonblocking(s);
    for (round = 0; round < 3; round++) {
        struct message m;
        prepare(&m, 32, 100);
        m.head.dwFlags = round < 2 ? MSG_PEEK : 0;
        expect_clears(receive(s, &m), 0);
        expect_eq(m.got, 4);
        expect_bytes(m.bytes, "abcd");
        expect_eq(m.head.namelen, 16);
        only(&m, IPPROTO_IP, IP_PKTINFO, sizeof(IN_PKTINFO));
    }
    expect_error(recv(s, none, sizeof none, 0), WSAEWOULDBLOCK);
}

static long long act_receive(void *socket) {
    struct message m;
    prepare(&m, 32, 0);
    return receive(*(SOCKET *)socket, &m);
}

CASE("wsarecvmsg/close/while-blocked") {
    SOCKET s = udp_at(NULL);
    struct call call;
    begin(&call, act_receive, &s);
    expect_eq(closesocket(s), 0);
    expect_finish(&call, -1, WSAEINTR);
}

CASE("wsarecvmsg/control/ip-pktinfo") {
    SOCKET s = udp_at(NULL);
    struct message m;
    IN_PKTINFO *info;
    require(set(s, IPPROTO_IP, IP_PKTINFO, 1) == 0);
    post(s, "sixish");
    prepare(&m, 32, 100);
    expect_clears(receive(s, &m), 0);
    expect_eq(m.got, 6);
    info = (IN_PKTINFO *)only(&m, IPPROTO_IP, IP_PKTINFO, sizeof *info);
    require(info != NULL);
    expect_eq(info->ipi_addr.s_addr, htonl(INADDR_LOOPBACK));
    expect(info->ipi_ifindex != 0);
}

CASE("wsarecvmsg/control/ip-pktinfo-any") {
    struct sockaddr_in where;
    SOCKET s = udp_anywhere(&where);
    struct message m;
    IN_PKTINFO *info;
    require(set(s, IPPROTO_IP, IP_PKTINFO, 1) == 0);
    post(s, "sixish");
    prepare(&m, 32, 100);
    expect_clears(receive(s, &m), 0);
    info = (IN_PKTINFO *)only(&m, IPPROTO_IP, IP_PKTINFO, sizeof *info);
    require(info != NULL);
    expect_eq(info->ipi_addr.s_addr, htonl(INADDR_LOOPBACK));
}

CASE("wsarecvmsg/control/length") {
    SOCKET s = udp_at(NULL);
    struct message m;
    require(set(s, IPPROTO_IP, IP_PKTINFO, 1) == 0);
    post(s, "sixish");
    prepare(&m, 32, sizeof m.control);
    expect_clears(receive(s, &m), 0);
    expect_eq(m.head.Control.len, sizeof(void *) == 8 ? 24 : 20);
}

/* One option of IPv4's level brings one number of this type. */
static int number_for(int option, int type) {
    SOCKET s = udp_at(NULL);
    struct message m;
    INT *number;
    require(set(s, IPPROTO_IP, option, 1) == 0);
    post(s, "sixish");
    prepare(&m, 32, 100);
    expect_clears(receive(s, &m), 0);
    number = (INT *)only(&m, IPPROTO_IP, type, sizeof *number);
    require(number != NULL);
    return *number;
}

CASE("wsarecvmsg/control/ttl") { expect_between(number_for(IP_RECVTTL, IP_TTL), 32, 255); }

CASE("wsarecvmsg/control/tos") { expect_eq(number_for(IP_RECVTOS, IP_TOS), 0); }

CASE("wsarecvmsg/control/ecn") { expect_eq(number_for(IP_ECN, IP_ECN), 0); }

static SOCKET udp6_at(struct sockaddr_in6 *where, int everywhere) {
    SOCKET s = socket(AF_INET6, SOCK_DGRAM, IPPROTO_UDP);
    int length = sizeof *where, off = 0;
    require(s != INVALID_SOCKET);
    require(!everywhere || setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, (char *)&off, sizeof off) == 0);
    memset(where, 0, sizeof *where);
    where->sin6_family = AF_INET6;
    where->sin6_addr.s6_addr[15] = everywhere ? 0 : 1;
    require(bind(s, (struct sockaddr *)where, sizeof *where) == 0);
    require(getsockname(s, (struct sockaddr *)where, &length) == 0);
    return s;
}

/* Sends to ::1 and receives there with one option of IPv6's level. */
static void *data_for(int option, int type, size_t length, struct message *m) {
    struct sockaddr_in6 from_name, to_name;
    SOCKET from = udp6_at(&from_name, 0), to = udp6_at(&to_name, 0);
    void *data;
    require(set(to, IPPROTO_IPV6, option, 1) == 0);
    require(sendto(from, "sixish", 6, 0, NAME(to_name), sizeof to_name) == 6);
    await_readable(to);
    prepare(m, 32, 100);
    expect_clears(receive(to, m), 0);
    expect_eq(m->got, 6);
    expect_eq(m->head.namelen, 28);
    expect_eq(m->name.sin6_port, from_name.sin6_port);
    data = only(m, IPPROTO_IPV6, type, length);
    require(data != NULL);
    return data;
}

CASE("wsarecvmsg/control/ipv6") {
    static const unsigned char localhost[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    struct message m;
    IN6_PKTINFO *info = (IN6_PKTINFO *)data_for(IPV6_PKTINFO, IPV6_PKTINFO, sizeof *info, &m);
    expect(memcmp(&info->ipi6_addr, localhost, 16) == 0);
    expect(info->ipi6_ifindex != 0);
    expect_between(*(INT *)data_for(IPV6_HOPLIMIT, IPV6_HOPLIMIT, sizeof(INT), &m), 32, 255);
    expect_eq(*(INT *)data_for(IPV6_RECVTCLASS, IPV6_TCLASS, sizeof(INT), &m), 0);
}

CASE("wsarecvmsg/control/dual-stack") {
    struct sockaddr_in6 where;
    SOCKET s = udp6_at(&where, 1), from = udp_at(NULL);
    struct sockaddr_in to = loopback(where.sin6_port);
    struct message m;
    IN_PKTINFO *info;
    require(set(s, IPPROTO_IPV6, IPV6_PKTINFO, 1) == 0);
    require(sendto(from, "abcd", 4, 0, NAME(to), sizeof to) == 4);
    await_readable(s);
    prepare(&m, 32, 100);
    expect_clears(receive(s, &m), 0);
    expect_eq(m.head.Control.len, 0);
    require(set(s, IPPROTO_IP, IP_PKTINFO, 1) == 0);
    require(sendto(from, "abcd", 4, 0, NAME(to), sizeof to) == 4);
    await_readable(s);
    prepare(&m, 32, 100);
    expect_clears(receive(s, &m), 0);
    info = (IN_PKTINFO *)only(&m, IPPROTO_IP, IP_PKTINFO, sizeof *info);
    require(info != NULL);
    expect_eq(info->ipi_addr.s_addr, htonl(INADDR_LOOPBACK));
}

CASE("wsarecvmsg/control/off-again") {
    SOCKET s = udp_at(NULL);
    struct message m;
    require(set(s, IPPROTO_IP, IP_PKTINFO, 1) == 0);
    require(set(s, IPPROTO_IP, IP_PKTINFO, 0) == 0);
    post(s, "abcd");
    prepare(&m, 32, 100);
    expect_clears(receive(s, &m), 0);
    expect_eq(m.head.Control.len, 0);
}

CASE("wsarecvmsg/truncation/control") {
    SOCKET s = udp_at(NULL);
    struct message m;
    require(set(s, IPPROTO_IP, IP_PKTINFO, 1) == 0);
    post(s, "sixish");
    prepare(&m, 32, 1);
    expect_error(receive(s, &m), WSAEMSGSIZE);
    expect_eq(m.head.dwFlags, MSG_CTRUNC);
    expect_eq(m.got, 6);
    expect_bytes(m.bytes, "sixish");
    expect_eq(m.head.namelen, 16);
}

CASE("wsarecvmsg/truncation/payload") {
    SOCKET s = udp_at(NULL);
    struct message m;
    post(s, "sixish");
    prepare(&m, 4, 0);
    expect_error(receive(s, &m), WSAEMSGSIZE);
    expect_eq(m.head.dwFlags, MSG_TRUNC);
    expect_eq(m.got, 4);
    expect_bytes(m.bytes, "sixi");
    expect_untouched(m.bytes + 4, sizeof m.bytes - 4);
    expect_eq(m.head.namelen, 16);
}

CASE("wsarecvmsg/truncation/both") {
    SOCKET s = udp_at(NULL);
    struct message m;
    require(set(s, IPPROTO_IP, IP_PKTINFO, 1) == 0);
    post(s, "sixish");
    prepare(&m, 4, 1);
    expect_error(receive(s, &m), WSAEMSGSIZE);
    expect_eq(m.head.dwFlags, MSG_TRUNC | MSG_CTRUNC);
    expect_eq(m.got, 4);
}

CASE("wsarecvmsg/truncation/control-is-told") {
    SOCKET s = udp_at(NULL);
    struct message m;
    require(set(s, IPPROTO_IP, IP_PKTINFO, 1) == 0);
    post(s, "sixish");
    prepare(&m, 4, 100);
    expect_error(receive(s, &m), WSAEMSGSIZE);
    expect_eq(m.head.dwFlags, MSG_TRUNC);
    only(&m, IPPROTO_IP, IP_PKTINFO, sizeof(IN_PKTINFO));
}

/* Sends to 127.255.255.255. */
static void shout(u_short port) {
    struct sockaddr_in all = loopback(port);
    SOCKET from = udp_at(NULL);
    require(set(from, SOL_SOCKET, SO_BROADCAST, 1) == 0);
    all.sin_addr.s_addr = htonl(0x7fffffff);
    require(sendto(from, "abcd", 4, 0, NAME(all), sizeof all) == 4);
}

static void expect_broadcast(SOCKET s) {
    struct message m;
    await_readable(s);
    prepare(&m, 32, 0);
    expect_clears(receive(s, &m), 0);
    expect_eq(m.got, 4);
    expect_eq(m.head.dwFlags, MSG_BCAST);
}

CASE("wsarecvmsg/flags/broadcast") {
    struct sockaddr_in where;
    SOCKET s = udp_at(&where);
    shout(where.sin_port);
    expect_broadcast(s);
}

CASE("wsarecvmsg/flags/broadcast-any") {
    struct sockaddr_in where;
    SOCKET s = udp_anywhere(&where);
    shout(where.sin_port);
    expect_broadcast(s);
    shout(where.sin_port);
    expect_broadcast(s);
}

CASE("wsarecvmsg/flags/multicast") {
    struct sockaddr_in where, group = loopback(0);
    SOCKET s = udp_anywhere(&where), from = udp_at(NULL);
    struct ip_mreq membership;
    struct message m;
    group.sin_port = where.sin_port;
    group.sin_addr.s_addr = htonl(0xefff5732);
    membership.imr_multiaddr = group.sin_addr;
    membership.imr_interface.s_addr = htonl(INADDR_LOOPBACK);
    require(setsockopt(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, (char *)&membership, sizeof membership) == 0);
    require(set(from, IPPROTO_IP, IP_MULTICAST_IF, (int)htonl(INADDR_LOOPBACK)) == 0);
    require(sendto(from, "abcd", 4, 0, NAME(group), sizeof group) == 4);
    await_readable(s);
    prepare(&m, 32, 0);
    expect_clears(receive(s, &m), 0);
    expect_eq(m.got, 4);
    expect_eq(m.head.dwFlags, MSG_MCAST);
}

CASE("wsarecvfrom/flags/no-broadcast") {
    struct sockaddr_in where;
    SOCKET s = udp_anywhere(&where);
    DWORD got = POISON, flags = 0;
    char bytes[8];
    WSABUF part = {sizeof bytes, bytes};
    shout(where.sin_port);
    await_readable(s);
    expect_clears(WSARecvFrom(s, &part, 1, &got, &flags, NULL, NULL, NULL, NULL), 0);
    expect_eq(got, 4);
    expect_eq(flags, 0);
}

CASE("wsarecv/flags/push-immediate") {
    struct pair pair = tcp_pair();
    DWORD got = POISON, flags = MSG_PUSH_IMMEDIATE;
    char bytes[8];
    WSABUF part = {sizeof bytes, bytes};
    give_to(pair.peer, pair.local, "abcd");
    expect_clears(WSARecv(pair.local, &part, 1, &got, &flags, NULL, NULL), 0);
    expect_eq(got, 4);
    expect_eq(flags, 0);
}

struct option {
    int level, name;
};

static const struct option asking[] = {
    {IPPROTO_IP, IP_PKTINFO},     {IPPROTO_IP, IP_RECVTTL},      {IPPROTO_IP, IP_RECVTOS},
    {IPPROTO_IPV6, IPV6_PKTINFO}, {IPPROTO_IPV6, IPV6_HOPLIMIT}, {IPPROTO_IPV6, IPV6_RECVTCLASS},
};
#define ASKING ((int)(sizeof asking / sizeof asking[0]))

static SOCKET of_level(int level, int type) {
    SOCKET s = socket(level == IPPROTO_IP ? AF_INET : AF_INET6, type, 0);
    require(s != INVALID_SOCKET);
    return s;
}

CASE("ip-pktinfo/param/lengths") {
    int i, length;
    for (i = 0; i < ASKING; i++) {
        struct option o = asking[i];
        SOCKET s = of_level(o.level, SOCK_DGRAM);
        for (length = 1; length <= 2; length++) {
            int value = 1, size = length;
            expect_error(setsockopt(s, o.level, o.name, (char *)&value, length), WSAEFAULT);
            expect_error(getsockopt(s, o.level, o.name, (char *)&value, &size), WSAEFAULT);
            expect_eq(size, 0);
        }
    }
}

CASE("ip-pktinfo/returns/bool") {
    int i, value;
    for (i = 0; i < ASKING; i++) {
        struct option o = asking[i];
        SOCKET s = of_level(o.level, SOCK_DGRAM);
        expect_clears(get(s, o.level, o.name, &value), 0);
        expect_eq(value, 0);
        expect_clears(set(s, o.level, o.name, 12345), 0);
        expect_clears(get(s, o.level, o.name, &value), 0);
        expect_eq(value, 1);
    }
}

CASE("ip-pktinfo/remarks/own-needs") {
    SOCKET s = udp_at(NULL);
    struct message m;
    int i, value;
    post(s, "abcd");
    prepare(&m, 32, 0);
    expect_clears(receive(s, &m), 0);
    for (i = 0; i < 3; i++) {
        expect_clears(get(s, IPPROTO_IP, asking[i].name, &value), 0);
        expect_eq(value, 0);
    }
}

/* The option cannot be set or read on TCP. */
static void refused_by_tcp(struct option o) {
    SOCKET s = of_level(o.level, SOCK_STREAM);
    int value;
    expect_error(set(s, o.level, o.name, 1), WSAEINVAL);
    expect_error(get(s, o.level, o.name, &value), WSAEINVAL);
}

CASE("ip-pktinfo/error/WSAEINVAL-stream") {
    int i;
    for (i = 0; i < ASKING; i++) refused_by_tcp(asking[i]);
}

CASE("ip-recvif/returns/datagram-only") {
    static const int v4[] = {22, 24, 25, 38, 47, 50, 51, 60, 70}, v6[] = {24, 25, 38, 50, 51, 60, 70};
    int i, value;
    for (i = 0; i < 16; i++) {
        struct option o = {i < 9 ? IPPROTO_IP : IPPROTO_IPV6, i < 9 ? v4[i] : v6[i - 9]};
        SOCKET s = of_level(o.level, SOCK_DGRAM);
        expect_clears(set(s, o.level, o.name, 1), 0);
        expect_clears(get(s, o.level, o.name, &value), 0);
        expect_eq(value, 1);
        refused_by_tcp(o);
    }
}

CASE("ip-recverr/returns/datagram-only") {
    static const struct option options[] = {{IPPROTO_IP, IP_RECVERR}, {IPPROTO_IPV6, IPV6_RECVERR}};
    int i, value;
    for (i = 0; i < 2; i++) {
        struct option o = options[i];
        SOCKET s = of_level(o.level, SOCK_DGRAM);
        expect_clears(set(s, o.level, o.name, 1), 0);
        expect_clears(get(s, o.level, o.name, &value), 0);
        expect_eq(value, 1);
        refused_by_tcp(o);
    }
}
