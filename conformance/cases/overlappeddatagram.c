/* Overlapped receives of datagrams: WSARecv, WSARecvFrom, WSARecvMsg (clauses/overlappeddatagram.md). */
#include "harness.h"

#define NAME(address) ((struct sockaddr *)&(address))
#define OVERFLOW_STATUS 0x80000005u
#define UNREACHABLE_STATUS 0xC000023Fu

/* ---- Datagrams ---- */

/* The request is over with a datagram of 9 bytes cut to 6, and the rest is gone. */
static void expect_cut(struct pair pair, struct posted *r) {
    DWORD count = POISON;
    char buffer[16];
    expect_ends(pair.local, r, OVERFLOW_STATUS, 6);
    expect_bytes(r->bytes, "012345");
    expect_eq(r->got, POISON);
    expect_result(pair.local, r, FALSE, 6, WSAEMSGSIZE);
    expect_false(GetOverlappedResult((HANDLE)pair.local, &r->over, &count, FALSE), ERROR_MORE_DATA);
    expect_eq(count, 6);
    give_to(pair.peer, pair.local, "next");
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 4);
}

CASE("overlapped/truncation/pending") {
    struct pair pair = udp_pair();
    struct posted r;
    expect_pend(pair.local, &r, 6);
    give(pair.peer, "012345678");
    expect_cut(pair, &r);
}

CASE("overlapped/truncation/queued") {
    struct pair pair = udp_pair();
    struct posted r;
    give_to(pair.peer, pair.local, "012345678");
    expect_pend(pair.local, &r, 6);
    expect_cut(pair, &r);
}

CASE("overlapped/truncation/over-buffers") {
    struct pair pair = udp_pair();
    struct posted r;
    WSABUF parts[2];
    lay_out_event(&r, 0);
    parts[0].len = 2;
    parts[0].buf = r.bytes;
    parts[1].len = 4;
    parts[1].buf = r.bytes + 2;
    expect_pends(WSARecv(pair.local, parts, 2, &r.got, &r.flags, &r.over, NULL));
    give(pair.peer, "012345678");
    expect_cut(pair, &r);
}

/* WSARecvFrom, and what it says of the sender. */
struct letter {
    struct posted r;
    struct sockaddr_in from;
    int length;
};

static int post_recvfrom(SOCKET s, struct letter *letter) {
    poison(&letter->from, sizeof letter->from);
    letter->length = sizeof letter->from;
    return WSARecvFrom(s, &letter->r.part, 1, &letter->r.got, &letter->r.flags, NAME(letter->from),
                       &letter->length, &letter->r.over, NULL);
}

static void expect_sender(struct letter *letter, struct sockaddr_in *from) {
    expect_eq(letter->length, 16);
    expect_eq(letter->from.sin_family, AF_INET);
    expect_eq(letter->from.sin_port, from->sin_port);
    expect_eq(letter->from.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
}

CASE("overlapped/truncation/queued-recvfrom") {
    struct sockaddr_in from_name, to_name;
    SOCKET from = udp_at(&from_name), to = udp_at(&to_name);
    struct letter letter;
    require(sendto(from, "012345678", 9, 0, NAME(to_name), sizeof to_name) == 9);
    await_readable(to);
    lay_out_event(&letter.r, 8);
    expect_pends(post_recvfrom(to, &letter));
    expect_ends(to, &letter.r, OVERFLOW_STATUS, 8);
    expect_result(to, &letter.r, FALSE, 8, WSAEMSGSIZE);
    expect_bytes(letter.r.bytes, "01234567");
    expect_sender(&letter, &from_name);
}

CASE("overlapped/truncation/peek") {
    struct pair pair = udp_pair();
    struct posted r;
    char buffer[16];
    lay_out_event(&r, 6);
    r.flags = MSG_PEEK;
    expect_pends(post_recv(pair.local, &r));
    give(pair.peer, "012345678");
    expect_ends(pair.local, &r, OVERFLOW_STATUS, 6);
    expect_bytes(r.bytes, "012345");
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 9);
}

CASE("overlapped/recvfrom/sender") {
    struct sockaddr_in from_name, to_name;
    SOCKET from = udp_at(&from_name), to = udp_at(&to_name);
    struct letter letter;
    lay_out_event(&letter.r, 16);
    expect_pends(post_recvfrom(to, &letter));
    expect_untouched(&letter.from, sizeof letter.from);
    expect_eq(letter.length, sizeof letter.from);
    require(sendto(from, "abcd", 4, 0, NAME(to_name), sizeof to_name) == 4);
    expect_ends(to, &letter.r, 0, 4);
    expect_sender(&letter, &from_name);
}

CASE("overlapped/recvfrom/length") {
    struct sockaddr_in to_name;
    SOCKET from = udp_at(NULL), to = udp_at(&to_name);
    struct sockaddr_storage name;
    struct posted r;
    int length = sizeof name;
    lay_out_event(&r, 16);
    expect_pends(WSARecvFrom(to, &r.part, 1, &r.got, &r.flags, NAME(name), &length, &r.over, NULL));
    expect_eq(length, sizeof name);
    require(sendto(from, "abcd", 4, 0, NAME(to_name), sizeof to_name) == 4);
    expect_ends(to, &r, 0, 4);
    expect_eq(length, 16);
}

CASE("overlapped/recvfrom/at-once") {
    struct sockaddr_in from_name, to_name;
    SOCKET from = udp_at(&from_name), to = udp_at(&to_name);
    struct letter letter;
    require(sendto(from, "abcd", 4, 0, NAME(to_name), sizeof to_name) == 4);
    await_readable(to);
    lay_out_event(&letter.r, 16);
    expect_clears(post_recvfrom(to, &letter), 0);
    expect_eq(letter.r.got, 4);
    expect_ends(to, &letter.r, 0, 4);
    expect_sender(&letter, &from_name);
}

CASE("overlapped/recvfrom/no-sender") {
    struct sockaddr_in to_name;
    SOCKET from = udp_at(NULL), to = udp_at(&to_name);
    struct posted r;
    lay_out_event(&r, 16);
    expect_pends(WSARecvFrom(to, &r.part, 1, &r.got, &r.flags, NULL, NULL, &r.over, NULL));
    require(sendto(from, "abcd", 4, 0, NAME(to_name), sizeof to_name) == 4);
    expect_ends(to, &r, 0, 4);
}

CASE("overlapped/recvfrom/WSAEFAULT") {
    SOCKET s = udp_at(NULL);
    struct letter letter;
    lay_out_event(&letter.r, 16);
    letter.length = 1;
    poison(&letter.from, sizeof letter.from);
    expect_error(WSARecvFrom(s, &letter.r.part, 1, &letter.r.got, &letter.r.flags, NAME(letter.from),
                             &letter.length, &letter.r.over, NULL),
                 WSAEFAULT);
    expect_untouched(&letter.from, sizeof letter.from);
}

CASE("overlapped/recvfrom/stream") {
    struct pair pair = tcp_pair();
    struct letter letter;
    lay_out_event(&letter.r, 16);
    expect_pends(post_recvfrom(pair.local, &letter));
    give(pair.peer, "abcd");
    expect_ends(pair.local, &letter.r, 0, 4);
}

/* ---- Zero lengths ---- */

CASE("overlapped/zero/datagram") {
    struct pair pair = udp_pair();
    struct posted r;
    char buffer[8];
    expect_pend(pair.local, &r, 0);
    give(pair.peer, "abcde");
    expect_ends(pair.local, &r, OVERFLOW_STATUS, 0);
    expect_result(pair.local, &r, FALSE, 0, WSAEMSGSIZE);
    nonblocking(pair.local);
    expect_error(recv(pair.local, buffer, sizeof buffer, 0), WSAEWOULDBLOCK);
}

CASE("overlapped/zero/datagram-queued") {
    struct pair pair = udp_pair();
    struct posted r;
    char buffer[8];
    give_to(pair.peer, pair.local, "abcde");
    expect_pend(pair.local, &r, 0);
    expect_ends(pair.local, &r, OVERFLOW_STATUS, 0);
    expect_result(pair.local, &r, FALSE, 0, WSAEMSGSIZE);
    nonblocking(pair.local);
    expect_error(recv(pair.local, buffer, sizeof buffer, 0), WSAEWOULDBLOCK);
}

CASE("overlapped/zero/datagram-peek") {
    struct pair pair = udp_pair();
    struct posted r;
    char buffer[8];
    lay_out_event(&r, 0);
    r.flags = MSG_PEEK;
    expect_pends(post_recv(pair.local, &r));
    give(pair.peer, "abcde");
    expect_ends(pair.local, &r, OVERFLOW_STATUS, 0);
    expect_result(pair.local, &r, FALSE, 0, WSAEMSGSIZE);
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 5);
}

CASE("overlapped/zero/empty-datagram") {
    struct pair pair = udp_pair();
    struct posted r;
    expect_pend(pair.local, &r, 16);
    expect_eq(send(pair.peer, "", 0, 0), 0);
    expect_ends(pair.local, &r, 0, 0);
    expect_result(pair.local, &r, TRUE, 0, 0);
}

CASE("overlapped/end/own-shutdown-udp") {
    struct pair pair = udp_pair();
    struct posted r, later;
    expect_pend(pair.local, &r, 16);
    require(shutdown(pair.local, SD_RECEIVE) == 0);
    lay_out_event(&later, 16);
    expect_error(post_recv(pair.local, &later), WSAESHUTDOWN);
    give(pair.peer, "abcde");
    expect_ends(pair.local, &r, 0, 5);
}

/* ---- Port unreachable ---- */

CASE("overlapped/icmp/pending") {
    struct sockaddr_in nobody = closed_port(SOCK_DGRAM);
    SOCKET s = udp_at(NULL);
    struct posted r;
    DWORD count = POISON;
    expect_pend(s, &r, 16);
    expect_eq(sendto(s, "x", 1, 0, NAME(nobody), sizeof nobody), 1);
    expect_ends(s, &r, UNREACHABLE_STATUS, 0);
    expect_result(s, &r, FALSE, 0, WSAECONNRESET);
    expect_false(GetOverlappedResult((HANDLE)s, &r.over, &count, FALSE), ERROR_PORT_UNREACHABLE);
    expect_eq(count, 0);
}

CASE("overlapped/icmp/one-receive") {
    struct sockaddr_in nobody = closed_port(SOCK_DGRAM), name;
    SOCKET s = udp_at(&name), from = udp_at(NULL);
    struct posted first, second;
    expect_pend(s, &first, 16);
    expect_pend(s, &second, 16);
    expect_eq(sendto(s, "x", 1, 0, NAME(nobody), sizeof nobody), 1);
    expect_ends(s, &first, UNREACHABLE_STATUS, 0);
    expect(!signalled(second.over.hEvent, 50));
    require(sendto(from, "abcd", 4, 0, NAME(name), sizeof name) == 4);
    expect_ends(s, &second, 0, 4);
}

CASE("overlapped/icmp/queued") {
    struct sockaddr_in nobody = closed_port(SOCK_DGRAM);
    SOCKET s = udp_at(NULL);
    struct posted r;
    expect_eq(sendto(s, "x", 1, 0, NAME(nobody), sizeof nobody), 1);
    await_readable(s);
    lay_out_event(&r, 16);
    expect_error(post_recv(s, &r), WSAECONNRESET);
    expect_eq(r.got, POISON);
    lay_out_event(&r, 16);
    expect_pends(post_recv(s, &r));
}

/* ---- WSARecvMsg ---- */

struct message {
    struct posted r;
    WSAMSG head;
    struct sockaddr_in name;
    union {
        char bytes[64];
        WSACMSGHDR aligned;
    } control;
};

static SOCKET with_pktinfo(struct sockaddr_in *where) {
    SOCKET s = udp_at(where);
    int on = 1;
    require(setsockopt(s, IPPROTO_IP, IP_PKTINFO, (char *)&on, sizeof on) == 0);
    return s;
}

static int post_recvmsg(SOCKET s, struct message *m, u_long room, u_long control) {
    GUID id = WSAID_WSARECVMSG;
    LPFN_WSARECVMSG function = NULL;
    DWORD size;
    require(WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, &function, sizeof function, &size,
                     NULL, NULL) == 0);
    lay_out_event(&m->r, room);
    memset(&m->head, 0, sizeof m->head);
    m->head.name = NAME(m->name);
    m->head.namelen = sizeof m->name;
    m->head.lpBuffers = &m->r.part;
    m->head.dwBufferCount = 1;
    m->head.Control.len = control;
    m->head.Control.buf = m->control.bytes;
    WSASetLastError((int)POISON);
    return function(s, &m->head, &m->r.got, &m->r.over, NULL);
}

static void post_to(struct sockaddr_in *where) {
    require(sendto(udp_at(NULL), "sixish", 6, 0, (struct sockaddr *)where, sizeof *where) == 6);
}

/* The request is over; its datagram is whole, its control data were cut. */
static void expect_control_cut(SOCKET s, struct message *m) {
    DWORD count = POISON, flags = POISON;
    expect_ends(s, &m->r, OVERFLOW_STATUS, 6);
    expect_eq(m->head.dwFlags, MSG_CTRUNC);
    expect_bytes(m->r.bytes, "sixish");
    expect_false(WSAGetOverlappedResult(s, &m->r.over, &count, FALSE, &flags), WSAEMSGSIZE);
    expect_eq(count, 6);
}

CASE("overlapped/recvmsg/message") {
    struct sockaddr_in where;
    SOCKET s = with_pktinfo(&where);
    struct message m;
    expect_pends(post_recvmsg(s, &m, 32, sizeof m.control));
    expect_eq(m.r.got, POISON);
    expect_eq(m.head.Control.len, sizeof m.control);
    post_to(&where);
    expect_ends(s, &m.r, 0, 6);
    expect_result(s, &m.r, TRUE, 6, 0);
    expect_bytes(m.r.bytes, "sixish");
    expect_eq(m.head.dwFlags, 0);
    expect_eq(m.head.namelen, 16);
    expect_eq(m.name.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    expect_eq(m.head.Control.len, WSA_CMSG_SPACE(sizeof(IN_PKTINFO)));
}

CASE("overlapped/recvmsg/control-cut") {
    struct sockaddr_in where;
    SOCKET s = with_pktinfo(&where);
    struct message m;
    expect_pends(post_recvmsg(s, &m, 32, 1));
    expect_eq(m.head.Control.len, 1);
    post_to(&where);
    expect_control_cut(s, &m);
}

CASE("overlapped/recvmsg/control-cut-queued") {
    struct sockaddr_in where;
    SOCKET s = with_pktinfo(&where);
    struct message m;
    post_to(&where);
    await_readable(s);
    expect_pends(post_recvmsg(s, &m, 32, 1));
    expect_control_cut(s, &m);
}

CASE("overlapped/recvmsg/short-buffer-queued") {
    struct sockaddr_in where;
    SOCKET s = with_pktinfo(&where);
    struct message m;
    post_to(&where);
    await_readable(s);
    expect_pends(post_recvmsg(s, &m, 4, sizeof m.control));
    expect_ends(s, &m.r, OVERFLOW_STATUS, 4);
    expect_result(s, &m.r, FALSE, 4, WSAEMSGSIZE);
    expect_eq(m.head.dwFlags, MSG_TRUNC);
    expect_bytes(m.r.bytes, "sixi");
}

CASE("overlapped/recvmsg/flags-untouched") {
    struct sockaddr_in where;
    SOCKET s = with_pktinfo(&where);
    struct message m;
    DWORD count = POISON, flags = POISON;
    expect_pends(post_recvmsg(s, &m, 32, 1));
    post_to(&where);
    expect_ends(s, &m.r, OVERFLOW_STATUS, 6);
    expect_false(WSAGetOverlappedResult(s, &m.r.over, &count, FALSE, &flags), WSAEMSGSIZE);
    expect_eq(flags, POISON);
}
