/*
 * scatter_receive.c - receiving into several buffers with one call.
 *
 *     scatter_receive <port>
 *
 * Connects to a feed on this machine and tells it, in one WSASend of two buffers, the UDP port it listens on.
 * The feed sends one record over TCP (an 8-byte header and a body), then four datagrams:
 *
 *     one that fits            WSARecvFrom, header and body in separate buffers
 *     one that is too long     WSARecvFrom, WSAEMSGSIZE: all buffers full, the rest lost
 *     one that is too long     WSARecvEx, a success with MSG_PARTIAL set
 *     one that fits            WSARecvEx, MSG_PARTIAL clear
 */

#define WIN32_LEAN_AND_MEAN

#include <windows.h>
#include <winsock2.h>
#include <ws2tcpip.h>
#include <mswsock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma comment(lib, "Ws2_32.lib")
#pragma comment(lib, "Mswsock.lib")

#define RECORD_MAGIC 0x4F575332u

#pragma pack(push, 1)
typedef struct _RECORD_HEADER {
    DWORD Magic;
    DWORD BodyLength;
} RECORD_HEADER;
#pragma pack(pop)

static int Fail(LPCSTR what)
{
    printf("%s failed with error %d\n", what, WSAGetLastError());
    return 1;
}

/* Moves the buffers past the first `done` bytes. Returns how many buffers are left to fill. */
static DWORD Advance(LPWSABUF buffers, DWORD count, DWORD done)
{
    DWORD i, left = 0;

    for (i = 0; i < count; i++) {
        ULONG step = (done < buffers[i].len) ? done : buffers[i].len;
        done -= step;
        buffers[i].buf += step;
        buffers[i].len -= step;
        if (buffers[i].len > 0) {
            left++;
        }
    }
    return left;
}

static SOCKET ConnectFeed(u_short port)
{
    SOCKADDR_IN feed;
    SOCKET s = WSASocket(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, WSA_FLAG_OVERLAPPED);

    if (s == INVALID_SOCKET) {
        return INVALID_SOCKET;
    }
    ZeroMemory(&feed, sizeof(feed));
    feed.sin_family = AF_INET;
    feed.sin_port = htons(port);
    if (inet_pton(AF_INET, "127.0.0.1", &feed.sin_addr) != 1
        || WSAConnect(s, (SOCKADDR *)&feed, sizeof(feed), NULL, NULL, NULL, NULL) == SOCKET_ERROR) {
        int error = WSAGetLastError();
        closesocket(s);
        WSASetLastError(error);
        return INVALID_SOCKET;
    }
    return s;
}

static SOCKET BindDatagramSocket(u_short *port)
{
    SOCKADDR_IN local;
    int length = sizeof(local);
    SOCKET s = WSASocket(AF_INET, SOCK_DGRAM, IPPROTO_UDP, NULL, 0, 0);

    if (s == INVALID_SOCKET) {
        return INVALID_SOCKET;
    }
    ZeroMemory(&local, sizeof(local));
    local.sin_family = AF_INET;
    local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(s, (SOCKADDR *)&local, sizeof(local)) == SOCKET_ERROR
        || getsockname(s, (SOCKADDR *)&local, &length) == SOCKET_ERROR) {
        closesocket(s);
        return INVALID_SOCKET;
    }
    *port = ntohs(local.sin_port);
    return s;
}

static int SayPort(SOCKET feed, u_short port)
{
    char word[] = "udp ";
    char number[16];
    WSABUF buffers[2];
    DWORD sent = 0;

    sprintf(number, "%u\n", port);
    buffers[0].buf = word;
    buffers[0].len = (ULONG)strlen(word);
    buffers[1].buf = number;
    buffers[1].len = (ULONG)strlen(number);
    if (WSASend(feed, buffers, 2, &sent, 0, NULL, NULL) == SOCKET_ERROR) {
        return Fail("WSASend");
    }
    if (sent != buffers[0].len + buffers[1].len) {
        printf("WSASend sent %lu bytes only\n", sent);
        return 1;
    }
    return 0;
}

static int ReceiveRecord(SOCKET feed)
{
    RECORD_HEADER header;
    char first[6], second[64];
    WSABUF buffers[3];
    DWORD received, flags, i, sum = 0;
    DWORD bodyLength;

    ZeroMemory(second, sizeof(second));
    buffers[0].buf = (CHAR *)&header;
    buffers[0].len = sizeof(header);
    buffers[1].buf = first;
    buffers[1].len = sizeof(first);
    buffers[2].buf = second;
    buffers[2].len = 14;

    do {
        flags = 0;
        received = 0;
        if (WSARecv(feed, buffers, 3, &received, &flags, NULL, NULL) == SOCKET_ERROR) {
            return Fail("WSARecv");
        }
        if (received == 0) {
            printf("The feed ended within a record\n");
            return 1;
        }
        sum += received;
    } while (Advance(buffers, 3, received) > 0);

    bodyLength = ntohl(header.BodyLength);
    if (ntohl(header.Magic) != RECORD_MAGIC) {
        printf("Not a record: magic %08lX\n", (DWORD)ntohl(header.Magic));
        return 1;
    }
    printf("Record of %lu bytes, body length %lu: [%.6s] [", sum, bodyLength, first);
    for (i = 0; i < bodyLength - sizeof(first); i++) {
        putchar(second[i]);
    }
    printf("]\n");
    return 0;
}

static int ReceiveDatagram(SOCKET s)
{
    char kind[4], body[16];
    WSABUF buffers[2];
    DWORD received = 0, flags = 0;
    SOCKADDR_IN from;
    INT fromLength = sizeof(from);

    buffers[0].buf = kind;
    buffers[0].len = sizeof(kind);
    buffers[1].buf = body;
    buffers[1].len = sizeof(body);

    if (WSARecvFrom(s, buffers, 2, &received, &flags, (SOCKADDR *)&from, &fromLength, NULL, NULL) == 0) {
        printf("Datagram of %lu bytes from %s: [%.4s] [%.*s]\n", received, inet_ntoa(from.sin_addr), kind,
               (int)(received - sizeof(kind)), body);
        return 0;
    }
    if (WSAGetLastError() == WSAEMSGSIZE) {
        printf("Datagram too long (%d) from %s, %lu bytes kept: [%.4s] [%.16s]\n", WSAEMSGSIZE,
               inet_ntoa(from.sin_addr), received, kind, body);
        return 0;
    }
    return Fail("WSARecvFrom");
}

static int ReceivePart(SOCKET s)
{
    char buffer[12];
    int flags = 0;
    int received = WSARecvEx(s, buffer, sizeof(buffer), &flags);

    if (received == SOCKET_ERROR) {
        return Fail("WSARecvEx");
    }
    printf("%s of %d bytes: [%.*s]\n", (flags & MSG_PARTIAL) ? "Partial message" : "Whole message", received,
           received, buffer);
    return 0;
}

int __cdecl main(int argc, char **argv)
{
    WSADATA wsaData;
    SOCKET feed, datagrams;
    u_short port = 0;
    int failed;

    if (argc != 2) {
        printf("usage: scatter_receive <port>\n");
        return 1;
    }
    if (WSAStartup(WINSOCK_VERSION, &wsaData) != 0) {
        printf("WSAStartup failed\n");
        return 1;
    }

    datagrams = BindDatagramSocket(&port);
    feed = ConnectFeed((u_short)atoi(argv[1]));
    if (datagrams == INVALID_SOCKET || feed == INVALID_SOCKET) {
        Fail("Setting up the sockets");
        WSACleanup();
        return 1;
    }

    failed = SayPort(feed, port) || ReceiveRecord(feed) || ReceiveDatagram(datagrams)
        || ReceiveDatagram(datagrams) || ReceivePart(datagrams) || ReceivePart(datagrams);

    closesocket(datagrams);
    closesocket(feed);
    WSACleanup();
    return failed ? 1 : 0;
}
