/*
 * thread_server.c - a TCP server with one thread per client.
 *
 *     thread_server [port]
 *
 * Each client sends numbers, one per line, and is told the running total of all clients after each. The line
 * "stop" ends the server: the thread that reads it closes the listening socket, which brings the main thread
 * out of accept, and the main thread closes the sockets of the clients that remain, which brings their threads
 * out of recv.
 */

#define WIN32_LEAN_AND_MEAN

#include <windows.h>
#include <winsock2.h>
#include <ws2tcpip.h>
#include <process.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma comment(lib, "Ws2_32.lib")

#define MAX_CLIENTS MAXIMUM_WAIT_OBJECTS

typedef struct {
    SOCKET Socket;
    HANDLE Thread;
} CLIENT;

static CRITICAL_SECTION g_Lock;
static CLIENT g_Clients[MAX_CLIENTS];
static DWORD g_ClientCount = 0;
static LONGLONG g_Total = 0;
static volatile LONG g_Lines = 0;
static volatile LONG g_Ended = 0;
static volatile LONG g_Stopping = FALSE;
static SOCKET g_ListenSocket = INVALID_SOCKET;

static void Stop(void)
{
    if (InterlockedExchange(&g_Stopping, TRUE) == FALSE) {
        closesocket(g_ListenSocket);
    }
}

static BOOL HandleLine(SOCKET s, const char *line)
{
    char answer[64];
    LONGLONG total;

    if (strcmp(line, "stop") == 0) {
        Stop();
        return FALSE;
    }

    EnterCriticalSection(&g_Lock);
    g_Total += atoi(line);
    total = g_Total;
    LeaveCriticalSection(&g_Lock);

    InterlockedIncrement(&g_Lines);
    sprintf(answer, "total %lld\r\n", total);
    return send(s, answer, lstrlenA(answer), 0) != SOCKET_ERROR;
}

/* Takes the socket out of the table; whoever takes it out closes it. */
static SOCKET TakeSocket(CLIENT *client)
{
    SOCKET s;

    EnterCriticalSection(&g_Lock);
    s = client->Socket;
    client->Socket = INVALID_SOCKET;
    LeaveCriticalSection(&g_Lock);
    return s;
}

static unsigned __stdcall ClientThread(void *parameter)
{
    CLIENT *client = (CLIENT *)parameter;
    SOCKET s = client->Socket;
    char line[256];
    int length = 0;
    unsigned lines = 0;
    BOOL going = TRUE;

    while (going) {
        char byte;
        int received = recv(s, &byte, 1, 0);

        if (received == SOCKET_ERROR) {
            printf("Thread %lu: recv ended with error %d\n", GetCurrentThreadId(), WSAGetLastError());
            break;
        }
        if (received == 0) {
            break;
        }
        if (byte == '\n') {
            line[length] = '\0';
            length = 0;
            lines++;
            going = HandleLine(s, line);
        } else if (byte != '\r' && length < (int)sizeof(line) - 1) {
            line[length++] = byte;
        }
    }

    s = TakeSocket(client);
    if (s != INVALID_SOCKET) {
        closesocket(s);
    }
    InterlockedIncrement(&g_Ended);
    return lines;
}

static void AcceptUntilStopped(void)
{
    while (g_ClientCount < MAX_CLIENTS) {
        CLIENT *client = &g_Clients[g_ClientCount];
        unsigned threadId;

        client->Socket = accept(g_ListenSocket, NULL, NULL);
        if (client->Socket == INVALID_SOCKET) {
            printf("accept ended with error %d\n", WSAGetLastError());
            return;
        }
        client->Thread = (HANDLE)_beginthreadex(NULL, 0, ClientThread, client, 0, &threadId);
        if (client->Thread == NULL) {
            printf("_beginthreadex failed\n");
            closesocket(client->Socket);
            return;
        }
        g_ClientCount++;
    }
}

static DWORD JoinClients(void)
{
    HANDLE threads[MAX_CLIENTS];
    DWORD i, lines = 0;

    for (i = 0; i < g_ClientCount; i++) {
        SOCKET s = TakeSocket(&g_Clients[i]);
        if (s != INVALID_SOCKET) {
            closesocket(s);
        }
        threads[i] = g_Clients[i].Thread;
    }
    if (g_ClientCount > 0 && WaitForMultipleObjects(g_ClientCount, threads, TRUE, 10000) == WAIT_TIMEOUT) {
        printf("Some threads do not end\n");
        ExitProcess(2);
    }
    for (i = 0; i < g_ClientCount; i++) {
        DWORD exitCode = 0;
        GetExitCodeThread(threads[i], &exitCode);
        lines += exitCode;
        CloseHandle(threads[i]);
    }
    return lines;
}

int __cdecl main(int argc, char **argv)
{
    WSADATA wsaData;
    SOCKADDR_IN address;
    int addressLength = sizeof(address);
    DWORD lines;

    setvbuf(stdout, NULL, _IONBF, 0);
    InitializeCriticalSection(&g_Lock);

    if (WSAStartup(MAKEWORD(2, 2), &wsaData) != 0) {
        return 1;
    }

    g_ListenSocket = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    ZeroMemory(&address, sizeof(address));
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((u_short)((argc > 1) ? atoi(argv[1]) : 0));
    if (g_ListenSocket == INVALID_SOCKET
        || bind(g_ListenSocket, (struct sockaddr *)&address, sizeof(address)) == SOCKET_ERROR
        || listen(g_ListenSocket, 16) == SOCKET_ERROR
        || getsockname(g_ListenSocket, (struct sockaddr *)&address, &addressLength) == SOCKET_ERROR) {
        printf("Cannot listen, error %d\n", WSAGetLastError());
        return 1;
    }
    printf("Listening on port %u\n", ntohs(address.sin_port));

    AcceptUntilStopped();
    Stop();
    lines = JoinClients();

    printf("%lu clients, %ld threads ended, %lu lines, %ld numbers, total %lld\n",
           g_ClientCount, g_Ended, lines, g_Lines, g_Total);

    WSACleanup();
    DeleteCriticalSection(&g_Lock);
    return 0;
}
