/*
 * select_echo_server.c - hundreds of clients on one select: an echo server with all three sets.
 *
 *     select_echo_server [port [connections]]
 *
 * What a client sends is queued, and sent back as fast as the client takes it. Urgent bytes show in the except set;
 * they are not sent back but counted, and a client that sent any is told how many when it has sent its last byte.
 * The server ends when it has served the given number of connections.
 */

#define WIN32_LEAN_AND_MEAN

/* An fd_set is an array of sockets, 64 unless the program says otherwise. */
#define FD_SETSIZE 1024

#include <winsock2.h>
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma comment(lib, "Ws2_32.lib")

#define MAX_CLIENTS (FD_SETSIZE - 1)
#define QUEUE_SIZE 16384

typedef struct _CLIENT {
    SOCKET Socket;
    BOOL Ended; /* It will send no more. */
    BOOL Told;  /* It knows how many urgent bytes there were. */
    DWORD Urgent;
    int Queued;
    CHAR Queue[QUEUE_SIZE];
} CLIENT, *PCLIENT;

static PCLIENT g_Clients[MAX_CLIENTS];
static int g_ClientCount = 0;
static int g_Accepted = 0;

static DWORD g_Served = 0, g_Resets = 0;
static ULONGLONG g_Bytes = 0, g_Urgent = 0;

/* Too large for a stack. */
static fd_set g_ReadSet, g_WriteSet, g_ExceptSet;

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
    closesocket(client->Socket);
    HeapFree(GetProcessHeap(), 0, client);
    g_Clients[index] = g_Clients[--g_ClientCount];
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

/* FD_SET looks first whether the socket is there already. These are not, and there are many. */
static void Append(SOCKET s, fd_set *set)
{
    set->fd_array[set->fd_count++] = s;
}

static void FillSets(SOCKET listenSocket, int connections)
{
    int i;

    FD_ZERO(&g_ReadSet);
    FD_ZERO(&g_WriteSet);
    FD_ZERO(&g_ExceptSet);
    if (g_ClientCount < MAX_CLIENTS && g_Accepted < connections) {
        Append(listenSocket, &g_ReadSet);
    }
    for (i = 0; i < g_ClientCount; i++) {
        PCLIENT client = g_Clients[i];

        if (!client->Ended) {
            Append(client->Socket, &g_ExceptSet);
            if (client->Queued < QUEUE_SIZE) {
                Append(client->Socket, &g_ReadSet);
            }
        }
        if (client->Queued > 0) {
            Append(client->Socket, &g_WriteSet);
        }
    }
}

static BOOL ServeOnce(SOCKET listenSocket, int connections)
{
    int i;

    FillSets(listenSocket, connections);
    /* The first argument is there for compatibility only; Windows ignores it. */
    if (select(0, &g_ReadSet, &g_WriteSet, &g_ExceptSet, NULL) == SOCKET_ERROR) {
        printf("select failed with error %d\n", WSAGetLastError());
        return FALSE;
    }

    /* Downwards, as RemoveClient moves the last one. */
    for (i = g_ClientCount - 1; i >= 0; i--) {
        PCLIENT client = g_Clients[i];
        int error = 0;

        if (FD_ISSET(client->Socket, &g_ExceptSet)) {
            CountUrgent(client);
        }
        if (FD_ISSET(client->Socket, &g_ReadSet)) {
            error = ReceiveSome(client);
        }
        if (error == 0 && FD_ISSET(client->Socket, &g_WriteSet)) {
            error = SendSome(client);
        }
        if (error != 0 || IsFinished(client)) {
            RemoveClient(i, error);
        }
    }
    if (FD_ISSET(listenSocket, &g_ReadSet)) {
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
