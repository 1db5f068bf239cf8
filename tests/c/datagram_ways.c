/*
 * datagram_ways.c - receives datagrams in one of the ways that Windows has, and tells of each receive.
 *
 *     datagram_ways way count
 *
 * The ways: call (recvfrom), overlapped (WSARecvFrom with an event), message (WSARecvMsg), late (WSARecvMsg with an
 * event). It says its port, waits for a line on standard input, and receives until so many datagrams have come.
 */

#define WIN32_LEAN_AND_MEAN

#include <winsock2.h>
#include <ws2tcpip.h>
#include <mswsock.h>
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma comment(lib, "Ws2_32.lib")

static CHAR g_Buffer[64];
static SOCKADDR_IN g_From;
static INT g_FromLength;
static LPFN_WSARECVMSG g_RecvMsg;
static WSAEVENT g_Event;

static int Ended(SOCKET s, WSAOVERLAPPED *overlapped, int done, DWORD *received)
{
    DWORD flags = 0;

    if (done == SOCKET_ERROR && WSAGetLastError() != WSA_IO_PENDING) {
        return WSAGetLastError();
    }
    printf(done == 0 ? "AT ONCE\n" : "PENDING\n");
    return WSAGetOverlappedResult(s, overlapped, received, TRUE, &flags) ? 0 : WSAGetLastError();
}

static int ReceiveFrom(SOCKET s, BOOL overlapped, DWORD *received)
{
    WSAOVERLAPPED operation = {0};
    WSABUF buffer;
    DWORD flags = 0;

    if (!overlapped) {
        int came = recvfrom(s, g_Buffer, sizeof g_Buffer, 0, (SOCKADDR *)&g_From, &g_FromLength);

        *received = came == SOCKET_ERROR ? 0 : (DWORD)came;
        return came == SOCKET_ERROR ? WSAGetLastError() : 0;
    }
    buffer.buf = g_Buffer;
    buffer.len = sizeof g_Buffer;
    operation.hEvent = g_Event;
    return Ended(s, &operation,
                 WSARecvFrom(s, &buffer, 1, NULL, &flags, (SOCKADDR *)&g_From, &g_FromLength, &operation, NULL),
                 received);
}

static int ReceiveMessage(SOCKET s, BOOL overlapped, DWORD *received, DWORD *flags)
{
    WSAOVERLAPPED operation = {0};
    CHAR control[64];
    WSABUF buffer;
    WSAMSG message = {0};
    int error;

    buffer.buf = g_Buffer;
    buffer.len = sizeof g_Buffer;
    message.name = (SOCKADDR *)&g_From;
    message.namelen = sizeof g_From;
    message.lpBuffers = &buffer;
    message.dwBufferCount = 1;
    message.Control.buf = control;
    message.Control.len = sizeof control;
    operation.hEvent = g_Event;
    if (overlapped) {
        error = Ended(s, &operation, g_RecvMsg(s, &message, NULL, &operation, NULL), received);
    } else {
        error = g_RecvMsg(s, &message, received, NULL, NULL) == 0 ? 0 : WSAGetLastError();
    }
    if (message.lpBuffers != &buffer || buffer.len != sizeof g_Buffer) {
        printf("THE MESSAGE HAS CHANGED\n");
    }
    g_FromLength = message.namelen;
    *flags = message.dwFlags;
    return error;
}

int main(int argc, char **argv)
{
    WSADATA data;
    GUID id = WSAID_WSARECVMSG;
    DWORD size;
    SOCKADDR_IN name = {0};
    int length = sizeof name, left = argc > 2 ? atoi(argv[2]) : 1;
    const char *way = argc > 1 ? argv[1] : "call";
    SOCKET s;

    if (WSAStartup(MAKEWORD(2, 2), &data) != 0) {
        return 1;
    }
    s = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(s, (SOCKADDR *)&name, sizeof name);
    getsockname(s, (SOCKADDR *)&name, &length);
    WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, &g_RecvMsg, sizeof g_RecvMsg, &size, NULL, NULL);
    g_Event = WSACreateEvent();
    printf("PORT %u\n", ntohs(name.sin_port));
    fflush(stdout);
    getchar();
    while (left > 0) {
        DWORD received = 0, flags = 0;
        int error;

        memset(g_Buffer, '.', sizeof g_Buffer);
        memset(&g_From, 0, sizeof g_From);
        g_FromLength = sizeof g_From;
        if (way[0] == 'm' || way[0] == 'l') {
            error = ReceiveMessage(s, way[0] == 'l', &received, &flags);
        } else {
            error = ReceiveFrom(s, way[0] == 'o', &received);
        }
        printf("%d %.10s%s%s\n", error, g_Buffer, flags & MSG_TRUNC ? " MSG_TRUNC" : "",
               g_FromLength == sizeof g_From && g_From.sin_family == AF_INET ? " NAMED" : "");
        left -= error == 0 || error == WSAEMSGSIZE;
    }
    closesocket(s);
    WSACleanup();
    return 0;
}
