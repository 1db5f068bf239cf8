/* A layered service provider with socket handles of its own: what Windows calls a non-IFS provider.
 *
 * Clients never see the sockets of the provider below. Each has a handle that WPUCreateSocketHandle made, every entry
 * translates it, and overlapped operations are this provider's: a worker takes their ends from a completion port of
 * its own, and tells the client by WPUCompleteOverlappedRequest, or by WPUQueueApc in the client's thread.
 */
#include <winsock2.h>
#include <ws2spi.h>
#include <mswsock.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#pragma comment(lib, "Ws2_32.lib")

/* A client's socket. It goes with the last call and the last operation that use it. */
struct sock {
    struct sock *next;
    SOCKET upper, lower;
    DWORD entry;
    LONG uses;
    BOOL closed, overlapped;
    HWND window; /* whom WSPAsyncSelect has told of events, and how */
    UINT message;
};

/* An operation on its way. The provider below writes `over`, the client reads its own. */
struct operation {
    WSAOVERLAPPED over;
    struct sock *sock;
    LPWSAOVERLAPPED client;
    LPWSAOVERLAPPED_COMPLETION_ROUTINE routine;
    WSATHREADID thread;
    ULONG_PTR before;
    DWORD flags, bytes;
    INT error;
};

static CRITICAL_SECTION lock;
static int started;
static WSPUPCALLTABLE up;
static WSPPROC_TABLE next;
static HMODULE next_module;
static struct sock *all;
static HANDLE port, worker;
static LONG handles, operations, apcs;

/* ---- Sockets ---- */

/* The socket behind a client's handle; NULL, with the code, where there is none. */
static struct sock *take(SOCKET s, LPINT error)
{
    struct sock *sock = NULL;
    DWORD_PTR context = 0;

    EnterCriticalSection(&lock);
    if (up.lpWPUQuerySocketHandleContext(s, &context, error) != SOCKET_ERROR) {
        sock = (struct sock *)context;
        if (sock->closed) {
            sock = NULL;
            *error = WSAENOTSOCK;
        } else {
            sock->uses++;
        }
    }
    LeaveCriticalSection(&lock);
    return sock;
}

static void give_back(struct sock *sock)
{
    struct sock **link;
    INT error;

    EnterCriticalSection(&lock);
    if (--sock->uses == 0) {
        for (link = &all; *link != sock; link = &(*link)->next)
            continue;
        *link = sock->next;
        up.lpWPUCloseSocketHandle(sock->upper, &error);
        free(sock);
    }
    LeaveCriticalSection(&lock);
}

/* A handle for a socket of the provider below, which is closed where there is no handle to be had. */
static SOCKET present(SOCKET lower, DWORD entry, BOOL overlapped, LPINT error)
{
    struct sock *sock;
    INT ignored;

    if (lower == INVALID_SOCKET)
        return INVALID_SOCKET;
    sock = (struct sock *)calloc(1, sizeof *sock);
    if (sock == NULL) {
        *error = WSAENOBUFS;
    } else {
        sock->lower = lower;
        sock->entry = entry;
        sock->uses = 1;
        sock->overlapped = overlapped;
        sock->upper = up.lpWPUCreateSocketHandle(entry, (DWORD_PTR)sock, error);
        if (sock->upper != INVALID_SOCKET) {
            if (overlapped)
                CreateIoCompletionPort((HANDLE)lower, port, 0, 0);
            EnterCriticalSection(&lock);
            sock->next = all;
            all = sock;
            LeaveCriticalSection(&lock);
            InterlockedIncrement(&handles);
            return sock->upper;
        }
        free(sock);
    }
    next.lpWSPCloseSocket(lower, &ignored);
    return INVALID_SOCKET;
}

/* Calls the entry below with the lower socket. */
#define PASS(failed, call)                                                                                    \
    do {                                                                                                      \
        struct sock *sock = take(s, error);                                                                   \
        if (sock == NULL)                                                                                     \
            return failed;                                                                                    \
        result = call;                                                                                        \
        give_back(sock);                                                                                      \
    } while (0)

/* ---- Operations ---- */

static struct operation *operation_on(struct sock *sock, LPWSAOVERLAPPED client,
                                      LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, LPWSATHREADID thread, DWORD flags)
{
    struct operation *it = (struct operation *)calloc(1, sizeof *it);

    if (it == NULL)
        return NULL;
    it->sock = sock;
    it->client = client;
    it->routine = routine;
    if (thread != NULL)
        it->thread = *thread;
    it->flags = flags;
    it->before = client->Internal;
    client->Internal = WSS_OPERATION_IN_PROGRESS;
    if (routine == NULL && client->hEvent != NULL) {
        INT ignored;
        up.lpWPUResetEvent((WSAEVENT)((ULONG_PTR)client->hEvent & ~(ULONG_PTR)1), &ignored);
    }
    InterlockedIncrement(&operations);
    return it;
}

/* What the client is told of an operation that the provider below has begun, or refused. The socket is the
 * operation's from here on. */
static INT begun(struct operation *it, BOOL pends)
{
    if (pends)
        return WSA_IO_PENDING;
    it->client->Internal = it->before;
    give_back(it->sock);
    free(it);
    return 0;
}

static int told(struct operation *it, int result, LPINT error)
{
    if (begun(it, result == 0 || *error == WSA_IO_PENDING) != 0)
        *error = WSA_IO_PENDING;
    return SOCKET_ERROR;
}

static void CALLBACK run_routine(DWORD_PTR context)
{
    struct operation *it = (struct operation *)context;

    it->routine((DWORD)it->error, it->bytes, it->client, it->flags);
    free(it);
}

/* Tells the client of the end. */
static void finish(struct operation *it)
{
    struct sock *sock = it->sock;
    INT error;

    it->client->Offset = it->flags;
    it->client->OffsetHigh = (DWORD)it->error;
    if (it->routine != NULL) {
        it->client->InternalHigh = it->bytes;
        it->client->Internal = it->error == 0 ? 0 : (ULONG_PTR)it->error;
        InterlockedIncrement(&apcs);
        if (up.lpWPUQueueApc(&it->thread, run_routine, (DWORD_PTR)it, &error) == SOCKET_ERROR)
            free(it); /* the thread is gone, and nobody is left to be told */
    } else {
        WPUCompleteOverlappedRequest(sock->upper, it->client, (DWORD)it->error, it->bytes, &error);
        free(it);
    }
    give_back(sock);
}

/* Winsock's code for an operation whose socket is closed by now. */
static INT code_of(DWORD code)
{
    switch (code) {
    case ERROR_OPERATION_ABORTED:
        return WSA_OPERATION_ABORTED;
    case ERROR_CONNECTION_ABORTED:
        return WSAECONNABORTED;
    case ERROR_NETNAME_DELETED:
        return WSAECONNRESET;
    default:
        return code == 0 ? 0 : WSAECONNABORTED;
    }
}

static DWORD WINAPI work(void *argument)
{
    WSATHREADID self;
    INT error;
    BOOL open = up.lpWPUOpenCurrentThread(&self, &error) == 0;

    (void)argument;
    for (;;) {
        LPOVERLAPPED over = NULL;
        ULONG_PTR key = 0;
        DWORD bytes = 0, code;
        struct operation *it;

        code = GetQueuedCompletionStatus(port, &bytes, &key, &over, INFINITE) ? 0 : GetLastError();
        if (over == NULL)
            break;
        it = (struct operation *)((char *)over - offsetof(struct operation, over));
        it->bytes = bytes;
        it->error = 0;
        if (!next.lpWSPGetOverlappedResult(it->sock->lower, &it->over, &it->bytes, FALSE, &it->flags, &it->error) &&
            it->error == WSAENOTSOCK)
            it->error = code_of(code);
        finish(it);
    }
    if (open)
        up.lpWPUCloseThread(&self, &error);
    return 0;
}

/* ---- Entries that transfer ---- */

static int WSPAPI lsp_recv(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD received, LPDWORD flags,
                           LPWSAOVERLAPPED client, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine,
                           LPWSATHREADID thread, LPINT error)
{
    struct sock *sock = take(s, error);
    struct operation *it;
    int result;

    if (sock == NULL)
        return SOCKET_ERROR;
    if (client == NULL || !sock->overlapped) {
        result = next.lpWSPRecv(sock->lower, buffers, count, received, flags, client, routine, thread, error);
        give_back(sock);
        return result;
    }
    it = operation_on(sock, client, routine, thread, *flags);
    if (it == NULL) {
        give_back(sock);
        *error = WSAENOBUFS;
        return SOCKET_ERROR;
    }
    return told(it, next.lpWSPRecv(sock->lower, buffers, count, NULL, &it->flags, &it->over, NULL, thread, error),
                error);
}

static int WSPAPI lsp_recv_from(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD received, LPDWORD flags,
                                struct sockaddr *from, LPINT length, LPWSAOVERLAPPED client,
                                LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, LPWSATHREADID thread, LPINT error)
{
    struct sock *sock = take(s, error);
    struct operation *it;
    int result;

    if (sock == NULL)
        return SOCKET_ERROR;
    if (client == NULL || !sock->overlapped) {
        result = next.lpWSPRecvFrom(sock->lower, buffers, count, received, flags, from, length, client, routine,
                                    thread, error);
        give_back(sock);
        return result;
    }
    it = operation_on(sock, client, routine, thread, *flags);
    if (it == NULL) {
        give_back(sock);
        *error = WSAENOBUFS;
        return SOCKET_ERROR;
    }
    return told(it,
                next.lpWSPRecvFrom(sock->lower, buffers, count, NULL, &it->flags, from, length, &it->over, NULL,
                                   thread, error),
                error);
}

static int WSPAPI lsp_send(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD sent, DWORD flags,
                           LPWSAOVERLAPPED client, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine,
                           LPWSATHREADID thread, LPINT error)
{
    struct sock *sock = take(s, error);
    struct operation *it;
    int result;

    if (sock == NULL)
        return SOCKET_ERROR;
    if (client == NULL || !sock->overlapped) {
        result = next.lpWSPSend(sock->lower, buffers, count, sent, flags, client, routine, thread, error);
        give_back(sock);
        return result;
    }
    it = operation_on(sock, client, routine, thread, 0);
    if (it == NULL) {
        give_back(sock);
        *error = WSAENOBUFS;
        return SOCKET_ERROR;
    }
    return told(it, next.lpWSPSend(sock->lower, buffers, count, NULL, flags, &it->over, NULL, thread, error), error);
}

static int WSPAPI lsp_send_to(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD sent, DWORD flags,
                              const struct sockaddr *to, int length, LPWSAOVERLAPPED client,
                              LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, LPWSATHREADID thread, LPINT error)
{
    struct sock *sock = take(s, error);
    struct operation *it;
    int result;

    if (sock == NULL)
        return SOCKET_ERROR;
    if (client == NULL || !sock->overlapped) {
        result = next.lpWSPSendTo(sock->lower, buffers, count, sent, flags, to, length, client, routine, thread,
                                  error);
        give_back(sock);
        return result;
    }
    it = operation_on(sock, client, routine, thread, 0);
    if (it == NULL) {
        give_back(sock);
        *error = WSAENOBUFS;
        return SOCKET_ERROR;
    }
    return told(it,
                next.lpWSPSendTo(sock->lower, buffers, count, NULL, flags, to, length, &it->over, NULL, thread,
                                 error),
                error);
}

static BOOL WSPAPI lsp_get_overlapped_result(SOCKET s, LPWSAOVERLAPPED client, LPDWORD bytes, BOOL wait,
                                             LPDWORD flags, LPINT error)
{
    struct sock *sock = take(s, error);
    volatile ULONG_PTR *status = &client->Internal;
    BOOL result = FALSE;

    if (sock == NULL)
        return FALSE;
    while (*status == WSS_OPERATION_IN_PROGRESS && wait) {
        HANDLE event = (HANDLE)((ULONG_PTR)client->hEvent & ~(ULONG_PTR)1);
        WaitForSingleObject(event != NULL ? event : (HANDLE)s, 10);
        if (event == NULL)
            Sleep(1);
    }
    if (*status == WSS_OPERATION_IN_PROGRESS) {
        *error = WSA_IO_INCOMPLETE;
    } else {
        *bytes = (DWORD)client->InternalHigh;
        if (flags != NULL)
            *flags = client->Offset;
        result = client->OffsetHigh == 0;
        if (!result)
            *error = (INT)client->OffsetHigh;
    }
    give_back(sock);
    return result;
}

/* ---- Functions that clients ask for by WSPIoctl ---- */

static LPFN_ACCEPTEX next_acceptex;

static BOOL PASCAL lsp_acceptex(SOCKET listener, SOCKET accepting, PVOID output, DWORD length, DWORD local,
                                DWORD remote, LPDWORD received, LPOVERLAPPED client)
{
    INT code = WSAENOTSOCK;
    struct sock *listens = take(listener, &code), *accepts = take(accepting, &code);
    struct operation *it = NULL;

    (void)received;
    if (listens != NULL && accepts != NULL) {
        it = operation_on(listens, client, NULL, NULL, 0);
        code = WSAENOBUFS;
    }
    if (it == NULL) {
        if (listens != NULL)
            give_back(listens);
    } else {
        BOOL pends = next_acceptex(listens->lower, accepts->lower, output, length, local, remote, NULL, &it->over);
        code = pends ? 0 : WSAGetLastError();
        if (begun(it, pends || code == WSA_IO_PENDING) != 0)
            code = WSA_IO_PENDING;
    }
    if (accepts != NULL)
        give_back(accepts);
    WSASetLastError(code);
    return FALSE;
}

static int WSPAPI lsp_ioctl(SOCKET s, DWORD code, LPVOID in, DWORD in_length, LPVOID out, DWORD out_length,
                            LPDWORD returned, LPWSAOVERLAPPED client, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine,
                            LPWSATHREADID thread, LPINT error)
{
    static const GUID acceptex = WSAID_ACCEPTEX, names = WSAID_GETACCEPTEXSOCKADDRS;
    struct sock *sock = take(s, error);
    struct operation *it;
    int result;

    if (sock == NULL)
        return SOCKET_ERROR;
    if (client != NULL && sock->overlapped) {
        it = operation_on(sock, client, routine, thread, 0);
        if (it != NULL)
            return told(it,
                        next.lpWSPIoctl(sock->lower, code, in, in_length, out, out_length, returned, &it->over, NULL,
                                        thread, error),
                        error);
        *error = WSAENOBUFS;
        result = SOCKET_ERROR;
    } else {
        result = next.lpWSPIoctl(sock->lower, code, in, in_length, out, out_length, returned, client, routine, thread,
                                 error);
        if (result == 0 && code == SIO_GET_EXTENSION_FUNCTION_POINTER) {
            if (memcmp(in, &acceptex, sizeof acceptex) == 0) {
                memcpy(&next_acceptex, out, sizeof next_acceptex);
                *(LPFN_ACCEPTEX *)out = lsp_acceptex;
            } else if (memcmp(in, &names, sizeof names) != 0) {
                /* The others would be given handles that the provider below does not know. */
                *error = WSAEOPNOTSUPP;
                result = SOCKET_ERROR;
            }
        }
    }
    give_back(sock);
    return result;
}

/* ---- Entries that make and close sockets ---- */

static SOCKET WSPAPI lsp_socket(int af, int type, int protocol, LPWSAPROTOCOL_INFOW info, GROUP group, DWORD flags,
                                LPINT error)
{
    return present(next.lpWSPSocket(af, type, protocol, info, group, flags, error), info->dwCatalogEntryId,
                   (flags & WSA_FLAG_OVERLAPPED) != 0, error);
}

static SOCKET WSPAPI lsp_accept(SOCKET s, struct sockaddr *address, LPINT length, LPCONDITIONPROC condition,
                                DWORD_PTR data, LPINT error)
{
    SOCKET result;

    PASS(INVALID_SOCKET, present(next.lpWSPAccept(sock->lower, address, length, condition, data, error), sock->entry,
                                 sock->overlapped, error));
    return result;
}

static SOCKET WSPAPI lsp_join_leaf(SOCKET s, const struct sockaddr *name, int length, LPWSABUF caller,
                                   LPWSABUF callee, LPQOS qos, LPQOS group_qos, DWORD flags, LPINT error)
{
    SOCKET result;

    /* The leaf of a datagram socket is the socket itself. */
    PASS(INVALID_SOCKET,
         next.lpWSPJoinLeaf(sock->lower, name, length, caller, callee, qos, group_qos, flags, error) == INVALID_SOCKET
             ? INVALID_SOCKET
             : s);
    return result;
}

static int WSPAPI lsp_close_socket(SOCKET s, LPINT error)
{
    struct sock *sock = take(s, error);
    int result;
    BOOL first;

    if (sock == NULL)
        return SOCKET_ERROR;
    EnterCriticalSection(&lock);
    first = !sock->closed;
    sock->closed = TRUE;
    LeaveCriticalSection(&lock);
    result = next.lpWSPCloseSocket(sock->lower, error);
    if (result == SOCKET_ERROR) {
        /* It may linger, and be closed later. */
        sock->closed = FALSE;
    } else if (first) {
        give_back(sock);
    }
    give_back(sock);
    return result;
}

/* ---- select and events ---- */

/* The lower sockets of a set, behind as large a count as there is. */
static fd_set *lower_set(fd_set *set, LPINT error)
{
    size_t size = offsetof(fd_set, fd_array) + (set->fd_count + 1) * sizeof(SOCKET);
    fd_set *lower = (fd_set *)malloc(size);
    u_int i;

    if (lower == NULL) {
        *error = WSAENOBUFS;
        return NULL;
    }
    lower->fd_count = set->fd_count;
    for (i = 0; i < set->fd_count; i++) {
        struct sock *sock = take(set->fd_array[i], error);
        if (sock == NULL) {
            free(lower);
            return NULL;
        }
        lower->fd_array[i] = sock->lower;
        give_back(sock);
    }
    return lower;
}

/* Leaves in the client's set what is in the lower one: the order is the same. */
static void keep_ready(fd_set *set, const SOCKET *asked, const fd_set *ready)
{
    u_int i, kept = 0, at = 0;

    for (i = 0; i < set->fd_count && at < ready->fd_count; i++)
        if (asked[i] == ready->fd_array[at]) {
            set->fd_array[kept++] = set->fd_array[i];
            at++;
        }
    set->fd_count = kept;
}

static int WSPAPI lsp_select(int count, fd_set *read, fd_set *write, fd_set *except, const struct timeval *timeout,
                             LPINT error)
{
    fd_set *sets[3], *lower[3] = {NULL, NULL, NULL};
    SOCKET *asked[3] = {NULL, NULL, NULL};
    int i, result = 0;

    sets[0] = read;
    sets[1] = write;
    sets[2] = except;
    for (i = 0; i < 3 && result == 0; i++) {
        if (sets[i] == NULL)
            continue;
        lower[i] = lower_set(sets[i], error);
        asked[i] = (SOCKET *)malloc((sets[i]->fd_count + 1) * sizeof(SOCKET));
        if (lower[i] == NULL || asked[i] == NULL)
            result = SOCKET_ERROR;
        else
            memcpy(asked[i], lower[i]->fd_array, sets[i]->fd_count * sizeof(SOCKET));
    }
    if (result == 0)
        result = next.lpWSPSelect(count, lower[0], lower[1], lower[2], timeout, error);
    for (i = 0; i < 3; i++) {
        if (result != SOCKET_ERROR && sets[i] != NULL)
            keep_ready(sets[i], asked[i], lower[i]);
        free(lower[i]);
        free(asked[i]);
    }
    return result;
}

static int WSPAPI lsp_event_select(SOCKET s, WSAEVENT event, LONG events, LPINT error)
{
    int result;

    PASS(SOCKET_ERROR, next.lpWSPEventSelect(sock->lower, event, events, error));
    return result;
}

static int WSPAPI lsp_enum_network_events(SOCKET s, WSAEVENT event, LPWSANETWORKEVENTS events, LPINT error)
{
    int result;

    PASS(SOCKET_ERROR, next.lpWSPEnumNetworkEvents(sock->lower, event, events, error));
    return result;
}

#define WM_BELOW (WM_APP + 1)

static HWND between;

/* Messages about lower sockets come here, and go on to the clients' windows. */
static LRESULT CALLBACK passes_on(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    struct sock *sock;

    if (message != WM_BELOW)
        return DefWindowProcA(window, message, wparam, lparam);
    EnterCriticalSection(&lock);
    for (sock = all; sock != NULL; sock = sock->next)
        if (sock->lower == (SOCKET)wparam && !sock->closed && sock->window != NULL)
            up.lpWPUPostMessage(sock->window, sock->message, (WPARAM)sock->upper, lparam);
    LeaveCriticalSection(&lock);
    return 0;
}

static DWORD WINAPI pump(void *ready)
{
    WNDCLASSA class_of;
    MSG message;

    memset(&class_of, 0, sizeof class_of);
    class_of.lpfnWndProc = passes_on;
    class_of.lpszClassName = "socket_handle_lsp";
    RegisterClassA(&class_of);
    between = CreateWindowExA(0, "socket_handle_lsp", "", 0, 0, 0, 0, 0, HWND_MESSAGE, NULL, NULL, NULL);
    SetEvent((HANDLE)ready);
    while (between != NULL && GetMessageA(&message, NULL, 0, 0) > 0)
        DispatchMessageA(&message);
    return 0;
}

static void start_pump(void)
{
    static LONG pumping;
    HANDLE ready;

    EnterCriticalSection(&lock);
    if (!pumping) {
        pumping = 1;
        ready = CreateEventA(NULL, TRUE, FALSE, NULL);
        CloseHandle(CreateThread(NULL, 0, pump, ready, 0, NULL));
        WaitForSingleObject(ready, INFINITE);
        CloseHandle(ready);
    }
    LeaveCriticalSection(&lock);
}

static int WSPAPI lsp_async_select(SOCKET s, HWND window, unsigned int message, LONG events, LPINT error)
{
    struct sock *sock = take(s, error);
    int result;

    if (sock == NULL)
        return SOCKET_ERROR;
    start_pump();
    EnterCriticalSection(&lock);
    sock->window = window;
    sock->message = message;
    LeaveCriticalSection(&lock);
    result = next.lpWSPAsyncSelect(sock->lower, between, WM_BELOW, events, error);
    give_back(sock);
    return result;
}

/* ---- Entries that are passed on as they are ---- */

static int WSPAPI lsp_bind(SOCKET s, const struct sockaddr *name, int length, LPINT error)
{
    int result;

    PASS(SOCKET_ERROR, next.lpWSPBind(sock->lower, name, length, error));
    return result;
}

static int WSPAPI lsp_connect(SOCKET s, const struct sockaddr *name, int length, LPWSABUF caller, LPWSABUF callee,
                              LPQOS qos, LPQOS group_qos, LPINT error)
{
    int result;

    PASS(SOCKET_ERROR, next.lpWSPConnect(sock->lower, name, length, caller, callee, qos, group_qos, error));
    return result;
}

static int WSPAPI lsp_listen(SOCKET s, int backlog, LPINT error)
{
    int result;

    PASS(SOCKET_ERROR, next.lpWSPListen(sock->lower, backlog, error));
    return result;
}

static int WSPAPI lsp_shutdown(SOCKET s, int how, LPINT error)
{
    int result;

    PASS(SOCKET_ERROR, next.lpWSPShutdown(sock->lower, how, error));
    return result;
}

static int WSPAPI lsp_get_sock_name(SOCKET s, struct sockaddr *name, LPINT length, LPINT error)
{
    int result;

    PASS(SOCKET_ERROR, next.lpWSPGetSockName(sock->lower, name, length, error));
    return result;
}

static int WSPAPI lsp_get_peer_name(SOCKET s, struct sockaddr *name, LPINT length, LPINT error)
{
    int result;

    PASS(SOCKET_ERROR, next.lpWSPGetPeerName(sock->lower, name, length, error));
    return result;
}

static int WSPAPI lsp_get_sock_opt(SOCKET s, int level, int name, char *value, LPINT length, LPINT error)
{
    int result;

    PASS(SOCKET_ERROR, next.lpWSPGetSockOpt(sock->lower, level, name, value, length, error));
    return result;
}

static int WSPAPI lsp_set_sock_opt(SOCKET s, int level, int name, const char *value, int length, LPINT error)
{
    struct sock *listens = NULL;
    SOCKET lower;
    int result;

    if (level == SOL_SOCKET && name == SO_UPDATE_ACCEPT_CONTEXT && length >= (int)sizeof lower) {
        /* The value is a client's handle. */
        memcpy(&lower, value, sizeof lower);
        listens = take(lower, error);
        if (listens == NULL)
            return SOCKET_ERROR;
        lower = listens->lower;
        value = (const char *)&lower;
        give_back(listens);
    }
    PASS(SOCKET_ERROR, next.lpWSPSetSockOpt(sock->lower, level, name, value, length, error));
    return result;
}

static int WSPAPI lsp_duplicate_socket(SOCKET s, DWORD process, LPWSAPROTOCOL_INFOW info, LPINT error)
{
    int result;

    PASS(SOCKET_ERROR, next.lpWSPDuplicateSocket(sock->lower, process, info, error));
    return result;
}

static BOOL WSPAPI lsp_get_qos_by_name(SOCKET s, LPWSABUF name, LPQOS qos, LPINT error)
{
    BOOL result;

    PASS(FALSE, next.lpWSPGetQOSByName(sock->lower, name, qos, error));
    return result;
}

static int WSPAPI lsp_recv_disconnect(SOCKET s, LPWSABUF data, LPINT error)
{
    int result;

    PASS(SOCKET_ERROR, next.lpWSPRecvDisconnect(sock->lower, data, error));
    return result;
}

static int WSPAPI lsp_send_disconnect(SOCKET s, LPWSABUF data, LPINT error)
{
    int result;

    PASS(SOCKET_ERROR, next.lpWSPSendDisconnect(sock->lower, data, error));
    return result;
}

/* ---- Coming and going ---- */

/* Closes what the clients have left, and ends the worker. */
static void stop(void)
{
    struct sock *sock;
    INT error;

    for (;;) {
        EnterCriticalSection(&lock);
        for (sock = all; sock != NULL && sock->closed; sock = sock->next)
            continue;
        if (sock != NULL) {
            sock->closed = TRUE;
            sock->uses++;
        }
        LeaveCriticalSection(&lock);
        if (sock == NULL)
            break;
        next.lpWSPCloseSocket(sock->lower, &error);
        give_back(sock);
        give_back(sock);
    }
    PostQueuedCompletionStatus(port, 0, 0, NULL);
    WaitForSingleObject(worker, INFINITE);
    CloseHandle(worker);
    CloseHandle(port);
    if (getenv("LSP_REPORT") != NULL)
        fprintf(stderr, "handles: %d handles, %d operations, %d routines\n", (int)handles, (int)operations, (int)apcs);
}

static int WSPAPI lsp_cleanup(LPINT error)
{
    BOOL last;

    EnterCriticalSection(&lock);
    last = --started == 0;
    LeaveCriticalSection(&lock);
    if (last)
        stop();
    return next.lpWSPCleanup(error);
}

/* The provider of the last entry in the chain is the one below: this one stands over nothing but a base provider. */
static int start_next(WORD version, LPWSPDATA data, LPWSAPROTOCOL_INFOW info)
{
    DWORD below = info->ProtocolChain.ChainEntries[info->ProtocolChain.ChainLen - 1], size = 0;
    WCHAR path[MAX_PATH], expanded[MAX_PATH];
    INT length = MAX_PATH, error = 0;
    LPWSAPROTOCOL_INFOW list;
    LPWSPSTARTUP startup = NULL;
    int count, i;

    WSCEnumProtocols(NULL, NULL, &size, &error);
    list = (LPWSAPROTOCOL_INFOW)malloc(size);
    if (list == NULL)
        return WSAEPROVIDERFAILEDINIT;
    count = WSCEnumProtocols(NULL, list, &size, &error);
    for (i = 0; i < count; i++)
        if (list[i].dwCatalogEntryId == below &&
            WSCGetProviderPath(&list[i].ProviderId, path, &length, &error) != SOCKET_ERROR &&
            ExpandEnvironmentStringsW(path, expanded, MAX_PATH) != 0) {
            next_module = LoadLibraryW(expanded);
            startup = next_module ? (LPWSPSTARTUP)(void *)GetProcAddress(next_module, "WSPStartup") : NULL;
        }
    free(list);
    return startup ? startup(version, data, info, up, &next) : WSAEPROVIDERFAILEDINIT;
}

int WSPAPI WSPStartup(WORD version, LPWSPDATA data, LPWSAPROTOCOL_INFOW info, WSPUPCALLTABLE table,
                      LPWSPPROC_TABLE procedures)
{
    int result;

    EnterCriticalSection(&lock);
    up = table;
    result = start_next(version, data, info);
    if (result == 0 && started++ == 0) {
        port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1);
        worker = CreateThread(NULL, 0, work, NULL, 0, NULL);
    }
    LeaveCriticalSection(&lock);
    if (result != 0)
        return result;
    *procedures = next;
    procedures->lpWSPAccept = lsp_accept;
    procedures->lpWSPAsyncSelect = lsp_async_select;
    procedures->lpWSPBind = lsp_bind;
    procedures->lpWSPCleanup = lsp_cleanup;
    procedures->lpWSPCloseSocket = lsp_close_socket;
    procedures->lpWSPConnect = lsp_connect;
    procedures->lpWSPDuplicateSocket = lsp_duplicate_socket;
    procedures->lpWSPEnumNetworkEvents = lsp_enum_network_events;
    procedures->lpWSPEventSelect = lsp_event_select;
    procedures->lpWSPGetOverlappedResult = lsp_get_overlapped_result;
    procedures->lpWSPGetPeerName = lsp_get_peer_name;
    procedures->lpWSPGetSockName = lsp_get_sock_name;
    procedures->lpWSPGetSockOpt = lsp_get_sock_opt;
    procedures->lpWSPGetQOSByName = lsp_get_qos_by_name;
    procedures->lpWSPIoctl = lsp_ioctl;
    procedures->lpWSPJoinLeaf = lsp_join_leaf;
    procedures->lpWSPListen = lsp_listen;
    procedures->lpWSPRecv = lsp_recv;
    procedures->lpWSPRecvDisconnect = lsp_recv_disconnect;
    procedures->lpWSPRecvFrom = lsp_recv_from;
    procedures->lpWSPSelect = lsp_select;
    procedures->lpWSPSend = lsp_send;
    procedures->lpWSPSendDisconnect = lsp_send_disconnect;
    procedures->lpWSPSendTo = lsp_send_to;
    procedures->lpWSPSetSockOpt = lsp_set_sock_opt;
    procedures->lpWSPShutdown = lsp_shutdown;
    procedures->lpWSPSocket = lsp_socket;
    return 0;
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
