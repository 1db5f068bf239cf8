/*
 * trace_calls.c - calls that succeed, wait and fail, each with its result, its code and errno: the output has to be
 * the same whether the calls are traced or not.
 */

#include <winsock2.h>
#include <ws2tcpip.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static void Say(const char *what, long long result)
{
    printf("%s: %lld %d, errno %d\n", what, result, WSAGetLastError(), errno);
    errno = 77;
}

int main(void)
{
    WSADATA data;
    SOCKET s;
    struct sockaddr_in name;
    int length = sizeof name, value = 0, size = sizeof value;
    u_long on = 1;
    char buffer[8];
    WSABUF list[2];
    OVERLAPPED overlapped;
    DWORD count = 0, flags = 0;
    WSAEVENT event;
    fd_set set;
    struct timeval time = { 0, 1000 };

    errno = 77;
    s = socket(AF_INET, SOCK_DGRAM, 0);
    Say("socket before WSAStartup", s == INVALID_SOCKET);
    if (WSAStartup(MAKEWORD(2, 2), &data) != 0) {
        return 1;
    }
    errno = 77;
    s = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    Say("socket", s != INVALID_SOCKET);
    Say("unbound recv", recv(s, buffer, sizeof buffer, 0));
    memset(&name, 0, sizeof name);
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    Say("bind", bind(s, (struct sockaddr *)&name, sizeof name));
    Say("second bind", bind(s, (struct sockaddr *)&name, sizeof name));
    Say("getsockname", getsockname(s, (struct sockaddr *)&name, &length));
    Say("FIONBIO", ioctlsocket(s, FIONBIO, &on));
    Say("SO_RCVBUF", setsockopt(s, SOL_SOCKET, SO_RCVBUF, (char *)&size, sizeof size));
    Say("SO_TYPE", getsockopt(s, SOL_SOCKET, SO_TYPE, (char *)&value, &size));
    value = 1 << 18;
    Say("SO_RCVBUF", setsockopt(s, SOL_SOCKET, SO_RCVBUF, (char *)&value, sizeof value));
    Say("empty recv", recv(s, buffer, sizeof buffer, 0));
    Say("sendto", sendto(s, "a \"quoted\"\n", 11, 0, (struct sockaddr *)&name, sizeof name));
    Say("short recvfrom", recvfrom(s, buffer, sizeof buffer, 0, (struct sockaddr *)&name, &length));
    Say("recv without memory", recv(s, (char *)1, 8, 0));
    Say("recv of -1 bytes", recv(s, buffer, -1, 0));
    Say("recv with a strange flag", recv(s, buffer, 8, MSG_DONTROUTE));
    Say("recvfrom without fromlen", recvfrom(s, buffer, 8, MSG_PEEK, (struct sockaddr *)&name, (int *)8));
    Say("bind without memory", bind(s, (struct sockaddr *)8, sizeof name));
    Say("strange family", socket(99, SOCK_STREAM, 0) == INVALID_SOCKET);
    Say("no socket", recv(54321, buffer, 8, 0));
    event = WSACreateEvent();
    memset(&overlapped, 0, sizeof overlapped);
    overlapped.hEvent = event;
    list[0].len = 3;
    list[0].buf = buffer;
    list[1].len = 5;
    list[1].buf = buffer + 3;
    Say("WSARecv", WSARecv(s, list, 2, &count, &flags, &overlapped, NULL));
    Say("sendto", sendto(s, "abcdef", 6, 0, (struct sockaddr *)&name, sizeof name));
    Say("wait", WSAWaitForMultipleEvents(1, &event, TRUE, 10000, FALSE));
    Say("result", WSAGetOverlappedResult(s, &overlapped, &count, FALSE, &flags));
    WSAResetEvent(event);
    errno = 77;
    Say("WSARecv", WSARecv(s, list, 2, &count, &flags, &overlapped, NULL));
    FD_ZERO(&set);
    FD_SET(s, &set);
    Say("select", select(0, &set, NULL, NULL, &time));
    closesocket(s);
    errno = 77;
    Say("wait", WSAWaitForMultipleEvents(1, &event, TRUE, 10000, FALSE));
    printf("Internal %#llx\n", (unsigned long long)overlapped.Internal);
    WSACloseEvent(event);
    Say("WSACleanup", WSACleanup());
    Say("recv after WSACleanup", recv(s, buffer, 8, 0));
    return 0;
}
