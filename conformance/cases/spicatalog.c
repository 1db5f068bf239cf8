/* The catalogue of providers (clauses/spicatalog.md). */
#include "installer.h"

/* ---- WSCEnumProtocols ---- */

CASE("wscenumprotocols/returns/count") {
    int count, i;
    LPWSAPROTOCOL_INFOW list = whole_catalog(&count);
    for (i = 0; i < count; i++) expect(list[i].dwCatalogEntryId != 0);
}

COLD_CASE("wscenumprotocols/returns/without-startup") {
    DWORD size = 0;
    expect_told(WSCEnumProtocols(NULL, NULL, &size, &told), SOCKET_ERROR, WSAENOBUFS);
}

CASE("wscenumprotocols/returns/all-there-are") {
    DWORD size = 0;
    int all, programs;
    LPWSAPROTOCOL_INFOW list;
    whole_catalog(&all);
    expect_error(WSAEnumProtocolsW(NULL, NULL, &size), WSAENOBUFS);
    list = (LPWSAPROTOCOL_INFOW)malloc(size);
    programs = WSAEnumProtocolsW(NULL, list, &size);
    expect_between(programs, 1, all);
}

CASE("wscenumprotocols/filter/protocols") {
    static WSAPROTOCOL_INFOW list[100];
    INT wanted[] = {IPPROTO_UDP, 0};
    DWORD size = sizeof list;
    int count = WSCEnumProtocols(wanted, list, &size, &told), i;
    expect(count > 0);
    for (i = 0; i < count; i++) expect_eq(list[i].iProtocol, IPPROTO_UDP);
}

CASE("wscenumprotocols/error/WSAENOBUFS") {
    static WSAPROTOCOL_INFOW list[100];
    DWORD size = 1, needed;
    int count;
    poison(list, sizeof list);
    expect_told(WSCEnumProtocols(NULL, list, &size, &told), SOCKET_ERROR, WSAENOBUFS);
    expect_untouched(list, sizeof list);
    needed = size;
    count = WSCEnumProtocols(NULL, list, &size, &told);
    expect_eq(needed, count * sizeof *list);
    size = needed - 1;
    expect_told(WSCEnumProtocols(NULL, list, &size, &told), SOCKET_ERROR, WSAENOBUFS);
    size = 0;
    expect_told(WSCEnumProtocols(NULL, NULL, &size, &told), SOCKET_ERROR, WSAENOBUFS);
    expect_eq(size, needed);
}

CASE("wscenumprotocols/error/WSAEFAULT") {
    expect_told(WSCEnumProtocols(NULL, NULL, NULL, &told), SOCKET_ERROR, WSAEFAULT);
}

/* ---- WSCGetProviderPath ---- */

static const GUID nobody = {0x33333333, 3, 3, {3, 3, 3, 3, 3, 3, 3, 3}};

CASE("wscgetproviderpath/returns/path") {
    WSAPROTOCOL_INFOW record = base_record(IPPROTO_TCP);
    WCHAR path[MAX_PATH];
    INT length = MAX_PATH;
    expect_eq(WSCGetProviderPath(&record.ProviderId, path, &length, &told), 0);
    expect_eq(length, wcslen(path) + 1);
    expect(wcschr(path, L'%') != NULL);
}

CASE("wscgetproviderpath/error/WSAEINVAL") {
    GUID id = nobody;
    WCHAR path[MAX_PATH];
    INT length = MAX_PATH;
    expect_told(WSCGetProviderPath(&id, path, &length, &told), SOCKET_ERROR, WSAEINVAL);
}

CASE("wscgetproviderpath/error/WSAEFAULT") {
    WSAPROTOCOL_INFOW record = base_record(IPPROTO_TCP);
    WCHAR path[MAX_PATH];
    INT length = MAX_PATH, needed = 1;
    expect_told(WSCGetProviderPath(NULL, path, &length, &told), SOCKET_ERROR, WSAEFAULT);
    expect_told(WSCGetProviderPath(&record.ProviderId, NULL, &length, &told), SOCKET_ERROR, WSAEFAULT);
    expect_told(WSCGetProviderPath(&record.ProviderId, path, NULL, &told), SOCKET_ERROR, WSAEFAULT);
    expect_told(WSCGetProviderPath(&record.ProviderId, path, &needed, &told), SOCKET_ERROR, WSAEFAULT);
    expect_eq(WSCGetProviderPath(&record.ProviderId, path, &length, &told), 0);
    expect_eq(needed, wcslen(path) + 1);
}

/* ---- WSCInstallProvider ---- */

static int install_chain(const WCHAR *path) {
    WSAPROTOCOL_INFOW record = base_record(IPPROTO_TCP);
    record.ProtocolChain.ChainLen = BASE_PROTOCOL;
    return WSCInstallProvider(&chain_id, path, &record, 1, &told);
}

EXTENSION_CASE("wscinstallprovider/entries/number") {
    WSAPROTOCOL_INFOW record = base_record(IPPROTO_TCP);
    expect_eq(install_chain(L"nowhere.dll"), 0);
    expect(number_of(&chain_id) != 0);
    expect(number_of(&chain_id) != record.dwCatalogEntryId);
}

EXTENSION_CASE("wscinstallprovider/entries/last") {
    DWORD order[100], count;
    expect_eq(install_chain(L"nowhere.dll"), 0);
    count = numbers(order, 100);
    expect_eq(order[count - 1], number_of(&chain_id));
}

EXTENSION_CASE("wscinstallprovider/entries/unlisted") {
    static WSAPROTOCOL_INFOW before[100], after[100];
    WSAPROTOCOL_INFOW record = dummy_record();
    DWORD size = sizeof before;
    int count = WSAEnumProtocolsW(NULL, before, &size);
    expect_eq(WSCInstallProvider(&dummy_id, L"nowhere.dll", &record, 1, &told), 0);
    record = chain_record(IPPROTO_TCP);
    record.dwProviderFlags |= PFL_HIDDEN;
    expect_eq(WSCInstallProvider(&chain_id, L"nowhere.dll", &record, 1, &told), 0);
    size = sizeof after;
    expect_eq(WSAEnumProtocolsW(NULL, after, &size), count);
    expect(number_of(&dummy_id) != 0);
    expect(number_of(&chain_id) != 0);
}

EXTENSION_CASE("wscinstallprovider/entries/path") {
    WCHAR path[MAX_PATH];
    INT length = MAX_PATH;
    expect_eq(install_chain(L"%SystemRoot%\\layer.dll"), 0);
    expect_eq(WSCGetProviderPath(&chain_id, path, &length, &told), 0);
    expect_eq(wcscmp(path, L"%SystemRoot%\\layer.dll"), 0);
}

EXTENSION_CASE("wscinstallprovider/error/WSANO_RECOVERY") {
    WSAPROTOCOL_INFOW record = base_record(IPPROTO_TCP);
    expect_eq(install_chain(L"nowhere.dll"), 0);
    expect_told(install_chain(L"nowhere.dll"), SOCKET_ERROR, WSANO_RECOVERY);
    expect_told(WSCInstallProvider(&record.ProviderId, L"nowhere.dll", &record, 1, &told), SOCKET_ERROR,
                WSANO_RECOVERY);
}

EXTENSION_CASE("wscinstallprovider/error/WSAEFAULT") {
    WSAPROTOCOL_INFOW record = base_record(IPPROTO_TCP);
    expect_told(WSCInstallProvider(NULL, L"nowhere.dll", &record, 1, &told), SOCKET_ERROR, WSAEFAULT);
    expect_told(WSCInstallProvider(&chain_id, NULL, &record, 1, &told), SOCKET_ERROR, WSAEFAULT);
    expect_told(WSCInstallProvider(&chain_id, L"nowhere.dll", NULL, 1, &told), SOCKET_ERROR, WSAEFAULT);
}

EXTENSION_CASE("wscinstallprovider/error/WSAEINVAL") {
    WSAPROTOCOL_INFOW record = base_record(IPPROTO_TCP);
    expect_told(WSCInstallProvider(&chain_id, L"nowhere.dll", &record, 0, &told), SOCKET_ERROR, WSAEINVAL);
    record.ProtocolChain.ChainLen = MAX_PROTOCOL_CHAIN + 1;
    expect_told(WSCInstallProvider(&chain_id, L"nowhere.dll", &record, 1, &told), SOCKET_ERROR, WSAEINVAL);
}

/* Whether the module of the layer is loaded: whether its provider was asked for anything. */
static BOOL is_loaded(void) {
    WCHAR path[MAX_PATH];
    beside(path, L"provider.dll");
    return GetModuleHandleW(path) != NULL;
}

EXTENSION_CASE("wscinstallprovider/use/behind-the-base") {
    WCHAR path[MAX_PATH];
    beside(path, L"provider.dll");
    expect_eq(install_chain(path), 0);
    tcp();
    expect(!is_loaded());
}

EXTENSION_CASE("wscinstallprovider/use/first") {
    struct pair pair;
    char buffer[8];
    install_provider();
    pair = tcp_pair();
    expect(is_loaded());
    give_to(pair.peer, pair.local, "abcd");
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 4);
    expect_eq(closesocket(pair.local), 0);
}

static WSAPROTOCOL_INFOW record_of(const GUID *id) {
    int count, i;
    LPWSAPROTOCOL_INFOW list = whole_catalog(&count);
    for (i = 0; i < count; i++)
        if (memcmp(&list[i].ProviderId, id, sizeof *id) == 0) return list[i];
    require(!"the entry is there");
    return list[0];
}

static SOCKET by_record(WSAPROTOCOL_INFOW record) {
    return WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &record, 0,
                      WSA_FLAG_OVERLAPPED);
}

EXTENSION_CASE("wscinstallprovider/use/by-record") {
    WSAPROTOCOL_INFOW record = dummy_record();
    WCHAR path[MAX_PATH];
    beside(path, L"provider.dll");
    expect_eq(WSCInstallProvider(&dummy_id, path, &record, 1, &told), 0);
    record = chain_record(IPPROTO_TCP);
    expect_eq(WSCInstallProvider(&chain_id, path, &record, 1, &told), 0);
    tcp();
    expect(!is_loaded());
    expect(by_record(record_of(&chain_id)) != INVALID_SOCKET);
    expect(is_loaded());
}

EXTENSION_CASE("wscinstallprovider/use/chain-part") {
    install_provider();
    expect_error(by_record(record_of(&dummy_id)), WSAEINVAL);
}

EXTENSION_CASE("wscinstallprovider/use/missing") {
    WCHAR path[MAX_PATH];
    beside(path, L"there-is-none.dll");
    install_first(path);
    expect_error(socket(AF_INET, SOCK_STREAM, IPPROTO_TCP), WSAEPROVIDERFAILEDINIT);
    expect(socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP) != INVALID_SOCKET);
}

EXTENSION_CASE("wscinstallprovider/use/protocol-info") {
    WSAPROTOCOL_INFOW record, expected = base_record(IPPROTO_TCP);
    int length = sizeof record;
    install_provider();
    expect_eq(getsockopt(tcp(), SOL_SOCKET, SO_PROTOCOL_INFOW, (char *)&record, &length), 0);
    expect_eq(record.dwCatalogEntryId, expected.dwCatalogEntryId);
    expect_eq(wcscmp(record.szProtocol, expected.szProtocol), 0);
}

/* ---- WSCDeinstallProvider ---- */

EXTENSION_CASE("wscdeinstallprovider/entries/gone") {
    expect_eq(install_chain(L"nowhere.dll"), 0);
    expect_told(WSCDeinstallProvider(&chain_id, &told), 0, POISON);
    expect_eq(number_of(&chain_id), 0);
    expect_told(WSCDeinstallProvider(&chain_id, &told), SOCKET_ERROR, WSAEINVAL);
}

EXTENSION_CASE("wscdeinstallprovider/use/sockets-stay") {
    struct pair pair;
    char buffer[8];
    install_provider();
    pair = tcp_pair();
    deinstall();
    give_to(pair.peer, pair.local, "abcd");
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 4);
    expect(tcp() != INVALID_SOCKET);
    expect_eq(closesocket(pair.local), 0);
    expect_eq(closesocket(pair.peer), 0);
}

EXTENSION_CASE("wscdeinstallprovider/error/WSAEINVAL") {
    GUID id = nobody;
    expect_told(WSCDeinstallProvider(&id, &told), SOCKET_ERROR, WSAEINVAL);
}

EXTENSION_CASE("wscdeinstallprovider/error/base") {
    WSAPROTOCOL_INFOW record = base_record(IPPROTO_TCP);
    expect_told(WSCDeinstallProvider(&record.ProviderId, &told), SOCKET_ERROR, WSAEINVAL);
}

EXTENSION_CASE("wscdeinstallprovider/error/WSAEFAULT") {
    expect_told(WSCDeinstallProvider(NULL, &told), SOCKET_ERROR, WSAEFAULT);
}

/* ---- WSCWriteProviderOrder ---- */

EXTENSION_CASE("wscwriteproviderorder/returns/zero") {
    DWORD order[100], now[100], count, swapped;
    require(install_chain(L"nowhere.dll") == 0);
    count = numbers(order, 100);
    swapped = order[count - 1];
    order[count - 1] = order[count - 2];
    order[count - 2] = swapped;
    expect_eq(WSCWriteProviderOrder(order, count), 0);
    expect_eq(WSAGetLastError(), (int)POISON);
    expect_eq(numbers(now, 100), count);
    expect_eq(memcmp(now, order, count * sizeof *now), 0);
}

EXTENSION_CASE("wscwriteproviderorder/error/WSAEINVAL") {
    DWORD order[100], count = numbers(order, 100);
    expect_eq(WSCWriteProviderOrder(order, count - 1), WSAEINVAL);
    order[count - 1] = 99999;
    expect_eq(WSCWriteProviderOrder(order, count), WSAEINVAL);
    order[count - 1] = order[count - 2];
    expect_eq(WSCWriteProviderOrder(order, count), WSAEINVAL);
}

EXTENSION_CASE("wscwriteproviderorder/error/WSAEFAULT") {
    expect_eq(WSCWriteProviderOrder(NULL, 3), WSAEFAULT);
    expect_eq(WSCWriteProviderOrder(UNMAPPED(DWORD), 3), WSAEFAULT);
}
