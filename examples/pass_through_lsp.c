/* A layered service provider that passes everything on: the shape that Microsoft documents for one.
 *
 * It finds its own place in the protocol chain, loads the provider below it, and gives Windows sockets that provider's
 * procedure table with some entries replaced by its own. With LSP_REPORT in the environment it tells, when it is
 * cleaned up, how many calls have come by.
 */
#include <winsock2.h>
#include <ws2spi.h>
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

#pragma comment(lib, "Ws2_32.lib")

static CRITICAL_SECTION lock;
static int started;
static WSPUPCALLTABLE upcalls;
static WSPPROC_TABLE next;
static HMODULE next_module;
static LONG sockets, receives, sends, others;

static SOCKET WSPAPI lsp_socket(int af, int type, int protocol, LPWSAPROTOCOL_INFOW info, GROUP group, DWORD flags,
                                LPINT error)
{
    InterlockedIncrement(&sockets);
    return next.lpWSPSocket(af, type, protocol, info, group, flags, error);
}

static int WSPAPI lsp_recv(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD received, LPDWORD flags,
                           LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine,
                           LPWSATHREADID thread, LPINT error)
{
    InterlockedIncrement(&receives);
    return next.lpWSPRecv(s, buffers, count, received, flags, overlapped, routine, thread, error);
}

static int WSPAPI lsp_recv_from(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD received, LPDWORD flags,
                                struct sockaddr *from, LPINT length, LPWSAOVERLAPPED overlapped,
                                LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, LPWSATHREADID thread, LPINT error)
{
    InterlockedIncrement(&receives);
    return next.lpWSPRecvFrom(s, buffers, count, received, flags, from, length, overlapped, routine, thread, error);
}

static int WSPAPI lsp_send(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD sent, DWORD flags,
                           LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine,
                           LPWSATHREADID thread, LPINT error)
{
    InterlockedIncrement(&sends);
    return next.lpWSPSend(s, buffers, count, sent, flags, overlapped, routine, thread, error);
}

static int WSPAPI lsp_send_to(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD sent, DWORD flags,
                              const struct sockaddr *to, int length, LPWSAOVERLAPPED overlapped,
                              LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, LPWSATHREADID thread, LPINT error)
{
    InterlockedIncrement(&sends);
    return next.lpWSPSendTo(s, buffers, count, sent, flags, to, length, overlapped, routine, thread, error);
}

static int WSPAPI lsp_select(int count, fd_set *read, fd_set *write, fd_set *except, const struct timeval *timeout,
                             LPINT error)
{
    InterlockedIncrement(&others);
    return next.lpWSPSelect(count, read, write, except, timeout, error);
}

static int WSPAPI lsp_cleanup(LPINT error)
{
    int result = next.lpWSPCleanup(error);

    EnterCriticalSection(&lock);
    if (--started == 0 && getenv("LSP_REPORT") != NULL)
        fprintf(stderr, "lsp: %d sockets, %d receives, %d sends, %d other calls\n", (int)sockets, (int)receives,
                (int)sends, (int)others);
    LeaveCriticalSection(&lock);
    return result;
}

/* The whole catalogue; NULL if there is none to be had. */
static LPWSAPROTOCOL_INFOW catalogue(int *count)
{
    LPWSAPROTOCOL_INFOW list = NULL;
    DWORD size = 0;
    INT error = 0;

    if (WSCEnumProtocols(NULL, NULL, &size, &error) != SOCKET_ERROR || error != WSAENOBUFS)
        return NULL;
    list = (LPWSAPROTOCOL_INFOW)HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, size);
    if (list == NULL)
        return NULL;
    *count = WSCEnumProtocols(NULL, list, &size, &error);
    if (*count == SOCKET_ERROR) {
        HeapFree(GetProcessHeap(), 0, list);
        return NULL;
    }
    return list;
}

static LPWSAPROTOCOL_INFOW entry_of(LPWSAPROTOCOL_INFOW list, int count, DWORD id)
{
    int i;

    for (i = 0; i < count; i++)
        if (list[i].dwCatalogEntryId == id)
            return &list[i];
    return NULL;
}

/* Whether the provider of this entry is the module that this code is in. */
static BOOL is_own(LPWSAPROTOCOL_INFOW entry)
{
    WCHAR path[MAX_PATH], expanded[MAX_PATH];
    INT length = MAX_PATH, error = 0;
    HMODULE own = NULL, other = NULL;

    if (WSCGetProviderPath(&entry->ProviderId, path, &length, &error) == SOCKET_ERROR ||
        ExpandEnvironmentStringsW(path, expanded, MAX_PATH) == 0)
        return FALSE;
    GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                       (LPCWSTR)(void *)&started, &own);
    other = GetModuleHandleW(expanded);
    return own != NULL && own == other;
}

/* Loads the provider below this one in the chain, and starts it. */
static int start_next(WORD version, LPWSPDATA data, LPWSAPROTOCOL_INFOW info)
{
    WCHAR path[MAX_PATH], expanded[MAX_PATH];
    INT length = MAX_PATH, error = 0;
    LPWSPSTARTUP startup;
    LPWSAPROTOCOL_INFOW list, below = NULL;
    int count = 0, place, result = WSAEPROVIDERFAILEDINIT;

    list = catalogue(&count);
    if (list == NULL)
        return result;
    for (place = 0; place < info->ProtocolChain.ChainLen - 1; place++) {
        LPWSAPROTOCOL_INFOW entry = entry_of(list, count, info->ProtocolChain.ChainEntries[place]);
        if (entry != NULL && is_own(entry)) {
            below = entry_of(list, count, info->ProtocolChain.ChainEntries[place + 1]);
            break;
        }
    }
    if (below != NULL && WSCGetProviderPath(&below->ProviderId, path, &length, &error) != SOCKET_ERROR &&
        ExpandEnvironmentStringsW(path, expanded, MAX_PATH) != 0) {
        next_module = LoadLibraryW(expanded);
        startup = next_module ? (LPWSPSTARTUP)GetProcAddress(next_module, "WSPStartup") : NULL;
        /* Another layer has to find its own place in the chain; the base provider is told of its protocol. */
        if (startup != NULL)
            result = startup(version, data, below->ProtocolChain.ChainLen == BASE_PROTOCOL ? below : info, upcalls,
                             &next);
    }
    HeapFree(GetProcessHeap(), 0, list);
    return result;
}

int WSPAPI WSPStartup(WORD version, LPWSPDATA data, LPWSAPROTOCOL_INFOW info, WSPUPCALLTABLE table,
                      LPWSPPROC_TABLE procedures)
{
    int result;

    EnterCriticalSection(&lock);
    upcalls = table;
    result = start_next(version, data, info);
    if (result == 0) {
        started++;
        *procedures = next;
        procedures->lpWSPSocket = lsp_socket;
        procedures->lpWSPRecv = lsp_recv;
        procedures->lpWSPRecvFrom = lsp_recv_from;
        procedures->lpWSPSend = lsp_send;
        procedures->lpWSPSendTo = lsp_send_to;
        procedures->lpWSPSelect = lsp_select;
        procedures->lpWSPCleanup = lsp_cleanup;
    }
    LeaveCriticalSection(&lock);
    return result;
}

BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, LPVOID reserved)
{
    (void)reserved;
    switch (reason) {
    case DLL_PROCESS_ATTACH:
        DisableThreadLibraryCalls(module);
        InitializeCriticalSection(&lock);
        break;
    case DLL_PROCESS_DETACH:
        DeleteCriticalSection(&lock);
        break;
    }
    return TRUE;
}
