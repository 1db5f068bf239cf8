/*
 * select_server.c - one thread, many clients: an echo server on select and nonblocking sockets.
 *
 *     select_server [port [clients]]
 *
 * What a client sends is queued and sent back as fast as the client takes it; a client that does not read
 * holds up nobody else. Urgent bytes are watched through exceptfds and answered with a line of their own. The
 * server ends once the given number of clients (one when not told) has come and gone.
 */

#define WIN32_LEAN_AND_MEAN
#define FD_SETSIZE 128

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
    char Queue[QUEUE_SIZE];
    int Queued;
    BOOL Ended;
    DWORD Received;
} CLIENT, *PCLIENT;

static PCLIENT g_Clients[MAX_CLIENTS];
static int g_ClientCount = 0;
static int g_Served = 0;

static void RemoveClient(int index, const char *why)
{
    PCLIENT client = g_Clients[index];

    printf("Client gone after %lu bytes: %s\n", client->Received, why);
    closesocket(client->Socket);
    HeapFree(GetProcessHeap(), 0, client);
    g_Clients[index] = g_Clients[--g_ClientCount];
    g_Served++;
}

static void AcceptClients(SOCKET listenSocket)
{
    while (g_ClientCount < MAX_CLIENTS) {
        PCLIENT client;
        u_long nonBlocking = 1;
        SOCKET s = accept(listenSocket, NULL, NULL);

        if (s == INVALID_SOCKET) {
            if (WSAGetLastError() != WSAEWOULDBLOCK) {
                printf("accept failed with error %d\n", WSAGetLastError());
            }
            return;
        }
        client = (PCLIENT)HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof(CLIENT));
        if (client == NULL || ioctlsocket(s, FIONBIO, &nonBlocking) == SOCKET_ERROR) {
            printf("Client refused, error %d\n", WSAGetLastError());
            closesocket(s);
            continue;
        }
        client->Socket = s;
        g_Clients[g_ClientCount++] = client;
    }
}

/* Both functions return NULL while the client stays, else the reason for its end. */
static const char *ReadFrom(PCLIENT client)
{
    int received = recv(client->Socket, client->Queue + client->Queued, QUEUE_SIZE - client->Queued, 0);

    if (received > 0) {
        client->Queued += received;
        client->Received += (DWORD)received;
    } else if (received == 0) {
        client->Ended = TRUE;
    } else if (WSAGetLastError() == WSAECONNRESET) {
        return "reset";
    } else if (WSAGetLastError() != WSAEWOULDBLOCK) {
        return "receive error";
    }
    return (client->Ended && client->Queued == 0) ? "closed" : NULL;
}

static const char *WriteTo(PCLIENT client)
{
    int sent = send(client->Socket, client->Queue, client->Queued, 0);

    if (sent == SOCKET_ERROR) {
        return (WSAGetLastError() == WSAEWOULDBLOCK) ? NULL : "send error";
    }
    client->Queued -= sent;
    memmove(client->Queue, client->Queue + sent, (size_t)client->Queued);
    return (client->Ended && client->Queued == 0) ? "closed" : NULL;
}

static void ReadUrgent(PCLIENT client)
{
    char urgent;

    if (recv(client->Socket, &urgent, 1, MSG_OOB) == 1) {
        printf("Urgent byte 0x%02X\n", (BYTE)urgent);
        if (client->Queued < QUEUE_SIZE) {
            client->Queue[client->Queued++] = '!';
        }
    } else {
        printf("No urgent byte after all, error %d\n", WSAGetLastError());
    }
}

static BOOL ServeOnce(SOCKET listenSocket)
{
    fd_set readSet, writeSet, exceptSet;
    int i, ready;

    FD_ZERO(&readSet);
    FD_ZERO(&writeSet);
    FD_ZERO(&exceptSet);
    FD_SET(listenSocket, &readSet);
    for (i = 0; i < g_ClientCount; i++) {
        PCLIENT client = g_Clients[i];
        if (!client->Ended && client->Queued < QUEUE_SIZE) {
            FD_SET(client->Socket, &readSet);
        }
        if (client->Queued > 0) {
            FD_SET(client->Socket, &writeSet);
        }
        FD_SET(client->Socket, &exceptSet);
    }

    /* The first argument is there for compatibility only; Windows ignores it. */
    ready = select(0, &readSet, &writeSet, &exceptSet, NULL);
    if (ready == SOCKET_ERROR) {
        printf("select failed with error %d\n", WSAGetLastError());
        return FALSE;
    }

    for (i = g_ClientCount - 1; i >= 0; i--) {
        PCLIENT client = g_Clients[i];
        const char *end = NULL;

        if (FD_ISSET(client->Socket, &exceptSet)) {
            ReadUrgent(client);
        }
        if (FD_ISSET(client->Socket, &readSet)) {
            end = ReadFrom(client);
        }
        if (end == NULL && FD_ISSET(client->Socket, &writeSet)) {
            end = WriteTo(client);
        }
        if (end != NULL) {
            RemoveClient(i, end);
        }
    }
    if (FD_ISSET(listenSocket, &readSet)) {
        AcceptClients(listenSocket);
    }
    return TRUE;
}

int main(int argc, char **argv)
{
    WSADATA wsaData;
    SOCKET listenSocket;
    SOCKADDR_IN address;
    int addressLength = sizeof(address);
    int clients = (argc > 2) ? atoi(argv[2]) : 1;
    u_long nonBlocking = 1;

    setvbuf(stdout, NULL, _IONBF, 0);

    if (WSAStartup(MAKEWORD(2, 2), &wsaData) != 0) {
        return 1;
    }

    listenSocket = WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, WSA_FLAG_OVERLAPPED);
    if (listenSocket == INVALID_SOCKET) {
        printf("WSASocket failed with error %d\n", WSAGetLastError());
        WSACleanup();
        return 1;
    }

    memset(&address, 0, sizeof(address));
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((u_short)((argc > 1) ? atoi(argv[1]) : 0));
    if (bind(listenSocket, (PSOCKADDR)&address, sizeof(address)) == SOCKET_ERROR
        || listen(listenSocket, SOMAXCONN) == SOCKET_ERROR
        || ioctlsocket(listenSocket, FIONBIO, &nonBlocking) == SOCKET_ERROR
        || getsockname(listenSocket, (PSOCKADDR)&address, &addressLength) == SOCKET_ERROR) {
        printf("Cannot listen, error %d\n", WSAGetLastError());
        closesocket(listenSocket);
        WSACleanup();
        return 1;
    }
    printf("Listening on port %u\n", ntohs(address.sin_port));

    while (g_Served < clients && ServeOnce(listenSocket)) {
    }

    printf("%d clients served\n", g_Served);
    while (g_ClientCount > 0) {
        RemoveClient(0, "server ends");
    }
    closesocket(listenSocket);
    WSACleanup();
    return 0;
}
