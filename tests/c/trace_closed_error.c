/*
 * trace_closed_error.c - a program without standard error, whose sockets get its number: what one end of a connection
 * sends is all that the other receives. It tells how it ended by its exit code.
 */

#include <winsock2.h>
#include <ws2tcpip.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
    WSADATA data;
    SOCKET listener, client, server;
    struct sockaddr_in name;
    int length = sizeof name, turn;
    char buffer[4000];

    close(0);
    close(1);
    close(2);
    if (WSAStartup(MAKEWORD(2, 2), &data) != 0) {
        return 1;
    }
    listener = socket(AF_INET, SOCK_STREAM, 0);
    memset(&name, 0, sizeof name);
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)&name, sizeof name) || listen(listener, 1) ||
        getsockname(listener, (struct sockaddr *)&name, &length)) {
        return 2;
    }
    client = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(client, (struct sockaddr *)&name, sizeof name) != 0) {
        return 3;
    }
    server = accept(listener, NULL, NULL);
    if (listener != 2 && client != 2 && server != 2) {
        return 4;
    }
    for (turn = 0; turn < 2; turn++) {
        SOCKET from = turn ? client : server, to = turn ? server : client;
        if (send(from, "hello", 5, 0) != 5 || recv(to, buffer, sizeof buffer, 0) != 5 || memcmp(buffer, "hello", 5)) {
            return 5 + turn;
        }
    }
    return WSACleanup() == 0 ? 0 : 9;
}
