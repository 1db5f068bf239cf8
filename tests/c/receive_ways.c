/*
 * receive_ways.c - receives a stream in one of the ways that Windows has, and tells of each receive.
 *
 *     receive_ways way
 *
 * The ways: blocking, all (MSG_WAITALL), peek (looks before it takes), timeout (SO_RCVTIMEO of 20 ms), nonblocking,
 * select (WSAEventSelect), event, port, routine. It accepts one connection, waits for a line on standard input and
 * receives to the end; after two failures in a row it tries to send, and gives up.
 */

#define WIN32_LEAN_AND_MEAN

#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <stdio.h>
#include <string.h>

#pragma comment(lib, "Ws2_32.lib")

#define TIMEOUT_MS 20
#define ENDED (-1)
#define BROKEN (-2)

static CHAR g_Buffer[64];
static WSAEVENT g_Event;
static HANDLE g_Port;
static DWORD g_RoutineError, g_RoutineBytes;
static BOOL g_RoutineRan;

static void WaitForLine(void)
{
    char line[16];

    if (fgets(line, sizeof line, stdin) == NULL) {
        printf("NO LINE\n");
    }
}

static int Tell(int received, int error)
{
    if (error != 0) {
        printf("ERROR %d\n", error);
    } else {
        printf("RECEIVED %d %.*s\n", received, received, g_Buffer);
    }
    fflush(stdout);
    if (error != 0) {
        return BROKEN;
    }
    return received == 0 ? ENDED : received;
}

static int TellOfCall(int received)
{
    return Tell(received, received == SOCKET_ERROR ? WSAGetLastError() : 0);
}

static int ReceiveByCall(SOCKET s, int flags)
{
    return TellOfCall(recv(s, g_Buffer, sizeof g_Buffer, flags));
}

static int ReceivePeeking(SOCKET s)
{
    int seen = recv(s, g_Buffer, sizeof g_Buffer, MSG_PEEK);

    printf("SEEN %d\n", seen);
    return ReceiveByCall(s, 0);
}

static int ReceiveNonblocking(SOCKET s)
{
    for (;;) {
        fd_set readable;
        int received = recv(s, g_Buffer, sizeof g_Buffer, 0);

        if (received != SOCKET_ERROR || WSAGetLastError() != WSAEWOULDBLOCK) {
            return TellOfCall(received);
        }
        printf("WOULDBLOCK\n");
        Sleep(5);
        FD_ZERO(&readable);
        FD_SET(s, &readable);
        select(0, &readable, NULL, NULL, NULL);
    }
}

static int ReceiveSelected(SOCKET s)
{
    for (;;) {
        WSANETWORKEVENTS happened;
        int received = recv(s, g_Buffer, sizeof g_Buffer, 0);

        if (received != SOCKET_ERROR || WSAGetLastError() != WSAEWOULDBLOCK) {
            return TellOfCall(received);
        }
        printf("WOULDBLOCK\n");
        if (WSAWaitForMultipleEvents(1, &g_Event, FALSE, 10000, FALSE) != WSA_WAIT_EVENT_0) {
            printf("NO EVENT\n");
            return BROKEN;
        }
        WSAEnumNetworkEvents(s, g_Event, &happened);
        printf("EVENTS%s%s\n", happened.lNetworkEvents & FD_READ ? " FD_READ" : "",
               happened.lNetworkEvents & FD_CLOSE ? " FD_CLOSE" : "");
    }
}

/* Begins an overlapped receive in two buffers; the error, WSA_IO_PENDING among them. */
static int Begin(SOCKET s, WSAOVERLAPPED *overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    WSABUF buffers[2];
    DWORD flags = 0;
    int error = 0;

    buffers[0].buf = g_Buffer;
    buffers[0].len = 10;
    buffers[1].buf = g_Buffer + 10;
    buffers[1].len = sizeof g_Buffer - 10;
    if (WSARecv(s, buffers, 2, NULL, &flags, overlapped, routine) == SOCKET_ERROR) {
        error = WSAGetLastError();
    }
    if (buffers[0].len != 10 || buffers[1].len != sizeof g_Buffer - 10) {
        printf("THE BUFFERS HAVE CHANGED\n");
    }
    if (error == 0 || error == WSA_IO_PENDING) {
        printf(error == 0 ? "AT ONCE\n" : "PENDING\n");
        error = 0;
    }
    return error;
}

static int ReceiveByEvent(SOCKET s)
{
    WSAOVERLAPPED overlapped = {0};
    DWORD received = 0, flags = 0;
    int error;

    overlapped.hEvent = g_Event;
    error = Begin(s, &overlapped, NULL);
    if (error == 0 && !WSAGetOverlappedResult(s, &overlapped, &received, TRUE, &flags)) {
        error = WSAGetLastError();
    }
    return Tell((int)received, error);
}

static int ReceiveByPort(SOCKET s)
{
    OVERLAPPED overlapped = {0}, *ended;
    DWORD received = 0;
    ULONG_PTR key;
    int error = Begin(s, &overlapped, NULL);

    if (error == 0 && !GetQueuedCompletionStatus(g_Port, &received, &key, &ended, INFINITE)) {
        error = (int)GetLastError();
    }
    return Tell((int)received, error);
}

static void CALLBACK Ended(DWORD error, DWORD received, WSAOVERLAPPED *overlapped, DWORD flags)
{
    (void)overlapped;
    (void)flags;
    g_RoutineError = error;
    g_RoutineBytes = received;
    g_RoutineRan = TRUE;
}

static int ReceiveByRoutine(SOCKET s)
{
    WSAOVERLAPPED overlapped = {0};
    int error;

    g_RoutineRan = FALSE;
    g_RoutineError = g_RoutineBytes = 0;
    error = Begin(s, &overlapped, Ended);
    while (error == 0 && !g_RoutineRan) {
        SleepEx(INFINITE, TRUE);
    }
    return Tell((int)g_RoutineBytes, error != 0 ? error : (int)g_RoutineError);
}

static int Receive(SOCKET s, const char *way)
{
    switch (way[0]) {
    case 'a':
        return ReceiveByCall(s, MSG_WAITALL);
    case 'n':
        return ReceiveNonblocking(s);
    case 's':
        return ReceiveSelected(s);
    case 'e':
        return ReceiveByEvent(s);
    case 'r':
        return ReceiveByRoutine(s);
    case 'p':
        return way[1] == 'e' ? ReceivePeeking(s) : ReceiveByPort(s);
    default:
        return ReceiveByCall(s, 0);
    }
}

static void Prepare(SOCKET s, const char *way)
{
    u_long on = 1;
    DWORD timeout = TIMEOUT_MS;

    g_Event = WSACreateEvent();
    if (way[0] == 'n') {
        ioctlsocket(s, FIONBIO, &on);
    } else if (way[0] == 's') {
        WSAEventSelect(s, g_Event, FD_READ | FD_CLOSE);
    } else if (way[0] == 't') {
        setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (const char *)&timeout, sizeof timeout);
    } else if (strcmp(way, "port") == 0) {
        g_Port = CreateIoCompletionPort((HANDLE)s, NULL, 0, 0);
    }
}

int main(int argc, char **argv)
{
    WSADATA data;
    SOCKADDR_IN name = {0};
    int length = sizeof name, failures = 0, error = WSAStartup(MAKEWORD(2, 2), &data);
    const char *way = argc > 1 ? argv[1] : "blocking";
    SOCKET listener, s;

    if (error != 0) {
        printf("WSAStartup: %d\n", error);
        return 1;
    }
    listener = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(listener, (SOCKADDR *)&name, sizeof name);
    listen(listener, 1);
    getsockname(listener, (SOCKADDR *)&name, &length);
    printf("PORT %u\n", ntohs(name.sin_port));
    fflush(stdout);
    s = accept(listener, NULL, NULL);
    printf("ACCEPTED\n");
    fflush(stdout);
    WaitForLine();
    Prepare(s, way);
    while (failures < 2) {
        int came = Receive(s, way);

        if (came == ENDED) {
            failures = 0;
            break;
        }
        failures = came == BROKEN ? failures + 1 : 0;
    }
    if (failures > 0) {
        int sent = send(s, "x", 1, 0);

        printf("SENT %d\n", sent == SOCKET_ERROR ? WSAGetLastError() : 0);
    }
    fflush(stdout);
    WaitForLine();
    closesocket(s);
    closesocket(listener);
    WSACleanup();
    return 0;
}
