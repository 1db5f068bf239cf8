/* The options of UDP by which sends are cut and datagrams joined (clauses/udpcut.md). */
#include "sendmsg.h"

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

CASE("udp-send-msg-size/error/WSAEMSGSIZE") {
    static char bytes[140000];
    struct pair pair = udp_pair();
    DWORD sent = POISON;
    WSABUF part = {sizeof bytes, bytes};
    require(set(pair.local, IPPROTO_UDP, UDP_SEND_MSG_SIZE, 66000) == 0);
    expect_error(WSASend(pair.local, &part, 1, &sent, 0, NULL, NULL), WSAEMSGSIZE);
    expect_eq(sent, POISON);
    nothing_comes(pair.peer);
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
