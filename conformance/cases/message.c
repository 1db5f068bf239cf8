/* Messages that are never lost (clauses/message.md). The sockets are an extension, but for those that
   MSG_PARTIAL means nothing to. */
#include "harness.h"
#include <afunix.h>

#ifndef OPENWS2_UNIXPROTO_PARTS
#define OPENWS2_UNIXPROTO_PARTS 0x57530001
#define OPENWS2_UNIXPROTO_WHOLE 0x57530002
#define OPENWS2_UNIXPROTO_DATAGRAM 0x57530003
#endif
#ifndef MSG_PARTIAL
#define MSG_PARTIAL 0x8000
#endif
#ifndef MSG_PUSH_IMMEDIATE
#define MSG_PUSH_IMMEDIATE 0x20
#endif

static const struct {
    int type, protocol;
    DWORD more_flags;
} kinds[3] = {{SOCK_SEQPACKET, OPENWS2_UNIXPROTO_PARTS, XP1_PARTIAL_MESSAGE | XP1_GRACEFUL_CLOSE},
              {SOCK_SEQPACKET, OPENWS2_UNIXPROTO_WHOLE, XP1_GRACEFUL_CLOSE},
              {SOCK_DGRAM, OPENWS2_UNIXPROTO_DATAGRAM, XP1_CONNECTIONLESS}};

static struct sockaddr_un names[2];

/* A name in the folder for temporary files that no other case has. */
static struct sockaddr *new_name(int which) {
    const char *folder = getenv("TEMP");
    if (folder == NULL) folder = getenv("TMPDIR");
    if (folder == NULL) folder = "/tmp";
    names[which].sun_family = AF_UNIX;
    snprintf(names[which].sun_path, sizeof names[which].sun_path, "%s/openws2-%lu-%d", folder,
             (unsigned long)GetCurrentProcessId(), which);
    return (struct sockaddr *)&names[which];
}

static SOCKET local(int type, int protocol) {
    SOCKET s = socket(AF_UNIX, type, protocol);
    require(s != INVALID_SOCKET);
    return s;
}

/* `local` connected, `peer` accepted. */
static struct pair circuit(int protocol) {
    SOCKET listening = local(SOCK_SEQPACKET, protocol);
    struct pair pair;
    require(bind(listening, new_name(0), sizeof names[0]) == 0);
    require(listen(listening, 5) == 0);
    pair.local = local(SOCK_SEQPACKET, protocol);
    require(connect(pair.local, (struct sockaddr *)&names[0], sizeof names[0]) == 0);
    pair.peer = accept(listening, NULL, NULL);
    require(pair.peer != INVALID_SOCKET);
    require(closesocket(listening) == 0);
    require(remove(names[0].sun_path) == 0);
    return pair;
}

/* Both have names, and `peer` sends to `local`. */
static struct pair datagrams(void) {
    struct pair pair;
    pair.local = local(SOCK_DGRAM, OPENWS2_UNIXPROTO_DATAGRAM);
    pair.peer = local(SOCK_DGRAM, OPENWS2_UNIXPROTO_DATAGRAM);
    require(bind(pair.local, new_name(0), sizeof names[0]) == 0);
    require(bind(pair.peer, new_name(1), sizeof names[1]) == 0);
    require(connect(pair.peer, (struct sockaddr *)&names[0], sizeof names[0]) == 0);
    require(remove(names[0].sun_path) == 0);
    require(remove(names[1].sun_path) == 0);
    return pair;
}

static char buffer[64];
static DWORD got, flags;

/* WSARecv into two buffers that have room for `length` bytes together. */
static int receive(SOCKET s, int length, DWORD asked) {
    WSABUF parts[2];
    parts[0].len = length / 2;
    parts[0].buf = buffer;
    parts[1].len = length - length / 2;
    parts[1].buf = buffer + length / 2;
    poison(buffer, sizeof buffer);
    got = POISON;
    flags = asked;
    return WSARecv(s, parts, 2, &got, &flags, NULL, NULL);
}

/* The receive gives the text and these flags. */
#define expect_text(s, length, asked, text, told)                                                            \
    do {                                                                                                     \
        expect_clears(receive(s, length, asked), 0);                                                         \
        expect_eq(got, strlen(text));                                                                        \
        expect_bytes(buffer, text);                                                                          \
        expect_eq(flags, told);                                                                              \
    } while (0)

CASE("message/socket/not-by-default") {
    expect_error(socket(AF_UNIX, SOCK_DGRAM, 0), WSAESOCKTNOSUPPORT);
    expect_error(socket(AF_UNIX, SOCK_SEQPACKET, 0), WSAESOCKTNOSUPPORT);
}

EXTENSION_CASE("message/socket/by-number") {
    int i, type, length = sizeof type;
    for (i = 0; i < 3; i++) {
        local(kinds[i].type, kinds[i].protocol);
        require(getsockopt(local(0, kinds[i].protocol), SOL_SOCKET, SO_TYPE, (char *)&type, &length) == 0);
        expect_eq(type, kinds[i].type);
    }
}

static WSAPROTOCOL_INFOA record(int protocol) {
    static WSAPROTOCOL_INFOA entries[64];
    DWORD length = sizeof entries;
    int filter[2] = {0, 0};
    filter[0] = protocol;
    require(WSAEnumProtocolsA(filter, entries, &length) == 1);
    return entries[0];
}

EXTENSION_CASE("message/catalogue/flags") {
    const DWORD all = XP1_MESSAGE_ORIENTED | XP1_GUARANTEED_DELIVERY | XP1_GUARANTEED_ORDER | XP1_IFS_HANDLES;
    int i;
    for (i = 0; i < 3; i++) {
        expect_eq(record(kinds[i].protocol).dwServiceFlags1, all | kinds[i].more_flags);
        expect_eq(record(kinds[i].protocol).iAddressFamily, AF_UNIX);
        expect_eq(record(kinds[i].protocol).iSocketType, kinds[i].type);
    }
}

EXTENSION_CASE("message/catalogue/record") {
    int i;
    for (i = 0; i < 3; i++) {
        WSAPROTOCOL_INFOA wanted = record(kinds[i].protocol), own;
        int length = sizeof own;
        SOCKET s = WSASocketA(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &wanted, 0, 0);
        require(s != INVALID_SOCKET);
        require(getsockopt(s, SOL_SOCKET, SO_PROTOCOL_INFOA, (char *)&own, &length) == 0);
        expect_eq(own.dwCatalogEntryId, wanted.dwCatalogEntryId);
        expect_eq(own.iProtocol, kinds[i].protocol);
    }
}

CASE("message/partial/tcp-udp") {
    struct pair pair = tcp_pair();
    give_to(pair.peer, pair.local, "abcdef");
    expect_text(pair.local, 4, MSG_PARTIAL, "abcd", 0);
    expect_text(pair.local, 4, MSG_PARTIAL, "ef", 0);
    pair = udp_pair();
    give_to(pair.peer, pair.local, "abcdef");
    expect_error(receive(pair.local, 4, MSG_PARTIAL), WSAEMSGSIZE);
    give_to(pair.peer, pair.local, "xyz");
    expect_text(pair.local, 4, MSG_PARTIAL, "xyz", 0);
}

CASE("message/partial/waitall") {
    struct pair pair = tcp_pair();
    give_to(pair.peer, pair.local, "abcdef");
    expect_error(receive(pair.local, 4, MSG_PARTIAL | MSG_WAITALL), WSAEOPNOTSUPP);
    expect_eq(queued(pair.local), 6);
}

EXTENSION_CASE("message/parts/wsarecv") {
    struct pair pair = circuit(OPENWS2_UNIXPROTO_PARTS);
    give(pair.peer, "abcdefghij");
    give(pair.peer, "next");
    expect_text(pair.local, 4, 0, "abcd", MSG_PARTIAL);
    expect_text(pair.local, 4, 0, "efgh", MSG_PARTIAL);
    expect_text(pair.local, 4, 0, "ij", 0);
    expect_text(pair.local, 4, 0, "next", 0);
}

EXTENSION_CASE("message/parts/recv") {
    struct pair pair = circuit(OPENWS2_UNIXPROTO_PARTS);
    give(pair.peer, "abcdefghij");
    expect_error(recv(pair.local, buffer, 4, 0), WSAEMSGSIZE);
    expect_bytes(buffer, "abcd");
    expect_error(recv(pair.local, buffer, 4, 0), WSAEMSGSIZE);
    expect_bytes(buffer, "efgh");
    expect_clears(recv(pair.local, buffer, 4, 0), 2);
    expect_bytes(buffer, "ij");
}

EXTENSION_CASE("message/parts/recv-partial") {
    struct pair pair = circuit(OPENWS2_UNIXPROTO_PARTS);
    give(pair.peer, "abcdef");
    give(pair.peer, "next");
    expect_clears(recv(pair.local, buffer, 4, MSG_PARTIAL), 4);
    expect_bytes(buffer, "abcd");
    expect_clears(recv(pair.local, buffer, 4, MSG_PARTIAL), 2);
    expect_bytes(buffer, "ef");
    expect_text(pair.local, 2, MSG_PARTIAL, "ne", MSG_PARTIAL);
    expect_text(pair.local, 2, MSG_PARTIAL, "xt", 0);
}

EXTENSION_CASE("message/parts/wsarecvex") {
    struct pair pair = circuit(OPENWS2_UNIXPROTO_PARTS);
    int told = (int)POISON;
    give(pair.peer, "abcdef");
    expect_clears(WSARecvEx(pair.local, buffer, 4, &told), 4);
    expect_eq(told, MSG_PARTIAL);
    expect_clears(WSARecvEx(pair.local, buffer, 4, &told), 2);
    expect_eq(told, 0);
    expect_bytes(buffer, "ef");
}

EXTENSION_CASE("message/parts/zero-length") {
    struct pair pair = circuit(OPENWS2_UNIXPROTO_PARTS);
    give(pair.peer, "abc");
    expect_text(pair.local, 0, 0, "", MSG_PARTIAL);
    expect_text(pair.local, 4, 0, "abc", 0);
}

EXTENSION_CASE("message/parts/peek") {
    struct pair pair = circuit(OPENWS2_UNIXPROTO_PARTS);
    give(pair.peer, "abcdef");
    expect_text(pair.local, 4, MSG_PEEK, "abcd", MSG_PARTIAL);
    expect_text(pair.local, 4, 0, "abcd", MSG_PARTIAL);
    expect_text(pair.local, 4, MSG_PEEK, "ef", 0);
    expect_text(pair.local, 4, 0, "ef", 0);
}

EXTENSION_CASE("message/parts/rest-is-readable") {
    struct pair pair = circuit(OPENWS2_UNIXPROTO_PARTS);
    give(pair.peer, "abcdef");
    expect_eq(queued(pair.local), 6);
    expect_text(pair.local, 4, 0, "abcd", MSG_PARTIAL);
    expect_eq(readable(pair.local, 0), 1);
    expect_eq(queued(pair.local), 2);
    expect_text(pair.local, 4, 0, "ef", 0);
    expect_eq(readable(pair.local, 0), 0);
    expect_eq(queued(pair.local), 0);
}

EXTENSION_CASE("message/parts/send") {
    struct pair pair = circuit(OPENWS2_UNIXPROTO_PARTS);
    expect_eq(send(pair.peer, "abc", 3, MSG_PARTIAL), 3);
    expect_eq(readable(pair.local, 0), 0);
    expect_eq(send(pair.peer, "def", 3, 0), 3);
    expect_text(pair.local, 8, 0, "abcdef", 0);
}

EXTENSION_CASE("message/whole/wsarecv") {
    struct pair pair = circuit(OPENWS2_UNIXPROTO_WHOLE);
    int i;
    give(pair.peer, "abcdef");
    for (i = 0; i < 2; i++) {
        expect_error(receive(pair.local, 4, 0), WSAEMSGSIZE);
        expect_eq(got, 4);
        expect_bytes(buffer, "abcd");
    }
    expect_text(pair.local, 6, 0, "abcdef", 0);
}

EXTENSION_CASE("message/whole/wsarecvex") {
    struct pair pair = circuit(OPENWS2_UNIXPROTO_WHOLE);
    int told = 0;
    give(pair.peer, "abcdef");
    expect_error(WSARecvEx(pair.local, buffer, 4, &told), WSAEMSGSIZE);
    expect_clears(WSARecvEx(pair.local, buffer, 8, &told), 6);
}

EXTENSION_CASE("message/whole/send-partial") {
    struct pair pair = circuit(OPENWS2_UNIXPROTO_WHOLE);
    expect_error(send(pair.peer, "abc", 3, MSG_PARTIAL), WSAEOPNOTSUPP);
}

EXTENSION_CASE("message/end/wsarecv") {
    int i;
    for (i = 0; i < 2; i++) {
        struct pair pair = circuit(kinds[i].protocol);
        give(pair.peer, "last");
        require(closesocket(pair.peer) == 0);
        expect_text(pair.local, 8, 0, "last", 0);
        await_readable(pair.local);
        expect_error(receive(pair.local, 8, 0), WSAEDISCON);
        expect_error(receive(pair.local, 8, 0), WSAEDISCON);
    }
}

EXTENSION_CASE("message/end/recv") {
    struct pair pair = circuit(OPENWS2_UNIXPROTO_PARTS);
    int told = (int)POISON;
    require(shutdown(pair.peer, SD_SEND) == 0);
    expect_clears(recv(pair.local, buffer, 8, 0), 0);
    expect_clears(WSARecvEx(pair.local, buffer, 8, &told), 0);
    expect_eq(told, 0);
}

EXTENSION_CASE("message/end/empty-message") {
    int i;
    for (i = 0; i < 2; i++) {
        struct pair pair = circuit(kinds[i].protocol);
        require(send(pair.peer, "", 0, 0) == 0);
        require(closesocket(pair.peer) == 0);
        expect_text(pair.local, 8, 0, "", 0);
        expect_error(receive(pair.local, 8, 0), WSAEDISCON);
    }
}

EXTENSION_CASE("message/end/abort") {
    struct pair pair = circuit(OPENWS2_UNIXPROTO_PARTS);
    give(pair.local, "unread");
    require(closesocket(pair.peer) == 0);
    expect_error(receive(pair.local, 8, 0), WSAECONNRESET);
    expect_error(receive(pair.local, 8, 0), WSAECONNRESET);
    expect_error(recv(pair.local, buffer, 8, 0), WSAECONNRESET);
}

EXTENSION_CASE("message/flags/streams-only") {
    static const DWORD refused[] = {MSG_WAITALL, MSG_OOB, MSG_PUSH_IMMEDIATE};
    struct pair pair = circuit(OPENWS2_UNIXPROTO_PARTS);
    int i;
    give(pair.peer, "abc");
    for (i = 0; i < 3; i++) expect_error(receive(pair.local, 8, refused[i]), WSAEOPNOTSUPP);
    expect_text(pair.local, 8, 0, "abc", 0);
}

EXTENSION_CASE("message/wait/nonblocking") {
    SOCKET s = circuit(OPENWS2_UNIXPROTO_WHOLE).local;
    nonblocking(s);
    expect_error(receive(s, 8, 0), WSAEWOULDBLOCK);
}

EXTENSION_CASE("message/wait/timeout") {
    SOCKET s = circuit(OPENWS2_UNIXPROTO_WHOLE).local;
    DWORD limit = 50;
    long long started = now_ms();
    require(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (char *)&limit, sizeof limit) == 0);
    expect_error(receive(s, 8, 0), WSAETIMEDOUT);
    expect_between(now_ms() - started, 50, PATIENCE);
}

EXTENSION_CASE("message/wait/closesocket") {
    SOCKET connected = circuit(OPENWS2_UNIXPROTO_PARTS).local, datagram = datagrams().local;
    struct call call;
    begin(&call, act_wsarecv, &connected);
    expect_eq(closesocket(connected), 0);
    expect_finish(&call, -1, WSAECONNABORTED);
    begin(&call, act_wsarecv, &datagram);
    expect_eq(closesocket(datagram), 0);
    expect_finish(&call, -1, WSAEINTR);
}

EXTENSION_CASE("message/shutdown/receive") {
    struct pair pair = circuit(OPENWS2_UNIXPROTO_PARTS);
    give(pair.peer, "abc");
    expect_eq(shutdown(pair.local, SD_RECEIVE), 0);
    expect_error(receive(pair.local, 8, 0), WSAESHUTDOWN);
    expect_eq(send(pair.peer, "def", 3, 0), 3);
}

EXTENSION_CASE("message/option/max-msg-size") {
    struct pair pair = circuit(OPENWS2_UNIXPROTO_WHOLE);
    int most = 0, length = sizeof most;
    char *message;
    require(getsockopt(pair.peer, SOL_SOCKET, SO_MAX_MSG_SIZE, (char *)&most, &length) == 0);
    message = calloc(1, (size_t)most + 1);
    require(message != NULL);
    expect_error(send(pair.peer, message, most + 1, 0), WSAEMSGSIZE);
    expect_eq(send(pair.peer, message, most, 0), most);
    expect_eq(recv(pair.local, message, most, 0), most);
}

EXTENSION_CASE("message/datagram/too-long") {
    struct pair pair = datagrams();
    int i;
    give(pair.peer, "abcdef");
    for (i = 0; i < 2; i++) {
        struct sockaddr_un from;
        int length = sizeof from;
        poison(&from, sizeof from);
        expect_error(recvfrom(pair.local, buffer, 4, 0, (struct sockaddr *)&from, &length), WSAEMSGSIZE);
        expect_bytes(buffer, "abcd");
        expect_bytes(from.sun_path, names[1].sun_path);
    }
    expect_text(pair.local, 6, 0, "abcdef", 0);
}

EXTENSION_CASE("message/datagram/no-room") {
    struct pair pair = datagrams();
    int sent = 0, i, number;
    nonblocking(pair.peer);
    while (send(pair.peer, (char *)&sent, sizeof sent, 0) == sizeof sent) sent++;
    expect(WSAGetLastError() == WSAEWOULDBLOCK);
    nonblocking(pair.local);
    for (i = 0; i < sent; i++) {
        expect_eq(recv(pair.local, (char *)&number, sizeof number, 0), sizeof number);
        expect_eq(number, i);
    }
    expect_error(recv(pair.local, (char *)&number, sizeof number, 0), WSAEWOULDBLOCK);
}

EXTENSION_CASE("message/datagram/nobody") {
    struct pair pair = datagrams();
    require(closesocket(pair.local) == 0);
    expect_error(send(pair.peer, "abc", 3, 0), WSAECONNRESET);
    expect_error(sendto(pair.peer, "abc", 3, 0, new_name(0), sizeof names[0]), WSAECONNRESET);
}

EXTENSION_CASE("message/datagram/unbound") {
    expect_error(receive(local(SOCK_DGRAM, OPENWS2_UNIXPROTO_DATAGRAM), 8, 0), WSAEINVAL);
}
