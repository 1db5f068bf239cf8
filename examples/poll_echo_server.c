/*
 * poll_echo_server.c - hundreds of clients on one WSAPoll: an echo server with a queue for each.
 *
 *     poll_echo_server [port [connections]]
 *
 * What a client sends is queued, and sent back as fast as the client takes it. Urgent bytes poll as POLLRDBAND; they
 * are not sent back but counted, and a client that sent any is told how many when it has sent its last byte. The
 * server ends when it has served the given number of connections.
 */

#define WIN32_LEAN_AND_MEAN

#include <winsock2.h>
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma comment(lib, "Ws2_32.lib")

#define MAX_CLIENTS 2000
#define QUEUE_SIZE 16384

/* How often, in milliseconds, to look after the clients that cannot be polled any more. */
#define LOOK_AFTER 10

typedef struct _CLIENT {
    SOCKET Socket;
    BOOL HungUp; /* Its POLLHUP has been seen. */
    BOOL Ended;  /* It will send no more, and all that it sent is here. */
    BOOL Told;   /* It knows how many urgent bytes there were. */
    DWORD Urgent;
    int Queued;
    CHAR Queue[QUEUE_SIZE];
} CLIENT, *PCLIENT;

/* The listening socket has entry 0; client i has entry i + 1. */
static WSAPOLLFD g_Entries[MAX_CLIENTS + 1];
static PCLIENT g_Clients[MAX_CLIENTS];
static int g_ClientCount = 0;
static int g_HungUpCount = 0;
static int g_Accepted = 0;

static DWORD g_Served = 0, g_Resets = 0;
static ULONGLONG g_Bytes = 0, g_Urgent = 0;

static void RemoveClient(int index, int error)
{
    PCLIENT client = g_Clients[index];

    if (error == WSAECONNRESET || error == WSAECONNABORTED) {
        g_Resets++;
    } else if (error != 0) {
        printf("A connection ended with error %d\n", error);
    } else {
        shutdown(client->Socket, SD_SEND);
    }
    if (client->HungUp) {
        g_HungUpCount--;
    }
    closesocket(client->Socket);
    HeapFree(GetProcessHeap(), 0, client);
    g_ClientCount--;
    g_Clients[index] = g_Clients[g_ClientCount];
    g_Entries[index + 1] = g_Entries[g_ClientCount + 1];
    g_Served++;
}

static void CountUrgent(PCLIENT client)
{
    CHAR urgent;

    while (recv(client->Socket, &urgent, 1, MSG_OOB) == 1) {
        client->Urgent++;
        g_Urgent++;
    }
}

/* Both functions return 0 while all is well, else the error that ends the connection. */
static int ReceiveSome(PCLIENT client)
{
    int count = recv(client->Socket, client->Queue + client->Queued, QUEUE_SIZE - client->Queued, 0);

    if (count == SOCKET_ERROR) {
        return (WSAGetLastError() == WSAEWOULDBLOCK) ? 0 : WSAGetLastError();
    }
    if (count == 0) {
        client->Ended = TRUE;
        CountUrgent(client); /* Those that came just before the end. */
    }
    client->Queued += count;
    g_Bytes += (ULONGLONG)count;
    return 0;
}

static int SendSome(PCLIENT client)
{
    int count = send(client->Socket, client->Queue, client->Queued, 0);

    if (count == SOCKET_ERROR) {
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

/*
 * POLLHUP comes as soon as the client has shut down its side, with its last bytes unread or not, and keeps coming
 * though nobody asked for it: a wait that includes this client does not wait. So the client is polled no more.
 */
static void NoteHangUp(PCLIENT client)
{
    if (!client->HungUp) {
        client->HungUp = TRUE;
        g_HungUpCount++;
    }
}

/* Does for a client that is not polled whatever can be done by now. */
static int LookAfter(PCLIENT client)
{
    int error = 0, queued;

    CountUrgent(client);
    do {
        if (!client->Ended && client->Queued < QUEUE_SIZE) {
            error = ReceiveSome(client);
        }
        queued = client->Queued;
        if (error == 0 && queued > 0) {
            error = SendSome(client);
        }
    } while (error == 0 && queued > 0 && client->Queued == 0);
    return error;
}

static void AcceptClients(SOCKET listenSocket, int connections)
{
    while (g_ClientCount < MAX_CLIENTS && g_Accepted < connections) {
        PCLIENT client;
        u_long nonBlocking = 1;
        SOCKET s = accept(listenSocket, NULL, NULL);

        if (s == INVALID_SOCKET) {
            if (WSAGetLastError() != WSAEWOULDBLOCK) {
                printf("accept failed with error %d\n", WSAGetLastError());
            }
            return;
        }
        g_Accepted++;
        client = (PCLIENT)HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof(CLIENT));
        if (client == NULL || ioctlsocket(s, FIONBIO, &nonBlocking) == SOCKET_ERROR) {
            printf("Connection refused, error %d\n", WSAGetLastError());
            if (client != NULL) {
                HeapFree(GetProcessHeap(), 0, client);
            }
            closesocket(s);
            g_Served++;
            continue;
        }
        client->Socket = s;
        g_Clients[g_ClientCount++] = client;
    }
}

static void FillEntries(SOCKET listenSocket, int connections)
{
    int i;

    g_Entries[0].fd = listenSocket;
    g_Entries[0].events = (g_ClientCount < MAX_CLIENTS && g_Accepted < connections) ? POLLRDNORM : 0;
    for (i = 0; i < g_ClientCount; i++) {
        PCLIENT client = g_Clients[i];
        LPWSAPOLLFD entry = &g_Entries[i + 1];

        /* WSAPoll passes over an entry without a socket; it says POLLNVAL there, and does not count it. */
        entry->fd = client->HungUp ? INVALID_SOCKET : client->Socket;
        entry->events = POLLRDBAND;
        if (client->Queued < QUEUE_SIZE) {
            entry->events |= POLLRDNORM;
        }
        if (client->Queued > 0) {
            entry->events |= POLLWRNORM;
        }
    }
}

static int ServeClient(PCLIENT client, SHORT ready)
{
    int error = 0;

    if (ready & POLLRDBAND) {
        CountUrgent(client);
    }
    if (ready & POLLRDNORM) {
        error = ReceiveSome(client);
    }
    if (error == 0 && (ready & POLLWRNORM)) {
        error = SendSome(client);
    }
    if (error == 0 && (ready & (POLLHUP | POLLERR))) {
        NoteHangUp(client);
        error = LookAfter(client);
    }
    return error;
}

static BOOL ServeOnce(SOCKET listenSocket, int connections)
{
    int i;

    FillEntries(listenSocket, connections);
    if (WSAPoll(g_Entries, (ULONG)g_ClientCount + 1, (g_HungUpCount > 0) ? LOOK_AFTER : -1) == SOCKET_ERROR) {
        printf("WSAPoll failed with error %d\n", WSAGetLastError());
        return FALSE;
    }

    /* Downwards, as RemoveClient moves the last one. */
    for (i = g_ClientCount - 1; i >= 0; i--) {
        PCLIENT client = g_Clients[i];
        int error = client->HungUp ? LookAfter(client) : ServeClient(client, g_Entries[i + 1].revents);

        if (error != 0 || IsFinished(client)) {
            RemoveClient(i, error);
        }
    }
    if (g_Entries[0].revents & POLLRDNORM) {
        AcceptClients(listenSocket, connections);
    }
    return TRUE;
}

int __cdecl main(int argc, char **argv)
{
    WSADATA wsaData;
    SOCKET listenSocket;
    SOCKADDR_IN address;
    int addressLength = sizeof(address);
    int connections = (argc > 2) ? atoi(argv[2]) : 1;
    u_long nonBlocking = 1;

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
        || ioctlsocket(listenSocket, FIONBIO, &nonBlocking) == SOCKET_ERROR
        || getsockname(listenSocket, (SOCKADDR *)&address, &addressLength) == SOCKET_ERROR) {
        printf("Cannot listen, error %d\n", WSAGetLastError());
        WSACleanup();
        return 1;
    }
    printf("PORT %u\n", ntohs(address.sin_port));

    while (g_Served < (DWORD)connections && ServeOnce(listenSocket, connections)) {
    }

    printf("SERVED %lu connections, %llu bytes, %llu urgent, %lu resets\n", g_Served, g_Bytes, g_Urgent, g_Resets);
    closesocket(listenSocket);
    WSACleanup();
    return (g_Served < (DWORD)connections) ? 1 : 0;
}
