/*
 * fault_lines.c - receives of which each fails once, and after each failure whether errno has another code: what is said
 * of faults has to go nowhere else than to standard error, whatever that is.
 *
 *     fault_lines [closed]
 *
 * With "closed" it has no standard error, so that its first socket gets that number. All that it is sent has to be its
 * own.
 */

#define WIN32_LEAN_AND_MEAN

#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#pragma comment(lib, "Ws2_32.lib")

#define RECEIVES 100
#define DEADLINE_SECONDS 60

int main(int argc, char **argv)
{
    WSADATA data;
    SOCKADDR_IN name = {0};
    int length = sizeof name, failed = 0, received = 0, foreign = 0, changed = 0, i, came;
    char buffer[512];
    SOCKET listener, client, server;

    (void)argv;
    alarm(DEADLINE_SECONDS);
    if (argc > 1) {
        close(2);
    }
    if (WSAStartup(MAKEWORD(2, 2), &data) != 0) {
        return 1;
    }
    client = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    listener = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(listener, (SOCKADDR *)&name, sizeof name);
    listen(listener, 1);
    getsockname(listener, (SOCKADDR *)&name, &length);
    connect(client, (SOCKADDR *)&name, sizeof name);
    server = accept(listener, NULL, NULL);
    for (i = 0; i < RECEIVES; i++) {
        send(client, "x", 1, 0);
        do {
            errno = 77;
            came = recv(server, buffer, sizeof buffer, 0);
            if (came == SOCKET_ERROR && WSAGetLastError() == WSAENOBUFS) {
                failed++;
                changed += errno != WSAENOBUFS;
            }
        } while (came == SOCKET_ERROR);
        received++;
        foreign += came != 1 || buffer[0] != 'x';
    }
    closesocket(server);
    while ((came = recv(client, buffer, sizeof buffer, 0)) != 0) {
        foreign += came > 0;
    }
    printf("SOCKET %d\nFAILED %d RECEIVED %d FOREIGN %d ERRNO %d\n", client == 2, failed, received, foreign, changed);
    return WSACleanup();
}
