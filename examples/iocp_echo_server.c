/*
 * iocp_echo_server.c - an echo server on a completion port.
 *
 *     iocp_echo_server [port [connections [threads]]]
 *
 * Several AcceptEx calls are outstanding at all times; the worker threads take whatever completes. Each
 * connection has two buffers and two OVERLAPPEDs, so that it receives into one buffer while it sends the other,
 * possibly on two threads. Once the given number of connections has come and gone, the server closes what is
 * still open, takes the completions of that, and sends its threads home.
 */

#define WIN32_LEAN_AND_MEAN

#include <winsock2.h>
#include <ws2tcpip.h>
#include <mswsock.h>
#include <windows.h>
#include <process.h>
#include <stdio.h>
#include <stdlib.h>

#pragma comment(lib, "Ws2_32.lib")

#define OUTSTANDING_ACCEPTS 16
#define BUFFER_COUNT 2
#define BUFFER_SIZE 4096
#define ADDRESS_ROOM (sizeof(SOCKADDR_IN) + 16)

/* Keys of the port; every other key is the address of a CONNECTION. */
#define KEY_QUIT ((ULONG_PTR)0)
#define KEY_ACCEPT ((ULONG_PTR)1)

typedef struct _ACCEPT {
    OVERLAPPED Overlapped;
    SOCKET Socket;
    BYTE Addresses[2 * ADDRESS_ROOM];
} ACCEPT, *PACCEPT;

typedef struct _BUFFER {
    DWORD Length;
    DWORD Sent;
    CHAR Data[BUFFER_SIZE];
} BUFFER;

typedef struct _CONNECTION {
    struct _CONNECTION *Next, *Previous;
    CRITICAL_SECTION Lock;
    SOCKET Socket;
    SOCKADDR_IN Remote;
    OVERLAPPED Receiving, Sending;
    BOOL ReceivePending, SendPending;
    BOOL Ended, Failed;
    DWORD Filled, In, Out;
    BUFFER Buffers[BUFFER_COUNT];
} CONNECTION, *PCONNECTION;

static HANDLE g_Port;
static SOCKET g_ListenSocket = INVALID_SOCKET;
static LPFN_ACCEPTEX g_AcceptEx;
static LPFN_GETACCEPTEXSOCKADDRS g_GetAcceptExSockaddrs;
static ACCEPT g_Accepts[OUTSTANDING_ACCEPTS];

/* The lock is for the list, the two below it, and for the listening socket once the threads run. */
static CRITICAL_SECTION g_Lock;
static CONNECTION g_List;
static LONG g_Active = 0;
static BOOL g_Stopping = FALSE;

static LONG g_Wanted = 1;
static volatile LONG g_Served = 0;
static volatile LONG64 g_Bytes = 0;
static HANDLE g_AllServed, g_AllGone;

static void CountServed(void)
{
    if (InterlockedIncrement(&g_Served) == g_Wanted) {
        SetEvent(g_AllServed);
    }
}

/* With g_Lock held: a pending accept or a connection is gone. */
static void CountGone(void)
{
    g_Active--;
    if (g_Active == 0) {
        SetEvent(g_Stopping ? g_AllGone : g_AllServed);
    }
}

/* With the connection's lock held: closing the socket brings whatever still pends to its end. */
static void Fail(PCONNECTION connection, DWORD error)
{
    char address[INET_ADDRSTRLEN] = "?";

    if (connection->Failed) {
        return;
    }
    inet_ntop(AF_INET, &connection->Remote.sin_addr, address, sizeof(address));
    printf("Connection from %s:%u ended with error %lu\n", address, ntohs(connection->Remote.sin_port), error);
    connection->Failed = TRUE;
    closesocket(connection->Socket);
    connection->Socket = INVALID_SOCKET;
}

static void StartReceive(PCONNECTION connection)
{
    BUFFER *buffer = &connection->Buffers[connection->In];
    DWORD flags = 0;
    WSABUF room;

    room.buf = buffer->Data;
    room.len = BUFFER_SIZE;
    ZeroMemory(&connection->Receiving, sizeof(connection->Receiving));
    connection->ReceivePending = TRUE;
    if (WSARecv(connection->Socket, &room, 1, NULL, &flags, &connection->Receiving, NULL) == SOCKET_ERROR
        && WSAGetLastError() != WSA_IO_PENDING) {
        connection->ReceivePending = FALSE;
        Fail(connection, (DWORD)WSAGetLastError());
    }
}

static void StartSend(PCONNECTION connection)
{
    BUFFER *buffer = &connection->Buffers[connection->Out];
    WSABUF rest;

    rest.buf = buffer->Data + buffer->Sent;
    rest.len = buffer->Length - buffer->Sent;
    ZeroMemory(&connection->Sending, sizeof(connection->Sending));
    connection->SendPending = TRUE;
    if (WSASend(connection->Socket, &rest, 1, NULL, 0, &connection->Sending, NULL) == SOCKET_ERROR
        && WSAGetLastError() != WSA_IO_PENDING) {
        connection->SendPending = FALSE;
        Fail(connection, (DWORD)WSAGetLastError());
    }
}

/* With the connection's lock held: starts what can be started. FALSE when nothing pends any more. */
static BOOL Advance(PCONNECTION connection)
{
    if (!connection->ReceivePending && !connection->Ended && !connection->Failed
        && connection->Filled < BUFFER_COUNT) {
        StartReceive(connection);
    }
    if (!connection->SendPending && !connection->Failed && connection->Filled > 0) {
        StartSend(connection);
    }
    return connection->ReceivePending || connection->SendPending;
}

static void Received(PCONNECTION connection, DWORD count)
{
    if (count == 0) {
        connection->Ended = TRUE;
        return;
    }
    connection->Buffers[connection->In].Length = count;
    connection->Buffers[connection->In].Sent = 0;
    connection->In = (connection->In + 1) % BUFFER_COUNT;
    connection->Filled++;
}

static void Sent(PCONNECTION connection, DWORD count)
{
    BUFFER *buffer = &connection->Buffers[connection->Out];

    InterlockedExchangeAdd64(&g_Bytes, count);
    buffer->Sent += count;
    if (buffer->Sent == buffer->Length) {
        connection->Out = (connection->Out + 1) % BUFFER_COUNT;
        connection->Filled--;
    }
}

static PCONNECTION NewConnection(SOCKET s, const SOCKADDR_IN *remote)
{
    PCONNECTION connection = (PCONNECTION)HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof(CONNECTION));

    if (connection == NULL) {
        return NULL;
    }
    connection->Socket = s;
    connection->Remote = *remote;
    if (CreateIoCompletionPort((HANDLE)s, g_Port, (ULONG_PTR)connection, 0) == NULL) {
        printf("CreateIoCompletionPort failed with error %lu\n", GetLastError());
        HeapFree(GetProcessHeap(), 0, connection);
        return NULL;
    }
    InitializeCriticalSection(&connection->Lock);

    EnterCriticalSection(&g_Lock);
    if (g_Stopping) {
        LeaveCriticalSection(&g_Lock);
        DeleteCriticalSection(&connection->Lock);
        HeapFree(GetProcessHeap(), 0, connection);
        return NULL;
    }
    connection->Next = g_List.Next;
    connection->Previous = &g_List;
    g_List.Next->Previous = connection;
    g_List.Next = connection;
    g_Active++;
    LeaveCriticalSection(&g_Lock);
    return connection;
}

static void DeleteConnection(PCONNECTION connection)
{
    BOOL stopping;

    EnterCriticalSection(&g_Lock);
    connection->Next->Previous = connection->Previous;
    connection->Previous->Next = connection->Next;
    stopping = g_Stopping;
    LeaveCriticalSection(&g_Lock);

    if (connection->Socket != INVALID_SOCKET) {
        closesocket(connection->Socket);
    }
    DeleteCriticalSection(&connection->Lock);
    HeapFree(GetProcessHeap(), 0, connection);

    if (!stopping) {
        CountServed();
    }
    EnterCriticalSection(&g_Lock);
    CountGone();
    LeaveCriticalSection(&g_Lock);
}

static void OnTransferred(PCONNECTION connection, LPOVERLAPPED overlapped, DWORD count, DWORD error)
{
    BOOL going;

    EnterCriticalSection(&connection->Lock);
    if (overlapped == &connection->Receiving) {
        connection->ReceivePending = FALSE;
        if (error == NO_ERROR) {
            Received(connection, count);
        }
    } else {
        connection->SendPending = FALSE;
        if (error == NO_ERROR) {
            Sent(connection, count);
        }
    }
    if (error != NO_ERROR) {
        Fail(connection, error);
    }
    going = Advance(connection);
    LeaveCriticalSection(&connection->Lock);

    if (!going) {
        DeleteConnection(connection);
    }
}

static void PostAccept(PACCEPT accepting)
{
    DWORD received = 0;

    EnterCriticalSection(&g_Lock);
    if (!g_Stopping) {
        accepting->Socket = WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, WSA_FLAG_OVERLAPPED);
        ZeroMemory(&accepting->Overlapped, sizeof(accepting->Overlapped));
        if (accepting->Socket == INVALID_SOCKET) {
            printf("WSASocket failed with error %d\n", WSAGetLastError());
        } else if (g_AcceptEx(g_ListenSocket, accepting->Socket, accepting->Addresses, 0, ADDRESS_ROOM,
                              ADDRESS_ROOM, &received, &accepting->Overlapped)
                   || WSAGetLastError() == ERROR_IO_PENDING) {
            g_Active++;
        } else {
            printf("AcceptEx failed with error %d\n", WSAGetLastError());
            closesocket(accepting->Socket);
        }
    }
    LeaveCriticalSection(&g_Lock);
}

static void Welcome(PACCEPT accepting)
{
    SOCKADDR *local = NULL, *remote = NULL;
    int localLength = 0, remoteLength = 0;
    PCONNECTION connection = NULL;
    BOOL going;

    g_GetAcceptExSockaddrs(accepting->Addresses, 0, ADDRESS_ROOM, ADDRESS_ROOM, &local, &localLength, &remote,
                           &remoteLength);
    if (setsockopt(accepting->Socket, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, (const char *)&g_ListenSocket,
                   sizeof(g_ListenSocket)) == SOCKET_ERROR) {
        printf("SO_UPDATE_ACCEPT_CONTEXT failed with error %d\n", WSAGetLastError());
    } else {
        connection = NewConnection(accepting->Socket, (const SOCKADDR_IN *)remote);
    }
    if (connection == NULL) {
        closesocket(accepting->Socket);
        return;
    }

    EnterCriticalSection(&connection->Lock);
    going = Advance(connection);
    LeaveCriticalSection(&connection->Lock);
    if (!going) {
        DeleteConnection(connection);
    }
}

static void OnAccepted(PACCEPT accepting, DWORD error)
{
    if (error == NO_ERROR) {
        Welcome(accepting);
    } else {
        closesocket(accepting->Socket);
        if (error != ERROR_OPERATION_ABORTED) {
            printf("A connection ended before it was accepted, error %lu\n", error);
            CountServed();
        }
    }
    PostAccept(accepting);

    EnterCriticalSection(&g_Lock);
    CountGone();
    LeaveCriticalSection(&g_Lock);
}

static unsigned __stdcall WorkerThread(void *parameter)
{
    UNREFERENCED_PARAMETER(parameter);

    for (;;) {
        DWORD count = 0, error = NO_ERROR;
        ULONG_PTR key = 0;
        LPOVERLAPPED overlapped = NULL;

        if (!GetQueuedCompletionStatus(g_Port, &count, &key, &overlapped, INFINITE)) {
            error = GetLastError();
            if (overlapped == NULL) {
                printf("GetQueuedCompletionStatus failed with error %lu\n", error);
                return 1;
            }
        }
        if (key == KEY_QUIT) {
            return 0;
        } else if (key == KEY_ACCEPT) {
            OnAccepted(CONTAINING_RECORD(overlapped, ACCEPT, Overlapped), error);
        } else {
            OnTransferred((PCONNECTION)key, overlapped, count, error);
        }
    }
}

/* Closes everything, and waits until the threads have taken the completions of that. */
static void CloseAll(void)
{
    PCONNECTION connection;
    BOOL active;

    EnterCriticalSection(&g_Lock);
    g_Stopping = TRUE;
    closesocket(g_ListenSocket);
    for (connection = g_List.Next; connection != &g_List; connection = connection->Next) {
        EnterCriticalSection(&connection->Lock);
        connection->Failed = TRUE;
        if (connection->Socket != INVALID_SOCKET) {
            closesocket(connection->Socket);
            connection->Socket = INVALID_SOCKET;
        }
        LeaveCriticalSection(&connection->Lock);
    }
    active = (g_Active > 0);
    LeaveCriticalSection(&g_Lock);

    if (active) {
        WaitForSingleObject(g_AllGone, INFINITE);
    }
}

static BOOL LoadExtension(GUID id, void *function, DWORD size)
{
    DWORD bytes = 0;

    return WSAIoctl(g_ListenSocket, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof(id), function, size, &bytes,
                    NULL, NULL) != SOCKET_ERROR;
}

static BOOL Listen(u_short port)
{
    GUID acceptEx = WSAID_ACCEPTEX, getAcceptExSockaddrs = WSAID_GETACCEPTEXSOCKADDRS;
    SOCKADDR_IN address;
    int addressLength = sizeof(address);

    g_ListenSocket = WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, WSA_FLAG_OVERLAPPED);
    ZeroMemory(&address, sizeof(address));
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    if (g_ListenSocket == INVALID_SOCKET
        || bind(g_ListenSocket, (SOCKADDR *)&address, sizeof(address)) == SOCKET_ERROR
        || listen(g_ListenSocket, SOMAXCONN) == SOCKET_ERROR
        || getsockname(g_ListenSocket, (SOCKADDR *)&address, &addressLength) == SOCKET_ERROR
        || !LoadExtension(acceptEx, &g_AcceptEx, sizeof(g_AcceptEx))
        || !LoadExtension(getAcceptExSockaddrs, &g_GetAcceptExSockaddrs, sizeof(g_GetAcceptExSockaddrs))) {
        printf("Cannot listen, error %d\n", WSAGetLastError());
        return FALSE;
    }
    if (CreateIoCompletionPort((HANDLE)g_ListenSocket, g_Port, KEY_ACCEPT, 0) == NULL) {
        printf("CreateIoCompletionPort failed with error %lu\n", GetLastError());
        return FALSE;
    }
    printf("PORT %u\n", ntohs(address.sin_port));
    return TRUE;
}

int __cdecl main(int argc, char **argv)
{
    WSADATA wsaData;
    SYSTEM_INFO system;
    HANDLE threads[MAXIMUM_WAIT_OBJECTS];
    DWORD threadCount, started, i;

    setvbuf(stdout, NULL, _IONBF, 0);
    GetSystemInfo(&system);
    threadCount = (argc > 3) ? (DWORD)atoi(argv[3]) : 2 * system.dwNumberOfProcessors;
    g_Wanted = (argc > 2) ? atoi(argv[2]) : 1;
    if (threadCount < 1 || threadCount > MAXIMUM_WAIT_OBJECTS || g_Wanted < 1) {
        printf("usage: %s [port [connections [threads]]], 1 to %d threads\n", argv[0], MAXIMUM_WAIT_OBJECTS);
        return 1;
    }
    if (WSAStartup(MAKEWORD(2, 2), &wsaData) != 0) {
        return 1;
    }

    InitializeCriticalSection(&g_Lock);
    g_List.Next = g_List.Previous = &g_List;
    g_AllServed = CreateEvent(NULL, TRUE, FALSE, NULL);
    g_AllGone = CreateEvent(NULL, TRUE, FALSE, NULL);
    g_Port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
    if (g_AllServed == NULL || g_AllGone == NULL || g_Port == NULL) {
        printf("Cannot begin, error %lu\n", GetLastError());
        WSACleanup();
        return 1;
    }
    if (!Listen((u_short)((argc > 1) ? atoi(argv[1]) : 0))) {
        WSACleanup();
        return 1;
    }

    for (started = 0; started < threadCount; started++) {
        threads[started] = (HANDLE)_beginthreadex(NULL, 0, WorkerThread, NULL, 0, NULL);
        if (threads[started] == NULL) {
            printf("_beginthreadex failed after %lu threads\n", started);
            break;
        }
    }
    if (started > 0) {
        for (i = 0; i < OUTSTANDING_ACCEPTS; i++) {
            PostAccept(&g_Accepts[i]);
        }
        WaitForSingleObject(g_AllServed, INFINITE);
        CloseAll();

        for (i = 0; i < started; i++) {
            PostQueuedCompletionStatus(g_Port, 0, KEY_QUIT, NULL);
        }
        WaitForMultipleObjects(started, threads, TRUE, INFINITE);
        for (i = 0; i < started; i++) {
            CloseHandle(threads[i]);
        }
    }
    printf("SERVED %ld connections, %lld bytes\n", g_Served, (long long)g_Bytes);

    CloseHandle(g_Port);
    CloseHandle(g_AllServed);
    CloseHandle(g_AllGone);
    DeleteCriticalSection(&g_Lock);
    WSACleanup();
    return (g_Served >= g_Wanted) ? 0 : 1;
}
