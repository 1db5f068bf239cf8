/* What the cases of the service provider interface share: the base provider, found and started as a layered
   provider does it, and expectations of entries, whose errors go to lpErrno alone. */
#ifndef CONFORMANCE_PROVIDER_H
#define CONFORMANCE_PROVIDER_H

#include "harness.h"
#include <ws2spi.h>

static INT told; /* the place for lpErrno */

/* The entry returns this value with this code in lpErrno, and the thread's last error stays as it was. */
#define expect_told(call, value, code)                                                                       \
    (told = (INT)POISON, harness_eq(__FILE__, __LINE__, #call, poisoned(call), (long long)(value)),          \
     harness_eq(__FILE__, __LINE__, "lpErrno of " #call, told, (INT)(code)),                                 \
     harness_eq(__FILE__, __LINE__, "the last error after " #call, WSAGetLastError(), (int)POISON))

/* The whole catalogue, on the heap. */
static inline LPWSAPROTOCOL_INFOW whole_catalog(int *count) {
    LPWSAPROTOCOL_INFOW list;
    DWORD size = 0;
    require(WSCEnumProtocols(NULL, NULL, &size, &told) == SOCKET_ERROR && told == WSAENOBUFS);
    list = (LPWSAPROTOCOL_INFOW)malloc(size);
    require(list != NULL);
    *count = WSCEnumProtocols(NULL, list, &size, &told);
    require(*count > 0);
    return list;
}

/* The base provider's record for this protocol over IPv4. */
static inline WSAPROTOCOL_INFOW base_record(int protocol) {
    WSAPROTOCOL_INFOW found;
    int count, i;
    LPWSAPROTOCOL_INFOW list = whole_catalog(&count);
    memset(&found, 0, sizeof found);
    for (i = 0; i < count; i++)
        if (list[i].ProtocolChain.ChainLen == BASE_PROTOCOL && list[i].iAddressFamily == AF_INET &&
            list[i].iProtocol == protocol) {
            found = list[i];
            break;
        }
    require(found.dwCatalogEntryId != 0);
    free(list);
    return found;
}

static inline void path_of(LPWSAPROTOCOL_INFOW record, WCHAR *expanded, DWORD room) {
    WCHAR path[MAX_PATH];
    INT length = MAX_PATH;
    require(WSCGetProviderPath(&record->ProviderId, path, &length, &told) == 0);
    require(ExpandEnvironmentStringsW(path, expanded, room) != 0);
}

/* WSPStartup of the provider of this record. */
static inline LPWSPSTARTUP startup_of(LPWSAPROTOCOL_INFOW record) {
    WCHAR path[MAX_PATH];
    HMODULE module;
    LPWSPSTARTUP startup;
    path_of(record, path, MAX_PATH);
    module = LoadLibraryW(path);
    require(module != NULL);
    startup = (LPWSPSTARTUP)(void *)GetProcAddress(module, "WSPStartup");
    require(startup != NULL);
    return startup;
}

static SOCKET WSPAPI same_handle(DWORD entry, SOCKET proposed, LPINT error) {
    (void)entry;
    (void)error;
    return proposed;
}

/* Upcalls of our own: the one that a provider of the system's own handles needs. */
static inline WSPUPCALLTABLE own_upcalls(void) {
    WSPUPCALLTABLE table;
    memset(&table, 0, sizeof table);
    table.lpWPUModifyIFSHandle = same_handle;
    return table;
}

static inline int start_as(WORD version, LPWSPDATA data, LPWSPPROC_TABLE table) {
    WSAPROTOCOL_INFOW record = base_record(IPPROTO_TCP);
    return startup_of(&record)(version, data, &record, own_upcalls(), table);
}

/* The base provider's procedure table, started. */
static inline WSPPROC_TABLE start_base(void) {
    WSPPROC_TABLE table;
    WSPDATA data;
    memset(&table, 0, sizeof table);
    require(start_as(MAKEWORD(2, 2), &data, &table) == 0);
    return table;
}

/* A WSATHREADID of the calling thread, as ws2_32 would give it to a provider. */
static inline WSATHREADID this_thread(void) {
    WSATHREADID id;
    memset(&id, 0, sizeof id);
    require(DuplicateHandle(GetCurrentProcess(), GetCurrentThread(), GetCurrentProcess(), &id.ThreadHandle, 0,
                            FALSE, DUPLICATE_SAME_ACCESS));
    return id;
}

#endif
