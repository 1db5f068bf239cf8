/*
 * event_select_server.c - network events: an echo server that is told what happens on each of its sockets.
 *
 *     event_select_server [port [connections]]
 *
 * A thread can wait for 64 events: one says that there is news for the thread, the others belong to the 63
 * connections that it serves. The main thread waits for FD_ACCEPT, gives each connection to a thread that has room,
 * and starts another thread when none has. What a client sends comes back to it but for its urgent bytes: these are
 * counted, and a client that sent any is told how many when it has sent its last byte. The server ends when it has
 * served the given number of connections.
 */

#define WIN32_LEAN_AND_MEAN

#include <winsock2.h>
#include <windows.h>
#include <process.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma comment(lib, "Ws2_32.lib")

#define MAX_CLIENTS (WSA_MAXIMUM_WAIT_EVENTS - 1)
#define MAX_SERVICES MAXIMUM_WAIT_OBJECTS
#define QUEUE_SIZE 16384

/*
 * An event tells of a change once, and again only after the call that it asks for has been made. So it is kept in
 * mind that a socket can be read, or written, until a call says that it would block.
 */
typedef struct _CLIENT {
    SOCKET Socket;
    WSAEVENT Event;
    BOOL Readable, Writable;
    BOOL Ended; /* It will send no more, and all that it sent is here. */
    BOOL Told;  /* It knows how many urgent bytes there were. */
    DWORD Urgent;
    int Queued;
    CHAR Queue[QUEUE_SIZE];
} CLIENT, *PCLIENT;

/* Slot 0 of the events is for news; client i waits with event i + 1. The lock is for what the main thread uses. */
typedef struct _SERVICE {
    HANDLE Thread;
    WSAEVENT Events[WSA_MAXIMUM_WAIT_EVENTS];
    PCLIENT Clients[MAX_CLIENTS];
    DWORD ClientCount;
    DWORD Served, Resets;
    ULONGLONG Bytes, Urgent;
    CRITICAL_SECTION Lock;
    SOCKET Arrived[MAX_CLIENTS];
    DWORD ArrivedCount;
    DWORD Room;
    BOOL NoMore;
} SERVICE, *PSERVICE;

static PSERVICE g_Services[MAX_SERVICES];
static DWORD g_ServiceCount = 0;

static void CountUrgent(PSERVICE service, PCLIENT client)
{
    CHAR urgent;

    while (recv(client->Socket, &urgent, 1, MSG_OOB) == 1) {
        client->Urgent++;
        service->Urgent++;
    }
}

/* Both functions return 0 while all is well, else the error that ends the connection. */
static int ReceiveSome(PSERVICE service, PCLIENT client)
{
    int count = recv(client->Socket, client->Queue + client->Queued, QUEUE_SIZE - client->Queued, 0);

    if (count == SOCKET_ERROR) {
        client->Readable = FALSE;
        return (WSAGetLastError() == WSAEWOULDBLOCK) ? 0 : WSAGetLastError();
    }
    if (count == 0) {
        client->Ended = TRUE;
        CountUrgent(service, client); /* Those that came just before the end. */
    }
    client->Queued += count;
    service->Bytes += (ULONGLONG)count;
    return 0;
}

static int SendSome(PCLIENT client)
{
    int count = send(client->Socket, client->Queue, client->Queued, 0);

    if (count == SOCKET_ERROR) {
        client->Writable = FALSE;
        return (WSAGetLastError() == WSAEWOULDBLOCK) ? 0 : WSAGetLastError();
    }
    client->Queued -= count;
    MoveMemory(client->Queue, client->Queue + count, (size_t)client->Queued);
    return 0;
}

/* TRUE when the client has got everything that it is to get. */
static BOOL IsFinished(PCLIENT client)
{
    if (!client->Ended || client->Queued > 0) {
        return FALSE;
    }
    if (client->Urgent == 0 || client->Told) {
        return TRUE;
    }
    client->Queued = sprintf(client->Queue, "%lu urgent\n", client->Urgent);
    client->Told = TRUE;
    return FALSE;
}

static BOOL CanRead(PCLIENT client)
{
    return client->Readable && !client->Ended && client->Queued < QUEUE_SIZE;
}

static BOOL CanWrite(PCLIENT client)
{
    return client->Writable && client->Queued > 0;
}

static void GiveBackRoom(PSERVICE service)
{
    service->Served++;
    EnterCriticalSection(&service->Lock);
    service->Room++;
    LeaveCriticalSection(&service->Lock);
}

static void Remove(PSERVICE service, DWORD index, int error)
{
    PCLIENT client = service->Clients[index];

    if (error == WSAECONNRESET || error == WSAECONNABORTED) {
        service->Resets++;
    } else if (error != 0) {
        printf("A connection ended with error %d\n", error);
    } else {
        shutdown(client->Socket, SD_SEND);
    }
    closesocket(client->Socket);
    WSACloseEvent(client->Event);
    HeapFree(GetProcessHeap(), 0, client);

    service->ClientCount--;
    service->Clients[index] = service->Clients[service->ClientCount];
    service->Events[index + 1] = service->Events[service->ClientCount + 1];
    GiveBackRoom(service);
}

/* Learns what has happened on a socket, which resets its event, and does what can be done by now. */
static void Serve(PSERVICE service, DWORD index)
{
    PCLIENT client = service->Clients[index];
    WSANETWORKEVENTS happened;
    int error = 0;

    if (WSAEnumNetworkEvents(client->Socket, client->Event, &happened) == SOCKET_ERROR) {
        Remove(service, index, WSAGetLastError());
        return;
    }
    if (happened.lNetworkEvents & FD_OOB) {
        CountUrgent(service, client);
    }
    if (happened.lNetworkEvents & FD_WRITE) {
        client->Writable = TRUE;
    }
    if (happened.lNetworkEvents & FD_READ) {
        client->Readable = TRUE;
    }
    if (happened.lNetworkEvents & FD_CLOSE) {
        /* Bytes may be left that came before the end; there will be no FD_READ for the end itself. */
        client->Readable = TRUE;
        error = happened.iErrorCode[FD_CLOSE_BIT];
    }
    while (error == 0 && !IsFinished(client) && (CanRead(client) || CanWrite(client))) {
        if (CanRead(client)) {
            error = ReceiveSome(service, client);
        }
        if (error == 0 && CanWrite(client)) {
            error = SendSome(client);
        }
    }
    if (error != 0 || IsFinished(client)) {
        Remove(service, index, error);
    }
}

/* TRUE when the connection has become one of those that the thread waits for. */
static BOOL Take(PSERVICE service, SOCKET s)
{
    PCLIENT client = (PCLIENT)HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof(CLIENT));

    if (client == NULL) {
        return FALSE;
    }
    client->Socket = s;
    client->Event = WSACreateEvent();
    /* An accepted socket comes with the event of the listening one. This also makes it nonblocking. */
    if (client->Event == WSA_INVALID_EVENT
        || WSAEventSelect(s, client->Event, FD_READ | FD_WRITE | FD_OOB | FD_CLOSE) == SOCKET_ERROR) {
        if (client->Event != WSA_INVALID_EVENT) {
            WSACloseEvent(client->Event);
        }
        HeapFree(GetProcessHeap(), 0, client);
        return FALSE;
    }
    service->Clients[service->ClientCount] = client;
    service->Events[service->ClientCount + 1] = client->Event;
    service->ClientCount++;
    return TRUE;
}

/* Takes the connections that have arrived. FALSE when no more will. */
static BOOL TakeNews(PSERVICE service)
{
    SOCKET arrived[MAX_CLIENTS];
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
        if (!Take(service, arrived[i])) {
            printf("Cannot serve a connection, error %d\n", WSAGetLastError());
            closesocket(arrived[i]);
            GiveBackRoom(service);
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
            if (IsSet(service->Events[slot])) {
                Serve(service, slot - 1);
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

static BOOL Offer(PSERVICE service, SOCKET s)
{
    BOOL taken;

    EnterCriticalSection(&service->Lock);
    taken = (service->Room > 0);
    if (taken) {
        service->Room--;
        service->Arrived[service->ArrivedCount++] = s;
    }
    LeaveCriticalSection(&service->Lock);
    if (taken) {
        WSASetEvent(service->Events[0]);
    }
    return taken;
}

static BOOL GiveToService(SOCKET s)
{
    PSERVICE service;
    DWORD i;

    for (i = 0; i < g_ServiceCount; i++) {
        if (Offer(g_Services[i], s)) {
            return TRUE;
        }
    }
    service = NewService();
    return service != NULL && Offer(service, s);
}

/* Accepts up to that many connections, all that are waiting. Returns how many, or -1. */
static int AcceptWaiting(SOCKET listenSocket, int most)
{
    int count = 0;

    while (count < most) {
        SOCKET s = accept(listenSocket, NULL, NULL);

        if (s == INVALID_SOCKET) {
            return (WSAGetLastError() == WSAEWOULDBLOCK) ? count : -1;
        }
        if (!GiveToService(s)) {
            closesocket(s);
            return -1;
        }
        count++;
    }
    return count;
}

/* FALSE when something keeps the server from accepting that many connections. */
static BOOL AcceptAll(SOCKET listenSocket, int connections)
{
    WSAEVENT event = WSACreateEvent();
    BOOL well = (event != WSA_INVALID_EVENT && WSAEventSelect(listenSocket, event, FD_ACCEPT) != SOCKET_ERROR);

    while (well && connections > 0) {
        WSANETWORKEVENTS happened;
        int accepted = 0;

        well = (WSAWaitForMultipleEvents(1, &event, TRUE, WSA_INFINITE, FALSE) == WSA_WAIT_EVENT_0
                && WSAEnumNetworkEvents(listenSocket, event, &happened) != SOCKET_ERROR);
        if (well && (happened.lNetworkEvents & FD_ACCEPT)) {
            accepted = (happened.iErrorCode[FD_ACCEPT_BIT] == 0) ? AcceptWaiting(listenSocket, connections) : -1;
        }
        if (accepted < 0) {
            well = FALSE;
        } else {
            connections -= accepted;
        }
    }
    if (!well) {
        printf("Cannot serve another connection, error %d\n", WSAGetLastError());
    }
    /* Nobody waits for it any more: the accepted sockets get events of their own. */
    WSAEventSelect(listenSocket, NULL, 0);
    if (event != WSA_INVALID_EVENT) {
        WSACloseEvent(event);
    }
    return well;
}

static void EndServices(void)
{
    HANDLE threads[MAX_SERVICES];
    DWORD i, served = 0, resets = 0;
    ULONGLONG bytes = 0, urgent = 0;

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
        resets += service->Resets;
        bytes += service->Bytes;
        urgent += service->Urgent;
        CloseHandle(service->Thread);
        WSACloseEvent(service->Events[0]);
        DeleteCriticalSection(&service->Lock);
        HeapFree(GetProcessHeap(), 0, service);
    }
    printf("SERVED %lu connections, %llu bytes, %llu urgent, %lu resets\n", served, bytes, urgent, resets);
}

int __cdecl main(int argc, char **argv)
{
    WSADATA wsaData;
    SOCKET listenSocket;
    SOCKADDR_IN address;
    int addressLength = sizeof(address);
    int connections = (argc > 2) ? atoi(argv[2]) : 1;
    BOOL well;

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

    well = AcceptAll(listenSocket, connections);
    closesocket(listenSocket);
    EndServices();

    WSACleanup();
    return well ? 0 : 1;
}
