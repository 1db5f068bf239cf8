/*
 * receive_timeout.c - a client that does not wait for ever.
 *
 *     receive_timeout <port> <milliseconds>
 *
 * Asks a server on this machine a question, again each time the answer takes longer than SO_RCVTIMEO allows,
 * at most five times. Before that it waits once on a UDP socket that nobody writes to.
 */

#define WIN32_LEAN_AND_MEAN

#include <windows.h>
#include <winsock2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma comment(lib, "Ws2_32.lib")

#define ATTEMPTS 5

static double MillisecondsSince(LARGE_INTEGER start)
{
    LARGE_INTEGER now, frequency;

    QueryPerformanceCounter(&now);
    QueryPerformanceFrequency(&frequency);
    return (double)(now.QuadPart - start.QuadPart) * 1000.0 / (double)frequency.QuadPart;
}

static BOOL SetTimeout(SOCKET s, DWORD milliseconds)
{
    DWORD kept = 0;
    int length = sizeof(kept);

    if (setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (const char *)&milliseconds, sizeof(milliseconds)) != 0
        || getsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (char *)&kept, &length) != 0) {
        printf("SO_RCVTIMEO failed with error %d\n", WSAGetLastError());
        return FALSE;
    }
    printf("Timeout is %lu ms\n", kept);
    return TRUE;
}

static BOOL WaitForNobody(SOCKADDR_IN *address, DWORD milliseconds)
{
    char buffer[16];
    int addressLength = sizeof(*address);
    LARGE_INTEGER start;
    double waited;
    int error = 0;
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0);

    if (s == INVALID_SOCKET || bind(s, (SOCKADDR *)address, sizeof(*address)) == SOCKET_ERROR
        || !SetTimeout(s, milliseconds)) {
        printf("UDP socket failed with error %d\n", WSAGetLastError());
        return FALSE;
    }
    QueryPerformanceCounter(&start);
    if (recvfrom(s, buffer, sizeof(buffer), 0, (SOCKADDR *)address, &addressLength) == SOCKET_ERROR) {
        error = WSAGetLastError();
    }
    waited = MillisecondsSince(start);
    printf("Nobody wrote: error %d, %s\n", error, (waited + 20.0 >= milliseconds) ? "in time" : "too early");
    closesocket(s);
    return error == WSAETIMEDOUT;
}

static BOOL Ask(SOCKET s)
{
    static const char question[] = "what time is it?\n";
    char answer[128];
    int attempt, received;

    for (attempt = 1; attempt <= ATTEMPTS; attempt++) {
        if (send(s, question, (int)sizeof(question) - 1, 0) == SOCKET_ERROR) {
            printf("send failed with error %d\n", WSAGetLastError());
            return FALSE;
        }
        received = recv(s, answer, sizeof(answer) - 1, 0);
        if (received > 0) {
            answer[received] = '\0';
            printf("Attempt %d: %s\n", attempt, answer);
            return TRUE;
        }
        if (received == 0) {
            printf("The server went away\n");
            return FALSE;
        }
        if (WSAGetLastError() != WSAETIMEDOUT) {
            printf("recv failed with error %d\n", WSAGetLastError());
            return FALSE;
        }
        printf("Attempt %d: timed out (WSAETIMEDOUT %d)\n", attempt, WSAETIMEDOUT);
    }
    return FALSE;
}

int main(int argc, char **argv)
{
    WSADATA wsaData;
    SOCKADDR_IN nobody, server;
    DWORD milliseconds;
    SOCKET s;
    BOOL good;

    if (argc != 3) {
        printf("usage: receive_timeout <port> <milliseconds>\n");
        return 1;
    }
    milliseconds = strtoul(argv[2], NULL, 10);

    if (WSAStartup(MAKEWORD(2, 2), &wsaData) != 0) {
        return 1;
    }

    memset(&nobody, 0, sizeof(nobody));
    nobody.sin_family = AF_INET;
    nobody.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server = nobody;
    server.sin_port = htons((u_short)atoi(argv[1]));

    s = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    good = WaitForNobody(&nobody, milliseconds)
        && connect(s, (SOCKADDR *)&server, sizeof(server)) != SOCKET_ERROR
        && SetTimeout(s, milliseconds)
        && Ask(s);

    closesocket(s);
    WSACleanup();
    return good ? 0 : 1;
}
