/* What the cases about the catalogue and about upcalls share: a provider, installed as its installer does it.
   Here the catalogue is the process's own; on Windows it is the machine's, and no case may change that. */
#ifndef CONFORMANCE_INSTALLER_H
#define CONFORMANCE_INSTALLER_H

#include "provider.h"
#include <sporder.h>

static GUID dummy_id = {0x11111111, 1, 1, {1, 1, 1, 1, 1, 1, 1, 1}};
static GUID chain_id = {0x22222222, 2, 2, {2, 2, 2, 2, 2, 2, 2, 2}};

/* The module beside this program that has this name. */
static inline void beside(WCHAR *path, const WCHAR *name) {
    WCHAR *end;
    require(GetModuleFileNameW(NULL, path, MAX_PATH) > 0);
    end = path + wcslen(path);
    while (end > path && end[-1] != L'/' && end[-1] != L'\\') end--;
    wcscpy(end, name);
}

/* The catalogue's number of the first entry with this identifier; 0 where there is none. */
static inline DWORD number_of(const GUID *id) {
    int count, i;
    DWORD number = 0;
    LPWSAPROTOCOL_INFOW list = whole_catalog(&count);
    for (i = 0; i < count && number == 0; i++)
        if (memcmp(&list[i].ProviderId, id, sizeof *id) == 0) number = list[i].dwCatalogEntryId;
    free(list);
    return number;
}

/* The numbers of all entries, in order. */
static inline DWORD numbers(DWORD *into, DWORD room) {
    int count, i;
    LPWSAPROTOCOL_INFOW list = whole_catalog(&count);
    require((DWORD)count <= room);
    for (i = 0; i < count; i++) into[i] = list[i].dwCatalogEntryId;
    free(list);
    return (DWORD)count;
}

/* The layer's own entry, which is only there to stand in chains. */
static inline WSAPROTOCOL_INFOW dummy_record(void) {
    WSAPROTOCOL_INFOW record = base_record(IPPROTO_TCP);
    record.ProtocolChain.ChainLen = LAYERED_PROTOCOL;
    record.dwProviderFlags |= PFL_HIDDEN;
    wcscpy(record.szProtocol, L"layer");
    return record;
}

/* A chain of the layer over the base provider's entry for this protocol. */
static inline WSAPROTOCOL_INFOW chain_record(int protocol) {
    WSAPROTOCOL_INFOW record = base_record(protocol);
    DWORD below = record.dwCatalogEntryId;
    record.ProtocolChain.ChainLen = 2;
    record.ProtocolChain.ChainEntries[0] = number_of(&dummy_id);
    record.ProtocolChain.ChainEntries[1] = below;
    wcscpy(record.szProtocol, L"layer over the base");
    return record;
}

/* Installs the layer at `path` and its chain over TCP, in front of everything. */
static inline void install_first(WCHAR *path) {
    WSAPROTOCOL_INFOW record = dummy_record();
    DWORD order[100], count, i;
    require(WSCInstallProvider(&dummy_id, path, &record, 1, &told) == 0);
    record = chain_record(IPPROTO_TCP);
    require(WSCInstallProvider(&chain_id, path, &record, 1, &told) == 0);
    count = numbers(order, 100);
    for (i = 0; order[i] != number_of(&chain_id); i++) continue;
    for (; i > 0; i--) order[i] = order[i - 1];
    order[0] = number_of(&chain_id);
    require(WSCWriteProviderOrder(order, count) == 0);
}

/* provider.dll, installed in front of everything. */
static inline void install_provider(void) {
    WCHAR path[MAX_PATH];
    beside(path, L"provider.dll");
    install_first(path);
}

static inline void deinstall(void) {
    require(WSCDeinstallProvider(&chain_id, &told) == 0);
    require(WSCDeinstallProvider(&dummy_id, &told) == 0);
}

#endif
