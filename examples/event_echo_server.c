/*
 * event_echo_server.c - an echo server with an event per connection.
 *
 *     event_echo_server [port [connections]]
 *
 * A thread can wait for 64 events: one says that there is news for the thread, the others belong to the 63
 * connections that it serves. The main thread accepts, gives each connection to a thread that has room, and
 * starts another thread when none has. It accepts the given number of connections and waits for their ends.
 */

#define WIN32_LEAN_AND_MEAN

#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <process.h>
#include <stdio.h>
#include <stdlib.h>

#pragma comment(lib, "Ws2_32.lib")

#define MAX_CLIENTS (WSA_MAXIMUM_WAIT_EVENTS - 1)
#define MAX_SERVICES MAXIMUM_WAIT_OBJECTS
#define BUFFER_SIZE 8192

typedef struct _CLIENT {
    SOCKET Socket;
    SOCKADDR_IN Address;
    WSAOVERLAPPED Overlapped;
    BOOL Sending;
    DWORD Length, Sent;
    CHAR Buffer[BUFFER_SIZE];
} CLIENT, *PCLIENT;

/* Slot 0 of the events is for news; client i waits with event i + 1. The lock is for what the main thread uses. */
typedef struct _SERVICE {
    HANDLE Thread;
    WSAEVENT Events[WSA_MAXIMUM_WAIT_EVENTS];
    PCLIENT Clients[MAX_CLIENTS];
    DWORD ClientCount;
    DWORD Served;
    ULONGLONG Bytes;
    CRITICAL_SECTION Lock;
    PCLIENT Arrived[MAX_CLIENTS];
    DWORD ArrivedCount;
    DWORD Room;
    BOOL NoMore;
} SERVICE, *PSERVICE;

static PSERVICE g_Services[MAX_SERVICES];
static DWORD g_ServiceCount = 0;

static void Complain(PCLIENT client, int error)
{
    char address[INET_ADDRSTRLEN] = "?";

    inet_ntop(AF_INET, &client->Address.sin_addr, address, sizeof(address));
    printf("Connection from %s:%u ended with error %d\n", address, ntohs(client->Address.sin_port), error);
}

/* The event is set when the operation completes, also when it does so at once. */
static BOOL Start(PCLIENT client, BOOL sending)
{
    WSABUF buffer;
    DWORD flags = 0;
    int result;

    client->Sending = sending;
    client->Overlapped.Internal = client->Overlapped.InternalHigh = 0;
    client->Overlapped.Offset = client->Overlapped.OffsetHigh = 0;
    if (sending) {
        buffer.buf = client->Buffer + client->Sent;
        buffer.len = client->Length - client->Sent;
        result = WSASend(client->Socket, &buffer, 1, NULL, 0, &client->Overlapped, NULL);
    } else {
        buffer.buf = client->Buffer;
        buffer.len = BUFFER_SIZE;
        result = WSARecv(client->Socket, &buffer, 1, NULL, &flags, &client->Overlapped, NULL);
    }
    if (result == SOCKET_ERROR && WSAGetLastError() != WSA_IO_PENDING) {
        Complain(client, WSAGetLastError());
        return FALSE;
    }
    return TRUE;
}

/* An operation has completed. FALSE when the connection is at its end. */
static BOOL Continue(PSERVICE service, PCLIENT client)
{
    DWORD count = 0, flags = 0;

    if (!WSAGetOverlappedResult(client->Socket, &client->Overlapped, &count, FALSE, &flags)) {
        Complain(client, WSAGetLastError());
        return FALSE;
    }
    WSAResetEvent(client->Overlapped.hEvent);

    if (!client->Sending) {
        client->Length = count;
        client->Sent = 0;
        return count > 0 && Start(client, TRUE);
    }
    service->Bytes += count;
    client->Sent += count;
    return Start(client, client->Sent < client->Length);
}

static void Remove(PSERVICE service, DWORD index)
{
    PCLIENT client = service->Clients[index];

    closesocket(client->Socket);
    WSACloseEvent(client->Overlapped.hEvent);
    HeapFree(GetProcessHeap(), 0, client);

    service->ClientCount--;
    service->Clients[index] = service->Clients[service->ClientCount];
    service->Events[index + 1] = service->Events[service->ClientCount + 1];
    service->Served++;
    EnterCriticalSection(&service->Lock);
    service->Room++;
    LeaveCriticalSection(&service->Lock);
}

/* Takes the connections that have arrived. FALSE when no more will. */
static BOOL TakeNews(PSERVICE service)
{
    PCLIENT arrived[MAX_CLIENTS];
    DWORD count, i;
    BOOL more;

    WSAResetEvent(service->Events[0]);
    EnterCriticalSection(&service->Lock);
    count = service->ArrivedCount;
    CopyMemory(arrived, service->Arrived, count * sizeof(arrived[0]));
    service->ArrivedCount = 0;
    more = !service->NoMore;
    LeaveCriticalSection(&service->Lock);

    for (i = 0; i < count; i++) {
        service->Clients[service->ClientCount] = arrived[i];
        service->Events[service->ClientCount + 1] = arrived[i]->Overlapped.hEvent;
        service->ClientCount++;
        if (!Start(arrived[i], FALSE)) {
            Remove(service, service->ClientCount - 1);
        }
    }
    return more;
}

static BOOL IsSet(WSAEVENT event)
{
    return WSAWaitForMultipleEvents(1, &event, TRUE, 0, FALSE) == WSA_WAIT_EVENT_0;
}

static unsigned __stdcall ServiceThread(void *parameter)
{
    PSERVICE service = (PSERVICE)parameter;
    BOOL more = TRUE;

    while (more || service->ClientCount > 0) {
        DWORD slot, first, result;

        result = WSAWaitForMultipleEvents(service->ClientCount + 1, service->Events, FALSE, WSA_INFINITE, FALSE);
        if (result == WSA_WAIT_FAILED) {
            printf("WSAWaitForMultipleEvents failed with error %d\n", WSAGetLastError());
            return 1;
        }
        /* The wait tells the first event only; those behind it must not starve. Downwards, as Remove moves. */
        first = result - WSA_WAIT_EVENT_0;
        for (slot = service->ClientCount; slot > 0 && slot >= first; slot--) {
            if (IsSet(service->Events[slot]) && !Continue(service, service->Clients[slot - 1])) {
                Remove(service, slot - 1);
            }
        }
        if (first == 0) {
            more = TakeNews(service);
        }
    }
    return 0;
}

static PSERVICE NewService(void)
{
    PSERVICE service;

    if (g_ServiceCount == MAX_SERVICES) {
        return NULL;
    }
    service = (PSERVICE)HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof(SERVICE));
    if (service == NULL) {
        return NULL;
    }
    InitializeCriticalSection(&service->Lock);
    service->Room = MAX_CLIENTS;
    service->Events[0] = WSACreateEvent();
    if (service->Events[0] != WSA_INVALID_EVENT) {
        service->Thread = (HANDLE)_beginthreadex(NULL, 0, ServiceThread, service, 0, NULL);
    }
    if (service->Thread == NULL) {
        if (service->Events[0] != WSA_INVALID_EVENT) {
            WSACloseEvent(service->Events[0]);
        }
        DeleteCriticalSection(&service->Lock);
        HeapFree(GetProcessHeap(), 0, service);
        return NULL;
    }
    g_Services[g_ServiceCount++] = service;
    return service;
}

static BOOL Offer(PSERVICE service, PCLIENT client)
{
    BOOL taken;

    EnterCriticalSection(&service->Lock);
    taken = (service->Room > 0);
    if (taken) {
        service->Room--;
        service->Arrived[service->ArrivedCount++] = client;
    }
    LeaveCriticalSection(&service->Lock);
    if (taken) {
        WSASetEvent(service->Events[0]);
    }
    return taken;
}

static BOOL GiveToService(PCLIENT client)
{
    PSERVICE service;
    DWORD i;

    for (i = 0; i < g_ServiceCount; i++) {
        if (Offer(g_Services[i], client)) {
            return TRUE;
        }
    }
    service = NewService();
    return service != NULL && Offer(service, client);
}

static BOOL AcceptOne(SOCKET listenSocket)
{
    PCLIENT client = (PCLIENT)HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof(CLIENT));
    int length = sizeof(SOCKADDR_IN);

    if (client == NULL) {
        printf("Out of memory\n");
        return FALSE;
    }
    client->Overlapped.hEvent = WSACreateEvent();
    client->Socket = accept(listenSocket, (SOCKADDR *)&client->Address, &length);
    if (client->Overlapped.hEvent != WSA_INVALID_EVENT && client->Socket != INVALID_SOCKET
        && GiveToService(client)) {
        return TRUE;
    }
    printf("Cannot serve another connection, error %d\n", WSAGetLastError());
    if (client->Socket != INVALID_SOCKET) {
        closesocket(client->Socket);
    }
    if (client->Overlapped.hEvent != WSA_INVALID_EVENT) {
        WSACloseEvent(client->Overlapped.hEvent);
    }
    HeapFree(GetProcessHeap(), 0, client);
    return FALSE;
}

static void EndServices(void)
{
    HANDLE threads[MAX_SERVICES];
    DWORD i, served = 0;
    ULONGLONG bytes = 0;

    for (i = 0; i < g_ServiceCount; i++) {
        threads[i] = g_Services[i]->Thread;
        EnterCriticalSection(&g_Services[i]->Lock);
        g_Services[i]->NoMore = TRUE;
        LeaveCriticalSection(&g_Services[i]->Lock);
        WSASetEvent(g_Services[i]->Events[0]);
    }
    if (g_ServiceCount > 0) {
        WaitForMultipleObjects(g_ServiceCount, threads, TRUE, INFINITE);
    }
    for (i = 0; i < g_ServiceCount; i++) {
        PSERVICE service = g_Services[i];
        served += service->Served;
        bytes += service->Bytes;
        CloseHandle(service->Thread);
        WSACloseEvent(service->Events[0]);
        DeleteCriticalSection(&service->Lock);
        HeapFree(GetProcessHeap(), 0, service);
    }
    printf("SERVED %lu connections, %llu bytes, with %lu threads\n", served, bytes, g_ServiceCount);
}

int __cdecl main(int argc, char **argv)
{
    WSADATA wsaData;
    SOCKET listenSocket;
    SOCKADDR_IN address;
    int addressLength = sizeof(address);
    int left = (argc > 2) ? atoi(argv[2]) : 1;

    setvbuf(stdout, NULL, _IONBF, 0);
    if (WSAStartup(MAKEWORD(2, 2), &wsaData) != 0) {
        return 1;
    }

    listenSocket = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    ZeroMemory(&address, sizeof(address));
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((u_short)((argc > 1) ? atoi(argv[1]) : 0));
    if (listenSocket == INVALID_SOCKET
        || bind(listenSocket, (SOCKADDR *)&address, sizeof(address)) == SOCKET_ERROR
        || listen(listenSocket, SOMAXCONN) == SOCKET_ERROR
        || getsockname(listenSocket, (SOCKADDR *)&address, &addressLength) == SOCKET_ERROR) {
        printf("Cannot listen, error %d\n", WSAGetLastError());
        WSACleanup();
        return 1;
    }
    printf("PORT %u\n", ntohs(address.sin_port));

    while (left > 0 && AcceptOne(listenSocket)) {
        left--;
    }
    closesocket(listenSocket);
    EndServices();

    WSACleanup();
    return (left > 0) ? 1 : 0;
}
