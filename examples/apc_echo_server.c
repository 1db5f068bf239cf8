/*
 * apc_echo_server.c - an echo server on completion routines.
 *
 *     apc_echo_server [port [connections]]
 *
 * One thread serves all connections: it sleeps alertably, and everything happens in the routines that are called
 * then. The main thread accepts, and hands each connection over as a user APC. The server accepts the given
 * number of connections and waits for their ends.
 */

#define WIN32_LEAN_AND_MEAN

#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <process.h>
#include <stdio.h>
#include <stdlib.h>

#pragma comment(lib, "Ws2_32.lib")

#define BUFFER_SIZE 8192

/* Completion routines do not use hEvent, so it is free to hold the address of the CLIENT. */
typedef struct _CLIENT {
    SOCKET Socket;
    SOCKADDR_IN Address;
    WSAOVERLAPPED Overlapped;
    DWORD Length, Sent;
    CHAR Buffer[BUFFER_SIZE];
} CLIENT, *PCLIENT;

/* The service thread's own, as all its routines run on it. */
static LONG g_Ended = 0;
static ULONGLONG g_Bytes = 0;
static LONG g_InRoutine = 0;

/* Final once the event is set. */
static LONG g_Accepted = 0;
static WSAEVENT g_NoMore;

static void CALLBACK ReceiveDone(DWORD error, DWORD count, LPWSAOVERLAPPED overlapped, DWORD flags);
static void CALLBACK SendDone(DWORD error, DWORD count, LPWSAOVERLAPPED overlapped, DWORD flags);

static void End(PCLIENT client, int error)
{
    char address[INET_ADDRSTRLEN] = "?";

    if (error != NO_ERROR) {
        inet_ntop(AF_INET, &client->Address.sin_addr, address, sizeof(address));
        printf("Connection from %s:%u ended with error %d\n", address, ntohs(client->Address.sin_port), error);
    }
    closesocket(client->Socket);
    HeapFree(GetProcessHeap(), 0, client);
    g_Ended++;
}

static void StartReceive(PCLIENT client)
{
    WSABUF buffer;
    DWORD flags = 0;

    buffer.buf = client->Buffer;
    buffer.len = BUFFER_SIZE;
    if (WSARecv(client->Socket, &buffer, 1, NULL, &flags, &client->Overlapped, ReceiveDone) == SOCKET_ERROR
        && WSAGetLastError() != WSA_IO_PENDING) {
        End(client, WSAGetLastError());
    }
}

static void StartSend(PCLIENT client)
{
    WSABUF buffer;

    buffer.buf = client->Buffer + client->Sent;
    buffer.len = client->Length - client->Sent;
    if (WSASend(client->Socket, &buffer, 1, NULL, 0, &client->Overlapped, SendDone) == SOCKET_ERROR
        && WSAGetLastError() != WSA_IO_PENDING) {
        End(client, WSAGetLastError());
    }
}

/* Neither routine waits alertably, so no other may run inside it. */
static void Enter(void)
{
    if (++g_InRoutine != 1) {
        printf("A routine was called inside another\n");
        ExitProcess(2);
    }
}

static void CALLBACK ReceiveDone(DWORD error, DWORD count, LPWSAOVERLAPPED overlapped, DWORD flags)
{
    PCLIENT client = (PCLIENT)overlapped->hEvent;

    UNREFERENCED_PARAMETER(flags);
    Enter();
    if (error != NO_ERROR || count == 0) {
        End(client, (int)error);
    } else {
        client->Length = count;
        client->Sent = 0;
        StartSend(client);
    }
    g_InRoutine--;
}

static void CALLBACK SendDone(DWORD error, DWORD count, LPWSAOVERLAPPED overlapped, DWORD flags)
{
    PCLIENT client = (PCLIENT)overlapped->hEvent;

    UNREFERENCED_PARAMETER(flags);
    Enter();
    g_Bytes += count;
    client->Sent += count;
    if (error != NO_ERROR) {
        End(client, (int)error);
    } else if (client->Sent < client->Length) {
        StartSend(client);
    } else {
        StartReceive(client);
    }
    g_InRoutine--;
}

/* The user APC: from here on the client is the service thread's. */
static void CALLBACK TakeClient(ULONG_PTR parameter)
{
    PCLIENT client = (PCLIENT)parameter;

    Enter();
    client->Overlapped.hEvent = (WSAEVENT)client;
    StartReceive(client);
    g_InRoutine--;
}

static unsigned __stdcall ServiceThread(void *parameter)
{
    DWORD result;

    UNREFERENCED_PARAMETER(parameter);
    do {
        result = WSAWaitForMultipleEvents(1, &g_NoMore, FALSE, WSA_INFINITE, TRUE);
    } while (result == WSA_WAIT_IO_COMPLETION);
    if (result != WSA_WAIT_EVENT_0) {
        printf("WSAWaitForMultipleEvents failed with error %d\n", WSAGetLastError());
        return 1;
    }

    while (g_Ended < g_Accepted) {
        if (SleepEx(INFINITE, TRUE) != WAIT_IO_COMPLETION) {
            printf("SleepEx ended for no reason\n");
            return 1;
        }
    }
    return 0;
}

static BOOL AcceptOne(SOCKET listenSocket, HANDLE thread)
{
    PCLIENT client = (PCLIENT)HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof(CLIENT));
    int length = sizeof(SOCKADDR_IN);

    if (client == NULL) {
        printf("Out of memory\n");
        return FALSE;
    }
    client->Socket = accept(listenSocket, (SOCKADDR *)&client->Address, &length);
    if (client->Socket == INVALID_SOCKET) {
        printf("accept failed with error %d\n", WSAGetLastError());
        HeapFree(GetProcessHeap(), 0, client);
        return FALSE;
    }
    if (QueueUserAPC(TakeClient, thread, (ULONG_PTR)client) == 0) {
        printf("QueueUserAPC failed with error %lu\n", GetLastError());
        closesocket(client->Socket);
        HeapFree(GetProcessHeap(), 0, client);
        return FALSE;
    }
    g_Accepted++;
    return TRUE;
}

int __cdecl main(int argc, char **argv)
{
    WSADATA wsaData;
    SOCKET listenSocket;
    SOCKADDR_IN address;
    HANDLE thread;
    DWORD exitCode = 1;
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

    g_NoMore = WSACreateEvent();
    if (g_NoMore == WSA_INVALID_EVENT) {
        printf("WSACreateEvent failed with error %d\n", WSAGetLastError());
        WSACleanup();
        return 1;
    }
    thread = (HANDLE)_beginthreadex(NULL, 0, ServiceThread, NULL, 0, NULL);
    if (thread == NULL) {
        printf("_beginthreadex failed\n");
        WSACleanup();
        return 1;
    }
    printf("PORT %u\n", ntohs(address.sin_port));

    while (left > 0 && AcceptOne(listenSocket, thread)) {
        left--;
    }
    closesocket(listenSocket);
    WSASetEvent(g_NoMore);
    WaitForSingleObject(thread, INFINITE);
    GetExitCodeThread(thread, &exitCode);
    printf("SERVED %ld connections, %llu bytes\n", g_Ended, g_Bytes);

    CloseHandle(thread);
    WSACloseEvent(g_NoMore);
    WSACleanup();
    return (left > 0 || exitCode != 0) ? 1 : 0;
}
