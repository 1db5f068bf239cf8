/* UDP and ICMP: port unreachable (clauses/icmp.md). */
#include "harness.h"

#ifndef SIO_UDP_CONNRESET
#define SIO_UDP_CONNRESET _WSAIOW(IOC_VENDOR, 12)
#endif
#ifndef SIO_UDP_NETRESET
#define SIO_UDP_NETRESET _WSAIOW(IOC_VENDOR, 15)
#endif
#define NAME(address) ((struct sockaddr *)&(address))

static SOCKET connected_to_nobody(void) {
    struct sockaddr_in nobody = closed_port(SOCK_DGRAM);
    SOCKET s = udp_at(NULL);
    require(connect(s, NAME(nobody), sizeof nobody) == 0);
    return s;
}

/* Sends to where nobody listens and waits until that came back. */
static struct sockaddr_in provoke(SOCKET s) {
    struct sockaddr_in nobody = closed_port(SOCK_DGRAM);
    expect_eq(sendto(s, "x", 1, 0, NAME(nobody), sizeof nobody), 1);
    await_readable(s);
    return nobody;
}

static int report_resets(SOCKET s, BOOL on) {
    DWORD got = 0;
    return WSAIoctl(s, SIO_UDP_CONNRESET, &on, sizeof on, NULL, 0, &got, NULL, NULL);
}

CASE("icmp/send/never-fails") {
    SOCKET s = connected_to_nobody();
    int i;
    for (i = 0; i < 20; i++) {
        expect_eq(send(s, "abcd", 4, 0), 4);
        expect_eq(writable(s, 0), 1);
    }
}

CASE("icmp/sendto/never-fails") {
    struct sockaddr_in nobody = closed_port(SOCK_DGRAM), where;
    SOCKET s = udp_at(NULL), somebody = udp_at(&where);
    char buffer[8];
    int i;
    for (i = 0; i < 20; i++) {
        expect_eq(sendto(s, "lost", 4, 0, NAME(nobody), sizeof nobody), 4);
        expect_eq(sendto(s, "here", 4, 0, NAME(where), sizeof where), 4);
        await_readable(somebody);
        expect_eq(recv(somebody, buffer, sizeof buffer, 0), 4);
    }
}

CASE("icmp/recv/connected") {
    SOCKET s = connected_to_nobody();
    char buffer[8];
    expect_eq(send(s, "x", 1, 0), 1);
    await_readable(s);
    expect_error(recv(s, buffer, sizeof buffer, 0), WSAECONNRESET);
}

CASE("icmp/recvfrom/unconnected") {
    SOCKET s = udp_at(NULL);
    struct sockaddr_in from;
    int length = sizeof from;
    char buffer[8];
    provoke(s);
    expect_error(recvfrom(s, buffer, sizeof buffer, 0, NAME(from), &length), WSAECONNRESET);
}

CASE("icmp/wsarecv/connected") {
    SOCKET s = connected_to_nobody();
    char buffer[8];
    WSABUF part = {sizeof buffer, buffer};
    DWORD got = POISON, flags = 0;
    expect_eq(send(s, "x", 1, 0), 1);
    await_readable(s);
    expect_error(WSARecv(s, &part, 1, &got, &flags, NULL, NULL), WSAECONNRESET);
    expect_eq(got, POISON);
}

CASE("icmp/wsarecvfrom/unconnected") {
    SOCKET s = udp_at(NULL);
    char buffer[8];
    WSABUF part = {sizeof buffer, buffer};
    DWORD got = POISON, flags = 0;
    provoke(s);
    expect_error(WSARecvFrom(s, &part, 1, &got, &flags, NULL, NULL, NULL, NULL), WSAECONNRESET);
}

CASE("icmp/recvfrom/ipv6") {
    SOCKET closed = socket(AF_INET6, SOCK_DGRAM, 0), s = socket(AF_INET6, SOCK_DGRAM, 0);
    struct sockaddr_in6 where, own;
    int length = sizeof where;
    char buffer[8];
    memset(&where, 0, sizeof where);
    where.sin6_family = AF_INET6;
    where.sin6_addr.s6_addr[15] = 1;
    own = where;
    require(bind(closed, NAME(where), sizeof where) == 0 && getsockname(closed, NAME(where), &length) == 0);
    require(closesocket(closed) == 0);
    require(bind(s, NAME(own), sizeof own) == 0);
    expect_eq(sendto(s, "x", 1, 0, NAME(where), sizeof where), 1);
    await_readable(s);
    expect_error(recvfrom(s, buffer, sizeof buffer, 0, NULL, NULL), WSAECONNRESET);
}

CASE("icmp/select/readable") {
    SOCKET s = udp_at(NULL);
    struct sockaddr_in nobody = closed_port(SOCK_DGRAM);
    require(sendto(s, "x", 1, 0, NAME(nobody), sizeof nobody) == 1);
    expect_eq(readable(s, PATIENCE), 1);
}

CASE("icmp/recvfrom/wakes") {
    SOCKET s = udp_at(NULL);
    struct sockaddr_in nobody = closed_port(SOCK_DGRAM);
    struct call call;
    begin(&call, act_recvfrom, &s);
    expect_eq(sendto(s, "x", 1, 0, NAME(nobody), sizeof nobody), 1);
    expect_finish(&call, -1, WSAECONNRESET);
}

CASE("icmp/recvfrom/one-per-message") {
    SOCKET s = udp_at(NULL);
    char buffer[8];
    int i, errors = 0;
    for (i = 0; i < 3; i++) provoke(s);
    nonblocking(s);
    for (i = 0; i < 10; i++)
        if (readable(s, 50) == 1 && recv(s, buffer, sizeof buffer, 0) < 0 &&
            WSAGetLastError() == WSAECONNRESET)
            errors++;
    expect_eq(errors, 3);
    expect_error(recv(s, buffer, sizeof buffer, 0), WSAEWOULDBLOCK);
}

CASE("icmp/recvfrom/not-sticky") {
    struct sockaddr_in where;
    SOCKET s = udp_at(&where), friend = udp_at(NULL);
    char buffer[8];
    provoke(s);
    expect_error(recv(s, buffer, sizeof buffer, 0), WSAECONNRESET);
    nonblocking(s);
    expect_error(recv(s, buffer, sizeof buffer, 0), WSAEWOULDBLOCK);
    require(sendto(friend, "abc", 3, 0, NAME(where), sizeof where) == 3);
    await_readable(s);
    expect_eq(recv(s, buffer, sizeof buffer, 0), 3);
}

CASE("icmp/recvfrom/datagrams-stay") {
    struct sockaddr_in where;
    SOCKET s = udp_at(&where), friend = udp_at(NULL);
    char buffer[8];
    int i, messages = 0, errors = 0;
    require(sendto(friend, "one", 3, 0, NAME(where), sizeof where) == 3);
    provoke(s);
    require(sendto(friend, "two", 3, 0, NAME(where), sizeof where) == 3);
    for (i = 0; i < 3; i++) {
        await_readable(s);
        if (recv(s, buffer, sizeof buffer, 0) == 3)
            messages++;
        else
            errors += WSAGetLastError() == WSAECONNRESET;
    }
    expect_eq(messages, 2);
    expect_eq(errors, 1);
}

CASE("icmp/recv/still-connected") {
    struct sockaddr_in nobody = closed_port(SOCK_DGRAM), own;
    SOCKET s = udp_at(&own), late = udp();
    char buffer[8];
    require(connect(s, NAME(nobody), sizeof nobody) == 0);
    require(send(s, "x", 1, 0) == 1);
    await_readable(s);
    expect_error(recv(s, buffer, sizeof buffer, 0), WSAECONNRESET);
    require(bind(late, NAME(nobody), sizeof nobody) == 0);
    require(sendto(late, "abc", 3, 0, NAME(own), sizeof own) == 3);
    await_readable(s);
    expect_eq(recv(s, buffer, sizeof buffer, 0), 3);
}

CASE("icmp/peek/leaves-error") {
    SOCKET s = udp_at(NULL);
    char buffer[8];
    provoke(s);
    expect_error(recv(s, buffer, sizeof buffer, MSG_PEEK), WSAECONNRESET);
    expect_error(recv(s, buffer, sizeof buffer, MSG_PEEK), WSAECONNRESET);
    expect_error(recv(s, buffer, sizeof buffer, 0), WSAECONNRESET);
    nonblocking(s);
    expect_error(recv(s, buffer, sizeof buffer, 0), WSAEWOULDBLOCK);
}

CASE("icmp/recvfrom/destination") {
    SOCKET s = udp_at(NULL);
    struct sockaddr_in nobody, from;
    int length = sizeof from;
    char buffer[8];
    poison(&from, sizeof from);
    nobody = provoke(s);
    expect_error(recvfrom(s, buffer, sizeof buffer, 0, NAME(from), &length), WSAECONNRESET);
    expect_eq(from.sin_port, nobody.sin_port);
    expect_eq(from.sin_addr.s_addr, nobody.sin_addr.s_addr);
}

CASE("icmp/sio-udp-connreset/value") {
    BOOL on = TRUE;
    DWORD got = POISON;
    expect_eq((DWORD)SIO_UDP_CONNRESET, 0x9800000CUL);
    expect_clears(WSAIoctl(udp_at(NULL), SIO_UDP_CONNRESET, &on, sizeof on, NULL, 0, &got, NULL, NULL), 0);
    expect_eq(got, 0);
}

CASE("icmp/sio-udp-connreset/off") {
    struct sockaddr_in nobody = closed_port(SOCK_DGRAM);
    SOCKET s = udp_at(NULL);
    char buffer[8];
    expect_eq(report_resets(s, FALSE), 0);
    expect_eq(sendto(s, "x", 1, 0, NAME(nobody), sizeof nobody), 1);
    expect_eq(readable(s, 100), 0);
    nonblocking(s);
    expect_error(recv(s, buffer, sizeof buffer, 0), WSAEWOULDBLOCK);
}

CASE("icmp/sio-udp-connreset/off-connected") {
    SOCKET s = connected_to_nobody();
    char buffer[8];
    expect_eq(report_resets(s, FALSE), 0);
    expect_eq(send(s, "x", 1, 0), 1);
    expect_eq(readable(s, 100), 0);
    expect_eq(send(s, "x", 1, 0), 1);
    nonblocking(s);
    expect_error(recv(s, buffer, sizeof buffer, 0), WSAEWOULDBLOCK);
}

CASE("icmp/sio-udp-connreset/on-again") {
    SOCKET s = udp_at(NULL);
    char buffer[8];
    expect_eq(report_resets(s, FALSE), 0);
    expect_eq(report_resets(s, TRUE), 0);
    provoke(s);
    expect_error(recv(s, buffer, sizeof buffer, 0), WSAECONNRESET);
}

CASE("icmp/sio-udp-connreset/one-byte") {
    struct sockaddr_in nobody = closed_port(SOCK_DGRAM);
    SOCKET s = udp_at(NULL);
    char off = 0;
    DWORD got = POISON;
    expect_eq(WSAIoctl(s, SIO_UDP_CONNRESET, &off, 1, NULL, 0, &got, NULL, NULL), 0);
    expect_eq(sendto(s, "x", 1, 0, NAME(nobody), sizeof nobody), 1);
    expect_eq(readable(s, 100), 0);
}

CASE("icmp/sio-udp-netreset/value") {
    SOCKET s = udp_at(NULL);
    BOOL on;
    DWORD got;
    expect_eq((DWORD)SIO_UDP_NETRESET, 0x9800000FUL);
    for (on = FALSE; on <= TRUE; on++)
        expect_eq(WSAIoctl(s, SIO_UDP_NETRESET, &on, sizeof on, NULL, 0, &got, NULL, NULL), 0);
}

static void send_to(SOCKET s, struct sockaddr_in where) {
    expect_eq(sendto(s, "x", 1, 0, NAME(where), sizeof where), 1);
}

/* How many receives fail with WSAECONNRESET until nothing comes any more. */
static int count_reports(SOCKET s) {
    char buffer[8];
    int count = 0;
    while (readable(s, 100) == 1 && count < 100) {
        expect_error(recv(s, buffer, sizeof buffer, 0), WSAECONNRESET);
        count++;
    }
    nonblocking(s);
    expect_error(recv(s, buffer, sizeof buffer, 0), WSAEWOULDBLOCK);
    return count;
}

CASE("icmp/recv/connected-one-per-message") {
    SOCKET s = connected_to_nobody();
    int i;
    for (i = 0; i < 3; i++) {
        expect_eq(send(s, "x", 1, 0), 1);
        await_readable(s);
    }
    expect_eq(count_reports(s), 3);
}

CASE("icmp/recvfrom/burst") {
    struct sockaddr_in nobody = closed_port(SOCK_DGRAM);
    SOCKET s = udp_at(NULL), connected = connected_to_nobody();
    int i;
    for (i = 0; i < 10; i++) send_to(s, nobody);
    for (i = 0; i < 10; i++) expect_eq(send(connected, "x", 1, 0), 1);
    expect_eq(count_reports(s), 10);
    expect_eq(count_reports(connected), 10);
}

CASE("icmp/recvfrom/thousands") {
    struct sockaddr_in where, nobody = closed_port(SOCK_DGRAM);
    SOCKET s = udp_at(&where), friend = udp_at(NULL);
    char buffer[8];
    int i;
    for (i = 0; i < 2000; i++) require(sendto(s, "x", 1, 0, NAME(nobody), sizeof nobody) == 1);
    require(sendto(friend, "abc", 3, 0, NAME(where), sizeof where) == 3);
    for (i = 0; i < 2000; i++) {
        await_readable(s);
        expect_error(recv(s, buffer, sizeof buffer, 0), WSAECONNRESET);
    }
    expect_eq(recv(s, buffer, sizeof buffer, 0), 3);
}

CASE("icmp/recvfrom/arrival-order") {
    SOCKET s = udp_at(NULL), held[3];
    struct sockaddr_in where[3], from;
    char buffer[8];
    int i, length;
    for (i = 0; i < 3; i++) held[i] = udp_at(&where[i]);
    for (i = 0; i < 3; i++) require(closesocket(held[i]) == 0);
    for (i = 2; i >= 0; i--) send_to(s, where[i]);
    for (i = 2; i >= 0; i--) {
        length = sizeof from;
        poison(&from, sizeof from);
        await_readable(s);
        expect_error(recvfrom(s, buffer, sizeof buffer, 0, NAME(from), &length), WSAECONNRESET);
        expect_eq(from.sin_port, where[i].sin_port);
    }
}

CASE("icmp/recvfrom/sends-in-between") {
    struct sockaddr_in nobody = closed_port(SOCK_DGRAM), where;
    SOCKET s = udp_at(NULL), somebody = udp_at(&where);
    char buffer[8];
    send_to(s, nobody);
    await_readable(s);
    send_to(s, where);
    send_to(s, nobody);
    expect_error(recv(s, buffer, sizeof buffer, 0), WSAECONNRESET);
    send_to(s, where);
    expect_eq(count_reports(s), 1);
    await_readable(somebody);
    expect_eq(recv(somebody, buffer, sizeof buffer, 0), 1);
    await_readable(somebody);
    expect_eq(recv(somebody, buffer, sizeof buffer, 0), 1);
}

CASE("icmp/peek/several") {
    SOCKET s = udp_at(NULL);
    char buffer[8];
    int i;
    provoke(s);
    provoke(s);
    for (i = 0; i < 4; i++) expect_error(recv(s, buffer, sizeof buffer, MSG_PEEK), WSAECONNRESET);
    expect_eq(count_reports(s), 2);
}

CASE("icmp/peek/datagram-behind") {
    struct sockaddr_in where;
    SOCKET s = udp_at(&where), friend = udp_at(NULL);
    char buffer[8];
    provoke(s);
    require(sendto(friend, "abc", 3, 0, NAME(where), sizeof where) == 3);
    expect_error(recv(s, buffer, sizeof buffer, MSG_PEEK), WSAECONNRESET);
    expect_error(recv(s, buffer, sizeof buffer, 0), WSAECONNRESET);
    await_readable(s);
    expect_eq(recv(s, buffer, sizeof buffer, MSG_PEEK), 3);
    expect_eq(recv(s, buffer, sizeof buffer, 0), 3);
    expect_bytes(buffer, "abc");
}

CASE("icmp/wsarecvex/WSAECONNRESET") {
    SOCKET s = connected_to_nobody();
    char buffer[8];
    int flags = 0;
    expect_eq(send(s, "x", 1, 0), 1);
    await_readable(s);
    expect_error(WSARecvEx(s, buffer, sizeof buffer, &flags), WSAECONNRESET);
}

CASE("icmp/recv/zero-length") {
    SOCKET s = connected_to_nobody();
    expect_eq(send(s, "x", 1, 0), 1);
    await_readable(s);
    expect_error(recv(s, NULL, 0, 0), WSAECONNRESET);
}

CASE("icmp/recv/in-time") {
    SOCKET s = connected_to_nobody();
    DWORD limit = 2 * PATIENCE;
    char buffer[8];
    long long start = now_ms();
    require(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (char *)&limit, sizeof limit) == 0);
    expect_eq(send(s, "x", 1, 0), 1);
    expect_error(recv(s, buffer, sizeof buffer, 0), WSAECONNRESET);
    expect_between(now_ms() - start, 0, PATIENCE);
}

CASE("icmp/select/error-only") {
    SOCKET s = connected_to_nobody();
    int i;
    expect_eq(send(s, "x", 1, 0), 1);
    await_readable(s);
    for (i = 0; i < 3; i++) {
        expect_eq(readable(s, 0), 1);
        expect_eq(writable(s, 0), 1);
        expect_eq(excepted(s, 0), 0);
    }
}

CASE("icmp/select/taken") {
    SOCKET s = connected_to_nobody();
    char buffer[8];
    expect_eq(send(s, "x", 1, 0), 1);
    await_readable(s);
    expect_error(recv(s, buffer, sizeof buffer, 0), WSAECONNRESET);
    expect_eq(readable(s, 0), 0);
}

CASE("icmp/fionread/error-only") {
    SOCKET s = connected_to_nobody();
    char buffer[8];
    expect_eq(send(s, "x", 1, 0), 1);
    await_readable(s);
    expect_eq(queued(s), 0);
    expect_eq(queued(s), 0);
    expect_error(recv(s, buffer, sizeof buffer, 0), WSAECONNRESET);
}

CASE("icmp/sio-udp-connreset/off-keeps-queued") {
    SOCKET s = connected_to_nobody();
    char buffer[8];
    expect_eq(send(s, "x", 1, 0), 1);
    await_readable(s);
    expect_eq(report_resets(s, FALSE), 0);
    expect_eq(send(s, "x", 1, 0), 1);
    nonblocking(s);
    expect_error(recv(s, buffer, sizeof buffer, 0), WSAECONNRESET);
    expect_error(recv(s, buffer, sizeof buffer, 0), WSAEWOULDBLOCK);
    expect_eq(readable(s, 100), 0);
}

CASE("icmp/sio-udp-connreset/off-keeps-datagrams") {
    struct sockaddr_in where, nobody = closed_port(SOCK_DGRAM);
    SOCKET s = udp_at(&where), friend = udp_at(NULL);
    char buffer[8];
    int i;
    expect_eq(report_resets(s, FALSE), 0);
    for (i = 0; i < 5; i++) {
        send_to(s, nobody);
        require(sendto(friend, "abc", 3, 0, NAME(where), sizeof where) == 3);
        expect_eq(recv(s, buffer, sizeof buffer, 0), 3);
    }
}

CASE("icmp/sio-udp-connreset/off-blocked-goes-on") {
    struct sockaddr_in where, nobody = closed_port(SOCK_DGRAM);
    SOCKET s = udp_at(&where), friend = udp_at(NULL);
    struct call call;
    expect_eq(report_resets(s, FALSE), 0);
    begin(&call, act_recv, &s);
    send_to(s, nobody);
    expect(still_blocked(&call, 100));
    require(sendto(friend, "abc", 3, 0, NAME(where), sizeof where) == 3);
    expect_finish(&call, 3, 0);
}

CASE("icmp/so-error/untouched") {
    SOCKET s = connected_to_nobody();
    int error = (int)POISON, length = sizeof error;
    char buffer[8];
    expect_eq(send(s, "x", 1, 0), 1);
    await_readable(s);
    expect_eq(getsockopt(s, SOL_SOCKET, SO_ERROR, (char *)&error, &length), 0);
    expect_eq(error, 0);
    expect_error(recv(s, buffer, sizeof buffer, 0), WSAECONNRESET);
}
