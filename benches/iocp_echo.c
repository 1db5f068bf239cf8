/* An echo server on a completion port, as it is written for Windows; echo.rs builds, runs and measures it.
 * Knows nothing of this library: mingw builds it unchanged for Wine.
 *
 * usage: iocp_echo [-skip] [-threads N]     prints "PORT n", serves until its standard input ends */
#define _WIN32_WINNT 0x0600
#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum progress { FAILED, PENDING, DONE };

/* One step is under way at any time, so one OVERLAPPED is enough. */
struct connection {
    WSAOVERLAPPED overlapped;
    SOCKET socket;
    int sending;
    DWORD length; /* of what was received */
    DWORD sent;
    char bytes[1024];
};

static HANDLE port;
static int skip; /* a call that succeeds at once sends no packet */

static void check(int ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "iocp_echo: %s: error %d\n", what, WSAGetLastError());
        exit(1);
    }
}

static enum progress start(struct connection *c, DWORD *moved)
{
    WSABUF buffer;
    DWORD flags = 0;
    int result;

    memset(&c->overlapped, 0, sizeof c->overlapped);
    if (c->sending) {
        buffer.buf = c->bytes + c->sent;
        buffer.len = c->length - c->sent;
        result = WSASend(c->socket, &buffer, 1, moved, 0, &c->overlapped, NULL);
    } else {
        buffer.buf = c->bytes;
        buffer.len = sizeof c->bytes;
        result = WSARecv(c->socket, &buffer, 1, moved, &flags, &c->overlapped, NULL);
    }
    if (result == SOCKET_ERROR)
        return WSAGetLastError() == WSA_IO_PENDING ? PENDING : FAILED;
    return skip ? DONE : PENDING;
}

/* Goes on after a step that moved some bytes, until a packet is to come. */
static void advance(struct connection *c, enum progress step, DWORD moved)
{
    while (step == DONE && moved != 0) {
        if (!c->sending) {
            c->sending = 1;
            c->length = moved;
            c->sent = 0;
        } else {
            c->sent += moved;
            c->sending = c->sent < c->length;
        }
        step = start(c, &moved);
    }
    if (step != PENDING) {
        closesocket(c->socket);
        free(c);
    }
}

static DWORD WINAPI work(LPVOID unused)
{
    (void)unused;
    for (;;) {
        DWORD moved;
        ULONG_PTR key;
        LPOVERLAPPED overlapped;
        BOOL ok = GetQueuedCompletionStatus(port, &moved, &key, &overlapped, INFINITE);

        check(overlapped != NULL, "GetQueuedCompletionStatus");
        advance(CONTAINING_RECORD(overlapped, struct connection, overlapped), ok ? DONE : FAILED, moved);
    }
    return 0;
}

static DWORD WINAPI accept_all(LPVOID parameter)
{
    SOCKET listener = (SOCKET)(ULONG_PTR)parameter;

    for (;;) {
        struct connection *c = calloc(1, sizeof *c);
        enum progress step;
        DWORD moved = 0;

        check(c != NULL, "calloc");
        c->socket = accept(listener, NULL, NULL);
        check(c->socket != INVALID_SOCKET, "accept");
        check(CreateIoCompletionPort((HANDLE)c->socket, port, 1, 0) == port, "CreateIoCompletionPort");
        if (skip)
            check(SetFileCompletionNotificationModes((HANDLE)c->socket, FILE_SKIP_COMPLETION_PORT_ON_SUCCESS),
                  "SetFileCompletionNotificationModes");
        step = start(c, &moved);
        advance(c, step, moved);
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct sockaddr_in address;
    int length = sizeof address;
    int threads = 1;
    SOCKET listener;
    WSADATA data;
    int i;

    for (i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-skip") == 0)
            skip = 1;
        else if (strcmp(argv[i], "-threads") == 0 && i + 1 < argc)
            threads = atoi(argv[++i]);
        else
            check(0, argv[i]);
    }

    check(WSAStartup(MAKEWORD(2, 2), &data) == 0, "WSAStartup");
    listener = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    check(listener != INVALID_SOCKET, "socket");
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    check(bind(listener, (struct sockaddr *)&address, sizeof address) == 0, "bind");
    check(listen(listener, SOMAXCONN) == 0, "listen");
    check(getsockname(listener, (struct sockaddr *)&address, &length) == 0, "getsockname");

    port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, threads);
    check(port != NULL, "CreateIoCompletionPort");
    for (i = 0; i < threads; i++)
        check(CreateThread(NULL, 0, work, NULL, 0, NULL) != NULL, "CreateThread");
    check(CreateThread(NULL, 0, accept_all, (LPVOID)(ULONG_PTR)listener, 0, NULL) != NULL, "CreateThread");

    printf("PORT %d\n", ntohs(address.sin_port));
    fflush(stdout);
    while (getchar() != EOF)
        ;
    return 0;
}
