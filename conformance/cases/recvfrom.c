/* recvfrom and WSARecvFrom: datagrams and their addresses (clauses/recvfrom.md). */
#include "harness.h"

#define NAME(address) ((struct sockaddr *)&(address))

/* A sender and a receiver that do not know each other. */
struct strangers {
    SOCKET from, to;
    struct sockaddr_in from_name, to_name;
};

static struct strangers strangers(void) {
    struct strangers two;
    two.from = udp_at(&two.from_name);
    two.to = udp_at(&two.to_name);
    return two;
}

static void post(struct strangers *two, const char *text) {
    int length = (int)strlen(text);
    require(sendto(two->from, text, length, 0, NAME(two->to_name), sizeof two->to_name) == length);
    await_readable(two->to);
}

static int receive_from(SOCKET s, void *bytes, u_long length, DWORD *got, struct sockaddr *from,
                        int *from_length) {
    WSABUF part;
    DWORD flags = 0;
    part.len = length;
    part.buf = (char *)bytes;
    return WSARecvFrom(s, &part, 1, got, &flags, from, from_length, NULL, NULL);
}

CASE("recvfrom/error/WSAEINVAL-unbound") {
    char buffer[8];
    expect_error(recvfrom(udp(), buffer, sizeof buffer, 0, NULL, NULL), WSAEINVAL);
}

CASE("wsarecvfrom/error/WSAEINVAL-unbound") {
    char buffer[8];
    DWORD got = POISON;
    expect_error(receive_from(udp(), buffer, sizeof buffer, &got, NULL, NULL), WSAEINVAL);
    expect_eq(got, POISON);
}

CASE("recvfrom/returns/message-and-sender") {
    struct strangers two = strangers();
    struct sockaddr_storage from;
    int length = sizeof from;
    char buffer[32];
    poison(&from, sizeof from);
    post(&two, "sixteen bytes---");
    expect_clears(recvfrom(two.to, buffer, sizeof buffer, 0, NAME(from), &length), 16);
    expect_bytes(buffer, "sixteen bytes---");
    expect_eq(length, 16);
    expect_eq(((struct sockaddr_in *)&from)->sin_family, AF_INET);
    expect_eq(((struct sockaddr_in *)&from)->sin_port, two.from_name.sin_port);
    expect_eq(((struct sockaddr_in *)&from)->sin_addr.s_addr, htonl(INADDR_LOOPBACK));
}

CASE("wsarecvfrom/returns/message-and-sender") {
    struct strangers two = strangers();
    struct sockaddr_in from;
    int length = sizeof from;
    DWORD got = POISON;
    char buffer[32];
    post(&two, "abcd");
    expect_clears(receive_from(two.to, buffer, sizeof buffer, &got, NAME(from), &length), 0);
    expect_eq(got, 4);
    expect_eq(length, 16);
    expect_eq(from.sin_port, two.from_name.sin_port);
}

CASE("recvfrom/remarks/message-boundaries") {
    struct strangers two = strangers();
    char buffer[32];
    post(&two, "one");
    post(&two, "three");
    expect_eq(recvfrom(two.to, buffer, sizeof buffer, 0, NULL, NULL), 3);
    expect_bytes(buffer, "one");
    expect_eq(recvfrom(two.to, buffer, sizeof buffer, 0, NULL, NULL), 5);
    expect_bytes(buffer, "three");
}

CASE("recvfrom/error/WSAEFAULT-short-from") {
    struct strangers two = strangers();
    struct sockaddr_in from;
    int length = 1;
    char buffer[32];
    nonblocking(two.to);
    poison(&from, sizeof from);
    post(&two, "sixteen bytes---");
    expect_error(recvfrom(two.to, buffer, sizeof buffer, 0, NAME(from), &length), WSAEFAULT);
    expect_untouched(&from, sizeof from);
    length = sizeof from;
    expect_eq(recvfrom(two.to, buffer, sizeof buffer, 0, NAME(from), &length), 16);
}

CASE("wsarecvfrom/error/WSAEFAULT-short-from") {
    struct strangers two = strangers();
    struct sockaddr_in from;
    int length = sizeof from - 1;
    DWORD got = POISON;
    char buffer[32];
    nonblocking(two.to);
    poison(&from, sizeof from);
    post(&two, "abcd");
    expect_error(receive_from(two.to, buffer, sizeof buffer, &got, NAME(from), &length), WSAEFAULT);
    expect_eq(got, POISON);
    expect_untouched(&from, sizeof from);
    length = sizeof from;
    expect_eq(receive_from(two.to, buffer, sizeof buffer, &got, NAME(from), &length), 0);
}

CASE("recvfrom/error/WSAEFAULT-from-without-length") {
    struct strangers two = strangers();
    struct sockaddr_in from;
    char buffer[32];
    nonblocking(two.to);
    post(&two, "abcd");
    expect_error(recvfrom(two.to, buffer, sizeof buffer, 0, NAME(from), NULL), WSAEFAULT);
    expect_eq(recvfrom(two.to, buffer, sizeof buffer, 0, NULL, NULL), 4);
}

CASE("recvfrom/error/WSAEFAULT-length-without-from") {
    struct strangers two = strangers();
    int length = sizeof(struct sockaddr_in);
    char buffer[32];
    post(&two, "abcd");
    expect_error(recvfrom(two.to, buffer, sizeof buffer, 0, NULL, &length), WSAEFAULT);
}

CASE("recvfrom/param/huge-from-length") {
    struct strangers two = strangers();
    char from[1024], buffer[32];
    int length = sizeof from;
    poison(from, sizeof from);
    post(&two, "abcd");
    expect_eq(recvfrom(two.to, buffer, sizeof buffer, 0, (struct sockaddr *)from, &length), 4);
    expect_eq(length, 16);
    expect_untouched(from + 16, sizeof from - 16);
}

CASE("recvfrom/param/no-from") {
    struct strangers two = strangers();
    char buffer[32];
    post(&two, "abcd");
    expect_eq(recvfrom(two.to, buffer, sizeof buffer, 0, NULL, NULL), 4);
}

CASE("recvfrom/remarks/stream-ignores-from") {
    struct pair pair = tcp_pair();
    struct sockaddr_in from;
    int length = (int)0xC0FFEE11;
    char buffer[8];
    poison(&from, sizeof from);
    give_to(pair.peer, pair.local, "abcd");
    expect_eq(recvfrom(pair.local, buffer, sizeof buffer, 0, NAME(from), &length), 4);
    expect_untouched(&from, sizeof from);
    expect_eq(length, (int)0xC0FFEE11);
}

CASE("wsarecvfrom/remarks/stream-ignores-from") {
    struct pair pair = tcp_pair();
    struct sockaddr_in from;
    int length = 1;
    DWORD got = POISON;
    char buffer[8];
    poison(&from, sizeof from);
    give_to(pair.peer, pair.local, "abcd");
    expect_eq(receive_from(pair.local, buffer, sizeof buffer, &got, NAME(from), &length), 0);
    expect_eq(got, 4);
    expect_untouched(&from, sizeof from);
    expect_eq(length, 1);
}

CASE("recvfrom/remarks/connected-fills-from") {
    struct pair pair = udp_pair();
    struct sockaddr_in from, peer;
    int length = sizeof from, peer_length = sizeof peer;
    char buffer[8];
    require(getsockname(pair.peer, NAME(peer), &peer_length) == 0);
    give_to(pair.peer, pair.local, "abcd");
    expect_eq(recvfrom(pair.local, buffer, sizeof buffer, 0, NAME(from), &length), 4);
    expect_eq(from.sin_port, peer.sin_port);
}

CASE("recvfrom/remarks/connected-filters") {
    struct pair pair = udp_pair();
    SOCKET stranger = udp_at(NULL);
    struct sockaddr_in local;
    int length = sizeof local;
    char buffer[8];
    require(getsockname(pair.local, NAME(local), &length) == 0);
    require(sendto(stranger, "no", 2, 0, NAME(local), sizeof local) == 2);
    give_to(pair.peer, pair.local, "yes");
    expect_eq(recvfrom(pair.local, buffer, sizeof buffer, 0, NULL, NULL), 3);
    expect_bytes(buffer, "yes");
}

static SOCKET udp6_at(struct sockaddr_in6 *where) {
    SOCKET s = socket(AF_INET6, SOCK_DGRAM, IPPROTO_UDP);
    int length = sizeof *where;
    memset(where, 0, sizeof *where);
    where->sin6_family = AF_INET6;
    where->sin6_addr.s6_addr[15] = 1;
    require(s != INVALID_SOCKET);
    require(bind(s, (struct sockaddr *)where, sizeof *where) == 0);
    require(getsockname(s, (struct sockaddr *)where, &length) == 0);
    return s;
}

CASE("recvfrom/remarks/ipv6-address") {
    struct sockaddr_in6 a, b, from;
    SOCKET sender = udp6_at(&a), s = udp6_at(&b);
    int length = sizeof from;
    char buffer[8];
    poison(&from, sizeof from);
    expect_eq(sendto(sender, "abcd", 4, 0, NAME(b), sizeof b), 4);
    expect_eq(recvfrom(s, buffer, sizeof buffer, 0, NAME(from), &length), 4);
    expect_eq(length, 28);
    expect_eq(*(unsigned short *)&from, 23);
    expect_eq(from.sin6_port, a.sin6_port);
    expect(memcmp(&from.sin6_addr, &a.sin6_addr, 16) == 0);
    expect_eq(from.sin6_scope_id, 0);
}

CASE("recvfrom/error/WSAEFAULT-short-ipv6-from") {
    struct sockaddr_in6 a, b, from;
    SOCKET sender = udp6_at(&a), s = udp6_at(&b);
    int length = 27;
    char buffer[8];
    require(sendto(sender, "abcd", 4, 0, NAME(b), sizeof b) == 4);
    await_readable(s);
    nonblocking(s);
    expect_error(recvfrom(s, buffer, sizeof buffer, 0, NAME(from), &length), WSAEFAULT);
    length = 28;
    expect_eq(recvfrom(s, buffer, sizeof buffer, 0, NAME(from), &length), 4);
}

CASE("recvfrom/remarks/dual-stack") {
    static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    SOCKET s = socket(AF_INET6, SOCK_DGRAM, IPPROTO_UDP), sender = udp_at(NULL);
    struct sockaddr_in6 any, from;
    struct sockaddr_in to;
    int length = sizeof any, off = 0;
    char buffer[8];
    memset(&any, 0, sizeof any);
    any.sin6_family = AF_INET6;
    require(setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, (char *)&off, sizeof off) == 0);
    require(bind(s, NAME(any), sizeof any) == 0);
    require(getsockname(s, NAME(any), &length) == 0);
    to = loopback(any.sin6_port);
    expect_eq(sendto(sender, "abcd", 4, 0, NAME(to), sizeof to), 4);
    await_readable(s);
    length = sizeof from;
    expect_eq(recvfrom(s, buffer, sizeof buffer, 0, NAME(from), &length), 4);
    expect_eq(from.sin6_family, 23);
    expect(memcmp(&from.sin6_addr, mapped, 12) == 0);
    expect_eq(from.sin6_addr.s6_addr[12], 127);
}

CASE("ipv6-v6only/returns/default") {
    SOCKET s = socket(AF_INET6, SOCK_DGRAM, IPPROTO_UDP);
    int on = 0, length = sizeof on;
    expect_eq(getsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, (char *)&on, &length), 0);
    expect_eq(on & 0xff, 1);
}

CASE("wsarecvfrom/remarks/scatter") {
    struct strangers two = strangers();
    char first[2], second[8];
    WSABUF parts[2] = {{2, first}, {8, second}};
    DWORD got = POISON, flags = 0;
    post(&two, "abcdef");
    expect_eq(WSARecvFrom(two.to, parts, 2, &got, &flags, NULL, NULL, NULL, NULL), 0);
    expect_eq(got, 6);
    expect_bytes(first, "ab");
    expect_bytes(second, "cdef");
}

CASE("recvfrom/remarks/blocks-until-datagram") {
    struct strangers two = strangers();
    struct call call;
    begin(&call, act_recvfrom, &two.to);
    require(sendto(two.from, "abc", 3, 0, NAME(two.to_name), sizeof two.to_name) == 3);
    expect_finish(&call, 3, 0);
}

CASE("recvfrom/error/WSAEWOULDBLOCK") {
    SOCKET s = udp_at(NULL);
    struct sockaddr_in from;
    int length = sizeof from;
    DWORD got = POISON;
    char buffer[8];
    nonblocking(s);
    expect_error(recvfrom(s, buffer, sizeof buffer, 0, NAME(from), &length), WSAEWOULDBLOCK);
    expect_error(receive_from(s, buffer, sizeof buffer, &got, NAME(from), &length), WSAEWOULDBLOCK);
    expect_eq(got, POISON);
}
