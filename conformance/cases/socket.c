/* Creating sockets, and the catalogue of providers (clauses/socket.md). */
#include "harness.h"

static WSAPROTOCOL_INFOA catalogue[64];

/* Fills the catalogue; returns how many entries there are. */
static int read_catalogue(int *filter) {
    DWORD length = sizeof catalogue;
    int count = WSAEnumProtocolsA(filter, catalogue, &length);
    require(count != SOCKET_ERROR);
    return count;
}

static WSAPROTOCOL_INFOA *entry(int family, int protocol) {
    int i, count = read_catalogue(NULL);
    for (i = 0; i < count; i++)
        if (catalogue[i].iAddressFamily == family && catalogue[i].iProtocol == protocol) return &catalogue[i];
    require(!"the catalogue has the entry");
    return NULL;
}

CASE("wsaenumprotocols/returns/tcp") {
    expect_eq(entry(AF_INET, IPPROTO_TCP)->dwServiceFlags1, 0x20066);
    expect_eq(entry(AF_INET6, IPPROTO_TCP)->dwServiceFlags1, 0x20066);
}

CASE("wsaenumprotocols/returns/udp") {
    expect_eq(entry(AF_INET, IPPROTO_UDP)->dwServiceFlags1 & ~0x2000u, 0x20609);
    expect_eq(entry(AF_INET6, IPPROTO_UDP)->dwServiceFlags1 & ~0x2000u, 0x20609);
}

CASE("wsaenumprotocols/returns/no-raw") {
    int i, count = read_catalogue(NULL);
    for (i = 0; i < count; i++) {
        expect(catalogue[i].iSocketType != SOCK_RAW);
        expect((catalogue[i].dwProviderFlags & PFL_HIDDEN) == 0);
    }
}

CASE("wsaenumprotocols/error/WSAENOBUFS") {
    DWORD length = 0;
    expect_error(WSAEnumProtocolsA(NULL, NULL, &length), WSAENOBUFS);
    expect(length >= 4 * sizeof(WSAPROTOCOL_INFOA));
    expect_eq(length % sizeof(WSAPROTOCOL_INFOA), 0);
    length = 0;
    expect_error(WSAEnumProtocolsA(NULL, catalogue, &length), WSAENOBUFS);
    expect(length >= 4 * sizeof(WSAPROTOCOL_INFOA));
}

CASE("wsaenumprotocols/param/filter") {
    int tcp_only[] = {IPPROTO_TCP, 0x1234, 0}, nothing[] = {0x1234, 0}, i, count = read_catalogue(tcp_only);
    expect(count >= 2);
    for (i = 0; i < count; i++) expect_eq(catalogue[i].iProtocol, IPPROTO_TCP);
    expect_eq(read_catalogue(nothing), 0);
}

CASE("wsaenumprotocols/returns/entry") {
    WSAPROTOCOL_INFOA *info = entry(AF_INET, IPPROTO_UDP);
    expect_eq(info->iSocketType, SOCK_DGRAM);
    expect_eq(info->iMinSockAddr, 16);
    expect_eq(info->iMaxSockAddr, 16);
    expect_eq(info->iVersion, 2);
    expect_eq(info->ProtocolChain.ChainLen, 1);
    expect(info->dwCatalogEntryId != 0);
    expect_eq(entry(AF_INET6, IPPROTO_TCP)->iMaxSockAddr, 28);
}

CASE("wsaenumprotocols/returns/both-forms") {
    static WSAPROTOCOL_INFOW wide[64];
    DWORD length = sizeof wide;
    int i, count = read_catalogue(NULL);
    expect_eq(WSAEnumProtocolsW(NULL, wide, &length), count);
    for (i = 0; i < count; i++)
        expect(memcmp(&wide[i], &catalogue[i], offsetof(WSAPROTOCOL_INFOA, szProtocol)) == 0);
}

static SOCKET make(int family, int type, int protocol) {
    return WSASocketA(family, type, protocol, NULL, 0, 0);
}

CASE("wsasocket/error/WSAEINVAL-unspecified") {
    static const int types[] = {0, SOCK_STREAM, SOCK_DGRAM, 0xdead};
    int i;
    for (i = 0; i < 4; i++) expect_error(make(AF_UNSPEC, types[i], 0), WSAEINVAL);
}

CASE("wsasocket/error/WSAESOCKTNOSUPPORT") {
    expect_error(make(AF_INET, 0xdead, IPPROTO_TCP), WSAESOCKTNOSUPPORT);
}

CASE("wsasocket/error/WSAEAFNOSUPPORT") {
    expect_error(make(0xdead, SOCK_STREAM, 0), WSAEAFNOSUPPORT);
    expect_error(make(0xdead, SOCK_STREAM, IPPROTO_TCP), WSAEAFNOSUPPORT);
    expect_error(socket(-1, SOCK_DGRAM, 0), WSAEAFNOSUPPORT);
}

CASE("wsasocket/error/WSAEPROTONOSUPPORT") {
    expect_error(make(AF_INET, SOCK_STREAM, 0xdead), WSAEPROTONOSUPPORT);
    expect_error(make(AF_INET, SOCK_STREAM, IPPROTO_UDP), WSAEPROTONOSUPPORT);
    expect_error(make(AF_INET, SOCK_DGRAM, IPPROTO_TCP), WSAEPROTONOSUPPORT);
    expect_error(make(AF_INET6, SOCK_DGRAM, IPPROTO_TCP), WSAEPROTONOSUPPORT);
}

CASE("wsasocket/precedence/type-family-protocol") {
    expect_error(make(0xdead, 0xdead, 0xdead), WSAESOCKTNOSUPPORT);
    expect_error(make(AF_INET, 0xdead, 0xdead), WSAESOCKTNOSUPPORT);
    expect_error(make(0xdead, SOCK_STREAM, 0xdead), WSAEAFNOSUPPORT);
}

static void expect_kind(SOCKET s, int family, int type, int protocol) {
    WSAPROTOCOL_INFOA info;
    int length = sizeof info;
    require(s != INVALID_SOCKET);
    expect_eq(getsockopt(s, SOL_SOCKET, SO_PROTOCOL_INFOA, (char *)&info, &length), 0);
    if (family) expect_eq(info.iAddressFamily, family);
    expect_eq(info.iSocketType, type);
    expect_eq(info.iProtocol, protocol);
}

CASE("wsasocket/param/defaults") {
    expect_kind(make(AF_INET, 0, 0), AF_INET, SOCK_STREAM, IPPROTO_TCP);
    expect_kind(make(AF_INET, 0, IPPROTO_UDP), AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    expect_kind(make(AF_INET, SOCK_DGRAM, 0), AF_INET, SOCK_DGRAM, IPPROTO_UDP);
}

CASE("wsasocket/param/unspecified-family") {
    expect_kind(make(AF_UNSPEC, 0, IPPROTO_UDP), 0, SOCK_DGRAM, IPPROTO_UDP);
    expect_kind(make(AF_UNSPEC, SOCK_STREAM, IPPROTO_TCP), 0, SOCK_STREAM, IPPROTO_TCP);
}

CASE("wsasocket/param/record") {
    WSAPROTOCOL_INFOA info = *entry(AF_INET, IPPROTO_UDP);
    expect_kind(WSASocketA(0, 0, 0, &info, 0, 0), AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    expect_kind(WSASocketA(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &info, 0, 0), AF_INET,
                SOCK_DGRAM, IPPROTO_UDP);
}

CASE("wsasocket/param/record-loses") {
    WSAPROTOCOL_INFOA info = *entry(AF_INET, IPPROTO_UDP);
    expect_kind(WSASocketA(AF_INET, SOCK_STREAM, IPPROTO_TCP, &info, 0, 0), AF_INET, SOCK_STREAM,
                IPPROTO_TCP);
}

CASE("wsasocket/error/WSAEAFNOSUPPORT-record") {
    WSAPROTOCOL_INFOA info = *entry(AF_INET, IPPROTO_UDP);
    info.iAddressFamily = 0;
    expect_error(WSASocketA(0, 0, 0, &info, 0, 0), WSAEAFNOSUPPORT);
    info.iAddressFamily = -1;
    expect_error(WSASocketA(0, 0, 0, &info, 0, 0), WSAEAFNOSUPPORT);
}

CASE("socket/returns/distinct") {
    SOCKET a = tcp(), b = tcp();
    expect(a != b);
    expect(a != INVALID_SOCKET && b != INVALID_SOCKET);
}

CASE("socket/remarks/kinds") {
    static const int families[] = {AF_INET, AF_INET6};
    int i;
    for (i = 0; i < 2; i++) {
        expect_kind(socket(families[i], SOCK_STREAM, 0), families[i], SOCK_STREAM, IPPROTO_TCP);
        expect_kind(socket(families[i], SOCK_STREAM, IPPROTO_TCP), families[i], SOCK_STREAM, IPPROTO_TCP);
        expect_kind(socket(families[i], SOCK_DGRAM, 0), families[i], SOCK_DGRAM, IPPROTO_UDP);
        expect_kind(socket(families[i], SOCK_DGRAM, IPPROTO_UDP), families[i], SOCK_DGRAM, IPPROTO_UDP);
    }
}

CASE("socket/remarks/blocking") {
    SOCKET s = udp_at(NULL);
    struct sockaddr_in where;
    int length = sizeof where;
    struct call call;
    require(getsockname(s, (struct sockaddr *)&where, &length) == 0);
    begin(&call, act_recv, &s);
    require(sendto(udp(), "x", 1, 0, (struct sockaddr *)&where, sizeof where) == 1);
    expect_finish(&call, 1, 0);
}
