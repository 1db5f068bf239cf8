/* WSPStartup and WSPCleanup of the base provider (clauses/spistartup.md). */
#include "provider.h"

CASE("wspstartup/found/by-path") {
    WSAPROTOCOL_INFOW record = base_record(IPPROTO_TCP);
    WCHAR path[MAX_PATH];
    path_of(&record, path, MAX_PATH);
    expect(wcslen(path) > 0);
    expect(startup_of(&record) != NULL);
}

CASE("wspstartup/returns/code") {
    WSPDATA data;
    WSPPROC_TABLE table;
    expect_eq(start_as(MAKEWORD(2, 2), &data, &table), 0);
    expect_eq(start_as(MAKEWORD(1, 1), &data, &table), WSAVERNOTSUPPORTED);
    expect_eq(WSAGetLastError(), (int)POISON);
}

CASE("wspstartup/data/versions") {
    static const struct {
        WORD asked, granted;
    } rows[] = {{MAKEWORD(2, 2), MAKEWORD(2, 2)},
                {MAKEWORD(2, 1), MAKEWORD(2, 1)},
                {MAKEWORD(2, 0), MAKEWORD(2, 0)},
                {MAKEWORD(2, 3), MAKEWORD(2, 2)},
                {MAKEWORD(3, 0), MAKEWORD(2, 2)}};
    size_t i;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        WSPDATA data;
        WSPPROC_TABLE table;
        poison(&data, sizeof data);
        expect_eq(start_as(rows[i].asked, &data, &table), 0);
        expect_eq(data.wVersion, rows[i].granted);
        expect_eq(data.wHighVersion, MAKEWORD(2, 2));
    }
}

CASE("wspstartup/data/description") {
    WSPDATA data;
    WSPPROC_TABLE table;
    size_t length = 0;
    poison(&data, sizeof data);
    expect_eq(start_as(MAKEWORD(2, 2), &data, &table), 0);
    while (length <= WSPDESCRIPTION_LEN && data.szDescription[length] != 0) length++;
    expect_between(length, 1, WSPDESCRIPTION_LEN);
}

CASE("wspstartup/error/WSAVERNOTSUPPORTED") {
    WSPDATA data;
    WSPPROC_TABLE table;
    expect_eq(start_as(MAKEWORD(1, 1), &data, &table), WSAVERNOTSUPPORTED);
    expect_eq(start_as(MAKEWORD(1, 2), &data, &table), WSAVERNOTSUPPORTED);
    expect_eq(start_as(MAKEWORD(0, 2), &data, &table), WSAVERNOTSUPPORTED);
}

CASE("wspstartup/error/WSAEFAULT") {
    WSAPROTOCOL_INFOW record = base_record(IPPROTO_TCP);
    LPWSPSTARTUP startup = startup_of(&record);
    WSPDATA data;
    WSPPROC_TABLE table;
    expect_eq(startup(MAKEWORD(2, 2), NULL, &record, own_upcalls(), &table), WSAEFAULT);
    expect_eq(startup(MAKEWORD(2, 2), &data, NULL, own_upcalls(), &table), WSAEFAULT);
    expect_eq(startup(MAKEWORD(2, 2), &data, &record, own_upcalls(), NULL), WSAEFAULT);
}

COLD_CASE("wspstartup/error/not-counted") {
    WSPDATA data;
    WSPPROC_TABLE table = start_base(), other;
    expect_eq(start_as(MAKEWORD(1, 1), &data, &other), WSAVERNOTSUPPORTED);
    expect_eq(start_as(MAKEWORD(2, 2), NULL, &other), WSAEFAULT);
    expect_eq(table.lpWSPCleanup(&told), 0);
    expect_told(table.lpWSPCleanup(&told), SOCKET_ERROR, WSANOTINITIALISED);
}

CASE("wspstartup/table/whole") {
    WSPPROC_TABLE table = start_base();
    void *entries[sizeof table / sizeof(void *)];
    size_t i;
    memcpy(entries, &table, sizeof table);
    expect_eq(sizeof table / sizeof(void *), 30);
    for (i = 0; i < sizeof table / sizeof(void *); i++) expect(entries[i] != NULL);
}

CASE("wspstartup/table/layout") {
    size_t pointer = sizeof(void *);
    expect_eq(sizeof(WSPPROC_TABLE), 30 * pointer);
    expect_eq(offsetof(WSPPROC_TABLE, lpWSPAccept), 0);
    expect_eq(offsetof(WSPPROC_TABLE, lpWSPGetOverlappedResult), 11 * pointer);
    expect_eq(offsetof(WSPPROC_TABLE, lpWSPRecv), 19 * pointer);
    expect_eq(offsetof(WSPPROC_TABLE, lpWSPRecvFrom), 21 * pointer);
    expect_eq(offsetof(WSPPROC_TABLE, lpWSPStringToAddress), 29 * pointer);
    expect_eq(sizeof(WSPUPCALLTABLE), 15 * pointer);
    expect_eq(offsetof(WSPUPCALLTABLE, lpWPUCreateSocketHandle), 3 * pointer);
    expect_eq(offsetof(WSPUPCALLTABLE, lpWPUModifyIFSHandle), 6 * pointer);
    expect_eq(offsetof(WSPUPCALLTABLE, lpWPUQueueApc), 10 * pointer);
    expect_eq(offsetof(WSPUPCALLTABLE, lpWPUOpenCurrentThread), 13 * pointer);
    expect_eq(sizeof(WSPDATA), 4 + 256 * sizeof(WCHAR));
    expect_eq(offsetof(WSPDATA, szDescription), 4);
    expect_eq(sizeof(WSATHREADID), 2 * pointer);
    expect_eq(offsetof(WSATHREADID, Reserved), pointer);
}

COLD_CASE("wspstartup/count/each-needs-cleanup") {
    WSPPROC_TABLE first = start_base(), second = start_base();
    SOCKET s = first.lpWSPSocket(AF_INET, SOCK_DGRAM, IPPROTO_UDP, NULL, 0, 0, &told);
    expect(s != INVALID_SOCKET);
    expect_eq(first.lpWSPCleanup(&told), 0);
    expect_eq(second.lpWSPCloseSocket(s, &told), 0);
    expect_eq(second.lpWSPCleanup(&told), 0);
    expect_told(second.lpWSPCleanup(&told), SOCKET_ERROR, WSANOTINITIALISED);
}

COLD_CASE("wspstartup/count/before") {
    WSPPROC_TABLE table = start_base();
    char byte;
    WSABUF part = {1, &byte};
    DWORD got = POISON, flags = 0;
    expect_eq(table.lpWSPCleanup(&told), 0);
    expect_told(table.lpWSPSocket(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, 0, &told), INVALID_SOCKET,
                WSANOTINITIALISED);
    expect_told(table.lpWSPRecv(INVALID_SOCKET, &part, 1, &got, &flags, NULL, NULL, NULL, &told),
                SOCKET_ERROR, WSANOTINITIALISED);
}

COLD_CASE("wspstartup/count/alone") {
    WSPPROC_TABLE table = start_base();
    SOCKET s = table.lpWSPSocket(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, WSA_FLAG_OVERLAPPED, &told);
    struct sockaddr_in where = loopback(0);
    int length = sizeof where;
    expect(s != INVALID_SOCKET);
    expect_eq(table.lpWSPBind(s, (struct sockaddr *)&where, sizeof where, &told), 0);
    expect_eq(table.lpWSPGetSockName(s, (struct sockaddr *)&where, &length, &told), 0);
    expect(where.sin_port != 0);
    expect_error(closesocket(s), WSANOTINITIALISED);
    expect_eq(table.lpWSPCloseSocket(s, &told), 0);
}

COLD_CASE("wspstartup/count/last-takes-sockets") {
    WSPPROC_TABLE table = start_base();
    SOCKET s = table.lpWSPSocket(AF_INET, SOCK_DGRAM, IPPROTO_UDP, NULL, 0, 0, &told);
    expect(s != INVALID_SOCKET);
    expect_eq(table.lpWSPCleanup(&told), 0);
    table = start_base();
    expect_told(table.lpWSPCloseSocket(s, &told), SOCKET_ERROR, WSAENOTSOCK);
}

CASE("wspstartup/count/sockets-of-wsastartup") {
    WSPPROC_TABLE table = start_base();
    struct pair pair = tcp_pair();
    char buffer[8];
    expect_eq(table.lpWSPCleanup(&told), 0);
    give_to(pair.peer, pair.local, "abcd");
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 4);
}

CASE("wspstartup/order/not-the-catalogue") {
    WSAPROTOCOL_INFOW record = base_record(IPPROTO_UDP);
    WSPPROC_TABLE table;
    WSPDATA data;
    expect_eq(startup_of(&record)(MAKEWORD(2, 2), &data, &record, own_upcalls(), &table), 0);
    expect(table.lpWSPSocket(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, 0, &told) != INVALID_SOCKET);
    expect(table.lpWSPSocket(AF_INET6, SOCK_DGRAM, IPPROTO_UDP, NULL, 0, 0, &told) != INVALID_SOCKET);
}
